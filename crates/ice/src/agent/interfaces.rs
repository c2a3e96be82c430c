//! The sockets of this side: they come and go with the machine's interfaces.

use core::net::{IpAddr, SocketAddr};

use strata_core::{Instant, tracing};

use super::{Agent, selection::Choice};
use crate::{AddCandidateError, Candidate, Closed};

impl Agent {
    /// Adds the host candidate of a UDP socket of this side, and returns it, to be signalled.
    ///
    /// Sockets added earlier are preferred (RFC 8445 §5.1.2.1). Adding one again changes nothing. One that is added
    /// while a pair is in use is checked, too, so that there is another way should that pair die.
    /// The address is taken in its [canonical](strata_core::canonical) form, as in datagrams: an IPv4-mapped one is IPv4.
    /// A link-local one needs the scope id that datagrams at this socket bear; without it, they are not found to be its.
    ///
    /// # Errors
    /// [`AddCandidateError`] if the address cannot be used, [`Limits`](crate::Limits) allows no more sockets, or the
    /// agent is closed.
    pub fn add_local_candidate(
        &mut self,
        now: Instant,
        address: SocketAddr,
    ) -> Result<Candidate, AddCandidateError> {
        self.check_open()?;
        let known = self.candidates.host_at(address);
        let index = self.candidates.add_host(address, &self.config.limits)?;
        if known.is_none() {
            for remote in 0..self.candidates.remotes().count() {
                self.pair_up(now, (index, remote));
            }
            self.advance(now);
        }
        let local = self
            .candidates
            .local(index)
            .ok_or(AddCandidateError::Address(address))?;
        Ok(local.candidate)
    }

    /// The interface with this address is gone, and all sockets on it with it. Its candidates and pairs are removed.
    ///
    /// If the selected pair is among them, data goes over another pair that works at once. If there is none,
    /// [`selected_path`](Self::selected_path) is `None` until one is found.
    ///
    /// # Errors
    /// [`Closed`] after [`close`](Self::close).
    pub fn remove_interface(&mut self, now: Instant, ip: IpAddr) -> Result<(), Closed> {
        self.check_open()?;
        let ip = ip.to_canonical();
        let removed = self.candidates.remove_hosts(ip);
        if removed.is_empty() {
            return Ok(());
        }
        tracing::debug!(%ip, "interface removed");
        self.checklist.retain(|pair| !removed.contains(&pair.local));
        self.forget_checks_of_removed_pairs();
        let previous = self.previous.as_ref();
        if previous.is_some_and(|previous| previous.selected.path.local.ip() == ip) {
            self.previous = None;
        }
        let gone = match self.selection.as_ref().map(|selection| selection.choice) {
            Some(Choice::Pair(id)) => self.checklist.get(id).is_none(),
            Some(Choice::Previous) => self.previous.is_none(),
            None => false,
        };
        if gone {
            self.selection = None;
            self.look_for_another_pair();
        }
        self.advance(now);
        Ok(())
    }
}
