#![doc = include_str!("../README.md")]
//! # Modules
//!
//! | module         | what is there                                                              |
//! |----------------|----------------------------------------------------------------------------|
//! | `channel_data` | [`ChannelData`], [`ChannelNumber`]: the framing of data on a channel       |
//! | `numbers`      | [`method`], [`attribute_type`]: what TURN adds to those of `strata-stun`   |
//!
//! [`Method`], [`AttributeType`], [`TooLong`] and [`Truncated`] are those of the crates below.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod channel_data;
mod numbers;

pub use channel_data::{ChannelData, ChannelDataError, ChannelNumber};
pub use numbers::{attribute_type, method};
pub use strata_core::wire::{TooLong, Truncated};
pub use strata_stun::{AttributeType, Method};
