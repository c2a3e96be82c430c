//! `rtc`, the engine below webrtc-rs.
#![expect(
    clippy::disallowed_types,
    reason = "rtc takes the standard library's instants"
)]

use std::{collections::BTreeMap, net::SocketAddr, time};

use rtc::{
    media_stream::{MediaStreamTrack, MediaStreamTrackId},
    peer_connection::{
        RTCPeerConnection, RTCPeerConnectionBuilder,
        configuration::{media_engine::MediaEngine, setting_engine::SettingEngineBuilder},
        event::{RTCDataChannelEvent, RTCPeerConnectionEvent, RTCTrackEvent},
        message::RTCMessage,
        sdp::RTCSessionDescription,
        state::RTCPeerConnectionState,
        transport::{CandidateConfig, CandidateHostConfig, RTCDtlsRole, RTCIceCandidate},
    },
    rtp,
    rtp_transceiver::{
        RTCRtpTransceiver,
        rtp_sender::{RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind},
    },
    sansio::Protocol as _,
    shared::{TaggedBytesMut, TransportContext},
};
use strata_core::{Instant, Path};

use crate::{
    call::Call,
    rival::{MediaRival, OUR_ADDRESS, RIVAL_ADDRESS, Rival},
};

struct Rtc {
    connection: RTCPeerConnection,
    start: time::Instant,
    state: RTCPeerConnectionState,
    channel: Option<usize>,
    messages: Vec<(bool, Vec<u8>)>,
    /// The sections of the tracks that packets come on.
    sections: BTreeMap<MediaStreamTrackId, String>,
    /// The tracks and payloads of packets.
    media: Vec<(MediaStreamTrackId, Vec<u8>)>,
}

impl Rtc {
    /// One that takes this role when it answers.
    fn answering_as(role: RTCDtlsRole) -> Self {
        let start = time::Instant::now();
        let settings = SettingEngineBuilder::new()
            .with_answering_dtls_role(role)
            .build();
        let mut codecs = MediaEngine::default();
        codecs.register_default_codecs().unwrap();
        let builder = RTCPeerConnectionBuilder::new()
            .with_setting_engine(settings)
            .with_media_engine(codecs);
        let mut connection = builder.build(start).unwrap();
        let address: SocketAddr = RIVAL_ADDRESS.parse().unwrap();
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
        let candidate = RTCIceCandidate::from(&candidate.new_candidate_host().unwrap());
        connection
            .add_local_candidate(candidate.to_json().unwrap())
            .unwrap();
        Self {
            connection,
            start,
            state: RTCPeerConnectionState::New,
            channel: None,
            messages: Vec::new(),
            sections: BTreeMap::new(),
            media: Vec::new(),
        }
    }

    /// Sends audio and video.
    fn add_tracks(&mut self) {
        for (kind, codec, clock_rate, channels) in [
            (RtpCodecKind::Audio, "audio/opus", 48_000, 2),
            (RtpCodecKind::Video, "video/VP8", 90_000, 0),
        ] {
            let encoding = RTCRtpEncodingParameters {
                rtp_coding_parameters: RTCRtpCodingParameters {
                    ssrc: Some(ssrc_of(kind)),
                    ..RTCRtpCodingParameters::default()
                },
                codec: RTCRtpCodec {
                    mime_type: codec.to_owned(),
                    clock_rate,
                    channels,
                    ..RTCRtpCodec::default()
                },
                ..RTCRtpEncodingParameters::default()
            };
            let name = kind.to_string();
            let track = MediaStreamTrack::new(
                "stream".to_owned(),
                name.clone(),
                name,
                kind,
                vec![encoding],
            );
            self.connection.add_track(track).unwrap();
        }
    }

    /// What `find` finds of the first transceiver that has it.
    fn first<T>(&mut self, find: impl Fn(&RTCRtpTransceiver<'_>) -> Option<T>) -> T {
        let ids: Vec<_> = self.connection.get_transceivers().collect();
        for id in ids {
            let transceiver = self.connection.rtp_transceiver(id).unwrap();
            if let Some(found) = find(&transceiver) {
                return found;
            }
        }
        panic!("no such transceiver");
    }

    fn at(&self, now: Instant) -> time::Instant {
        self.start + now.duration_since(strata_sim::START)
    }
}

impl Rival for Rtc {
    fn accept_offer(&mut self, now: Instant, offer: &str) -> String {
        let now = self.at(now);
        if offer.contains("m=audio") {
            self.add_tracks();
        }
        let offer = RTCSessionDescription::offer(offer.to_owned()).unwrap();
        self.connection.set_remote_description(now, offer).unwrap();
        let answer = self.connection.create_answer(None).unwrap();
        self.connection.set_local_description(now, answer).unwrap();
        self.connection.local_description().unwrap().sdp
    }

    fn offer(&mut self, now: Instant, media: bool) -> String {
        let now = self.at(now);
        if media {
            self.add_tracks();
        }
        self.connection.create_data_channel("chat", None).unwrap();
        let offer = self.connection.create_offer(None).unwrap();
        self.connection.set_local_description(now, offer).unwrap();
        self.connection.local_description().unwrap().sdp
    }

    fn accept_answer(&mut self, now: Instant, answer: &str) {
        let answer = RTCSessionDescription::answer(answer.to_owned()).unwrap();
        let now = self.at(now);
        self.connection.set_remote_description(now, answer).unwrap();
    }

    fn advance(&mut self, now: Instant) {
        let now = self.at(now);
        self.connection.handle_timeout(now).unwrap();
    }

