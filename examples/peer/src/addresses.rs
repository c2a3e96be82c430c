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
    /// At every address of the machine, by everyone; first at this one, if there is one.
    Everywhere { first: Option<IpAddr> },
    /// At every address of the machine, by the machine itself alone. Firefox, and what is built on libnice,
    /// use no loopback addresses. What they send to another address of their own machine stays in it.
    Inside { listener: IpAddr },
}

/// One of the machine's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Own {
    ip: IpAddr,
    /// Whether its interface carries anything.
    up: bool,
}

impl<T: Into<IpAddr>> From<T> for Own {
    fn from(ip: T) -> Self {
        let ip = ip.into();
        Self { ip, up: true }
    }
}

/// What has changed of the addresses of a socket.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// What cannot be used any more.
    pub(crate) gone: Vec<IpAddr>,
    /// What can be offered too.
    pub(crate) new: Vec<IpAddr>,
}

/// The addresses of one socket. They are looked at again while the program runs, since machines get and
/// lose some.
#[derive(Debug)]
pub(crate) struct Addresses {
    reach: Reach,
    /// Where the socket binds.
    bind: IpAddr,
    look: Look,
    /// The machine's own, in the system's order; that of a network's interface is stable.
    own: Vec<Own>,
    /// The same in the order by which they are found.
    sorted: Vec<IpAddr>,
    /// What open sessions were told of.
    told: Vec<IpAddr>,
    looked: Instant,
    foreign: u64,
}

/// Lists the machine's addresses.
type Look = fn() -> io::Result<Vec<Own>>;

impl Addresses {
    /// One address, and nothing else.
    pub(crate) fn one(address: IpAddr) -> Self {
        Self::new(Reach::At(address), address, list, Vec::new())
    }

    /// The addresses of a program that calls somebody whom it reaches from `local`: that one first. The others
    /// are ways on when it is lost.
    pub(crate) fn of_caller(local: IpAddr) -> Self {
        Self::of_caller_on(local, list)
    }

    /// The same for a machine that `look` describes.
    fn of_caller_on(local: IpAddr, look: Look) -> Self {
        match look() {
            Ok(own) if !local.is_loopback() => {
                let bind = match local {
                    IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                    IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
                };
                Self::new(Reach::Everywhere { first: Some(local) }, bind, look, own)
            }
            Ok(_) | Err(_) => Self::one(local),
        }
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
            let reach = Reach::Everywhere { first: None };
            let addresses = Self::new(reach, listener, look, look()?);
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
            vec![listener.into()]
        });
        let beyond = |v4: bool| {
            let mut offered = own.iter().map(|own| own.ip).filter(|ip| is_offered(*ip));
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

    fn new(reach: Reach, bind: IpAddr, look: Look, own: Vec<Own>) -> Self {
        let mut addresses = Self {
            reach,
            bind,
            look,
            own: Vec::new(),
            sorted: Vec::new(),
            told: Vec::new(),
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

    /// Looks at the addresses again: what open sessions do not know yet.
    pub(crate) fn watch(&mut self, now: Instant) -> Change {
        self.look_again(now);
        let (told, gone) = core::mem::take(&mut self.told)
            .into_iter()
            .partition(|ip| self.is_usable(*ip));
        self.told = told;
        let mut new = self.offered();
        new.retain(|ip| self.is_usable(*ip) && !self.told.contains(ip));
        self.told.extend(&new);
        Change { gone, new }
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
        let own = self.own.iter();
        let own = own.filter(|own| self.reaches(**own)).map(|own| own.ip);
        let own = own.filter(|ip| served(ip) && is_offered(*ip));
        match self.reach {
            Reach::At(address) => vec![address],
            Reach::Everywhere { first: None } => own.take(MAX_OFFERED).collect(),
            Reach::Everywhere { first: Some(first) } => [first]
                .into_iter()
                .chain(own.filter(|ip| !ip.is_loopback() && *ip != first))
                .take(MAX_OFFERED)
                .collect(),
            Reach::Inside { listener } => [listener]
                .into_iter()
                .chain(own.filter(|ip| !ip.is_loopback()))
                .take(MAX_OFFERED)
                .collect(),
        }
    }

    /// Whether somebody can be reached from this address. The machine itself can from one whose cable is drawn.
    fn reaches(&self, own: Own) -> bool {
        own.up || matches!(self.reach, Reach::Inside { .. })
    }

    /// Whether the machine has an address, and it can be used.
    fn is_usable(&self, ip: IpAddr) -> bool {
        let ip = listed(ip);
        let mut own = self.own.iter();
        own.any(|own| own.ip == ip && self.reaches(*own))
    }

    fn is_own(&self, source: IpAddr) -> bool {
        self.sorted.binary_search(&listed(source)).is_ok()
    }

    fn look_again(&mut self, now: Instant) {
        self.looked = now;
        match (self.look)() {
            Ok(own) => self.learn(own),
            Err(error) => tracing::debug!(%error, "cannot list the machine's addresses"),
        }
    }

    fn learn(&mut self, own: Vec<Own>) {
        self.sorted = own.iter().map(|own| own.ip).collect();
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

/// An address as the system lists it. RFC 1122 §3.2.1.3: all of 127.0.0.0/8 is the machine itself, which lists one.
fn listed(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) if v4.is_loopback() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => address,
    }
}

/// The machine's addresses, as the system lists them.
fn list() -> io::Result<Vec<Own>> {
    let interfaces = if_addrs::get_if_addrs()?;
    let own = interfaces.iter().map(|interface| Own {
        ip: interface.ip(),
        up: interface.is_oper_up(),
    });
    Ok(own.collect())
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
