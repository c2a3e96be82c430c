//! Candidates (RFC 8445 §5.1): kinds, foundations, priorities.

use core::{
    fmt,
    net::{IpAddr, SocketAddr},
    num::NonZeroU16,
    str,
};
use std::io::Write as _;

use strata_core::Protocol;

/// An address at which one side may be reached.
///
/// This crate does not read or write its text form (`candidate:...`): that is part of SDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Candidate {
    /// Candidates that were found in the same way have the same one (RFC 8445 §5.1.1.3).
    pub foundation: Foundation,
    /// 1 for RTP and everything multiplexed with it; 2 for RTCP on a port of its own.
    pub component: NonZeroU16,
    /// The transport protocol.
    pub protocol: Protocol,
    /// Greater is better (RFC 8445 §5.1.2).
    pub priority: u32,
    /// The address itself.
    pub address: SocketAddr,
    /// How it was found.
    pub kind: CandidateKind,
    /// For all kinds but host: the address it was derived from. It is used for diagnosis only.
    pub related: Option<SocketAddr>,
}

impl Candidate {
    /// A candidate of component 1 over UDP, without a related address. Change the fields where it differs.
    ///
    /// ```
    /// use strata_ice::{Candidate, CandidateKind, Foundation};
    ///
    /// // candidate:1 1 udp 1694498815 203.0.113.1 4000 typ srflx raddr 192.0.2.1 rport 5000
    /// let foundation = Foundation::new("1").ok_or("not a foundation")?;
    /// let address = "203.0.113.1:4000".parse()?;
    /// let mut candidate =
    ///     Candidate::new(CandidateKind::ServerReflexive, address, 1_694_498_815, foundation);
    /// candidate.related = Some("192.0.2.1:5000".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn new(
        kind: CandidateKind,
        address: SocketAddr,
        priority: u32,
        foundation: Foundation,
    ) -> Self {
        Self {
            foundation,
            component: NonZeroU16::MIN,
            protocol: Protocol::Udp,
            priority,
            address,
            kind,
            related: None,
        }
    }

    /// Whether a datagram can be sent to its address at all.
    pub(crate) fn is_reachable(&self) -> bool {
        let ip = self.address.ip();
        let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
        self.address.port() != 0 && !ip.is_unspecified() && !ip.is_multicast() && !broadcast
    }
}

/// How a candidate was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CandidateKind {
    /// The address of a socket.
    Host,
    /// The address that a STUN server has seen.
    ServerReflexive,
    /// An address that the two sides have discovered by their checks.
    PeerReflexive,
    /// An address at a TURN server.
    Relayed,
}

impl CandidateKind {
    /// RFC 8445 §5.1.2.2: the recommended type preferences.
    pub const fn type_preference(self) -> u8 {
        match self {
            Self::Host => 126,
            Self::PeerReflexive => 110,
            Self::ServerReflexive => 100,
            Self::Relayed => 0,
        }
    }
}

impl fmt::Display for CandidateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The words of RFC 8839 §5.1.
        f.write_str(match self {
            Self::Host => "host",
            Self::ServerReflexive => "srflx",
            Self::PeerReflexive => "prflx",
            Self::Relayed => "relay",
        })
    }
}

/// The priority of a candidate (RFC 8445 §5.1.2.1).
///
/// ```
/// use core::num::NonZeroU16;
/// use strata_ice::{CandidateKind, candidate_priority};
/// assert_eq!(candidate_priority(CandidateKind::Host, 65_535, NonZeroU16::MIN), 2_130_706_431);
/// ```
pub fn candidate_priority(
    kind: CandidateKind,
    local_preference: u16,
    component: NonZeroU16,
) -> u32 {
    // RFC 8445 §5.1: component ids are 1 to 256.
    let component = u32::from(component.get().min(256));
    // 0 to 255, so that it stays within the lowest octet.
    let lowest = 256_u32.saturating_sub(component);
    u32::from(kind.type_preference()) << 24 | u32::from(local_preference) << 8 | lowest
}

/// The priority of a pair (RFC 8445 §6.1.2.3). Both sides compute the same one.
///
/// Candidates have priorities of up to 2^31 - 1 (§5.1.2), but any number may be signalled. The formula exceeds 64 bits
/// for two priorities of 2^32 - 1 only; then the result is `u64::MAX`.
///
/// ```
/// use strata_ice::pair_priority;
/// assert_eq!(pair_priority(2_130_706_431, 1_694_498_815), 7_277_816_997_797_167_103);
/// ```
pub fn pair_priority(controlling: u32, controlled: u32) -> u64 {
    let (g, d) = (u64::from(controlling), u64::from(controlled));
    (g.min(d) << 32)
        .saturating_add(g.max(d) << 1)
        .saturating_add(u64::from(g > d))
}

