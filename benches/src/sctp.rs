//! Implementations of SCTP behind one trait, and two of them in one place.
//!
//! Packets go from one end to the other as the one gives them out and as the other takes them, which differs: the trait
//! leaves the type to each, so that nobody pays for a copy that its users would not make. A message is likewise handed
//! over in the type that the implementation sends without a copy of ours, and read in the way it was made to be read.
//! All fill packets of 1160 bytes; all else is what each does by default, but for limits that the messages here exceed.

mod strata;

#[cfg(feature = "rivals")]
mod dcsctp;
#[cfg(feature = "rivals")]
mod rtc_sctp;
#[cfg(feature = "rivals")]
mod sctp_proto;

use std::{
    hint::black_box,
    time::{Duration, Instant as Clock},
};

use bytes::Bytes;
use strata_core::{Instant, earliest};

pub use self::strata::Strata;
#[cfg(feature = "rivals")]
pub use self::{dcsctp::Dcsctp, rtc_sctp::RtcSctp, sctp_proto::SctpProto};
use crate::link::{Link, LinkConfig};

/// What a packet carries of a message at most: 1160 bytes without the headers of the packet and the chunk.
pub const FRAGMENT: usize = 1132;

/// The common header of a packet, and the header of a DATA chunk.
const HEADERS: [usize; 2] = [12, 16];

/// One end of an association.
pub trait Sctp: Sized {
    /// The name of the rows: that of the crate.
    const NAME: &'static str;
    /// As it is given out and taken.
    type Packet: Default + AsRef<[u8]>;
    /// As it is sent.
    type Message;

    /// The client and the server.
    fn pair() -> [Self; 2];

    /// The client begins.
    fn connect(&mut self, now: Instant);

    /// Whether messages can be sent.
    fn is_connected(&self) -> bool;

    /// Makes streams ready that messages can be sent on, numbered from 0.
    fn open(&mut self, now: Instant, streams: u16);

    /// A message of these bytes. It is made before the clock runs, as an application has it before it sends it.
    fn message(bytes: &Bytes) -> Self::Message;

    /// Sends messages, each on its stream.
    fn send(&mut self, now: Instant, messages: Vec<(u16, Self::Message)>);

    /// How much of a stream waits to be sent; some count what waits for an acknowledgement too.
    fn buffered(&mut self, stream: u16) -> usize;

    /// Puts the next packet there, over what was there before; `false` when there is none.
    fn poll_packet(&mut self, now: Instant, packet: &mut Self::Packet) -> bool;

    /// Takes a packet. What is left there is of no use.
    fn handle_packet(&mut self, now: Instant, packet: &mut Self::Packet);

    /// Takes a message that has arrived, all of its bytes; its length.
    fn poll_message(&mut self) -> Option<usize>;

    /// When it wants to be told the time.
    fn poll_timeout(&self) -> Option<Instant>;

    /// Tells the time.
    fn handle_timeout(&mut self, now: Instant);
}

/// A connected pair without anything in between, and the time.
#[derive(Debug)]
pub struct Direct<E: Sctp> {
    ends: [E; 2],
    now: Instant,
    packet: E::Packet,
}

impl<E: Sctp> Direct<E> {
    /// Two ends, of which the first can send on as many streams.
    #[must_use]
    pub fn new(streams: u16) -> Self {
        let mut direct = Self {
            ends: E::pair(),
            now: Instant::from_millis(1),
            packet: E::Packet::default(),
        };
        let [client, _] = &mut direct.ends;
        client.connect(direct.now);
        direct.run(0);
        assert!(direct.ends.iter().all(E::is_connected), "{}", E::NAME);
        let [client, _] = &mut direct.ends;
        client.open(direct.now, streams);
        direct.run(0);
        direct
    }

    /// Sends messages, each on its stream, and returns when all have arrived at the other end.
    pub fn transfer(&mut self, messages: Vec<(u16, E::Message)>) {
        let wanted = messages.len();
        let [client, _] = &mut self.ends;
        client.send(self.now, messages);
        self.run(wanted);
    }

    /// Sends no messages for that long, and frees what is there to drive both ends alone.
    pub fn rest(&mut self, time: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += Duration::from_millis(100);
            for end in &mut self.ends {
                if end.poll_timeout().is_some_and(|at| at <= self.now) {
                    end.handle_timeout(self.now);
                }
            }
            self.run(0);
        }
        self.packet = E::Packet::default();
    }

    /// The next packet of the client, when it has sent a message on the first stream.
    pub fn packet_with(&mut self, message: E::Message) -> &mut E::Packet {
        let [client, _] = &mut self.ends;
        client.send(self.now, vec![(0, message)]);
        while self.packet.as_ref().len() < FRAGMENT {
            // What comes first may be a SACK by itself.
            assert!(client.poll_packet(self.now, &mut self.packet), "DATA");
        }
        &mut self.packet
    }

    /// Passes packets, bursts of them in turn, until both ends are quiet and as many messages have arrived.
    fn run(&mut self, wanted: usize) {
        let mut arrived = 0;
        let mut waits = 0;
        loop {
            let mut moved = false;
            for turn in [0, 1] {
                let [client, server] = &mut self.ends;
                let (from, to) = match turn {
                    0 => (client, server),
                    _ => (server, client),
                };
                for _ in 0..BURST {
                    if !from.poll_packet(self.now, &mut self.packet) {
                        break;
                    }
                    moved = true;
                    to.handle_packet(self.now, &mut self.packet);
                }
                while to.poll_message().is_some() {
                    arrived += 1;
                }
                self.now += Duration::from_micros(200);
            }
            if !moved {
                if arrived >= wanted {
                    assert_eq!(arrived, wanted, "{}", E::NAME);
                    return;
                }
                // Both wait for a timer: the receiver's to acknowledge, or the sender's to try again.
                waits += 1;
                assert!(waits < 1000, "{} does not go on", E::NAME);
                let at = self.ends.each_ref().map(E::poll_timeout);
                let at = earliest(at).expect("somebody who goes on");
                self.now = self.now.max(at);
            }
            for end in &mut self.ends {
                if end.poll_timeout().is_some_and(|at| at <= self.now) {
                    end.handle_timeout(self.now);
                }
            }
        }
    }
}

