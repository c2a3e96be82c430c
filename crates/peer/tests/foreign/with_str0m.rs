//! str0m.
#![expect(
    clippy::disallowed_types,
    reason = "str0m takes the standard library's instants"
)]

use std::{net::SocketAddr, time};

use str0m::{
    Candidate, Event, Input, Output, Rtc, RtcConfig,
    change::{SdpAnswer, SdpOffer, SdpPendingOffer},
    channel::ChannelId,
    media::{Direction, MediaKind},
    net::{Protocol, Receive},
    rtp::RtpWrite,
};
use strata_core::{Instant, Path};

use crate::{
    call::Call,
    rival::{MediaRival, OUR_ADDRESS, RIVAL_ADDRESS, Rival},
};

struct Str0m {
    rtc: Rtc,
    start: time::Instant,
    pending: Option<SdpPendingOffer>,
    connected: bool,
    channel: Option<ChannelId>,
    messages: Vec<(bool, Vec<u8>)>,
    /// The sections and payloads of packets.
    media: Vec<(String, Vec<u8>)>,
}

impl Str0m {
    fn new() -> Self {
        str0m::crypto::from_feature_flags().install_process_default();
        let start = time::Instant::now();
        let mut rtc = RtcConfig::new().set_rtp_mode(true).build(start);
        let address: SocketAddr = RIVAL_ADDRESS.parse().unwrap();
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        Self {
            rtc,
            start,
            pending: None,
            connected: false,
            channel: None,
            messages: Vec::new(),
            media: Vec::new(),
        }
    }

    fn at(&self, now: Instant) -> time::Instant {
        self.start + now.duration_since(strata_sim::START)
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Connected => self.connected = true,
            Event::ChannelOpen(id, label) => {
                assert_eq!(label, "chat");
                self.channel = Some(id);
            }
            Event::ChannelData(data) => self.messages.push((data.binary, data.data)),
            Event::RtpPacket(packet) => {
                let ssrc = packet.header.ssrc;
                let mut direct = self.rtc.direct_api();
                let mid = direct.stream_rx(&ssrc).unwrap().mid();
                self.media.push((mid.to_string(), packet.payload.to_vec()));
            }
            _ => {}
        }
    }
}

impl Rival for Str0m {
    fn accept_offer(&mut self, _now: Instant, offer: &str) -> String {
        let offer = SdpOffer::from_sdp_string(offer).unwrap();
        let answer = self.rtc.sdp_api().accept_offer(offer).unwrap();
        answer.to_sdp_string()
    }

    fn offer(&mut self, _now: Instant, media: bool) -> String {
        let mut changes = self.rtc.sdp_api();
        if media {
            for kind in [MediaKind::Audio, MediaKind::Video] {
                changes.add_media(kind, Direction::SendRecv, None, None, None);
            }
        }
        changes.add_channel("chat".to_owned());
        let (offer, pending) = changes.apply().unwrap();
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    fn accept_answer(&mut self, _now: Instant, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        let pending = self.pending.take().unwrap();
        self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
    }

    fn advance(&mut self, now: Instant) {
        let now = self.at(now);
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
    }

    fn receive(&mut self, now: Instant, datagram: &[u8]) {
        let receive = Receive {
            proto: Protocol::Udp,
            source: OUR_ADDRESS.parse().unwrap(),
            destination: RIVAL_ADDRESS.parse().unwrap(),
            contents: datagram.try_into().unwrap(),
        };
        let input = Input::Receive(self.at(now), receive);
        self.rtc.handle_input(input).unwrap();
    }

    fn poll(&mut self, _now: Instant) -> Vec<(Path, Vec<u8>)> {
        let mut datagrams = Vec::new();
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return datagrams,
                Output::Transmit(transmit) => datagrams.push((
                    Path::udp(transmit.destination, transmit.source),
                    transmit.contents.to_vec(),
                )),
                Output::Event(event) => self.on_event(event),
            }
        }
    }

    fn send(&mut self, _now: Instant, binary: bool, message: &[u8]) {
        let mut channel = self.rtc.channel(self.channel.unwrap()).unwrap();
        assert!(channel.write(binary, message).unwrap());
    }

    fn is_connected(&self) -> bool {
        self.connected
    }

    fn has_channel(&self) -> bool {
        self.channel.is_some()
    }

    fn messages(&self) -> &[(bool, Vec<u8>)] {
        &self.messages
    }

    fn is_alive(&self) -> bool {
        self.rtc.is_alive()
    }
}

impl MediaRival for Str0m {
    fn write_rtp(&mut self, now: Instant, mid: &str, payload_type: u8, n: u8) {
        let wallclock = self.at(now);
        let mut direct = self.rtc.direct_api();
        let stream = direct.stream_tx_by_mid(mid.into(), None).unwrap();
        stream.write_rtp(RtpWrite::new(
            payload_type.into(),
            (700 + u64::from(n)).into(),
            960 * u32::from(n),
            wallclock,
            vec![n; 200],
        ));
    }

    fn media_of(&self, mid: &str) -> Vec<Vec<u8>> {
        let of = self.media.iter().filter(|(of, _)| of == mid);
        of.map(|(_, payload)| payload.clone()).collect()
    }
}

#[test]
fn we_offer_data() {
    let mut call = Call::offer(false, Str0m::new());
    call.connect();
    call.exchange_messages();
}

#[test]
fn they_offer_data() {
    let mut call = Call::answer(false, Str0m::new());
    call.connect();
    call.exchange_messages();
}

#[test]
fn we_offer_media_and_data() {
    let mut call = Call::offer(true, Str0m::new());
    call.connect();
    call.exchange_messages();
    call.exchange_media();
}

#[test]
fn they_offer_media_and_data() {
    let mut call = Call::answer(true, Str0m::new());
    call.connect();
    call.exchange_messages();
    call.exchange_media();
}

#[test]
fn closing_is_noticed_on_the_other_side() {
    let mut call = Call::offer(false, Str0m::new());
    call.connect();
    call.exchange_messages();
    call.peer.close(call.now);
    call.run_until("their end", |call| !call.rival.is_alive());
}
