//! What a call needs of a stack that others wrote.

use strata_core::{Instant, Path};

pub(crate) const OUR_ADDRESS: &str = "192.0.2.1:5000";
pub(crate) const RIVAL_ADDRESS: &str = "192.0.2.2:6000";

/// A peer connection of another stack, driven like one of our own engines, and what it has told.
pub(crate) trait Rival {
    /// Takes our offer, and answers it.
    fn accept_offer(&mut self, now: Instant, offer: &str) -> String;

    /// Offers a channel `chat`, and with `media` audio and video too.
    fn offer(&mut self, now: Instant, media: bool) -> String;

    fn accept_answer(&mut self, now: Instant, answer: &str);

    fn advance(&mut self, now: Instant);

    fn receive(&mut self, now: Instant, datagram: &[u8]);

    /// The datagrams it has to send, with the path that we see them on.
    fn poll(&mut self, now: Instant) -> Vec<(Path, Vec<u8>)>;

    fn is_connected(&self) -> bool;

    /// Whether the channel `chat` is open.
    fn has_channel(&self) -> bool;

    fn send(&mut self, now: Instant, binary: bool, message: &[u8]);

    /// What came on the channel: whether it was binary, and its bytes.
    fn messages(&self) -> &[(bool, Vec<u8>)];

    /// Whether it goes on.
    fn is_alive(&self) -> bool;
}

/// One that exchanges media too.
pub(crate) trait MediaRival: Rival {
    /// Sends the `n`th packet of a section.
    fn write_rtp(&mut self, now: Instant, mid: &str, payload_type: u8, n: u8);

    /// The payloads that came in a section.
    fn media_of(&self, mid: &str) -> Vec<Vec<u8>>;
}
