//! One master key with its salt, how long it lives, and how packets name it (RFC 4568 §6.1).

use alloc::{collections::BTreeSet, vec, vec::Vec};
use core::fmt;

use crate::{
    Number, Reason,
    base64::{self, Base64},
    error::FieldError,
    grammar,
};

/// `inline:`: a master key and its salt (RFC 4568 §6.1).
///
/// `Debug` shows how many bytes they are, and none of them.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct InlineKey {
    key_and_salt: Vec<u8>,
    lifetime: Option<u64>,
    mki: Option<Mki>,
}

/// The name of a master key, which the packets bear that it protects (RFC 3711 §3.1, RFC 4568 §6.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mki {
    value: Number,
    octets: Vec<u8>,
}

impl InlineKey {
    /// The most packets that a suite known here lets a key protect: 2^48 of SRTP (RFC 3711 §9.2). Of
    /// SRTCP it is 2^31, whatever is said.
    pub const MAX_LIFETIME: u64 = 1 << 48;

    /// A master key, followed by its master salt; it lives as long as the suite lets it.
    #[must_use]
    pub fn new(key_and_salt: impl Into<Vec<u8>>) -> Self {
        Self {
            key_and_salt: key_and_salt.into(),
            lifetime: None,
            mki: None,
        }
    }

    /// The same, to be used for so many packets at most.
    #[must_use]
    pub fn with_lifetime(self, packets: core::num::NonZeroU64) -> Self {
        Self {
            lifetime: Some(packets.get()),
            ..self
        }
    }

    /// The same, by a name.
    #[must_use]
    pub fn with_mki(self, mki: Mki) -> Self {
        Self {
            mki: Some(mki),
            ..self
        }
    }

    /// The master key, followed by the master salt; [`CryptoSuite::split`](crate::CryptoSuite::split)
    /// tells them apart.
    pub fn key_and_salt(&self) -> &[u8] {
        &self.key_and_salt
    }

    /// For how many packets of SRTP, and of SRTCP, it may be used; `None` for the default of the suite.
    pub const fn lifetime(&self) -> Option<u64> {
        self.lifetime
    }

    /// Its name, if its packets bear one.
    pub const fn mki(&self) -> Option<&Mki> {
        self.mki.as_ref()
    }

    /// `inline:<key||salt>["|" lifetime]["|" MKI ":" length]`.
    fn read(text: &str) -> Result<Self, FieldError> {
        let (method, info) = text
            .split_once(':')
            .ok_or(FieldError::malformed("key-method"))?;
        if !method.eq_ignore_ascii_case("inline") {
            return Err(FieldError::malformed("key-method"));
        }
        let mut parts = info.split('|');
        let key_and_salt = match parts.next() {
            None | Some("") => return Err(FieldError::missing("key-salt")),
            Some(text) => base64::decode(text).ok_or(FieldError::malformed("key-salt"))?,
        };
        let mut key = Self::new(key_and_salt);
        let mut next = parts.next();
        // RFC 4568 §6.1: the lifetime never has a colon, the MKI always does.
        if let Some(lifetime) = next.filter(|part| !part.contains(':')) {
            key.lifetime = Some(read_lifetime(lifetime)?);
            next = parts.next();
        }
        key.mki = next.map(Mki::read).transpose()?;
        match parts.next() {
            Some(_) => Err(FieldError::new("srtp-key-info", Reason::Trailing)),
            None => Ok(key),
        }
    }
}

impl fmt::Debug for InlineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InlineKey")
            .field("key_and_salt_bytes", &self.key_and_salt.len())
            .field("lifetime", &self.lifetime)
            .field("mki", &self.mki)
            .finish()
    }
}

impl fmt::Display for InlineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "inline:{}", Base64(&self.key_and_salt))?;
        match self.lifetime {
            Some(packets) if packets.is_power_of_two() && packets > 1 => {
                write!(f, "|2^{}", packets.trailing_zeros())?;
            }
            Some(packets) => write!(f, "|{packets}")?,
            None => {}
        }
        self.mki.as_ref().map_or(Ok(()), |mki| write!(f, "|{mki}"))
    }
}

impl Mki {
    /// The most bytes that it takes in a packet (RFC 4568 §6.1).
    pub const MAX_LENGTH: usize = 128;

