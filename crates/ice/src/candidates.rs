//! The tables of candidates, one for each side.

use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroU16;

use strata_core::{AddressFilter, Path, Protocol, canonical, without_scope};

use crate::{Candidate, CandidateKind, Closed, Foundation, Limits, candidate_priority};

/// A candidate of this side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local {
    pub(crate) candidate: Candidate,
    /// The address of the socket behind it.
    pub(crate) base: SocketAddr,
    pub(crate) preference: u16,
    /// Its interface is gone. Its place is kept, because pairs name candidates by their index.
    pub(crate) removed: bool,
}

/// What adding a remote candidate has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// It is new.
    New(usize),
    /// It was known as peer-reflexive and is now known by its own kind and priority.
    Updated(usize),
    /// It was known already.
    Known,
}

/// All candidates of both sides: those that were signalled, and those that checks have revealed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Candidates {
    local: Vec<Local>,
    remote: Vec<Remote>,
    /// How many remote candidates were ever added; the next one's [`Remote::number`].
    remotes_ever: u64,
}

/// A candidate of the other side.
#[derive(Clone, Copy, Debug)]
struct Remote {
    candidate: Candidate,
    /// How many were added before it: the lower, the older.
    number: u64,
}

/// Why a candidate was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddCandidateError {
    /// The agent is closed.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// Only UDP is supported yet.
    #[error("{0:?} is not supported yet: use UDP")]
    Protocol(Protocol),
    /// Only component 1 is supported: RTP and RTCP share a port (RFC 8834 §4.5).
    #[error("component {0} is not supported: multiplex RTCP on component 1 (a=rtcp-mux)")]
    Component(NonZeroU16),
    /// An address that no other host can have (unspecified, multicast, broadcast, reserved, loopback), or that
    /// [`Config::remote_addresses`](crate::Config::remote_addresses) refuses, or port 0.
    #[error(
        "nothing is sent to {0}: no other host can have that address, or it is refused, or its port is 0"
    )]
    Address(SocketAddr),
    /// The limit of the configuration is reached.
    #[error("{0} candidates are there already, and all may still be needed: raise the limit")]
    TooMany(usize),
}

impl Candidates {
    pub(crate) fn local(&self, index: usize) -> Option<&Local> {
        self.local.get(index)
    }

    pub(crate) fn remote(&self, index: usize) -> Option<&Candidate> {
        self.remote.get(index).map(|remote| &remote.candidate)
    }

    /// The host candidates. Only these are paired: a reflexive one is replaced by its base (RFC 8445 §6.1.2.4).
    pub(crate) fn hosts(&self) -> impl Iterator<Item = (usize, &Local)> {
        self.local
            .iter()
            .enumerate()
            .filter(|(_, local)| !local.removed && local.candidate.kind == CandidateKind::Host)
    }

    pub(crate) fn remotes(&self) -> impl Iterator<Item = (usize, &Candidate)> {
        self.remote
            .iter()
            .map(|remote| &remote.candidate)
            .enumerate()
    }

    /// Removes the host candidates with this address, whichever their port. Returns their indices. What was found by
    /// checks from them goes as well.
    pub(crate) fn remove_hosts(&mut self, ip: IpAddr) -> Vec<usize> {
        let mut removed = Vec::new();
        for (index, local) in self.local.iter_mut().enumerate() {
            if local.base.ip() == ip && !local.removed {
                local.removed = true;
                if local.candidate.kind == CandidateKind::Host {
                    removed.push(index);
                }
            }
        }
        removed
    }

    /// The host candidate of the socket with this address.
    pub(crate) fn host_at(&self, base: SocketAddr) -> Option<usize> {
        let base = canonical(base);
        self.hosts()
            .find(|(_, local)| local.base == base)
            .map(|(index, _)| index)
    }

    pub(crate) fn remote_at(&self, address: SocketAddr) -> Option<usize> {
        let address = without_scope(address);
        self.remote
            .iter()
            .position(|remote| remote.candidate.address == address)
    }

