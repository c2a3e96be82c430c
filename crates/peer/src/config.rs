//! What a peer is told when it is made.

use core::{num::NonZeroUsize, time::Duration};
use std::sync::Arc;

use strata_crypto::Certificate;

use crate::{Codecs, Feedback};

/// How a [`Peer`](crate::Peer) shall behave. [`Config::new`] gives the defaults, of which the fields can be set.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Our DTLS certificate. Any number of peers may share one.
    pub certificate: Arc<Certificate>,
    /// What the ICE agent is told.
    pub ice: strata_ice::Config,
    /// The SRTP profiles to negotiate, the preferred one first. Default: all four, AES-128-GCM first.
    pub srtp_profiles: Vec<strata_dtls::SrtpProfile>,
    /// How many sources SRTP keeps state of, in each direction. The ones that were silent for longest are forgotten for
    /// others; no packet of theirs is taken twice all the same. Default: 1024, and the highest numbers of 4096 more.
    pub srtp: strata_srtp::Config,
    /// The largest datagram of the DTLS handshake, in bytes. Values below 128 count as 128, values above 16,384 as
    /// 16,384. Default: 1200, as browsers do.
    pub handshake_mtu: usize,
    /// Whether the other side's DTLS must know the extended master secret (RFC 7627). Default: yes, as every browser
    /// does; [`strata_dtls::Config`] says what is lost without it.
    pub require_extended_master_secret: bool,
    /// How long DTLS may take, from when ICE has found the first path; and how long SCTP may take after that. Then the
    /// peer closes. If only SCTP is late and there is media, only the channels close. Time without a path does not
    /// count. Default: 30 s.
    ///
    /// How long ICE may take is said in [`ice`](Self::ice). There is no limit for descriptions: it is the application
    /// that carries them.
    pub handshake_timeout: Duration,
    /// How long ICE may be [`Failed`](strata_ice::State::Failed) before the peer closes with
    /// [`CloseReason::IceFailed`](crate::CloseReason::IceFailed). Default: `None`, for ever. Then it is for the
    /// application to call [`Peer::close`](crate::Peer::close), or to find a way on:
    /// [`Peer::restart_ice`](crate::Peer::restart_ice), or another address. Meanwhile nothing else ends the peer:
    /// without a path the handshakes stand still, and so do SCTP's counts of timeouts.
    pub close_after_failed: Option<Duration>,
    /// What the SCTP association is told. Its ports and the other side's largest message come from
    /// the descriptions.
    pub sctp: strata_sctp::Config,
    /// The codecs to offer and to accept. Shared, for one process has many peers.
    pub codecs: Arc<Codecs>,
    /// What descriptions may promise in the name of the application. Default: nothing.
    pub keeps: Keeps,
    /// How many equal-sized datagrams one [`poll_transmit`](strata_core::Endpoint::poll_transmit) may
    /// append as a run for UDP segmentation offload. Default: 1, no runs. Linux takes 64 at most.
    pub max_segments: NonZeroUsize,
    /// What is kept at most.
    pub limits: Limits,
}

impl Config {
    /// The defaults, with this certificate.
    #[must_use]
    pub fn new(certificate: Arc<Certificate>) -> Self {
        Self {
            srtp_profiles: strata_dtls::Config::new(
                strata_dtls::Role::Client,
                Arc::clone(&certificate),
            )
            .srtp_profiles,
            certificate,
            ice: strata_ice::Config::default(),
            srtp: strata_srtp::Config::default(),
            handshake_mtu: 1200,
            require_extended_master_secret: true,
            handshake_timeout: Duration::from_secs(30),
            close_after_failed: None,
            sctp: strata_sctp::Config::default(),
            codecs: Arc::new(Codecs::default()),
            keeps: Keeps::NOTHING,
            max_segments: NonZeroUsize::MIN,
            limits: Limits::default(),
        }
    }
}

/// The promises of a description that only the application can keep.
///
/// The other side counts on what a description says: one that was promised an answer to its NACKs does
/// not protect its stream in another way. So offers contain, and answers accept, what is `true` here and
/// nothing else. The peer itself moves the packets: it tells of key frames that are asked for
/// ([`Event::KeyframeRequested`](crate::Event::KeyframeRequested)), passes all RTCP on
/// ([`Event::Rtcp`](crate::Event::Rtcp)), marks retransmissions that it receives, and sends what it is
/// given. The MID header extension and `a=rtcp-mux` it keeps alone; they are always there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Keeps {
    /// `a=rtcp-fb nack` (RFC 4585 §6.2.1): what a NACK names is sent again, and what is missed is asked
    /// for by [`Peer::write_nack`](crate::Peer::write_nack).
    pub nack: bool,
    /// `a=rtcp-fb nack pli` (RFC 4585 §6.3.1): a key frame is sent when one is asked for.
    pub pli: bool,
    /// `a=rtcp-fb ccm fir` (RFC 5104 §4.3.1): the same for full intra requests.
    pub fir: bool,
    /// `a=rtcp-fb goog-remb`: senders are told what they may send
    /// ([`Peer::write_remb`](crate::Peer::write_remb)), and we send no more than we are told.
    pub remb: bool,
    /// Retransmissions in a stream of their own (RFC 4588): they are taken
    /// ([`RtpPacket::is_repair`](crate::RtpPacket::is_repair)), and what is sent again goes as such
    /// ([`OutgoingRtp::repair`](crate::OutgoingRtp::repair)). Of use with `nack` only.
    pub rtx: bool,
    /// The audio level header extension (RFC 6464): the levels that the other side writes are read.
    pub audio_level: bool,
    /// `a=rtcp-rsize` (RFC 5506): RTCP packets that are no compound are understood. Where both sides said this, the
    /// peer writes its own feedback in that way.
    pub reduced_size_rtcp: bool,
}

