//! The header extensions that browsers use, as values.

use alloc::vec::Vec;
use core::time::Duration;

use bytes::BufMut as _;

use crate::SequenceNumber;

/// A value that travels as an extension element.
pub trait HeaderExtension<'a>: Sized {
    /// The URI that `a=extmap` names it by.
    const URI: &'static str;

    /// Reads the element's data; `None` if it is malformed.
    fn parse(data: &'a [u8]) -> Option<Self>;

    /// Appends the element's data.
    fn write(&self, out: &mut Vec<u8>);
}

/// Which media section a packet belongs to (RFC 9143 §15): the identifier of `a=mid`, a token (RFC 8866 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mid<'a>(&'a str);

/// Which encoding of a simulcast a packet belongs to (RFC 8852 §3.1): the identifier of `a=rid`, of letters,
/// digits, `-` and `_` (RFC 8851 §10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rid<'a>(&'a str);

/// Which encoding a repair packet (RTX, FEC) repairs (RFC 8852 §3.2); the same as a [`Rid`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RepairedRid<'a>(&'a str);

macro_rules! text_extension {
    ($name:ident, $uri:literal, $is_allowed:expr) => {
        impl<'a> $name<'a> {
            /// The identifier with this text; `None` if it is empty or has characters that are not allowed.
            #[must_use]
            #[inline]
            pub fn new(text: &'a str) -> Option<Self> {
                (!text.is_empty() && text.bytes().all($is_allowed)).then_some(Self(text))
            }

            /// The text.
            #[must_use]
            pub const fn as_str(self) -> &'a str {
                self.0
            }
        }

        impl<'a> HeaderExtension<'a> for $name<'a> {
            const URI: &'static str = $uri;

            #[inline]
            fn parse(data: &'a [u8]) -> Option<Self> {
                Self::new(core::str::from_utf8(without_nulls(data)).ok()?)
            }

            #[inline]
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(self.0.as_bytes());
            }
        }
    };
}

text_extension!(Mid, "urn:ietf:params:rtp-hdrext:sdes:mid", is_token);
text_extension!(Rid, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", is_rid);
text_extension!(
    RepairedRid,
    "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    is_rid
);

/// RFC 8852 §3.1: the text "is not null terminated". Some senders fill a fixed length with nulls.
#[inline]
fn without_nulls(mut data: &[u8]) -> &[u8] {
    while let [front @ .., 0] = data {
        data = front;
    }
    data
}

/// RFC 8866 §9: `token-char`, which is RFC 4566's.
const fn is_token(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x27 | 0x2a..=0x2b | 0x2d..=0x2e | 0x30..=0x39 | 0x41..=0x5a | 0x5e..=0x7e)
}

/// RFC 8851 §10: `rid-id = 1*(alpha-numeric / "-" / "_")`.
const fn is_rid(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_')
}

/// How loud the audio in a packet is (RFC 6464 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AudioLevel {
    voice_activity: bool,
    level: u8,
}

impl AudioLevel {
    /// The level in -dBov: 0 is the loudest, 127 is silence, there is no more. `voice_activity` says that the
    /// sender takes it for speech.
    #[must_use]
    pub const fn new(voice_activity: bool, level: u8) -> Option<Self> {
        if level > 127 {
            return None;
        }
        Some(Self {
            voice_activity,
            level,
        })
    }

    /// Whether the sender takes it for speech.
    pub const fn voice_activity(self) -> bool {
        self.voice_activity
    }

    /// The level in -dBov: 0 is the loudest, 127 is silence.
    pub const fn level(self) -> u8 {
        self.level
    }
}

impl HeaderExtension<'_> for AudioLevel {
    const URI: &'static str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

    #[inline]
    fn parse(data: &[u8]) -> Option<Self> {
        // RFC 6464 §3: in the two-byte form a padding byte may be part of the element.
        let byte = *data.first()?;
        (data.len() <= 2).then_some(Self {
            voice_activity: byte & 0x80 != 0,
            level: byte & 0x7f,
        })
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.put_u8(u8::from(self.voice_activity) << 7 | self.level);
    }
}

/// When a packet left the sender (`abs-send-time`): 24 bits of seconds in 6.18 fixed point, which wrap
/// around every 64 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AbsoluteSendTime(u32);

