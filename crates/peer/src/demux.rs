//! Many peers on one socket: whose datagram is it?

mod keyed;

use core::hash::Hash;
use std::collections::VecDeque;

use strata_core::{Entropy, Path};
use strata_ice::Credentials;
use strata_stun::{Class, IntegrityKey, Message, Method, TransactionId, Username, is_stun};

use self::keyed::{Keyed, Table};
use crate::stats::count;

/// Finds the peer that a datagram belongs to, for sockets that many peers share.
///
/// A path belongs to the peer that was found on it: a check for it came from there, with the peer's
/// ufrag and signed with the peer's password (RFC 8445 §7.3), or one of its own checks was answered
/// from there. All else on that path, media and data too, then goes to the same peer, for one look-up
/// each. Wherever they come from, a check goes to the peer that it names, and an answer to the peer that asked.
///
/// A signature does not prove where a packet came from: who may talk to one peer could claim the path of another. The
/// other peer still gets the answers to its checks. And a path that a peer has *selected*, because its own checks were
/// answered there, can be taken over only by a peer that selects it too. The owner tells of selected paths, and of
/// what else has to be known:
///
/// | when                                                      | call                                |
/// |-----------------------------------------------------------|-------------------------------------|
/// | a local description was set (it may have restarted ICE)   | [`insert`](Self::insert)            |
/// | a datagram was sent                                       | [`note_transmit`](Self::note_transmit) |
/// | [`Event::SelectedPath`](crate::Event::SelectedPath) came  | [`note_selected`](Self::note_selected) |
/// | [`Event::Closed`](crate::Event::Closed) came              | [`remove`](Self::remove)            |
///
/// `K` names a peer: an index, or an id.
#[derive(Debug)]
pub struct Demux<K> {
    limits: DemuxLimits,
    /// By ufrag.
    credentials: Table<Box<str>, Credential<K>>,
    peers: Table<K, Entry>,
    paths: Table<Path, Owner<K>>,
    /// Who has sent which check. Nobody else can know what is drawn at random for each.
    checks: Table<TransactionId, K>,
    stats: DemuxStats,
}

/// What a [`Demux`] holds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemuxLimits {
    /// Peers. Default: 65,536, for there are no more ports to serve them from.
    pub peers: usize,
    /// Credentials of a peer, which has new ones after each ICE restart; those make room that were told
    /// longest ago. Default: 3: those in use, those being negotiated, and those of an exchange in between
    /// that came to nothing.
    pub credentials_per_peer: usize,
    /// Paths that a peer was found on, besides the selected one; the oldest makes room. Default: 16,
    /// several interfaces on both sides.
    pub paths_per_peer: usize,
    /// Checks that a peer has sent on paths it has not selected; the oldest makes room. Default: 64: at
    /// one in 50 ms (RFC 8445 §14.2), what can be answered after 3 s.
    pub checks_per_peer: usize,
}

impl Default for DemuxLimits {
    fn default() -> Self {
        Self {
            peers: 65_536,
            credentials_per_peer: 3,
            paths_per_peer: 16,
            checks_per_peer: 64,
        }
    }
}

/// What a [`Demux`] has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DemuxStats {
    /// Datagrams routed.
    pub routed: u64,
    /// Checks for a ufrag that nobody has.
    pub unknown_ufrag: u64,
    /// Checks for a known ufrag that were not signed with its password.
    pub unauthenticated: u64,
    /// Everything else that came on a path nobody knows.
    pub unknown_path: u64,
    /// Authenticated checks on a path that another peer has selected, and keeps.
    pub contested: u64,
}

/// A [`Demux`] has no room for another peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{limit} peers are there already")]
#[non_exhaustive]
pub struct DemuxFull {
    /// The limit.
    pub limit: usize,
}

#[derive(Debug)]
struct Credential<K> {
    key: K,
    integrity: IntegrityKey,
}

/// What is known of a peer; of each list, the oldest first.
#[derive(Debug, Default)]
struct Entry {
    ufrags: VecDeque<Box<str>>,
    selected: Option<Path>,
    paths: VecDeque<Path>,
    checks: VecDeque<TransactionId>,
}

/// Whose a path is.
#[derive(Clone, Copy, Debug)]
struct Owner<K> {
    key: K,
    /// Whether the owner uses the path. Then no other peer can get it by merely claiming it.
    selected: bool,
}

