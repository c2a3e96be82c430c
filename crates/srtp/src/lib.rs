//! SRTP and SRTCP: RTP and RTCP packets protected and unprotected in place.
//!
//! Give [`Outbound`] and [`Inbound`] the master keys that DTLS-SRTP (or SDES, or MIKEY) has agreed
//! on, and packets. They keep the rollover counters and replay windows of every SSRC. They are pure
//! transforms: no time, no I/O, no randomness, and no allocation per packet.
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
//! | section                | where                    | state                                          |
//! |------------------------|--------------------------|------------------------------------------------|
//! | RFC 3711 §3.1, 3.3     | `outbound`, `inbound`    | done; an MKI is named and refused              |
//! | RFC 3711 §3.3.1, App. A| `index`, `inbound`       | done; and resynchronises after a long loss     |
//! | RFC 3711 §3.3.2        | `inbound`                | done; window of 1024 (RTCP 128)                |
//! | RFC 3711 §3.4          | `outbound`, `inbound`    | done; sends E = 1, accepts E = 0               |
//! | RFC 3711 §4.1.1, 4.2   | `transform/counter_mode` | done                                           |
//! | RFC 3711 §4.1.2 (f8)   |                          | not                                            |
//! | RFC 3711 §4.3          | `derivation`             | done for a key derivation rate of 0            |
//! | RFC 3711 §8.1, 9.2     | `outbound`, `inbound`    | packet limits enforced; re-keying: new contexts|
//! | RFC 6188               | `transform/counter_mode` | AES-256-CM done, AES-192-CM not                |
//! | RFC 7714               | `transform/gcm`          | done                                           |
//! | RFC 5764 §4.1.2        | [`Profile`]              | profiles; not their lifetime of 2^31 packets   |
//! | RFC 6904, RFC 9335     |                          | not                                            |
//!
//! # Example
//!
//! ```
//! use strata_srtp::{Inbound, MasterKey, Outbound, Profile, UnprotectError};
//!
//! let master = MasterKey::new(&[7; 16], &[9; 12]);
//! let mut alice = Outbound::new(Profile::AeadAes128Gcm, &master)?;
//! let mut bob = Inbound::new(Profile::AeadAes128Gcm, &master)?;
//!
//! // Version 2, payload type 96, sequence number 1, timestamp 0, SSRC 5; then the payload.
//! let rtp = *b"\x80\x60\x00\x01\0\0\0\0\0\0\0\x05payload";
//! let mut packet = rtp.to_vec();
//! alice.protect_rtp(&mut packet, 0)?;
//! assert_eq!(packet.len(), rtp.len() + Profile::AeadAes128Gcm.rtp_overhead());
//!
//! let replay = packet.clone();
//! let length = bob.unprotect_rtp(&mut packet)?;
//! assert_eq!(packet[..length], rtp);
//! assert_eq!(bob.unprotect_rtp(&mut replay.clone()), Err(UnprotectError::Replayed));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
pub use strata_crypto::srtp::{MasterKey, Profile};