impl AbsoluteSendTime {
    /// From the 24 bits on the wire; higher bits are ignored.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & 0x00ff_ffff)
    }

    /// The 24 bits on the wire.
    pub const fn to_bits(self) -> u32 {
        self.0
    }

    /// From the time since any epoch that the sender keeps to.
    #[must_use]
    pub fn from_duration(since_epoch: Duration) -> Self {
        let whole = since_epoch.as_secs() % 64;
        let fraction = (u64::from(since_epoch.subsec_nanos()) << 18) / NANOS_PER_SECOND;
        // At most 63 << 18 | (2^18 - 1): 24 bits.
        Self(u32::try_from(whole << 18 | fraction).unwrap_or(0))
    }

    /// The time since the last multiple of 64 seconds of the sender's clock.
    #[must_use]
    pub fn to_duration(self) -> Duration {
        Duration::from_nanos((u64::from(self.0) * NANOS_PER_SECOND) >> 18)
    }
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;

impl HeaderExtension<'_> for AbsoluteSendTime {
    const URI: &'static str = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";

    #[inline]
    fn parse(data: &[u8]) -> Option<Self> {
        let &[a, b, c] = data else { return None };
        Some(Self(u32::from_be_bytes([0, a, b, c])))
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        let [_, bits @ ..] = self.0.to_be_bytes();
        out.extend_from_slice(&bits);
    }
}

/// The packet's number on its transport, over all streams (draft-holmer-rmcat-transport-wide-cc-extensions-01
/// §2), which [`rtcp::Twcc`](crate::rtcp::Twcc) reports on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransportSequenceNumber(pub SequenceNumber);

impl HeaderExtension<'_> for TransportSequenceNumber {
    const URI: &'static str =
        "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

    #[inline]
    fn parse(data: &[u8]) -> Option<Self> {
        let number = u16::from_be_bytes(data.try_into().ok()?);
        Some(Self(SequenceNumber::new(number)))
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.put_u16(self.0.get());
    }
}

/// How much later than its timestamp says a packet was sent (RFC 5450 §3), in timestamp units.
///
/// Signed, 24 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TransmissionOffset(i32);

impl TransmissionOffset {
    /// The offset with this value; `None` if it does not fit 24 bits.
    #[must_use]
    pub const fn new(offset: i32) -> Option<Self> {
        if offset << 8 >> 8 == offset {
            Some(Self(offset))
        } else {
            None
        }
    }

    /// The offset.
    pub const fn get(self) -> i32 {
        self.0
    }
}

impl HeaderExtension<'_> for TransmissionOffset {
    const URI: &'static str = "urn:ietf:params:rtp-hdrext:toffset";

    #[inline]
    fn parse(data: &[u8]) -> Option<Self> {
        let &[a, b, c] = data else { return None };
        // In the upper 24 bits, so that the arithmetic shift extends the sign.
        Some(Self(i32::from_be_bytes([a, b, c, 0]) >> 8))
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        let [_, low @ ..] = self.0.to_be_bytes();
        out.extend_from_slice(&low);
    }
}

/// How a receiver must turn the picture to show it upright (3GPP TS 26.114 §7.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VideoOrientation {
    /// The picture comes from the camera on the back.
    pub back_camera: bool,
    /// The picture is mirrored horizontally.
    pub flipped: bool,
    /// The clockwise rotation to apply.
    pub rotation: Rotation,
}

/// A clockwise rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rotation {
    /// Upright.
    Degrees0,
    /// A quarter turn.
    Degrees90,
    /// Upside down.
    Degrees180,
    /// Three quarter turns.
    Degrees270,
}

impl HeaderExtension<'_> for VideoOrientation {
    const URI: &'static str = "urn:3gpp:video-orientation";

    #[inline]
    fn parse(data: &[u8]) -> Option<Self> {
        // 0 0 0 0 C F R1 R0
        let &[byte] = data else { return None };
        Some(Self {
            back_camera: byte & 0x08 != 0,
            flipped: byte & 0x04 != 0,
            rotation: match byte & 0x03 {
                0 => Rotation::Degrees0,
                1 => Rotation::Degrees90,
                2 => Rotation::Degrees180,
                _ => Rotation::Degrees270,
            },
        })
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        let rotation = match self.rotation {
            Rotation::Degrees0 => 0,
            Rotation::Degrees90 => 1,
            Rotation::Degrees180 => 2,
            Rotation::Degrees270 => 3,
        };
        out.put_u8(u8::from(self.back_camera) << 3 | u8::from(self.flipped) << 2 | rotation);
    }
}
