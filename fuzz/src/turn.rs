//! TURN's own framing.

use strata_stun::is_stun;
use strata_turn::ChannelData;

use crate::Outcome;

/// Data on a channel: reads it, writes it again; it is never taken for STUN.
pub fn turn_channel_data(data: &[u8]) -> Outcome {
    let message = match ChannelData::parse(data) {
        Ok(message) => message,
        Err(error) => return Outcome::refused(error),
    };
    // RFC 8656 §12: the first byte tells them apart on one socket.
    assert!(!is_stun(data));
    assert!((0x4000..=0x4fff).contains(&message.channel.get()));
    let mut out = vec![0xff; 3];
    message.write(&mut out).expect("a length that was read");
    // All but the padding behind it (RFC 8656 §12.6).
    assert!(data.starts_with(&out[3..]));
    assert_eq!(ChannelData::parse(&out[3..]), Ok(message));
    for length in 0..(out.len() - 3).min(64) {
        assert!(ChannelData::parse(&out[3..3 + length]).is_err());
    }
    Outcome::Parsed
}
