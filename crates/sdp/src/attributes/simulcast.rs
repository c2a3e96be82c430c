//! Restricted formats and simulcast: RFC 8851 and RFC 8853.

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use super::{macros::words, rtp::payload_type};
use crate::{Attribute, error::FieldError, grammar::Cursor};

/// `a=rid:`: a restricted format, by the name its RTP packets carry (RFC 8851 §4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rid {
    /// The name.
    pub id: String,
    /// Whether the author sends or receives it.
    pub direction: RidDirection,
    /// The payload types it may use; all of the media description if empty.
    pub payload_types: Vec<u8>,
    /// The restrictions, as name and value: `max-width`, `max-br`, `depend`, ...
    pub restrictions: Vec<(String, Option<String>)>,
}

words! {
    /// Which way a [`Rid`] goes, as its author sees it.
    pub enum RidDirection, "rid-dir" {
        /// The author sends it.
        Send = "send",
        /// The author receives it.
        Recv = "recv",
    }
}

/// `a=simulcast:`: streams of the same source that are sent or received at once (RFC 8853 §5.1).
///
/// Each stream is a list of alternative formats, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Simulcast {
    /// What the author sends.
    pub send: Vec<Vec<SimulcastFormat>>,
    /// What the author receives.
    pub recv: Vec<Vec<SimulcastFormat>>,
}

/// One format of a simulcast stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SimulcastFormat {
    /// The [`Rid`] by its name.
    pub rid: String,
    /// Whether it starts paused: a `~` in front (RFC 8853 §5.1).
    pub paused: bool,
}

impl Rid {
    /// A format without restrictions.
    #[must_use]
    pub fn new(id: &str, direction: RidDirection) -> Self {
        Self {
            id: id.into(),
            direction,
            payload_types: Vec::new(),
            restrictions: Vec::new(),
        }
    }
}

impl Attribute for Rid {
    const NAME: &'static str = "rid";
}

impl FromStr for Rid {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let mut rid = Self::new(
            checked_rid(cursor.word("rid-id")?)?,
            cursor.word("rid-dir")?.parse()?,
        );
        let pieces = cursor.rest().split(';').map(str::trim);
        for piece in pieces.filter(|piece| !piece.is_empty()) {
            match piece.split_once('=') {
                Some(("pt", list)) => {
                    for format in list.split(',') {
                        rid.payload_types.push(payload_type(format)?);
                    }
                }
                Some((name, value)) => rid.restrictions.push((name.into(), Some(value.into()))),
                None => rid.restrictions.push((piece.into(), None)),
            }
        }
        Ok(rid)
    }
}

impl fmt::Display for Rid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.direction)?;
        let mut separator = ' ';
        if !self.payload_types.is_empty() {
            f.write_str(" pt=")?;
            write_list(f, &self.payload_types, ',')?;
            separator = ';';
        }
        for (name, value) in &self.restrictions {
            write!(f, "{separator}{name}")?;
            if let Some(value) = value {
                write!(f, "={value}")?;
            }
            separator = ';';
        }
        Ok(())
    }
}

impl SimulcastFormat {
    /// A format that is not paused.
    #[must_use]
    pub fn new(rid: &str) -> Self {
        Self {
            rid: rid.into(),
            paused: false,
        }
    }
}

impl Attribute for Simulcast {
    const NAME: &'static str = "simulcast";
}

impl FromStr for Simulcast {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let mut simulcast = Self::default();
        if cursor.is_empty() {
            return Err(FieldError::missing("sc-value"));
        }
        while !cursor.is_empty() {
            let direction: RidDirection = cursor.word("sc-value")?.parse()?;
            // Drafts before RFC 8853 wrote `rid=` in front of the list; Firefox did until 2020.
            cursor.prefix("rid=");
            let streams = streams(cursor.word("sc-str-list")?)?;
            let place = match direction {
                RidDirection::Send => &mut simulcast.send,
                RidDirection::Recv => &mut simulcast.recv,
            };
            if !place.is_empty() {
                return Err(FieldError::malformed("sc-value"));
            }
            *place = streams;
        }
        Ok(simulcast)
    }
}

impl fmt::Display for Simulcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (direction, streams) in [("send", &self.send), ("recv", &self.recv)] {
            if !streams.is_empty() {
                write!(f, "{separator}{direction} ")?;
                write_streams(f, streams)?;
                separator = " ";
            }
        }
        Ok(())
    }
}

fn streams(list: &str) -> Result<Vec<Vec<SimulcastFormat>>, FieldError> {
    list.split(';')
        .map(|alternatives| {
            alternatives
                .split(',')
                .map(|format| {
                    let rid = format.strip_prefix('~');
                    Ok(SimulcastFormat {
                        paused: rid.is_some(),
                        rid: checked_rid(rid.unwrap_or(format))?.into(),
                    })
                })
                .collect()
        })
        .collect()
}

fn write_streams(f: &mut fmt::Formatter<'_>, streams: &[Vec<SimulcastFormat>]) -> fmt::Result {
    for (index, alternatives) in streams.iter().enumerate() {
        if index > 0 {
            f.write_str(";")?;
        }
        for (index, format) in alternatives.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{}{}", if format.paused { "~" } else { "" }, format.rid)?;
        }
    }
    Ok(())
}

/// RFC 8851 §10, `rid-id`. Dots are no part of it but occur.
fn checked_rid(text: &str) -> Result<&str, FieldError> {
    crate::grammar::checked(text, "rid-id", 1..=usize::MAX, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
    })
}

fn write_list(
    f: &mut fmt::Formatter<'_>,
    items: &[impl fmt::Display],
    separator: char,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            write!(f, "{separator}")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}
