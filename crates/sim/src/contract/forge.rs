//! Datagrams that no honest peer sent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use strata_core::{Entropy, Path};

use super::Culprit;
use crate::entropy::{happens, index};

/// Makes up datagrams, out of nothing or out of what was sent before.
pub(super) struct Forger {
    entropy: Entropy,
    /// The probability of one more forged datagram, whenever the engine has no other.
    probability: f64,
    /// What was sent, and by whom; when it is full, chance decides what is forgotten.
    seen: Vec<(Culprit, Path, Vec<u8>)>,
}

/// A datagram that no honest peer sent now.
pub(super) struct Forged {
    /// The path on which it reaches the engine.
    pub(super) path: Path,
    pub(super) payload: Vec<u8>,
    /// It is what an engine had sent.
    pub(super) replayed: bool,
    /// It shall be made such that it gets past the door.
    pub(super) repaired: bool,
}

impl Forger {
    pub(super) const fn new(entropy: Entropy, probability: f64) -> Self {
        Self {
            entropy,
            probability,
            seen: Vec::new(),
        }
    }

    /// Keeps a datagram that `by` has sent on `path`.
    pub(super) fn remember(&mut self, by: Culprit, path: Path, payload: &[u8]) {
        if self.probability <= 0.0 {
            return;
        }
        if self.seen.len() < SEEN_LIMIT {
            self.seen.push((by, path, payload.to_vec()));
            return;
        }
        let at = index(&mut self.entropy, self.seen.len());
        if let Some(slot) = self.seen.get_mut(at) {
            *slot = (by, path, payload.to_vec());
        }
    }

    /// A forged datagram for `to`, or, most of the time, none. `usual` is the path on which `to` itself sends.
    pub(super) fn forge(&mut self, to: Culprit, usual: Path) -> Option<Forged> {
        happens(&mut self.entropy, self.probability).then(|| self.make(to, usual))
    }

    /// A forged datagram.
    pub(super) fn make(&mut self, to: Culprit, usual: Path) -> Forged {
        let (path, sent) = self.some_seen(to, usual);
        let mut payload = sent.clone();
        match self.entropy.below(8) {
            0 => payload = self.garbage(64),
            1 => payload = self.garbage(1500),
            2 => payload.truncate(index(&mut self.entropy, payload.len())),
            3 | 4 => self.mutate(&mut payload),
            5 => payload.extend(self.garbage(32)),
            6 => self.splice(&mut payload),
            // As it was: replayed, or reflected to whoever sent it.
            _ => {}
        }
        let path = match self.entropy.below(8) {
            0 => Path::udp(path.local, self.anywhere()),
            _ => path,
        };
        Forged {
            path,
            replayed: payload == sent,
            payload,
            repaired: self.entropy.below(4) != 0,
        }
    }

    /// Something that was sent, and the path on which `to` sees it: as one of the other engine, or as one of its own
    /// that comes back.
    fn some_seen(&mut self, to: Culprit, usual: Path) -> (Path, Vec<u8>) {
        let at = index(&mut self.entropy, self.seen.len());
        match self.seen.get(at) {
            None => (usual, Vec::new()),
            Some((by, path, payload)) if *by == to => (*path, payload.clone()),
            Some((_, path, payload)) => (path.reversed(), payload.clone()),
        }
    }

    fn garbage(&mut self, longest: usize) -> Vec<u8> {
        let mut payload = vec![0; index(&mut self.entropy, longest + 1)];
        self.entropy.fill(&mut payload);
        payload
    }

    fn mutate(&mut self, payload: &mut [u8]) {
        for _ in 0..=self.entropy.below(8) {
            // Headers matter most: every second change is among the first bytes.
            let within = match self.entropy.below(2) {
                0 => payload.len().min(32),
                _ => payload.len(),
            };
            let at = index(&mut self.entropy, within);
            let [random, kind] = self.entropy.array();
            if let Some(byte) = payload.get_mut(at) {
                *byte = match kind % 4 {
                    0 => 0,
                    1 => 0xff,
                    2 => *byte ^ (1 << (random % 8)),
                    _ => random,
                };
            }
        }
    }

    fn splice(&mut self, payload: &mut Vec<u8>) {
        let at = index(&mut self.entropy, self.seen.len());
        payload.truncate(index(&mut self.entropy, payload.len() + 1));
        if let Some((_, _, other)) = self.seen.get(at) {
            let from = index(&mut self.entropy, other.len() + 1);
            payload.extend_from_slice(other.get(from..).unwrap_or_default());
        }
    }

    fn anywhere(&mut self) -> SocketAddr {
        let ip = match self.entropy.below(2) {
            0 => IpAddr::V4(Ipv4Addr::from(self.entropy.u32())),
            _ => IpAddr::V6(Ipv6Addr::from(self.entropy.array::<16>())),
        };
        SocketAddr::new(ip, self.entropy.u16())
    }
}

/// How many datagrams the forger remembers.
const SEEN_LIMIT: usize = 64;
