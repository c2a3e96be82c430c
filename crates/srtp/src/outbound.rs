//! What we send.

use core::fmt;

use strata_core::{ReplayError, tracing};

use crate::{
    AddStreamError, Config, HeaderError, KeyLengthError, MasterKey, Profile, ProtectError, Stats,
    derivation::{Derivation, Label},
    header::{RtpHeader, rtcp_ssrc},
    index::{Index, MAX_RTCP_PACKETS, MAX_RTP_PACKETS},
    streams::{Found, NextReport, RtpWindow, Streams},
    transform::{Position, Protocol, TooLong, Trailer, Transform},
};

/// The index of an RTP packet, claimed by [`Outbound::claim`].
///
/// It cannot be copied, and [`Outbound::protect_claimed`] of the same context uses it up, so that no keystream is used
/// twice.
#[derive(PartialEq, Eq)]
pub struct Claim {
    /// `identity` of the [`Outbound`] that gave it.
    identity: [u8; 8],
    ssrc: u32,
    index: u64,
}

impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("ssrc", &self.ssrc)
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

/// Protects RTP and RTCP packets with one master key, for any number of SSRCs.
///
/// No index of an SSRC is used twice, whatever was forgotten: see [`Config`].
///
/// One context is for one direction: both sides of a session sending under the same master key and
/// salt, with an SSRC in common, would use the same keystream.
#[derive(Debug)]
pub struct Outbound {
    /// A number that follows from the keys. A claim that another key gave has another number.
    identity: [u8; 8],
    rtp: Transform,
    rtcp: Transform,
    /// Which indices have been used: a second time would reveal plaintext (AES-CM) or the
    /// authentication key (AES-GCM).
    sent: Streams<RtpWindow>,
    reports: Streams<NextReport>,
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
        let mut identity = [0; 8];
        Derivation::new(profile, master)?.derive(Label::Identity, &mut identity);
        Ok(Self {
            identity,
            rtp: Transform::derive(profile, master, Protocol::Rtp)?,
            rtcp: Transform::derive(profile, master, Protocol::Rtcp)?,
            sent: Streams::new(config),
            reports: Streams::new(config),
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

    /// Takes the index of an RTP packet that is protected later, by [`protect_claimed`](Self::protect_claimed): what
    /// [`protect_rtp`](Self::protect_rtp) would refuse then is refused now, and no other packet gets the index.
    ///
    /// # Errors
    /// [`ProtectError`]; nothing is taken then.
    pub fn claim(&mut self, ssrc: u32, sequence: u16) -> Result<Claim, ProtectError> {
        let index = self.next_rtp_index(ssrc, sequence);
        if let Err(error) = index {
            self.stats.rtp.count_protect(Err(error));
        }
        let index = index?;
        self.use_rtp_index(ssrc, index);
        Ok(Claim {
            identity: self.identity,
            ssrc,
            index,
        })
    }

    /// Protects the RTP packet that is `buf[start..]` with an index that was taken before.
    ///
    /// # Errors
    /// [`ProtectError::Unclaimed`] if the packet has another SSRC or sequence number than the claim, or the claim
    /// is of other keys; or it is malformed or too long. `buf` is then as it was.
    pub fn protect_claimed(
        &mut self,
        buf: &mut Vec<u8>,
        start: usize,
        claim: Claim,
    ) -> Result<(), ProtectError> {
        let result = self.try_protect_claimed(buf, start, claim);
        self.stats.rtp.count_protect(result);
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
        let window = self.sent.get(ssrc)?;
        Some(Index(window.newest()).rollover_counter())
    }

    /// Goes on with a stream that another context began under the same key, such as one on another machine.
    ///
    /// `rtp_index` is the first that may be used: 2^16 times the rollover counter, plus the sequence number.
    /// `rtcp_index` is that of the next RTCP packet, zero if there was none. A stream that is known already goes
    /// ahead to there, never back.
    ///
    /// # Errors
    /// [`AddStreamError`]: nothing has changed.
    pub fn add_stream(
        &mut self,
        ssrc: u32,
        rtp_index: u64,
        rtcp_index: u32,
    ) -> Result<(), AddStreamError> {
        let rtcp_index = u64::from(rtcp_index);
        if rtp_index >= MAX_RTP_PACKETS || rtcp_index >= MAX_RTCP_PACKETS {
            return Err(AddStreamError::OutOfRange);
        }
        self.sent.check_free(ssrc, rtp_index)?;
        if rtcp_index > 0 && matches!(self.reports.find(ssrc), Found::Retired) {
            return Err(AddStreamError::Retired);
        }
        let evicted = self.sent.update(ssrc, |window| {
            *window = match rtp_index.checked_sub(1) {
                Some(before) => RtpWindow::seen_up_to(before),
                None => RtpWindow::new(),
            };
            // Where the sequence numbers are counted from.
            window.advance(rtp_index);
        });
        self.stats.rtp.count_forgotten(evicted);
        if rtcp_index > 0 {
            let evicted = self
                .reports
                .update(ssrc, |next| next.0 = next.0.max(rtcp_index));
            self.stats.rtcp.count_forgotten(evicted);
        }
        Ok(())
    }

    /// Forgets a stream that has ended, so that another may take its place; whether it was known.
    ///
    /// Should the SSRC be used again, its indices go on: behind the highest one nothing is protected.
    pub fn remove_stream(&mut self, ssrc: u32) -> bool {
        let media = self.sent.forget(ssrc);
        let reports = self.reports.forget(ssrc);
        media || reports
    }

    fn try_protect_rtp(&mut self, buf: &mut Vec<u8>, start: usize) -> Result<(), ProtectError> {
        let header = RtpHeader::parse(packet(buf, start)?)?;
        let ssrc = header.ssrc;
        let index = self.next_rtp_index(ssrc, header.sequence)?;
        let position = Position { ssrc, index };
        self.rtp.seal_rtp(position, buf, start, header.len)?;
        self.use_rtp_index(ssrc, index);
        Ok(())
    }

    fn try_protect_claimed(
        &mut self,
        buf: &mut Vec<u8>,
        start: usize,
        Claim {
            identity,
            ssrc,
            index,
        }: Claim,
    ) -> Result<(), ProtectError> {
        let header = RtpHeader::parse(packet(buf, start)?)?;
        let claimed = (self.identity, header.ssrc, header.sequence);
        if (identity, ssrc, Index(index).sequence()) != claimed {
            return Err(ProtectError::Unclaimed);
        }
        let position = Position { ssrc, index };
        Ok(self.rtp.seal_rtp(position, buf, start, header.len)?)
    }

    /// The index that a packet would have.
    fn next_rtp_index(&mut self, ssrc: u32, sequence: u16) -> Result<u64, ProtectError> {
        if self.stats.rtp.packets >= MAX_RTP_PACKETS {
            return Err(ProtectError::KeyExhausted);
        }
        match self.sent.find(ssrc) {
            Found::Live(window) => next_index(window, sequence),
            Found::Forgotten(highest) => next_index(&RtpWindow::seen_up_to(highest), sequence),
            Found::Retired => Err(ProtectError::Retired),
            // RFC 3711 §3.3.1: when the session starts, ROC is zero.
            Found::New => Ok(u64::from(sequence)),
        }
    }

    fn use_rtp_index(&mut self, ssrc: u32, index: u64) {
        let evicted = self.sent.update(ssrc, |window| window.accept(index));
        self.stats.rtp.count_forgotten(evicted);
    }

    fn try_protect_rtcp(&mut self, buf: &mut Vec<u8>, start: usize) -> Result<(), ProtectError> {
        let ssrc = rtcp_ssrc(packet(buf, start)?)?;
        // RFC 3711 §3.4: the index is zero before the first packet, and goes up by one after each.
        let index = match self.reports.find(ssrc) {
            Found::Live(next) => next.0,
            Found::Forgotten(highest) => highest.saturating_add(1),
            Found::Retired => return Err(ProtectError::Retired),
            Found::New => 0,
        };
        if self.stats.rtcp.packets >= MAX_RTCP_PACKETS || index >= MAX_RTCP_PACKETS {
            return Err(ProtectError::KeyExhausted);
        }
        let trailer = Trailer::new(true, u32::try_from(index).unwrap_or(u32::MAX));
        let position = Position { ssrc, index };
        self.rtcp.seal_rtcp(position, trailer, buf, start)?;
        let evicted = self
            .reports
            .update(ssrc, |next| next.0 = index.saturating_add(1));
        self.stats.rtcp.count_forgotten(evicted);
        Ok(())
    }
}

/// The index of the next packet of a stream.
fn next_index(window: &RtpWindow, sequence: u16) -> Result<u64, ProtectError> {
    let estimate = Index(window.newest()).estimate(sequence);
    let index = estimate.ok_or(ProtectError::TooOld)?;
    // RFC 3711 §3.3.1: no more packets than 2^48 with one key.
    if index >= MAX_RTP_PACKETS {
        return Err(ProtectError::KeyExhausted);
    }
    window.check(index)?;
    Ok(index)
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

impl From<ReplayError> for ProtectError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Repeated => Self::Repeated,
            ReplayError::TooOld => Self::TooOld,
        }
    }
}

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
        context.add_stream(5, MAX_RTP_PACKETS - 1, 0).unwrap();
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
        context.add_stream(5, 0, (1 << 31) - 1).unwrap();
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
    fn what_is_claimed_is_protected_later_in_any_order_and_once() {
        let (mut late, mut at_once) = (context(), context());
        let claims: Vec<_> = [9, 8, 10]
            .map(|number| late.claim(5, number).unwrap())
            .into();
        assert_eq!(late.claim(5, 9), Err(ProtectError::Repeated));
        assert_eq!(
            late.protect_rtp(&mut rtp(8), 0),
            Err(ProtectError::Repeated)
        );
        assert_eq!(late.stats().rtp.repeated, 2);
        for (claim, number) in claims.into_iter().zip([9, 8, 10]) {
            let [mut one, mut other] = [rtp(number), rtp(number)];
            late.protect_claimed(&mut one, 0, claim).unwrap();
            at_once.protect_rtp(&mut other, 0).unwrap();
            assert_eq!(one, other);
        }
        assert_eq!(late.stats().rtp.packets, 3);
    }

    #[test]
    fn a_claim_is_for_one_packet() {
        let mut context = context();
        let other_stream = context.claim(6, 1).unwrap();
        let other_number = context.claim(5, 2).unwrap();
        for claim in [other_stream, other_number] {
            let mut packet = rtp(1);
            let result = context.protect_claimed(&mut packet, 0, claim);
            assert_eq!(result, Err(ProtectError::Unclaimed));
            assert_eq!(packet, rtp(1));
        }
        // Keys change, and a claim of the old ones is left over: its index is another packet's now.
        let master = MasterKey::new(&[1; 16], &[3; 12]);
        let mut rekeyed = Outbound::new(Profile::AeadAes128Gcm, &master).unwrap();
        let left_over = rekeyed.claim(5, 1).unwrap();
        let result = context.protect_claimed(&mut rtp(1), 0, left_over);
        assert_eq!(result, Err(ProtectError::Unclaimed));
        assert_eq!(context.stats().rtp.unclaimed, 3);
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
