//! DTLS and the SRTP keys that come of it.

use strata_core::{Endpoint as _, Instant, Path};
use strata_dtls::{Connection, Role, SrtpKeys};
use strata_srtp::{Inbound, Outbound};

use crate::SrtpStats;

/// Who the other side is, and the keys agreed on with it.
#[derive(Debug, Default)]
pub(super) struct Security {
    dtls: Option<Box<Connection>>,
    srtp: Option<Box<Srtp>>,
    /// Datagrams of the handshake that came before DTLS could take them.
    early: Vec<(Path, Vec<u8>)>,
}

/// The keys of both directions.
#[derive(Debug)]
pub(super) struct Srtp {
    pub(super) outbound: Outbound,
    pub(super) inbound: Inbound,
}

impl Srtp {
    fn new(keys: &SrtpKeys, config: strata_srtp::Config) -> Option<Self> {
        let profile = keys.profile();
        Some(Self {
            outbound: Outbound::with_config(profile, keys.local(), config).ok()?,
            inbound: Inbound::with_config(profile, keys.remote(), config).ok()?,
        })
    }
}

impl Security {
    pub(super) fn dtls(&self) -> Option<&Connection> {
        self.dtls.as_deref()
    }

    pub(super) fn dtls_mut(&mut self) -> Option<&mut Connection> {
        self.dtls.as_deref_mut()
    }

    /// The role of the association; `None` before there is one.
    pub(super) fn role(&self) -> Option<Role> {
        self.dtls().map(|dtls| dtls.config().role)
    }

    pub(super) fn set_dtls(&mut self, dtls: Connection) {
        self.dtls = Some(Box::new(dtls));
    }

    /// There is a path, so the handshake begins. A client sends its hello. A server waits for one, for a limited time.
    pub(super) fn start(&mut self, now: Instant) {
        if let Some(dtls) = &mut self.dtls {
            // If it is closed, its event says so.
            let _ = dtls.start(now);
        }
    }

    /// Takes the keys over; `false` if they are of no use.
    pub(super) fn set_keys(&mut self, keys: &SrtpKeys, config: strata_srtp::Config) -> bool {
        self.srtp = Srtp::new(keys, config).map(Box::new);
        self.srtp.is_some()
    }

    pub(super) const fn has_keys(&self) -> bool {
        self.srtp.is_some()
    }

    /// What SRTP has counted, of what is sent and of what is received.
    pub(super) fn srtp_stats(&self) -> Option<SrtpStats> {
        self.srtp.as_ref().map(|srtp| SrtpStats {
            outbound: *srtp.outbound.stats(),
            inbound: *srtp.inbound.stats(),
        })
    }

    pub(super) fn srtp(&mut self) -> Option<&mut Srtp> {
        self.srtp.as_deref_mut()
    }

    pub(super) fn is_connected(&self) -> bool {
        self.dtls().is_some_and(Connection::is_connected)
    }

    /// Keeps a datagram until DTLS can take it; `false` if it would be more than so many bytes.
    pub(super) fn keep_early(&mut self, path: Path, datagram: &[u8], limit: usize) -> bool {
        let kept = self.early.iter().map(|(_, datagram)| cost(datagram)).sum();
        let room = cost(datagram).saturating_add(kept) <= limit;
        if room {
            self.early.push((path, datagram.to_vec()));
        }
        room
    }

    /// The paths on which they came.
    pub(super) fn early_paths(&self) -> impl Iterator<Item = Path> + '_ {
        self.early.iter().map(|(path, _)| *path)
    }

    pub(super) fn take_early(&mut self) -> Vec<(Path, Vec<u8>)> {
        core::mem::take(&mut self.early)
    }

    /// There is no path: the handshake stands still.
    pub(super) fn suspend(&mut self, now: Instant) {
        if let Some(dtls) = self.dtls_mut() {
            dtls.suspend(now);
        }
    }

    /// There is a path again.
    pub(super) fn resume(&mut self, now: Instant) {
        if let Some(dtls) = self.dtls_mut() {
            dtls.resume(now);
        }
    }

    /// There is another path than before.
    pub(super) fn path_changed(&mut self, now: Instant) {
        if let Some(dtls) = self.dtls_mut() {
            dtls.path_changed(now);
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if let Some(dtls) = self.dtls_mut() {
            dtls.handle_timeout(now);
        }
    }

    pub(super) fn poll_event(&mut self) -> Option<strata_dtls::Event> {
        self.dtls_mut()?.poll_event()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.dtls()?.poll_timeout()
    }
}

/// Bytes that a datagram takes; many small ones must not be cheaper than they are.
const fn cost(datagram: &[u8]) -> usize {
    datagram.len().saturating_add(size_of::<(Path, Vec<u8>)>())
}
