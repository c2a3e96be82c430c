//! Where the exchange of descriptions stands.

use core::fmt;

use crate::DescriptionKind;

/// The signalling state (RFC 9429 §3.2, W3C `RTCSignalingState`).
///
/// Provisional answers are not supported, so the two `pranswer` states of the RFC do not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignalingState {
    /// No offer is waiting for its answer.
    Stable,
    /// Our offer waits for their answer.
    HaveLocalOffer,
    /// Their offer waits for our answer.
    HaveRemoteOffer,
    /// The peer is closed.
    Closed,
}

/// Whose description it is that is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Local,
    Remote,
}

impl SignalingState {
    /// The word for it in W3C's `RTCSignalingState`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::HaveLocalOffer => "have-local-offer",
            Self::HaveRemoteOffer => "have-remote-offer",
            Self::Closed => "closed",
        }
    }

    /// What can be done in this state, for who has tried something else.
    pub(crate) const fn way_on(self) -> &'static str {
        match self {
            Self::Stable => "there is no offer to answer or to take back",
            Self::HaveLocalOffer => "our offer waits for their answer, or to be taken back",
            Self::HaveRemoteOffer => "their offer waits for our answer, or to be taken back",
            Self::Closed => "a new call takes a new peer",
        }
    }

    /// The state after a description was set, or `None` if it cannot be set in this state.
    ///
    /// RFC 9429 §3.2, figure 2, and §4.1.10.2 for rollback. A new offer may replace one that is not
    /// answered yet.
    pub(crate) const fn after(self, side: Side, kind: DescriptionKind) -> Option<Self> {
        use DescriptionKind::{Answer, Offer, Rollback};
        use Side::{Local, Remote};
        match (self, side, kind) {
            (Self::Stable | Self::HaveLocalOffer, Local, Offer) => Some(Self::HaveLocalOffer),
            (Self::Stable | Self::HaveRemoteOffer, Remote, Offer) => Some(Self::HaveRemoteOffer),
            (Self::HaveLocalOffer, Remote, Answer)
            | (Self::HaveLocalOffer, Local, Rollback)
            | (Self::HaveRemoteOffer, Local, Answer)
            | (Self::HaveRemoteOffer, Remote, Rollback) => Some(Self::Stable),
            (Self::Stable, _, Answer | Rollback)
            | (Self::HaveLocalOffer, Remote, Offer | Rollback)
            | (Self::HaveLocalOffer, Local, Answer)
            | (Self::HaveRemoteOffer, Local, Offer | Rollback)
            | (Self::HaveRemoteOffer, Remote, Answer)
            | (Self::Closed, _, _) => None,
        }
    }
}

impl fmt::Display for SignalingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{DescriptionKind as Kind, Side, SignalingState as S};

    #[test]
    fn every_state_and_description() {
        let (stable, local, remote) = (
            Some(S::Stable),
            Some(S::HaveLocalOffer),
            Some(S::HaveRemoteOffer),
        );
        #[rustfmt::skip]
        let table = [
            //                 offer, answer, rollback: first local ones, then remote ones
            (S::Stable,          [local, None,   None,   remote, None,   None]),
            (S::HaveLocalOffer,  [local, None,   stable, None,   stable, None]),
            (S::HaveRemoteOffer, [None,  stable, None,   remote, None,   stable]),
            (S::Closed,          [None,  None,   None,   None,   None,   None]),
        ];
        let kinds = [Kind::Offer, Kind::Answer, Kind::Rollback];
        let descriptions = [Side::Local, Side::Remote]
            .into_iter()
            .flat_map(|side| kinds.map(|kind| (side, kind)));
        for (state, row) in table {
            for ((side, kind), expected) in descriptions.clone().zip(row) {
                assert_eq!(
                    state.after(side, kind),
                    expected,
                    "{state:?} {side:?} {kind:?}"
                );
            }
        }
    }
}
