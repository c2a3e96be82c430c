//! Addresses in the one form in which engines compare them, and which of them may be sent to.

use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use core::str::FromStr;

/// An address in its canonical form: engines compare addresses, and one address has to look the same each time.
///
/// An IPv4 address that is mapped into IPv6 (`::ffff:192.0.2.1`), as dual-stack sockets show it, becomes IPv4. Flow
/// information is dropped. The scope id is kept where it means something: on link-local addresses (RFC 4007 §6).
///
/// ```
/// use strata_core::canonical;
/// assert_eq!(canonical("[::ffff:192.0.2.1]:5000".parse()?), "192.0.2.1:5000".parse()?);
/// # Ok::<(), core::net::AddrParseError>(())
/// ```
#[must_use]
pub const fn canonical(address: SocketAddr) -> SocketAddr {
    let SocketAddr::V6(v6) = address else {
        return address;
    };
    if let Some(v4) = v6.ip().to_ipv4_mapped() {
        return SocketAddr::new(IpAddr::V4(v4), v6.port());
    }
    let scope = if v6.ip().is_unicast_link_local() {
        v6.scope_id()
    } else {
        0
    };
    SocketAddr::V6(SocketAddrV6::new(*v6.ip(), v6.port(), 0, scope))
}

/// The canonical form without a scope id, as an address is signalled: a scope id means nothing on another machine.
#[must_use]
pub const fn without_scope(address: SocketAddr) -> SocketAddr {
    with_scope(canonical(address), 0)
}

/// The same address with this scope id, if it is one that has a scope.
pub(crate) const fn with_scope(address: SocketAddr, scope: u32) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() => {
            SocketAddr::V6(SocketAddrV6::new(*v6.ip(), v6.port(), 0, scope))
        }
        SocketAddr::V4(_) | SocketAddr::V6(_) => address,
    }
}

/// The scope id of an address; 0 if it has none.
pub(crate) const fn scope_of(address: SocketAddr) -> u32 {
    match address {
        SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() => v6.scope_id(),
        SocketAddr::V4(_) | SocketAddr::V6(_) => 0,
    }
}

/// Which addresses of others may be sent to.
///
/// Whoever writes a candidate, or asks a relay, chooses where this side sends. Addresses that no other host can have are
/// refused always: unspecified ones (`0.0.0.0/8`, `::`), multicast, broadcast, the reserved `240.0.0.0/4`, and site-local
/// `fec0::/10` (RFC 3879). Loopback addresses are refused unless they are allowed. An IPv6 address that holds an IPv4
/// address is refused if that is: mapped, compatible, translated (RFC 2765), 6to4 (RFC 3056), NAT64 (RFC 6052) and Teredo
/// (RFC 4380). A mapped one is that IPv4 address. The others lead to another machine, never to a loopback address of
/// this one, so that a loopback address in them is refused always.
///
/// In `64:ff9b:1::/48` (RFC 8215) every network has translators of its own, and only the length of their prefix says
/// where the IPv4 address stands. So that block is refused, but for translators that are [allowed](Self::allow) by
/// their prefix (of 48, 56, 64 or 96 bits).
///
/// ```
/// use strata_core::AddressFilter;
/// let filter = AddressFilter::new()
///     .deny("10.0.0.0/8".parse()?)
///     .allow("10.1.2.3/32".parse()?);
/// assert!(filter.permits("192.0.2.1".parse()?) && filter.permits("10.1.2.3".parse()?));
/// assert!(!filter.permits("10.0.0.1".parse()?) && !filter.permits("64:ff9b::10.0.0.1".parse()?));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressFilter {
    loopback: bool,
    denied: Vec<Prefix>,
    allowed: Vec<Prefix>,
}

impl AddressFilter {
    /// A filter that refuses what no other host can have, and loopback addresses.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            loopback: false,
            denied: Vec::new(),
            allowed: Vec::new(),
        }
    }

    /// The same, which also permits loopback addresses, or not.
    #[must_use]
    pub fn loopback(mut self, permitted: bool) -> Self {
        self.loopback = permitted;
        self
    }

    /// The same, which also refuses what has this prefix.
    #[must_use]
    pub fn deny(mut self, prefix: Prefix) -> Self {
        self.denied.push(prefix);
        self
    }

    /// The same, which permits what has this prefix although it is denied. What no other host can have stays refused.
    #[must_use]
    pub fn allow(mut self, prefix: Prefix) -> Self {
        self.allowed.push(prefix);
        self
    }

    /// Whether this address may be sent to.
    #[must_use]
    pub fn permits(&self, ip: IpAddr) -> bool {
        self.permits_if(ip, self.loopback)
    }

    /// The same for who has a loopback address himself, and so may send to those of his machine.
    #[must_use]
    pub fn permits_with_loopback(&self, ip: IpAddr) -> bool {
        self.permits_if(ip, true)
    }

    fn permits_if(&self, ip: IpAddr, loopback: bool) -> bool {
        let ip = ip.to_canonical();
        if !self.permits_itself(ip) || (ip.is_loopback() && !loopback) {
            return false;
        }
        let permits_inner =
            |inner: Ipv4Addr| !inner.is_loopback() && self.permits_itself(IpAddr::V4(inner));
        match ip {
            IpAddr::V4(_) => true,
            IpAddr::V6(ip) if is_translated_locally(ip) => self
                .named_translator(ip)
                .is_some_and(|bits| permits_inner(embedded_behind(ip, bits))),
            IpAddr::V6(ip) => embedded(ip).into_iter().flatten().all(permits_inner),
        }
    }

    fn permits_itself(&self, ip: IpAddr) -> bool {
        let has = |prefixes: &[Prefix]| prefixes.iter().any(|prefix| prefix.contains(ip));
        !is_nobody(ip) && (!has(&self.denied) || has(&self.allowed))
    }

    /// How long the prefix of the translator is whose address this is, if it is named.
    fn named_translator(&self, ip: Ipv6Addr) -> Option<u8> {
        let named = |prefix: &&Prefix| prefix.bits >= 48 && prefix.contains(IpAddr::V6(ip));
        self.allowed.iter().filter(named).map(|one| one.bits).max()
    }
}

