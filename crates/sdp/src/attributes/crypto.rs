//! Keys of SRTP that the description itself carries: RFC 4568.

mod key;
mod parameter;

use alloc::vec::Vec;
use core::{fmt, str::FromStr};

pub use key::{InlineKey, Mki};
pub use parameter::{FecOrder, SrtpParameter};

use super::macros::open_words;
use crate::{Attribute, error::FieldError, grammar};

/// `a=crypto:`: a crypto suite and the keys that the author sends with (RFC 4568 §4).
///
/// It belongs to a media description, never to the session. An offer has one for each suite, best first;
/// [`Media::cryptos`](crate::Media::cryptos) gives those that may be accepted, [`accept`](Self::accept)
/// makes the answer, and [`is_answer_to`](Self::is_answer_to) checks one.
///
/// What is read obeys RFC 4568 §6.1: keys have the size that their suite says, and several keys are told
/// apart by their [`Mki`]. A method other than `inline` has no type here; its line stays as it is.
/// `Debug` shows no byte of a key, but [`Display`](fmt::Display) is the attribute's value, keys included.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Crypto {
    /// Tells the attributes of a media description apart: 0 to 999,999,999. An answer repeats the tag of
    /// what it accepts.
    pub tag: u32,
    /// How packets are encrypted and authenticated.
    pub suite: CryptoSuite,
    /// The keys that the author of the description sends with: at least one.
    pub keys: Vec<InlineKey>,
    /// What changes the defaults of the suite.
    pub parameters: Vec<SrtpParameter>,
}

open_words! {
    /// The encryption and authentication of a [`Crypto`] (RFC 4568 §6.2).
    pub enum CryptoSuite {
        /// AES-128 in counter mode, an HMAC-SHA1 of 80 bits: what everybody has (RFC 4568 §6.2.1).
        AesCm128HmacSha1_80 = "AES_CM_128_HMAC_SHA1_80",
        /// AES-128 in counter mode, an HMAC-SHA1 of 32 bits (RFC 4568 §6.2.2).
        AesCm128HmacSha1_32 = "AES_CM_128_HMAC_SHA1_32",
        /// AES-128 in f8 mode, an HMAC-SHA1 of 80 bits (RFC 4568 §6.2.3).
        F8_128HmacSha1_80 = "F8_128_HMAC_SHA1_80",
        /// AES-192 in counter mode, an HMAC-SHA1 of 80 bits (RFC 6188 §4).
        Aes192CmHmacSha1_80 = "AES_192_CM_HMAC_SHA1_80",
        /// AES-192 in counter mode, an HMAC-SHA1 of 32 bits (RFC 6188 §4).
        Aes192CmHmacSha1_32 = "AES_192_CM_HMAC_SHA1_32",
        /// AES-256 in counter mode, an HMAC-SHA1 of 80 bits (RFC 6188 §4).
        Aes256CmHmacSha1_80 = "AES_256_CM_HMAC_SHA1_80",
        /// AES-256 in counter mode, an HMAC-SHA1 of 32 bits (RFC 6188 §4).
        Aes256CmHmacSha1_32 = "AES_256_CM_HMAC_SHA1_32",
        /// The same as [`Aes256CmHmacSha1_80`](Self::Aes256CmHmacSha1_80), as drafts before RFC 6188 called
        /// it: Avaya and Asterisk have it.
        AesCm256HmacSha1_80 = "AES_CM_256_HMAC_SHA1_80",
        /// The same as [`Aes256CmHmacSha1_32`](Self::Aes256CmHmacSha1_32), as drafts before RFC 6188 called
        /// it.
        AesCm256HmacSha1_32 = "AES_CM_256_HMAC_SHA1_32",
        /// AES-128 in Galois/counter mode, a tag of 128 bits (RFC 7714 §14.1).
        AeadAes128Gcm = "AEAD_AES_128_GCM",
        /// AES-256 in Galois/counter mode, a tag of 128 bits (RFC 7714 §14.1).
        AeadAes256Gcm = "AEAD_AES_256_GCM",
        /// AES-128 in Galois/counter mode, a tag of 64 bits: the drafts before RFC 7714 had it, and
        /// `FreeSWITCH` still offers it.
        AeadAes128Gcm8 = "AEAD_AES_128_GCM_8",
        /// AES-256 in Galois/counter mode, a tag of 64 bits: as the one above.
        AeadAes256Gcm8 = "AEAD_AES_256_GCM_8",
    }
}