    pub(crate) fn add_host(
        &mut self,
        address: SocketAddr,
        limits: &Limits,
    ) -> Result<usize, AddCandidateError> {
        if let Some(index) = self.host_at(address) {
            return Ok(index);
        }
        let hosts = self.hosts().count();
        if hosts >= limits.local_candidates {
            return Err(AddCandidateError::TooMany(hosts));
        }
        // RFC 8445 §5.1.2.1: the local preference is unique, 65535 if there is only one address.
        let preference = u16::MAX.saturating_sub(u16::try_from(hosts).unwrap_or(u16::MAX));
        let base = canonical(address);
        let candidate = Candidate::new(
            CandidateKind::Host,
            without_scope(base),
            candidate_priority(CandidateKind::Host, preference, NonZeroU16::MIN),
            self.host_foundation(base.ip()),
        );
        if !candidate.is_reachable() {
            return Err(AddCandidateError::Address(address));
        }
        let host = Local {
            candidate,
            base,
            preference,
            removed: false,
        };
        // The place of one whose interface is gone is free: no pair has it any more.
        let free = self
            .local
            .iter()
            .position(|local| local.removed && local.candidate.kind == CandidateKind::Host);
        if let Some((index, place)) =
            free.and_then(|index| Some((index, self.local.get_mut(index)?)))
        {
            *place = host;
            return Ok(index);
        }
        self.local.push(host);
        Ok(self.local.len().saturating_sub(1))
    }

    /// RFC 8445 §5.1.1.3: candidates of the same kind, base address and protocol have the same foundation.
    fn host_foundation(&self, ip: IpAddr) -> Foundation {
        let same = self.hosts().find(|(_, local)| local.base.ip() == ip);
        match same {
            Some((_, local)) => local.candidate.foundation,
            None => Foundation::numbered(b'h', number(self.local.len())),
        }
    }

    /// Whether a candidate with this address may be sent to. Loopback addresses may if this side has one, too.
    pub(crate) fn may_send_to(&self, ip: IpAddr, filter: &AddressFilter) -> bool {
        filter.permits(ip)
            || (self.hosts().any(|(_, host)| host.base.ip().is_loopback())
                && filter.permits_with_loopback(ip))
    }

    /// The oldest remote candidate that is not among the `needed` ones.
    pub(crate) fn oldest_remote_but(&self, needed: impl Iterator<Item = usize>) -> Option<usize> {
        let mut free = vec![true; self.remote.len()];
        for index in needed {
            if let Some(free) = free.get_mut(index) {
                *free = false;
            }
        }
        let candidates = self.remote.iter().enumerate().zip(free);
        candidates
            .filter(|(_, free)| *free)
            .min_by_key(|((_, remote), _)| remote.number)
            .map(|((index, _), _)| index)
    }

    /// Adds a candidate that was signalled. If the table is full, it replaces the one at `evictable`.
    pub(crate) fn add_remote(
        &mut self,
        candidate: Candidate,
        limits: &Limits,
        filter: &AddressFilter,
        evictable: Option<usize>,
    ) -> Result<Added, AddCandidateError> {
        if candidate.protocol != Protocol::Udp {
            return Err(AddCandidateError::Protocol(candidate.protocol));
        }
        if candidate.component != NonZeroU16::MIN {
            return Err(AddCandidateError::Component(candidate.component));
        }
        let mut candidate = candidate;
        candidate.address = without_scope(candidate.address);
        if !candidate.is_reachable() || !self.may_send_to(candidate.address.ip(), filter) {
            return Err(AddCandidateError::Address(candidate.address));
        }
        if let Some(index) = self.remote_at(candidate.address) {
            let known = self.remote.get_mut(index).map(|known| &mut known.candidate);
            let update = known
                .filter(|known| known.kind == CandidateKind::PeerReflexive && **known != candidate);
            return Ok(match update {
                Some(known) => {
                    // RFC 8445 §7.3.1.3: the signalled candidate has the actual foundation, and the priority
                    // from which the other side computes that of the pair.
                    *known = candidate;
                    Added::Updated(index)
                }
                None => Added::Known,
            });
        }
        self.push_remote(candidate, limits, evictable)
            .map(Added::New)
            .ok_or(AddCandidateError::TooMany(self.remote.len()))
    }

    /// Adds the source address of a check as a candidate (RFC 8445 §7.3.1.3). If the table is full, it replaces the one
    /// at `evictable`.
    pub(crate) fn learn_remote(
        &mut self,
        address: SocketAddr,
        priority: u32,
        limits: &Limits,
        evictable: Option<usize>,
    ) -> Option<usize> {
        // "an arbitrary value, different from the foundations of all other remote candidates"
        let foundation = Foundation::numbered(b'/', number(evictable.unwrap_or(self.remote.len())));
        let address = without_scope(address);
        let candidate = Candidate::new(CandidateKind::PeerReflexive, address, priority, foundation);
        self.push_remote(candidate, limits, evictable)
    }

