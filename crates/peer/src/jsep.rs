//! The session that descriptions describe (RFC 9429): media sections, transceivers, signalling state.
//!
//! Nothing here knows of packets. What a completed exchange means for the transport comes out as
//! [`Negotiated`], and what each section may carry stands in its transceiver's `current` parameters.

mod answer;
mod local;
mod offer;
mod remote;
mod set;

use std::sync::Arc;

use strata_core::Entropy;
use strata_crypto::Fingerprint;
use strata_ice::Credentials;
use strata_rtp::Ssrc;
use strata_sdp::Direction;

pub(crate) use local::{LocalText, LocalTransport};
pub(crate) use remote::{RemoteDescription, RemoteTransport, Words};

use crate::{
    Codecs, DescriptionError, DescriptionKind, Limits, MediaKind, Mid, SignalingState, Transceiver,
    TransceiverId, signaling::SignalingAction, transceiver::Sender,
};

/// The session.
#[derive(Debug)]
pub(crate) struct Jsep {
    state: SignalingState,
    codecs: Arc<Codecs>,
    limits: Limits,
    names: Names,
    /// Index: [`TransceiverId`].
    transceivers: Vec<Transceiver>,
    /// In the order of the media lines.
    sections: Vec<Section>,
    /// Whether the application has asked for data channels.
    wants_data: bool,
    /// The last description made here and not yet set.
    created: Option<Created>,
    /// The remote offer that waits for our answer.
    remote_offer: Option<RemoteDescription>,
    /// What to go back to by rollback.
    saved: Option<Saved>,
    /// The last local description that was set.
    local: Option<LocalText>,
    /// What the transport was settled to; `None` before the first exchange is complete.
    settled: Option<Settled>,
    /// Whether our next offer restarts ICE.
    restarting: bool,
    entropy: Entropy,
}

/// What our descriptions call things.
#[derive(Debug)]
struct Names {
    session_id: u64,
    session_version: u64,
    cname: String,
    stream: String,
}

/// One media section.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) mid: Mid,
    /// Whether descriptions say `a=mid`.
    pub(crate) named: bool,
    pub(crate) content: Content,
    pub(crate) line: Words,
    pub(crate) rejected: bool,
}

/// What a media section is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Media(TransceiverId),
    Data,
    /// Always rejected.
    Other,
}

/// A description that was made and what is to become of the session when it is set.
#[derive(Debug)]
struct Created {
    kind: DescriptionKind,
    text: LocalText,
    plan: Vec<local::Planned>,
}

/// What rollback goes back to (RFC 9429 §4.1.10.2).
#[derive(Debug)]
struct Saved {
    transceivers: Vec<Transceiver>,
    sections: Vec<Section>,
    local: Option<LocalText>,
}

/// What stays as long as the DTLS association does (RFC 8842 §5.5), and the other side's last session
/// of ICE.
#[derive(Clone, Debug)]
struct Settled {
    role: strata_dtls::Role,
    fingerprints: Vec<Fingerprint>,
    credentials: Credentials,
}

/// What a completed exchange means for the transport.
#[derive(Clone, Debug)]
pub(crate) struct Negotiated {
    pub(crate) transport: RemoteTransport,
    /// Our DTLS role.
    pub(crate) role: strata_dtls::Role,
    /// Whether the offer was ours.
    pub(crate) offerer: bool,
    pub(crate) data: DataSection,
}

/// What became of the data section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DataSection {
    /// There is none.
    Absent,
    /// The other side did not take it.
    Rejected,
    Accepted {
        remote_port: u16,
        /// `None`: any.
        max_message_size: Option<u64>,
    },
}

/// What setting a description has changed.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) tracks: Vec<TransceiverId>,
    pub(crate) negotiated: Option<Negotiated>,
}

impl Jsep {
    pub(crate) fn new(codecs: Arc<Codecs>, limits: Limits, mut entropy: Entropy) -> Self {
        Self {
            state: SignalingState::Stable,
            codecs,
            limits,
            names: Names {
                // RFC 9429 §5.2.1: 64 bits, the highest two of them zero.
                session_id: entropy.u64() >> 2,
                session_version: 0,
                cname: token(&mut entropy),
                stream: token(&mut entropy),
            },
            transceivers: Vec::new(),
            sections: Vec::new(),
            wants_data: false,
            created: None,
            remote_offer: None,
            saved: None,
            local: None,
            settled: None,
            restarting: false,
            entropy,
        }
    }

    pub(crate) const fn state(&self) -> SignalingState {
        self.state
    }

    pub(crate) fn close(&mut self) {
        self.state = self
            .state
            .after(SignalingAction::Close)
            .unwrap_or(SignalingState::Closed);
    }

    pub(crate) fn cname(&self) -> &str {
        &self.names.cname
    }

    pub(crate) fn transceivers(&self) -> &[Transceiver] {
        &self.transceivers
    }

    pub(crate) fn transceiver(&self, id: TransceiverId) -> Option<&Transceiver> {
        self.transceivers.get(id.index())
    }

    pub(crate) const fn want_data(&mut self) {
        self.wants_data = true;
    }

    pub(crate) const fn local(&self) -> Option<&LocalText> {
        self.local.as_ref()
    }

    /// Whether the other side has described itself.
    pub(crate) const fn has_remote(&self) -> bool {
        self.settled.is_some() || self.remote_offer.is_some()
    }

