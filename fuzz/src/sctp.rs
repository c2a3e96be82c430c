//! Two ends of data channels and a network between them that loses, repeats, reorders and lies.

use std::collections::HashMap;
use std::time::Duration;

use strata_core::{Endpoint as _, Entropy, Instant};
use strata_sctp::wire::{HEADER_LENGTH, seal};
use strata_sctp::{
    ChannelConfig, ChannelId, Config, DataChannels, Event, MessageKind, Reliability, Role,
};

use crate::entropy::Counter;

/// Operations of two octets each: what, and with what.
pub fn sctp_channels(data: &[u8]) {
    let mut world = World::new();
    let mut octets = data.iter().copied().take(4096);
    while let (Some(what), Some(with)) = (octets.next(), octets.next()) {
        world.perform(what, with, &mut octets);
        world.drain();
    }
}

struct World {
    now: Instant,
    ends: [End; 2],
    /// To which end, and what.
    under_way: Vec<(usize, Vec<u8>)>,
    /// Whether the network has only done what networks do.
    honest: bool,
}

struct End {
    channels: DataChannels,
    open: Vec<ChannelId>,
    /// How many messages went out and came in, by channel.
    sent: HashMap<ChannelId, u8>,
    received: HashMap<ChannelId, u8>,
    closed: bool,
}

impl World {
    fn new() -> Self {
        let end = |seed, role| {
            let mut channels =
                DataChannels::new(Config::default(), Entropy::from_source(Counter(seed)));
            channels.set_role(Instant::EPOCH, role);
            channels.connect(Instant::EPOCH);
            End {
                channels,
                open: Vec::new(),
                sent: HashMap::new(),
                received: HashMap::new(),
                closed: false,
            }
        };
        let mut world = Self {
            now: Instant::EPOCH,
            ends: [end(1, Role::Client), end(2, Role::Server)],
            under_way: Vec::new(),
            honest: true,
        };
        world.drain();
        world
    }

    fn perform(&mut self, what: u8, with: u8, octets: &mut impl Iterator<Item = u8>) {
        let (one, now) = (usize::from(with & 1), self.now);
        match what % 16 {
            kind @ 0..=7 => self.network(kind, with, octets),
            8 | 9 => {
                let due = self.ends[one].channels.poll_timeout();
                self.now = now.max(due.unwrap_or(now)) + Duration::from_millis(with.into());
            }
            10 => self.open(one, with),
            11..=13 => self.send(one, with),
            14 => {
                let end = &mut self.ends[one];
                let Some(index) = usize::from(with >> 1).checked_rem(end.open.len()) else {
                    return;
                };
                let id = end.open[index];
                if let Some(channel) = end.channels.channel(id) {
                    channel.close(now);
                }
            }
            _ if with < 8 => self.ends[one].channels.shutdown(now),
            _ if with < 16 => self.ends[one].channels.abort(now),
            _ => {}
        }
    }

    fn network(&mut self, kind: u8, with: u8, octets: &mut impl Iterator<Item = u8>) {
        let Some(index) = usize::from(with).checked_rem(self.under_way.len()) else {
            return;
        };
        let now = self.now;
        match kind {
            0..=3 => {
                // The oldest most of the time: a network that only shuffles gets nowhere.
                let index = if kind < 3 { 0 } else { index };
                let (to, mut packet) = self.under_way.remove(index);
                self.ends[to].channels.handle_input(now, &mut packet);
            }
            4 => {
                let (to, mut packet) = self.under_way[index].clone();
                self.ends[to].channels.handle_input(now, &mut packet);
            }
            5 => drop(self.under_way.remove(index)),
            6 => {
                // Damage that the checksum does not find.
                self.honest = false;
                let (_, packet) = &mut self.under_way[index];
                let at = usize::from(octets.next().unwrap_or(0)) % packet.len();
                packet[at] ^= octets.next().unwrap_or(1);
                reseal(packet);
            }
            _ => {
                // Chunks of an attacker who knows the tag.
                self.honest = false;
                let (to, packet) = &self.under_way[index];
                let mut forged = packet[..HEADER_LENGTH].to_vec();
                let length = usize::from(octets.next().unwrap_or(0));
                forged.extend(octets.take(length));
                reseal(&mut forged);
                self.ends[*to].channels.handle_input(now, &mut forged);
            }
        }
    }

    fn open(&mut self, one: usize, with: u8) {
        let config = ChannelConfig::new("fuzz")
            .with_unordered(with & 2 != 0)
            .with_reliability(match with >> 2 & 3 {
                0 | 1 => Reliability::Reliable,
                2 => Reliability::MaxRetransmits(u32::from(with >> 4)),
                _ => Reliability::MaxLifetime(Duration::from_millis(with.into())),
            });
        let end = &mut self.ends[one];
        if end.open.len() < 64
            && let Ok(id) = end.channels.open(self.now, config)
        {
            end.open.push(id);
        }
    }

    fn send(&mut self, one: usize, with: u8) {
        let end = &mut self.ends[one];
        let Some(index) = usize::from(with >> 5).checked_rem(end.open.len()) else {
            return;
        };
        let id = end.open[index];
        let number = end.sent.entry(id).or_default();
        let data = vec![*number; usize::from(with >> 1) * 40];
        if let Some(mut channel) = end.channels.channel(id)
            && channel
                .send(self.now, MessageKind::Binary, data.clone())
                .is_ok()
            && !data.is_empty()
        {
            *number = number.wrapping_add(1);
        }
    }

    fn drain(&mut self) {
        for side in [0, 1] {
            self.ends[side].channels.handle_timeout(self.now);
            let mut out = vec![0xee];
            while self.ends[side]
                .channels
                .poll_transmit(self.now, &mut out)
                .is_some()
            {
                assert!(!self.ends[side].closed, "nothing is sent after the end");
                if self.under_way.len() < 200 {
                    self.under_way.push((1 - side, out[1..].to_vec()));
                }
                assert_eq!(out[0], 0xee);
                out.truncate(1);
            }
            while let Some(event) = self.ends[side].channels.poll_event() {
                self.take(side, event);
            }
            let deadline = self.ends[side].channels.poll_timeout();
            assert!(deadline.is_none_or(|deadline| deadline > self.now));
            assert!(!self.ends[side].closed || deadline.is_none());
        }
    }

    fn take(&mut self, side: usize, event: Event) {
        let end = &mut self.ends[side];
        assert!(!end.closed, "nothing follows the end");
        match event {
            Event::ChannelOpened { id, incoming: true } => end.open.push(id),
            Event::ChannelClosed { id } => end.open.retain(|other| *other != id),
            Event::Message { id, data, .. } => {
                let Some(channel) = end.channels.channel(id) else {
                    return;
                };
                let complete =
                    channel.is_ordered() && channel.reliability() == Reliability::Reliable;
                if self.honest && complete && !data.is_empty() {
                    let next = end.received.entry(id).or_default();
                    assert!(
                        data.iter().all(|octet| octet == next),
                        "each message, once, in order"
                    );
                    *next = next.wrapping_add(1);
                }
            }
            Event::Closed { .. } => end.closed = true,
            _ => {}
        }
    }
}

fn reseal(packet: &mut [u8]) {
    packet[8..HEADER_LENGTH].fill(0);
    seal(packet, 0);
}
