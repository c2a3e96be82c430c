//! STUN (RFC 8489): the messages of NAT traversal, their integrity, and when to send them again.
//!
//! For who writes a STUN client or server, an ICE agent or a TURN server, and wants the bytes done.
//! [`Message`] is a view of bytes somebody sent: checked once, copied never. [`MessageWriter`] appends
//! a message to a buffer of the caller. There is no engine here, and no I/O.
//!
//! | module           | what is there                                                            |
//! |------------------|--------------------------------------------------------------------------|
//! | `header`         | [`Class`], [`Method`], [`TransactionId`]                                 |
//! | `message`        | [`Message`], the parser; [`is_stun`]                                     |
//! | `attribute`      | [`AttributeType`], the trait [`Attribute`] and the typed attributes      |
//! | `integrity`      | [`IntegrityKey`]: MESSAGE-INTEGRITY, -SHA256 and FINGERPRINT checked     |
//! | `writer`         | [`MessageWriter`]                                                        |
//! | `retransmission` | [`Schedule`], [`Retransmission`]: the timer of a request over UDP        |
//!
//! | section (RFC 8489)                    | where            | state                                |
//! |---------------------------------------|------------------|--------------------------------------|
//! | 5 message structure                   | `header`, `message` | done                              |
//! | 6.2.1 sending over UDP                | `retransmission` | done; no RTT estimator               |
//! | 6.2.2 sending over TCP                |                  | not                                  |
//! | 6.3 receiving                         | `message`        | unknown attributes; the rest is the user's |
//! | 8 DNS discovery                       |                  | not (no I/O here)                    |
//! | 9.1 short-term credentials            | `integrity`      | done                                 |
//! | 9.2 long-term credentials             | `integrity`      | partial: the key must be given; no nonce cookie, no USERHASH |
//! | 10 ALTERNATE-SERVER                   |                  | number only                          |
//! | 14.1, 14.2 (XOR-)MAPPED-ADDRESS       | `attribute`      | done                                 |
//! | 14.3, 14.9, 14.10, 14.14 text         | `attribute`      | done; what is too long is read, not written |
//! | 14.5, 14.6, 14.7 integrity            | `integrity`, `writer` | done                            |
//! | 14.8, 14.13 errors                    | `attribute`      | done                                 |
//! | 14.4, 14.11, 14.12, 14.15, 14.16      | `attribute`      | numbers only                         |
//! | RFC 8445 16.1 ICE attributes          | `attribute`      | done                                 |
//! | RFC 5780 NAT behaviour discovery      |                  | not                                  |
//!
//! # A request and its answer
//!
//! ```
//! use strata_stun::{
//!     Class, IntegrityKey, Message, MessageWriter, Method, TransactionId, Username,
//!     XorMappedAddress,
//! };
//!
//! let key = IntegrityKey::short_term("VOkJxbRl1RmTxUk/WvJxBt");
//! let id = TransactionId::new(*b"unguessable!"); // in earnest: TransactionId::random
//! let mut out = Vec::new();
//! MessageWriter::new(&mut out, Class::Request, Method::BINDING, id)
//!     .push(&Username("evtj:h6vY"))
//!     .integrity(&key)
//!     .fingerprint()
//!     .finish()?;
//!
//! let request = Message::parse(&out)?;
//! assert_eq!(request.get::<Username>()?, Some(Username("evtj:h6vY")));
//! assert_eq!(request.verify_fingerprint(), Some(true));
//! request.verify_integrity(&key)?;
//!
//! let mut answer = Vec::new();
//! MessageWriter::new(&mut answer, Class::Success, Method::BINDING, request.transaction_id())
//!     .push(&XorMappedAddress("192.0.2.1:32853".parse()?))
//!     .integrity(&key)
//!     .fingerprint()
//!     .finish()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The cryptography under it needs `std`, so this crate does too.

mod attribute;
mod header;
mod integrity;
mod message;
mod retransmission;
mod writer;

pub use attribute::{
    Attribute, AttributeError, AttributeType, ErrorCode, IceControlled, IceControlling,
    MappedAddress, Nonce, Priority, RawAttribute, Realm, Software, UnknownAttributes, UseCandidate,
    Username, XorMappedAddress,
};
pub use header::{Class, MAGIC_COOKIE, Method, TransactionId};
pub use integrity::{Integrity, IntegrityError, IntegrityKey};
pub use message::{Attributes, Message, ParseError, is_stun};
pub use retransmission::{Expiry, Retransmission, Schedule};
pub use writer::{MessageWriter, WriteError};
