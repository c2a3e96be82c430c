//! What callers can do wrong, or the other side's descriptions have wrong.

use strata_rtp::PayloadType;

use crate::{DescriptionKind, InvalidMid, Mid, SignalingState};

/// A description that cannot be made, or not be taken. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// It does not follow RFC 8866: the line and the field.
    #[error("{0}")]
    Parse(#[from] strata_sdp::ParseError),
    /// There is nothing to do with such a description in this state.
    #[error("a {kind} cannot be made or set in the state {state:?}")]
    WrongState {
        /// What it is.
        kind: DescriptionKind,
        /// The signalling state.
        state: SignalingState,
    },
    /// Its text is not what `create_offer` or `create_answer` gave last (RFC 9429 §5.4).
    #[error("the local description is not the one created last")]
    NotCreatedHere,
    /// A media section is wrong.
    #[error("media section {index}: {problem}")]
    Section {
        /// Which, counted from 0.
        index: usize,
        /// What is wrong with it.
        problem: SectionProblem,
    },
    /// More media sections than [`Limits::sections`](crate::Limits::sections).
    #[error("more than {limit} media sections")]
    TooManySections {
        /// The limit.
        limit: usize,
    },
    /// It has fewer media sections than the session, or an answer has not as many as the offer.
    #[error("{actual} media sections where {expected} are expected")]
    SectionCount {
        /// How many there should be (for offers, at least).
        expected: usize,
        /// How many there are.
        actual: usize,
    },
    /// There is no media section to offer: nothing was added, or everything was rejected.
    #[error("there is no media section to offer")]
    NoTransport,
    /// The other side wants another DTLS association (a new certificate or role) than the one in use.
    /// That takes a new peer.
    #[error("a new DTLS association is asked for")]
    NewAssociation,
    /// An answer has other ICE credentials than before, though the offer did not ask for a restart.
    #[error("an answer restarts ICE unasked")]
    UnexpectedRestart,
}

/// What is wrong with a media section of a remote description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SectionProblem {
    /// Its `a=mid` cannot be used.
    #[error("{0}")]
    Mid(#[from] InvalidMid),
    /// Another section has the same `a=mid`.
    #[error("its a=mid is there twice")]
    DuplicateMid,
    /// It has another `a=mid` or kind of media than it had before, or than the offer has.
    #[error("it is not the section that was there before")]
    Changed,
    /// An attribute that the transport needs is missing or cannot be read.
    #[error("a={0} is missing or cannot be read")]
    Attribute(&'static str),
    /// No `a=fingerprint` has a hash function that is supported (SHA-256, 384, 512).
    #[error("no fingerprint that can be checked")]
    Fingerprint,
    /// An answer accepts the section outside the bundle (RFC 9143 §7.3.3).
    #[error("accepted outside the bundle")]
    NotBundled,
    /// `a=setup` of an answer must be `active` or `passive`, and that of an offer not `holdconn`
    /// (RFC 8842 §5.3, §5).
    #[error("the DTLS roles do not fit")]
    Setup,
    /// An answer accepts media without `a=rtcp-mux` (RFC 8834 §4.5).
    #[error("RTP and RTCP are not multiplexed")]
    RtcpMux,
    /// An answer accepts media with none of the codecs that were offered (RFC 3264 §6.1).
    #[error("accepted with no codec that was offered")]
    Codecs,
}

/// A candidate that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddCandidateError {
    /// There is no remote description yet (W3C: `InvalidStateError`).
    #[error("there is no remote description yet")]
    NoRemoteDescription,
    /// The remote description has no such section.
    #[error("there is no media section with this mid")]
    UnknownMid,
    /// It belongs to a session of ICE that is over, or not known (its `ufrag`, RFC 8839 §5.1).
    #[error("it belongs to another session of ICE")]
    UnknownUfrag,
    /// It cannot be read: the field.
    #[error("{0}")]
    Parse(#[from] strata_sdp::FieldError),
    /// ICE does not take it.
    #[error("{0}")]
    Ice(#[from] strata_ice::AddCandidateError),
    /// More than [`Limits::early_candidates`](crate::Limits::early_candidates) wait for ICE to start.
    #[error("more than {limit} candidates wait")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// The peer is closed.
    #[error("the peer is closed")]
    Closed,
}

/// A data channel that cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenChannelError {
    /// SCTP does not open it.
    #[error("{0}")]
    Sctp(#[from] strata_sctp::OpenError),
    /// The other side has rejected the data section.
    #[error("the other side takes no data channels")]
    Rejected,
    /// The peer is closed.
    #[error("the peer is closed")]
    Closed,
}

/// A packet of media or RTCP that is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The peer is not connected (yet, or any more).
    #[error("not connected")]
    NotConnected,
    /// There is no such section, or it carries no media.
    #[error("no media section {0}")]
    UnknownMid(Mid),
    /// Both sides agreed not to send here.
    #[error("nothing may be sent in section {0}")]
    NotSending(Mid),
    /// The payload type was not agreed on, or is none of what the packet claims to be.
    #[error("payload type {0} is not negotiated")]
    PayloadType(PayloadType),
    /// The packet would not fit a datagram.
    #[error("{actual} bytes, {limit} at most")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
        /// Its length, in bytes.
        actual: usize,
    },
    /// The queue is full: [`Limits::rtp_queue`](crate::Limits::rtp_queue) or
    /// [`Limits::rtcp_queue`](crate::Limits::rtcp_queue).
    #[error("{limit} packets wait already")]
    QueueFull {
        /// The limit.
        limit: usize,
    },
    /// What should be RTCP is not.
    #[error("not a valid RTCP packet")]
    Malformed,
}