/// A word that is the same for candidates found in the same way: 1 to 32 letters, digits, `+` and `/` (RFC 8839 §5.1).
///
/// From the other side any 0 to 32 visible characters are accepted, because some implementations send others, and
/// foundations are only compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Foundation {
    len: u8,
    bytes: [u8; 32],
}

impl Foundation {
    /// The foundation with this text; `None` if it is longer than 32 characters, or one of them is not visible ASCII.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let len = u8::try_from(text.len()).ok()?;
        let mut bytes = [0; 32];
        bytes
            .get_mut(..text.len())
            .filter(|_| text.bytes().all(|byte| byte.is_ascii_graphic()))?
            .copy_from_slice(text.as_bytes());
        Some(Self { len, bytes })
    }

    /// The foundation that consists of a letter and a number.
    pub(crate) fn numbered(letter: u8, number: u32) -> Self {
        let mut bytes = [0; 32];
        let mut rest = bytes.as_mut_slice();
        // There is room: a letter and ten digits at the most.
        let written = write!(rest, "{}{number}", char::from(letter));
        let free = rest.len();
        debug_assert!(written.is_ok(), "eleven octets fit into 32");
        let len = bytes.len().saturating_sub(free);
        Self {
            len: u8::try_from(len).unwrap_or_default(),
            bytes,
        }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        self.bytes
            .get(..usize::from(self.len))
            .and_then(|bytes| str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

impl fmt::Debug for Foundation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Foundation({})", self.as_str())
    }
}

impl fmt::Display for Foundation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_are_those_of_the_formula() {
        use CandidateKind::{Host, PeerReflexive, Relayed, ServerReflexive};
        // 2130706431 and 1694498815 are printed in RFC 8839 §5.1 and RFC 8445 §15.
        let table = [
            (Host, 65_535, 1, 2_130_706_431),
            (Host, 65_535, 2, 2_130_706_430),
            (Host, 0, 256, 2_113_929_216),
            (PeerReflexive, 65_535, 1, 1_862_270_975),
            (ServerReflexive, 65_535, 1, 1_694_498_815),
            (Relayed, 65_535, 1, 16_777_215),
            (Relayed, 0, 256, 0),
        ];
        for (kind, local, component, priority) in table {
            let component = NonZeroU16::new(component).unwrap();
            assert_eq!(candidate_priority(kind, local, component), priority);
        }
    }

    #[test]
    fn pair_priorities_are_those_of_the_formula() {
        let table = [
            (2_130_706_431, 2_130_706_431, 9_151_314_442_783_293_438),
            (2_130_706_431, 1_694_498_815, 7_277_816_997_797_167_103),
            (1_694_498_815, 2_130_706_431, 7_277_816_997_797_167_102),
            (16_777_215, 2_130_706_431, 72_057_594_004_373_502),
            (1, 2_147_483_647, 8_589_934_590),
            (2_147_483_647, 1, 8_589_934_591),
            (1, 1, 4_294_967_298),
        ];
        for (controlling, controlled, priority) in table {
            assert_eq!(pair_priority(controlling, controlled), priority);
        }
    }

    /// RFC 8445 §5.1.2 ends at 2^31 - 1, but in an attribute or a description there may be any number.
    #[test]
    fn pair_priorities_of_impossible_candidates_do_not_overflow() {
        let most = u32::MAX;
        assert_eq!(pair_priority(most, most - 1), u64::MAX);
        assert_eq!(pair_priority(most - 1, most), u64::MAX - 1);
        assert_eq!(pair_priority(most, most), u64::MAX);
    }

    #[test]
    fn foundations_are_short_words() {
        assert_eq!(Foundation::new("a+/9").unwrap().as_str(), "a+/9");
        assert_eq!(Foundation::new(&"x".repeat(32)).unwrap().as_str().len(), 32);
        assert_eq!(Foundation::new(&"x".repeat(33)), None);
        assert_eq!(Foundation::new("").unwrap().as_str(), "");
        assert_eq!(Foundation::new("udp_1.2-3").unwrap().as_str(), "udp_1.2-3");
        assert_eq!(Foundation::new("a\tb"), None);
        assert_eq!(Foundation::new("a b"), None);
        assert_eq!(Foundation::numbered(b'p', 1205).as_str(), "p1205");
        assert_eq!(Foundation::numbered(b'h', u32::MAX).as_str(), "h4294967295");
    }
}
