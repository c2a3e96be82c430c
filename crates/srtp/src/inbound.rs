//! What arrives.

use strata_core::{ReplayError, tracing};

use crate::{
    AddStreamError, Config, HeaderError, KeyLengthError, MasterKey, Profile, Stats, UnprotectError,
    header::{RTCP_FIXED_LEN, RtpHeader, rtcp_ssrc},
    index::{Index, MAX_RTP_PACKETS, ROLLOVER},
    mki::MkiSearch,
    streams::{Found, RtcpWindow, RtpWindow, Stream, Streams},
    transform::{Position, Protocol, Trailer, Transform, Unauthentic},
};

/// Authenticates and decrypts SRTP and SRTCP packets of one master key, of any number of SSRCs.
///
/// Until the tag of a packet is found right, nothing is remembered of the packet except that it was refused. So
/// strangers cannot make a stream, push one out, move a window or change a rollover counter. No packet is taken
/// twice, whatever was forgotten: see [`Config`].
///
/// # Finding a lost rollover counter
///
/// SRTP does not send the rollover counter; a receiver counts along (RFC 3711 §3.3.1). Three things
/// would make it lose count for good, and the RFC leaves it to the receiver to do better:
///
/// - The packets up to the sequence number's first wrap are lost, so that the first that arrives has
///   rollover counter one. A new stream in the lower half of the sequence numbers is therefore tried
///   with zero, and then with one. Who joins later than that must be told
///   ([`add_stream`](Self::add_stream)).
/// - More than 2^15 packets are lost in a row, such as 13 seconds of 30 Mbit/s. Each packet of a stream of which
///   16 packets in a row were refused is tried once more, with one of the next 16 rollover counters. So a
///   stream is found again after a loss of up to a million packets, by at most 32 packets in a row.
/// - Both, while the stream was forgotten: it is searched for in the same way, at once.
///
/// Either is taken only if the tag is right. The price is a second try for forged packets.
#[derive(Debug)]
pub struct Inbound {
    rtp: Transform,
    rtcp: Transform,
    media: Streams<Media>,
    reports: Streams<RtcpWindow>,
    /// A copy of the packet, where a second try may be needed: the first try overwrites the packet, also if it fails.
    scratch: Vec<u8>,
    rtp_mki: MkiSearch,
    rtcp_mki: MkiSearch,
    stats: Stats,
}

#[derive(Debug, Default)]
struct Media {
    window: RtpWindow,
    /// How many packets in a row were refused.
    refused: u8,
}

impl Stream for Media {
    fn used_up_to(index: u64) -> Self {
        Self {
            window: RtpWindow::seen_up_to(index),
            refused: 0,
        }
    }

