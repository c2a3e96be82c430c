//! DATA (RFC 9260 §3.3.1).
//!
//! ```text
//! |   Type = 0    |  Res  |I|U|B|E|           Length              |
//! |                              TSN                              |
//! |      Stream Identifier S      |   Stream Sequence Number n    |
//! |                  Payload Protocol Identifier                  |
//! |                 User Data (seq n of Stream S) ..              |
//! ```

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong};

use super::{ChunkType, ParseError, framing::pad};
use crate::{Ppid, Ssn, StreamId, Tsn};

/// A message or a fragment of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Data<'a> {
    /// The receiver should acknowledge at once (I bit).
    pub immediate: bool,
    /// The message is not in order with others (U bit).
    pub unordered: bool,
    /// First fragment (B bit).
    pub beginning: bool,
    /// Last fragment (E bit).
    pub ending: bool,
    /// Its transmission sequence number.
    pub tsn: Tsn,
    /// Its stream.
    pub stream: StreamId,
    /// Its place in the stream's order; meaningless if `unordered`.
    pub ssn: Ssn,
    /// What it is to the layer above.
    pub ppid: Ppid,
    /// Its bytes.
    pub payload: &'a [u8],
}

const E: u8 = 0x01;
const B: u8 = 0x02;
const U: u8 = 0x04;
const I: u8 = 0x08;

impl<'a> Data<'a> {
    /// Bytes in front of the payload.
    pub const OVERHEAD: usize = 16;

    pub(super) fn parse(flags: u8, mut reader: Reader<'a>) -> Result<Self, ParseError> {
        Ok(Self {
            immediate: flags & I != 0,
            unordered: flags & U != 0,
            beginning: flags & B != 0,
            ending: flags & E != 0,
            tsn: Tsn::new(reader.u32()?),
            stream: StreamId::new(reader.u16()?),
            ssn: Ssn::new(reader.u16()?),
            ppid: Ppid(reader.u32()?),
            payload: reader.all(),
        })
    }

    /// Appends the chunk, padded.
    ///
    /// # Errors
    /// [`TooLong`] if it exceeds 65535 bytes; `out` is then as it was.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let flags = if self.immediate { I } else { 0 }
            | if self.unordered { U } else { 0 }
            | if self.beginning { B } else { 0 }
            | if self.ending { E } else { 0 };
        let actual = Self::OVERHEAD.saturating_add(self.payload.len());
        let Ok(length) = u16::try_from(actual) else {
            return Err(TooLong {
                limit: usize::from(u16::MAX),
                actual,
            });
        };
        let [length_high, length_low] = length.to_be_bytes();
        let [t0, t1, t2, t3] = self.tsn.get().to_be_bytes();
        let [s0, s1] = self.stream.get().to_be_bytes();
        let [n0, n1] = self.ssn.get().to_be_bytes();
        let [p0, p1, p2, p3] = self.ppid.0.to_be_bytes();
        out.extend_from_slice(&[
            ChunkType::DATA.0,
            flags,
            length_high,
            length_low,
            t0,
            t1,
            t2,
            t3,
            s0,
            s1,
            n0,
            n1,
            p0,
            p1,
            p2,
            p3,
        ]);
        out.extend_from_slice(self.payload);
        let start = out.len().saturating_sub(actual);
        pad(out, start);
        Ok(())
    }
}
