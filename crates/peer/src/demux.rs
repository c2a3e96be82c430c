//! Many peers on one socket: whose datagram is it?

use core::hash::Hash;
use std::collections::{HashMap, VecDeque};

use strata_core::Path;
use strata_ice::Credentials;
use strata_stun::{Class, IntegrityKey, Message, Method, Username, is_stun};

/// Finds the peer that a datagram belongs to, for sockets that many peers share.
///
/// A path belongs to the peer that has authenticated it: one whose check came on it, with the peer's
/// ufrag and signed with the peer's password (RFC 8445 §7.3). All else on that path, media and data
/// too, then goes to the same peer, for one look-up each.
///
/// Before the other side's first check, only answers to our own checks can arrive:
/// [`note_check_sent`](Self::note_check_sent) has them routed.
///
/// `K` names a peer: an index, or an id.
#[derive(Debug)]
pub struct Demux<K> {
    limits: DemuxLimits,
    peers: HashMap<Box<str>, Entry<K>>,
    /// The ufrags of each peer: one, or more after ICE restarts.
    ufrags: HashMap<K, Vec<Box<str>>>,
    paths: HashMap<Path, Owner<K>>,
    stats: DemuxStats,
}

/// What a [`Demux`] holds at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemuxLimits {
    /// Peers. Default: 65,536, for there are no more ports to serve them from.
    pub peers: usize,
    /// Paths that a peer has authenticated; the oldest makes room. Default: 16, several interfaces on
    /// both sides.
    pub paths_per_peer: usize,
    /// Paths on which a peer has sent checks; the oldest makes room. Default: 64, as many as ICE takes
    /// remote candidates.
    pub hints_per_peer: usize,
}

