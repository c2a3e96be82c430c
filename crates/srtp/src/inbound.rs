//! What arrives.

use crate::{
    Config, HeaderError, KeyLengthError, MasterKey, Profile, Stats, UnprotectError,
    header::{RTCP_FIXED_LEN, RtpHeader, rtcp_ssrc},
    outbound::{MAX_RTP_PACKETS, RTP_WINDOW_WORDS},
    replay::{Refusal, Window},
    streams::Streams,
    transform::{Position, Protocol, Trailer, Transform, Unauthentic},
};

/// Authenticates and decrypts SRTP and SRTCP packets of one master key, of any number of SSRCs up to a
/// limit.
///
/// Nothing is remembered of a packet before its tag is found right, but that it was refused: strangers can
/// make no streams, move no window and roll over no counter.
///
/// # Finding a lost rollover counter
///
/// SRTP does not send the rollover counter; a receiver counts along (RFC 3711 §3.3.1). Two things
/// would make it lose count for good, and the RFC leaves it to the receiver to do better:
///
/// - The packets up to the sequence number's first wrap are lost, so that the first that arrives has
///   rollover counter one. A new stream in the lower half of the sequence numbers is therefore tried
///   with zero, and then with one.
/// - More than 2^15 packets are lost in a row, such as 13 seconds of 30 Mbit/s. A known stream of which 16
///   packets in a row are refused is tried with the next rollover counter, too.
///
/// Either is taken only if the tag is right. The price is a second try for forged packets.
#[derive(Debug)]
pub struct Inbound {
    rtp: Transform,
    rtcp: Transform,
    media: Streams<Media>,
    reports: Streams<Window<RTCP_WINDOW_WORDS>>,
    /// A copy of the packet where a second try may be needed: a first that fails leaves nothing of it.
    scratch: Vec<u8>,
    stats: Stats,
}

#[derive(Debug)]
struct Media {
    window: Window<RTP_WINDOW_WORDS>,
    /// How many packets in a row were refused.
    refused: u8,
}

impl Inbound {
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
            media: Streams::new(config.max_streams),
            reports: Streams::new(config.max_streams),
            scratch: Vec::new(),
            stats: Stats::default(),
        })
    }

    /// Authenticates and decrypts an RTP packet in place, and says how long it is without its tag.
    ///
    /// # Errors
    /// [`UnprotectError`]: drop the packet. Its bytes may have been overwritten.
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        let result = self.try_unprotect_rtp(packet);
        self.stats.rtp.count_unprotect(result);
        if let Err(error) = result {
            tracing::trace!(%error, "RTP packet dropped");
        }
        result
    }

    /// Authenticates and decrypts an RTCP packet in place, and says how long it is without index and tag.
    ///
    /// A packet that says it is not encrypted (E = 0) is taken, too, if it is authentic.
    ///
    /// # Errors
    /// [`UnprotectError`]: drop the packet. Its bytes may have been overwritten.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        let result = self.try_unprotect_rtcp(packet);
        self.stats.rtcp.count_unprotect(result);
        if let Err(error) = result {
            tracing::trace!(%error, "RTCP packet dropped");
        }
        result
    }

    /// What has been done so far.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The rollover counter of a stream: how often its sequence number has wrapped.
    pub fn rollover_counter(&self, ssrc: u32) -> Option<u32> {
        self.media
            .get(ssrc)
            .map(|media| media.window.rollover_counter())
    }

    /// Forgets an SSRC, so that another may take its place; whether it was known.
    ///
    /// For streams that have ended. Their packets could be replayed from now on, unless the layer above
    /// refuses the SSRC.
    pub fn remove_stream(&mut self, ssrc: u32) -> bool {
        let media = self.media.remove(ssrc);
        let reports = self.reports.remove(ssrc);
        media || reports
    }

    fn try_unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        let header = RtpHeader::parse(packet)?;
        check_length(packet, header.len + self.rtp.tag_len())?;
        let Some(media) = self.media.get_mut(header.ssrc) else {
            return self.admit(&header, packet);
        };
        let estimate = media.window.estimate(header.sequence);
        if media.refused < REFUSED_BEFORE_RESYNC {
            let result = open(&self.rtp, &mut media.window, &header, estimate, packet);
            media.refused = match result {
                Ok(_) => 0,
                Err(_) => media.refused + 1,
            };
            return result;
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(packet);
        let first = open(&self.rtp, &mut media.window, &header, estimate, packet);
        let Err(error) = first else {
            media.refused = 0;
            return first;
        };
        // An estimate before the beginning is ROC - 1 where ROC is zero: the next is zero itself.
        let next = match estimate {
            Some(index) => index + ROLLOVER,
            None => u64::from(header.sequence),
        };
        packet.copy_from_slice(&self.scratch);
        let second = open(&self.rtp, &mut media.window, &header, Some(next), packet);
        let length = second.map_err(|_| error)?;
        media.refused = 0;
        self.stats.rtp.resynchronized += 1;
        tracing::debug!(
            header.ssrc,
            roc = next >> 16,
            "rollover counter found again"
        );
        Ok(length)
    }

    /// The first packet of a stream.
    fn admit(&mut self, header: &RtpHeader, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        // Looked at first, since an authentic packet would be refused, too.
        if self.media.is_full() {
            return Err(UnprotectError::TooManyStreams);
        }
        let ssrc = header.ssrc;
        // RFC 3711 §3.3.1: ROC is zero at the beginning, and s_l the first sequence number seen.
        let mut index = u64::from(header.sequence);
        let wrapped = header.sequence < 0x8000;
        if wrapped {
            self.scratch.clear();
            self.scratch.extend_from_slice(packet);
        }
        let mut result = self
            .rtp
            .open_rtp(Position { ssrc, index }, packet, header.len);
        if result.is_err() && wrapped {
            index += ROLLOVER;
            packet.copy_from_slice(&self.scratch);
            result = self
                .rtp
                .open_rtp(Position { ssrc, index }, packet, header.len);
        }
        let length = result?;
        tracing::debug!(ssrc, roc = index >> 16, "new RTP stream");
        let window = Window::starting_at(index);
        self.media.insert(ssrc, Media { window, refused: 0 });
        Ok(length)
    }

    fn try_unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        let ssrc = rtcp_ssrc(packet)?;
        let needed = RTCP_FIXED_LEN + self.rtcp.tag_len() + Trailer::LEN;
        check_length(packet, needed)?;
        let trailer = self
            .rtcp
            .trailer(packet)
            .ok_or(UnprotectError::Unauthentic)?;
        let index = u64::from(trailer.index());
        let position = Position { ssrc, index };
        if let Some(window) = self.reports.get_mut(ssrc) {
            window.check(index)?;
            let length = self.rtcp.open_rtcp(position, trailer, packet)?;
            window.accept(index);
            return Ok(length);
        }
        if self.reports.is_full() {
            return Err(UnprotectError::TooManyStreams);
        }
        let length = self.rtcp.open_rtcp(position, trailer, packet)?;
        tracing::debug!(ssrc, "new RTCP stream");
        self.reports.insert(ssrc, Window::starting_at(index));
        Ok(length)
    }
}

