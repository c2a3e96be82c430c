//! The candidates of both sides.

use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroU16;

use strata_core::{Path, Protocol};

use crate::{AddCandidateError, Candidate, CandidateKind, Foundation, Limits, candidate_priority};

/// A candidate of this side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Local {
    pub(crate) candidate: Candidate,
    /// The address of the socket behind it.
    pub(crate) base: SocketAddr,
    pub(crate) preference: u16,
}

/// What adding a remote candidate came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Added {
    /// It is new.
    New(usize),
    /// It was known as peer-reflexive and is now known by its own kind and priority.
    Updated(usize),
    /// It was known already.
    Known,
}

/// Everything both sides have said and found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Candidates {
    local: Vec<Local>,
    remote: Vec<Candidate>,
}

impl Candidates {
    pub(crate) fn local(&self, index: usize) -> Option<&Local> {
        self.local.get(index)
    }

    pub(crate) fn remote(&self, index: usize) -> Option<&Candidate> {
        self.remote.get(index)
    }

    /// The host candidates, which are the ones that are paired (RFC 8445 §6.1.2.4).
    pub(crate) fn hosts(&self) -> impl Iterator<Item = (usize, &Local)> {
        self.local
            .iter()
            .enumerate()
            .filter(|(_, local)| local.candidate.kind == CandidateKind::Host)
    }

    pub(crate) fn remotes(&self) -> impl Iterator<Item = (usize, &Candidate)> {
        self.remote.iter().enumerate()
    }

    /// The host candidate of the socket with this address.
    pub(crate) fn host_at(&self, base: SocketAddr) -> Option<usize> {
        self.hosts()
            .find(|(_, local)| local.base == base)
            .map(|(index, _)| index)
    }

    pub(crate) fn remote_at(&self, address: SocketAddr) -> Option<usize> {
        self.remote
            .iter()
            .position(|candidate| candidate.address == address)
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
        let candidate = Candidate {
            foundation: self.host_foundation(address.ip()),
            component: NonZeroU16::MIN,
            protocol: Protocol::Udp,
            priority: candidate_priority(CandidateKind::Host, preference, NonZeroU16::MIN),
            address,
            kind: CandidateKind::Host,
            related: None,
        };
        if !candidate.is_reachable() {
            return Err(AddCandidateError::Address(address));
        }
        self.local.push(Local {
            candidate,
            base: address,
            preference,
        });
        Ok(self.local.len().saturating_sub(1))
    }

    /// RFC 8445 §5.1.1.3: the same for the same kind, base address and protocol.
    fn host_foundation(&self, ip: IpAddr) -> Foundation {
        let same = self.hosts().find(|(_, local)| local.base.ip() == ip);
        match same {
            Some((_, local)) => local.candidate.foundation,
            None => Foundation::numbered(b'h', number(self.local.len())),
        }
    }

    /// Takes a signalled candidate.
    pub(crate) fn add_remote(
        &mut self,
        candidate: Candidate,
        limits: &Limits,
    ) -> Result<Added, AddCandidateError> {
        if candidate.protocol != Protocol::Udp {
            return Err(AddCandidateError::Protocol(candidate.protocol));
        }
        if candidate.component != NonZeroU16::MIN {
            return Err(AddCandidateError::Component(candidate.component));
        }
        if !candidate.is_reachable() {
            return Err(AddCandidateError::Address(candidate.address));
        }
        if let Some(index) = self.remote_at(candidate.address) {
            let known = self.remote.get_mut(index);
            let update = known
                .filter(|known| known.kind == CandidateKind::PeerReflexive && **known != candidate);
            return Ok(match update {
                Some(known) => {
                    // RFC 8445 §7.3.1.3: the exchange signals the actual foundation; and with it
                    // the priority the other side computes the pair with.
                    *known = candidate;
                    Added::Updated(index)
                }
                None => Added::Known,
            });
        }
        self.push_remote(candidate, limits)
            .map(Added::New)
            .ok_or(AddCandidateError::TooMany(self.remote.len()))
    }

    /// Learns a candidate from the source address of a check (RFC 8445 §7.3.1.3).
    pub(crate) fn learn_remote(
        &mut self,
        address: SocketAddr,
        priority: u32,
        limits: &Limits,
    ) -> Option<usize> {
        let candidate = Candidate {
            // "an arbitrary value, different from the foundations of all other remote candidates"
            foundation: Foundation::numbered(b'/', number(self.remote.len())),
            component: NonZeroU16::MIN,
            protocol: Protocol::Udp,
            priority,
            address,
            kind: CandidateKind::PeerReflexive,
            related: None,
        };
        self.push_remote(candidate, limits)
    }

    fn push_remote(&mut self, candidate: Candidate, limits: &Limits) -> Option<usize> {
        (self.remote.len() < limits.remote_candidates).then(|| {
            self.remote.push(candidate);
            self.remote.len().saturating_sub(1)
        })
    }

    /// The local candidate that the other side sees as `mapped` when `base` sends to it; learned if it
    /// is new (RFC 8445 §7.2.5.3.1).
    pub(crate) fn mapped(&mut self, base: usize, mapped: SocketAddr, limits: &Limits) -> usize {
        let known = self
            .local
            .iter()
            .position(|local| local.candidate.address == mapped);
        if let Some(index) = known {
            return index;
        }
        let reflexive = self.local.len().saturating_sub(self.hosts().count());
        let Some(local) = self.local.get(base).copied() else {
            return base;
        };
        // One for every remote candidate that sees us at an address of its own, behind a symmetric NAT.
        if reflexive >= limits.remote_candidates {
            return base;
        }
        self.local.push(Local {
            candidate: Candidate {
                foundation: Foundation::numbered(b'r', number(self.local.len())),
                priority: local.reflexive_priority(),
                address: mapped,
                kind: CandidateKind::PeerReflexive,
                related: Some(local.base),
                ..local.candidate
            },
            ..local
        });
        self.local.len().saturating_sub(1)
    }

    /// Forgets what belongs to one session: all but the own sockets.
    pub(crate) fn restart(&mut self) {
        self.remote.clear();
        self.local
            .retain(|local| local.candidate.kind == CandidateKind::Host);
    }
}

impl Local {
    /// The PRIORITY of checks from here (RFC 8445 §7.1.1).
    pub(crate) fn reflexive_priority(&self) -> u32 {
        candidate_priority(
            CandidateKind::PeerReflexive,
            self.preference,
            self.candidate.component,
        )
    }

    /// The way from here to `remote`, if the two may be paired (RFC 8445 §6.1.2.2).
    pub(crate) fn path_to(&self, remote: SocketAddr) -> Option<Path> {
        let paired = match (self.base.ip(), remote.ip()) {
            (IpAddr::V4(_), IpAddr::V4(_)) => true,
            // "IPv6 link-local addresses MUST NOT be paired with other than link-local addresses"
            (IpAddr::V6(local), IpAddr::V6(remote)) => {
                local.is_unicast_link_local() == remote.is_unicast_link_local()
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        };
        paired.then(|| Path::udp(self.base, remote))
    }
}

fn number(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
