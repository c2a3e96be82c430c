//! What an integrity attribute leaves to count: tables over what stands behind it.

use super::*;

/// One attribute of a message, in the order they are written.
#[derive(Clone, Copy, Debug)]
enum Piece {
    /// PRIORITY with this value.
    Says(u32),
    /// MESSAGE-INTEGRITY with this password.
    Sha1(&'static str),
    /// MESSAGE-INTEGRITY-SHA256 with this password.
    Sha256(&'static str),
    /// An attribute of this type, with zeros of this length.
    Zeros(AttributeType, usize),
}

const OURS: &str = PASSWORD;
const THEIRS: &str = "anotherpasswordanother";

fn message_of(pieces: &[Piece]) -> Vec<u8> {
    let mut out = Vec::new();
    let id = TransactionId::new([7; 12]);
    let mut writer = MessageWriter::new(&mut out, Class::Request, Method::BINDING, id);
    for piece in pieces {
        writer = match piece {
            Piece::Says(value) => writer.push(&Priority(*value)),
            Piece::Sha1(password) => writer.integrity(&IntegrityKey::short_term(password)),
            Piece::Sha256(password) => writer.integrity_sha256(&IntegrityKey::short_term(password)),
            Piece::Zeros(attribute_type, length) => writer.push_raw(RawAttribute {
                attribute_type: *attribute_type,
                value: &vec![0; *length],
            }),
        };
    }
    writer.fingerprint().finish().unwrap();
    out
}

/// RFC 8489 §9: "agents MUST ignore all attributes that follow MESSAGE-INTEGRITY, with the exception of the
/// MESSAGE-INTEGRITY-SHA256 and FINGERPRINT attributes. Similarly, agents MUST ignore all attributes that
/// follow the MESSAGE-INTEGRITY-SHA256 attribute". §14: of a type that is there twice the first counts.
#[test]
fn what_follows_the_first_integrity_does_not_count() {
    use Integrity::{Sha1 as BySha1, Sha256 as BySha256};
    use IntegrityError::Mismatch;
    use Piece::{Says, Sha1, Sha256, Zeros};
    const MI: AttributeType = AttributeType::MESSAGE_INTEGRITY;
    const MI_SHA256: AttributeType = AttributeType::MESSAGE_INTEGRITY_SHA256;
    const REQUIRED: AttributeType = AttributeType::new(0x7001);
    type Row = (&'static [Piece], Result<Integrity, IntegrityError>);
    let table: [Row; 16] = [
        (&[Says(1), Sha1(OURS)], Ok(BySha1)),
        (&[Says(1), Sha1(OURS), Says(2)], Ok(BySha1)),
        (&[Says(1), Sha1(OURS), Zeros(REQUIRED, 4)], Ok(BySha1)),
        (&[Says(1), Sha1(OURS), Says(2), Sha256(OURS)], Ok(BySha256)),
        (&[Says(1), Sha256(OURS)], Ok(BySha256)),
        (&[Says(1), Sha256(OURS), Says(2)], Ok(BySha256)),
        (&[Says(1), Sha256(OURS), Zeros(REQUIRED, 4)], Ok(BySha256)),
        (&[Says(1), Sha256(OURS), Says(2), Sha1(OURS)], Ok(BySha256)),
        // A second of the same kind: neither makes a good one bad nor a bad one good.
        (&[Says(1), Sha1(OURS), Sha1(THEIRS)], Ok(BySha1)),
        (&[Says(1), Sha1(THEIRS), Says(2), Sha1(OURS)], Err(Mismatch)),
        (&[Says(1), Sha256(OURS), Sha256(THEIRS)], Ok(BySha256)),
        (
            &[Says(1), Sha256(THEIRS), Says(2), Sha256(OURS)],
            Err(Mismatch),
        ),
        // The strongest decides, wherever it stands.
        (&[Says(1), Sha1(OURS), Sha256(THEIRS)], Err(Mismatch)),
        (&[Says(1), Sha256(THEIRS), Sha1(OURS)], Err(Mismatch)),
        // What is ignored may be of any length.
        (&[Says(1), Sha1(OURS), Zeros(MI, 3)], Ok(BySha1)),
        (
            &[Says(1), Sha256(OURS), Zeros(MI_SHA256, 3), Zeros(MI, 3)],
            Ok(BySha256),
        ),
    ];
    for (pieces, verified) in table {
        let bytes = message_of(pieces);
        let message = Message::parse(&bytes).unwrap_or_else(|e| panic!("{pieces:?}: {e}"));
        let key = IntegrityKey::short_term(OURS);
        assert_eq!(message.verify_integrity(&key), verified, "{pieces:?}");
        assert_eq!(message.verify_fingerprint(), Some(true), "{pieces:?}");
        assert_eq!(message.get(), Ok(Some(Priority(1))), "{pieces:?}");
        assert_eq!(message.protected_attributes().count(), 1, "{pieces:?}");
        let known = [AttributeType::PRIORITY];
        assert_eq!(message.unknown_attributes(&known).count(), 0, "{pieces:?}");
        assert!(!message.contains(REQUIRED), "{pieces:?}");
        // All are there for who asks for them as they came.
        assert_eq!(message.attributes().count(), pieces.len() + 1, "{pieces:?}");
    }
}

/// Those that do count must have a length that their kind can have (RFC 8489 §14.5, §14.6).
#[test]
fn an_integrity_that_counts_has_a_possible_length() {
    let sha1 = (AttributeType::MESSAGE_INTEGRITY, &[20][..]);
    let sha256 = (
        AttributeType::MESSAGE_INTEGRITY_SHA256,
        &[16, 20, 24, 28, 32][..],
    );
    for (attribute_type, possible) in [sha1, sha256] {
        for actual in 0..=40 {
            let bytes = message_of(&[Piece::Says(1), Piece::Zeros(attribute_type, actual)]);
            let expected = if possible.contains(&actual) {
                Ok(())
            } else {
                Err(ParseError::Attribute {
                    attribute_type,
                    actual,
                })
            };
            assert_eq!(Message::parse(&bytes).map(|_| ()), expected, "{actual}");
        }
    }
    // Behind a MESSAGE-INTEGRITY, a MESSAGE-INTEGRITY-SHA256 counts still.
    let attribute_type = AttributeType::MESSAGE_INTEGRITY_SHA256;
    let bytes = message_of(&[Piece::Sha1(OURS), Piece::Zeros(attribute_type, 3)]);
    let refused = ParseError::Attribute {
        attribute_type,
        actual: 3,
    };
    assert_eq!(Message::parse(&bytes), Err(refused));
}