impl CryptoSuite {
    /// How many bytes a master key has; `None` if the suite is not known.
    pub const fn key_length(&self) -> Option<usize> {
        match self.lengths() {
            Some((key, _)) => Some(key),
            None => None,
        }
    }

    /// How many bytes a master salt has; `None` if the suite is not known.
    pub const fn salt_length(&self) -> Option<usize> {
        match self.lengths() {
            Some((_, salt)) => Some(salt),
            None => None,
        }
    }

    /// Master key and master salt of one of its keys; `None` if the suite is not known, or the key is
    /// not one of its own.
    pub fn split<'k>(&self, key: &'k InlineKey) -> Option<(&'k [u8], &'k [u8])> {
        let (key_length, salt_length) = self.lengths()?;
        let (key, salt) = key.key_and_salt().split_at_checked(key_length)?;
        (salt.len() == salt_length).then_some((key, salt))
    }

    /// Bytes of master key and master salt.
    const fn lengths(&self) -> Option<(usize, usize)> {
        match self {
            Self::AesCm128HmacSha1_80 | Self::AesCm128HmacSha1_32 | Self::F8_128HmacSha1_80 => {
                Some((16, 14))
            }
            Self::Aes192CmHmacSha1_80 | Self::Aes192CmHmacSha1_32 => Some((24, 14)),
            Self::Aes256CmHmacSha1_80
            | Self::Aes256CmHmacSha1_32
            | Self::AesCm256HmacSha1_80
            | Self::AesCm256HmacSha1_32 => Some((32, 14)),
            Self::AeadAes128Gcm | Self::AeadAes128Gcm8 => Some((16, 12)),
            Self::AeadAes256Gcm | Self::AeadAes256Gcm8 => Some((32, 12)),
            Self::Other(_) => None,
        }
    }

    /// Whether `keys` may be those of one attribute of this suite (RFC 4568 §6.1).
    fn check(&self, keys: &[InlineKey]) -> Result<(), FieldError> {
        if let Some((key, salt)) = self.lengths() {
            let length = key.saturating_add(salt);
            // RFC 4568 §6.1: a length that is not the suite's makes the attribute invalid.
            if keys.iter().any(|key| key.key_and_salt().len() != length) {
                return Err(FieldError::out_of_range("key-salt"));
            }
            // RFC 4568 §6.1: "MUST NOT exceed the maximum packet lifetime for the crypto-suite".
            let is_longer = |lifetime: u64| lifetime > InlineKey::MAX_LIFETIME;
            if keys.iter().any(|key| key.lifetime().is_some_and(is_longer)) {
                return Err(FieldError::out_of_range("lifetime"));
            }
        }
        key::check_mkis(keys)
    }
}

impl Crypto {
    /// The largest tag (RFC 4568 §9.1: `1*9DIGIT`).
    pub const MAX_TAG: u32 = 999_999_999;

    /// An attribute with the defaults of its suite.
    ///
    /// # Errors
    /// If the tag is larger than [`MAX_TAG`](Self::MAX_TAG), there is no key, a key has not the size that
    /// the suite wants or lives too long, or there are several keys that their [`Mki`]s do not tell apart
    /// (RFC 4568 §6.1).
    pub fn new(
        tag: u32,
        suite: CryptoSuite,
        keys: impl IntoIterator<Item = InlineKey>,
    ) -> Result<Self, FieldError> {
        let crypto = Self {
            tag,
            suite,
            keys: keys.into_iter().collect(),
            parameters: Vec::new(),
        };
        crypto.checked()
    }

