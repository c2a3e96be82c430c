//! Two connected str0m peers, driven as the benchmark drives ours.

use std::{
    collections::VecDeque,
    hint::black_box,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use str0m::{
    Candidate, Event, Input, Output, Rtc,
    channel::ChannelId,
    media::{Direction, MediaKind, Mid, Pt},
    net::{Protocol, Receive, Transmit},
    rtp::{Extension, RtpWrite},
};

/// The peers in one place.
pub(crate) struct Rivals {
    pub(crate) now: Instant,
    peers: [Rtc; 2],
    /// Which peer each datagram is for.
    under_way: VecDeque<(usize, Transmit)>,
    section: Mid,
    channel: ChannelId,
    pub(crate) told: Told,
}

/// How often the peers have told what.
#[derive(Default)]
pub(crate) struct Told {
    connected: usize,
    channels: usize,
    /// Packets and messages.
    pub(crate) received: usize,
}

impl Told {
    fn note(&mut self, event: &Event) {
        self.connected += usize::from(matches!(event, Event::Connected));
        self.channels += usize::from(matches!(event, Event::ChannelOpen(..)));
        self.received += usize::from(matches!(event, Event::RtpPacket(_) | Event::ChannelData(_)));
    }
}

impl Rivals {
    pub(crate) fn new() -> Self {
        str0m::crypto::from_feature_flags().install_process_default();
        let now = Instant::now();
        let mut peers = ["192.0.2.1:5000", "192.0.2.2:5000"].map(|address| {
            // The one header extension that ours writes, too.
            let mut peer = Rtc::builder()
                .set_rtp_mode(true)
                .clear_extension_map()
                .set_extension(1, Extension::RtpMid)
                .build(now);
            let address: SocketAddr = address.parse().expect("an address");
            let candidate = Candidate::host(address, "udp").expect("a candidate");
            peer.add_local_candidate(candidate);
            peer
        });
        let (section, channel) = describe(&mut peers).expect("descriptions that fit");
        let mut rivals = Self {
            now,
            peers,
            under_way: VecDeque::new(),
            section,
            channel,
            told: Told::default(),
        };
        for _ in 0..200 {
            rivals.tick(Duration::from_millis(10));
        }
        assert_eq!((rivals.told.connected, rivals.told.channels), (2, 2));
        rivals
    }

    pub(crate) fn tick(&mut self, time: Duration) {
        self.now += time;
        for index in [0, 1] {
            let [a, b] = &mut self.peers;
            let peer = if index == 0 { a } else { b };
            let advanced = peer.handle_input(Input::Timeout(self.now));
            advanced.expect("a peer that goes on");
            self.drain(index);
        }
        self.settle();
    }

    /// Moves datagrams until there are none.
    fn settle(&mut self) {
        while let Some((to, transmit)) = self.under_way.pop_front() {
            let receive = Receive {
                proto: Protocol::Udp,
                source: transmit.source,
                destination: transmit.destination,
                contents: (*transmit.contents).try_into().expect("a datagram"),
            };
            let [a, b] = &mut self.peers;
            let peer = if to == 0 { a } else { b };
            let received = peer.handle_input(Input::Receive(self.now, receive));
            received.expect("a peer that goes on");
            // It wants to be polled after every datagram, or forgets the one before.
            self.drain(to);
        }
    }

    fn drain(&mut self, index: usize) {
        let Self {
            peers: [a, b],
            under_way,
            told,
            ..
        } = self;
        let peer = if index == 0 { a } else { b };
        loop {
            match peer.poll_output().expect("a peer that goes on") {
                Output::Timeout(_) => return,
                Output::Transmit(transmit) => under_way.push_back((1 - index, transmit)),
                Output::Event(event) => told.note(black_box(&event)),
            }
        }
    }

    pub(crate) fn payload_type(&self) -> Pt {
        let [peer, _] = &self.peers;
        let section = peer.media(self.section).expect("a section");
        *section.remote_pts().first().expect("a codec")
    }

    pub(crate) fn write_rtp(&mut self, payload_type: Pt, number: u64, payload: Arc<[u8]>) {
        let [peer, _] = &mut self.peers;
        let packet = RtpWrite::new(payload_type, number.into(), 0, self.now, payload);
        let mut direct = peer.direct_api();
        let stream = direct.stream_tx_by_mid(self.section, None);
        stream.expect("a stream").write_rtp(packet);
        self.drain(0);
    }

    pub(crate) fn send(&mut self, message: &[u8]) {
        let [peer, _] = &mut self.peers;
        let mut channel = peer.channel(self.channel).expect("an open channel");
        assert!(channel.write(true, message).expect("an open channel"));
        self.drain(0);
    }
}

/// An offer of video and data, and its answer.
fn describe(peers: &mut [Rtc; 2]) -> Result<(Mid, ChannelId), Box<dyn std::error::Error>> {
    let [a, b] = peers;
    let mut changes = a.sdp_api();
    let section = changes.add_media(MediaKind::Video, Direction::SendRecv, None, None, None);
    let channel = changes.add_channel("bench".to_owned());
    let (offer, pending) = changes.apply().ok_or("no changes")?;
    let answer = b.sdp_api().accept_offer(offer)?;
    a.sdp_api().accept_answer(pending, answer)?;
    Ok((section, channel))
}
