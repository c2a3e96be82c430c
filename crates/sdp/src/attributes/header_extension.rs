//! RTP header extensions: RFC 8285.

use alloc::string::String;
use core::{fmt, str::FromStr};

use super::{Direction, macros::flag_attribute};
use crate::{
    Attribute,
    error::FieldError,
    grammar::{self, Cursor},
};

/// `a=extmap:`: the number of an RTP header extension (RFC 8285 §8).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExtMap {
    /// The number: 1 to 14 fits the one-byte form, up to 255 the two-byte form; 4096 to 4351 are
    /// offered to be chosen from.
    pub id: u16,
    /// Which way it goes, if not the way its media goes.
    pub direction: Option<Direction>,
    /// What it is.
    pub uri: String,
    /// What the URI's definition adds.
    pub attributes: Option<String>,
}

flag_attribute! {
    /// `a=extmap-allow-mixed`: one-byte and two-byte forms may be mixed in a stream (RFC 8285 §6).
    ExtmapAllowMixed, "extmap-allow-mixed"
}

impl ExtMap {
    /// An extension that goes the way its media goes.
    #[must_use]
    pub fn new(id: u16, uri: &str) -> Self {
        Self {
            id,
            direction: None,
            uri: uri.into(),
            attributes: None,
        }
    }
}

impl Attribute for ExtMap {
    const NAME: &'static str = "extmap";
}

impl FromStr for ExtMap {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let mapping = cursor.word("mapentry")?;
        let (id, direction) = match mapping.split_once('/') {
            Some((id, direction)) => (id, Some(direction.parse()?)),
            None => (mapping, None),
        };
        let id: u16 = grammar::number(id, "mapentry")?;
        // RFC 8285 §8: 1-14, 1-255 or 4096-4351; 0 is padding and never mapped.
        if id == 0 || id > 4351 {
            return Err(FieldError::out_of_range("mapentry"));
        }
        Ok(Self {
            id,
            direction,
            uri: cursor.word("extensionname")?.into(),
            attributes: Some(cursor.rest())
                .filter(|text| !text.is_empty())
                .map(Into::into),
        })
    }
}

impl fmt::Display for ExtMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        if let Some(direction) = self.direction {
            write!(f, "/{direction}")?;
        }
        write!(f, " {}", self.uri)?;
        self.attributes
            .as_ref()
            .map_or(Ok(()), |attributes| write!(f, " {attributes}"))
    }
}
