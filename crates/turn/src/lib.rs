//! TURN (RFC 8656): relaying for who cannot be reached directly. **Neither the client nor the server is
//! written yet**; there are only the framing of relayed data and the numbers.
//!
//! | module         | what is there                                                              |
//! |----------------|----------------------------------------------------------------------------|
//! | `channel_data` | [`ChannelData`], [`ChannelNumber`]: the framing of data on a channel       |
//! | [`method`], [`attribute_type`] | the numbers TURN adds to those of `strata-stun`            |
//!
//! | section (RFC 8656)                        | where          | state                          |
//! |-------------------------------------------|----------------|--------------------------------|
//! | 3.1, 5 transports: UDP, TCP, TLS          |                | not                            |
//! | 6, 7 allocations                          |                | not                            |
//! | 8 refreshing                              |                | not                            |
//! | 9, 10 permissions                         |                | not                            |
//! | 11 Send and Data indications              |                | not                            |
//! | 12 channels                               |                | not                            |
//! | 12.4 `ChannelData`                        | `channel_data` | done over UDP; not over TCP    |
//! | 13 to 16 translating and relaying packets |                | not                            |
//! | 17, 18 methods, attributes                | `numbers`      | numbers only                   |
//! | RFC 6062 TCP allocations                  | `numbers`      | numbers only                   |
//!
//! # Data on a channel
//!
//! ```
//! use strata_turn::{ChannelData, ChannelNumber};
//!
//! let mut out = Vec::new();
//! ChannelData { channel: ChannelNumber::MIN, data: b"hello" }.write(&mut out)?;
//! assert_eq!(ChannelData::parse(&out)?.data, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod channel_data;
mod numbers;

pub use channel_data::{ChannelData, ChannelDataError, ChannelNumber};
pub use numbers::{attribute_type, method};
