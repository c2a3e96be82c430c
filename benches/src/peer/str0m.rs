//! `str0m`, with the cryptography of AWS-LC, which its users have who choose no other.
//!
//! It is in its RTP mode, without bandwidth estimation, and writes the one header extension that strata writes, the MID.

use std::{
    collections::VecDeque,
    fmt,
    hint::black_box,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use str0m::{
    Candidate, Event, Input, Output,
    channel::ChannelId,
    media::{Direction, MediaKind, Mid, Pt},
    net::{Protocol, Receive, Transmit},
    rtp::{Extension, RtpWrite},
};

use super::{ADDRESSES, Contents, Peers};

/// Two peers.
pub struct Str0m {
    now: Instant,
    peers: [str0m::Rtc; 2],
    /// Which peer each datagram is for.
    under_way: VecDeque<(usize, Transmit)>,
    video: Option<Mid>,
    number: u64,
    channel: ChannelId,
    told: Told,
}

/// How often the peers have told what.
#[derive(Default)]
struct Told {
    connected: usize,
    channels: usize,
    /// Packets and messages.
    received: usize,
}

impl Told {
    fn note(&mut self, event: &Event) {
        self.connected += usize::from(matches!(event, Event::Connected));
        self.channels += usize::from(matches!(event, Event::ChannelOpen(..)));
        self.received += usize::from(matches!(event, Event::RtpPacket(_) | Event::ChannelData(_)));
    }
}

impl fmt::Debug for Str0m {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Str0m").finish_non_exhaustive()
    }
}

impl Str0m {
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

    fn payload_type(&self, section: Mid) -> Pt {
        let [peer, _] = &self.peers;
        let section = peer.media(section).expect("a section");
        *section.remote_pts().first().expect("a codec")
    }
}

impl Peers for Str0m {
    const NAME: &'static str = "str0m";
    type Message = Bytes;
    type Payload = Arc<[u8]>;

    fn new(contents: Contents) -> Self {
        str0m::crypto::from_feature_flags().install_process_default();
        let now = Instant::now();
        let mut peers = ADDRESSES.map(|address| {
            let mut peer = str0m::Rtc::builder()
                .set_rtp_mode(true)
                .clear_extension_map()
                .set_extension(1, Extension::RtpMid)
                .build(now);
            let address: SocketAddr = address.parse().expect("an address");
            let candidate = Candidate::host(address, "udp").expect("a candidate");
            peer.add_local_candidate(candidate);
            peer
        });
        let (video, channel) = describe(&mut peers, contents).expect("descriptions that fit");
        Self {
            now,
            peers,
            under_way: VecDeque::new(),
            video,
            number: 0,
            channel,
            told: Told::default(),
        }
    }

    fn are_connected(&self) -> bool {
        (self.told.connected, self.told.channels) == (2, 2)
    }

    fn tick(&mut self, time: Duration) {
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

    fn message(bytes: &Bytes) -> Bytes {
        bytes.clone()
    }

    fn payload(bytes: &Bytes) -> Arc<[u8]> {
        bytes.as_ref().into()
    }

    fn send(&mut self, message: Bytes) {
        let [peer, _] = &mut self.peers;
        let mut channel = peer.channel(self.channel).expect("an open channel");
        assert!(channel.write(true, &message).expect("an open channel"));
        self.drain(0);
    }

    fn write_rtp(&mut self, payload: Arc<[u8]>) {
        let section = self.video.expect("a section");
        let payload_type = self.payload_type(section);
        self.number += 1;
        let [peer, _] = &mut self.peers;
        let packet = RtpWrite::new(payload_type, self.number.into(), 0, self.now, payload);
        let mut direct = peer.direct_api();
        let stream = direct.stream_tx_by_mid(section, None);
        stream.expect("a stream").write_rtp(packet);
        self.drain(0);
    }

    fn received(&self) -> usize {
        self.told.received
    }

    fn strip(&mut self) {
        self.under_way = VecDeque::new();
    }
}

/// An offer of video and data, and its answer.
fn describe(
    peers: &mut [str0m::Rtc; 2],
    contents: Contents,
) -> Result<(Option<Mid>, ChannelId), Box<dyn std::error::Error>> {
    let [a, b] = peers;
    let mut changes = a.sdp_api();
    let video = (contents == Contents::VideoAndData)
        .then(|| changes.add_media(MediaKind::Video, Direction::SendRecv, None, None, None));
    let channel = changes.add_channel("bench".to_owned());
    let (offer, pending) = changes.apply().ok_or("no changes")?;
    let answer = b.sdp_api().accept_offer(offer)?;
    a.sdp_api().accept_answer(pending, answer)?;
    Ok((video, channel))
}
