//! Hosts with addresses, networks behind translators, and what lies between.
#![expect(
    clippy::expect_used,
    reason = "for tests alone: the identifier of another network is a fault of the test, and documented as a panic"
)]

use std::{fmt, net::IpAddr, time::Duration};

use strata_core::{Instant, Path};

pub use nat::{Behaviour, Nat, NatConfig};
use routing::uplink_of;

use crate::{
    Host, Link, LinkConfig, Record, RunError, RunLimits,
    drain::drain,
    entropy::splitmix64,
    run::{self, Clock, World, run_methods},
    trace::Trace,
};

mod nat;
mod routing;
#[cfg(test)]
mod tests;

/// Hosts on a virtual internet, in virtual time.
///
/// Each host has any number of addresses, IPv4 or IPv6, each attached by a link of its own to the
/// public network or to a private one behind a [`Nat`] (which may be behind another). Between the
/// links datagrams are routed at once: a datagram takes its sender's uplink, the translators on the
/// way, its receiver's downlink. All ports of an address are open.
///
/// All hosts have one type; [`Either`](crate::Either) makes one of two.
///
/// ```
/// # use std::collections::VecDeque;
/// # use strata_core::{Datagram, Endpoint, Instant, Transmit};
/// # #[derive(Default)] struct Echo { out: VecDeque<(Transmit, Vec<u8>)>, got: usize }
/// # impl Endpoint for Echo {
/// #     type Input<'a> = Datagram<'a>;
/// #     type Transmit = Transmit;
/// #     type Event = ();
/// #     fn handle_input(&mut self, _: Instant, datagram: Datagram<'_>) {
/// #         self.got += 1;
/// #         if datagram.payload == b"ping" {
/// #             self.out.push_back((Transmit::datagram(datagram.path), b"pong".to_vec()));
/// #         }
/// #     }
/// #     fn handle_timeout(&mut self, _: Instant) {}
/// #     fn poll_transmit(&mut self, _: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
/// #         let (transmit, bytes) = self.out.pop_front()?;
/// #         out.extend_from_slice(&bytes);
/// #         Some(transmit)
/// #     }
/// #     fn poll_event(&mut self) -> Option<()> { None }
/// #     fn poll_timeout(&self) -> Option<Instant> { None }
/// # }
/// use core::time::Duration;
/// use strata_core::Path;
/// use strata_sim::{LinkConfig, NatConfig, Network};
///
/// let mut network = Network::new(1);
/// let (client, server) = (network.add_host(Echo::default()), network.add_host(Echo::default()));
/// let nat = network.add_nat("198.51.100.1".parse().unwrap(), NatConfig::symmetric());
/// let link = LinkConfig::new().delay(Duration::from_millis(10));
/// network.attach_behind(nat, client, "10.0.0.1".parse().unwrap(), link);
/// network.attach(server, "203.0.113.1".parse().unwrap(), link);
///
/// let path = Path::udp("10.0.0.1:5000".parse().unwrap(), "203.0.113.1:3478".parse().unwrap());
/// network.host_mut(client).out.push_back((Transmit::datagram(path), b"ping".to_vec()));
/// let took = network.run_until(|network| network.host(client).got == 1).unwrap();
/// assert_eq!(took, Duration::from_millis(40));
/// ```
pub struct Network<H: Host> {
    nodes: Vec<Node<H>>,
    interfaces: Vec<Interface>,
    nats: Vec<Nat>,
    stats: NetworkStats,
    seeds: u64,
    clock: Clock,
    out: Vec<u8>,
    trace: Trace,
}

/// A host of one [`Network`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(usize);

/// A translator of one [`Network`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NatId(usize);

/// What a network dropped between the links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetworkStats {
    /// Datagrams taken from one link and given to another.
    pub routed: u64,
    /// Datagrams to, or from, an address that nobody has.
    pub unroutable: u64,
    /// Datagrams that a translator let neither in nor out.
    pub dropped_nat: u64,
}

impl HostId {
    /// Its number, as in [`Record::sender`] and [`RunError::Contract`].
    pub const fn index(self) -> usize {
        self.0
    }
}

struct Node<H: Host> {
    host: H,
    events: Vec<(Instant, H::Event)>,
    /// Where a plain engine's datagrams go.
    path: Option<Path>,
    /// Whether its timeout is due but was not handled yet.
    owed: bool,
}

