//! An echo and a client of it, without network: what one sends, the other has.

use std::sync::Arc;

use strata_peer::{
    Certificate, Config, Datagram, Description, Endpoint as _, Entropy, OutgoingRtp, PayloadType,
    SequenceNumber, Ssrc, Timestamp, Transceiver,
    rtp::rtcp::{Compound, Fir, FirEntry, Packet},
};

mod reports;

use super::*;

struct Call {
    now: Instant,
    client: Peer,
    server: Peer,
    echo: Echo,
    /// Whether the client takes its events; where it does, they come here.
    reads: bool,
    heard: Vec<Event>,
    /// The number of an RTP packet that is lost once on its way back.
    lose: Option<SequenceNumber>,
}

impl Call {
    /// A connected call.
    fn new(prepare: impl FnOnce(Instant, &mut Peer)) -> Self {
        let now = Instant::EPOCH;
        let certificate = Arc::new(Certificate::generate().unwrap());
        let peer = |address: &str| {
            let mut config = Config::new(Arc::clone(&certificate));
            config.keeps = KEEPS;
            let mut peer = Peer::new(config, Entropy::system());
            peer.add_local_candidate(now, address.parse().unwrap())
                .unwrap();
            peer
        };
        let (mut client, mut server) = (peer("192.0.2.1:1000"), peer("192.0.2.2:2000"));
        prepare(now, &mut client);
        let offer = client.create_offer(now).unwrap();
        client.set_local_description(now, offer.clone()).unwrap();
        server.set_remote_description(now, offer).unwrap();
        let theirs: Vec<_> = server.transceivers().map(Transceiver::id).collect();
        for transceiver in theirs {
            server.set_direction(transceiver, Direction::SendRecv);
        }
        let answer = server.create_answer(now).unwrap();
        server.set_local_description(now, answer.clone()).unwrap();
        client
            .set_remote_description(now, Description::answer(answer.sdp))
            .unwrap();
        let mut call = Self {
            now,
            client,
            server,
            echo: Echo::at(now, WALL),
            reads: true,
            heard: Vec::new(),
            lose: None,
        };
        call.run(Duration::from_millis(200));
        assert_eq!(call.client.connection_state(), ConnectionState::Connected);
        call
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += Duration::from_millis(1);
            self.client.handle_timeout(self.now);
            self.server.handle_timeout(self.now);
            if self.echo.poll_timeout().is_some_and(|due| due <= self.now) {
                self.echo.handle_timeout(self.now, &mut self.server);
            }
            while self.client_turn() | self.server_turn() {}
        }
    }

    /// Says whether anything happened.
    fn client_turn(&mut self) -> bool {
        let (mut busy, mut datagram) = (false, Vec::new());
        while let Some(transmit) = self.client.poll_transmit(self.now, &mut datagram) {
            let arrived = Datagram::new(transmit.path.reversed(), &mut datagram);
            self.server.handle_input(self.now, arrived);
            datagram.clear();
            busy = true;
        }
        while self.reads
            && let Some(event) = self.client.poll_event()
        {
            self.heard.push(event);
        }
        busy
    }

    fn server_turn(&mut self) -> bool {
        let (mut busy, mut datagram) = (false, Vec::new());
        loop {
            if let Some(transmit) = self.server.poll_transmit(self.now, &mut datagram) {
                if !self.loses(&datagram) {
                    let arrived = Datagram::new(transmit.path.reversed(), &mut datagram);
                    self.client.handle_input(self.now, arrived);
                }
                datagram.clear();
            } else if self.echo.is_ready(self.now, &mut self.server)
                && let Some(event) = self.server.poll_event()
            {
                self.echo.handle_event(self.now, &mut self.server, event);
            } else {
                return busy;
            }
            busy = true;
        }
    }

    fn loses(&mut self, datagram: &[u8]) -> bool {
        let lost = self.lose.is_some_and(|number| {
            datagram[0] >> 6 == 2
                && datagram[1] & 0x7f == VP8.get()
                && datagram[2..4] == number.get().to_be_bytes()
        });
        if lost {
            self.lose = None;
        }
        lost
    }

    fn send_video(&mut self, number: u16, repair: bool, payload: &'static [u8]) {
        let packet = OutgoingRtp::new(
            if repair { RTX } else { VP8 },
            SequenceNumber::new(number),
            Timestamp::new(1000),
            Bytes::from_static(payload),
        )
        .with_repair(repair);
        let mid = self.video().mid().unwrap();
        self.client.write_rtp(self.now, &mid, packet).unwrap();
    }

    fn video(&self) -> &Transceiver {
        self.client.transceivers().next().unwrap()
    }

    /// The stream that the client receives.
    fn echoed_stream(&self) -> Ssrc {
        self.server.transceivers().next().unwrap().ssrc()
    }

    /// The media that came back: number, payload, whether it is a retransmission.
    fn returned(&mut self) -> Vec<(u16, Vec<u8>, bool)> {
        let mut returned = Vec::new();
        for event in self.heard.drain(..) {
            if let Event::MediaPacket { packet, .. } = event {
                let number = packet.view().sequence_number().get();
                returned.push((number, packet.payload().to_vec(), packet.is_repair()));
            }
        }
        returned
    }

    /// The RTCP that came back.
    fn rtcp(&mut self) -> Vec<Bytes> {
        let mut compounds = Vec::new();
        for event in self.heard.drain(..) {
            if let Event::Rtcp { packet } = event {
                compounds.push(packet);
            }
        }
        compounds
    }

    /// The messages that came back, and where.
    fn messages(&mut self) -> Vec<(ChannelId, MessageKind, Bytes)> {
        let mut messages = Vec::new();
        for event in self.heard.drain(..) {
            if let Event::ChannelMessage { id, kind, data } = event {
                messages.push((id, kind, data));
            }
        }
        messages
    }

    fn open_channel(&mut self) -> ChannelId {
        let id = self.client.channel_ids().next().unwrap();
        assert!(self.client.channel(id).is_some());
        id
    }
}

