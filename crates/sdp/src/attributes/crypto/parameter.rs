//! What changes the defaults of a crypto suite (RFC 4568 §6.3).

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use super::key::{self, InlineKey};
use crate::{attributes::macros::words, error::FieldError, grammar};

/// A session parameter of a [`Crypto`](crate::Crypto) (RFC 4568 §6.3).
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SrtpParameter {
    /// `KDR=n`: session keys are derived anew every 2^n packets, n being 1 to 24 (RFC 4568 §6.3.1).
    KeyDerivationRate(u8),
    /// `UNENCRYPTED_SRTP`: SRTP packets are not encrypted (RFC 4568 §6.3.2).
    UnencryptedSrtp,
    /// `UNENCRYPTED_SRTCP`: SRTCP packets are not encrypted (RFC 4568 §6.3.2).
    UnencryptedSrtcp,
    /// `UNAUTHENTICATED_SRTP`: SRTP packets are not authenticated (RFC 4568 §6.3.3).
    UnauthenticatedSrtp,
    /// `FEC_ORDER=`: whether forward error correction comes before SRTP or after it (RFC 4568 §6.3.4).
    FecOrder(FecOrder),
    /// `FEC_KEY=`: the keys of forward error correction that has a port of its own (RFC 4568 §6.3.5).
    FecKey(Vec<InlineKey>),
    /// `WSH=`: a hint how many packets the replay window should hold (RFC 4568 §6.3.6). SRTP has 64 at
    /// least; smaller numbers are sent all the same, and a hint is no reason to refuse a key.
    WindowSizeHint(u32),
    /// Any other, as it is written: to be ignored if it begins with a dash, and a reason not to accept
    /// the attribute if not (RFC 4568 §6.3.7).
    Other(String),
}

words! {
    /// In which order the sender applies forward error correction and SRTP (RFC 4568 §6.3.4).
    pub enum FecOrder, "FEC_ORDER" {
        /// Error correction first. This is the default.
        FecSrtp = "FEC_SRTP",
        /// SRTP first.
        SrtpFec = "SRTP_FEC",
    }
}

impl SrtpParameter {
    /// Whether it holds for both directions, so that an answer has to repeat it (RFC 4568 §4.4); what is
    /// not negotiated is declared for what its author sends.
    pub const fn is_negotiated(&self) -> bool {
        match self {
            Self::UnencryptedSrtp | Self::UnencryptedSrtcp | Self::UnauthenticatedSrtp => true,
            Self::KeyDerivationRate(_)
            | Self::FecOrder(_)
            | Self::FecKey(_)
            | Self::WindowSizeHint(_)
            | Self::Other(_) => false,
        }
    }

    /// Its text, if it is not known and may not be ignored.
    pub(super) fn unknown_mandatory(&self) -> Option<&str> {
        if let Self::Other(text) = self {
            (!text.starts_with('-')).then_some(text)
        } else {
            None
        }
    }

    /// What stands before the `=`, or all of it.
    fn name(&self) -> &str {
        match self {
            Self::KeyDerivationRate(_) => "KDR",
            Self::UnencryptedSrtp => "UNENCRYPTED_SRTP",
            Self::UnencryptedSrtcp => "UNENCRYPTED_SRTCP",
            Self::UnauthenticatedSrtp => "UNAUTHENTICATED_SRTP",
            Self::FecOrder(_) => "FEC_ORDER",
            Self::FecKey(_) => "FEC_KEY",
            Self::WindowSizeHint(_) => "WSH",
            Self::Other(text) => text.split_once('=').map_or(text, |(name, _)| name),
        }
    }
}

impl FromStr for SrtpParameter {
    type Err = FieldError;

    fn from_str(word: &str) -> Result<Self, FieldError> {
        // RFC 4568 §9.1: visible characters.
        grammar::checked(word, "session-param", 1..=usize::MAX, |c| {
            c.is_ascii_graphic()
        })?;
        let flags = [
            Self::UnencryptedSrtp,
            Self::UnencryptedSrtcp,
            Self::UnauthenticatedSrtp,
        ];
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        // RFC 4568 §4: the values of all fields are compared without regard to case.
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        Ok(match value {
            Some(value) if is("KDR") => match grammar::number_without_zeros(value, "KDR")? {
                rate @ 1..=24 => Self::KeyDerivationRate(rate),
                _ => return Err(FieldError::out_of_range("KDR")),
            },
            Some(value) if is("FEC_ORDER") => Self::FecOrder(value.parse()?),
            Some(value) if is("FEC_KEY") => {
                Self::FecKey(key::read_all(&mut core::iter::once(value))?)
            }
            Some(value) if is("WSH") => {
                Self::WindowSizeHint(grammar::number_without_zeros(value, "WSH")?)
            }
            Some(_) => Self::Other(word.into()),
            None => flags
                .into_iter()
                .find(|flag| is(flag.name()))
                .unwrap_or_else(|| Self::Other(word.into())),
        })
    }
}

impl fmt::Display for SrtpParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::KeyDerivationRate(rate) => write!(f, "{name}={rate}"),
            Self::UnencryptedSrtp | Self::UnencryptedSrtcp | Self::UnauthenticatedSrtp => {
                f.write_str(name)
            }
            Self::FecOrder(order) => write!(f, "{name}={order}"),
            Self::FecKey(keys) => {
                write!(f, "{name}=")?;
                key::write_all(keys, f)
            }
            Self::WindowSizeHint(packets) => write!(f, "{name}={packets}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// Without what may be a key: of keys and of unknown parameters, only the name is shown.
impl fmt::Debug for SrtpParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self, Self::FecKey(_) | Self::Other(_)) {
            write!(f, "{}=..", self.name())
        } else {
            write!(f, "{self}")
        }
    }
}