impl<K: Copy + Eq + Hash> Demux<K> {
    /// A demultiplexer of no peers.
    ///
    /// Of `entropy` it takes 16 bytes, the key of its hash tables: the network chooses what is looked up there,
    /// and must not be able to choose what collides.
    #[must_use]
    pub fn new(limits: DemuxLimits, entropy: &mut Entropy) -> Self {
        let keyed = Keyed::new(entropy);
        Self {
            limits,
            credentials: Table::with_hasher(keyed.clone()),
            peers: Table::with_hasher(keyed.clone()),
            paths: Table::with_hasher(keyed.clone()),
            checks: Table::with_hasher(keyed),
            stats: DemuxStats::default(),
        }
    }

    /// Adds a peer, or the new credentials of one, by
    /// [`Peer::local_credentials`](crate::Peer::local_credentials).
    ///
    /// To be called whenever a local description was set or taken back, for it may have restarted ICE.
    /// Adding the same again says that they are still used. Older credentials stay good, up to
    /// [`DemuxLimits::credentials_per_peer`], for what still flows over the path from before a restart.
    ///
    /// # Errors
    /// [`DemuxFull`] at [`DemuxLimits::peers`]; never for a peer that is there.
    pub fn insert(&mut self, credentials: &Credentials, key: K) -> Result<(), DemuxFull> {
        if !self.peers.contains_key(&key) && self.peers.len() >= self.limits.peers {
            return Err(DemuxFull {
                limit: self.limits.peers,
            });
        }
        let ufrag = credentials.ufrag();
        let credential = Credential {
            key,
            integrity: IntegrityKey::short_term(credentials.password()),
        };
        let before = self.credentials.insert(ufrag.into(), credential);
        if let Some(before) = before.filter(|before| before.key != key)
            && let Some(other) = self.peers.get_mut(&before.key)
        {
            // Two peers drew the same ufrag; only one of them can be found by it.
            other.ufrags.retain(|known| **known != *ufrag);
        }
        let entry = self.peers.entry(key).or_default();
        entry.ufrags.retain(|known| **known != *ufrag);
        let oldest = make_room(
            &mut entry.ufrags,
            ufrag.into(),
            self.limits.credentials_per_peer,
        );
        if let Some(oldest) = oldest {
            self.credentials.remove(&oldest);
        }
        Ok(())
    }

    /// Removes a peer and all that was learned of it.
    pub fn remove(&mut self, key: K) {
        let Some(entry) = self.peers.remove(&key) else {
            return;
        };
        for ufrag in &entry.ufrags {
            self.credentials.remove(ufrag);
        }
        for path in entry.paths.iter().chain(&entry.selected) {
            self.disown(*path, key);
        }
        for check in &entry.checks {
            self.forget(check, key);
        }
    }

    /// The peer that a datagram belongs to, if any. The path may have any form, and is [canonical](Path::canonical) here.
    pub fn route(&mut self, path: Path, payload: &[u8]) -> Option<K> {
        let path = path.canonical();
        let key = if is_stun(payload)
            && let Ok(message) = Message::parse(payload)
        {
            match ufrag_of_check(&message) {
                Some(ufrag) => self.route_check(path, &message, ufrag),
                None => self.route_answer(path, message.transaction_id()),
            }
        } else {
            self.owner_of(path)
        };
        if key.is_some() {
            count(&mut self.stats.routed);
        }
        key
    }

    /// Says that a peer has sent this datagram, so that the answer to a check finds it.
    pub fn note_transmit(&mut self, path: Path, credentials: &Credentials, datagram: &[u8]) {
        if !is_stun(datagram) {
            return;
        }
        let path = path.canonical();
        let Some(key) = self.credentials.get(credentials.ufrag()).map(|c| c.key) else {
            return;
        };
        // What comes on its selected path is its own anyway, such as answers to checks of consent.
        if self.is_selected_by(path, key) {
            return;
        }
        let check = Message::parse(datagram).ok();
        let Some(check) = check.filter(|message| message.class() == Class::Request) else {
            return;
        };
        let id = check.transaction_id();
        if let Some(entry) = self.peers.get_mut(&key) {
            let oldest = make_room(&mut entry.checks, id, self.limits.checks_per_peer);
            self.checks.insert(id, key);
            if let Some(oldest) = oldest {
                self.forget(&oldest, key);
            }
        }
    }

