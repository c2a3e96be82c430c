//! Candidates (RFC 8445 §5.1): kinds, foundations, priorities.

use core::{
    fmt,
    net::{IpAddr, SocketAddr},
    num::NonZeroU16,
    str,
};

use strata_core::Protocol;

use crate::Closed;

/// An address at which one side may be reached.
///
/// Text forms (`candidate:...`) are for SDP to read and write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Candidate {
    /// The same for candidates that are alike (RFC 8445 §5.1.1.3).
    pub foundation: Foundation,
    /// 1 for RTP and everything multiplexed with it; 2 for RTCP on a port of its own.
    pub component: NonZeroU16,
    /// What it is reached by.
    pub protocol: Protocol,
    /// Greater is better (RFC 8445 §5.1.2).
    pub priority: u32,
    /// Where it is reached.
    pub address: SocketAddr,
    /// How it was found.
    pub kind: CandidateKind,
    /// For all kinds but host: the address it was derived from, for diagnosis.
    pub related: Option<SocketAddr>,
}

impl Candidate {
    /// Whether one could send a datagram to it at all.
    pub(crate) fn is_reachable(&self) -> bool {
        let ip = self.address.ip();
        let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
        self.address.port() != 0 && !ip.is_unspecified() && !ip.is_multicast() && !broadcast
    }
}

/// How a candidate was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CandidateKind {
    /// An address of an own socket.
    Host,
    /// An address a STUN server saw.
    ServerReflexive,
    /// An address the other side saw, or was seen at, during checks.
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
    (u32::from(kind.type_preference()) << 24)
        + (u32::from(local_preference) << 8)
        + (256 - component)
}

/// The priority of a pair (RFC 8445 §6.1.2.3): the same on both sides.
///
/// ```
/// use strata_ice::pair_priority;
/// assert_eq!(pair_priority(2_130_706_431, 1_694_498_815), 7_277_816_997_797_167_103);
/// ```
pub fn pair_priority(controlling: u32, controlled: u32) -> u64 {
    let (g, d) = (u64::from(controlling), u64::from(controlled));
    (g.min(d) << 32) + 2 * g.max(d) + u64::from(g > d)
}

/// What says that two candidates are alike: 1 to 32 letters, digits, `+` and `/` (RFC 8839 §5.1).
///
/// Those of the other side may be any 0 to 32 visible characters, as they are found in the wild: they are
/// only ever compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Foundation {
    len: u8,
    bytes: [u8; 32],
}

impl Foundation {
    /// The foundation that is written so; `None` if it is too long or holds anything invisible.
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

    /// A number as a foundation, with a letter in front.
    pub(crate) fn numbered(letter: u8, number: u32) -> Self {
        let mut bytes = [0; 32];
        let mut len = 0;
        let digits = (0..10_u32).rev().map(|place| number / 10_u32.pow(place));
        let digits = digits
            .skip_while(|digits| *digits == 0)
            .map(|digits| b'0' + u8::try_from(digits % 10).unwrap_or(0));
        for (slot, byte) in bytes.iter_mut().zip(core::iter::once(letter).chain(digits)) {
            *slot = byte;
            len += 1;
        }
        Self { len, bytes }
    }

    /// How it is written.
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

/// Why a candidate was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddCandidateError {
    /// The agent is closed.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// Only UDP is supported yet.
    #[error("{0:?} is not supported yet: use UDP")]
    Protocol(Protocol),
    /// Only component 1 is supported: RTP and RTCP share a port (RFC 8834 §4.5).
    #[error("component {0} is not supported: multiplex RTCP on component 1 (a=rtcp-mux)")]
    Component(NonZeroU16),
    /// An unspecified, multicast or broadcast address, or port 0.
    #[error(
        "nothing can be sent to {0}: it is unspecified, multicast or broadcast, or its port is 0"
    )]
    Address(SocketAddr),
    /// The limit of the configuration is reached.
    #[error("{0} candidates are there already, and all may still be needed: raise the limit")]
    TooMany(usize),
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