    pub(crate) const fn has_remote_offer(&self) -> bool {
        self.remote_offer.is_some()
    }

    /// The ICE credentials of the offer that waits for our answer.
    pub(crate) fn offered_credentials(&self) -> Option<&Credentials> {
        let transport = self.remote_offer.as_ref()?.transport.as_ref()?;
        Some(&transport.credentials)
    }

    /// Our next offer has new ICE credentials.
    pub(crate) const fn expect_restart(&mut self) {
        self.restarting = true;
    }

    fn role(&self) -> Option<strata_dtls::Role> {
        self.settled.as_ref().map(|settled| settled.role)
    }

    /// Whether `transport` can go on with the DTLS association there is. RFC 8842 §5.1: another
    /// fingerprint means another association.
    fn check_association(&self, transport: &RemoteTransport) -> Result<(), DescriptionError> {
        let Some(settled) = &self.settled else {
            return Ok(());
        };
        let same = |fingerprint| settled.fingerprints.contains(fingerprint);
        if transport.fingerprints.iter().any(same) {
            Ok(())
        } else {
            Err(DescriptionError::NewAssociation)
        }
    }

    /// Whether a candidate for this section can be taken now.
    pub(crate) fn has_section(&self, mid: Mid) -> bool {
        let offered = self.remote_offer.iter().flat_map(|offer| &offer.sections);
        self.sections.iter().any(|section| section.mid == mid)
            || offered.into_iter().any(|section| section.mid == mid)
    }

    /// The section whose description carries the candidates: the first that is in use.
    pub(crate) fn tagged_mid(&self) -> Option<Mid> {
        let used = self.sections.iter().find(|section| !section.rejected)?;
        Some(used.mid)
    }

    /// Whether any section carries media that both sides accepted.
    pub(crate) fn has_media(&self) -> bool {
        self.transceivers
            .iter()
            .any(|t| t.current.is_some() && !t.stopped)
    }

    pub(crate) fn add_transceiver(
        &mut self,
        kind: MediaKind,
        direction: Direction,
        by_remote: bool,
    ) -> TransceiverId {
        let id = TransceiverId(u32::try_from(self.transceivers.len()).unwrap_or(u32::MAX));
        let has_rtx = self.codecs.of(kind).iter().any(|codec| codec.rtx.is_some());
        let sender = Sender {
            ssrc: self.fresh_ssrc(None),
            rtx: None,
            track: token(&mut self.entropy),
        };
        let rtx = has_rtx.then(|| self.fresh_ssrc(Some(sender.ssrc)));
        self.transceivers.push(Transceiver {
            id,
            kind,
            direction,
            mid: None,
            stopped: false,
            by_remote,
            sender: Sender { rtx, ..sender },
            offered: None,
            current: None,
        });
        id
    }

    pub(crate) fn set_direction(&mut self, id: TransceiverId, direction: Direction) -> bool {
        let transceiver = self.transceivers.get_mut(id.index());
        transceiver.is_some_and(|transceiver| {
            transceiver.direction = direction;
            !transceiver.stopped
        })
    }

    /// RFC 3550 §8.1: random, and none of our own twice.
    fn fresh_ssrc(&mut self, besides: Option<Ssrc>) -> Ssrc {
        loop {
            let ssrc = Ssrc::new(self.entropy.u32());
            let used = |sender: &Sender| sender.ssrc == ssrc || sender.rtx == Some(ssrc);
            let taken = self.transceivers.iter().any(|t| used(&t.sender));
            // 0 is what SSRC-less feedback says.
            if !taken && besides != Some(ssrc) && ssrc.get() != 0 {
                return ssrc;
            }
        }
    }

    /// The state after `action`, or why it cannot be.
    const fn after(
        &self,
        action: SignalingAction,
        kind: DescriptionKind,
    ) -> Result<SignalingState, DescriptionError> {
        match self.state.after(action) {
            Some(state) => Ok(state),
            None => Err(DescriptionError::WrongState {
                kind,
                state: self.state,
            }),
        }
    }

    fn save(&mut self) {
        if self.saved.is_none() {
            self.saved = Some(Saved {
                transceivers: self.transceivers.clone(),
                sections: self.sections.clone(),
                local: self.local.clone(),
            });
        }
    }

    /// Goes back to before the offer. What the application has changed since then stays.
    fn roll_back(&mut self) {
        self.remote_offer = None;
        self.created = None;
        let Some(saved) = self.saved.take() else {
            return;
        };
        self.sections = saved.sections;
        self.local = saved.local;
        let mut before = saved.transceivers.into_iter();
        for transceiver in &mut self.transceivers {
            if let Some(before) = before.next() {
                *transceiver = Transceiver {
                    direction: transceiver.direction,
                    ..before
                };
            } else {
                transceiver.mid = None;
                transceiver.offered = None;
                // RFC 9429 §4.1.10.2: transceivers that the offer had made are removed.
                transceiver.stopped = transceiver.stopped || transceiver.by_remote;
            }
        }
    }
}

/// 16 random characters, as RFC 7022 §4.2 wants of a CNAME (96 bits); all of them token characters, as
/// RFC 8830 §2 wants of the names of streams and tracks.
fn token(entropy: &mut Entropy) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    entropy
        .array::<16>()
        .iter()
        .filter_map(|byte| {
            ALPHABET
                .get(usize::from(byte & 63))
                .copied()
                .map(char::from)
        })
        .collect()
}