    /// Says that ICE has selected this path, as [`Event::SelectedPath`](crate::Event::SelectedPath)
    /// tells: from now on, only a peer that selects it too can take it over.
    pub fn note_selected(&mut self, path: Path, key: K) {
        if self.peers.contains_key(&key) {
            self.own(path.canonical(), key, true);
        }
    }

    fn owner_of(&mut self, path: Path) -> Option<K> {
        let owner = self.paths.get(&path);
        if owner.is_none() {
            count(&mut self.stats.unknown_path);
        }
        owner.map(|owner| owner.key)
    }

    /// What is STUN but no check: an answer, mostly.
    fn route_answer(&mut self, path: Path, id: TransactionId) -> Option<K> {
        let Some(key) = self.checks.get(&id).copied() else {
            return self.owner_of(path);
        };
        if !self.paths.contains_key(&path) {
            self.own(path, key, false);
        }
        Some(key)
    }

    fn route_check(&mut self, path: Path, message: &Message<'_>, ufrag: &str) -> Option<K> {
        let Some(credential) = self.credentials.get(ufrag) else {
            count(&mut self.stats.unknown_ufrag);
            return None;
        };
        let key = credential.key;
        let owner = self.paths.get(&path);
        // The owner of the path checks the signature itself.
        if owner.is_some_and(|owner| owner.key == key) {
            return Some(key);
        }
        if message.verify_integrity(&credential.integrity).is_err() {
            count(&mut self.stats.unauthenticated);
            return None;
        }
        if owner.is_some_and(|owner| owner.selected) {
            count(&mut self.stats.contested);
        } else {
            // The newest counts: addresses are used again by others.
            self.own(path, key, false);
        }
        Some(key)
    }

    /// Gives a path to a peer.
    fn own(&mut self, path: Path, key: K, selected: bool) {
        let Some(entry) = self.peers.get_mut(&key) else {
            return;
        };
        let listed = if selected {
            let before = entry.selected.replace(path);
            let before = before.filter(|before| *before != path);
            // The other side may use the one before for a while.
            let owner = before.and_then(|before| self.paths.get_mut(&before));
            if let Some(owner) = owner.filter(|owner| owner.key == key) {
                owner.selected = false;
            }
            before
        } else {
            Some(path)
        };
        let limit = self.limits.paths_per_peer;
        let oldest = listed.and_then(|listed| make_room(&mut entry.paths, listed, limit));
        let spared = entry.selected;
        if let Some(oldest) = oldest.filter(|oldest| Some(*oldest) != spared) {
            self.disown(oldest, key);
        }
        self.paths.insert(path, Owner { key, selected });
    }

    /// Forgets that a path is this peer's, if it is.
    fn disown(&mut self, path: Path, key: K) {
        if self.paths.get(&path).is_some_and(|owner| owner.key == key) {
            self.paths.remove(&path);
        }
    }

    /// Forgets that a check is this peer's, if it is.
    fn forget(&mut self, check: &TransactionId, key: K) {
        if self.checks.get(check) == Some(&key) {
            self.checks.remove(check);
        }
    }

    fn is_selected_by(&self, path: Path, key: K) -> bool {
        let owner = self.paths.get(&path);
        owner.is_some_and(|owner| owner.key == key && owner.selected)
    }

    /// What was counted.
    pub const fn stats(&self) -> &DemuxStats {
        &self.stats
    }
}

/// Adds something to a bounded list, and says what had to go.
fn make_room<T: PartialEq>(list: &mut VecDeque<T>, item: T, limit: usize) -> Option<T> {
    if list.contains(&item) {
        return None;
    }
    let oldest = if list.len() >= limit.max(1) {
        list.pop_front()
    } else {
        None
    };
    list.push_back(item);
    oldest
}

/// The ufrag of the one whom a check is for (RFC 8445 §7.2.2: `<theirs>:<the sender's>`).
fn ufrag_of_check<'a>(message: &Message<'a>) -> Option<&'a str> {
    if message.class() != Class::Request || message.method() != Method::BINDING {
        return None;
    }
    let Username(name) = message.get().ok()??;
    let (ufrag, _) = name.split_once(':')?;
    Some(ufrag)
}
