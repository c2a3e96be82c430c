//! What we send.

use crate::{
    Config, HeaderError, KeyLengthError, MasterKey, Profile, ProtectError, Stats,
    header::{RtpHeader, rtcp_ssrc},
    replay::{Refusal, Window},
    streams::Streams,
    transform::{Position, Protocol, TooLong, Trailer, Transform},
};

/// Protects RTP and RTCP packets with one master key, for any number of SSRCs up to a limit.
///
/// One context is for one direction: both sides of a session sending under the same master key and
/// salt, with an SSRC in common, would use the same keystream.
#[derive(Debug)]
pub struct Outbound {
    rtp: Transform,
    rtcp: Transform,
    /// Which indices have been used: a second time would reveal plaintext (AES-CM) or the
    /// authentication key (AES-GCM).
    sent: Streams<Window<RTP_WINDOW_WORDS>>,
    /// The SRTCP index of the next packet.
    next_report: Streams<u32>,
    stats: Stats,
}

impl Outbound {
    /// A context with the default limits.
    ///
    /// # Errors
    /// [`KeyLengthError`] if `master` does not fit `profile`.
    pub fn new(profile: Profile, master: &MasterKey) -> Result<Self, KeyLengthError> {
        Self::with_config(profile, master, Config::default())
    }

    /// A context with limits of your own.
    ///
    /// # Errors
    /// [`KeyLengthError`] if `master` does not fit `profile`.
    pub fn with_config(
        profile: Profile,
        master: &MasterKey,
        config: Config,
    ) -> Result<Self, KeyLengthError> {
        Ok(Self {
            rtp: Transform::derive(profile, master, Protocol::Rtp)?,
            rtcp: Transform::derive(profile, master, Protocol::Rtcp)?,
            sent: Streams::new(config.max_streams),
            next_report: Streams::new(config.max_streams),
            stats: Stats::default(),
        })
    }

    /// Protects the RTP packet that is `buf[start..]`, in place, and appends its tag.
    ///
    /// A stream begins with rollover counter zero at whatever sequence number comes first. Packets may
    /// come out of order, up to 1024 behind the newest, but none twice.
    ///
    /// # Errors
    /// [`ProtectError`]; `buf` is then as it was, and the packet must not be sent.
    pub fn protect_rtp(&mut self, buf: &mut Vec<u8>, start: usize) -> Result<(), ProtectError> {
        let result = self.try_protect_rtp(buf, start);
        self.stats.rtp.count_protect(result);
        if let Err(error) = result {
            tracing::debug!(%error, "RTP packet not protected");
        }
        result
    }

    /// Encrypts the compound RTCP packet that is `buf[start..]`, in place, and appends index and tag.
    ///
    /// # Errors
    /// [`ProtectError`]; `buf` is then as it was, and the packet must not be sent.
    pub fn protect_rtcp(&mut self, buf: &mut Vec<u8>, start: usize) -> Result<(), ProtectError> {
        let result = self.try_protect_rtcp(buf, start);
        self.stats.rtcp.count_protect(result);
        if let Err(error) = result {
            tracing::debug!(%error, "RTCP packet not protected");
        }
        result
    }

    /// What has been done so far.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The rollover counter of a stream: how often its sequence number has wrapped.
    pub fn rollover_counter(&self, ssrc: u32) -> Option<u32> {
        self.sent.get(ssrc).map(Window::rollover_counter)
    }

    /// Forgets an SSRC, so that another may take its place; whether it was known.
    ///
    /// Never send with this SSRC again under this key: its counters would begin anew, and with them
    /// its keystream.
    pub fn remove_stream(&mut self, ssrc: u32) -> bool {
        let media = self.sent.remove(ssrc);
        let reports = self.next_report.remove(ssrc);
        media || reports
    }

    fn try_protect_rtp(&mut self, buf: &mut Vec<u8>, start: usize) -> Result<(), ProtectError> {
        let header = RtpHeader::parse(packet(buf, start)?)?;
        if self.stats.rtp.packets >= MAX_RTP_PACKETS {
            return Err(ProtectError::KeyExhausted);
        }
        let known = self.sent.get_mut(header.ssrc);
        let index = match &known {
            Some(window) => {
                let index = window
                    .estimate(header.sequence)
                    .ok_or(ProtectError::TooOld)?;
                // RFC 3711 §3.3.1: no more packets than 2^48 with one key.
                if index >= MAX_RTP_PACKETS {
                    return Err(ProtectError::KeyExhausted);
                }
                window.check(index)?;
                index
            }
            // RFC 3711 §3.3.1: when the session starts, ROC is zero.
            None => u64::from(header.sequence),
        };
        if known.is_none() && self.sent.is_full() {
            return Err(ProtectError::TooManyStreams);
        }
        let ssrc = header.ssrc;
        let position = Position { ssrc, index };
        self.rtp.seal_rtp(position, buf, start, header.len)?;
        match self.sent.get_mut(ssrc) {
            Some(window) => window.accept(index),
            None => self.sent.insert(ssrc, Window::starting_at(index)),
        }
        Ok(())
    }

