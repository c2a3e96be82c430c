//! Walking through a feedback packet.

use strata_core::wire::Reader;

use super::chunk::{Chunk, Symbol};
use super::{MICROS_PER_TICK, TICKS_PER_REFERENCE, Twcc};
use crate::SequenceNumber;

/// What became of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PacketStatus {
    /// It has not arrived, or not yet.
    NotReceived,
    /// It arrived.
    Received {
        /// When, on the reporter's clock, which wraps around with the reference time every 2^24 * 64 ms. A
        /// multiple of 250.
        micros: i64,
    },
    /// It arrived, but there is no saying when (the reserved symbol 3).
    ReceivedWithoutDelta,
}

/// Iterator over the packets of a [`Twcc`].
#[derive(Clone, Debug)]
pub struct TwccPackets<'a> {
    next: SequenceNumber,
    remaining: u16,
    chunk: Chunk,
    chunks: Reader<'a>,
    deltas: Reader<'a>,
    /// When the last packet arrived.
    ticks: i64,
}

impl<'a> TwccPackets<'a> {
    pub(super) fn new(twcc: &Twcc<'a>) -> Self {
        Self {
            next: twcc.base,
            remaining: twcc.status_count,
            chunk: Chunk::default(),
            chunks: Reader::new(twcc.chunks),
            deltas: Reader::new(twcc.deltas),
            ticks: i64::from(twcc.reference_time).saturating_mul(TICKS_PER_REFERENCE),
        }
    }

    /// Passes over packets: those without an arrival time a run at a time.
    pub(super) fn pass_over(&mut self, count: usize) {
        let mut left =
            u16::try_from(count).map_or(self.remaining, |count| count.min(self.remaining));
        while left > 0 {
            let passed = match self.untimed_run() {
                Some(run) => run.min(left),
                None if self.next().is_none() => return,
                None => {
                    left = left.saturating_sub(1);
                    continue;
                }
            };
            self.pass_run(passed);
            left = left.saturating_sub(passed);
        }
    }

    /// Passes over the runs of packets without an arrival time that come next.
    pub(super) fn pass_over_untimed(&mut self) {
        while let Some(run) = self.untimed_run() {
            self.pass_run(run);
        }
    }

    /// How many packets of a run come next of which the deltas say nothing.
    fn untimed_run(&mut self) -> Option<u16> {
        if self.remaining == 0 {
            return None;
        }
        while self.chunk.len() == 0 {
            self.chunk = Chunk::from_bits(self.chunks.u16().ok()?);
        }
        match self.chunk {
            Chunk::Run {
                symbol: Symbol::NotReceived | Symbol::Reserved,
                length,
            } => Some(length.min(self.remaining)),
            Chunk::Run { .. } | Chunk::Vector { .. } => None,
        }
    }

    fn pass_run(&mut self, count: u16) {
        if let Chunk::Run { length, .. } = &mut self.chunk {
            *length = length.saturating_sub(count);
        }
        self.remaining = self.remaining.saturating_sub(count);
        self.next = self.next.plus(count);
    }
}

impl Iterator for TwccPackets<'_> {
    type Item = (SequenceNumber, PacketStatus);

    fn next(&mut self) -> Option<Self::Item> {
        self.remaining = self.remaining.checked_sub(1)?;
        let symbol = loop {
            if let Some(symbol) = self.chunk.next() {
                break symbol;
            }
            self.chunk = Chunk::from_bits(self.chunks.u16().ok()?);
        };
        let delta = match symbol {
            Symbol::NotReceived | Symbol::Reserved => None,
            Symbol::SmallDelta => Some(i16::from(self.deltas.u8().ok()?)),
            Symbol::LargeDelta => Some(self.deltas.u16().ok()?.cast_signed()),
        };
        let status = match delta {
            Some(delta) => {
                #[expect(
                    clippy::arithmetic_side_effects,
                    reason = "24 bits times 256, 65535 deltas of 16 bits, times 250: 41 bits"
                )]
                let micros = {
                    self.ticks += i64::from(delta);
                    self.ticks * MICROS_PER_TICK
                };
                PacketStatus::Received { micros }
            }
            None if symbol == Symbol::Reserved => PacketStatus::ReceivedWithoutDelta,
            None => PacketStatus::NotReceived,
        };
        let number = self.next;
        self.next = number.next();
        Some((number, status))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let remaining = usize::from(self.remaining);
        (remaining, Some(remaining))
    }
}

impl ExactSizeIterator for TwccPackets<'_> {}
