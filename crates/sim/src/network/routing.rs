//! The way of a datagram between links.

use strata_core::{Path, Protocol};

use super::{Interface, Nat, Network};
use crate::{DropReason, Host, Link, link::Arrived};

impl<H: Host> Network<H> {
    /// Takes a datagram from its sender's uplink to its receiver's downlink.
    pub(super) fn forward(&mut self, behind: Option<usize>, arrived: &Arrived) {
        match self.route(behind, arrived.path) {
            Ok((interface, path)) => {
                self.stats.routed += 1;
                if let Some(interface) = self.interfaces.get_mut(interface) {
                    let now = self.clock.now;
                    interface
                        .down
                        .send(now, path, arrived.ecn, &arrived.payload);
                }
            }
            Err(DropReason::Nat) => self.stats.dropped_nat += 1,
            Err(_) => self.stats.unroutable += 1,
        }
    }

    /// The interface that a datagram sent in a network reaches, and the path as it then bears.
    fn route(
        &mut self,
        mut behind: Option<usize>,
        mut path: Path,
    ) -> Result<(usize, Path), DropReason> {
        let now = self.clock.now;
        for _ in 0..HOPS_MAX {
            let here = |interface: &Interface| {
                interface.behind == behind && interface.ip == path.remote.ip()
            };
            if let Some(interface) = self.interfaces.iter().position(here) {
                return Ok((interface, path));
            }
            let external =
                |nat: &Nat| nat.outside() == behind && nat.external() == path.remote.ip();
            if let Some(nat) = self.nats.iter().position(external) {
                let inside = self.nats.get_mut(nat).ok_or(DropReason::Unroutable)?;
                path = inside.inbound(now, path).ok_or(DropReason::Nat)?;
                behind = Some(nat);
                continue;
            }
            let nat = behind
                .and_then(|nat| self.nats.get_mut(nat))
                .ok_or(DropReason::Unroutable)?;
            // RFC 4787 §6: to the translator's own outside and back in, if it lets that.
            let hairpin = path.remote.ip() == nat.external();
            path = nat.outbound(now, path).ok_or(DropReason::Nat)?;
            if hairpin {
                path = nat.inbound(now, path).ok_or(DropReason::Nat)?;
            } else {
                behind = nat.outside();
            }
        }
        Err(DropReason::Unroutable)
    }
}

/// The link on which a host's datagrams with this path leave.
pub(super) fn uplink_of(
    interfaces: &mut [Interface],
    node: usize,
    path: Path,
) -> Option<&mut Link> {
    let same_family = path.local.is_ipv4() == path.remote.is_ipv4();
    if path.protocol != Protocol::Udp || !same_family {
        return None;
    }
    interfaces
        .iter_mut()
        .find(|interface| interface.node == node && interface.ip == path.local.ip())
        .map(|interface| &mut interface.up)
}

/// How many translators a datagram passes at most.
const HOPS_MAX: usize = 16;
