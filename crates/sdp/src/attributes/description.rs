//! The general attributes of RFC 8866 §6.

use alloc::string::String;
use core::{fmt, str::FromStr, time::Duration};

use super::macros::{number_attribute, text_attribute, text_attributes, words};
use crate::{
    Attribute,
    error::FieldError,
    grammar::{self, is_token_char},
};

text_attributes! {
    /// `a=cat:`: the session's category, dot-separated (RFC 8866 §6.1, obsolete).
    Category, "cat", "cat-value", 1..=usize::MAX, is_any;
    /// `a=keywds:`: keywords of the session (RFC 8866 §6.2, obsolete).
    Keywords, "keywds", "keywds-value", 1..=usize::MAX, is_any;
    /// `a=tool:`: name and version of what made the description (RFC 8866 §6.3).
    Tool, "tool", "tool-value", 1..=usize::MAX, is_any;
    /// `a=type:`: the type of the conference (RFC 8866 §6.9).
    ConferenceType, "type", "type-value", 1..=usize::MAX, is_token_char;
    /// `a=charset:`: the character set of the session's texts (RFC 8866 §6.10).
    Charset, "charset", "charset-value", 1..=usize::MAX, is_token_char;
    /// `a=sdplang:`: the language of the session's texts (RFC 8866 §6.11).
    SdpLang, "sdplang", "Language-Tag", 1..=usize::MAX, is_token_char;
    /// `a=lang:`: the language of the media (RFC 8866 §6.12).
    Lang, "lang", "Language-Tag", 1..=usize::MAX, is_token_char;
    /// `a=framerate:`: the largest frame rate in frames per second, as text (RFC 8866 §6.13).
    FrameRate, "framerate", "framerate-value", 1..=usize::MAX, is_decimal;
    /// `a=label:`: names a media description for the application (RFC 4574).
    Label, "label", "pointer", 1..=usize::MAX, is_token_char;
}

number_attribute! {
    /// `a=quality:`: from 0, the worst that is still useful, to 10 (RFC 8866 §6.14).
    Quality(u64), "quality", "quality-value"
}

words! {
    /// `a=orient:`: how a whiteboard lies (RFC 8866 §6.8).
    pub enum Orientation, attribute "orient", "orient-value" {
        /// Upright.
        Portrait = "portrait",
        /// On its side.
        Landscape = "landscape",
        /// On its side, upside down.
        Seascape = "seascape",
    }
}

/// An attribute that is a time in milliseconds.
macro_rules! milliseconds_attribute {
    ($(#[$meta:meta])* $name:ident, $text:literal, $field:literal) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Duration);

        impl Attribute for $name {
            const NAME: &'static str = $text;
        }

        impl FromStr for $name {
            type Err = FieldError;

            fn from_str(value: &str) -> Result<Self, FieldError> {
                milliseconds(value, $field).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_milliseconds(self.0, f)
            }
        }
    };
}

milliseconds_attribute! {
    /// `a=ptime:`: how long the media of one packet lasts (RFC 8866 §6.4).
    Ptime, "ptime", "ptime-value"
}
milliseconds_attribute! {
    /// `a=maxptime:`: how long the media of one packet lasts at most (RFC 8866 §6.5).
    MaxPtime, "maxptime", "maxptime-value"
}

/// `non-zero-int-or-real` in milliseconds, to the nanosecond.
fn milliseconds(value: &str, field: &'static str) -> Result<Duration, FieldError> {
    let value = value.trim_matches(' ');
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let millis: u64 = grammar::number(whole, field)?;
    let mut nanos: u64 = 0;
    if !fraction.is_empty() {
        // Six digits after the point are nanoseconds; more say nothing a packet could show.
        let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
        nanos = grammar::number(&digits, field)?;
        if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(FieldError::malformed(field));
        }
    }
    Ok(Duration::from_millis(millis).saturating_add(Duration::from_nanos(nanos)))
}

fn write_milliseconds(duration: Duration, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}", duration.as_millis())?;
    let nanos = duration.subsec_nanos() % 1_000_000;
    if nanos == 0 {
        return Ok(());
    }
    let digits = alloc::format!("{nanos:06}");
    write!(f, ".{}", digits.trim_end_matches('0'))
}

const fn is_any(_: char) -> bool {
    true
}

const fn is_decimal(c: char) -> bool {
    c.is_ascii_digit() || c == '.'
}
