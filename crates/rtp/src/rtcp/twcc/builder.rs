//! Collecting arrivals into feedback packets.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::BufMut as _;

use super::chunk::{Chunk, Symbol};
use super::{FORMAT_TWCC, MICROS_PER_TICK, TICKS_PER_REFERENCE, TRANSPORT_FEEDBACK};
use crate::rtcp::{WriteError, feedback, write};
use crate::{SequenceNumber, Ssrc};

/// Collects arrivals, in any order of their numbers, and writes them as one [`Twcc`](super::Twcc) after the other.
///
/// Every feedback goes on where the one before ended, so a packet lost between two of them is reported like one
/// lost in the middle. A late packet is reported too, when it was reported as lost before: the feedback then goes
/// back to it and repeats what came behind it. That reaches to the newest 1,024 packets.
///
/// The buffers are kept from one feedback packet to the next. They hold at most 65,535 packets; a
/// receiver sends feedback every 50 to 250 ms, long before.
///
/// ```
/// use core::time::Duration;
/// use strata_rtp::rtcp::{Compound, Packet, PacketStatus, TwccBuilder};
/// use strata_rtp::{SequenceNumber, Ssrc};
///
/// let mut builder = TwccBuilder::new();
/// for number in [1, 2, 4] {
///     let arrival = Duration::from_millis(20 * u64::from(number));
///     builder.push(SequenceNumber::new(number), arrival)?;
/// }
/// let mut out = Vec::new();
/// builder.write(&mut out, Ssrc::new(1), Ssrc::new(2), 0)?;
///
/// let packet = Compound::parse(&out)?.iter().next().ok_or("it is empty")??;
/// let Packet::Twcc(feedback) = packet else { return Err("it is another packet".into()) };
/// let lost = feedback.packets().filter(|(_, status)| *status == PacketStatus::NotReceived);
/// assert_eq!(lost.map(|(number, _)| number.get()).collect::<Vec<_>>(), [3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct TwccBuilder {
    /// The number of the first of `arrivals`. `None` before the first packet of all.
    start: Option<SequenceNumber>,
    /// When each packet arrived, in 250 µs, or [`LOST`]. The last has arrived. Those that arrived one after the
    /// other in here are no farther apart than a delta can say.
    arrivals: VecDeque<i64>,
    /// How many of `arrivals` were reported, and need not be again.
    reported: usize,
    /// How many have come since the last feedback.
    fresh: usize,
    symbols: Vec<Symbol>,
    deltas: Vec<u8>,
}

/// Why a packet is not reported, or not in the same feedback as those before it. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TwccError {
    /// Its arrival is known.
    #[error("packet {0} is known to have arrived")]
    Repeated(u16),
    /// It is from before [`begin`](TwccBuilder::begin), or too far behind the newest.
    #[error("packet {0} is too old to be reported")]
    TooOld(u16),
    /// It arrived more than 8 seconds before or after the packet beside it: write what there is, and push it
    /// again.
    #[error("a delta of {0} * 250 µs does not fit 16 bits: write the feedback, and push it again")]
    Delta(i64),
    /// Feedback reports on 65,535 packets at most: write what there is, and push it again.
    #[error("the feedback is full: write it, and push it again")]
    Full,
}

impl TwccBuilder {
    /// An empty feedback that begins with the packet that is pushed first.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a new count: the next feedback reports on `base` first, whether it arrives or not.
    ///
    /// For a receiver that knows the first number, and for one whose sender has begun anew. What was not written
    /// is dropped.
    pub fn begin(&mut self, base: SequenceNumber) {
        self.start = Some(base);
        self.arrivals.clear();
        (self.reported, self.fresh) = (0, 0);
    }

    /// Whether there is nothing to report.
    pub const fn is_empty(&self) -> bool {
        self.fresh == 0
    }

    /// Adds a packet that arrived at this time of the receiver's clock, whatever its epoch.
    ///
    /// # Errors
    /// See [`TwccError`].
    pub fn push(&mut self, number: SequenceNumber, arrival: Duration) -> Result<(), TwccError> {
        let ticks = arrival
            .as_micros()
            .checked_div(u128::from(MICROS_PER_TICK.unsigned_abs()))
            .unwrap_or_default();
        let ticks = i64::try_from(ticks).unwrap_or(i64::MAX);
        let start = *self.start.get_or_insert(number);
        // Fewer than 2^16, so the number behind the last is known.
        let count = u16::try_from(self.arrivals.len()).unwrap_or(u16::MAX);
        let ahead = start.plus(count).distance_to(number);
        match usize::try_from(ahead) {
            Ok(missing) => self.push_newest(missing, ticks)?,
            Err(_) => self.push_late(number, usize::from(ahead.unsigned_abs()), ticks)?,
        }
        self.fresh = self.fresh.saturating_add(1);
        Ok(())
    }

