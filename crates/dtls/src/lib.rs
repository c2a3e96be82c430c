#![doc = include_str!("../README.md")]
//! # Modules
//!
//! | module        | what is there                                                             |
//! |---------------|---------------------------------------------------------------------------|
//! | `config`      | [`Config`], [`Limits`], [`Retransmission`], [`Role`]                       |
//! | `connection`  | [`Connection`]: the API; `input` and `output` of datagrams                 |
//! | `event`, `error`, `alert`, `stats`, `srtp` | [`Event`], [`CloseReason`], [`Stats`], [`SrtpKeys`] cut out of what was agreed on |
//! | `state`       | the states of a connection, and which comes after which                    |
//! | `listening`   | the server before its handshake begins: cookie, version                    |
//! | `v12`         | the handshake of DTLS 1.2: `client`, `server`, `secrets`                   |
//! | `context`     | what all states work on: configuration, randomness, flights, counters      |
//! | `flight`, `reassembly`, `transcript` | messages sent, and sent again; messages put together from fragments; all of them, for the hashes |
//! | `protection`, `budget`, `window`, `suite` | sealed records, how many, replays, [`CipherSuite`] |
//! | `identity`, `outbox` | who the peer is; what waits to be told                             |
//! | `wire`        | records and messages as bytes                                             |
//!
//! [`Certificate`], [`Endpoint`], [`Entropy`] and other types that are in no module here are those of all crates of strata.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod alert;
mod budget;
mod config;
mod connection;
mod context;
mod error;
mod event;
mod flight;
mod identity;
mod listening;
mod outbox;
mod protection;
mod reassembly;
mod srtp;
mod state;
mod stats;
mod suite;
mod transcript;
mod v12;
mod window;
mod wire;

pub use alert::AlertDescription;
pub use bytes::Bytes;
pub use config::{Config, Limits, Retransmission, Role};
pub use connection::Connection;
pub use error::{CloseReason, Closed, ExportError, SealError};
pub use event::Event;
pub use srtp::SrtpKeys;
pub use stats::{Drops, Stats};
pub use strata_core::{Clock, Endpoint, Entropy, EntropySource, Instant, wire::TooLong};
pub use strata_crypto::{
    Certificate, Fingerprint,
    certificate::CertificateError,
    fingerprint::{FingerprintError, HashFunction, UnsupportedHash},
    key_exchange::Group,
    signature::Scheme,
    srtp::{MasterKey as SrtpMasterKey, Profile as SrtpProfile},
};
pub use suite::CipherSuite;
