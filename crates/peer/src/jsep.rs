//! The session that descriptions describe (RFC 9429): media sections, transceivers, signalling state.
//!
//! Nothing here knows of packets. What a completed exchange means for the transport comes out as
//! [`Negotiated`], and what each section may carry stands in its transceiver's `current` parameters.

mod answer;
mod local;
mod offer;
mod outcome;
mod remote;
mod restart;
mod set;

use std::sync::Arc;

use strata_core::Entropy;
use strata_crypto::Fingerprint;
use strata_ice::Credentials;
use strata_rtp::Ssrc;
use strata_sdp::{Direction, TlsId};

pub(crate) use local::{LocalText, LocalTransport};
pub(crate) use outcome::{DataSection, Negotiated, NegotiatedTransport};
pub(crate) use remote::{RemoteDescription, RemoteTransport, Words};
pub(crate) use restart::RestartChange;

use crate::{
    AddTransceiverError, Codecs, Config, DescriptionError, DescriptionKind, Event, Keeps, Limits,
    MediaKind, Mid, SignalingState, Transceiver, TransceiverId,
    signaling_state::Side,
    transceiver::{Sender, Transceivers},
};

use restart::Restart;

/// The session.
#[derive(Debug)]
pub(crate) struct Jsep {
    state: SignalingState,
    codecs: Arc<Codecs>,
    keeps: Keeps,
    limits: Limits,
    names: Names,
    transceivers: Transceivers,
    /// In the order of the media lines.
    sections: Vec<Section>,
    /// Whether the application has asked for data channels.
    wants_data: bool,
    /// Whether no media can be had: DTLS has agreed on no SRTP profile, and there is one association.
    media_barred: bool,
    /// The last description made here and not yet set.
    created: Option<Created>,
    /// The remote offer that waits for our answer.
    remote_offer: Option<RemoteDescription>,
    /// What to go back to by rollback.
    saved: Option<Saved>,
    /// The last local description that was set.
    local: Option<LocalText>,
    /// The DTLS association that both sides have agreed on; `None` before the first exchange is complete.
    association: Option<Association>,
    restart: Restart,
    entropy: Entropy,
}

/// What our descriptions call things.
#[derive(Debug)]
struct Names {
    session_id: u64,
    session_version: u64,
    cname: String,
    stream: String,
    /// There is one DTLS association in the life of a peer.
    tls_id: Option<TlsId>,
}

/// One media section.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) mid: Mid,
    /// Whether descriptions name the section (`a=mid`).
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
    /// The credentials of the session of ICE that it begins, if it does.
    restart: Option<Credentials>,
}

/// What rollback goes back to (RFC 9429 §4.1.10.2).
#[derive(Debug)]
struct Saved {
    transceivers: Transceivers,
    sections: Vec<Section>,
    local: Option<LocalText>,
}

/// What stays as long as the DTLS association does (RFC 8842 §5.5), and the other side's last session
/// of ICE.
#[derive(Clone, Debug)]
struct Association {
    role: strata_dtls::Role,
    /// Those that were there in every description.
    fingerprints: Vec<Fingerprint>,
    tls_id: Option<TlsId>,
    credentials: Credentials,
}

/// What setting a description has changed.
#[derive(Debug, Default)]
pub(crate) struct Change {
    /// That the other side begins to send, or ends to.
    pub(crate) tracks: Vec<Event>,
    pub(crate) restart: Option<RestartChange>,
    pub(crate) negotiated: Option<Negotiated>,
}

impl Jsep {
    pub(crate) fn new(config: &Config, mut entropy: Entropy) -> Self {
        Self {
            state: SignalingState::Stable,
            codecs: Arc::clone(&config.codecs),
            keeps: config.keeps,
            limits: config.limits,
            names: Names {
                // RFC 9429 §5.2.1: 64 bits, the highest two of them zero.
                session_id: entropy.u64() >> 2,
                session_version: 0,
                cname: token(&mut entropy),
                stream: token(&mut entropy),
                tls_id: TlsId::new(&[token(&mut entropy), token(&mut entropy)].concat()).ok(),
            },
            transceivers: Transceivers::default(),
            sections: Vec::new(),
            wants_data: false,
            media_barred: false,
            created: None,
            remote_offer: None,
            saved: None,
            local: None,
            association: None,
            restart: Restart::default(),
            entropy,
        }
    }

    pub(crate) const fn state(&self) -> SignalingState {
        self.state
    }

    pub(crate) const fn close(&mut self) {
        self.state = SignalingState::Closed;
    }

    pub(crate) fn cname(&self) -> &str {
        &self.names.cname
    }

