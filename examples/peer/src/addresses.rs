//! The machine's own addresses: which of them are offered as candidates, and who may send to them.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use strata_peer::Instant;

/// From where media can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// At one address, by whoever can reach that.
    At(IpAddr),
    /// At every address of the machine, by everyone.
    Everywhere,
    /// At every address of the machine, by the machine itself alone. Firefox, and what is built on libnice,
    /// use no loopback addresses. What they send to another address of their own machine stays in it.
    Inside { listener: IpAddr },
}

/// The addresses of one socket. They are looked at again while the program runs, since machines get and
/// lose some. What changes is offered to the next session: those that are open keep what they have.
#[derive(Debug)]
pub(crate) struct Addresses {
    reach: Reach,
    /// Where the socket binds.
    bind: IpAddr,
    look: Look,
    /// The machine's own, in the system's order; that of a network's interface is stable.
    own: Vec<IpAddr>,
    /// The same in the order by which they are found.
    sorted: Vec<IpAddr>,
    looked: Instant,
    foreign: u64,
}

/// Lists the machine's addresses.
type Look = fn() -> io::Result<Vec<IpAddr>>;

impl Addresses {
    /// One address, and nothing else.
    pub(crate) fn one(address: IpAddr) -> Self {
        Self::new(Reach::At(address), address, list, Vec::new())
    }

    /// The addresses of a program whose HTTP listens on `listener`.
    ///
    /// # Errors
    /// If every address of the machine shall be offered and there is none, or they cannot be listed.
    pub(crate) fn of_listener(listener: IpAddr) -> io::Result<Self> {
        Self::of_listener_on(listener, list)
    }

    /// The same for a machine that `look` describes.
    pub(crate) fn of_listener_on(listener: IpAddr, look: Look) -> io::Result<Self> {
        if listener.is_unspecified() {
            let addresses = Self::new(Reach::Everywhere, listener, look, look()?);
            if addresses.offered().is_empty() {
                return Err(io::Error::other("this machine has no address to offer"));
            }
            return Ok(addresses);
        }
        if !listener.is_loopback() {
            return Ok(Self::one(listener));
        }
        let own = look().unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot list the machine's addresses: only {listener} is offered");
            vec![listener]
        });
        let beyond = |v4: bool| {
            let mut offered = own.iter().filter(|ip| is_offered(**ip));
            offered.any(|ip| !ip.is_loopback() && ip.is_ipv4() == v4)
        };
        // A socket of IPv6 takes IPv4 too, but systems differ in how. It is needed where there is nothing else.
        let bind = if listener.is_ipv6() || (beyond(false) && !beyond(true)) {
            Ipv6Addr::UNSPECIFIED.into()
        } else {
            Ipv4Addr::UNSPECIFIED.into()
        };
        Ok(Self::new(Reach::Inside { listener }, bind, look, own))
    }

    fn new(reach: Reach, bind: IpAddr, look: Look, own: Vec<IpAddr>) -> Self {
        let mut addresses = Self {
            reach,
            bind,
            look,
            own: Vec::new(),
            sorted: Vec::new(),
            looked: Instant::EPOCH,
            foreign: 0,
        };
        addresses.learn(own);
        addresses
    }

    /// Where the socket binds.
    pub(crate) fn bind(&self) -> IpAddr {
        self.bind
    }

    /// The addresses to offer at `now`, the likeliest first.
    pub(crate) fn candidates(&mut self, now: Instant) -> Vec<IpAddr> {
        if now >= self.looked + AGAIN {
            self.look_again(now);
        }
        self.offered()
    }

    /// Whether what comes from `source` is taken; counts it if not.
    pub(crate) fn admits(&mut self, now: Instant, source: IpAddr) -> bool {
        if !matches!(self.reach, Reach::Inside { .. }) {
            return true;
        }
        // Another machine may have got an address that was ours.
        if now >= self.looked + MAX_AGE {
            self.look_again(now);
        }
        if self.is_own(source) {
            return true;
        }
        // We may have got one that was not.
        if now >= self.looked + AGAIN {
            self.look_again(now);
            if self.is_own(source) {
                return true;
            }
        }
        self.foreign = self.foreign.saturating_add(1);
        if self.foreign.is_power_of_two() {
            let dropped = self.foreign;
            tracing::warn!(
                dropped,
                %source,
                "datagrams from other machines are dropped; a listener on 0.0.0.0 takes them"
            );
        }
        false
    }

    /// How many datagrams from other machines were dropped.
    pub(crate) fn foreign(&self) -> u64 {
        self.foreign
    }

    fn offered(&self) -> Vec<IpAddr> {
        let served = |ip: &IpAddr| self.bind.is_ipv6() || ip.is_ipv4();
        let own = self.own.iter().copied().filter(served);
        let own = own.filter(|ip| is_offered(*ip));
        match self.reach {
            Reach::At(address) => vec![address],
            Reach::Everywhere => own.take(MAX_OFFERED).collect(),
            Reach::Inside { listener } => [listener]
                .into_iter()
                .chain(own.filter(|ip| !ip.is_loopback()))
                .take(MAX_OFFERED)
                .collect(),
        }
    }

    fn is_own(&self, source: IpAddr) -> bool {
        let source = match source {
            // RFC 1122 §3.2.1.3: all of 127.0.0.0/8 is the machine itself, though it lists one address.
            IpAddr::V4(v4) if v4.is_loopback() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V4(_) | IpAddr::V6(_) => source,
        };
        self.sorted.binary_search(&source).is_ok()
    }

    fn look_again(&mut self, now: Instant) {
        self.looked = now;
        match (self.look)() {
            Ok(own) => self.learn(own),
            Err(error) => tracing::debug!(%error, "cannot list the machine's addresses"),
        }
    }

    fn learn(&mut self, own: Vec<IpAddr>) {
        self.sorted.clone_from(&own);
        self.sorted.sort_unstable();
        self.own = own;
    }
}

/// Whether a candidate can say this address.
fn is_offered(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => true,
        // A link-local address means nothing without a zone, which SDP cannot carry.
        IpAddr::V6(v6) => !v6.is_unicast_link_local(),
    }
}

/// The machine's addresses, as the system lists them.
fn list() -> io::Result<Vec<IpAddr>> {
    let interfaces = if_addrs::get_if_addrs()?;
    Ok(interfaces.iter().map(if_addrs::Interface::ip).collect())
}

/// Addresses offered at most: what ICE takes. Machines with more have them from virtual networks, which
/// come last.
const MAX_OFFERED: usize = 16;

/// How soon the addresses are looked at again when somebody asks, or comes from an unknown one. A look
/// takes some tens of microseconds.
const AGAIN: Duration = Duration::from_secs(1);

/// How old the addresses may be while datagrams arrive.
const MAX_AGE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
