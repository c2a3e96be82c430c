//! Many peers on one socket, and who they are taken for.

use std::collections::{BTreeMap, BTreeSet};

use strata_core::Path;
use strata_ice::Credentials;
use strata_peer::{Demux, DemuxFull, DemuxLimits};
use strata_stun::{
    Class, IntegrityKey, Message, MessageWriter, Method, TransactionId, Username, is_stun,
};

/// Peers that come and go, and datagrams for them: an operation is two bytes, what and with what. Those
/// that carry a datagram take it from the bytes behind them.
pub fn peer_demux(data: &[u8]) {
    let mut world = World::new();
    let mut rest = data;
    while let Some((&[what, with], tail)) = rest.split_first_chunk() {
        rest = world.perform(what, with, tail);
    }
    world.check_everywhere();
}

/// The limits are small, so that they are reached.
const LIMITS: DemuxLimits = DemuxLimits {
    peers: 5,
    paths_per_peer: 2,
    hints_per_peer: 3,
};

/// Of the ufrags there are more than peers fit in, and each peer may have several.
const UFRAGS: u8 = 8;
const KEYS: u8 = 4;
const PATHS: u8 = 16;

struct World {
    demux: Demux<u8>,
    /// Whose each ufrag is.
    owners: BTreeMap<u8, u8>,
    /// The ufrags that each path has been authenticated by, or checks were sent from. Paths that had to
    /// make room are in here still.
    learned: BTreeMap<u8, BTreeSet<u8>>,
    routed: u64,
    asked: u64,
}

impl World {
    fn new() -> Self {
        Self {
            demux: Demux::new(LIMITS),
            owners: BTreeMap::new(),
            learned: BTreeMap::new(),
            routed: 0,
            asked: 0,
        }
    }

