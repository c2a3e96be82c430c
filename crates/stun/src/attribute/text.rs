//! The attributes that are text: USERNAME, REALM, NONCE, SOFTWARE (RFC 8489 §14.3, §14.9, §14.10, §14.14).

use super::{Attribute, AttributeError, AttributeType, check_characters};
use crate::TransactionId;

/// Defines one attribute whose value is UTF-8.
macro_rules! text_attribute {
    ($(#[$meta:meta])* $name:ident = $number:ident, $check:path) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name<'a>(pub &'a str);

        impl<'a> Attribute<'a> for $name<'a> {
            const TYPE: AttributeType = AttributeType::$number;

            fn parse(value: &'a [u8], _id: TransactionId) -> Result<Self, AttributeError> {
                core::str::from_utf8(value)
                    .map(Self)
                    .map_err(|_| AttributeError::NotUtf8)
            }

            fn check(&self) -> Result<(), AttributeError> {
                $check(self.0)
            }

            fn write(&self, _id: TransactionId, out: &mut Vec<u8>) {
                out.extend_from_slice(self.0.as_bytes());
            }
        }
    };
}

text_attribute! {
    /// Which credentials the message integrity was made with.
    Username = USERNAME, check_username
}
text_attribute! {
    /// The domain of long-term credentials.
    Realm = REALM, check_characters
}
text_attribute! {
    /// The server's protection against replay.
    Nonce = NONCE, check_characters
}
text_attribute! {
    /// The software of the sender, for diagnosis.
    Software = SOFTWARE, check_characters
}

/// RFC 8489 §14.3: "fewer than 509 bytes".
const fn check_username(text: &str) -> Result<(), AttributeError> {
    let (limit, actual) = (508, text.len());
    if actual > limit {
        return Err(AttributeError::Text { limit, actual });
    }
    Ok(())
}