/// How many packets one end sends before the other has its turn.
const BURST: usize = 32;

/// What comes of a transfer over a path.
#[derive(Clone, Copy, Debug)]
pub struct Goodput {
    /// Bytes of whole messages that arrived.
    pub bytes: u64,
    /// What it took of this machine's time, both ends and the path.
    pub real: Duration,
}

/// Sends messages of 64 KiB from the first end for that long, of virtual time, over a path that is the same both ways.
pub fn goodput<E: Sctp>(ends: [E; 2], config: LinkConfig, time: Duration) -> Goodput {
    let message = Bytes::from(vec![7; 64 * 1024]);
    let mut path = Path::new(ends, config);
    path.ends[0].connect(path.now);
    path.run_until(Instant::EPOCH + Duration::from_millis(300));
    assert!(path.ends.iter().all(E::is_connected), "{}", E::NAME);
    path.ends[0].open(path.now, 1);
    let (clock, mut made) = (Clock::now(), Duration::ZERO);
    let end = path.now + time;
    path.bytes = 0;
    while path.now < end {
        let [client, _] = &mut path.ends;
        while client.buffered(0) < 1 << 20 {
            // An application has its messages: a copy, where one is made here, is not part of what sending takes.
            let before = Clock::now();
            let message = E::message(&message);
            made += before.elapsed();
            client.send(path.now, vec![(0, message)]);
        }
        path.run_until(path.now + Duration::from_millis(5));
    }
    Goodput {
        bytes: path.bytes,
        real: clock.elapsed().saturating_sub(made),
    }
}

/// Two ends, and a link each way.
struct Path<E: Sctp> {
    ends: [E; 2],
    /// To the first end, and to the second.
    links: [Link<E::Packet>; 2],
    now: Instant,
    bytes: u64,
    spare: Vec<E::Packet>,
}

impl<E: Sctp> Path<E> {
    fn new(ends: [E; 2], config: LinkConfig) -> Self {
        Self {
            ends,
            links: [7, 8].map(|seed| Link::new(config, seed)),
            now: Instant::from_millis(1),
            bytes: 0,
            spare: Vec::new(),
        }
    }

    fn run_until(&mut self, end: Instant) {
        loop {
            self.drain();
            let arrival = earliest(self.links.each_ref().map(Link::next_arrival));
            let timer = earliest(self.ends.each_ref().map(E::poll_timeout));
            let next = earliest([arrival, timer]);
            // Some name times that have been.
            let soon = self.now + Duration::from_micros(10);
            let next = next.map_or(end, |at| at.max(soon));
            if next >= end {
                self.now = end;
                return;
            }
            self.now = next;
            for (end, link) in self.ends.iter_mut().zip(&mut self.links) {
                if end.poll_timeout().is_some_and(|at| at <= next) {
                    end.handle_timeout(next);
                }
                while let Some(mut packet) = link.receive(next) {
                    end.handle_packet(next, &mut packet);
                    self.spare.push(packet);
                }
            }
        }
    }

    fn drain(&mut self) {
        let [to_client, to_server] = &mut self.links;
        for (end, link) in self.ends.iter_mut().zip([to_server, to_client]) {
            loop {
                let mut packet = self.spare.pop().unwrap_or_default();
                if !end.poll_packet(self.now, &mut packet) {
                    self.spare.push(packet);
                    break;
                }
                link.send(self.now, packet);
            }
            while let Some(length) = end.poll_message() {
                self.bytes += length as u64;
            }
        }
    }
}

/// What no implementation can avoid: the bytes of each packet copied and summed, once on each side.
#[derive(Debug, Default)]
pub struct Limit {
    packet: Vec<u8>,
    /// Bytes of messages in the packet.
    payload: usize,
    delivered: Vec<u8>,
}

impl Limit {
    /// Carries so many messages of these bytes, in as few packets as they fit in.
    pub fn carry(&mut self, message: &[u8], count: usize) {
        let [common, chunk] = HEADERS;
        for fragment in std::iter::repeat_n(message, count).flat_map(|m| m.chunks(FRAGMENT)) {
            let after = self.packet.len() + chunk + fragment.len();
            if after > common + chunk + FRAGMENT {
                self.pass();
            }
            if self.packet.is_empty() {
                self.packet.resize(common, 0);
            }
            self.packet.resize(self.packet.len() + chunk, 0);
            self.packet.extend_from_slice(fragment);
            self.packet.resize(self.packet.len().next_multiple_of(4), 0);
            self.payload += fragment.len();
        }
        self.pass();
    }

    /// Sums at both ends, and copies what is of messages.
    fn pass(&mut self) {
        black_box(crc_fast::crc32_iscsi(&self.packet));
        black_box(crc_fast::crc32_iscsi(&self.packet));
        self.delivered.clear();
        let payload = self.packet.get(..self.payload).expect("it is in there");
        self.delivered.extend_from_slice(payload);
        black_box(&self.delivered);
        self.packet.clear();
        self.payload = 0;
    }
}
