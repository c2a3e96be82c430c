//! Names and groups of media descriptions: RFC 5888 and RFC 9143.

use alloc::vec::Vec;
use core::{fmt, str::FromStr};

use super::macros::{flag_attribute, open_words, text_attribute};
use crate::{
    Attribute,
    error::FieldError,
    grammar::{self, is_token_char},
};

text_attribute! {
    /// `a=mid:`: the name of a media description within its session (RFC 5888 §4).
    Mid, "mid", "identification-tag", 1..=usize::MAX, is_token_char
}

/// `a=group:`: media descriptions that belong together (RFC 5888 §5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// What they have in common.
    pub semantics: GroupSemantics,
    /// The media descriptions; for BUNDLE, the first is the offerer's or answerer's tagged one
    /// (RFC 9143 §7.1).
    pub mids: Vec<Mid>,
}

open_words! {
    /// What the media descriptions of a [`Group`] have in common.
    pub enum GroupSemantics {
        /// They share one transport (RFC 9143).
        Bundle = "BUNDLE",
        /// They are played in synchrony (RFC 5888 §7).
        LipSync = "LS",
        /// They carry the same flow (RFC 5888 §8).
        FlowIdentification = "FID",
        /// One repairs the others (RFC 5956).
        ForwardErrorCorrection = "FEC-FR",
    }
}

flag_attribute! {
    /// `a=bundle-only`: this media description is to be used only inside its bundle (RFC 9143 §6).
    BundleOnly, "bundle-only"
}

impl Group {
    /// A group of any kind.
    #[must_use]
    pub const fn new(semantics: GroupSemantics, mids: Vec<Mid>) -> Self {
        Self { semantics, mids }
    }

    /// A BUNDLE group.
    #[must_use]
    pub const fn bundle(mids: Vec<Mid>) -> Self {
        Self {
            semantics: GroupSemantics::Bundle,
            mids,
        }
    }
}

impl Attribute for Group {
    const NAME: &'static str = "group";
}

impl FromStr for Group {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let (semantics, mids) = grammar::named_list(value, "semantics", Mid::new)?;
        Ok(Self {
            semantics: semantics.into(),
            mids,
        })
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grammar::write_named_list(self.semantics.as_str(), &self.mids, f)
    }
}
