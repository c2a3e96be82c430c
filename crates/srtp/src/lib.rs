#![doc = include_str!("../README.md")]
//! # Modules
//!
//! | module       | what is there                                                              |
//! |--------------|----------------------------------------------------------------------------|
//! | `outbound`   | [`Outbound`]: protects what we send                                        |
//! | `inbound`    | [`Inbound`]: authenticates and decrypts what arrives; resynchronisation    |
//! | `config`     | [`Config`]: how many streams, and how many forgotten ones                  |
//! | `error`      | [`ProtectError`], [`UnprotectError`], [`AddStreamError`], ...              |
//! | `stats`      | [`Stats`], [`Counters`]                                                    |
//! | `derivation` | session keys out of the master key                                         |
//! | `transform`  | the ciphers: AES-CM with HMAC-SHA1, AES-GCM                                |
//! | `index`      | the estimate of an index, and the search for a lost rollover counter       |
//! | `streams`    | the bounded table of SSRCs: live, forgotten, retired                       |
//! | `mki`        | master key identifiers, recognised but not supported                       |
//! | `header`     | the few header fields that SRTP reads                                      |
//!
//! [`Profile`] and [`MasterKey`] are those that DTLS-SRTP keying gives, too.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod config;
mod derivation;
mod error;
mod header;
mod inbound;
mod index;
mod mki;
mod outbound;
mod stats;
mod streams;
mod transform;

pub use config::Config;
pub use error::{AddStreamError, HeaderError, KeyLengthError, ProtectError, UnprotectError};
pub use inbound::Inbound;
pub use outbound::{Claim, Outbound};
pub use stats::{Counters, Stats};
pub use strata_core::ReplayError;
pub use strata_crypto::srtp::{MasterKey, Profile};