/// One address of a host, and its link.
struct Interface {
    node: usize,
    /// The translator it is behind; `None` on the public network.
    behind: Option<usize>,
    ip: IpAddr,
    up: Link,
    down: Link,
}

impl<H: Host> Network<H> {
    /// A network without hosts; `seed` decides every chance.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            nodes: Vec::new(),
            interfaces: Vec::new(),
            nats: Vec::new(),
            stats: NetworkStats::default(),
            seeds: seed,
            clock: Clock::default(),
            out: Vec::new(),
            trace: Trace::default(),
        }
    }

    /// Adds a host that is attached nowhere yet.
    pub fn add_host(&mut self, host: H) -> HostId {
        self.nodes.push(Node {
            host,
            events: Vec::new(),
            path: None,
            owed: false,
        });
        HostId(self.nodes.len() - 1)
    }

    /// Attaches a host to the public network at `ip`, with the same link in both directions.
    pub fn attach(&mut self, host: HostId, ip: IpAddr, link: LinkConfig) {
        self.add_interface(None, host, ip, link);
    }

    /// Attaches a host to the private network behind `nat`.
    pub fn attach_behind(&mut self, nat: NatId, host: HostId, ip: IpAddr, link: LinkConfig) {
        self.add_interface(Some(nat.0), host, ip, link);
    }

    /// Adds a translator between the public network, where its address is `external`, and a private
    /// one, to which hosts are [attached](Self::attach_behind).
    pub fn add_nat(&mut self, external: IpAddr, config: NatConfig) -> NatId {
        self.nats.push(Nat::new(None, external, config));
        NatId(self.nats.len() - 1)
    }

    /// Adds a translator whose outside is the private network behind another (carrier-grade NAT).
    pub fn add_nat_behind(&mut self, nat: NatId, external: IpAddr, config: NatConfig) -> NatId {
        self.nats.push(Nat::new(Some(nat.0), external, config));
        NatId(self.nats.len() - 1)
    }

    /// Where the datagrams of a plain engine go, which does not say so itself.
    ///
    /// # Panics
    /// If the host is another network's.
    pub fn set_path(&mut self, host: HostId, path: Path) {
        self.node_mut(host).path = Some(path);
    }

    /// A host.
    ///
    /// # Panics
    /// If the host is another network's.
    pub fn host(&self, host: HostId) -> &H {
        &self.nodes.get(host.0).expect("a host of this network").host
    }

    /// A host, to call its API with [`now`](Self::now); the next step drains it.
    ///
    /// # Panics
    /// If the host is another network's.
    pub fn host_mut(&mut self, host: HostId) -> &mut H {
        &mut self.node_mut(host).host
    }

    /// What a host told and when, oldest first; the test takes from it what it likes.
    ///
    /// # Panics
    /// If the host is another network's.
    pub fn events(&mut self, host: HostId) -> &mut Vec<(Instant, H::Event)> {
        &mut self.node_mut(host).events
    }

    /// A translator.
    ///
    /// # Panics
    /// If the translator is another network's.
    pub fn nat_mut(&mut self, nat: NatId) -> &mut Nat {
        self.nats.get_mut(nat.0).expect("a NAT of this network")
    }

    /// The link from the host that is attached at `ip`.
    ///
    /// # Panics
    /// If none is; likewise in the methods below. If several private networks use `ip`, it is the one
    /// attached first.
    pub fn uplink(&mut self, ip: IpAddr) -> &mut Link {
        &mut self.interface(ip).up
    }

    /// The link to the host that is attached at `ip`.
    ///
    /// # Panics
    /// If none is.
    pub fn downlink(&mut self, ip: IpAddr) -> &mut Link {
        &mut self.interface(ip).down
    }

    /// Lets nothing pass from or to `ip`, until [`restore`](Self::restore).
    ///
    /// # Panics
    /// If no host is attached at `ip`.
    pub fn cut(&mut self, ip: IpAddr) {
        let interface = self.interface(ip);
        interface.up.cut();
        interface.down.cut();
    }

    /// Ends a [`cut`](Self::cut).
    ///
    /// # Panics
    /// If no host is attached at `ip`.
    pub fn restore(&mut self, ip: IpAddr) {
        let interface = self.interface(ip);
        interface.up.restore();
        interface.down.restore();
    }

    /// What was dropped between the links.
    pub const fn stats(&self) -> NetworkStats {
        self.stats
    }

    run_methods!();

    /// When the next thing happens.
    pub fn next_step(&self) -> Option<Instant> {
        let links = self
            .interfaces
            .iter()
            .flat_map(|interface| [interface.up.next_arrival(), interface.down.next_arrival()]);
        let deadlines = self.nodes.iter().map(|node| node.host.deadline());
        links.chain(deadlines).flatten().min()
    }

    /// Takes what all hosts have to say, without letting time pass.
    ///
    /// # Errors
    /// [`RunError::Contract`].
    pub fn drain(&mut self) -> Result<(), RunError> {
        (0..self.nodes.len()).try_for_each(|node| self.drain_node(node))
    }

    fn add_interface(&mut self, behind: Option<usize>, host: HostId, ip: IpAddr, link: LinkConfig) {
        self.interfaces.push(Interface {
            node: host.0,
            behind,
            ip,
            up: Link::new(link, splitmix64(&mut self.seeds)),
            down: Link::new(link, splitmix64(&mut self.seeds)),
        });
    }

    fn node_mut(&mut self, host: HostId) -> &mut Node<H> {
        self.nodes.get_mut(host.0).expect("a host of this network")
    }

    fn interface(&mut self, ip: IpAddr) -> &mut Interface {
        self.interfaces
            .iter_mut()
            .find(|interface| interface.ip == ip)
            .expect("an address of this network")
    }

    fn drain_node(&mut self, index: usize) -> Result<(), RunError> {
        let Some(node) = self.nodes.get_mut(index) else {
            return Ok(());
        };
        let now = self.clock.now;
        let (interfaces, trace, stats) = (&mut self.interfaces, &mut self.trace, &mut self.stats);
        let (events, usual) = (&mut node.events, node.path);
        drain(
            &mut node.host,
            now,
            node.owed,
            &mut self.out,
            |outgoing, bytes| {
                let path = outgoing.path.or(usual);
                let uplink = path.and_then(|path| uplink_of(interfaces, index, path));
                let (Some(path), Some(link)) = (path, uplink) else {
                    stats.unroutable += 1;
                    return;
                };
                trace.send((now, index), (link, path), outgoing, bytes);
            },
            |event| events.push((now, event)),
        )
        .map_err(|violation| RunError::Contract {
            host: index,
            violation,
        })
    }
}

