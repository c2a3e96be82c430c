//! ICE: RFC 8839 §5.3 to §5.8.

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use super::macros::{flag_attribute, number_attribute, text_attribute};
use crate::{
    Attribute,
    error::FieldError,
    grammar::{Cursor, is_ice_char},
};

text_attribute! {
    /// `a=ice-ufrag:`: the user name fragment (RFC 8839 §5.4), 4 to 256 characters.
    ///
    /// `-`, `_`, `#` and `=` are no `ice-char`s but are taken too, as browsers take them: old
    /// implementations draw credentials from other alphabets.
    IceUfrag, "ice-ufrag", "ufrag", 4..=256, is_tolerated_ice_char
}

text_attribute! {
    secret
    /// `a=ice-pwd:`: the password (RFC 8839 §5.4), 22 to 256 characters, of the same alphabet as
    /// [`IceUfrag`].
    IcePwd, "ice-pwd", "password", 22..=256, is_tolerated_ice_char
}

/// `a=ice-options:`: extensions the agent supports (RFC 8839 §5.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct IceOptions(pub Vec<String>);

flag_attribute! {
    /// `a=ice-lite`: the agent is an ICE-lite implementation (RFC 8839 §5.3). Session level only.
    IceLite, "ice-lite"
}

flag_attribute! {
    /// `a=ice-mismatch`: the default destination had no candidate (RFC 8839 §5.3).
    IceMismatch, "ice-mismatch"
}

number_attribute! {
    /// `a=ice-pacing:`: the interval between connectivity checks in ms (RFC 8839 §5.5).
    IcePacing(u64), "ice-pacing", "pacing-value"
}

impl IceOptions {
    /// `trickle` (RFC 8840 §4.1).
    pub const TRICKLE: &'static str = "trickle";
    /// `ice2`: conforms to RFC 8445 (RFC 8445 §10).
    pub const ICE2: &'static str = "ice2";
    /// `renomination` (draft-thatcher-ice-renomination).
    pub const RENOMINATION: &'static str = "renomination";

    /// Whether `option` is among them.
    pub fn contains(&self, option: &str) -> bool {
        self.0.iter().any(|other| other == option)
    }
}

impl<'a> FromIterator<&'a str> for IceOptions {
    fn from_iter<I: IntoIterator<Item = &'a str>>(options: I) -> Self {
        Self(options.into_iter().map(Into::into).collect())
    }
}

impl Attribute for IceOptions {
    const NAME: &'static str = "ice-options";
}

impl FromStr for IceOptions {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        if cursor.is_empty() {
            return Err(FieldError::missing("ice-option-tag"));
        }
        Ok(cursor.words().collect())
    }
}

impl fmt::Display for IceOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

const fn is_tolerated_ice_char(c: char) -> bool {
    is_ice_char(c) || matches!(c, '-' | '_' | '#' | '=')
}
