//! str0m, driven like one of our own engines.
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

pub(crate) const OUR_ADDRESS: &str = "192.0.2.1:5000";
pub(crate) const RIVAL_ADDRESS: &str = "192.0.2.2:6000";

/// A str0m peer, and what it has told.
pub(crate) struct Rival {
    rtc: Rtc,
    start: time::Instant,
    pending: Option<SdpPendingOffer>,
    pub(crate) connected: bool,
    pub(crate) channel: Option<ChannelId>,
    /// Whether they are binary, and their bytes.
    pub(crate) messages: Vec<(bool, Vec<u8>)>,
    /// The sections and payloads of packets.
    media: Vec<(String, Vec<u8>)>,
}

impl Rival {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn accept_offer(&mut self, offer: &str) -> String {
        let offer = SdpOffer::from_sdp_string(offer).unwrap();
        let answer = self.rtc.sdp_api().accept_offer(offer).unwrap();
        answer.to_sdp_string()
    }

    pub(crate) fn offer(&mut self, media: bool) -> String {
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

    pub(crate) fn accept_answer(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        let pending = self.pending.take().unwrap();
        self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
    }

    fn at(&self, now: Instant) -> time::Instant {
        self.start + now.duration_since(strata_sim::START)
    }

    pub(crate) fn advance(&mut self, now: Instant) {
        let now = self.at(now);
        self.rtc.handle_input(Input::Timeout(now)).unwrap();
    }

    pub(crate) fn receive(&mut self, now: Instant, datagram: &[u8]) {
        let receive = Receive {
            proto: Protocol::Udp,
            source: OUR_ADDRESS.parse().unwrap(),
            destination: RIVAL_ADDRESS.parse().unwrap(),
            contents: datagram.try_into().unwrap(),
        };
        let input = Input::Receive(self.at(now), receive);
        self.rtc.handle_input(input).unwrap();
    }

    /// The datagrams it has to send, with the path that we see them on.
    pub(crate) fn poll(&mut self, _now: Instant) -> Vec<(Path, Vec<u8>)> {
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

    pub(crate) fn send(&mut self, binary: bool, message: &[u8]) {
        let mut channel = self.rtc.channel(self.channel.unwrap()).unwrap();
        assert!(channel.write(binary, message).unwrap());
    }

    pub(crate) fn write_rtp(&mut self, now: Instant, mid: &str, payload_type: u8, n: u8) {
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

    pub(crate) fn media_of(&self, mid: &str) -> Vec<Vec<u8>> {
        let of = self.media.iter().filter(|(of, _)| of == mid);
        of.map(|(_, payload)| payload.clone()).collect()
    }

    pub(crate) fn alive(&self) -> bool {
        self.rtc.is_alive()
    }
}
