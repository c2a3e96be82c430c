//! The contract every strata engine keeps, and the vocabulary they share.
//!
//! strata is sans-IO: no engine opens a socket, reads a clock or draws its own randomness. Whoever
//! owns an engine hands it datagrams and the time, and takes away datagrams, events and the next
//! deadline. This crate says how, once, for all of them.
//!
//! | module      | what is there                                                              |
//! |-------------|----------------------------------------------------------------------------|
//! | `endpoint`  | [`Endpoint`], the trait of everything with a timer; [`earliest`]           |
//! | `instant`   | [`Instant`], a point in time that nobody but the owner can make            |
//! | `clock`     | [`Clock`], which gives owners the time (feature `std`)                     |
//! | `path`      | [`Path`], [`Protocol`]: where a datagram came from or goes to              |
//! | `transmit`  | [`Datagram`] in, [`Transmit`] out: what the bytes are; [`Ecn`]             |
//! | `replay`    | [`ReplayWindow`]: which numbers have been seen                             |
//! | `entropy`   | [`Entropy`], [`EntropySource`]: injected randomness                        |
//! | [`tracing`] | what engines tell the `tracing` crate, or nobody                           |
//! | [`serial`]  | wrap-around numbers: no order, but `newer_than` and `distance_to`          |
//! | [`wire`]    | [`wire::Reader`] and length prefixes: how binary is read and written       |
//!
//! | feature          | what it adds                                                              |
//! |------------------|---------------------------------------------------------------------------|
//! | `std` (default)  | [`Clock`]; without it the crate is `no_std` with `alloc`                  |
//! | `system-entropy` | `Entropy::system`, by the `getrandom` crate                               |
//! | `tracing`        | the events of all engines, by the `tracing` crate                         |
//!
//! # An engine and its owner
//!
//! ```
//! use core::time::Duration;
//! use strata_core::{Endpoint, Instant};
//!
//! /// Says "ping" one second after it was last told something.
//! #[derive(Debug, Default)]
//! struct Pinger {
//!     due: Option<Instant>,
//!     send: bool,
//! }
//!
//! impl Endpoint for Pinger {
//!     type Input<'a> = &'a mut [u8];
//!     type Transmit = ();
//!     type Event = ();
//!     fn handle_input(&mut self, now: Instant, _datagram: &mut [u8]) {
//!         self.due = Some(now + Duration::from_secs(1));
//!     }
//!     fn handle_timeout(&mut self, now: Instant) {
//!         if self.due.is_some_and(|due| due <= now) {
//!             self.due = None;
//!             self.send = true;
//!         }
//!     }
//!     fn poll_transmit(&mut self, _now: Instant, out: &mut Vec<u8>) -> Option<()> {
//!         core::mem::take(&mut self.send).then(|| out.extend_from_slice(b"ping"))
//!     }
//!     fn poll_event(&mut self) -> Option<()> {
//!         None
//!     }
//!     fn poll_timeout(&self) -> Option<Instant> {
//!         self.due
//!     }
//! }
//!
//! let (mut pinger, mut out) = (Pinger::default(), Vec::new());
//! pinger.handle_input(Instant::EPOCH, &mut b"pong".to_owned());
//! let due = pinger.poll_timeout().expect("a timer runs");
//! pinger.handle_timeout(due);
//! assert_eq!(pinger.poll_transmit(due, &mut out), Some(()));
//! assert_eq!(out, b"ping");
//! ```
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

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

#[cfg(feature = "std")]
pub use clock::Clock;
pub use endpoint::{Endpoint, earliest};
pub use entropy::{Entropy, EntropySource};
pub use instant::Instant;
pub use path::{Path, Protocol};
pub use replay::{ReplayError, ReplayWindow};
pub use transmit::{Datagram, Ecn, Transmit};