impl<H: Host> World for Network<H> {
    fn clock(&mut self) -> &mut Clock {
        &mut self.clock
    }

    fn drain(&mut self) -> Result<(), RunError> {
        Self::drain(self)
    }

    fn next_step(&self) -> Option<Instant> {
        Self::next_step(self)
    }

    /// Lets one thing happen at `now`: routing before arrivals before timeouts.
    fn happen(&mut self, now: Instant) -> Result<(), RunError> {
        for index in 0..self.interfaces.len() {
            let Some(interface) = self.interfaces.get_mut(index) else {
                continue;
            };
            let behind = interface.behind;
            if let Some(arrived) = interface.up.receive(now) {
                self.forward(behind, &arrived);
                if let Some(interface) = self.interfaces.get_mut(index) {
                    interface.up.recycle(arrived.payload);
                }
                return Ok(());
            }
        }
        for node in &mut self.nodes {
            node.owed = node.host.deadline().is_some_and(|due| due <= now);
        }
        for interface in &mut self.interfaces {
            let index = interface.node;
            if let Some(mut arrived) = interface.down.receive(now) {
                if let Some(node) = self.nodes.get_mut(index) {
                    node.host.deliver(now, arrived.datagram());
                }
                interface.down.recycle(arrived.payload);
                return self.drain_node(index);
            }
        }
        if let Some(index) = self.nodes.iter().position(|node| node.owed)
            && let Some(node) = self.nodes.get_mut(index)
        {
            node.owed = false;
            node.host.wake(now);
            return self.drain_node(index);
        }
        Ok(())
    }
}

impl<H: Host> fmt::Debug for Network<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("now", &self.clock.now)
            .field("steps", &self.clock.steps)
            .field("hosts", &self.nodes.len())
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}
