//! Many peers on one socket, and who they are taken for.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use strata_core::{Entropy, Path};
use strata_ice::Credentials;
use strata_peer::{Demux, DemuxLimits};
use strata_stun::{
    Class, IntegrityKey, Message, MessageWriter, Method, TransactionId, Username, is_stun,
};

use crate::entropy::Counter;

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
    peers: 3,
    credentials_per_peer: 2,
    paths_per_peer: 2,
    checks_per_peer: 3,
};

/// Of both there are more than fit in; a ufrag may move from one peer to another.
const UFRAGS: u8 = 8;
const KEYS: u8 = 4;
const PATHS: u8 = 16;

/// What no parser takes for STUN.
const PLAIN: &[u8] = &[0x80];

struct World {
    demux: Demux<u8>,
    /// The ufrags of each peer, the oldest first.
    peers: BTreeMap<u8, VecDeque<u8>>,
    /// The peers that each path may be known for. Paths that had to make room are in here still.
    learned: BTreeMap<u8, BTreeSet<u8>>,
    /// Who has sent each check that may still be known; the newest with its number.
    askers: HashMap<TransactionId, u8>,
    /// The path that each peer has selected. The peer has it for itself by that.
    selected: BTreeMap<u8, u8>,
    holders: BTreeMap<u8, u8>,
    routed: u64,
    asked: u64,
}

impl World {
    fn new() -> Self {
        Self {
            demux: Demux::new(LIMITS, &mut Entropy::from_source(Counter(0))),
            peers: BTreeMap::new(),
            learned: BTreeMap::new(),
            askers: HashMap::new(),
            selected: BTreeMap::new(),
            holders: BTreeMap::new(),
            routed: 0,
            asked: 0,
        }
    }

