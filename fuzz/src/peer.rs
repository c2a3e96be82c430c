//! Peers that are told nonsense, and two peers with a hostile network between them.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use strata_core::{Datagram, Endpoint as _, Entropy, Instant, Path};
use strata_dtls::Certificate;
use strata_peer::{
    ChannelConfig, ChannelId, Config, Description, Direction, Event, Keeps, MediaKind, MessageKind,
    OutgoingRtp, Peer, SequenceNumber, Timestamp,
};
use strata_sdp::Session;

use crate::{Outcome, entropy::Counter};

/// A remote offer, which is answered if it can be, then offered again.
pub fn peer_offer(data: &[u8]) -> Outcome {
    let text = match std::str::from_utf8(data) {
        Ok(text) => text,
        Err(error) => return Outcome::refused(error),
    };
    let now = Instant::EPOCH;
    let mut peer = peer(1);
    let outcome = match peer.set_remote_description(now, Description::offer(text)) {
        Ok(()) => {
            let answer = peer
                .create_answer(now)
                .expect("an offer that was taken has an answer");
            let read = Session::parse(&answer.sdp).expect("what we write can be read");
            let offer = Session::parse(text).expect("what was taken can be read");
            assert_eq!(read.media.len(), offer.media.len());
            peer.set_local_description(now, answer)
                .expect("our own answer");
            Outcome::Parsed
        }
        Err(error) => Outcome::refused(error),
    };
    offers_can_be_made(&mut peer);
    rest(&mut peer);
    outcome
}

/// A remote answer to an offer of audio, video and data. What does not begin as a description does says how the answer
/// of a second peer is damaged.
pub fn peer_answer(data: &[u8]) -> Outcome {
    let now = Instant::EPOCH;
    let mut peer = peer(1);
    fill(&mut peer);
    let offer = peer.create_offer(now).expect("the first offer");
    peer.set_local_description(now, offer.clone())
        .expect("our own offer");
    let damaged;
    let data = if data.starts_with(b"v=") {
        data
    } else {
        damaged = damage(&answer_to(offer), data);
        &damaged
    };
    let text = match std::str::from_utf8(data) {
        Ok(text) => text,
        Err(error) => return Outcome::refused(error),
    };
    let outcome = match peer.set_remote_description(now, Description::answer(text)) {
        Ok(()) => Outcome::Parsed,
        Err(error) => Outcome::refused(error),
    };
    if outcome == Outcome::Parsed {
        offers_can_be_made(&mut peer);
    }
    rest(&mut peer);
    outcome
}

/// What a second peer answers.
fn answer_to(offer: Description) -> Vec<u8> {
    let now = Instant::EPOCH;
    let mut other = peer(2);
    other
        .set_remote_description(now, offer)
        .expect("an offer of our own");
    let answer = other.create_answer(now).expect("an answer to it");
    answer.sdp.into_bytes()
}

/// Four octets are one change: what, in which line, and two more.
fn damage(text: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = text
        .split_inclusive(|c| *c == b'\n')
        .map(Vec::from)
        .collect();
    for change in changes.chunks_exact(4).take(16) {
        let [what, line, a, b] = [change[0], change[1], change[2], change[3]];
        let Some(at) = usize::from(line).checked_rem(lines.len()) else {
            break;
        };
        let other = usize::from(a) % lines.len();
        let column = usize::from(a) % lines[at].len().max(1);
        match what % 8 {
            0 => drop(lines.remove(at)),
            1 => lines.insert(other, lines[at].clone()),
            2 => lines.swap(at, other),
            3 => {
                let text = lines[other].clone();
                lines[at] = text;
            }
            4 => {
                if let Some(octet) = lines[at].get_mut(column) {
                    *octet = b;
                }
            }
            5 => lines[at].insert(column, b),
            // Another number of one digit, where there is one.
            6 => {
                let mut digits = lines[at].iter_mut().filter(|octet| octet.is_ascii_digit());
                if let Some(digit) = digits.nth(usize::from(a % 8)) {
                    *digit = b'0' + b % 10;
                }
            }
            _ => lines.truncate(lines.len() - usize::from(a % 4)),
        }
    }
    lines.concat()
}

/// Two peers that have agreed, and operations of two octets each: what, and with what.
pub fn peer_session(data: &[u8]) {
    let mut world = World::new();
    let mut octets = data.iter().copied().take(2048);
    while let (Some(what), Some(with)) = (octets.next(), octets.next()) {
        world.perform(what, with, &mut octets);
        world.drain();
    }
}

