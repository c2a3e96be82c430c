//! The name of a media section.

use core::{fmt, str::FromStr};

/// The identification tag of a media section (RFC 5888 §4), `a=mid` in a description.
///
/// It is short and `Copy`: it travels in events and calls on the packet path without an allocation.
/// Tags of up to [`Mid::MAX_LENGTH`] bytes are taken, which is what a one-byte header extension can
/// carry (RFC 8285 §4.2) and far more than any browser uses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mid {
    length: u8,
    bytes: [u8; Self::MAX_LENGTH],
}

impl Mid {
    /// The longest tag, in bytes.
    pub const MAX_LENGTH: usize = 16;

    /// A tag from the bytes of a header extension or an SDES item; nulls at its end are no part of it.
    ///
    /// # Errors
    /// [`InvalidMid`] if it is empty, too long, or not a token (RFC 8866 §9).
    pub fn from_bytes(mut tag: &[u8]) -> Result<Self, InvalidMid> {
        // RFC 3550 §6.5: "Text is not null terminated". Some senders fill a fixed length with nulls.
        while let [front @ .., 0] = tag {
            tag = front;
        }
        Self::new(tag)
    }

    fn new(tag: &[u8]) -> Result<Self, InvalidMid> {
        let mut bytes = [0; Self::MAX_LENGTH];
        let place = bytes
            .get_mut(..tag.len())
            .ok_or(InvalidMid::TooLong { actual: tag.len() })?;
        if tag.is_empty() {
            return Err(InvalidMid::Empty);
        }
        if !tag.iter().all(|byte| is_token_byte(*byte)) {
            return Err(InvalidMid::NotAToken);
        }
        place.copy_from_slice(tag);
        let length =
            u8::try_from(tag.len()).map_err(|_| InvalidMid::TooLong { actual: tag.len() })?;
        Ok(Self { length, bytes })
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The tag as the bytes of a header extension (RFC 9143 §15).
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }
}

impl FromStr for Mid {
    type Err = InvalidMid;

    fn from_str(tag: &str) -> Result<Self, InvalidMid> {
        Self::new(tag.as_bytes())
    }
}

impl fmt::Display for Mid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Mid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mid({})", self.as_str())
    }
}

/// Text that is no [`Mid`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMid {
    /// There is nothing.
    #[error("an identification tag cannot be empty")]
    Empty,
    /// It is longer than [`Mid::MAX_LENGTH`].
    #[error("an identification tag of {actual} bytes, {} at most", Mid::MAX_LENGTH)]
    TooLong {
        /// Its length in bytes.
        actual: usize,
    },
    /// It has a byte that a token (RFC 8866 §9) cannot have.
    #[error("an identification tag must be a token")]
    NotAToken,
}

/// RFC 8866 §9, `token-char`.
const fn is_token_byte(byte: u8) -> bool {
    matches!(byte,
        0x21 | 0x23..=0x27 | 0x2a..=0x2b | 0x2d..=0x2e | 0x30..=0x39 | 0x41..=0x5a | 0x5e..=0x7e)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_read_back() {
        for tag in ["0", "audio", "0123456789abcdef", "{x}"] {
            let mid: Mid = tag.parse().unwrap();
            assert_eq!(mid.as_str(), tag);
            assert_eq!(mid.as_bytes(), tag.as_bytes());
            assert_eq!(mid.to_string(), tag);
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        assert_eq!("".parse::<Mid>(), Err(InvalidMid::Empty));
        assert_eq!("a b".parse::<Mid>(), Err(InvalidMid::NotAToken));
        assert_eq!("0\0".parse::<Mid>(), Err(InvalidMid::NotAToken));
        assert_eq!("a\r".parse::<Mid>(), Err(InvalidMid::NotAToken));
        assert_eq!("ä".parse::<Mid>(), Err(InvalidMid::NotAToken));
        assert_eq!(
            "0123456789abcdefg".parse::<Mid>(),
            Err(InvalidMid::TooLong { actual: 17 })
        );
    }
}
