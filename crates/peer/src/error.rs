//! What callers can do wrong, or the other side's descriptions have wrong.

use strata_rtp::{PayloadType, SequenceNumber};

use crate::{DescriptionKind, InvalidMid, Mid, SignalingState};

/// A description that cannot be made, or not be taken. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptionError {
    /// The peer is closed.
    #[error("the peer is closed: a new call takes a new one")]
    Closed,
    /// It does not follow RFC 8866: the line and the field.
    #[error("the description cannot be read: {0}")]
    Parse(strata_sdp::ParseError),
    /// There is nothing to do with such a description in this state.
    #[error("{} cannot be made or set in the state {state}: {}", .kind.with_article(), .state.way_on())]
    WrongState {
        /// What it is.
        kind: DescriptionKind,
        /// The signalling state.
        state: SignalingState,
    },
    /// Its text is not what `create_offer` or `create_answer` gave last (RFC 9429 §5.4).
    #[error(
        "the local description is not the one created last: set what `create_offer` or `create_answer` gave"
    )]
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
    #[error("more than {limit} media sections, which `Limits::sections` allows")]
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
    #[error("there is no media section to offer: add a transceiver, or open a channel")]
    NoTransport,
    /// The other side wants another DTLS association (a new certificate or role) than the one in use.
    /// That takes a new peer.
    #[error("a new DTLS association is asked for: that takes a new peer")]
    NewAssociation,
    /// An answer has other ICE credentials than before, though the offer did not ask for a restart.
    #[error("an answer restarts ICE, which the offer did not ask for")]
    UnexpectedRestart,
}

/// What is wrong with a media section of a remote description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SectionProblem {
    /// Its `a=mid` cannot be used.
    #[error("its a=mid cannot be used: {0}")]
    Mid(InvalidMid),
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
    #[error("it has no fingerprint with SHA-256, SHA-384 or SHA-512")]
    Fingerprint,
    /// An answer accepts the section outside the bundle (RFC 9143 §7.3.3).
    #[error("it is accepted outside the bundle")]
    NotBundled,
    /// `a=setup` of an answer must be `active` or `passive`, and that of an offer not `holdconn`
    /// (RFC 8842 §5.3, §5).
    #[error("its a=setup does not fit the offer's")]
    Setup,
    /// An answer accepts media without `a=rtcp-mux` (RFC 8834 §4.5).
    #[error("it is accepted without a=rtcp-mux")]
    RtcpMux,
    /// An answer accepts media with none of the codecs that were offered (RFC 3264 §6.1).
    #[error("it is accepted with no codec that was offered")]
    Codecs,
}

/// A candidate that is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddCandidateError {
    /// There is no remote description yet (W3C: `InvalidStateError`).
    #[error("there is no remote description yet: set it first")]
    NoRemoteDescription,
    /// The remote description has no such section.
    #[error("the remote description has no media section with this mid")]
    UnknownMid,
    /// It belongs to a session of ICE that is over, or not known (its `ufrag`, RFC 8839 §5.1).
    #[error("its ufrag is not that of the remote description")]
    UnknownUfrag,
    /// It cannot be read: the field.
    #[error("the candidate cannot be read: {0}")]
    Parse(strata_sdp::FieldError),
    /// ICE does not take it.
    #[error("ICE does not take the candidate: {0}")]
    Ice(strata_ice::AddCandidateError),
    /// More than [`Limits::early_candidates`](crate::Limits::early_candidates) wait for ICE to start.
    #[error("more than {limit} candidates wait for the answer")]
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
    #[error("SCTP opens no channel: {0}")]
    Sctp(strata_sctp::OpenError),
    /// The other side has rejected the data section.
    #[error("the other side takes no data channels")]
    Rejected,
    /// The peer is closed.
    #[error("the peer is closed")]
    Closed,
}