fn fill(peer: &mut Peer) {
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let added = peer.add_transceiver(kind, Direction::SendRecv);
        added.expect("one of the first two");
    }
    let opened = peer.open_channel(Instant::EPOCH, ChannelConfig::new("fuzz"));
    opened.expect("the first channel");
}

fn offers_can_be_made(peer: &mut Peer) {
    if let Ok(offer) = peer.create_offer(Instant::EPOCH) {
        Session::parse(&offer.sdp).expect("what we write can be read");
        let _ = peer.set_local_description(Instant::EPOCH, offer);
        let _ = peer.set_local_description(Instant::EPOCH, Description::rollback());
    }
}

/// Whatever a peer was told, it goes on from one deadline to the next.
fn rest(peer: &mut Peer) {
    let mut now = Instant::EPOCH;
    for _ in 0..50 {
        let mut out = Vec::new();
        while peer.poll_transmit(now, &mut out).is_some() {
            out.clear();
        }
        while peer.poll_event().is_some() {}
        let Some(due) = peer.poll_timeout() else {
            return;
        };
        assert!(due > now);
        now = due;
        peer.handle_timeout(now);
    }
}

struct World {
    now: Instant,
    peers: [Peer; 2],
    channels: [Vec<ChannelId>; 2],
    closed: [bool; 2],
    /// To whom, on which path as the receiver sees it, and what.
    under_way: VecDeque<(usize, Path, Vec<u8>)>,
}

impl World {
    fn new() -> Self {
        let now = Instant::EPOCH;
        let mut peers = [peer(1), peer(2)];
        for (peer, port) in peers.iter_mut().zip([1000, 2000]) {
            let address = SocketAddr::from(([192, 0, 2, 1], port));
            peer.add_local_candidate(now, address)
                .expect("the first address");
        }
        fill(&mut peers[0]);
        let mut world = Self {
            now,
            peers,
            channels: [Vec::new(), Vec::new()],
            closed: [false; 2],
            under_way: VecDeque::new(),
        };
        world.negotiate(0);
        world.drain();
        world
    }

    /// An offer and its answer, as far as the states allow.
    fn negotiate(&mut self, one: usize) {
        let now = self.now;
        let Ok(offer) = self.peers[one].create_offer(now) else {
            return;
        };
        if self.peers[one].set_local_description(now, offer).is_err() {
            return;
        }
        let offer = self.peers[one].local_description().expect("just set");
        let other = &mut self.peers[1 - one];
        if other
            .set_remote_description(now, Description::offer(offer))
            .is_err()
        {
            let _ = self.peers[one].set_local_description(now, Description::rollback());
            return;
        }
        let answer = other
            .create_answer(now)
            .expect("an offer that was taken has an answer");
        other
            .set_local_description(now, answer)
            .expect("our own answer");
        let answer = other.local_description().expect("just set");
        let _ = self.peers[one].set_remote_description(now, Description::answer(answer));
    }

    fn perform(&mut self, what: u8, with: u8, octets: &mut impl Iterator<Item = u8>) {
        let (one, now) = (usize::from(with & 1), self.now);
        match what % 16 {
            kind @ 0..=6 => self.network(kind, with, octets),
            7 | 8 => {
                let due = self.peers[one].poll_timeout().unwrap_or(now);
                self.now = now.max(due) + Duration::from_millis(u64::from(with & 0x7e));
            }
            9 => {
                let opened = self.peers[one].open_channel(now, ChannelConfig::new("more"));
                self.channels[one].extend(opened.ok());
                self.channels[one].truncate(16);
            }
            10 | 11 => {
                let ids = &self.channels[one];
                let Some(index) = usize::from(with >> 1).checked_rem(ids.len()) else {
                    return;
                };
                if let Some(mut channel) = self.peers[one].channel(ids[index]) {
                    let data = vec![with; usize::from(with) * 20];
                    let _ = channel.send(now, MessageKind::Binary, data);
                }
            }
            12 => self.negotiate(one),
            13 => {
                self.peers[one].restart_ice(now);
            }
            14 => {
                let mut packet: Vec<u8> = octets.take(with.into()).collect();
                // Mostly a packet of a type that is known, as long as it says.
                if with & 2 != 0 {
                    packet.resize((packet.len().max(8) / 4) * 4, with);
                    let words = u16::try_from(packet.len() / 4 - 1).expect("below 256 octets");
                    packet[0] = 0x80 | packet[0] & 0x1f;
                    packet[1] = 200 + packet[1] % 8;
                    packet[2..4].copy_from_slice(&words.to_be_bytes());
                }
                let _ = self.peers[one].write_rtcp(now, &packet);
            }
            _ if with < 8 => self.peers[one].close(now),
            _ => self.write_rtp(one, with, octets),
        }
    }

