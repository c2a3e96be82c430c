//! The other side of a peer: ICE, DTLS and SRTP, and packets as the test makes them.

use std::{
    collections::VecDeque,
    sync::{Arc, OnceLock},
};

use strata_core::{Datagram, Endpoint, Instant, Transmit, earliest};
use strata_crypto::Certificate;
use strata_dtls::{Connection, Role, SrtpKeys};
use strata_ice::{Agent, Credentials};
use strata_peer::{Config, ConnectionState, Description, Event, Keeps, Mid, Peer};
use strata_rtp::{
    Header, Items, PayloadType, SequenceNumber, Ssrc, Timestamp,
    extension::{ExtensionForm, ExtensionId},
    is_rtcp,
};
use strata_sim::{LinkConfig, Pair, START, SeededEntropy};
use strata_srtp::{Inbound, Outbound, Profile};

pub(crate) type Call = Pair<Peer, Wire>;

/// What the other side hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Rtp(Vec<u8>),
    Rtcp(Vec<u8>),
}

/// The other side.
pub(crate) struct Wire {
    agent: Agent,
    dtls: Connection,
    keys: Option<(Outbound, Inbound)>,
    waiting: VecDeque<Vec<u8>>,
    heard: VecDeque<Heard>,
    /// Whether it says nothing of DTLS.
    mute: bool,
}

/// Opus in a section called `a`.
pub(crate) const AUDIO: &str = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n{transport}a=mid:a\r\n\
    a=sendrecv\r\na=rtcp-mux\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
    a=rtpmap:111 opus/48000/2\r\n";

/// VP8 in a section called `v`.
pub(crate) const VIDEO: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n{transport}a=mid:v\r\n\
    a=sendrecv\r\na=rtcp-mux\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
    a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:96 ccm fir\r\n\
    a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n";

/// Data channels in a section called `d`.
pub(crate) const DATA: &str = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n{transport}\
    a=mid:d\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n";

/// The configuration of the peer.
pub(crate) fn config() -> Config {
    let mut config = Config::new(Arc::clone(&certificates()[0]));
    config.keeps = Keeps::EVERYTHING;
    config
}

/// What the other side's DTLS is told.
pub(crate) fn dtls_config(role: Role) -> strata_dtls::Config {
    strata_dtls::Config::new(role, Arc::clone(&certificates()[1]))
}

fn certificates() -> &'static [Arc<Certificate>; 2] {
    static CERTIFICATES: OnceLock<[Arc<Certificate>; 2]> = OnceLock::new();
    CERTIFICATES.get_or_init(|| [(); 2].map(|()| Arc::new(Certificate::generate().unwrap())))
}

/// A connected call whose sections the other side has offered; `prepare` says what the peer wants of them.
pub(crate) fn call(config: Config, sections: &[&str], prepare: impl FnOnce(&mut Peer)) -> Call {
    let mut offering = Offering::new(config);
    prepare(&mut offering.peer);
    offering.exchange(sections);
    offering.connect()
}

/// Both sides, before they are connected.
pub(crate) struct Offering {
    pub(crate) peer: Peer,
    wire: Wire,
    mine: strata_ice::Candidate,
}

impl Offering {
    pub(crate) fn new(config: Config) -> Self {
        Self::with_dtls(config, dtls_config(Role::Server))
    }

    /// With another DTLS on the other side.
    pub(crate) fn with_dtls(config: Config, dtls: strata_dtls::Config) -> Self {
        let mut peer = Peer::new(config, SeededEntropy::entropy(1));
        peer.add_local_candidate(START, Call::A_ADDRESS).unwrap();
        let ice = strata_ice::Config {
            role: strata_ice::Role::Controlling,
            ..strata_ice::Config::default()
        };
        let mut agent = Agent::new(ice, SeededEntropy::entropy(2));
        let mine = agent.add_local_candidate(START, Call::B_ADDRESS).unwrap();
        Self {
            peer,
            wire: Wire {
                agent,
                dtls: Connection::new(dtls, SeededEntropy::entropy(3)),
                keys: None,
                waiting: VecDeque::new(),
                heard: VecDeque::new(),
                mute: false,
            },
            mine,
        }
    }