fn with_video(_: Instant, peer: &mut Peer) {
    peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
        .unwrap();
}

fn with_channel(now: Instant, peer: &mut Peer) {
    peer.open_channel(now, ChannelConfig::new("chat")).unwrap();
}

/// What the clock on the wall shows when a call begins, since 1970.
const WALL: Duration = Duration::from_hours(500_000);

const SOON: Duration = Duration::from_millis(20);
const VP8: PayloadType = PayloadType::new(96).unwrap();
const RTX: PayloadType = PayloadType::new(97).unwrap();

/// A packet lost on the way back: the client's NACK goes round to the client itself, which sends the
/// packet again, and that comes back.
#[test]
fn what_is_lost_is_asked_for_where_it_came_from() {
    let mut call = Call::new(with_video);
    call.lose = Some(SequenceNumber::new(7));
    for number in 6..=8 {
        call.send_video(number, false, b"frame");
    }
    call.run(SOON);
    let frame = b"frame".to_vec();
    assert_eq!(
        call.returned(),
        [(6, frame.clone(), false), (8, frame, false)]
    );

    let (own, echoed) = (call.video().ssrc(), call.echoed_stream());
    let lost = [SequenceNumber::new(7)];
    call.client.write_nack(call.now, echoed, &lost).unwrap();
    call.run(SOON);
    let asked: Vec<_> = call.rtcp().iter().flat_map(|rtcp| nacks(rtcp)).collect();
    assert_eq!(asked, [(own, lost.to_vec())]);

    // RFC 4588 §4: the number of what was lost, then what was in it.
    call.send_video(100, true, b"\x00\x07frame");
    call.run(SOON);
    assert_eq!(call.returned(), [(100, b"\x00\x07frame".to_vec(), true)]);
}

fn nacks(rtcp: &[u8]) -> Vec<(Ssrc, Vec<SequenceNumber>)> {
    let mut nacks = Vec::new();
    for packet in Compound::parse(rtcp).unwrap().iter().flatten() {
        if let Packet::Nack(nack) = packet {
            nacks.push((nack.media, nack.sequence_numbers().collect()));
        }
    }
    nacks
}

#[test]
fn a_nack_for_a_stream_that_was_never_echoed_goes_nowhere() {
    let mut call = Call::new(with_video);
    for stream in [call.echoed_stream(), Ssrc::new(1)] {
        let lost = [SequenceNumber::new(7)];
        call.client.write_nack(call.now, stream, &lost).unwrap();
    }
    call.run(SOON);
    assert!(
        call.heard
            .iter()
            .all(|event| !matches!(event, Event::Rtcp { .. }))
    );
}

