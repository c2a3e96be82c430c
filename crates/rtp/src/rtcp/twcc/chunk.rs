//! Packet status chunks (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.2 to §3.1.4).
//!
//! ```text
//! |0| S |       run length        |   a run of one symbol
//! |1|0|      14 symbols of 1 bit  |
//! |1|1|       7 symbols of 2 bits |
//! ```

/// What a chunk says of one packet (§3.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    NotReceived,
    SmallDelta,
    LargeDelta,
    Reserved,
}

impl Symbol {
    const fn from_low_bits(bits: u16) -> Self {
        match bits & 3 {
            0 => Self::NotReceived,
            1 => Self::SmallDelta,
            2 => Self::LargeDelta,
            _ => Self::Reserved,
        }
    }

    const fn bits(self) -> u16 {
        match self {
            Self::NotReceived => 0,
            Self::SmallDelta => 1,
            Self::LargeDelta => 2,
            Self::Reserved => 3,
        }
    }

    const fn delta_bytes(self) -> usize {
        match self {
            Self::NotReceived | Self::Reserved => 0,
            Self::SmallDelta => 1,
            Self::LargeDelta => 2,
        }
    }

    const fn fits_one_bit(self) -> bool {
        matches!(self, Self::NotReceived | Self::SmallDelta)
    }
}

/// Symbols that are still to come out of one chunk.
#[derive(Clone, Debug)]
pub(super) enum Chunk {
    Run {
        symbol: Symbol,
        length: u16,
    },
    /// The next symbol is in the highest bits of `bits`.
    Vector {
        bits: u16,
        width: u16,
        length: u16,
    },
}

impl Default for Chunk {
    fn default() -> Self {
        Self::Run {
            symbol: Symbol::NotReceived,
            length: 0,
        }
    }
}

impl Chunk {
    pub(super) const fn from_bits(bits: u16) -> Self {
        match bits >> 14 {
            0 | 1 => Self::Run {
                symbol: Symbol::from_low_bits(bits >> 13),
                length: bits & MAX_RUN,
            },
            2 => Self::Vector {
                bits: bits << 2,
                width: 1,
                length: ONE_BIT_SYMBOLS,
            },
            _ => Self::Vector {
                bits: bits << 2,
                width: 2,
                length: TWO_BIT_SYMBOLS,
            },
        }
    }

    pub(super) const fn len(&self) -> u16 {
        match self {
            Self::Run { length, .. } | Self::Vector { length, .. } => *length,
        }
    }

    /// How many bytes of deltas the first `limit` symbols announce.
    pub(super) fn delta_bytes(&self, limit: u16) -> usize {
        match self {
            Self::Run { symbol, length } => symbol
                .delta_bytes()
                .saturating_mul(usize::from((*length).min(limit))),
            Self::Vector { .. } => self
                .clone()
                .take(usize::from(limit))
                .map(Symbol::delta_bytes)
                .sum(),
        }
    }

    /// The chunk that says the most about `symbols` in 16 bits, and how many of them it says.
    ///
    /// `symbols` must not be empty. The last chunk may have room left, which the status count cuts off.
    pub(super) fn encode(symbols: &[Symbol]) -> (u16, usize) {
        let one_bit = symbols
            .iter()
            .take(usize::from(ONE_BIT_SYMBOLS))
            .all(|symbol| symbol.fits_one_bit());
        let (width, room) = if one_bit {
            (1, usize::from(ONE_BIT_SYMBOLS))
        } else {
            (2, usize::from(TWO_BIT_SYMBOLS))
        };
        let first = symbols.first().copied().unwrap_or(Symbol::NotReceived);
        let run = symbols
            .iter()
            .take(usize::from(MAX_RUN))
            .take_while(|symbol| **symbol == first)
            .count();
        if run >= room.min(symbols.len()) {
            let length = u16::try_from(run).unwrap_or(MAX_RUN);
            return (first.bits() << 13 | length, run);
        }
        let packed = (0..room).fold(0, |bits, at| {
            bits << width | symbols.get(at).map_or(0, |symbol| symbol.bits())
        });
        let header = if one_bit { 0b10 } else { 0b11 };
        (header << 14 | packed, room.min(symbols.len()))
    }
}

impl Iterator for Chunk {
    type Item = Symbol;

    fn next(&mut self) -> Option<Symbol> {
        match self {
            Self::Run { symbol, length } => {
                *length = length.checked_sub(1)?;
                Some(*symbol)
            }
            Self::Vector {
                bits,
                width,
                length,
            } => {
                *length = length.checked_sub(1)?;
                #[expect(clippy::arithmetic_side_effects, reason = "the width is 1 or 2")]
                let symbol = Symbol::from_low_bits(*bits >> (16 - *width));
                *bits <<= *width;
                Some(symbol)
            }
        }
    }
}

const MAX_RUN: u16 = 0x1fff;
const ONE_BIT_SYMBOLS: u16 = 14;
const TWO_BIT_SYMBOLS: u16 = 7;
