#![doc = include_str!("../README.md")]
//! # Modules
//!
//! | module    | what is there                                                                |
//! |-----------|------------------------------------------------------------------------------|
//! | [`hmac`]  | HMAC with SHA-1 and SHA-2: RFC 2104, 2202, 4231                              |
//! | [`digest`]| SHA-1 and SHA-2 (RFC 6234), in one piece or in many                          |
//! | [`aead`]  | AES-GCM and ChaCha20-Poly1305 in place (RFC 5116, 8439), nonces by the caller|
//! | `aes_cm`  | AES in counter mode, the keystream alone (RFC 3711 §4.1.1, RFC 6188)         |
//! | [`key_exchange`] | ephemeral X25519, P-256, P-384 (RFC 7748, RFC 8422)                 |
//! | [`signature`] | verifying what others signed: ECDSA, Ed25519, RSA                       |
//! | `certificate` | our self-signed `Certificate`; the public keys in those of others   |
//! | [`fingerprint`] | [`Fingerprint`]s of certificates (RFC 8122 §5)                        |
//! | [`srtp`]  | what SRTP and DTLS-SRTP have in common: [profiles](srtp::Profile), [master keys](srtp::MasterKey) |
//! | `prf`     | [`prf()`], the pseudo-random function of TLS 1.2 (RFC 5246 §5)               |
//! | `compare` | [`constant_time_eq`]                                                         |
//!
//! Nothing here knows a protocol's state; secrets never show in `Debug`.
//!
//! # Tests that repeat
//!
//! The feature `deterministic` is for tests and fuzzers only. It adds `Certificate::from_seed` and
//! `EphemeralKey::from_seed`, whose keys and signatures are the same every time, and changes nothing else. Turn it on in
//! `[dev-dependencies]` or in a fuzzer's own package, never in `[dependencies]`: who knows a seed knows the private key.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

pub mod aead;
#[cfg(feature = "aes-cm")]
pub mod aes_cm;
#[cfg(feature = "certificates")]
pub mod certificate;
mod compare;
pub mod digest;
pub mod fingerprint;
pub mod hmac;
pub mod key_exchange;
mod prf;
#[cfg(feature = "deterministic")]
mod seeded;
pub mod signature;
pub mod srtp;

#[cfg(feature = "certificates")]
pub use certificate::Certificate;
pub use compare::constant_time_eq;
pub use fingerprint::Fingerprint;
pub use prf::prf;
