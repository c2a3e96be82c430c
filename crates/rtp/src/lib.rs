#![doc = include_str!("../README.md")]
//! # Modules
//!
//! | module        | what is there                                                                   |
//! |---------------|---------------------------------------------------------------------------------|
//! | `ids`         | [`Ssrc`], [`SequenceNumber`], [`Timestamp`], [`PayloadType`]                     |
//! | `items`       | [`Items`]: lists of [`WireItem`]s, received or about to be sent                  |
//! | `packet`      | [`Packet`] to read, [`Header`] to write, [`PacketMut`] to rewrite in place       |
//! | [`extension`] | header extension elements of both forms, and typed values                        |
//! | [`rtcp`]      | [`rtcp::Compound`] and every RTCP packet; [`is_rtcp`] to tell RTP from RTCP      |
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

extern crate alloc;

pub mod extension;
mod ids;
mod items;
mod packet;
pub mod rtcp;

pub use ids::{PayloadType, PayloadTypeError, SequenceNumber, Ssrc, Timestamp};
pub use items::{Items, ItemsIter, WireItem};
pub use packet::{Header, Packet, PacketMut, ParseError, WriteError, write_padding};
pub use rtcp::is_rtcp;
pub use strata_core::wire::{Reader, Truncated};
