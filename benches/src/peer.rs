//! Peer connections behind one trait, and two of them in one place.
//!
//! Each is driven as its users drive it: datagrams go from the one to the other in the type that it gives them out in,
//! as far as the other takes it. What is sent is handed over in the type that is sent without a copy of ours.

mod strata;

#[cfg(feature = "rivals")]
mod rtc;
#[cfg(feature = "rivals")]
mod str0m;

use std::time::Duration;

use bytes::Bytes;

pub use self::strata::Strata;
#[cfg(feature = "rivals")]
pub use self::{rtc::Rtc, str0m::Str0m};

/// What two peers agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// One data channel.
    Data,
    /// A video section, and one data channel.
    VideoAndData,
}

/// Two connected peers in one place, and the time.
pub trait Peers: Sized {
    /// The name of the rows: that of the crate.
    const NAME: &'static str;
    /// A message, as it is sent.
    type Message;
    /// The payload of an RTP packet, as it is sent.
    type Payload: Clone;

    /// Peers that have agreed, but not begun to connect.
    fn new(contents: Contents) -> Self;

    /// Whether both are connected and have their channel open.
    fn are_connected(&self) -> bool;

    /// Goes on by that time, and moves datagrams and takes events until there are none.
    fn tick(&mut self, time: Duration);

    /// A message of these bytes. It is made before the clock runs, as an application has it before it sends it.
    fn message(bytes: &Bytes) -> Self::Message;

    /// A payload of these bytes, likewise.
    fn payload(bytes: &Bytes) -> Self::Payload;

    /// The first peer sends a message on the channel.
    fn send(&mut self, message: Self::Message);

    /// The first peer sends the next packet of its video.
    fn write_rtp(&mut self, payload: Self::Payload);

    /// How many messages and RTP packets have arrived at either.
    fn received(&self) -> usize;

    /// Frees what is there to drive them alone.
    fn strip(&mut self);

    /// Peers that are connected.
    #[must_use]
    fn connected(contents: Contents) -> Self {
        let mut peers = Self::new(contents);
        for _ in 0..200 {
            peers.tick(Duration::from_millis(10));
        }
        assert!(peers.are_connected(), "{}", Self::NAME);
        peers
    }
}

const ADDRESSES: [&str; 2] = ["192.0.2.1:5000", "192.0.2.2:5000"];