    fn highest(&self) -> u64 {
        self.window.newest()
    }
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
            media: Streams::new(config),
            reports: Streams::new(config),
            scratch: Vec::new(),
            rtp_mki: MkiSearch::new(),
            rtcp_mki: MkiSearch::new(),
            stats: Stats::default(),
        })
    }

    /// Authenticates and decrypts an RTP packet in place, and says how long it is without its tag.
    ///
    /// # Errors
    /// [`UnprotectError`]: drop the packet. Its bytes may have been overwritten.
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        self.rtp_mki.keep(packet);
        let result = self.try_unprotect_rtp(packet);
        let result = name_mki(result, &mut self.rtp_mki, &self.rtp, packet, open_first_rtp);
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
        self.rtcp_mki.keep(packet);
        let result = self.try_unprotect_rtcp(packet);
        let result = name_mki(
            result,
            &mut self.rtcp_mki,
            &self.rtcp,
            packet,
            open_first_rtcp,
        );
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
        let media = self.media.get(ssrc)?;
        Some(Index(media.window.newest()).rollover_counter())
    }

    /// Joins a stream in the middle: its rollover counter was told out of band (RFC 3711 §3.3.1).
    ///
    /// `index` is 2^16 times the rollover counter, plus the sequence number of about the next packet. A stream
    /// that is known already goes ahead to there. RTCP needs none of this: its packets carry their index.
    ///
    /// ```
    /// use strata_srtp::{Inbound, MasterKey, Outbound, Profile};
    ///
    /// let (profile, master) = (Profile::Aes128CmHmacSha1_80, MasterKey::new(&[7; 16], &[9; 14]));
    /// let (mut alice, mut bob) = (Outbound::new(profile, &master)?, Inbound::new(profile, &master)?);
    /// // Sequence number 100 after three wraps, from SSRC 5.
    /// let mut packet = b"\x80\x60\0\x64\0\0\0\0\0\0\0\x05payload".to_vec();
    /// alice.add_stream(5, (3 << 16) + 100, 0)?;
    /// alice.protect_rtp(&mut packet, 0)?;
    ///
    /// assert!(bob.unprotect_rtp(&mut packet.clone()).is_err());
    /// bob.add_stream(5, (3 << 16) + 100)?;
    /// bob.unprotect_rtp(&mut packet)?;
    /// assert_eq!(bob.rollover_counter(5), Some(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`AddStreamError`]: nothing has changed.
    pub fn add_stream(&mut self, ssrc: u32, index: u64) -> Result<(), AddStreamError> {
        if index >= MAX_RTP_PACKETS {
            return Err(AddStreamError::OutOfRange);
        }
        self.media.check_free(ssrc, index)?;
        let evicted = self.media.update(ssrc, |media| {
            media.window.advance(index);
            media.refused = 0;
        });
        self.stats.rtp.count_forgotten(evicted);
        Ok(())
    }

    /// Forgets a stream that has ended (RTCP BYE), so that another may take its place; whether it was known.
    ///
    /// Its packets can not be replayed. Should the SSRC speak again, it goes on behind its highest index.
    pub fn remove_stream(&mut self, ssrc: u32) -> bool {
        let media = self.media.forget(ssrc);
        let reports = self.reports.forget(ssrc);
        media || reports
    }

    fn try_unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        let header = RtpHeader::parse(packet)?;
        check_length(packet, self.rtp.sealed_len(header.len))?;
        let ssrc = header.ssrc;
        let candidates = self.candidates(ssrc, header.sequence)?;
        let opened = self.open_one(&header, candidates, packet)?;
        let evicted = self.media.update(ssrc, |media| {
            media.window.accept(opened.index);
            media.refused = 0;
        });
        self.stats.rtp.count_forgotten(evicted);
        let roc = opened.index >> 16;
        if candidates.is_new {
            tracing::debug!(ssrc, roc, "new RTP stream");
        } else if opened.searched {
            self.stats.rtp.count_resynchronized();
            tracing::debug!(ssrc, roc, "rollover counter found again");
        }
        Ok(opened.length)
    }

    /// Which indices a packet may have. It counts as refused until it is found authentic.
    fn candidates(&mut self, ssrc: u32, sequence: u16) -> Result<Candidates, UnprotectError> {
        let (estimate, first, second);
        match self.media.find(ssrc) {
            Found::Live(media) => {
                estimate = Index(media.window.newest()).estimate(sequence);
                first = place(&media.window, estimate);
                let lost = media.refused >= REFUSED_BEFORE_SEARCH;
                second = lost.then(|| Index::search(estimate, sequence));
                media.refused = media.refused.saturating_add(1);
            }
            Found::Forgotten(highest) => {
                estimate = Index(highest).estimate(sequence);
                first = place(&RtpWindow::seen_up_to(highest), estimate);
                second = Some(Index::search(estimate, sequence));
            }
            Found::Retired => return Err(UnprotectError::Retired),
            Found::New => {
                // RFC 3711 §3.3.1: ROC is zero at the beginning, and s_l the first sequence number seen.
                let index = u64::from(sequence);
                let wrapped = sequence < 0x8000;
                return Ok(Candidates {
                    first: Ok(index),
                    second: wrapped.then_some(index.saturating_add(ROLLOVER)),
                    is_new: true,
                });
            }
        }
        Ok(Candidates {
            first,
            // The window need not be asked: this index is ahead of all that were seen.
            second: second.filter(|index| *index < MAX_RTP_PACKETS),
            is_new: false,
        })
    }

    /// Unprotects a packet whose index is one of the candidates. The error is that of the first.
    fn open_one(
        &mut self,
        header: &RtpHeader,
        candidates: Candidates,
        packet: &mut [u8],
    ) -> Result<Opened, UnprotectError> {
        let ssrc = header.ssrc;
        if candidates.second.is_some() {
            self.scratch.clear();
            self.scratch.extend_from_slice(packet);
        }
        let first = candidates.first.and_then(|index| {
            let position = Position { ssrc, index };
            let length = self.rtp.open_rtp(position, packet, header.len)?;
            Ok(Opened {
                length,
                index,
                searched: false,
            })
        });
        let (Err(_), Some(index)) = (first, candidates.second) else {
            return first;
        };
        packet.copy_from_slice(&self.scratch);
        let position = Position { ssrc, index };
        match self.rtp.open_rtp(position, packet, header.len) {
            Ok(length) => Ok(Opened {
                length,
                index,
                searched: true,
            }),
            Err(Unauthentic) => first,
        }
    }

    fn try_unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, UnprotectError> {
        let ssrc = rtcp_ssrc(packet)?;
        check_length(packet, self.rtcp.sealed_len(SEALED_RTCP_CLEAR))?;
        let trailer = self
            .rtcp
            .trailer(packet)
            .ok_or(UnprotectError::Unauthentic)?;
        let index = u64::from(trailer.index());
        match self.reports.find(ssrc) {
            Found::Live(window) => window.check(index)?,
            Found::Forgotten(highest) => RtcpWindow::seen_up_to(highest).check(index)?,
            Found::Retired => return Err(UnprotectError::Retired),
            Found::New => {}
        }
        let position = Position { ssrc, index };
        let length = self.rtcp.open_rtcp(position, trailer, packet)?;
        let evicted = self.reports.update(ssrc, |window| window.accept(index));
        self.stats.rtcp.count_forgotten(evicted);
        Ok(length)
    }
}

