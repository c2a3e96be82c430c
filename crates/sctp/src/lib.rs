#![doc = include_str!("../README.md")]
//! # Modules
//!
//! | module         | what is there                                                                  |
//! |----------------|--------------------------------------------------------------------------------|
//! | `channels`     | [`DataChannels`], [`Channel`]: DCEP, opening, closing                          |
//! | `association`  | [`Association`]: set-up, transfer, stream reset, shutdown, by RFC procedure    |
//! | `send`         | message queues, chunks in flight, congestion window, RTO                       |
//! | `reassembly`   | which TSNs have arrived, reassembly, order within streams                      |
//! | [`wire`]       | packets, chunks, parameters, causes, DCEP messages                             |
//! | `config`       | [`Config`], [`Limits`], [`Timing`]: every value with its reason                |
//! | `message`      | messages, and how they are to be delivered                                     |
//! | `event`        | [`AssociationEvent`]; those of channels are in `channels`                      |
//! | `error`        | what is refused, and [`CloseReason`]                                           |
//! | `stats`        | [`Stats`]: what was dropped, and why                                           |
//! | `ids`          | identifiers of the protocol: [`StreamId`], [`Tsn`], [`Ssn`], [`Ppid`]          |
//! | `tsn`          | TSNs without wrap-around, for use as keys                                      |
//! | `stream_table` | a table by stream number that is as large as its use                           |
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

extern crate alloc;

mod association;
mod channels;
mod config;
#[cfg(test)]
mod dice;
mod error;
mod event;
mod ids;
mod message;
mod reassembly;
mod send;
mod stats;
mod stream_table;
mod tsn;
pub mod wire;

pub use association::Association;
pub use channels::{
    Channel, ChannelConfig, ChannelId, ChannelState, DataChannels, Event, MessageKind, Role,
};
pub use config::{Config, CongestionControl, Limits, Timing};
pub use error::{CloseReason, OpenError, SendError};
pub use event::AssociationEvent;
pub use ids::{Ppid, RequestNumber, Ssn, StreamId, Tsn};
pub use message::{Incoming, Outgoing, Reliability};
pub use stats::{Dropped, Stats, Traffic};

pub use bytes::Bytes;
#[cfg(feature = "std")]
pub use strata_core::Clock;
pub use strata_core::{
    Endpoint, Entropy, EntropySource, Instant,
    wire::{Reader, TooLong, Truncated},
};