    /// Does what two bytes say, and gives back what is left of the input.
    fn perform<'a>(&mut self, what: u8, with: u8, tail: &'a [u8]) -> &'a [u8] {
        let (ufrag, place) = (with % UFRAGS, with / UFRAGS % PATHS);
        match what % 8 {
            0 => self.insert(ufrag, with / UFRAGS % KEYS),
            1 => self.remove(with % KEYS),
            2 => {
                self.demux.note_check_sent(path(place), &credentials(ufrag));
                if self.owners.contains_key(&ufrag) {
                    self.learned.entry(place).or_default().insert(ufrag);
                }
            }
            3 | 4 => self.signed_check(ufrag, place),
            5 => self.forged_check(ufrag, place),
            6 => self.plain(place, &[0x80, with, 0, 1]),
            _ => {
                let (length, tail) = tail.split_first().unwrap_or((&0, tail));
                let (datagram, tail) = tail.split_at(usize::from(*length).min(tail.len()));
                self.anything(place, datagram);
                return tail;
            }
        }
        tail
    }

    fn insert(&mut self, ufrag: u8, key: u8) {
        let full = !self.owners.contains_key(&ufrag) && self.owners.len() == LIMITS.peers;
        let inserted = self.demux.insert(&credentials(ufrag), key);
        if full {
            let limit = LIMITS.peers;
            assert_eq!(inserted, Err(DemuxFull { limit }));
            return;
        }
        assert_eq!(inserted, Ok(()));
        // Given to somebody, or given again: what was learned of it is not his.
        self.unlearn(ufrag);
        self.owners.insert(ufrag, key);
    }

    fn remove(&mut self, key: u8) {
        self.demux.remove(key);
        for ufrag in 0..UFRAGS {
            if self.owners.get(&ufrag) == Some(&key) {
                self.owners.remove(&ufrag);
                self.unlearn(ufrag);
            }
        }
        for place in 0..PATHS {
            assert_ne!(self.route(place, &[0x80]), Some(key), "he was removed");
        }
    }

    fn unlearn(&mut self, ufrag: u8) {
        for ufrags in self.learned.values_mut() {
            ufrags.remove(&ufrag);
        }
    }

    /// A check by somebody who knows the password.
    fn signed_check(&mut self, ufrag: u8, place: u8) {
        let credentials = credentials(ufrag);
        let datagram = check(credentials.ufrag(), credentials.password());
        let owner = self.owners.get(&ufrag).copied();
        assert_eq!(self.route(place, &datagram), owner);
        if owner.is_some() {
            self.learned.entry(place).or_default().insert(ufrag);
            // All else that comes on the path is his too.
            assert_eq!(self.route(place, &[0x80]), owner);
        }
    }

    /// A check by somebody who does not: it moves no path.
    fn forged_check(&mut self, ufrag: u8, place: u8) {
        let before = self.route(place, &[0x80]);
        let datagram = check(credentials(ufrag).ufrag(), "not the password of anybody");
        let routed = self.route(place, &datagram);
        assert!(routed.is_none() || routed == self.owners.get(&ufrag).copied());
        assert!(routed.is_none() || routed == before);
        assert_eq!(self.route(place, &[0x80]), before);
    }

    /// No check: it goes where checks went before.
    fn plain(&mut self, place: u8, datagram: &[u8]) {
        if let Some(key) = self.route(place, datagram) {
            let ufrags = self.learned.get(&place).into_iter().flatten();
            let owners: Vec<_> = ufrags.map(|ufrag| self.owners.get(ufrag)).collect();
            assert!(owners.contains(&Some(&key)), "{key} of {owners:?}");
        }
    }

    fn anything(&mut self, place: u8, datagram: &[u8]) {
        let named = Message::parse(datagram).ok().filter(|_| is_stun(datagram));
        let ufrag = named
            .filter(|message| message.class() == Class::Request)
            .and_then(|message| message.get::<Username<'_>>().ok().flatten())
            .and_then(|Username(name)| name.split_once(':'));
        match ufrag {
            // A fuzzer does not sign.
            Some(_) => {
                let before = self.route(place, &[0x80]);
                let routed = self.route(place, datagram);
                assert!(routed.is_none() || routed == before);
            }
            None => self.plain(place, datagram),
        }
    }

    /// Routes a datagram, and checks that it goes to a peer that is there.
    fn route(&mut self, place: u8, datagram: &[u8]) -> Option<u8> {
        let key = self.demux.route(path(place), datagram);
        self.asked += 1;
        self.routed += u64::from(key.is_some());
        if let Some(key) = key {
            assert!(self.owners.values().any(|owner| *owner == key));
        }
        let stats = *self.demux.stats();
        let dropped = stats.unknown_ufrag + stats.unauthenticated + stats.unknown_path;
        assert_eq!(
            (stats.routed, dropped),
            (self.routed, self.asked - self.routed)
        );
        key
    }

    /// No peer holds more paths than its ufrags allow.
    fn check_everywhere(&mut self) {
        let mut held = BTreeMap::<u8, usize>::new();
        for place in 0..PATHS {
            self.plain(place, &[0x80]);
            if let Some(key) = self.route(place, &[0x80]) {
                *held.entry(key).or_default() += 1;
            }
        }
        for (key, paths) in held {
            let ufrags = self.owners.values().filter(|owner| **owner == key).count();
            assert!(paths <= ufrags * (LIMITS.paths_per_peer + LIMITS.hints_per_peer));
        }
    }
}

fn credentials(ufrag: u8) -> Credentials {
    let (ufrag, password) = (format!("ufrag{ufrag}"), format!("password{ufrag:016}"));
    Credentials::new(&ufrag, &password).expect("long enough")
}

fn path(place: u8) -> Path {
    let local = ([192, 0, 2, 1], 3478).into();
    Path::udp(local, ([198, 51, 100, 1], 1000 + u16::from(place)).into())
}

/// A connectivity check for the one with this ufrag.
fn check(ufrag: &str, password: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let id = TransactionId::new([7; 12]);
    MessageWriter::new(&mut out, Class::Request, Method::BINDING, id)
        .push(&Username(&format!("{ufrag}:them")))
        .integrity(&IntegrityKey::short_term(password))
        .fingerprint()
        .finish()
        .expect("short attributes");
    out
}