/// Which indices a packet may have.
#[derive(Clone, Copy, Debug)]
struct Candidates {
    first: Result<u64, UnprotectError>,
    second: Option<u64>,
    /// Of a stream of which nothing was heard before.
    is_new: bool,
}

/// An authentic packet.
#[derive(Clone, Copy, Debug)]
struct Opened {
    length: usize,
    index: u64,
    /// It was the second candidate.
    searched: bool,
}

/// RFC 3711 §3.3: the replay check comes before authentication and decryption; rollover counter and replay
/// list are updated after them.
fn place(window: &RtpWindow, estimate: Option<u64>) -> Result<u64, UnprotectError> {
    // `None`: the index would be less than zero.
    let index = estimate.ok_or(UnprotectError::TooOld)?;
    if index >= MAX_RTP_PACKETS {
        return Err(UnprotectError::KeyExhausted);
    }
    window.check(index)?;
    Ok(index)
}

/// The result for a packet. If the packet is not authentic because it has a master key identifier, the error becomes
/// [`UnprotectError::Mki`]. `open` says whether a packet is authentic.
fn name_mki(
    result: Result<usize, UnprotectError>,
    search: &mut MkiSearch,
    transform: &Transform,
    packet: &mut [u8],
    open: fn(&Transform, &mut [u8]) -> bool,
) -> Result<usize, UnprotectError> {
    match result {
        Ok(_) => search.stop(),
        Err(UnprotectError::Unauthentic) => {
            let found = search.find(transform.behind_mki(), packet, |rest| open(transform, rest));
            if let Some(octets) = found {
                return Err(UnprotectError::Mki { octets });
            }
        }
        Err(_) => {}
    }
    result
}

/// Whether a packet is an authentic RTP packet from before the first rollover.
fn open_first_rtp(transform: &Transform, packet: &mut [u8]) -> bool {
    let Ok(header) = RtpHeader::parse(packet) else {
        return false;
    };
    let position = Position {
        ssrc: header.ssrc,
        index: u64::from(header.sequence),
    };
    check_length(packet, transform.sealed_len(header.len)).is_ok()
        && transform.open_rtp(position, packet, header.len).is_ok()
}

/// Whether a packet is an authentic RTCP packet.
fn open_first_rtcp(transform: &Transform, packet: &mut [u8]) -> bool {
    let (Ok(ssrc), Some(trailer)) = (rtcp_ssrc(packet), transform.trailer(packet)) else {
        return false;
    };
    let index = u64::from(trailer.index());
    let position = Position { ssrc, index };
    check_length(packet, transform.sealed_len(SEALED_RTCP_CLEAR)).is_ok()
        && transform.open_rtcp(position, trailer, packet).is_ok()
}

/// What of an SRTCP packet is never encrypted: the header in front, and the word with the index behind.
const SEALED_RTCP_CLEAR: usize = RTCP_FIXED_LEN + Trailer::LEN;

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

impl From<ReplayError> for UnprotectError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Repeated => Self::Replayed,
            ReplayError::TooOld => Self::TooOld,
        }
    }
}

/// A few duplicates or forged packets among good ones never get there; a stream that has lost count does
/// so within a fraction of a second.
const REFUSED_BEFORE_SEARCH: u8 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_beyond_the_last_is_refused() {
        let master = MasterKey::new(&[1; 16], &[2; 12]);
        let mut context = Inbound::new(Profile::AeadAes128Gcm, &master).unwrap();
        context.add_stream(0, MAX_RTP_PACKETS - 1).unwrap();
        let mut packet = [0; 40];
        packet[0] = 0x80;
        let error = context.unprotect_rtp(&mut packet);
        assert_eq!(error, Err(UnprotectError::KeyExhausted));
    }
}
