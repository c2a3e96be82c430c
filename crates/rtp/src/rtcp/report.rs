//! Sender and receiver reports (RFC 3550 §6.4).

use alloc::vec::Vec;
use core::time::Duration;

use bytes::BufMut as _;
use strata_core::wire::{Reader, Truncated};

use super::{ParseError, RECEIVER_REPORT, Raw, SENDER_REPORT, WriteError, write};
use crate::{Items, Ssrc, Timestamp, WireItem};

/// What a sender has sent, and how it receives others (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderReport<'a> {
    /// The sender.
    pub ssrc: Ssrc,
    /// Wall-clock time of this report.
    pub ntp: NtpTimestamp,
    /// The same time on the clock of the sender's RTP timestamps.
    pub rtp: Timestamp,
    /// RTP packets sent since the stream began, wrapping around.
    pub packet_count: u32,
    /// Payload bytes sent since the stream began, wrapping around.
    pub octet_count: u32,
    /// How the sender receives others, at most 31.
    pub reports: Items<'a, ReportBlock>,
    /// A profile's own data behind the report blocks, whole words.
    pub profile_extension: &'a [u8],
}

/// How somebody who does not send receives others (RFC 3550 §6.4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiverReport<'a> {
    /// Who reports.
    pub ssrc: Ssrc,
    /// How others are received, at most 31.
    pub reports: Items<'a, ReportBlock>,
    /// A profile's own data behind the report blocks, whole words.
    pub profile_extension: &'a [u8],
}

/// How one source is received (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ReportBlock {
    /// The source.
    pub ssrc: Ssrc,
    /// The share of packets lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Packets lost since the beginning; duplicates can make it negative. 24 bits are sent: values
    /// beyond are clamped.
    pub cumulative_lost: i32,
    /// The highest sequence number received, with the count of wrap-arounds in the upper 16 bits.
    pub highest_sequence_number: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    /// [`NtpTimestamp::middle`] of the last sender report from the source, 0 before the first.
    pub last_sender_report: u32,
    /// Time since that report came, in 1/65536 seconds, 0 before the first.
    pub delay_since_last_sender_report: u32,
}

/// Seconds since 1900 in 32.32 fixed point (RFC 3550 §4). The owner's wall clock, or any clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NtpTimestamp(u64);

impl NtpTimestamp {
    /// The timestamp with these 64 bits.
    #[must_use]
    pub const fn new(bits: u64) -> Self {
        Self(bits)
    }

    /// The 64 bits on the wire.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The timestamp of a time after 1970-01-01, modulo the 136 years of an NTP era.
    #[must_use]
    pub fn from_unix(since_1970: Duration) -> Self {
        let seconds = since_1970.as_secs().wrapping_add(SECONDS_1900_TO_1970);
        let fraction = (u64::from(since_1970.subsec_nanos()) << 32) / 1_000_000_000;
        Self(seconds << 32 | fraction)
    }

    /// The middle 32 bits, in 1/65536 seconds: what report blocks refer to a sender report by.
    pub const fn middle(self) -> u32 {
        let [_, _, a, b, c, d, _, _] = self.0.to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }
}

const SECONDS_1900_TO_1970: u64 = 2_208_988_800;

impl<'a> SenderReport<'a> {
    pub(super) fn parse(raw: &Raw<'a>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(raw.body);
        Ok(Self {
            ssrc: Ssrc::read(&mut reader)?,
            ntp: NtpTimestamp(reader.u64()?),
            rtp: Timestamp::new(reader.u32()?),
            packet_count: reader.u32()?,
            octet_count: reader.u32()?,
            reports: report_blocks(&mut reader, raw.count)?,
            profile_extension: reader.all(),
        })
    }

    /// Appends the packet.
    ///
    /// # Errors
    /// [`WriteError::TooMany`] over 31 report blocks, [`WriteError::Length`] if the profile's extension
    /// is not whole words.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        write::packet(out, SENDER_REPORT, self.reports.len(), |out| {
            out.put_u32(self.ssrc.get());
            out.put_u64(self.ntp.get());
            out.put_u32(self.rtp.get());
            out.put_u32(self.packet_count);
            out.put_u32(self.octet_count);
            self.reports.write(out);
            out.put_slice(self.profile_extension);
            Ok(())
        })
    }
}

impl<'a> ReceiverReport<'a> {
    pub(super) fn parse(raw: &Raw<'a>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(raw.body);
        Ok(Self {
            ssrc: Ssrc::read(&mut reader)?,
            reports: report_blocks(&mut reader, raw.count)?,
            profile_extension: reader.all(),
        })
    }

    /// Appends the packet.
    ///
    /// # Errors
    /// [`WriteError::TooMany`] over 31 report blocks, [`WriteError::Length`] if the profile's extension
    /// is not whole words.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        write::packet(out, RECEIVER_REPORT, self.reports.len(), |out| {
            out.put_u32(self.ssrc.get());
            self.reports.write(out);
            out.put_slice(self.profile_extension);
            Ok(())
        })
    }
}

fn report_blocks<'a>(
    reader: &mut Reader<'a>,
    count: u8,
) -> Result<Items<'a, ReportBlock>, Truncated> {
    let blocks = reader.take(usize::from(count) * ReportBlock::SIZE)?;
    Ok(Items::from_wire(blocks))
}

impl WireItem for ReportBlock {
    const SIZE: usize = 24;

    fn read(reader: &mut Reader<'_>) -> Result<Self, Truncated> {
        let ssrc = Ssrc::read(reader)?;
        let [fraction_lost, a, b, c] = reader.take_array()?;
        Ok(Self {
            ssrc,
            fraction_lost,
            // In the upper 24 bits, so that the arithmetic shift extends the sign.
            cumulative_lost: i32::from_be_bytes([a, b, c, 0]) >> 8,
            highest_sequence_number: reader.u32()?,
            jitter: reader.u32()?,
            last_sender_report: reader.u32()?,
            delay_since_last_sender_report: reader.u32()?,
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.put_u32(self.ssrc.get());
        out.put_u8(self.fraction_lost);
        // RFC 3550 §A.3: "clamped at 0x7fffff for positive loss or 0x800000 for negative loss".
        let [_, low @ ..] = self
            .cumulative_lost
            .clamp(-0x80_0000, 0x7f_ffff)
            .to_be_bytes();
        out.put_slice(&low);
        out.put_u32(self.highest_sequence_number);
        out.put_u32(self.jitter);
        out.put_u32(self.last_sender_report);
        out.put_u32(self.delay_since_last_sender_report);
    }
}
