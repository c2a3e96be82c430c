//! Many peers on one socket: whose datagram is it?

use core::hash::Hash;
use std::collections::{HashMap, VecDeque};

use strata_core::Path;
use strata_ice::Credentials;
use strata_stun::{Class, IntegrityKey, Message, Method, TransactionId, Username, is_stun};

/// Finds the peer that a datagram belongs to, for sockets that many peers share.
///
/// A path belongs to the peer that has authenticated it: one whose check came on it, with the peer's
/// ufrag and signed with the peer's password (RFC 8445 §7.3). All else on that path, media and data
/// too, then goes to the same peer, for one look-up each. Checks go to whom they name, wherever they
/// come from.
///
/// A signature does not prove the address it came from: who may talk to one peer could claim the path
/// of another. So a path that a peer has *selected*, because its own checks were answered there, can
/// be taken over only by a peer that selects it too. The owner says so, and what else is to be known:
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
    credentials: HashMap<Box<str>, Credential<K>>,
    peers: HashMap<K, Entry>,
    paths: HashMap<Path, Owner<K>>,
    stats: DemuxStats,
}

/// What a [`Demux`] holds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemuxLimits {
    /// Peers. Default: 65,536, for there are no more ports to serve them from.
    pub peers: usize,
    /// Credentials of a peer, which has new ones after each ICE restart; the oldest make room. Default:
    /// 3: those in use, those being negotiated, and those of an exchange in between that came to nothing.
    pub credentials_per_peer: usize,
    /// Paths that a peer has authenticated, besides the selected one; the oldest makes room. Default: 16,
    /// several interfaces on both sides.
    pub paths_per_peer: usize,
    /// Paths on which a peer has sent checks; the oldest makes room. Default: 64, as many as ICE takes
    /// remote candidates.
    pub hints_per_peer: usize,
}

impl Default for DemuxLimits {
    fn default() -> Self {
        Self {
            peers: 65_536,
            credentials_per_peer: 3,
            paths_per_peer: 16,
            hints_per_peer: 64,
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
    hints: VecDeque<Path>,
}

/// Whose a path is.
#[derive(Clone, Debug)]
struct Owner<K> {
    key: K,
    claim: Claim,
    /// Who else has shown a signed check here, and the last check that this one has sent here.
    contender: Option<(K, Option<TransactionId>)>,
}

/// What the owner of a path bases his claim on, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// He has sent something there.
    Hint,
    /// A check for him came from there.
    Signed,
    /// He was answered from there, and uses it.
    Selected,
}

impl<K: Copy + Eq + Hash> Demux<K> {
    /// A demultiplexer of no peers.
    #[must_use]
    pub fn new(limits: DemuxLimits) -> Self {
        Self {
            limits,
            credentials: HashMap::new(),
            peers: HashMap::new(),
            paths: HashMap::new(),
            stats: DemuxStats::default(),
        }
    }

    /// Adds a peer, or the new credentials of one, by
    /// [`Peer::local_credentials`](crate::Peer::local_credentials).
    ///
    /// To be called whenever a local description was set or taken back, for it may have restarted ICE.
    /// Adding the same again changes nothing. Older credentials stay good, up to
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
        let paths = entry.paths.iter().chain(&entry.hints);
        for path in paths.chain(&entry.selected) {
            self.disown(*path, key);
        }
    }