/// Whether no host has this address.
fn is_nobody(ip: IpAddr) -> bool {
    match ip {
        // 0.0.0.0/8 is "this network" (RFC 1122 §3.2.1.3), 240.0.0.0/4 is reserved and ends with broadcast.
        IpAddr::V4(ip) => {
            let [first, ..] = ip.octets();
            first == 0 || first >= 224
        }
        // RFC 3879: site-local addresses are deprecated.
        IpAddr::V6(ip) => {
            let [first, ..] = ip.segments();
            ip.is_unspecified() || ip.is_multicast() || first & 0xFFC0 == 0xFEC0
        }
    }
}

/// Whether a translator of the own network may have this address (RFC 8215).
const fn is_translated_locally(ip: Ipv6Addr) -> bool {
    matches!(ip.segments(), [0x64, 0xFF9B, 1, ..])
}

/// The IPv4 address behind a translator's prefix of so many bits (RFC 6052 §2.2), which leaves out bits 64 to 71.
fn embedded_behind(ip: Ipv6Addr, bits: u8) -> Ipv4Addr {
    let places = match bits {
        0..56 => [6, 7, 9, 10],
        56..64 => [7, 9, 10, 11],
        64..96 => [9, 10, 11, 12],
        96.. => LAST,
    };
    octets_at(ip, places)
}

/// The IPv4 addresses that an IPv6 address holds, whoever has it.
fn embedded(ip: Ipv6Addr) -> [Option<Ipv4Addr>; 2] {
    match ip.segments() {
        // Compatible; but `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => [None, None],
        // Compatible (RFC 4291 §2.5.5.1), translated (RFC 2765), and RFC 6052 §2.1.
        [0, 0, 0, 0, 0 | 0xFFFF, 0, _, _] | [0x64, 0xFF9B, 0, 0, 0, 0, _, _] => {
            [Some(octets_at(ip, LAST)), None]
        }
        // RFC 3056 §2.
        [0x2002, ..] => [Some(octets_at(ip, [2, 3, 4, 5])), None],
        // RFC 4380 §4: the server, and the client with all bits turned.
        [0x2001, 0, ..] => {
            let client = octets_at(ip, LAST).to_bits();
            [
                Some(octets_at(ip, [4, 5, 6, 7])),
                Some(Ipv4Addr::from_bits(!client)),
            ]
        }
        _ => [None, None],
    }
}

/// Where an IPv4 address stands at the end of an IPv6 address.
const LAST: [usize; 4] = [12, 13, 14, 15];

fn octets_at(ip: Ipv6Addr, places: [usize; 4]) -> Ipv4Addr {
    let octets = ip.octets();
    Ipv4Addr::from(places.map(|place| octets.get(place).copied().unwrap_or_default()))
}

/// A block of addresses: those that begin with the same bits. Its text form is `192.0.2.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefix {
    ip: IpAddr,
    bits: u8,
}

impl Prefix {
    /// The addresses whose first `bits` bits are those of `ip`; `None` if it has fewer. IPv4-mapped ones are IPv4.
    #[must_use]
    pub const fn new(ip: IpAddr, bits: u8) -> Option<Self> {
        if let (IpAddr::V6(v6), 96..=128) = (ip, bits)
            && let Some(v4) = v6.to_ipv4_mapped()
        {
            let bits = bits.saturating_sub(96);
            return Some(Self {
                ip: IpAddr::V4(v4),
                bits,
            });
        }
        let most = match ip {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        if bits > most {
            return None;
        }
        Some(Self { ip, bits })
    }

    /// Whether the address is one of them.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        let bits = u32::from(self.bits);
        match (self.ip, ip) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                let differing = one.to_bits() ^ other.to_bits();
                differing.leading_zeros() >= bits
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => {
                let differing = one.to_bits() ^ other.to_bits();
                differing.leading_zeros() >= bits
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ip, self.bits)
    }
}

/// A text is no block of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address, a slash and a number of bits, such as 192.0.2.0/24")]
pub struct PrefixError;

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let (ip, bits) = text.split_once('/').ok_or(PrefixError)?;
        let ip = ip.parse().map_err(|_| PrefixError)?;
        let bits = bits.parse().map_err(|_| PrefixError)?;
        Self::new(ip, bits).ok_or(PrefixError)
    }
}

#[cfg(test)]
mod tests;