/// A media section that cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddTransceiverError {
    /// The peer is closed.
    #[error("the peer is closed")]
    Closed,
    /// The peer is connected, and the other side has negotiated no SRTP profile: that takes a new peer.
    #[error("the other side does no SRTP: there can be no media")]
    NoSrtp,
    /// There are as many as [`Limits::sections`](crate::Limits::sections) allows.
    #[error("there are {limit} media sections already")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

/// A packet of media or RTCP that is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The peer is closed.
    #[error("the peer is closed")]
    Closed,
    /// The peer is not connected yet.
    #[error("not connected yet: wait for the connection state to say so")]
    NotConnected,
    /// There was a path to the other side, and none is alive now. What is late is of no use, so nothing is kept; the
    /// number is not used up.
    #[error("no path to the other side is alive: what is late is of no use")]
    NoPath,
    /// The peer is connected, and the other side has negotiated no SRTP profile.
    #[error("the other side does no SRTP: there can be no media")]
    NoSrtp,
    /// There is no such section, or it carries no media.
    #[error("no media section {0}")]
    UnknownMid(Mid),
    /// Both sides agreed not to send here.
    #[error("both sides agreed that nothing is sent in section {0}")]
    NotSending(Mid),
    /// The payload type was not agreed on, or is none of what the packet claims to be.
    #[error("payload type {0} is not negotiated for such packets")]
    PayloadType(PayloadType),
    /// The packet would not fit a datagram.
    #[error("a packet of {actual} bytes, and {limit} at most")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
        /// Its length, in bytes.
        actual: usize,
    },
    /// The queue is full: [`Limits::rtp_queue`](crate::Limits::rtp_queue) or
    /// [`Limits::rtcp_queue`](crate::Limits::rtcp_queue).
    #[error("{limit} packets wait already: poll them first")]
    QueueFull {
        /// The limit.
        limit: usize,
    },
    /// The stream has sent this number already: what is sent again goes as a retransmission (RFC 4588).
    #[error("number {0} was sent before: what is sent again goes as a retransmission")]
    Repeated(SequenceNumber),
    /// The number is so far behind the newest of its stream that nobody knows whether it was sent.
    #[error("number {0} is too far behind the newest: go on with higher ones")]
    TooOld(SequenceNumber),
    /// The source of the section sent so long ago, and so many others since, that nobody knows which numbers it
    /// has used ([`strata_srtp::Config::max_forgotten`]).
    #[error("which numbers the section's source has used is forgotten: send in another section")]
    SourceRetired,
    /// The keys have protected all that they may (RFC 3711 §9.2).
    #[error("the keys have protected all that they may: that takes a new peer")]
    KeyExhausted,
    /// It begins with no report, which both sides did not agree on (`a=rtcp-rsize`, RFC 5506 §5).
    #[error("reduced-size RTCP was not agreed on: begin with a report")]
    ReducedSize,
    /// What should be RTCP is not.
    #[error("what should be RTCP is not")]
    Malformed,
}

// These conversions are written by hand. `#[from]` would make the inner error the source as well. Its text is part of
// the outer error's text already, and who prints an error with its sources would print it twice.

impl From<strata_sdp::ParseError> for DescriptionError {
    fn from(error: strata_sdp::ParseError) -> Self {
        Self::Parse(error)
    }
}

impl From<InvalidMid> for SectionProblem {
    fn from(error: InvalidMid) -> Self {
        Self::Mid(error)
    }
}

impl From<strata_sdp::FieldError> for AddCandidateError {
    fn from(error: strata_sdp::FieldError) -> Self {
        Self::Parse(error)
    }
}

impl From<strata_ice::AddCandidateError> for AddCandidateError {
    fn from(error: strata_ice::AddCandidateError) -> Self {
        Self::Ice(error)
    }
}

impl From<strata_sctp::OpenError> for OpenChannelError {
    fn from(error: strata_sctp::OpenError) -> Self {
        Self::Sctp(error)
    }
}

#[cfg(test)]
mod tests;
