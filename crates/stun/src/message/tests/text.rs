//! Attributes of text that others wrote.

use super::Message;
use crate::{
    Attribute, AttributeError, AttributeType, Class, ErrorCode, IceControlled, Integrity,
    IntegrityKey, MessageWriter, Method, Realm, Software, TransactionId,
};

/// RFC 8489 §14.8, §14.14: what is for humans alone may be unreadable, and longer than it should be.
#[test]
fn a_text_that_is_not_readable_spoils_nothing_else() {
    /// Any bytes as the value of an attribute of text.
    struct Raw<const NUMBER: u16>(Vec<u8>);

    impl<'a, const NUMBER: u16> Attribute<'a> for Raw<NUMBER> {
        const TYPE: AttributeType = AttributeType::new(NUMBER);

        fn parse(value: &'a [u8], _id: TransactionId) -> Result<Self, AttributeError> {
            Ok(Self(value.into()))
        }

        fn write(&self, _id: TransactionId, out: &mut Vec<u8>) {
            out.extend_from_slice(&self.0);
        }
    }

    let key = IntegrityKey::short_term("password");
    let long = "x".repeat(700);
    let reasons: [(&[u8], &str); 4] = [
        (b"R\xf4le Conflict", "R"),
        (b"\xff", ""),
        (b"cut \xe2\x82", "cut "),
        (long.as_bytes(), &long),
    ];
    for (bytes, reason) in reasons {
        let error = [&[0, 0, 4, 87], bytes].concat();
        let mut out = Vec::new();
        let id = TransactionId::new([3; 12]);
        MessageWriter::new(&mut out, Class::Error, Method::BINDING, id)
            .push(&Raw::<0x8022>(vec![0xFF; 300]))
            .push(&Raw::<0x0014>(vec![0xFE, b'r']))
            .push(&Raw::<0x0009>(error))
            .push(&IceControlled(7))
            .integrity(&key)
            .fingerprint()
            .finish()
            .unwrap();
        let message = Message::parse(&out).unwrap();
        let code = 487;
        assert_eq!(message.get(), Ok(Some(ErrorCode { code, reason })));
        assert_eq!(message.get(), Ok(Some(IceControlled(7))));
        assert_eq!(message.get::<Software<'_>>(), Err(AttributeError::NotUtf8));
        assert_eq!(message.get::<Realm<'_>>(), Err(AttributeError::NotUtf8));
        assert_eq!(message.verify_integrity(&key), Ok(Integrity::Sha1));
        assert_eq!(message.verify_fingerprint(), Some(true));
    }
}
