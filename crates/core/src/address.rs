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
/// address is refused if that is: mapped, compatible, 6to4 (RFC 3056), NAT64 (RFC 6052, RFC 8215) and Teredo (RFC 4380).
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
        self.permits_itself(ip) && embedded(ip).all(|inner| self.permits_itself(IpAddr::V4(inner)))
    }

    fn permits_itself(&self, ip: IpAddr) -> bool {
        if is_nobody(ip) || (ip.is_loopback() && !self.loopback) {
            return false;
        }
        let has = |prefixes: &[Prefix]| prefixes.iter().any(|prefix| prefix.contains(ip));
        !has(&self.denied) || has(&self.allowed)
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

/// The IPv4 addresses that an IPv6 address may stand for.
fn embedded(ip: IpAddr) -> impl Iterator<Item = Ipv4Addr> {
    let mut found = [None; 2];
    if let IpAddr::V6(ip) = ip {
        found = embedded_in(ip);
    }
    found.into_iter().flatten()
}

fn embedded_in(ip: Ipv6Addr) -> [Option<Ipv4Addr>; 2] {
    let octets = ip.octets();
    let at = |places: [usize; 4]| {
        let octets = places.map(|place| octets.get(place).copied().unwrap_or_default());
        Some(Ipv4Addr::from(octets))
    };
    let last = at([12, 13, 14, 15]);
    match ip.segments() {
        // Compatible; but `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => [None, None],
        // Compatible, mapped, and RFC 6052 §2.1.
        [0, 0, 0, 0, 0, 0 | 0xFFFF, _, _] | [0x64, 0xFF9B, 0, 0, 0, 0, _, _] => [last, None],
        // RFC 8215: a translator may use the whole /48 (RFC 6052 §2.2), or a longer prefix below it.
        [0x64, 0xFF9B, 1, ..] => [last, at([6, 7, 9, 10])],
        [0x2002, ..] => [at([2, 3, 4, 5]), None],
        // RFC 4380 §4: the server, and the client with all bits turned.
        [0x2001, 0, ..] => [
            at([4, 5, 6, 7]),
            last.map(|client| Ipv4Addr::from_bits(!client.to_bits())),
        ],
        _ => [None, None],
    }
}

/// A block of addresses: those that begin with the same bits. Its text form is `192.0.2.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefix {
    ip: IpAddr,
    bits: u8,
}

impl Prefix {
    /// The addresses whose first `bits` bits are those of `ip`; `None` if it has fewer.
    #[must_use]
    pub const fn new(ip: IpAddr, bits: u8) -> Option<Self> {
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
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_have_one_form() {
        let v6 = |text: &str, flow, scope| {
            SocketAddr::V6(SocketAddrV6::new(text.parse().unwrap(), 7, flow, scope))
        };
        let table = [
            (v6("::ffff:192.0.2.1", 5, 3), "192.0.2.1:7".parse().unwrap()),
            (
                "192.0.2.1:7".parse().unwrap(),
                "192.0.2.1:7".parse().unwrap(),
            ),
            (v6("2001:db8::1", 5, 3), v6("2001:db8::1", 0, 0)),
            (v6("fe80::1", 5, 3), v6("fe80::1", 0, 3)),
            (v6("::1", 0, 1), v6("::1", 0, 0)),
        ];
        for (address, expected) in table {
            assert_eq!(canonical(address), expected, "{address}");
            assert_eq!(canonical(expected), expected, "{address}");
        }
        assert_eq!(without_scope(v6("fe80::1", 5, 3)), v6("fe80::1", 0, 0));
    }

    #[test]
    fn what_no_host_has_is_refused_in_every_form() {
        let refused = [
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "239.1.2.3",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "ff02::1",
            "fec0::1",
            "feff::1",
            "127.0.0.1",
            "127.9.9.9",
            "::1",
        ];
        let nested = [
            "0.0.0.0",
            "127.0.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
        ];
        let filter = AddressFilter::new();
        for refused in refused {
            assert!(!filter.permits(ip(refused)), "{refused}");
        }
        for nested in nested {
            let v4: Ipv4Addr = nested.parse().unwrap();
            let [a, b, c, d] = v4.octets().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            let forms = [
                Ipv6Addr::new(0, 0, 0, 0, 0, 0xFFFF, high, low),
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xFF9B, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xFF9B, 1, 5, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xFF9B, 1, high, c, d << 8, 0x0102, 0x0304),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, high, low, 0, 1, 0xF0F0, 0xF0F0),
                Ipv6Addr::new(0x2001, 0, 0x0808, 0x0808, 0, 1, !high, !low),
            ];
            for form in forms {
                assert!(!filter.permits(IpAddr::V6(form)), "{form} is {nested}");
            }
        }
        let permitted = [
            "192.0.2.1",
            "10.0.0.1",
            "169.254.1.1",
            "223.255.255.255",
            "2001:db8::1",
            "fd00::1",
            "fe80::1",
            "::ffff:192.0.2.1",
            "64:ff9b::192.0.2.1",
            "2002:c000:201::1",
            "2001:1::1",
        ];
        for permitted in permitted {
            assert!(filter.permits(ip(permitted)), "{permitted}");
        }
        let loopback = AddressFilter::new().loopback(true);
        for permitted in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(loopback.permits(ip(permitted)), "{permitted}");
        }
    }

    #[test]
    fn blocks_are_denied_and_parts_of_them_allowed() {
        let filter = AddressFilter::new()
            .deny("10.0.0.0/8".parse().unwrap())
            .deny("fd00::/8".parse().unwrap())
            .deny("0.0.0.0/0".parse().unwrap())
            .allow("10.9.0.0/16".parse().unwrap())
            .allow("0.0.0.0/0".parse().unwrap())
            .allow("224.0.0.0/4".parse().unwrap());
        for (text, permitted) in [
            ("10.9.1.1", true),
            ("192.0.2.1", true),
            ("224.0.0.1", false),
            ("fd12::1", false),
            ("fe80::1", true),
        ] {
            assert_eq!(filter.permits(ip(text)), permitted, "{text}");
        }
        let narrow = AddressFilter::new().deny("10.0.0.0/8".parse().unwrap());
        assert!(!narrow.permits(ip("::ffff:10.1.1.1")) && narrow.permits(ip("11.0.0.1")));
        for bad in [
            "10.0.0.0",
            "10.0.0.0/33",
            "::/129",
            "x/8",
            "10.0.0.0/-1",
            "/8",
        ] {
            assert_eq!(bad.parse::<Prefix>(), Err(PrefixError), "{bad}");
        }
        let prefix: Prefix = "2001:db8::/32".parse().unwrap();
        assert_eq!(prefix.to_string(), "2001:db8::/32");
    }
}
