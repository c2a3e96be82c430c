#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! | module      | what is there                                                              |
//! |-------------|----------------------------------------------------------------------------|
//! | `endpoint`  | [`Endpoint`], the trait of everything with a timer, and how to drive it; [`earliest`] |
//! | `instant`   | [`Instant`], a point in time that nobody but the owner can make            |
//! | `clock`     | [`Clock`], which gives owners the time (feature `std`)                     |
//! | `address`   | [`canonical`] addresses, [`AddressFilter`], [`Prefix`]: whom to send to     |
//! | `path`      | [`Path`], [`Protocol`]: where a datagram came from or goes to              |
//! | `transmit`  | [`Datagram`] in, [`Transmit`] out: what the bytes are; [`Ecn`]             |
//! | `replay`    | [`ReplayWindow`]: which numbers have been seen                             |
//! | `entropy`   | [`Entropy`], [`EntropySource`]: injected randomness                        |
//! | [`tracing`] | what engines tell the `tracing` crate, or nobody                           |
//! | [`serial`]  | wrap-around numbers: no order, but `newer_than` and `distance_to`          |
//! | [`wire`]    | [`wire::Reader`] and length prefixes: how binary is read and written       |
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

extern crate alloc;

mod address;
#[cfg(feature = "std")]
mod clock;
mod endpoint;
mod entropy;
mod instant;
mod path;
mod replay;
pub mod serial;
pub mod tracing;
mod transmit;
pub mod wire;

pub use address::{AddressFilter, Prefix, PrefixError, canonical, without_scope};
#[cfg(feature = "std")]
pub use clock::Clock;
pub use endpoint::{Endpoint, earliest};
pub use entropy::{Entropy, EntropySource};
pub use instant::Instant;
pub use path::{Path, Protocol};
pub use replay::{ReplayError, ReplayWindow};
pub use transmit::{Datagram, Ecn, Transmit};
