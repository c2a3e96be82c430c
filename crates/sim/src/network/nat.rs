//! Network address translators, in the words of RFC 4787.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use strata_core::{Instant, Path};

/// On what a translator's decision depends (RFC 4787 §4.1 for mappings, §5 for filters).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Behaviour {
    /// On the inner address alone.
    EndpointIndependent,
    /// On the other side's IP address too.
    AddressDependent,
    /// On the other side's IP address and port too.
    AddressAndPortDependent,
}

/// How a [`Nat`] translates and filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NatConfig {
    /// When the same inner address gets the same outer port again.
    pub mapping: Behaviour,
    /// Who may send to that port.
    pub filtering: Behaviour,
    /// Whether hosts behind it reach each other by their outer addresses (RFC 4787 §6). Their datagrams
    /// then bear the sender's outer address.
    pub hairpin: bool,
    /// Whether it lets UDP pass at all.
    pub udp: bool,
    /// How long a mapping lives after the last datagram out. RFC 4787 REQ-5 recommends five minutes,
    /// the default here; many real ones forget after 30 seconds.
    pub mapping_timeout: Duration,
}

impl NatConfig {
    /// Anybody may send to a mapped port.
    #[must_use]
    pub const fn full_cone() -> Self {
        Self::of(
            Behaviour::EndpointIndependent,
            Behaviour::EndpointIndependent,
        )
    }

    /// Only hosts that were sent to may answer, from any port.
    #[must_use]
    pub const fn address_restricted() -> Self {
        Self::of(Behaviour::EndpointIndependent, Behaviour::AddressDependent)
    }

    /// Only addresses that were sent to may answer.
    #[must_use]
    pub const fn port_restricted() -> Self {
        Self::of(
            Behaviour::EndpointIndependent,
            Behaviour::AddressAndPortDependent,
        )
    }

    /// Each destination gets a mapping of its own, and only it may answer.
    #[must_use]
    pub const fn symmetric() -> Self {
        Self::of(
            Behaviour::AddressAndPortDependent,
            Behaviour::AddressAndPortDependent,
        )
    }

    /// No UDP passes.
    #[must_use]
    pub const fn udp_blocked() -> Self {
        let mut config = Self::symmetric();
        config.udp = false;
        config
    }

    /// The same, with hairpinning.
    #[must_use]
    pub const fn hairpin(mut self) -> Self {
        self.hairpin = true;
        self
    }

    /// The same, with another life of mappings.
    #[must_use]
    pub const fn mapping_timeout(mut self, timeout: Duration) -> Self {
        self.mapping_timeout = timeout;
        self
    }

    const fn of(mapping: Behaviour, filtering: Behaviour) -> Self {
        Self {
            mapping,
            filtering,
            hairpin: false,
            udp: true,
            mapping_timeout: Duration::from_mins(5),
        }
    }
}

/// A translator: one outer address, and a private network inside.
#[derive(Debug)]
pub struct Nat {
    config: NatConfig,
    outside: Option<usize>,
    external: IpAddr,
    /// Which outer port an inner address has, towards a destination cut down to what matters.
    ports: BTreeMap<(SocketAddr, SocketAddr), u16>,
    mappings: BTreeMap<u16, Mapping>,
    next_port: u16,
}

#[derive(Debug)]
struct Mapping {
    inner: SocketAddr,
    toward: SocketAddr,
    expires: Instant,
    /// Who was sent to, cut down to what matters for filtering, and until when that counts.
    permitted: BTreeMap<SocketAddr, Instant>,
}

impl Nat {
    pub(super) const fn new(outside: Option<usize>, external: IpAddr, config: NatConfig) -> Self {
        Self {
            config,
            outside,
            external,
            ports: BTreeMap::new(),
            mappings: BTreeMap::new(),
            next_port: FIRST_PORT,
        }
    }

    /// How it translates and filters.
    pub const fn config(&self) -> NatConfig {
        self.config
    }

    /// Changes how it translates and filters from now on.
    pub const fn set_config(&mut self, config: NatConfig) {
        self.config = config;
    }

    /// Forgets all mappings, as when it is switched off and on. What is sent next gets new ports.
    pub fn reboot(&mut self) {
        self.ports.clear();
        self.mappings.clear();
    }

    /// Its address on the outside.
    pub const fn external(&self) -> IpAddr {
        self.external
    }

    /// The translator it is behind itself.
    pub(super) const fn outside(&self) -> Option<usize> {
        self.outside
    }

    /// The path of a datagram from inside as it leaves; `None` if it does not.
    pub(super) fn outbound(&mut self, now: Instant, path: Path) -> Option<Path> {
        let same_family = self.external.is_ipv4() == path.local.is_ipv4();
        let hairpin = path.remote.ip() == self.external;
        if !self.config.udp || !same_family || (hairpin && !self.config.hairpin) {
            return None;
        }
        let toward = relevant(self.config.mapping, path.remote);
        let port = self.port(now, path.local, toward)?;
        let expires = now + self.config.mapping_timeout;
        let mapping = self.mappings.get_mut(&port)?;
        mapping.expires = expires;
        mapping
            .permitted
            .insert(relevant(self.config.filtering, path.remote), expires);
        Some(Path {
            local: SocketAddr::new(self.external, port),
            ..path
        })
    }

    /// The path of a datagram from outside as it gets in; `None` if it does not.
    pub(super) fn inbound(&mut self, now: Instant, path: Path) -> Option<Path> {
        let mapping = self.mappings.get(&path.remote.port())?;
        let permission = mapping
            .permitted
            .get(&relevant(self.config.filtering, path.local));
        let permitted = permission.is_some_and(|expires| *expires > now);
        // A permission never outlives its mapping, so that need not be asked.
        (self.config.udp && permitted).then_some(Path {
            remote: mapping.inner,
            ..path
        })
    }

    /// The outer port of `inner` towards `toward`, mapped now if it is not yet.
    fn port(&mut self, now: Instant, inner: SocketAddr, toward: SocketAddr) -> Option<u16> {
        let known = self.ports.get(&(inner, toward)).copied();
        let alive = |port: &u16| self.mappings.get(port).is_some_and(|m| m.expires > now);
        if let Some(port) = known.filter(alive) {
            return Some(port);
        }
        if let Some(port) = known {
            self.mappings.remove(&port);
        }
        let port = self.free_port(now)?;
        if let Some(old) = self.mappings.insert(
            port,
            Mapping {
                inner,
                toward,
                expires: now,
                permitted: BTreeMap::new(),
            },
        ) {
            self.ports.remove(&(old.inner, old.toward));
        }
        self.ports.insert((inner, toward), port);
        Some(port)
    }

    /// A port that no living mapping has; never twice the same in a row, so that a new mapping is seen.
    fn free_port(&mut self, now: Instant) -> Option<u16> {
        for _ in FIRST_PORT..=u16::MAX {
            let port = self.next_port;
            self.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
            if self.mappings.get(&port).is_none_or(|m| m.expires <= now) {
                return Some(port);
            }
        }
        None
    }
}

/// As much of the other side's address as this behaviour looks at.
const fn relevant(behaviour: Behaviour, remote: SocketAddr) -> SocketAddr {
    match behaviour {
        Behaviour::EndpointIndependent => SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        Behaviour::AddressDependent => SocketAddr::new(remote.ip(), 0),
        Behaviour::AddressAndPortDependent => remote,
    }
}

/// The first port that is given out; a test can tell outer ports by it.
const FIRST_PORT: u16 = 40_000;