    /// A packet of media: its section, a number near those before or far from them, and its length.
    fn write_rtp(&mut self, one: usize, with: u8, octets: &mut impl Iterator<Item = u8>) {
        let peer = &mut self.peers[one];
        let sections: Vec<_> = peer
            .transceivers()
            .filter_map(|one| {
                let codec = one.codecs().first()?;
                Some((one.mid()?, codec.payload_type, codec.rtx))
            })
            .collect();
        let Some(index) = usize::from(with >> 1).checked_rem(sections.len()) else {
            return;
        };
        let (mid, media, repair) = sections[index];
        let [high, low, length] = [(); 3].map(|()| octets.next().unwrap_or(0));
        let repair = repair.filter(|_| with & 0x80 != 0);
        let packet = OutgoingRtp::new(
            repair.unwrap_or(media),
            SequenceNumber::new(u16::from_be_bytes([high, low])),
            Timestamp::new(u32::from(low) * 960),
            vec![length; usize::from(length)].into(),
        )
        .with_marker(low & 1 == 1)
        .with_repair(repair.is_some());
        let _ = peer.write_rtp(self.now, &mid, packet);
    }

    fn network(&mut self, kind: u8, with: u8, octets: &mut impl Iterator<Item = u8>) {
        let now = self.now;
        let Some(index) = usize::from(with).checked_rem(self.under_way.len()) else {
            return;
        };
        match kind {
            0..=3 => {
                // As a network does: all that is there, or the oldest, or any.
                let (index, count) = match kind {
                    0 | 1 => (0, 1 + usize::from(with >> 4)),
                    2 => (0, 1),
                    _ => (index, 1),
                };
                for _ in 0..count {
                    let Some((to, path, mut bytes)) = self.under_way.remove(index) else {
                        return;
                    };
                    self.peers[to].handle_input(now, Datagram::new(path, &mut bytes));
                }
            }
            4 => drop(self.under_way.remove(index)),
            5 => {
                let (to, path, mut bytes) = self.under_way[index].clone();
                if let Some(at) = usize::from(octets.next().unwrap_or(0)).checked_rem(bytes.len()) {
                    bytes[at] ^= octets.next().unwrap_or(0);
                }
                self.peers[to].handle_input(now, Datagram::new(path, &mut bytes));
            }
            _ => {
                let (to, path, _) = self.under_way[index];
                let mut bytes: Vec<u8> = octets.take(with.into()).collect();
                self.peers[to].handle_input(now, Datagram::new(path, &mut bytes));
            }
        }
    }

    fn drain(&mut self) {
        for side in [0, 1] {
            self.peers[side].handle_timeout(self.now);
            let mut out = Vec::new();
            while let Some(transmit) = self.peers[side].poll_transmit(self.now, &mut out) {
                assert!(!self.closed[side], "nothing is sent after the end");
                let path = transmit.path.reversed();
                // A path to nowhere: a candidate that the other side does not have.
                if self.under_way.len() < 100 && path.local.port() % 1000 == 0 {
                    self.under_way.push_back((1 - side, path, out.clone()));
                }
                out.clear();
            }
            while let Some(event) = self.peers[side].poll_event() {
                assert!(!self.closed[side], "nothing follows the end");
                match event {
                    Event::ChannelOpened { id, .. } => self.channels[side].push(id),
                    Event::ChannelClosed { id } => self.channels[side].retain(|other| *other != id),
                    Event::Closed { .. } => self.closed[side] = true,
                    // Whatever was done to it: what arrives is what the other has sent.
                    Event::MediaPacket { packet, .. } => {
                        let payload = packet.view().payload();
                        let all = |octet: &u8| usize::from(*octet) == payload.len();
                        assert!(payload.iter().all(all), "{payload:?}");
                    }
                    _ => {}
                }
            }
            let due = self.peers[side].poll_timeout();
            assert!(due.is_none_or(|due| due > self.now));
        }
    }
}

fn peer(owner: u8) -> Peer {
    static CERTIFICATES: OnceLock<[Arc<Certificate>; 2]> = OnceLock::new();
    let all = CERTIFICATES.get_or_init(|| {
        [[1; 32], [2; 32]].map(|seed| Arc::new(Certificate::from_seed(&seed).expect("a good seed")))
    });
    let certificate = all[usize::from(owner) % 2].clone();
    let mut config = Config::new(certificate);
    config.keeps = Keeps::EVERYTHING;
    Peer::new(config, Entropy::from_source(Counter(owner)))
}