    fn push_remote(
        &mut self,
        candidate: Candidate,
        limits: &Limits,
        evictable: Option<usize>,
    ) -> Option<usize> {
        let number = self.remotes_ever;
        let remote = Remote { candidate, number };
        let index = if self.remote.len() < limits.remote_candidates {
            self.remote.push(remote);
            self.remote.len().saturating_sub(1)
        } else {
            *self.remote.get_mut(evictable?)? = remote;
            evictable?
        };
        self.remotes_ever = number.saturating_add(1);
        Some(index)
    }

    /// The local candidate with the address `mapped`, as which the other side sees the socket of `base`. If it is new,
    /// it is added as peer-reflexive (RFC 8445 §7.2.5.3.1).
    ///
    /// If the table is full, it replaces one that is not `needed`. If all are needed, the result is `base` itself.
    pub(crate) fn local_seen_as(
        &mut self,
        base: usize,
        mapped: SocketAddr,
        limits: &Limits,
        needed: impl Fn(usize) -> bool,
    ) -> usize {
        let mapped = without_scope(mapped);
        let known = self
            .local
            .iter()
            .position(|local| !local.removed && local.candidate.address == mapped);
        if let Some(index) = known {
            return index;
        }
        let reflexive = self.local.len().saturating_sub(self.hosts().count());
        let Some(local) = self.local.get(base).copied() else {
            return base;
        };
        // Behind a symmetric NAT each remote candidate may see us at another address, so there are as many at most.
        let index = if reflexive < limits.remote_candidates {
            self.local.len()
        } else {
            let mut others = self.local.iter().enumerate();
            let evictable = others.find(|(index, other)| {
                other.candidate.kind == CandidateKind::PeerReflexive && !needed(*index)
            });
            let Some((index, _)) = evictable else {
                return base;
            };
            index
        };
        let learned = Local {
            candidate: Candidate {
                foundation: Foundation::numbered(b'r', number(index)),
                priority: local.reflexive_priority(),
                address: mapped,
                kind: CandidateKind::PeerReflexive,
                related: Some(local.base),
                ..local.candidate
            },
            ..local
        };
        match self.local.get_mut(index) {
            Some(evictable) => *evictable = learned,
            None => self.local.push(learned),
        }
        index
    }

    /// Forgets everything that belongs to the session. The host candidates stay.
    pub(crate) fn restart(&mut self) {
        self.remote.clear();
        self.local
            .retain(|local| local.candidate.kind == CandidateKind::Host);
    }
}

impl Local {
    /// The value of PRIORITY in checks from this candidate (RFC 8445 §7.1.1).
    pub(crate) fn reflexive_priority(&self) -> u32 {
        candidate_priority(
            CandidateKind::PeerReflexive,
            self.preference,
            self.candidate.component,
        )
    }

    /// The path from this candidate to `remote`, if the two may be paired (RFC 8445 §6.1.2.2).
    pub(crate) fn path_to(&self, remote: SocketAddr) -> Option<Path> {
        let paired = match (self.base.ip(), remote.ip()) {
            (IpAddr::V4(_), IpAddr::V4(_)) => true,
            // "IPv6 link-local addresses MUST NOT be paired with other than link-local addresses"
            (IpAddr::V6(local), IpAddr::V6(remote)) => {
                local.is_unicast_link_local() == remote.is_unicast_link_local()
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        };
        paired.then(|| Path::udp(self.base, remote).canonical())
    }
}

fn number(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_addresses_others_see_us_at_those_that_no_pair_needs_make_room() {
        let limits = Limits {
            remote_candidates: 2,
            ..Limits::default()
        };
        let mut candidates = Candidates::default();
        let base = candidates.add_host(([192, 0, 2, 1], 1).into(), &limits);
        let base = base.unwrap();
        let mapped = |port| ([203, 0, 113, 1], port).into();
        let first = candidates.local_seen_as(base, mapped(1), &limits, |_| true);
        let second = candidates.local_seen_as(base, mapped(2), &limits, |_| true);
        assert_ne!(first, second);
        // All are needed: the base stands for a third.
        assert_eq!(
            candidates.local_seen_as(base, mapped(3), &limits, |_| true),
            base
        );
        // The first is not: the third takes its place, under a foundation that no other has.
        let third = candidates.local_seen_as(base, mapped(3), &limits, |index| index == second);
        assert_eq!(third, first);
        let address = |index| candidates.local(index).map(|local| local.candidate.address);
        assert_eq!(address(third), Some(mapped(3)));
        assert_eq!(address(second), Some(mapped(2)));
        let foundation = |index| {
            candidates
                .local(index)
                .map(|local| local.candidate.foundation)
        };
        assert_ne!(foundation(second), foundation(third));
    }
}
