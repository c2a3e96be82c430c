//! RTP payload formats: RFC 8866 §6.6 and §6.15.

use alloc::string::String;
use core::{fmt, str::FromStr};

use crate::{
    Attribute,
    error::FieldError,
    grammar::{self, Cursor},
};

/// `a=rtpmap:`: the encoding that a payload type stands for (RFC 8866 §6.6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RtpMap {
    /// The payload type, 0 to 127.
    pub payload_type: u8,
    /// The encoding's name, compared without regard to case.
    pub encoding: String,
    /// The RTP clock rate in Hz.
    pub clock_rate: u32,
    /// For audio, the number of channels where it is said; 1 if not.
    pub channels: Option<u32>,
}

/// `a=fmtp:`: parameters of a format (RFC 8866 §6.15).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fmtp {
    /// The format, one of those on the `m=` line; for RTP it is the payload type.
    pub format: String,
    /// The parameters as they are written.
    pub parameters: String,
}

impl RtpMap {
    /// An encoding without a number of channels.
    #[must_use]
    pub fn new(payload_type: u8, encoding: &str, clock_rate: u32) -> Self {
        Self {
            payload_type,
            encoding: encoding.into(),
            clock_rate,
            channels: None,
        }
    }

    /// The same with a number of channels.
    #[must_use]
    pub fn with_channels(self, channels: u32) -> Self {
        Self {
            channels: Some(channels),
            ..self
        }
    }

    /// What a payload type stands for where no `a=rtpmap` says so (RFC 3551 §6, tables 4 and 5).
    #[must_use]
    pub fn of_static_payload_type(payload_type: u8) -> Option<Self> {
        let (encoding, clock_rate, channels) = match payload_type {
            0 => ("PCMU", 8000, None),
            3 => ("GSM", 8000, None),
            4 => ("G723", 8000, None),
            5 => ("DVI4", 8000, None),
            6 => ("DVI4", 16_000, None),
            7 => ("LPC", 8000, None),
            8 => ("PCMA", 8000, None),
            9 => ("G722", 8000, None),
            10 => ("L16", 44_100, Some(2)),
            11 => ("L16", 44_100, None),
            12 => ("QCELP", 8000, None),
            13 => ("CN", 8000, None),
            14 => ("MPA", 90_000, None),
            15 => ("G728", 8000, None),
            16 => ("DVI4", 11_025, None),
            17 => ("DVI4", 22_050, None),
            18 => ("G729", 8000, None),
            25 => ("CelB", 90_000, None),
            26 => ("JPEG", 90_000, None),
            28 => ("nv", 90_000, None),
            31 => ("H261", 90_000, None),
            32 => ("MPV", 90_000, None),
            33 => ("MP2T", 90_000, None),
            34 => ("H263", 90_000, None),
            _ => return None,
        };
        Some(Self {
            channels,
            ..Self::new(payload_type, encoding, clock_rate)
        })
    }
}

impl Attribute for RtpMap {
    const NAME: &'static str = "rtpmap";
}

impl FromStr for RtpMap {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let payload_type = payload_type(cursor.word("payload-type")?)?;
        let encoding = cursor.word("encoding-name")?;
        cursor.end("encoding-params")?;
        let mut parts = encoding.splitn(3, '/');
        let encoding = parts.next().filter(|name| !name.is_empty());
        Ok(Self {
            payload_type,
            encoding: encoding.ok_or(FieldError::missing("encoding-name"))?.into(),
            clock_rate: grammar::number(parts.next().unwrap_or_default(), "clock-rate")?,
            channels: parts
                .next()
                .map(|channels| grammar::number(channels, "encoding-params"))
                .transpose()?,
        })
    }
}

impl fmt::Display for RtpMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}/{}",
            self.payload_type, self.encoding, self.clock_rate
        )?;
        self.channels
            .map_or(Ok(()), |channels| write!(f, "/{channels}"))
    }
}

impl Fmtp {
    /// Parameters of a payload type.
    #[must_use]
    pub fn new(payload_type: u8, parameters: &str) -> Self {
        Self {
            format: alloc::format!("{payload_type}"),
            parameters: parameters.into(),
        }
    }

    /// The payload type, if the format is one.
    pub fn payload_type(&self) -> Option<u8> {
        payload_type(&self.format).ok()
    }

    /// The parameters: the pieces between semicolons, as name and value. A piece without `=` is a
    /// name (`0-15` of telephone-event, `111/111` of red).
    pub fn parameters(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.parameters
            .split(';')
            .map(str::trim)
            .filter(|piece| !piece.is_empty())
            .map(|piece| match piece.split_once('=') {
                Some((name, value)) => (name.trim_end(), Some(value.trim_start())),
                None => (piece, None),
            })
    }

    /// The value of the first parameter called `name`, in any case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value)
    }
}

impl Attribute for Fmtp {
    const NAME: &'static str = "fmtp";
}

impl FromStr for Fmtp {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        Ok(Self {
            format: cursor.token("fmt")?.into(),
            parameters: cursor.rest().into(),
        })
    }
}

impl fmt::Display for Fmtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.format, self.parameters)
    }
}

/// An RTP payload type: 7 bits (RFC 3550 §5.1).
pub(crate) fn payload_type(text: &str) -> Result<u8, FieldError> {
    match grammar::number(text, "payload-type")? {
        number @ 0..=127 => Ok(number),
        _ => Err(FieldError::out_of_range("payload-type")),
    }
}