impl Keeps {
    /// Nothing is promised.
    pub const NOTHING: Self = Self {
        nack: false,
        pli: false,
        fir: false,
        remb: false,
        rtx: false,
        audio_level: false,
        reduced_size_rtcp: false,
    };
    /// Everything is promised that can be.
    pub const EVERYTHING: Self = Self {
        nack: true,
        pli: true,
        fir: true,
        remb: true,
        rtx: true,
        audio_level: true,
        reduced_size_rtcp: true,
    };

    /// The feedback among it.
    pub(crate) const fn feedback(self) -> Feedback {
        Feedback {
            nack: self.nack,
            pli: self.pli,
            fir: self.fir,
            remb: self.remb,
        }
    }
}

/// What is kept at most. What goes beyond is refused to the caller, or dropped and counted in
/// [`Stats`](crate::Stats).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Media sections of a session, rejected ones included. Default: 256, a large conference. How many
    /// bytes a remote description may have follows from it:
    /// [`description_bytes`](Self::description_bytes).
    pub sections: usize,
    /// Codecs taken from one section of a remote description. Default: 128, for there are no more
    /// payload types.
    pub codecs: usize,
    /// Remote candidates that wait until ICE can start. Default: 64; browsers with several interfaces
    /// and TURN servers have about 20 for a bundle. ICE's own limit holds from then on.
    pub early_candidates: usize,
    /// Bytes of the DTLS handshake that arrive before the remote description does, or on a path that ICE still checks,
    /// and are kept until then, each datagram with some 90 bytes more. Default: 8192, two flights of three full
    /// datagrams.
    pub early_dtls_bytes: usize,
    /// RTP packets that were written but not yet polled. Default: 1024, a large video frame a few times
    /// over; their payloads are the application's own memory.
    pub rtp_queue: usize,
    /// Bytes of an RTP or RTCP packet to be sent, before protection. Default: 1428, which with the
    /// longest SRTP trailer fits IPv6 over Ethernet: 1500 less 48 of headers and 24.
    pub rtp_packet_bytes: usize,
    /// RTCP packets that were written but not yet polled. Default: 128.
    pub rtcp_queue: usize,
    /// Received RTP packets not yet taken by `poll_event`. Default: 1024.
    pub media_events: usize,
    /// Received RTCP packets, and requests for key frames in them, not yet taken by `poll_event`. They
    /// are apart, so that a burst of video cannot push them out. Default: 256; a conference of 100
    /// streams reports less often than that in a second.
    pub rtcp_events: usize,
    /// Changes of state and of the selected path not yet taken by `poll_event`; for a further one the oldest
    /// of its kind is forgotten. Default: 64, more than a call has.
    pub state_events: usize,
    /// Synchronisation sources of the other side whose section is remembered. Default: 512, two for
    /// each of [`sections`](Self::sections). Those that said BYE make room for further ones first, then that which
    /// has been silent for longest, and those that the other side has described last. Their packets can still be
    /// routed by MID and payload type. SRTP has a limit of its own ([`Config::srtp`]).
    pub sources: usize,
    /// Bytes of one piece of the memory that received media lies in, once there is much of it. Default:
    /// 64 KiB, some 50 packets. A piece lives as long as any packet in it.
    pub arena_bytes: usize,
}

impl Limits {
    /// Bytes of one remote description: 8 KiB for each of [`sections`](Self::sections). A browser's offer has
    /// 6 KB for one of video with every codec there is, and less for others, candidates included.
    #[must_use]
    pub const fn description_bytes(&self) -> usize {
        self.sections.saturating_mul(8 * 1024)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sections: 256,
            codecs: 128,
            early_candidates: 64,
            early_dtls_bytes: 8192,
            rtp_queue: 1024,
            rtp_packet_bytes: 1428,
            rtcp_queue: 128,
            media_events: 1024,
            rtcp_events: 256,
            state_events: 64,
            sources: 512,
            arena_bytes: 64 * 1024,
        }
    }
}