    /// The other side says nothing of DTLS.
    pub(crate) fn mute_dtls(&mut self) {
        self.wire.mute = true;
    }

    /// The other side's offer of these sections, and the peer's answer.
    pub(crate) fn exchange(&mut self, sections: &[&str]) -> String {
        let answer = negotiate(&mut self.peer, &self.wire, START, sections);
        let value = |name: &str| {
            let line = answer.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap().to_owned()
        };
        let credentials = Credentials::new(&value("a=ice-ufrag:"), &value("a=ice-pwd:"));
        let agent = &mut self.wire.agent;
        agent
            .set_remote_credentials(START, credentials.unwrap())
            .unwrap();
        let mut theirs = self.mine;
        theirs.address = Call::A_ADDRESS;
        agent.add_remote_candidate(START, theirs).unwrap();
        let fingerprint = value("a=fingerprint:").parse().unwrap();
        self.wire
            .dtls
            .set_remote_fingerprints(START, &[fingerprint])
            .unwrap();
        answer
    }

    pub(crate) fn into_parts(self) -> (Peer, Wire) {
        (self.peer, self.wire)
    }

    pub(crate) fn pair(self) -> Call {
        Pair::new(self.peer, self.wire, LinkConfig::new(), 1)
    }

    /// Runs until both sides are connected.
    pub(crate) fn connect(self) -> Call {
        let mut pair = self.pair();
        pair.run_until(|pair| {
            pair.a.connection_state() == ConnectionState::Connected && pair.b.dtls.is_connected()
        })
        .unwrap();
        pair
    }
}

/// An offer of these sections by the other side, and the peer's answer.
pub(crate) fn negotiate(peer: &mut Peer, wire: &Wire, now: Instant, sections: &[&str]) -> String {
    peer.set_remote_description(now, offer(wire, sections))
        .unwrap();
    let answer = peer.create_answer(now).unwrap();
    peer.set_local_description(now, answer.clone()).unwrap();
    answer.sdp
}

/// What the other side offers.
pub(crate) fn offer(wire: &Wire, sections: &[&str]) -> Description {
    let credentials = wire.agent.local_credentials();
    let transport = format!(
        "c=IN IP4 0.0.0.0\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\na=fingerprint:{}\r\n\
         a=setup:{}\r\n",
        credentials.ufrag(),
        credentials.password(),
        certificates()[1].fingerprint(),
        match wire.dtls.config().role {
            Role::Server => "actpass",
            Role::Client => "active",
        },
    );
    let sections = sections.concat().replace("{transport}", &transport);
    let mids: Vec<&str> = sections
        .lines()
        .filter_map(|line| line.strip_prefix("a=mid:"))
        .collect();
    Description::offer(format!(
        "v=0\r\no=- 42 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\n{sections}\
         a=candidate:1 1 udp 2130706431 192.0.2.2 5000 typ host\r\n",
        mids.join(" "),
    ))
}

impl Wire {
    /// Protects an RTP packet, and sends it with the next step.
    pub(crate) fn send_rtp(&mut self, mut packet: Vec<u8>) {
        let (outbound, _) = self.keys.as_mut().unwrap();
        outbound.protect_rtp(&mut packet, 0).unwrap();
        self.waiting.push_back(packet);
    }

    /// Protects RTCP, whatever is in it, and sends it with the next step.
    pub(crate) fn send_rtcp(&mut self, mut packet: Vec<u8>) {
        let (outbound, _) = self.keys.as_mut().unwrap();
        outbound.protect_rtcp(&mut packet, 0).unwrap();
        self.waiting.push_back(packet);
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.dtls.is_connected()
    }