    fn try_protect_rtcp(&mut self, buf: &mut Vec<u8>, start: usize) -> Result<(), ProtectError> {
        let ssrc = rtcp_ssrc(packet(buf, start)?)?;
        // RFC 3711 §3.4: the index is zero before the first packet, and goes up by one after each.
        let index = self.next_report.get_mut(ssrc).copied();
        if index.is_none() && self.next_report.is_full() {
            return Err(ProtectError::TooManyStreams);
        }
        let index = index.unwrap_or(0);
        if self.stats.rtcp.packets >= MAX_RTCP_PACKETS || u64::from(index) >= MAX_RTCP_PACKETS {
            return Err(ProtectError::KeyExhausted);
        }
        let position = Position {
            ssrc,
            index: u64::from(index),
        };
        self.rtcp
            .seal_rtcp(position, Trailer::new(true, index), buf, start)?;
        self.next_report.insert(ssrc, index + 1);
        Ok(())
    }
}

fn packet(buf: &[u8], start: usize) -> Result<&[u8], HeaderError> {
    buf.get(start..).ok_or(HeaderError::Truncated {
        expected: start,
        actual: buf.len(),
    })
}

impl From<TooLong> for ProtectError {
    fn from(_: TooLong) -> Self {
        Self::TooLong
    }
}

impl From<Refusal> for ProtectError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Repeated => Self::Repeated,
            Refusal::TooOld => Self::TooOld,
        }
    }
}

/// 1024 packets: as far back as a server that forwards may reorder, and 128 octets of state.
pub(crate) const RTP_WINDOW_WORDS: usize = 17;

/// RFC 3711 §9.2, RFC 7714 §10.
pub(crate) const MAX_RTP_PACKETS: u64 = 1 << 48;

/// RFC 3711 §9.2, RFC 7714 §10.
const MAX_RTCP_PACKETS: u64 = 1 << 31;

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Outbound {
        let master = MasterKey::new(&[1; 16], &[2; 12]);
        Outbound::new(Profile::AeadAes128Gcm, &master).unwrap()
    }

    fn rtp(sequence: u16) -> Vec<u8> {
        let [high, low] = sequence.to_be_bytes();
        vec![0x80, 96, high, low, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3]
    }

    #[test]
    fn the_last_rtp_index_is_used_and_none_after_it() {
        let mut context = context();
        context
            .sent
            .insert(5, Window::starting_at(MAX_RTP_PACKETS - 2));
        assert_eq!(context.protect_rtp(&mut rtp(65_535), 0), Ok(()));
        let mut packet = rtp(0);
        let error = context.protect_rtp(&mut packet, 0);
        assert_eq!(error, Err(ProtectError::KeyExhausted));
        assert_eq!(packet, rtp(0));
        assert_eq!(context.rollover_counter(5), Some(u32::MAX));
        assert_eq!(context.stats().rtp.key_exhausted, 1);
    }

    #[test]
    fn the_last_rtcp_index_is_used_and_none_after_it() {
        let mut context = context();
        context.next_report.insert(5, (1 << 31) - 1);
        let report = [0x80, 201, 0, 1, 0, 0, 0, 5];
        let mut packet = report.to_vec();
        assert_eq!(context.protect_rtcp(&mut packet, 0), Ok(()));
        assert!(packet.ends_with(&[0xff; 4]));
        let mut packet = report.to_vec();
        let error = context.protect_rtcp(&mut packet, 0);
        assert_eq!(error, Err(ProtectError::KeyExhausted));
        assert_eq!(packet, report);
    }

    #[test]
    fn a_key_is_exhausted_by_all_its_streams_together() {
        let mut context = context();
        context.stats.rtp.packets = MAX_RTP_PACKETS;
        context.stats.rtcp.packets = MAX_RTCP_PACKETS;
        let error = context.protect_rtp(&mut rtp(1), 0);
        assert_eq!(error, Err(ProtectError::KeyExhausted));
        let error = context.protect_rtcp(&mut vec![0x80, 201, 0, 1, 0, 0, 0, 5], 0);
        assert_eq!(error, Err(ProtectError::KeyExhausted));
    }
}