    /// The same with a parameter.
    ///
    /// # Errors
    /// If it holds keys ([`SrtpParameter::FecKey`]) that are not fit for the suite.
    pub fn with_parameter(mut self, parameter: SrtpParameter) -> Result<Self, FieldError> {
        self.parameters.push(parameter);
        self.checked()
    }

    /// The first parameter that is not known and may not be ignored: it makes the attribute one that
    /// must not be accepted (RFC 4568 §6.3.7).
    pub fn unknown_mandatory_parameter(&self) -> Option<&str> {
        self.parameters
            .iter()
            .find_map(SrtpParameter::unknown_mandatory)
    }

    /// The answer that accepts this offer, with keys of the answerer's own (RFC 4568 §5.1.2): the same
    /// tag and suite, and those of its parameters that are negotiated.
    ///
    /// # Errors
    /// If the keys are not fit for the suite, as [`new`](Self::new), or one of them is the offerer's: an
    /// answer's keys must be different (§7.1.2).
    pub fn accept(&self, keys: impl IntoIterator<Item = InlineKey>) -> Result<Self, FieldError> {
        let mut answer = Self::new(self.tag, self.suite.clone(), keys)?;
        if answer.shares_a_key_with(self) {
            return Err(FieldError::malformed("key-salt"));
        }
        answer.parameters = self.negotiated().cloned().collect();
        Ok(answer)
    }

    /// Whether this accepts `offer` (RFC 4568 §5.1.3): it repeats tag, suite and negotiated parameters,
    /// adds none that would weaken what was offered, has keys of its own, and nothing in it is unknown.
    pub fn is_answer_to(&self, offer: &Self) -> bool {
        let repeats = |parameter| self.parameters.contains(parameter);
        let was_offered = |parameter| offer.parameters.contains(parameter);
        self.tag == offer.tag
            && self.suite == offer.suite
            && offer.negotiated().all(repeats)
            && self.negotiated().all(was_offered)
            && self.unknown_mandatory_parameter().is_none()
            && !self.shares_a_key_with(offer)
    }

    fn negotiated(&self) -> impl Iterator<Item = &SrtpParameter> {
        self.parameters
            .iter()
            .filter(|parameter| parameter.is_negotiated())
    }

    fn shares_a_key_with(&self, other: &Self) -> bool {
        let theirs = |key: &InlineKey| {
            let mut keys = other.keys.iter();
            keys.any(|other| other.key_and_salt() == key.key_and_salt())
        };
        self.keys.iter().any(theirs)
    }

    fn checked(self) -> Result<Self, FieldError> {
        if self.tag > Self::MAX_TAG {
            return Err(FieldError::out_of_range("tag"));
        }
        if self.keys.is_empty() {
            return Err(FieldError::missing("key-params"));
        }
        self.suite.check(&self.keys)?;
        for parameter in &self.parameters {
            if let SrtpParameter::FecKey(keys) = parameter {
                // RFC 4568 §6.3.5: the rules are those of the SRTP keys.
                self.suite.check(keys)?;
            }
        }
        Ok(self)
    }
}

impl Attribute for Crypto {
    const NAME: &'static str = "crypto";
}

impl FromStr for Crypto {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        // RFC 4568 §9.1: 1*WSP, so tabs as well.
        let mut words = value.split([' ', '\t']).filter(|word| !word.is_empty());
        let tag = words.next().ok_or(FieldError::missing("tag"))?;
        let suite = words.next().unwrap_or_default();
        let crypto = Self {
            tag: grammar::number_without_zeros(tag, "tag")?,
            suite: grammar::checked(suite, "crypto-suite", 1..=usize::MAX, is_suite_char)?.into(),
            keys: key::read_all(&mut words)?,
            parameters: words.map(str::parse).collect::<Result<_, _>>()?,
        };
        crypto.checked()
    }
}

impl fmt::Display for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.tag, self.suite)?;
        key::write_all(&self.keys, f)?;
        self.parameters
            .iter()
            .try_for_each(|parameter| write!(f, " {parameter}"))
    }
}

/// RFC 4568 §9.1, `crypto-suite`.
const fn is_suite_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
