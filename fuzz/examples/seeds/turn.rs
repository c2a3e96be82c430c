//! Data on a channel, with padding and without.

use strata_turn::{ChannelData, ChannelNumber};

use crate::Seed;

pub(crate) fn seeds() -> Vec<Seed> {
    let written = |channel, data| {
        let mut out = Vec::new();
        let message = ChannelData { channel, data };
        message.write(&mut out).expect("short data");
        out
    };
    let plain = written(ChannelNumber::MIN, b"datagram");
    let padded = [written(ChannelNumber::MAX, b"datagrams"), vec![0; 3]].concat();
    let mut reserved = plain.clone();
    reserved[0] = 0x50;
    [
        ("plain", plain),
        ("padded", padded),
        ("empty", written(ChannelNumber::MIN, b"")),
        ("reserved-channel", reserved),
    ]
    .into_iter()
    .map(|(name, bytes)| ("turn_channel_data", name, bytes))
    .collect()
}
