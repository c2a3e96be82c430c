//! `ChannelData`: 4 bytes in front of relayed data instead of a STUN message (RFC 8656 §12.4).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |         Channel Number        |            Length             |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                       Application Data                        |
//! ```

use strata_core::wire::{Reader, TooLong, Truncated, prefixed_u16};

/// A channel: the name of a peer within an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelNumber(u16);

impl ChannelNumber {
    /// The first channel.
    pub const MIN: Self = Self(0x4000);
    /// The last channel (RFC 8656 §12: those above it are reserved).
    pub const MAX: Self = Self(0x4FFF);

    /// The channel with this number; `None` outside of `0x4000..=0x4fff`.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number >= Self::MIN.0 && number <= Self::MAX.0 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// Relayed data and the channel it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelData<'a> {
    /// The channel.
    pub channel: ChannelNumber,
    /// The data.
    pub data: &'a [u8],
}

impl<'a> ChannelData<'a> {
    /// Reads a datagram that came over UDP. What follows the data is padding and ignored (RFC 8656 §12.6).
    ///
    /// # Errors
    /// [`ChannelDataError`] if the number is no channel, or the data is not all there.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, ChannelDataError> {
        let mut reader = Reader::new(datagram);
        let number = reader.u16()?;
        let channel = ChannelNumber::new(number).ok_or(ChannelDataError::Channel(number))?;
        let data = reader.prefixed_u16()?.all();
        Ok(Self { channel, data })
    }

    /// Appends it as it goes over UDP: without padding.
    ///
    /// # Errors
    /// [`TooLong`] if the data is longer than 65535 bytes; `out` is then as it was.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let start = out.len();
        out.extend_from_slice(&self.channel.0.to_be_bytes());
        prefixed_u16(out, |out| out.extend_from_slice(self.data))
            .inspect_err(|_| out.truncate(start))
    }
}

/// Why bytes are not `ChannelData`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelDataError {
    /// The header or the data is cut off.
    #[error(transparent)]
    Truncated(#[from] Truncated),
    /// Not a channel number.
    #[error("{0:#06x} is no channel number: those are 0x4000 to 0x4fff")]
    Channel(u16),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_header_is_the_channel_and_the_length() {
        let channel = ChannelNumber::MIN;
        let mut out = vec![9];
        ChannelData {
            channel,
            data: b"abc",
        }
        .write(&mut out)
        .unwrap();
        assert_eq!(out, [9, 0x40, 0x00, 0, 3, b'a', b'b', b'c']);
        // Padded, as over TCP: the padding is not data.
        let padded = [0x40, 0x00, 0, 3, b'a', b'b', b'c', 0];
        assert_eq!(
            ChannelData::parse(&padded),
            Ok(ChannelData {
                channel,
                data: b"abc"
            })
        );
    }

    #[test]
    fn what_is_no_channel_data_is_refused() {
        let truncated =
            |expected, actual| Err(ChannelDataError::Truncated(Truncated { expected, actual }));
        assert_eq!(ChannelData::parse(&[]), truncated(2, 0));
        assert_eq!(ChannelData::parse(&[0x40, 0, 0]), truncated(2, 1));
        assert_eq!(ChannelData::parse(&[0x40, 0, 0, 2, 1]), truncated(2, 1));
        for number in [0x0001, 0x3FFF, 0x5000, 0xFFFF_u16] {
            let [high, low] = number.to_be_bytes();
            assert_eq!(
                ChannelData::parse(&[high, low, 0, 0]),
                Err(ChannelDataError::Channel(number))
            );
        }
    }

    #[test]
    fn data_that_is_too_long_is_taken_back() {
        let mut out = vec![1];
        let data = ChannelData {
            channel: ChannelNumber::MAX,
            data: &vec![0; 65_536],
        };
        assert!(data.write(&mut out).is_err());
        assert_eq!(out, [1]);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            number in 0x4000_u16..=0x4FFF,
            data in proptest::collection::vec(any::<u8>(), 0..64),
        ) {
            let written = ChannelData { channel: ChannelNumber::new(number).unwrap(), data: &data };
            let mut out = Vec::new();
            written.write(&mut out).unwrap();
            prop_assert_eq!(ChannelData::parse(&out), Ok(written));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(data) = ChannelData::parse(&bytes) {
                let mut out = Vec::new();
                data.write(&mut out).unwrap();
                prop_assert!(bytes.starts_with(&out));
            }
        }
    }
}
