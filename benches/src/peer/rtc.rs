//! `rtc`, the engine below webrtc-rs, with the cryptography of `ring`, which its users have who choose no other.
//!
//! It runs without interceptors, so without reports and header extensions. It prefers AES-128-GCM for media and is told
//! to take AES-256-GCM, as strata is.

use std::{
    fmt,
    hint::black_box,
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use rtc::{
    dtls::extension::extension_use_srtp::SrtpProtectionProfile,
    media_stream::MediaStreamTrack,
    peer_connection::{
        RTCPeerConnection, RTCPeerConnectionBuilder,
        configuration::{media_engine::MediaEngine, setting_engine::SettingEngineBuilder},
        event::{RTCDataChannelEvent, RTCPeerConnectionEvent},
        message::RTCMessage,
        state::RTCPeerConnectionState,
        transport::{CandidateConfig, CandidateHostConfig, RTCIceCandidate},
    },
    rtp,
    rtp_transceiver::{
        RTCRtpSenderId,
        rtp_sender::{RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind},
    },
    sansio::Protocol as _,
};

use super::{ADDRESSES, Contents, Peers};

/// Two peers.
pub struct Rtc {
    now: Instant,
    peers: [RTCPeerConnection; 2],
    states: [RTCPeerConnectionState; 2],
    channels: [Option<usize>; 2],
    sender: Option<(RTCRtpSenderId, u8)>,
    number: u16,
    received: usize,
}

impl fmt::Debug for Rtc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rtc").finish_non_exhaustive()
    }
}

impl Rtc {
    /// Moves datagrams and takes events until there are none.
    fn settle(&mut self) {
        let mut moved = true;
        while std::mem::take(&mut moved) {
            for from in [0, 1] {
                let [a, b] = &mut self.peers;
                let (from_peer, to_peer) = if from == 0 { (a, b) } else { (b, a) };
                while let Some(mut datagram) = from_peer.poll_write() {
                    moved = true;
                    let transport = &mut datagram.transport;
                    std::mem::swap(&mut transport.local_addr, &mut transport.peer_addr);
                    to_peer.handle_read(datagram).expect("a peer that goes on");
                }
                self.take_events(1 - from);
                self.take_events(from);
            }
        }
    }

    fn take_events(&mut self, index: usize) {
        let peer = self.peers.get_mut(index).expect("one of two");
        while let Some(event) = peer.poll_event() {
            if let RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) = event {
                *self.states.get_mut(index).expect("one of two") = state;
            } else if let RTCPeerConnectionEvent::OnDataChannel(RTCDataChannelEvent::OnOpen(id)) =
                event
            {
                *self.channels.get_mut(index).expect("one of two") = Some(id);
            }
        }
        while let Some(read) = peer.poll_read() {
            self.received += usize::from(matches!(
                black_box(read).message,
                RTCMessage::DataChannelMessage(..) | RTCMessage::RtpPacket(..)
            ));
        }
    }
}

impl Peers for Rtc {
    const NAME: &'static str = "rtc";
    type Message = BytesMut;
    type Payload = Bytes;

    fn new(contents: Contents) -> Self {
        let now = Instant::now();
        let mut peers = ADDRESSES.map(|address| build(now, address));
        let mut sender = None;
        if contents == Contents::VideoAndData {
            for (ssrc, peer) in (1..).zip(&mut peers) {
                let id = peer.add_track(track(ssrc)).expect("a track");
                sender = sender.or(Some((id, PAYLOAD_TYPE)));
            }
        }
        describe(now, &mut peers).expect("descriptions that fit");
        Self {
            now,
            peers,
            states: [RTCPeerConnectionState::New; 2],
            channels: [None; 2],
            sender,
            number: 0,
            received: 0,
        }
    }

    fn are_connected(&self) -> bool {
        let connected = |state: &_| *state == RTCPeerConnectionState::Connected;
        self.states.iter().all(connected) && self.channels.iter().all(Option::is_some)
    }

    fn tick(&mut self, time: Duration) {
        self.now += time;
        for peer in &mut self.peers {
            peer.handle_timeout(self.now).expect("a peer that goes on");
        }
        self.settle();
    }

    fn message(bytes: &Bytes) -> BytesMut {
        BytesMut::from(bytes.as_ref())
    }

    fn payload(bytes: &Bytes) -> Bytes {
        bytes.clone()
    }

    fn send(&mut self, message: BytesMut) {
        let [peer, _] = &mut self.peers;
        let [id, _] = self.channels;
        let mut channel = peer.data_channel(id.expect("it is open")).expect("open");
        channel.send(self.now, message).expect("room");
    }

    fn write_rtp(&mut self, payload: Bytes) {
        let (id, payload_type) = self.sender.expect("a section");
        self.number = self.number.wrapping_add(1);
        let [peer, _] = &mut self.peers;
        let mut sender = peer.rtp_sender(id).expect("it is there");
        let packet = rtp::Packet {
            header: rtp::Header {
                version: 2,
                payload_type,
                sequence_number: self.number,
                ssrc: 1,
                ..rtp::Header::default()
            },
            payload,
        };
        sender.write_rtp(self.now, packet).expect("room");
    }

    fn received(&self) -> usize {
        self.received
    }

    fn strip(&mut self) {}
}

/// That of VP8 among its codecs.
const PAYLOAD_TYPE: u8 = 96;

fn build(now: Instant, address: &str) -> RTCPeerConnection {
    let settings = SettingEngineBuilder::new()
        .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_256_Gcm])
        .build();
    let mut codecs = MediaEngine::default();
    codecs.register_default_codecs().expect("good codecs");
    let builder = RTCPeerConnectionBuilder::new()
        .with_setting_engine(settings)
        .with_media_engine(codecs);
    let mut peer = builder.build(now).expect("a good configuration");
    let address: SocketAddr = address.parse().expect("an address");
    let candidate = CandidateHostConfig {
        base_config: CandidateConfig {
            network: "udp".to_owned(),
            address: address.ip().to_string(),
            port: address.port(),
            component: 1,
            ..CandidateConfig::default()
        },
        ..CandidateHostConfig::default()
    };
    let candidate = candidate.new_candidate_host().expect("a candidate");
    let candidate = RTCIceCandidate::from(&candidate).to_json();
    peer.add_local_candidate(candidate.expect("a candidate"))
        .expect("an open peer");
    peer
}

fn track(ssrc: u32) -> MediaStreamTrack {
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters {
            ssrc: Some(ssrc),
            ..RTCRtpCodingParameters::default()
        },
        codec: RTCRtpCodec {
            mime_type: "video/VP8".to_owned(),
            clock_rate: 90_000,
            ..RTCRtpCodec::default()
        },
        ..RTCRtpEncodingParameters::default()
    };
    let name = "video".to_owned();
    let kind = RtpCodecKind::Video;
    MediaStreamTrack::new(name.clone(), name.clone(), name, kind, vec![encoding])
}

/// An offer of all there is and a channel, and its answer.
fn describe(
    now: Instant,
    peers: &mut [RTCPeerConnection; 2],
) -> Result<(), Box<dyn std::error::Error>> {
    let [a, b] = peers;
    a.create_data_channel("bench", None)?;
    let offer = a.create_offer(None)?;
    a.set_local_description(now, offer)?;
    let offer = a.local_description().ok_or("no offer")?;
    b.set_remote_description(now, offer)?;
    let answer = b.create_answer(None)?;
    b.set_local_description(now, answer)?;
    let answer = b.local_description().ok_or("no answer")?;
    a.set_remote_description(now, answer)?;
    Ok(())
}