    /// The peer that a datagram belongs to, if any.
    pub fn route(&mut self, path: Path, payload: &[u8]) -> Option<K> {
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
            self.stats.routed += 1;
        }
        key
    }

    /// Says that a peer has sent this datagram, so that the answer to a check finds it. Never takes a
    /// path from another peer.
    pub fn note_transmit(&mut self, path: Path, credentials: &Credentials, datagram: &[u8]) {
        if !is_stun(datagram) {
            return;
        }
        if !self.paths.contains_key(&path) {
            self.note_check_sent(path, credentials);
            return;
        }
        let Some(sender) = self.credentials.get(credentials.ufrag()) else {
            return;
        };
        if let Some(owner) = self.paths.get_mut(&path)
            && let Some((contender, sent)) = &mut owner.contender
            && *contender == sender.key
        {
            *sent = Message::parse(datagram)
                .ok()
                .map(|check| check.transaction_id());
        }
    }

    /// As [`note_transmit`](Self::note_transmit), for a check that is not at hand any more. If another
    /// peer has the path already, the answer goes there.
    pub fn note_check_sent(&mut self, path: Path, credentials: &Credentials) {
        if self.paths.contains_key(&path) {
            return;
        }
        let sender = self.credentials.get(credentials.ufrag());
        if let Some(key) = sender.map(|sender| sender.key) {
            self.own(path, key, Claim::Hint);
        }
    }

    /// Says that ICE has selected this path, as [`Event::SelectedPath`](crate::Event::SelectedPath)
    /// tells: from now on, only a peer that selects it too can take it over.
    pub fn note_selected(&mut self, path: Path, key: K) {
        if self.peers.contains_key(&key) {
            self.own(path, key, Claim::Selected);
        }
    }

    fn owner_of(&mut self, path: Path) -> Option<K> {
        let owner = self.paths.get(&path);
        if owner.is_none() {
            self.stats.unknown_path += 1;
        }
        owner.map(|owner| owner.key)
    }

    /// What is STUN but no check: an answer, mostly.
    fn route_answer(&mut self, path: Path, id: TransactionId) -> Option<K> {
        let contender = self.paths.get(&path).and_then(|owner| owner.contender);
        match contender {
            Some((key, Some(sent))) if sent == id && self.peers.contains_key(&key) => Some(key),
            Some(_) | None => self.owner_of(path),
        }
    }

    fn route_check(&mut self, path: Path, message: &Message<'_>, ufrag: &str) -> Option<K> {
        let Some(credential) = self.credentials.get(ufrag) else {
            self.stats.unknown_ufrag += 1;
            return None;
        };
        let key = credential.key;
        let owner = self.paths.get(&path);
        // Whoever owns the path checks the signature himself.
        if owner.is_some_and(|owner| owner.key == key && owner.claim >= Claim::Signed) {
            return Some(key);
        }
        if message.verify_integrity(&credential.integrity).is_err() {
            self.stats.unauthenticated += 1;
            return None;
        }
        match self.paths.get_mut(&path) {
            Some(owner) if owner.claim == Claim::Selected => {
                self.stats.contested += 1;
                if owner.contender.is_none_or(|(known, _)| known != key) {
                    owner.contender = Some((key, None));
                }
            }
            // The newest counts: addresses are used again by others.
            Some(_) | None => self.own(path, key, Claim::Signed),
        }
        Some(key)
    }

    /// Gives a path to a peer.
    fn own(&mut self, path: Path, key: K, claim: Claim) {
        let Some(entry) = self.peers.get_mut(&key) else {
            return;
        };
        let oldest = match claim {
            Claim::Hint => make_room(&mut entry.hints, path, self.limits.hints_per_peer),
            Claim::Signed => make_room(&mut entry.paths, path, self.limits.paths_per_peer),
            Claim::Selected => {
                let before = entry.selected.replace(path);
                let before = before.filter(|before| *before != path);
                // The other side may use the one before for a while.
                before.and_then(|before| {
                    let known = self.paths.get_mut(&before);
                    if let Some(known) = known.filter(|known| known.key == key) {
                        known.claim = Claim::Signed;
                    }
                    make_room(&mut entry.paths, before, self.limits.paths_per_peer)
                })
            }
        };
        let selected = entry.selected;
        if let Some(oldest) = oldest.filter(|oldest| Some(*oldest) != selected)
            && self
                .paths
                .get(&oldest)
                .is_some_and(|owner| owner.claim <= claim)
        {
            self.disown(oldest, key);
        }
        if let Some(before) = self.paths.get_mut(&path) {
            let mine = before.key == key;
            before.contender = before.contender.filter(|(other, _)| mine && *other != key);
            before.claim = if mine { claim.max(before.claim) } else { claim };
            before.key = key;
        } else {
            let owner = Owner {
                key,
                claim,
                contender: None,
            };
            self.paths.insert(path, owner);
        }
    }

    /// Forgets that a path is this peer's, if it is.
    fn disown(&mut self, path: Path, key: K) {
        if self.paths.get(&path).is_some_and(|owner| owner.key == key) {
            self.paths.remove(&path);
        }
    }

    /// What was counted.
    pub const fn stats(&self) -> &DemuxStats {
        &self.stats
    }
}

impl<K: Copy + Eq + Hash> Default for Demux<K> {
    fn default() -> Self {
        Self::new(DemuxLimits::default())
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
