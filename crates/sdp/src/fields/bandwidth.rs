//! `b=`: how much bandwidth is proposed.

use alloc::string::String;
use core::{fmt, str::FromStr};

use crate::{
    Number,
    error::FieldError,
    grammar::{Cursor, is_token},
};

/// A proposed bandwidth (RFC 8866 §5.8): `b=<bwtype>:<bandwidth>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Bandwidth {
    /// What the number means, and its unit.
    pub kind: BandwidthKind,
    /// The number, in the unit of `kind`.
    pub value: Number,
}

/// What a [`Bandwidth`] limits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BandwidthKind {
    /// `CT`: all media of the conference, in kbit/s.
    ConferenceTotal,
    /// `AS`: one application's media, headers included, in kbit/s.
    ApplicationSpecific,
    /// `TIAS`: media without the headers below RTP, in bit/s (RFC 3890).
    TransportIndependent,
    /// `RS`: RTCP of active senders, in bit/s (RFC 3556).
    RtcpSenders,
    /// `RR`: RTCP of all others, in bit/s (RFC 3556).
    RtcpReceivers,
    /// Any other, in kbit/s unless its definition says otherwise.
    Other(String),
}

impl Bandwidth {
    /// So much, in the unit of `kind`.
    #[must_use]
    pub fn new(kind: BandwidthKind, value: impl Into<Number>) -> Self {
        Self {
            kind,
            value: value.into(),
        }
    }
}

impl BandwidthKind {
    /// How it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::ConferenceTotal => "CT",
            Self::ApplicationSpecific => "AS",
            Self::TransportIndependent => "TIAS",
            Self::RtcpSenders => "RS",
            Self::RtcpReceivers => "RR",
            Self::Other(name) => name,
        }
    }
}

impl FromStr for Bandwidth {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let kind = cursor
            .until(':')
            .filter(|kind| is_token(kind))
            .ok_or(FieldError::malformed("bwtype"))?;
        Ok(Self {
            kind: match kind {
                "CT" => BandwidthKind::ConferenceTotal,
                "AS" => BandwidthKind::ApplicationSpecific,
                "TIAS" => BandwidthKind::TransportIndependent,
                "RS" => BandwidthKind::RtcpSenders,
                "RR" => BandwidthKind::RtcpReceivers,
                other => BandwidthKind::Other(other.into()),
            },
            value: Number::read(cursor.rest(), "bandwidth")?,
        })
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind.as_str(), self.value)
    }
}