    /// The packet that was protected last and has not left yet.
    pub(crate) fn last_sent(&self) -> Vec<u8> {
        self.waiting.back().unwrap().clone()
    }

    fn take_keys(&mut self, keys: &SrtpKeys) {
        assert_eq!(keys.profile(), Profile::AeadAes128Gcm, "the preferred one");
        let unforgetting = strata_srtp::Config {
            max_streams: 1 << 20,
            ..strata_srtp::Config::default()
        };
        self.keys = Some((
            Outbound::with_config(keys.profile(), keys.local(), unforgetting).unwrap(),
            Inbound::new(keys.profile(), keys.remote()).unwrap(),
        ));
    }

    fn take_events(&mut self) {
        while self.agent.poll_event().is_some() {}
        while let Some(event) = self.dtls.poll_event() {
            if let strata_dtls::Event::Connected {
                srtp: Some(keys), ..
            } = event
            {
                self.take_keys(&keys);
            }
        }
    }

    fn take_media(&mut self, packet: &mut [u8]) {
        let Some((_, inbound)) = &mut self.keys else {
            return;
        };
        if is_rtcp(packet) {
            let length = inbound.unprotect_rtcp(packet).unwrap();
            self.heard.push_back(Heard::Rtcp(packet[..length].to_vec()));
        } else {
            let length = inbound.unprotect_rtp(packet).unwrap();
            self.heard.push_back(Heard::Rtp(packet[..length].to_vec()));
        }
    }
}

impl Endpoint for Wire {
    type Input<'a> = Datagram<'a>;
    type Transmit = Transmit;
    type Event = Heard;

    fn handle_input(&mut self, now: Instant, datagram: Datagram<'_>) {
        match datagram.payload.first() {
            Some(0..=3) => self.agent.handle_input(now, datagram),
            Some(20..=63) if self.mute => {}
            Some(20..=63) => self.dtls.handle_input(now, datagram.payload),
            _ => self.take_media(datagram.payload),
        }
        self.take_events();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        self.dtls.handle_timeout(now);
        self.take_events();
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        if let Some(transmit) = self.agent.poll_transmit(now, out) {
            return Some(transmit);
        }
        let path = self.agent.selected_path()?;
        if let Some(packet) = self.waiting.pop_front() {
            out.extend_from_slice(&packet);
            return Some(Transmit::datagram(path));
        }
        if self.mute {
            return None;
        }
        self.dtls.poll_transmit(now, out)?;
        Some(Transmit::datagram(path))
    }

    fn poll_event(&mut self) -> Option<Heard> {
        self.heard.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        earliest([self.agent.poll_timeout(), self.dtls.poll_timeout()])
    }
}

/// An RTP packet.
pub(crate) fn rtp(ssrc: u32, payload_type: u8, number: u16, mid: Option<&str>) -> Vec<u8> {
    let header = Header {
        marker: false,
        payload_type: PayloadType::new(payload_type).unwrap(),
        sequence_number: SequenceNumber::new(number),
        timestamp: Timestamp::new(u32::from(number)),
        ssrc: Ssrc::new(ssrc),
        csrcs: Items::default(),
    };
    let mut packet = Vec::new();
    match mid {
        Some(mid) => header.write_with(&mut packet, ExtensionForm::OneByte, |elements| {
            elements.push_bytes(ExtensionId::new(4).unwrap(), mid.as_bytes())
        }),
        None => header.write(&mut packet),
    }
    .unwrap();
    packet.extend(*b"payload");
    packet
}

/// The sections, sources and numbers of the media that was told of.
pub(crate) fn media(events: &[(Instant, Event)]) -> Vec<(Mid, u32, u16)> {
    events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::MediaPacket { mid, packet } => {
                let view = packet.view();
                Some((*mid, view.ssrc().get(), view.sequence_number().get()))
            }
            _ => None,
        })
        .collect()
}