#[test]
fn requests_for_key_frames_go_to_who_sends_the_video() {
    let mut call = Call::new(with_video);
    call.send_video(1, false, b"frame");
    call.run(SOON);
    let mid = call.video().mid().unwrap();
    let requests = |call: &mut Call| {
        let requested = Event::KeyframeRequested { mid };
        call.heard
            .drain(..)
            .filter(|event| *event == requested)
            .count()
    };
    assert_eq!(requests(&mut call), 0);

    let echoed = call.echoed_stream();
    call.client.request_keyframe(call.now, echoed).unwrap();
    call.run(SOON);
    assert_eq!(requests(&mut call), 1, "PLI");

    let mut fir = Vec::new();
    let entries = [FirEntry {
        ssrc: echoed,
        command_sequence_number: 1,
    }];
    Fir {
        sender: call.video().ssrc(),
        media: Ssrc::new(0),
        entries: entries.as_slice().into(),
    }
    .write(&mut fir)
    .unwrap();
    call.client.write_rtcp(call.now, &fir).unwrap();
    call.run(SOON);
    assert_eq!(requests(&mut call), 1, "FIR");
}

/// The other side sends and sends and takes nothing back. What waits is limited; nothing is lost.
#[test]
fn a_sender_who_does_not_read_is_slowed_down_and_loses_nothing() {
    let mut call = Call::new(with_channel);
    let id = call.open_channel();
    call.reads = false;
    let message = |number: u32| {
        let mut message = vec![0; 100_000];
        message[..4].copy_from_slice(&number.to_be_bytes());
        message
    };
    let (mut sent, mut refused) = (0_u32, 0);
    while refused < 100 {
        let mut channel = call.client.channel(id).unwrap();
        match channel.send(call.now, MessageKind::Binary, message(sent)) {
            Ok(()) => {
                sent += 1;
                refused = 0;
            }
            Err(SendError::BufferFull { .. }) => refused += 1,
            Err(error) => panic!("{error}"),
        }
        call.run(Duration::from_millis(10));
    }
    // Two send buffers and two receive buffers of 8 and 4 MiB, and the message that is held.
    assert!(
        (200..=253).contains(&sent),
        "{sent} messages of 100 kB wait"
    );

    call.reads = true;
    call.run(Duration::from_mins(1));
    let returned = call.messages();
    assert_eq!(returned.len(), usize::try_from(sent).unwrap());
    for (number, (_, _, data)) in (0..).zip(&returned) {
        assert!(*data == message(number), "message {number} is another");
    }
}

#[test]
fn messages_of_every_channel_come_back_on_it() {
    let mut call = Call::new(|now, peer| {
        for number in 0..20 {
            let config = ChannelConfig::new(format!("channel {number}"));
            peer.open_channel(now, config).unwrap();
        }
    });
    let ids: Vec<ChannelId> = call.client.channel_ids().collect();
    let message = |number| match number {
        0 => (MessageKind::Text, Vec::new()),
        1 => (MessageKind::Binary, vec![7; 262_144]),
        _ => (MessageKind::Text, number.to_string().into_bytes()),
    };
    for (number, id) in ids.iter().enumerate() {
        let mut channel = call.client.channel(*id).unwrap();
        let (kind, data) = message(number);
        channel.send(call.now, kind, data).unwrap();
    }
    call.run(Duration::from_secs(2));
    let mut returned = call.messages();
    returned.sort_by_key(|(id, ..)| ids.iter().position(|known| known == id));
    assert_eq!(returned.len(), ids.len());
    for (number, (id, (on, kind, data))) in ids.iter().zip(returned).enumerate() {
        assert_eq!((on, (kind, data.to_vec())), (*id, message(number)));
    }
}

#[test]
fn an_offer_that_nobody_answers_is_given_up() {
    let now = Instant::EPOCH;
    let certificate = Arc::new(Certificate::generate().unwrap());
    let mut peer = Peer::new(Config::new(certificate), Entropy::system());
    prepare_offer(now, &mut peer).unwrap();
    let offer = peer.create_offer(now).unwrap();
    peer.set_local_description(now, offer).unwrap();
    let mut echo = Echo::new(now);
    let due = echo.poll_timeout().unwrap();
    assert_eq!(due, now + CONNECT_TIMEOUT);
    echo.handle_timeout(due, &mut peer);
    assert_eq!(peer.poll_transmit(due, &mut Vec::new()), None);
    let events: Vec<Event> = std::iter::from_fn(|| peer.poll_event()).collect();
    assert!(
        matches!(events.last(), Some(Event::Closed { .. })),
        "{events:?}"
    );
}