    pub(crate) fn transceivers(&self) -> &[Transceiver] {
        self.transceivers.as_slice()
    }

    pub(crate) fn transceiver(&self, id: TransceiverId) -> Option<&Transceiver> {
        self.transceivers.get(id)
    }

    pub(crate) const fn want_data(&mut self) {
        self.wants_data = true;
    }

    pub(crate) const fn local(&self) -> Option<&LocalText> {
        self.local.as_ref()
    }

    /// Whether the other side has described itself.
    pub(crate) const fn has_remote(&self) -> bool {
        self.association.is_some() || self.remote_offer.is_some()
    }

    /// The user name fragments that the other side's candidates may bear now: of the session of ICE that
    /// both are in, and of the one that its offer begins.
    pub(crate) fn remote_ufrags(&self) -> [Option<&str>; 2] {
        let current = self
            .association
            .as_ref()
            .map(|association| &association.credentials);
        let offered = self
            .remote_offer
            .as_ref()
            .and_then(|offer| offer.transport.as_ref());
        [
            current.map(Credentials::ufrag),
            offered.map(|transport| transport.credentials.ufrag()),
        ]
    }

    fn role(&self) -> Option<strata_dtls::Role> {
        self.association
            .as_ref()
            .map(|association| association.role)
    }

    /// Whether `transport` can go on with the DTLS association there is. RFC 8842 §3.1: another
    /// fingerprint or `a=tls-id` means another association.
    fn check_association(&self, transport: &RemoteTransport) -> Result<(), DescriptionError> {
        let Some(association) = &self.association else {
            return Ok(());
        };
        let same = |fingerprint| association.fingerprints.contains(fingerprint);
        let renamed = association.tls_id.as_ref().zip(transport.tls_id.as_ref());
        if transport.fingerprints.iter().any(same) && renamed.is_none_or(|(a, b)| a == b) {
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

    /// From now on there is no media: offered media is rejected (RFC 3264 §6), and our own offers have none.
    pub(crate) fn bar_media(&mut self) {
        self.media_barred = true;
        // An answer that was made before and is not set yet may accept media.
        self.created = None;
        for section in self
            .remote_offer
            .iter_mut()
            .flat_map(|offer| &mut offer.sections)
        {
            section.usable &= !section.content.is_media();
        }
    }

    /// Whether any section carries media that both sides accepted.
    pub(crate) fn has_media(&self) -> bool {
        self.transceivers
            .iter()
            .any(|t| t.current.is_some() && !t.stopped)
    }

    /// Whether the application may add one more.
    pub(crate) fn check_new_transceiver(&self) -> Result<(), AddTransceiverError> {
        let limit = self.limits.sections;
        if self.media_barred {
            Err(AddTransceiverError::NoSrtp)
        } else if self.transceivers.as_slice().len() >= limit {
            Err(AddTransceiverError::TooMany { limit })
        } else {
            Ok(())
        }
    }

    pub(crate) fn add_transceiver(
        &mut self,
        kind: MediaKind,
        direction: Direction,
        by_remote: bool,
    ) -> TransceiverId {
        let id = self.transceivers.next_id();
        let has_rtx =
            self.keeps.rtx && self.codecs.of(kind).iter().any(|codec| codec.rtx.is_some());
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
            has_track: false,
        });
        id
    }

    pub(crate) fn set_direction(&mut self, id: TransceiverId, direction: Direction) -> bool {
        let transceiver = self.transceivers.get_mut(id);
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

    /// The state after a description was set, or why it cannot be set.
    const fn after(
        &self,
        side: Side,
        kind: DescriptionKind,
    ) -> Result<SignalingState, DescriptionError> {
        match (self.state.after(side, kind), self.state) {
            (Some(state), _) => Ok(state),
            (None, SignalingState::Closed) => Err(DescriptionError::Closed),
            (None, state) => Err(DescriptionError::WrongState { kind, state }),
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

    /// Goes back to before the offer.
    fn roll_back(&mut self) -> Vec<Event> {
        self.remote_offer = None;
        self.created = None;
        let Some(saved) = self.saved.take() else {
            return Vec::new();
        };
        self.sections = saved.sections;
        self.local = saved.local;
        self.transceivers.roll_back(&saved.transceivers)
    }

    /// An exchange is complete. A stopped transceiver goes if another one has taken its section.
    fn complete(&mut self) {
        self.saved = None;
        let sections = &self.sections;
        self.transceivers.retain(|transceiver| {
            let content = Content::Media(transceiver.id);
            !transceiver.stopped || sections.iter().any(|section| section.content == content)
        });
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
