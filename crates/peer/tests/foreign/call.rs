//! A call between one of our peers and one that others wrote.

use std::{sync::Arc, time::Duration};

use strata_core::{Datagram, Endpoint as _, Instant};
use strata_crypto::Certificate;
use strata_peer::{
    ChannelConfig, Config, ConnectionState, Description, Direction, Event, MediaKind, MessageKind,
    OutgoingRtp, Peer, SequenceNumber, Timestamp,
};
use strata_sim::SeededEntropy;

use crate::rival::{MediaRival, OUR_ADDRESS, RIVAL_ADDRESS, Rival};

/// A call between a [`Peer`] and a [`Rival`], without delay or loss.
pub(crate) struct Call<R> {
    pub(crate) now: Instant,
    pub(crate) peer: Peer,
    pub(crate) rival: R,
    events: Vec<Event>,
}

impl<R: Rival> Call<R> {
    fn new(media: bool, rival: R) -> Self {
        let certificate = Arc::new(Certificate::generate().unwrap());
        let now = strata_sim::START;
        let mut peer = Peer::new(Config::new(certificate), SeededEntropy::entropy(1));
        peer.add_local_candidate(now, OUR_ADDRESS.parse().unwrap())
            .unwrap();
        if media {
            peer.add_transceiver(MediaKind::Audio, Direction::SendRecv)
                .unwrap();
            peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
                .unwrap();
        }
        Self {
            now,
            peer,
            rival,
            events: Vec::new(),
        }
    }

    /// We offer.
    pub(crate) fn offer(media: bool, rival: R) -> Self {
        let mut call = Self::new(media, rival);
        let now = call.now;
        call.peer
            .open_channel(now, ChannelConfig::new("chat"))
            .unwrap();
        let offer = call.peer.create_offer(now).unwrap();
        call.peer.set_local_description(now, offer.clone()).unwrap();
        let answer = call.rival.accept_offer(now, &offer.sdp);
        call.peer
            .set_remote_description(now, Description::answer(answer))
            .unwrap();
        call
    }

    /// They offer.
    pub(crate) fn answer(media: bool, rival: R) -> Self {
        let mut call = Self::new(media, rival);
        let now = call.now;
        let offer = call.rival.offer(now, media);
        call.peer
            .set_remote_description(now, Description::offer(offer))
            .unwrap();
        let answer = call.peer.create_answer(now).unwrap();
        call.peer
            .set_local_description(now, answer.clone())
            .unwrap();
        call.rival.accept_answer(now, &answer.sdp);
        call
    }

    /// Lets everything be said that has to be said now, then time go on by 5 ms.
    fn step(&mut self) {
        loop {
            let mut quiet = true;
            let (mut out, mut answers) = (Vec::new(), Vec::new());
            while let Some(transmit) = self.peer.poll_transmit(self.now, &mut out) {
                assert_eq!(transmit.path.remote.to_string(), RIVAL_ADDRESS);
                self.rival.receive(self.now, &out);
                // It wants to be polled after every datagram, or forgets the one before.
                answers.extend(self.rival.poll(self.now));
                out.clear();
                quiet = false;
            }
            while let Some(event) = self.peer.poll_event() {
                self.events.push(event);
                quiet = false;
            }
            answers.extend(self.rival.poll(self.now));
            for (path, mut datagram) in answers {
                self.peer
                    .handle_input(self.now, Datagram::new(path, &mut datagram));
                quiet = false;
            }
            if quiet {
                break;
            }
        }
        self.now += Duration::from_millis(5);
        self.peer.handle_timeout(self.now);
        self.rival.advance(self.now);
    }

    pub(crate) fn run_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        for _ in 0..2_000 {
            if done(self) {
                return;
            }
            self.step();
        }
        panic!(
            "10 s have passed without: {what}; {:?} {:?}",
            self.events,
            self.peer.stats()
        );
    }

    pub(crate) fn connect(&mut self) {
        self.run_until("a connection", |call| {
            call.peer.connection_state() == ConnectionState::Connected && call.rival.is_connected()
        });
        let took = self.now.duration_since(strata_sim::START);
        println!("connected in {took:?} of virtual time");
    }

    /// Messages of both kinds and of many packets, both ways.
    pub(crate) fn exchange_messages(&mut self) {
        self.run_until("a channel", |call| {
            call.rival.has_channel()
                && call
                    .events
                    .iter()
                    .any(|event| matches!(event, Event::ChannelOpened { .. }))
        });
        let id = self.events.iter().find_map(|event| match event {
            Event::ChannelOpened { id, label, .. } => {
                assert_eq!(label, "chat");
                Some(*id)
            }
            _ => None,
        });
        let long = vec![0xa5; 60_000];
        let mut channel = self.peer.channel(id.unwrap()).unwrap();
        channel.send(self.now, MessageKind::Text, "to you").unwrap();
        channel
            .send(self.now, MessageKind::Binary, long.clone())
            .unwrap();
        self.rival.send(self.now, false, b"to me");
        self.rival.send(self.now, true, &long);
        self.run_until("the messages", |call| {
            call.rival.messages().len() == 2 && call.messages().len() == 2
        });
        assert_eq!(
            self.rival.messages(),
            [(false, b"to you".to_vec()), (true, long.clone())]
        );
        assert_eq!(
            self.messages(),
            [
                (MessageKind::Text, b"to me".to_vec()),
                (MessageKind::Binary, long)
            ]
        );
        println!("messages of 6 and 60000 bytes there, of 5 and 60000 bytes back");
    }

    fn messages(&self) -> Vec<(MessageKind, Vec<u8>)> {
        let message = |event: &Event| match event {
            Event::ChannelMessage { kind, data, .. } => Some((*kind, data.to_vec())),
            _ => None,
        };
        self.events.iter().filter_map(message).collect()
    }
}

impl<R: MediaRival> Call<R> {
    /// Fifty packets of each section, both ways.
    pub(crate) fn exchange_media(&mut self) {
        let sections: Vec<_> = self
            .peer
            .transceivers()
            .map(|transceiver| (transceiver.mid().unwrap(), transceiver.codecs()[0].clone()))
            .collect();
        assert_eq!(sections.len(), 2);
        for n in 0..50_u8 {
            for (mid, codec) in &sections {
                let packet = OutgoingRtp::new(
                    codec.payload_type,
                    SequenceNumber::new(100 + u16::from(n)),
                    Timestamp::new(960 * u32::from(n)),
                    vec![n; 200].into(),
                )
                .with_marker(n == 0);
                self.peer.write_rtp(self.now, mid, packet).unwrap();
                self.rival
                    .write_rtp(self.now, mid.as_str(), codec.payload_type.get(), n);
            }
            self.step();
        }
        self.run_until("the media", |call| {
            sections.iter().all(|(mid, _)| {
                call.rival.media_of(mid.as_str()).len() == 50 && call.media_of(*mid).len() == 50
            })
        });
        let expected: Vec<_> = (0..50_u8).map(|n| vec![n; 200]).collect();
        for (mid, _) in &sections {
            assert_eq!(self.rival.media_of(mid.as_str()), expected);
            assert_eq!(self.media_of(*mid), expected);
        }
        println!("50 packets of each section there and back");
    }

    fn media_of(&self, section: strata_peer::Mid) -> Vec<Vec<u8>> {
        let payload = |event: &Event| match event {
            Event::MediaPacket { mid, packet } if *mid == section && !packet.is_repair() => {
                Some(packet.payload().to_vec())
            }
            _ => None,
        };
        let all = self.events.iter().filter_map(payload);
        all.filter(|payload| !payload.is_empty()).collect()
    }
}
