//! Collecting arrivals into a feedback packet.

use alloc::vec::Vec;
use core::time::Duration;

use bytes::BufMut as _;

use super::chunk::{Chunk, Symbol};
use super::{FORMAT_TWCC, TICKS_PER_REFERENCE, TRANSPORT_FEEDBACK};
use crate::rtcp::{WriteError, feedback, write};
use crate::{SequenceNumber, Ssrc};

/// Collects arrivals, in ascending order of their numbers, and writes them as a [`Twcc`](super::Twcc).
///
/// It keeps its buffers from one feedback packet to the next. They hold at most 65,535 packets; a
/// receiver sends feedback every 50 to 250 ms, long before.
#[derive(Clone, Debug, Default)]
pub struct TwccBuilder {
    /// The first packet's number and the reference time in 64 ms.
    base: Option<(SequenceNumber, i64)>,
    last: SequenceNumber,
    last_ticks: i64,
    symbols: Vec<Symbol>,
    deltas: Vec<u8>,
}

/// Why a packet cannot be reported in the same feedback as those before it. Nothing has changed: write
/// what there is and push it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TwccError {
    /// It is not newer than the one before.
    #[error("packet {0} is not newer than the one before")]
    NotNewer(u16),
    /// It arrived more than 8 seconds before or after the one before.
    #[error("a delta of {0} * 250 µs does not fit 16 bits")]
    Delta(i64),
    /// Feedback reports on 65,535 packets at most.
    #[error("feedback is full")]
    Full,
}

impl TwccBuilder {
    /// An empty feedback.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether there is nothing to report.
    pub const fn is_empty(&self) -> bool {
        self.base.is_none()
    }

    /// Adds a packet that arrived at this time of the receiver's clock, whatever its epoch.
    ///
    /// Packets between the one before and this one are reported as not received.
    ///
    /// # Errors
    /// See [`TwccError`].
    pub fn push(&mut self, number: SequenceNumber, arrival: Duration) -> Result<(), TwccError> {
        let ticks = i64::try_from(arrival.as_micros() / 250).unwrap_or(i64::MAX);
        let Some(_) = self.base else {
            let reference = ticks / TICKS_PER_REFERENCE;
            self.base = Some((number, reference));
            self.last = number;
            self.last_ticks = ticks;
            let [.., delta] = (ticks % TICKS_PER_REFERENCE).to_be_bytes();
            self.symbols.push(Symbol::SmallDelta);
            self.deltas.push(delta);
            return Ok(());
        };
        if !number.newer_than(self.last) {
            return Err(TwccError::NotNewer(number.get()));
        }
        let missing = usize::from(number.get().wrapping_sub(self.last.get())) - 1;
        if self.symbols.len() + missing >= MAX_STATUS_COUNT {
            return Err(TwccError::Full);
        }
        let delta = ticks - self.last_ticks;
        if let Ok(small) = u8::try_from(delta) {
            self.add(missing, Symbol::SmallDelta);
            self.deltas.put_u8(small);
        } else {
            let large = i16::try_from(delta).map_err(|_| TwccError::Delta(delta))?;
            self.add(missing, Symbol::LargeDelta);
            self.deltas.put_i16(large);
        }
        self.last = number;
        self.last_ticks = ticks;
        Ok(())
    }

    fn add(&mut self, missing: usize, symbol: Symbol) {
        let end = self.symbols.len() + missing;
        self.symbols.resize(end, Symbol::NotReceived);
        self.symbols.push(symbol);
    }

    /// Appends the feedback and begins a new one. Appends nothing if there is nothing to report.
    ///
    /// # Errors
    /// [`WriteError::Length`] if the packet were longer than 262,144 bytes, which needs as many
    /// arrivals.
    pub fn write(
        &mut self,
        out: &mut Vec<u8>,
        sender: Ssrc,
        media: Ssrc,
        feedback_count: u8,
    ) -> Result<(), WriteError> {
        let Some((base, reference)) = self.base.take() else {
            return Ok(());
        };
        let ids = (TRANSPORT_FEEDBACK, FORMAT_TWCC);
        let result = feedback::packet(out, ids, (sender, media), |out| {
            let start = out.len();
            out.put_u16(base.get());
            // `push` keeps the count within 16 bits.
            out.put_u16(u16::try_from(self.symbols.len()).unwrap_or(u16::MAX));
            let [.., a, b, c] = reference.to_be_bytes();
            out.put_slice(&[a, b, c, feedback_count]);
            let mut symbols = self.symbols.as_slice();
            while !symbols.is_empty() {
                let (bits, count) = Chunk::encode(symbols);
                out.put_u16(bits);
                symbols = symbols.get(count..).unwrap_or_default();
            }
            out.put_slice(&self.deltas);
            write::pad_to_words(out, start);
            Ok(())
        });
        self.symbols.clear();
        self.deltas.clear();
        result
    }
}

const MAX_STATUS_COUNT: usize = 65_535;