    fn push_newest(&mut self, missing: usize, ticks: i64) -> Result<(), TwccError> {
        let pending = self.arrivals.len().saturating_sub(self.reported);
        if pending.saturating_add(missing) >= MAX_STATUS_COUNT {
            return Err(TwccError::Full);
        }
        if let Some(last) = self.arrivals.back()
            && let Err(error) = check_delta(*last, ticks)
        {
            if pending > 0 {
                return Err(error);
            }
            // After a long silence no feedback can go back to before it.
            self.forget(self.arrivals.len());
        }
        let excess = self
            .arrivals
            .len()
            .saturating_add(missing)
            .saturating_add(1)
            .saturating_sub(MAX_STATUS_COUNT);
        self.forget(excess);
        let end = self.arrivals.len().saturating_add(missing);
        self.arrivals.resize(end, LOST);
        self.arrivals.push_back(ticks);
        Ok(())
    }

    fn push_late(
        &mut self,
        number: SequenceNumber,
        behind: usize,
        ticks: i64,
    ) -> Result<(), TwccError> {
        let too_old = TwccError::TooOld(number.get());
        let at = self.arrivals.len().checked_sub(behind).ok_or(too_old)?;
        let arrival = *self.arrivals.get(at).ok_or(too_old)?;
        if arrival != LOST {
            return Err(TwccError::Repeated(number.get()));
        }
        if behind > HISTORY {
            return Err(too_old);
        }
        let arrived = |ticks: &&i64| **ticks != LOST;
        let near = at.saturating_sub(HISTORY);
        match self.arrivals.range(near..at).rev().find(arrived) {
            Some(before) => check_delta(*before, ticks)?,
            // Whether a delta fits is not looked for farther away.
            None if near > 0 => return Err(too_old),
            None => {}
        }
        if let Some(after) = self.arrivals.range(at..).find(arrived) {
            check_delta(ticks, *after)?;
        }
        if let Some(arrival) = self.arrivals.get_mut(at) {
            *arrival = ticks;
        }
        self.reported = self.reported.min(at);
        Ok(())
    }

    /// Forgets the oldest packets, which were reported.
    fn forget(&mut self, count: usize) {
        let count = count.min(self.reported);
        self.arrivals.drain(..count);
        self.reported = self.reported.saturating_sub(count);
        let passed = u16::try_from(count).unwrap_or(u16::MAX);
        self.start = self.start.map(|start| start.plus(passed));
    }

    /// How many bytes [`write`](Self::write) will append.
    pub fn size(&mut self) -> usize {
        if self.is_empty() {
            return 0;
        }
        self.encode();
        let mut chunks = 0_usize;
        let mut symbols = self.symbols.as_slice();
        while !symbols.is_empty() {
            let (_, count) = Chunk::encode(symbols);
            chunks = chunks.saturating_add(1);
            symbols = symbols.get(count..).unwrap_or_default();
        }
        FIXED_SIZE
            .saturating_add(chunks.saturating_mul(2))
            .saturating_add(self.deltas.len())
            .next_multiple_of(4)
    }

    /// Appends the feedback and begins the next one, behind it. Appends nothing if there is nothing to report.
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
        if self.is_empty() {
            return Ok(());
        }
        let reference = self.encode();
        let passed = u16::try_from(self.reported).unwrap_or(u16::MAX);
        let base = self.start.unwrap_or_default().plus(passed);
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
        self.fresh = 0;
        self.reported = self.arrivals.len();
        self.forget(self.reported.saturating_sub(HISTORY));
        result
    }

    /// Puts what is to be reported into symbols and deltas. Answers the reference time, in 64 ms.
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "times are not negative, and the reference is a part of one, rounded down"
    )]
    fn encode(&mut self) -> i64 {
        self.symbols.clear();
        self.deltas.clear();
        let mut last = None;
        let mut reference = 0;
        for ticks in self.arrivals.range(self.reported..).copied() {
            if ticks == LOST {
                self.symbols.push(Symbol::NotReceived);
                continue;
            }
            let from = last.unwrap_or_else(|| {
                reference = ticks.div_euclid(TICKS_PER_REFERENCE);
                reference * TICKS_PER_REFERENCE
            });
            let delta = ticks - from;
            if let Ok(small) = u8::try_from(delta) {
                self.symbols.push(Symbol::SmallDelta);
                self.deltas.put_u8(small);
            } else {
                // `push` lets nothing in that is farther away.
                self.symbols.push(Symbol::LargeDelta);
                self.deltas
                    .put_i16(i16::try_from(delta).unwrap_or(i16::MAX));
            }
            last = Some(ticks);
        }
        reference
    }
}

/// Deltas have 16 bits, with a sign.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "neither time is negative, so the difference is no less than -i64::MAX"
)]
fn check_delta(from: i64, to: i64) -> Result<(), TwccError> {
    let delta = to - from;
    match i16::try_from(delta) {
        Ok(_) => Ok(()),
        Err(_) => Err(TwccError::Delta(delta)),
    }
}

/// Not an arrival: those are not negative.
const LOST: i64 = -1;

const MAX_STATUS_COUNT: usize = 65_535;

/// How far behind the newest a late packet may be; reported packets are kept that long.
const HISTORY: usize = 1024;

/// RTCP header, two SSRCs, base, count, reference time.
const FIXED_SIZE: usize = 20;
