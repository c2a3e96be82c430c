//! SCTP for data channels (RFC 9260, 8831, 8832).
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod association;
mod channels;
mod config;
mod error;
mod ids;
mod message;
mod receive;
mod send;
mod stats;
mod stream_table;
mod tsn;
pub mod wire;

pub use association::{Association, AssociationEvent};
pub use channels::{
    Channel, ChannelConfig, ChannelId, ChannelState, DataChannels, Event, MessageKind, Role,
};
pub use config::{Config, CongestionControl, Limits, Timing};
pub use error::{CloseReason, OpenError, SendError};
pub use ids::{Ppid, RequestNumber, Ssn, StreamId, Tsn};
pub use message::{Incoming, Outgoing, Reliability};
pub use stats::{Dropped, Stats, Traffic};
