//! ERROR-CODE and UNKNOWN-ATTRIBUTES (RFC 8489 §14.8, §14.13).

use super::{Attribute, AttributeError, AttributeType, check_characters};
use crate::TransactionId;

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrorCode<'a> {
    /// 300 to 699.
    pub code: u16,
    /// For humans; may be empty. What stands behind the first byte that is not UTF-8 is left out.
    pub reason: &'a str,
}

impl ErrorCode<'static> {
    /// 400: the request was malformed (RFC 8489 §14.8).
    pub const BAD_REQUEST: Self = Self::of(400, "Bad Request");
    /// 401: the request did not contain the correct credentials (RFC 8489 §14.8).
    pub const UNAUTHENTICATED: Self = Self::of(401, "Unauthenticated");
    /// 403: consent is revoked (RFC 7675 §5.2).
    pub const FORBIDDEN: Self = Self::of(403, "Forbidden");
    /// 420: comprehension-required attributes were not known (RFC 8489 §14.8).
    pub const UNKNOWN_ATTRIBUTE: Self = Self::of(420, "Unknown Attribute");
    /// 438: the NONCE is no longer valid (RFC 8489 §14.8).
    pub const STALE_NONCE: Self = Self::of(438, "Stale Nonce");
    /// 487: both sides took the same role (RFC 8445 §16.2).
    pub const ROLE_CONFLICT: Self = Self::of(487, "Role Conflict");
    /// 500: the server failed for the moment (RFC 8489 §14.8).
    pub const SERVER_ERROR: Self = Self::of(500, "Server Error");

    const fn of(code: u16, reason: &'static str) -> Self {
        Self { code, reason }
    }
}

impl<'a> Attribute<'a> for ErrorCode<'a> {
    const TYPE: AttributeType = AttributeType::ERROR_CODE;

    fn parse(value: &'a [u8], _id: TransactionId) -> Result<Self, AttributeError> {
        let (head, reason) = value
            .split_first_chunk::<4>()
            .ok_or(AttributeError::Length {
                expected: 4,
                actual: value.len(),
            })?;
        // RFC 8489 §14.8: 21 reserved bits, 3 bits of class, 8 bits of number.
        let [_, _, class, number] = *head;
        let class = class & 0b111;
        if !(3..=6).contains(&class) || number > 99 {
            return Err(AttributeError::ErrorCode { class, number });
        }
        Ok(Self {
            code: u16::from(class)
                .saturating_mul(100)
                .saturating_add(u16::from(number)),
            reason: text_of(reason),
        })
    }

    fn check(&self) -> Result<(), AttributeError> {
        if !(300..700).contains(&self.code) {
            return Err(AttributeError::ErrorCode {
                class: u8::try_from(self.code / 100).unwrap_or(u8::MAX),
                number: u8::try_from(self.code % 100).unwrap_or(u8::MAX),
            });
        }
        check_characters(self.reason)
    }

    fn write(&self, _id: TransactionId, out: &mut Vec<u8>) {
        let class = u8::try_from(self.code / 100 % 8).unwrap_or(0);
        let number = u8::try_from(self.code % 100).unwrap_or(0);
        out.extend_from_slice(&[0, 0, class, number]);
        out.extend_from_slice(self.reason.as_bytes());
    }
}

/// RFC 8489 §14.8: the reason phrase is for humans alone, so one that is not UTF-8 must not cost the code.
fn text_of(reason: &[u8]) -> &str {
    reason
        .utf8_chunks()
        .next()
        .map(|chunk| chunk.valid())
        .unwrap_or_default()
}

/// The comprehension-required attributes that a server did not know; goes with error 420.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnknownAttributes<'a>(&'a [u8]);

impl UnknownAttributes<'_> {
    /// Their numbers.
    pub fn iter(&self) -> impl Iterator<Item = AttributeType> {
        let (pairs, _) = self.0.as_chunks::<2>();
        pairs
            .iter()
            .map(|pair| AttributeType::new(u16::from_be_bytes(*pair)))
    }
}

impl<'a> Attribute<'a> for UnknownAttributes<'a> {
    const TYPE: AttributeType = AttributeType::UNKNOWN_ATTRIBUTES;

    fn parse(value: &'a [u8], _id: TransactionId) -> Result<Self, AttributeError> {
        if value.len().is_multiple_of(2) {
            Ok(Self(value))
        } else {
            Err(AttributeError::Length {
                expected: value.len().saturating_add(1),
                actual: value.len(),
            })
        }
    }

    fn write(&self, _id: TransactionId, out: &mut Vec<u8>) {
        out.extend_from_slice(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_hundreds_and_the_rest() {
        let id = TransactionId::new([0; 12]);
        let mut out = Vec::new();
        ErrorCode::ROLE_CONFLICT.write(id, &mut out);
        assert_eq!(out, b"\0\0\x04\x57Role Conflict");
        assert_eq!(ErrorCode::parse(&out, id), Ok(ErrorCode::ROLE_CONFLICT));
        assert_eq!(
            ErrorCode::parse(&[0, 0, 2, 0], id),
            Err(AttributeError::ErrorCode {
                class: 2,
                number: 0
            })
        );
        assert_eq!(
            ErrorCode::parse(&[0, 0, 4, 100], id),
            Err(AttributeError::ErrorCode {
                class: 4,
                number: 100
            })
        );
        // RFC 8489 §14.8: no reason phrase spoils the code.
        for (bytes, reason) in [
            (&b"\0\0\x04\x57R\xf4le Conflict"[..], "R"),
            (b"\0\0\x04\x57\xff", ""),
            (b"\0\0\x04\x57cut \xe2\x82", "cut "),
        ] {
            let code = 487;
            assert_eq!(ErrorCode::parse(bytes, id), Ok(ErrorCode { code, reason }));
        }
        // The 21 reserved bits are ignored.
        assert_eq!(
            ErrorCode::parse(&[0xff, 0xff, 0xfc, 1], id),
            Ok(ErrorCode {
                code: 401,
                reason: ""
            })
        );
    }
}
