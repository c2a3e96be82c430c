//! Where the exchange of descriptions stands.

use core::fmt;

/// The signalling state (RFC 9429 §3.2, W3C `RTCSignalingState`).
///
/// Provisional answers are not supported, so the two `pranswer` states of the RFC do not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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

/// What is done to the signalling state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignalingAction {
    LocalOffer,
    LocalAnswer,
    LocalRollback,
    RemoteOffer,
    RemoteAnswer,
    RemoteRollback,
    Close,
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

    /// The state after `action`, or `None` if it cannot be done in this state.
    ///
    /// RFC 9429 §3.2, figure 2, and §4.1.10.2 for rollback. A new offer may replace one that is not
    /// answered yet.
    pub(crate) const fn after(self, action: SignalingAction) -> Option<Self> {
        use SignalingAction as A;
        match (self, action) {
            (_, A::Close) => Some(Self::Closed),
            (Self::Stable | Self::HaveLocalOffer, A::LocalOffer) => Some(Self::HaveLocalOffer),
            (Self::Stable | Self::HaveRemoteOffer, A::RemoteOffer) => Some(Self::HaveRemoteOffer),
            (Self::HaveLocalOffer, A::RemoteAnswer | A::LocalRollback)
            | (Self::HaveRemoteOffer, A::LocalAnswer | A::RemoteRollback) => Some(Self::Stable),
            (
                Self::Stable,
                A::LocalAnswer | A::RemoteAnswer | A::LocalRollback | A::RemoteRollback,
            )
            | (Self::HaveLocalOffer, A::RemoteOffer | A::LocalAnswer | A::RemoteRollback)
            | (Self::HaveRemoteOffer, A::LocalOffer | A::RemoteAnswer | A::LocalRollback)
            | (Self::Closed, _) => None,
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
    use super::{SignalingAction as A, SignalingState as S};

    #[test]
    fn every_state_and_action() {
        let actions = [
            A::LocalOffer,
            A::LocalAnswer,
            A::LocalRollback,
            A::RemoteOffer,
            A::RemoteAnswer,
            A::RemoteRollback,
            A::Close,
        ];
        let (stable, local, remote) = (
            Some(S::Stable),
            Some(S::HaveLocalOffer),
            Some(S::HaveRemoteOffer),
        );
        let closed = Some(S::Closed);
        #[rustfmt::skip]
        let table = [
            //                  local offer, answer, rollback, remote offer, answer, rollback, close
            (S::Stable,          [local, None,   None,   remote, None,   None,   closed]),
            (S::HaveLocalOffer,  [local, None,   stable, None,   stable, None,   closed]),
            (S::HaveRemoteOffer, [None,  stable, None,   remote, None,   stable, closed]),
            (S::Closed,          [None,  None,   None,   None,   None,   None,   closed]),
        ];
        for (state, row) in table {
            for (action, expected) in actions.into_iter().zip(row) {
                assert_eq!(state.after(action), expected, "{state:?} after {action:?}");
            }
        }
    }
}
