//! RTCP: RFC 3605, RFC 4585, RFC 5506, RFC 5761, RFC 8858.

use alloc::string::String;
use core::{fmt, net::IpAddr, str::FromStr};

use super::{macros::flag_attribute, rtp::payload_type};
use crate::{Attribute, error::FieldError, fields::Connection, grammar::Cursor};

flag_attribute! {
    /// `a=rtcp-mux`: RTP and RTCP share a port (RFC 5761 §5.1.1).
    RtcpMux, "rtcp-mux"
}
flag_attribute! {
    /// `a=rtcp-mux-only`: there is no port for RTCP (RFC 8858 §3).
    RtcpMuxOnly, "rtcp-mux-only"
}
flag_attribute! {
    /// `a=rtcp-rsize`: reduced-size RTCP may be sent (RFC 5506 §5.1).
    RtcpRsize, "rtcp-rsize"
}

/// `a=rtcp:`: where RTCP is sent to, if not to the port above RTP's (RFC 3605 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rtcp {
    /// The port.
    pub port: u16,
    /// The address, if it is another than that of the media.
    pub connection: Option<Connection>,
}

/// `a=rtcp-fb:`: a kind of feedback that may be sent (RFC 4585 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RtcpFb {
    /// What it is for.
    pub target: FeedbackTarget,
    /// The kind.
    pub feedback: Feedback,
}

/// What an [`RtcpFb`] is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedbackTarget {
    /// `*`: all payload types of the media description.
    All,
    /// One payload type.
    PayloadType(u8),
}

/// A kind of RTCP feedback.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Feedback {
    /// `nack`: lost packets (RFC 4585 §6.2.1).
    Nack,
    /// `nack pli`: a lost picture (RFC 4585 §6.3.1).
    NackPli,
    /// `ccm fir`: a full intra request (RFC 5104 §4.3.1).
    CcmFir,
    /// `goog-remb`: the receiver's estimate of the bit rate (draft-alvestrand-rmcat-remb).
    GoogRemb,
    /// `transport-cc`: transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions).
    TransportCc,
    /// `ack ccfb`: congestion control feedback (RFC 8888 §6).
    AckCcfb,
    /// Any other, as it is written.
    Other(String),
}

impl Feedback {
    /// How it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Nack => "nack",
            Self::NackPli => "nack pli",
            Self::CcmFir => "ccm fir",
            Self::GoogRemb => "goog-remb",
            Self::TransportCc => "transport-cc",
            Self::AckCcfb => "ack ccfb",
            Self::Other(text) => text,
        }
    }
}

impl From<&str> for Feedback {
    fn from(text: &str) -> Self {
        match text {
            "nack" => Self::Nack,
            "nack pli" => Self::NackPli,
            "ccm fir" => Self::CcmFir,
            "goog-remb" => Self::GoogRemb,
            "transport-cc" => Self::TransportCc,
            "ack ccfb" => Self::AckCcfb,
            other => Self::Other(other.into()),
        }
    }
}

impl RtcpFb {
    /// Feedback for one payload type.
    #[must_use]
    pub const fn new(payload_type: u8, feedback: Feedback) -> Self {
        Self {
            target: FeedbackTarget::PayloadType(payload_type),
            feedback,
        }
    }
}

impl Attribute for RtcpFb {
    const NAME: &'static str = "rtcp-fb";
}

impl FromStr for RtcpFb {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let target = match cursor.word("rtcp-fb-pt")? {
            "*" => FeedbackTarget::All,
            number => FeedbackTarget::PayloadType(payload_type(number)?),
        };
        if cursor.is_empty() {
            return Err(FieldError::missing("rtcp-fb-val"));
        }
        Ok(Self {
            target,
            feedback: cursor.rest().into(),
        })
    }
}

impl fmt::Display for RtcpFb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.target {
            FeedbackTarget::All => f.write_str("*")?,
            FeedbackTarget::PayloadType(number) => write!(f, "{number}")?,
        }
        write!(f, " {}", self.feedback.as_str())
    }
}

impl Rtcp {
    /// A port at the address of the media.
    #[must_use]
    pub const fn new(port: u16) -> Self {
        Self {
            port,
            connection: None,
        }
    }

    /// The same at another address.
    #[must_use]
    pub fn at(self, address: IpAddr) -> Self {
        Self {
            connection: Some(Connection::new(address)),
            ..self
        }
    }
}

impl Attribute for Rtcp {
    const NAME: &'static str = "rtcp";
}

impl FromStr for Rtcp {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        Ok(Self {
            port: cursor.number("port")?,
            connection: if cursor.is_empty() {
                None
            } else {
                Some(cursor.rest().parse()?)
            },
        })
    }
}

impl fmt::Display for Rtcp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.port)?;
        self.connection
            .as_ref()
            .map_or(Ok(()), |connection| write!(f, " {connection}"))
    }
}
