//! SCTP over DTLS: RFC 8841, and the drafts before it.

use alloc::string::String;
use core::{fmt, str::FromStr};

use super::macros::number_attribute;
use crate::{
    Attribute,
    error::FieldError,
    grammar::{self, Cursor},
};

number_attribute! {
    /// `a=sctp-port:`: the SCTP port (RFC 8841 §5).
    SctpPort(u16), "sctp-port", "sctp-port-value"
}

/// `a=max-message-size:`: the largest message the author takes, in bytes (RFC 8841 §6); 0 says any.
/// Without the attribute it is [`MaxMessageSize::DEFAULT`].
///
/// Its number has no limit; one of more than 64 bits is read as the largest that has 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaxMessageSize(pub u64);

/// `a=sctpmap:`: port, protocol and stream count, as `DTLS/SCTP` lines had it before RFC 8841.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SctpMap {
    /// The SCTP port, which is the format of the `m=` line too.
    pub port: u16,
    /// The protocol: `webrtc-datachannel`.
    pub protocol: String,
    /// How many streams the author takes.
    pub streams: Option<u16>,
}

impl MaxMessageSize {
    /// What holds where the attribute is missing: 64 KiB (RFC 8841 §6.1).
    pub const DEFAULT: Self = Self(65_536);
}

impl Attribute for MaxMessageSize {
    const NAME: &'static str = "max-message-size";
}

impl FromStr for MaxMessageSize {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let size = cursor.long_number("max-message-size-value")?;
        cursor.end("max-message-size-value")?;
        // RFC 8841 §6.1: 1*DIGIT. What needs more than 64 bits is no limit for anybody here.
        Ok(Self(size.to_u64().unwrap_or(u64::MAX)))
    }
}

impl fmt::Display for MaxMessageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Attribute for SctpMap {
    const NAME: &'static str = "sctpmap";
}

impl FromStr for SctpMap {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        Ok(Self {
            port: cursor.number("sctpmap-number")?,
            protocol: cursor.token("app")?.into(),
            // Some wrote `max-message-size=..` or other words here; only a number counts streams.
            streams: cursor
                .words()
                .next()
                .and_then(|word| grammar::number(word, "streams").ok()),
        })
    }
}

impl fmt::Display for SctpMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.port, self.protocol)?;
        self.streams
            .map_or(Ok(()), |streams| write!(f, " {streams}"))
    }
}