impl Default for DemuxLimits {
    fn default() -> Self {
        Self {
            peers: 65_536,
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
}

/// A [`Demux`] has no room for another peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{limit} peers are there already")]
pub struct DemuxFull {
    /// The limit.
    pub limit: usize,
}

#[derive(Debug)]
struct Entry<K> {
    key: K,
    integrity: IntegrityKey,
    /// The oldest first.
    paths: VecDeque<Path>,
    hints: VecDeque<Path>,
}

#[derive(Clone, Debug)]
struct Owner<K> {
    key: K,
    ufrag: Box<str>,
    authenticated: bool,
}

impl<K: Copy + Eq + Hash> Demux<K> {
    /// A demultiplexer of no peers.
    #[must_use]
    pub fn new(limits: DemuxLimits) -> Self {
        Self {
            limits,
            peers: HashMap::new(),
            ufrags: HashMap::new(),
            paths: HashMap::new(),
            stats: DemuxStats::default(),
        }
    }

    /// Adds a peer, by [`Peer::local_credentials`](crate::Peer::local_credentials). A peer may be added
    /// under several credentials, as an ICE restart gives it.
    ///
    /// # Errors
    /// [`DemuxFull`] at [`DemuxLimits::peers`].
    pub fn insert(&mut self, credentials: &Credentials, key: K) -> Result<(), DemuxFull> {
        let ufrag = credentials.ufrag();
        if !self.peers.contains_key(ufrag) && self.peers.len() >= self.limits.peers {
            return Err(DemuxFull {
                limit: self.limits.peers,
            });
        }
        self.forget(ufrag);
        let entry = Entry {
            key,
            integrity: IntegrityKey::short_term(credentials.password()),
            paths: VecDeque::new(),
            hints: VecDeque::new(),
        };
        self.peers.insert(ufrag.into(), entry);
        self.ufrags.entry(key).or_default().push(ufrag.into());
        Ok(())
    }

    /// Removes a peer and all that was learned of it.
    pub fn remove(&mut self, key: K) {
        for ufrag in self.ufrags.remove(&key).unwrap_or_default() {
            self.forget(&ufrag);
        }
    }

    fn forget(&mut self, ufrag: &str) {
        let Some(entry) = self.peers.remove(ufrag) else {
            return;
        };
        if let Some(ufrags) = self.ufrags.get_mut(&entry.key) {
            ufrags.retain(|known| **known != *ufrag);
            if ufrags.is_empty() {
                self.ufrags.remove(&entry.key);
            }
        }
        for path in entry.paths.iter().chain(&entry.hints) {
            if self
                .paths
                .get(path)
                .is_some_and(|owner| *owner.ufrag == *ufrag)
            {
                self.paths.remove(path);
            }
        }
    }

    /// The peer that a datagram belongs to, if any.
    pub fn route(&mut self, path: Path, payload: &[u8]) -> Option<K> {
        let known = self.paths.get(&path);
        let key = if is_stun(payload)
            && let Some(ufrag) = ufrag_of_check(payload)
        {
            match known {
                // Whoever owns the path checks the signature himself.
                Some(owner) if owner.authenticated && *owner.ufrag == *ufrag => Some(owner.key),
                _ => self.authenticate(path, payload, ufrag),
            }
        } else {
            if known.is_none() {
                self.stats.unknown_path += 1;
            }
            known.map(|owner| owner.key)
        };
        if key.is_some() {
            self.stats.routed += 1;
        }
        key
    }

    /// Says that a peer has sent a check on this path, so that the answer finds it. Never takes a path
    /// from a peer that has authenticated it.
    pub fn note_check_sent(&mut self, path: Path, credentials: &Credentials) {
        if self.paths.contains_key(&path) {
            return;
        }
        let ufrag = credentials.ufrag();
        let Some(entry) = self.peers.get_mut(ufrag) else {
            return;
        };
        let oldest = make_room(&mut entry.hints, path, self.limits.hints_per_peer);
        let owner = Owner {
            key: entry.key,
            ufrag: ufrag.into(),
            authenticated: false,
        };
        self.own(path, owner, oldest);
    }

    /// A check on a path that is not this peer's yet.
    fn authenticate(&mut self, path: Path, payload: &[u8], ufrag: &str) -> Option<K> {
        let Some(entry) = self.peers.get_mut(ufrag) else {
            self.stats.unknown_ufrag += 1;
            return None;
        };
        let signed = Message::parse(payload)
            .is_ok_and(|message| message.verify_integrity(&entry.integrity).is_ok());
        if !signed {
            self.stats.unauthenticated += 1;
            return None;
        }
        // The newest counts: addresses are used again by others.
        let oldest = make_room(&mut entry.paths, path, self.limits.paths_per_peer);
        let owner = Owner {
            key: entry.key,
            ufrag: ufrag.into(),
            authenticated: true,
        };
        let key = owner.key;
        self.own(path, owner, oldest);
        Some(key)
    }

    fn own(&mut self, path: Path, owner: Owner<K>, oldest: Option<Path>) {
        if let Some(oldest) = oldest {
            let mine = |known: &Owner<K>| {
                known.ufrag == owner.ufrag && known.authenticated == owner.authenticated
            };
            if self.paths.get(&oldest).is_some_and(mine) {
                self.paths.remove(&oldest);
            }
        }
        self.paths.insert(path, owner);
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

/// Adds `path` to a bounded list, and says which one had to go.
fn make_room(paths: &mut VecDeque<Path>, path: Path, limit: usize) -> Option<Path> {
    if paths.contains(&path) {
        return None;
    }
    let oldest = if paths.len() >= limit.max(1) {
        paths.pop_front()
    } else {
        None
    };
    paths.push_back(path);
    oldest
}

/// The ufrag of the one whom a check is for (RFC 8445 §7.2.2: `<theirs>:<the sender's>`).
fn ufrag_of_check(payload: &[u8]) -> Option<&str> {
    let message = Message::parse(payload).ok()?;
    if message.class() != Class::Request || message.method() != Method::BINDING {
        return None;
    }
    let Username(name) = message.get().ok()??;
    let (ufrag, _) = name.split_once(':')?;
    Some(ufrag)
}