    fn receive(&mut self, now: Instant, datagram: &[u8]) {
        let datagram = TaggedBytesMut {
            now: self.at(now),
            transport: TransportContext {
                local_addr: RIVAL_ADDRESS.parse().unwrap(),
                peer_addr: OUR_ADDRESS.parse().unwrap(),
                ..TransportContext::default()
            },
            message: datagram.into(),
        };
        self.connection.handle_read(datagram).unwrap();
    }

    fn poll(&mut self, _now: Instant) -> Vec<(Path, Vec<u8>)> {
        while let Some(event) = self.connection.poll_event() {
            match event {
                RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) => self.state = state,
                RTCPeerConnectionEvent::OnDataChannel(RTCDataChannelEvent::OnOpen(id)) => {
                    let channel = self.connection.data_channel(id).unwrap();
                    assert_eq!(channel.label(), "chat");
                    self.channel = Some(id);
                }
                RTCPeerConnectionEvent::OnTrack(RTCTrackEvent::OnOpen(track)) => {
                    let section = self.first(|transceiver| {
                        let mine = transceiver.receiver() == Some(track.receiver_id);
                        mine.then(|| transceiver.mid().clone()).flatten()
                    });
                    self.sections.insert(track.track_id, section);
                }
                _ => {}
            }
        }
        while let Some(read) = self.connection.poll_read() {
            match read.message {
                RTCMessage::DataChannelMessage(_, message) => {
                    let binary = !message.is_string;
                    self.messages.push((binary, message.data.to_vec()));
                }
                RTCMessage::RtpPacket(track, packet) => {
                    self.media.push((track, packet.payload.to_vec()));
                }
                _ => {}
            }
        }
        let mut datagrams = Vec::new();
        while let Some(sent) = self.connection.poll_write() {
            let path = Path::udp(sent.transport.peer_addr, sent.transport.local_addr);
            datagrams.push((path, sent.message.to_vec()));
        }
        datagrams
    }

    fn is_connected(&self) -> bool {
        self.state == RTCPeerConnectionState::Connected
    }

    fn has_channel(&self) -> bool {
        self.channel.is_some()
    }

    fn send(&mut self, now: Instant, binary: bool, message: &[u8]) {
        let now = self.at(now);
        let id = self.channel.unwrap();
        let mut channel = self.connection.data_channel(id).unwrap();
        if binary {
            channel.send(now, message.into()).unwrap();
        } else {
            let text = String::from_utf8(message.to_vec()).unwrap();
            channel.send_text(now, text).unwrap();
        }
    }

    fn messages(&self) -> &[(bool, Vec<u8>)] {
        &self.messages
    }

    fn is_alive(&self) -> bool {
        self.is_connected()
    }
}

impl MediaRival for Rtc {
    fn write_rtp(&mut self, now: Instant, mid: &str, payload_type: u8, n: u8) {
        let now = self.at(now);
        let sender = self.first(|transceiver| {
            let mine = transceiver.mid().as_deref() == Some(mid);
            mine.then(|| transceiver.sender()).flatten()
        });
        let mut sender = self.connection.rtp_sender(sender).unwrap();
        let packet = rtp::Packet {
            header: rtp::Header {
                version: 2,
                payload_type,
                sequence_number: 700 + u16::from(n),
                timestamp: 960 * u32::from(n),
                ssrc: ssrc_of(sender.track().kind()),
                ..rtp::Header::default()
            },
            payload: vec![n; 200].into(),
        };
        sender.write_rtp(now, packet).unwrap();
    }

    fn media_of(&self, mid: &str) -> Vec<Vec<u8>> {
        let of = |track: &MediaStreamTrackId| self.sections.get(track).map(String::as_str);
        let media = self
            .media
            .iter()
            .filter(|(track, _)| of(track) == Some(mid));
        media.map(|(_, payload)| payload.clone()).collect()
    }
}

fn ssrc_of(kind: RtpCodecKind) -> u32 {
    match kind {
        RtpCodecKind::Audio => 0x1111_1111,
        _ => 0x2222_2222,
    }
}

#[test]
fn we_offer_data_and_are_the_dtls_server() {
    let mut call = Call::offer(false, Rtc::answering_as(RTCDtlsRole::Client));
    call.connect();
    call.exchange_messages();
}

#[test]
fn we_offer_data_and_are_the_dtls_client() {
    let mut call = Call::offer(false, Rtc::answering_as(RTCDtlsRole::Server));
    call.connect();
    call.exchange_messages();
}

#[test]
fn they_offer_data() {
    let mut call = Call::answer(false, Rtc::answering_as(RTCDtlsRole::Client));
    call.connect();
    call.exchange_messages();
}

#[test]
fn closing_is_noticed_on_the_other_side() {
    let mut call = Call::answer(false, Rtc::answering_as(RTCDtlsRole::Client));
    call.connect();
    call.exchange_messages();
    call.peer.close(call.now);
    call.run_until("their end", |call| !call.rival.is_alive());
}

#[test]
fn we_offer_media_and_data() {
    for role in [RTCDtlsRole::Client, RTCDtlsRole::Server] {
        let mut call = Call::offer(true, Rtc::answering_as(role));
        call.connect();
        call.exchange_messages();
        call.exchange_media();
    }
}

#[test]
fn they_offer_media_and_data() {
    let mut call = Call::answer(true, Rtc::answering_as(RTCDtlsRole::Client));
    call.connect();
    call.exchange_messages();
    call.exchange_media();
}
