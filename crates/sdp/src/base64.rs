//! Base64 (RFC 4648 §4): keys and messages of key management are written in it.

use alloc::vec::Vec;
use core::fmt;

/// The bytes that `text` stands for; `None` if it is no base64.
///
/// RFC 4568 §6.1 discards the padding, so it may be missing. Bits that are left over are not looked at.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_suffix('=').unwrap_or(text);
    let digits = digits.strip_suffix('=').unwrap_or(digits);
    // One digit alone is less than a byte.
    if digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len().saturating_mul(3).div_ceil(4));
    for group in digits.as_bytes().chunks(4) {
        let mut bits = [0; 4];
        for (place, digit) in bits.iter_mut().zip(group) {
            *place = value_of(*digit)?;
        }
        let [a, b, c, d] = bits;
        let decoded = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
        bytes.extend(decoded.iter().take(group.len().saturating_sub(1)));
    }
    Some(bytes)
}

/// Shows bytes in base64, padded.
pub(crate) struct Base64<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Base64<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for group in self.0.chunks(3) {
            let byte = |at: usize| group.get(at).copied().unwrap_or_default();
            let (a, b, c) = (byte(0), byte(1), byte(2));
            let digits = [a >> 2, a << 4 | b >> 4, b << 2 | c >> 6, c];
            for (at, digit) in digits.into_iter().enumerate() {
                f.write_char(if at > group.len() {
                    '='
                } else {
                    digit_of(digit & 0x3f)
                })?;
            }
        }
        Ok(())
    }
}

/// The digits in the order of their values.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn digit_of(value: u8) -> char {
    let digit = ALPHABET.get(usize::from(value)).copied();
    char::from(digit.unwrap_or(b'='))
}

const fn value_of(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit.wrapping_sub(b'A'),
        b'a'..=b'z' => digit.wrapping_sub(b'a').wrapping_add(26),
        b'0'..=b'9' => digit.wrapping_sub(b'0').wrapping_add(52),
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use alloc::{string::ToString as _, vec::Vec};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648() {
        // RFC 4648 §10.
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(Base64(bytes.as_bytes()).to_string(), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
            let unpadded = text.trim_end_matches('=');
            assert_eq!(decode(unpadded).as_deref(), Some(bytes.as_bytes()));
        }
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in [
            "Z",
            "Zm9vY",
            "Zm9-",
            "Zm_v",
            "Zm 9v",
            "Zg===",
            "Z=g=",
            "\u{e9}\u{e9}",
        ] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn all_bytes_come_back(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&Base64(&bytes).to_string()), Some(bytes));
        }
    }
}
