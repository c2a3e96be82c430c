//! A DTLS engine with DTLS-SRTP keying, as WebRTC needs it.
//!
//! A [`Connection`] is one DTLS association, client or server: it shakes hands, checks the peer's certificate
//! against the fingerprints of the session description, tells the SRTP keys, and then seals and opens
//! records in place. It has no socket and no clock; see [`strata_core::Endpoint`].
//!
//! | module        | what is there                                                             |
//! |---------------|---------------------------------------------------------------------------|
//! | `config`      | [`Config`], [`Limits`], [`Retransmission`], [`Role`]                       |
//! | `connection`  | [`Connection`]: the API; `input` and `output` of datagrams                 |
//! | `event`, `error`, `alert`, `stats`, `srtp` | [`Event`], [`CloseReason`], [`Stats`], [`SrtpKeys`] |
//! | `state`       | the states of a connection                                                |
//! | `negotiation` | the server before the version is settled: cookie, version                 |
//! | `v12`         | the handshake of DTLS 1.2: `client`, `server`, `secrets`                  |
//! | `flight`, `reassembly`, `transcript` | messages out (and again), in, and both for the hashes |
//! | `protection`, `budget`, `window`, `suite` | sealed records, how many, replays, [`CipherSuite`] |
//! | `identity`, `outbox` | who the peer is; what waits to be told                             |
//! | `wire`        | records and messages as bytes                                             |
//!
//! | RFC                          | where                    | state                               |
//! |------------------------------|--------------------------|-------------------------------------|
//! | 6347 §4.1 records, epochs; §4.1.2.6 anti-replay | `wire::record`, `protection`, `window` | done |
//! | 6347 §4.1.2.7 invalid records| `connection::input`      | done: dropped one by one and counted |
//! | 6347 §4.1.1.1 path MTU       | [`Config::mtu`]          | partial: set, not discovered        |
//! | 6347 §4.2.1 cookies          | `negotiation`            | done; a connection has one client, so the cookie is over its random alone, and record numbers are not echoed |
//! | 6347 §4.2.2, §4.2.3 fragments; §4.2.4 retransmission | `reassembly`, `flight` | done, with a deadline for all |
//! | 5246 §7.2 alerts             | `alert`, [`CloseReason::alert`] | done                         |
//! | 5246 §7.3 full handshake     | `v12`                    | done, with certificates on both sides; no resumption, no renegotiation |
//! | 5288, 5289, 7905 suites      | `suite`, `protection`    | AES-GCM, ChaCha20-Poly1305          |
//! | 8422 elliptic curves         | `v12`                    | X25519, P-256, P-384; ECDSA, Ed25519 and RSA peers |
//! | 5705 exporters               | [`Connection::export_keying_material`] | done                  |
//! | 5746 renegotiation indication; 5764 DTLS-SRTP | `srtp`, `wire::extension` | done, without MKI |
//! | 7627 extended master secret  | `v12`                    | done, and required unless [`Config`] says otherwise |
//! | 8122, 8842 fingerprints      | `identity`               | SHA-256, SHA-384, SHA-512           |
//! | 9147 §4.5.3 limits of keys   | `budget`, [`Event::KeyRunsOut`] | done                         |
//! | 9147 DTLS 1.3; 9146 connection identifiers | -          | not; peers that offer 1.3 get 1.2   |
//!
//! # Tests that repeat
//!
//! The feature `deterministic`, for `[dev-dependencies]` and fuzzers only, adds `Certificate::from_seed`. A connection
//! with such a certificate makes its keys from its injected entropy alone and signs without randomness: the same seeds and
//! inputs give the same octets. What is built on connections has it by the certificate too; there is nothing else to set.
//!
//! # Two ends (the crate needs `std`, as the cryptography below it does)
//!
//! ```
//! use std::sync::Arc;
//! use strata_core::{Endpoint, Entropy, Instant};
//! use strata_dtls::{Certificate, Config, Connection, Event, Role};
//!
//! let certificates = [Certificate::generate()?, Certificate::generate()?].map(Arc::new);
//! let [ours, theirs] = certificates.each_ref().map(|certificate| certificate.fingerprint());
//! let [mut client, mut server] = [(Role::Client, 0), (Role::Server, 1)].map(|(role, index)| {
//!     let config = Config::new(role, certificates[index].clone());
//!     Connection::new(config, Entropy::system())
//! });
//!
//! // Each end learns the other's fingerprint from the session description.
//! let now = Instant::EPOCH;
//! client.set_remote_fingerprints(now, &[theirs])?;
//! server.set_remote_fingerprints(now, &[ours])?;
//! client.start(now)?;
//!
//! let mut datagram = Vec::new();
//! while !client.is_connected() || !server.is_connected() {
//!     while client.poll_transmit(now, &mut datagram).is_some() {
//!         server.handle_input(now, &mut datagram);
//!         datagram.clear();
//!     }
//!     while server.poll_transmit(now, &mut datagram).is_some() {
//!         client.handle_input(now, &mut datagram);
//!         datagram.clear();
//!     }
//! }
//! let [ours, theirs] = [&mut client, &mut server].map(|connection| match connection.poll_event() {
//!     Some(Event::Connected { srtp: Some(keys), .. }) => keys,
//!     other => panic!("not connected, or without SRTP: {other:?}"),
//! });
//! assert!(ours.local() == theirs.remote() && ours.remote() == theirs.local());
//!
//! // Data is written where it is encrypted, and read where it is decrypted.
//! client.seal(&mut datagram, |out| {
//!     out.extend_from_slice(b"hello");
//!     Some(())
//! })?;
//! server.handle_input_with(now, &mut datagram, |data| assert_eq!(data, b"hello"));
//! assert_eq!(server.stats().bytes_received, 5);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alert;
mod budget;
mod config;
mod connection;
mod error;
mod event;
mod flight;
mod identity;
mod negotiation;
mod outbox;
mod protection;
mod reassembly;
mod shared;
mod srtp;
mod state;
mod stats;
mod suite;
mod transcript;
mod v12;
mod window;
mod wire;

pub use alert::AlertDescription;
pub use config::{Config, Limits, Retransmission, Role};
pub use connection::Connection;
pub use error::{CloseReason, Closed, ExportError, SealError};
pub use event::Event;
pub use srtp::SrtpKeys;
pub use stats::{Drops, Stats};
pub use strata_crypto::{
    Certificate, Fingerprint,
    key_exchange::Group,
    srtp::{MasterKey as SrtpMasterKey, Profile as SrtpProfile},
};
pub use suite::CipherSuite;
