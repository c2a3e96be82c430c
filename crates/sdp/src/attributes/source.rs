//! RTP sources: RFC 5576.

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use crate::{
    Attribute,
    error::FieldError,
    grammar::{self, Cursor, is_token},
};

/// `a=ssrc:`: an attribute of one RTP source (RFC 5576 §4.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ssrc {
    /// The source.
    pub ssrc: u32,
    /// The attribute's name: `cname`, `msid`, ...; empty where the line names only a source.
    pub attribute: String,
    /// The attribute's value.
    pub value: Option<String>,
}

/// `a=ssrc-group:`: sources that belong together (RFC 5576 §4.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SsrcGroup {
    /// What they have in common: `FID` (a source and its retransmissions), `FEC-FR`, `SIM`, ...
    pub semantics: String,
    /// The sources; their order has a meaning.
    pub ssrcs: Vec<u32>,
}

impl Ssrc {
    /// A source's canonical name (RFC 5576 §6.1).
    #[must_use]
    pub fn cname(ssrc: u32, cname: &str) -> Self {
        Self {
            ssrc,
            attribute: "cname".into(),
            value: Some(cname.into()),
        }
    }
}

impl SsrcGroup {
    /// Sources in an order that means something.
    #[must_use]
    pub fn new(semantics: &str, ssrcs: impl Into<Vec<u32>>) -> Self {
        Self {
            semantics: semantics.into(),
            ssrcs: ssrcs.into(),
        }
    }

    /// A source, and the one that retransmits it (RFC 4588 §8).
    pub const FLOW_IDENTIFICATION: &'static str = "FID";
    /// A source, and the one that repairs it (RFC 5956).
    pub const FORWARD_ERROR_CORRECTION: &'static str = "FEC-FR";
    /// The layers of a simulcast, before RFC 8853.
    pub const SIMULCAST: &'static str = "SIM";
}

impl Attribute for Ssrc {
    const NAME: &'static str = "ssrc";
}

impl FromStr for Ssrc {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let ssrc = cursor.number("ssrc-id")?;
        let text = cursor.rest();
        let (attribute, value) = match text.split_once(':') {
            Some((attribute, value)) => (attribute, Some(value.into())),
            None => (text, None),
        };
        let only_source = attribute.is_empty() && value.is_none();
        if !only_source && !is_token(attribute) {
            return Err(FieldError::malformed("attribute-name"));
        }
        Ok(Self {
            ssrc,
            attribute: attribute.into(),
            value,
        })
    }
}

impl fmt::Display for Ssrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ssrc)?;
        if !self.attribute.is_empty() {
            write!(f, " {}", self.attribute)?;
        }
        self.value
            .as_ref()
            .map_or(Ok(()), |value| write!(f, ":{value}"))
    }
}

impl Attribute for SsrcGroup {
    const NAME: &'static str = "ssrc-group";
}

impl FromStr for SsrcGroup {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let number = |word| grammar::number(word, "ssrc-id");
        let (semantics, ssrcs) = grammar::named_list(value, "semantics", number)?;
        Ok(Self {
            semantics: semantics.into(),
            ssrcs,
        })
    }
}

impl fmt::Display for SsrcGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grammar::write_named_list(&self.semantics, &self.ssrcs, f)
    }
}