    /// The number `value`, in `length` bytes of every packet.
    ///
    /// # Errors
    /// If `length` is 0 or more than [`MAX_LENGTH`](Self::MAX_LENGTH), or `value` is 0 or needs more bytes
    /// than these.
    pub fn new(value: impl Into<Number>, length: usize) -> Result<Self, FieldError> {
        let value = value.into();
        if !(1..=Self::MAX_LENGTH).contains(&length) {
            return Err(FieldError::out_of_range("mki-length"));
        }
        match big_endian(value.as_str(), length) {
            // RFC 4568 §6.1: "a positive decimal integer".
            Some(octets) if value != 0 => Ok(Self { value, octets }),
            Some(_) | None => Err(FieldError::out_of_range("mki-value")),
        }
    }

    /// The number.
    pub const fn value(&self) -> &Number {
        &self.value
    }

    /// The bytes that packets bear: the number in big-endian order (RFC 4568 §6.1).
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// `<MKI>:<length>`.
    fn read(text: &str) -> Result<Self, FieldError> {
        // RFC 4568 §6.1: without its length, the whole attribute is invalid.
        let (value, length) = text
            .split_once(':')
            .ok_or(FieldError::missing("mki-length"))?;
        let length = grammar::number_without_zeros(length, "mki-length")?;
        grammar::digits_without_zeros(value, "mki-value")?;
        Self::new(Number::read(value, "mki-value")?, length)
    }
}

impl fmt::Display for Mki {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.value, self.octets.len())
    }
}

/// `key-params`: one key or several.
pub(super) fn read_all<'a>(
    words: &mut (impl Iterator<Item = &'a str> + Clone),
) -> Result<Vec<InlineKey>, FieldError> {
    let mut keys = Vec::new();
    loop {
        let word = words.next().unwrap_or_default();
        for key in word.split(';').filter(|key| !key.is_empty()) {
            keys.push(InlineKey::read(key)?);
        }
        // The grammar has no space after the semicolon, but RFC 4568 §7.1.5 folds its example there, and
        // who copied it wrote one.
        let more = words.clone().next().is_some_and(starts_like_a_key);
        if !(word.ends_with(';') && more) {
            break;
        }
    }
    if keys.is_empty() {
        return Err(FieldError::missing("key-params"));
    }
    Ok(keys)
}

pub(super) fn write_all(keys: &[InlineKey], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut separator = "";
    for key in keys {
        write!(f, "{separator}{key}")?;
        separator = ";";
    }
    Ok(())
}

/// RFC 4568 §6.1: where there are several keys, all have an MKI, of the same length. RFC 4568 §4.3: which
/// one a packet uses can be seen, so no two have the same.
pub(super) fn check_mkis(keys: &[InlineKey]) -> Result<(), FieldError> {
    if keys.len() < 2 {
        return Ok(());
    }
    let mut octets = BTreeSet::new();
    let mut length = None;
    for key in keys {
        let mki = key.mki().ok_or(FieldError::missing("mki"))?.octets();
        if *length.get_or_insert(mki.len()) != mki.len() {
            return Err(FieldError::out_of_range("mki-length"));
        }
        if !octets.insert(mki) {
            return Err(FieldError::new("mki-value", Reason::Duplicate));
        }
    }
    Ok(())
}

fn starts_like_a_key(word: &str) -> bool {
    let method = word.split_once(':').map(|(method, _)| method);
    method.is_some_and(|method| method.eq_ignore_ascii_case("inline"))
}

/// `["2^"] 1*(DIGIT)`, and not zero.
fn read_lifetime(text: &str) -> Result<u64, FieldError> {
    let packets = match text.strip_prefix("2^") {
        Some(power) => 1_u64.checked_shl(grammar::number_without_zeros(power, "lifetime")?),
        None => {
            Some(grammar::number_without_zeros(text, "lifetime")?).filter(|packets| *packets > 0)
        }
    };
    packets.ok_or(FieldError::out_of_range("lifetime"))
}

/// The decimal number in exactly `length` bytes; `None` if it needs more.
fn big_endian(digits: &str, length: usize) -> Option<Vec<u8>> {
    let mut octets = vec![0; length];
    // Nine digits at a time: their value, times a byte, fits in 64 bits.
    for group in digits.as_bytes().chunks(9) {
        let mut factor: u64 = 1;
        let mut carry: u64 = 0;
        for digit in group {
            factor = factor.saturating_mul(10);
            let digit = u64::from(digit.saturating_sub(b'0'));
            carry = carry.saturating_mul(10).saturating_add(digit);
        }
        for octet in octets.iter_mut().rev() {
            let product = u64::from(*octet)
                .saturating_mul(factor)
                .saturating_add(carry);
            [*octet, ..] = product.to_le_bytes();
            carry = product >> 8;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(octets)
}
