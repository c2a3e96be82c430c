#![doc = include_str!("../README.md")]
//! # Modules
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
//! [`Entropy`], [`Instant`] and what else is not of these are those of all crates of strata.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

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
pub use strata_core::{
    Clock, Entropy, EntropySource, Instant,
    wire::{TooLong, Truncated},
};
pub use writer::{MessageWriter, WriteError};