/// Unprotects a packet of a known stream at `index`; in the order of RFC 3711 §3.3: replay check,
/// authentication, decryption, and only then the update of rollover counter and replay list.
fn open(
    transform: &Transform,
    window: &mut Window<RTP_WINDOW_WORDS>,
    header: &RtpHeader,
    index: Option<u64>,
    packet: &mut [u8],
) -> Result<usize, UnprotectError> {
    let index = index.ok_or(UnprotectError::TooOld)?;
    if index >= MAX_RTP_PACKETS {
        return Err(UnprotectError::KeyExhausted);
    }
    window.check(index)?;
    let ssrc = header.ssrc;
    let length = transform.open_rtp(Position { ssrc, index }, packet, header.len)?;
    window.accept(index);
    Ok(length)
}

const fn check_length(packet: &[u8], expected: usize) -> Result<(), HeaderError> {
    let actual = packet.len();
    if actual < expected {
        return Err(HeaderError::Truncated { expected, actual });
    }
    Ok(())
}

impl From<Unauthentic> for UnprotectError {
    fn from(_: Unauthentic) -> Self {
        Self::Unauthentic
    }
}

impl From<Refusal> for UnprotectError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Repeated => Self::Replayed,
            Refusal::TooOld => Self::TooOld,
        }
    }
}

/// 128 packets: RTCP is rare.
const RTCP_WINDOW_WORDS: usize = 3;

/// One more in the rollover counter.
const ROLLOVER: u64 = 1 << 16;

/// A few duplicates or forged packets among good ones never get there; a stream that has lost count does
/// so within a fraction of a second.
const REFUSED_BEFORE_RESYNC: u8 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_beyond_the_last_is_refused() {
        let master = MasterKey::new(&[1; 16], &[2; 12]);
        let mut context = Inbound::new(Profile::AeadAes128Gcm, &master).unwrap();
        let window = Window::starting_at(MAX_RTP_PACKETS - 1);
        context.media.insert(0, Media { window, refused: 0 });
        let mut packet = [0; 40];
        packet[0] = 0x80;
        let error = context.unprotect_rtp(&mut packet);
        assert_eq!(error, Err(UnprotectError::KeyExhausted));
    }
}