    /// Does what two bytes say, and gives back what is left of the input.
    fn perform<'a>(&mut self, what: u8, with: u8, tail: &'a [u8]) -> &'a [u8] {
        let (ufrag, place) = (with % UFRAGS, with / UFRAGS % PATHS);
        match what % 11 {
            0 => self.insert(ufrag, with / UFRAGS % KEYS),
            1 => self.remove(with % KEYS),
            2 => self.ask(ufrag, place, place),
            3 | 4 => self.signed_check(ufrag, place),
            5 => self.forged_check(ufrag, place),
            6 => self.plain(place, &[0x80, with, 0, 1]),
            7 => {
                let (length, tail) = tail.split_first().unwrap_or((&0, tail));
                let (datagram, tail) = tail.split_at(usize::from(*length).min(tail.len()));
                self.plain(place, datagram);
                return tail;
            }
            8 => self.select(place, with % KEYS),
            9 => self.ask(ufrag, place, ufrag),
            _ => self.plain(place, &message(Class::Success, ufrag, "", "their password")),
        }
        tail
    }

    fn owner(&self, ufrag: u8) -> Option<u8> {
        let mut peers = self.peers.iter();
        let owner = peers.find(|(_, ufrags)| ufrags.contains(&ufrag));
        owner.map(|(key, _)| *key)
    }

    fn learn(&mut self, ufrag: u8, place: u8) {
        if let Some(key) = self.owner(ufrag) {
            self.learned.entry(place).or_default().insert(key);
        }
    }

    /// A peer sends a check of its own.
    fn ask(&mut self, ufrag: u8, place: u8, number: u8) {
        let sent = message(Class::Request, number, "them", "their password");
        self.demux
            .note_transmit(path(place), &credentials(ufrag), &sent);
        if let Some(key) = self.owner(ufrag)
            && self.holders.get(&place) != Some(&key)
        {
            self.askers.insert(id(number), key);
        }
    }

    fn insert(&mut self, ufrag: u8, key: u8) {
        let inserted = self.demux.insert(&credentials(ufrag), key);
        let limit = LIMITS.peers;
        if !self.peers.contains_key(&key) && self.peers.len() == limit {
            assert_eq!(inserted.map_err(|full| full.limit), Err(limit));
            return;
        }
        assert_eq!(inserted, Ok(()));
        for ufrags in self.peers.values_mut() {
            ufrags.retain(|known| *known != ufrag);
        }
        let ufrags = self.peers.entry(key).or_default();
        ufrags.push_back(ufrag);
        if ufrags.len() > LIMITS.credentials_per_peer {
            ufrags.pop_front();
        }
    }

    fn remove(&mut self, key: u8) {
        self.demux.remove(key);
        self.peers.remove(&key);
        self.selected.remove(&key);
        self.holders.retain(|_, holder| *holder != key);
        self.askers.retain(|_, asker| *asker != key);
        for keys in self.learned.values_mut() {
            keys.remove(&key);
        }
        for place in 0..PATHS {
            assert_ne!(
                self.route(place, PLAIN),
                Some(key),
                "a peer that was removed"
            );
        }
    }

    fn select(&mut self, place: u8, key: u8) {
        self.demux.note_selected(path(place), key);
        if !self.peers.contains_key(&key) {
            return;
        }
        let before = self.selected.insert(key, place);
        if let Some(before) = before.filter(|before| self.holders.get(before) == Some(&key)) {
            self.holders.remove(&before);
        }
        self.holders.insert(place, key);
        self.learned.entry(place).or_default().insert(key);
        assert_eq!(self.route(place, PLAIN), Some(key));
    }

    /// A check by somebody who knows the password.
    fn signed_check(&mut self, ufrag: u8, place: u8) {
        let credentials = credentials(ufrag);
        let datagram = check(credentials.ufrag(), credentials.password());
        let owner = self.owner(ufrag);
        assert_eq!(self.route(place, &datagram), owner);
        if owner.is_some() {
            self.learn(ufrag, place);
            // Everything else that comes on the path belongs to the same peer, unless another peer has it for itself.
            let holder = self.holders.get(&place).copied();
            assert_eq!(self.route(place, PLAIN), holder.or(owner));
        }
    }

    /// A check by somebody who does not: it moves no path.
    fn forged_check(&mut self, ufrag: u8, place: u8) {
        let before = self.route(place, PLAIN);
        let datagram = check(credentials(ufrag).ufrag(), "not the password of anybody");
        let routed = self.route(place, &datagram);
        assert!(routed.is_none() || routed == self.owner(ufrag));
        assert!(routed.is_none() || routed == before);
        assert_eq!(self.route(place, PLAIN), before);
    }

    /// What nobody has signed goes where something went before, or to who has asked for it.
    fn plain(&mut self, place: u8, datagram: &[u8]) {
        let Some(key) = self.route(place, datagram) else {
            return;
        };
        let learned = self.learned.entry(place).or_default();
        let message = Message::parse(datagram).ok().filter(|_| is_stun(datagram));
        if message.is_some_and(|m| self.askers.get(&m.transaction_id()) == Some(&key)) {
            learned.insert(key);
        }
        assert!(learned.contains(&key), "{key} of {learned:?}");
    }

    /// Routes a datagram, and checks that it goes to a peer that is there.
    fn route(&mut self, place: u8, datagram: &[u8]) -> Option<u8> {
        let key = self.demux.route(path(place), datagram);
        self.asked += 1;
        self.routed += u64::from(key.is_some());
        assert!(key.is_none_or(|key| self.peers.contains_key(&key)));
        let stats = *self.demux.stats();
        let dropped = stats.unknown_ufrag + stats.unauthenticated + stats.unknown_path;
        assert_eq!(
            (stats.routed, dropped),
            (self.routed, self.asked - self.routed)
        );
        key
    }

    /// Whoever has selected a path has it, and nobody has more paths than are allowed.
    fn check_everywhere(&mut self) {
        let mut held = BTreeMap::<u8, usize>::new();
        for place in 0..PATHS {
            self.plain(place, PLAIN);
            let key = self.route(place, PLAIN);
            let holder = self.holders.get(&place).copied();
            assert!(holder.is_none() || holder == key);
            if let Some(key) = key {
                *held.entry(key).or_default() += 1;
            }
        }
        for paths in held.into_values() {
            assert!(paths <= 1 + LIMITS.paths_per_peer);
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
    message(Class::Request, 7, &format!("{ufrag}:them"), password)
}

fn id(number: u8) -> TransactionId {
    TransactionId::new([number; 12])
}

fn message(class: Class, number: u8, username: &str, password: &str) -> Vec<u8> {
    let mut out = Vec::new();
    MessageWriter::new(&mut out, class, Method::BINDING, id(number))
        .push(&Username(username))
        .integrity(&IntegrityKey::short_term(password))
        .fingerprint()
        .finish()
        .expect("short attributes");
    out
}
