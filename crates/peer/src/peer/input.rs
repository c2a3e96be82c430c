//! Datagrams: which layer they are for (RFC 7983 §7), and whether they may be believed yet.

use strata_core::{Datagram, Endpoint as _, Path};
use strata_rtp::is_rtcp;

use super::{Peer, data::Data};
use crate::stats::count;

/// What a datagram is, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Stun,
    Dtls,
    Rtp,
    Rtcp,
    Unknown,
}

impl Kind {
    /// RFC 7983 §7, figure 3; RFC 5761 §4 for what is RTCP.
    pub(crate) fn of(payload: &[u8]) -> Self {
        match payload.first() {
            Some(0..=3) => Self::Stun,
            Some(20..=63) => Self::Dtls,
            Some(128..=191) if is_rtcp(payload) => Self::Rtcp,
            Some(128..=191) => Self::Rtp,
            _ => Self::Unknown,
        }
    }
}

impl Peer {
    pub(super) fn take_datagram(&mut self, datagram: Datagram<'_>) {
        if !self.lifecycle.is_open() {
            count(&mut self.drops.closed);
            return;
        }
        match Kind::of(datagram.payload) {
            Kind::Stun => self.ice.handle_input(self.now, datagram),
            Kind::Dtls => self.take_dtls(datagram.path, datagram.payload),
            kind @ (Kind::Rtp | Kind::Rtcp) => {
                self.take_srtp(kind, datagram.path, datagram.payload);
            }
            Kind::Unknown => count(&mut self.drops.unknown),
        }
    }

    /// The handshake waits for a path that ICE has validated, so that nobody is answered who has not
    /// shown our password; what comes before that is kept, as much as there is room for.
    fn take_dtls(&mut self, path: Path, payload: &mut [u8]) {
        if self.may_shake_hands(path) {
            self.open_records(path, payload);
        } else if !self.may_become_valid(path) {
            count(&mut self.drops.unvalidated_path);
        } else if !(self.security).keep_early(path, payload, self.config.limits.early_dtls_bytes) {
            count(&mut self.drops.early);
        }
    }

    fn open_records(&mut self, path: Path, payload: &mut [u8]) {
        let (now, drops, data) = (self.now, &mut self.drops, &mut self.data);
        let Some(dtls) = self.security.dtls_mut() else {
            return;
        };
        let before = dtls.stats().records_received;
        dtls.handle_input_with(now, payload, |plaintext| {
            if !data.handle_packet(now, plaintext) {
                count(&mut drops.no_sctp);
            }
        });
        // None but authentic ones are counted by then.
        if dtls.is_connected() && dtls.stats().records_received != before {
            self.ice.note_received(now, path);
        }
    }

    /// Whether DTLS takes what comes on this path.
    ///
    /// Records are authenticated once it is connected, and the other side may change its mind about the path before its
    /// check of the new one is answered.
    fn may_shake_hands(&self, path: Path) -> bool {
        let begun = self.security.dtls().is_some() && self.path().is_some();
        begun && (self.security.is_connected() || self.is_validated(path))
    }

    /// Whether ICE checks this path, or does not know yet which ones it will.
    fn may_become_valid(&self, path: Path) -> bool {
        self.ice.remote_credentials().is_none() || self.ice.is_known_path(path)
    }

    /// Packets are taken from any path: their tag says who sent them, and RFC 8445 §12.2 wants an agent
    /// to be prepared for media on every candidate.
    fn take_srtp(&mut self, kind: Kind, path: Path, payload: &mut [u8]) {
        let Some(srtp) = self.security.srtp() else {
            count(&mut self.drops.no_keys);
            return;
        };
        let (keys, drops) = (&mut srtp.inbound, &mut self.drops);
        let authentic = match kind {
            Kind::Rtcp => self.media.handle_rtcp(self.now, keys, payload, drops),
            Kind::Rtp | Kind::Stun | Kind::Dtls | Kind::Unknown => {
                self.media.handle_rtp(keys, payload, drops)
            }
        };
        if authentic {
            self.ice.note_received(self.now, path);
        }
    }

    /// Whether ICE has found this path to work.
    fn is_validated(&self, path: Path) -> bool {
        self.ice.selected_path() == Some(path) || self.ice.is_valid_path(path)
    }

    /// DTLS gets what was kept for it, as far as it can take it now.
    pub(super) fn release_early(&mut self) {
        let waits = |path| !self.may_shake_hands(path) && self.may_become_valid(path);
        if self.security.early_paths().all(waits) {
            return;
        }
        for (path, mut datagram) in self.security.take_early() {
            self.take_dtls(path, &mut datagram);
        }
    }
}

impl Data {
    /// Takes an SCTP packet; `false` if there is nobody to take it.
    fn handle_packet(&mut self, now: strata_core::Instant, packet: &mut [u8]) -> bool {
        match self.agreed() {
            Some(channels) => {
                channels.handle_input(now, packet);
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_tells() {
        let of = |first: u8, second: u8| Kind::of(&[first, second, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for first in 0..=255 {
            let expected = match first {
                0..=3 => Kind::Stun,
                20..=63 => Kind::Dtls,
                128..=191 => Kind::Rtp,
                _ => Kind::Unknown,
            };
            assert_eq!(of(first, 96), expected, "{first}");
        }
        for (second, expected) in [
            (191, Kind::Rtp),
            (192, Kind::Rtcp),
            (200, Kind::Rtcp),
            (223, Kind::Rtcp),
            (224, Kind::Rtp),
        ] {
            assert_eq!(of(0x80, second), expected, "{second}");
        }
        assert_eq!(Kind::of(&[]), Kind::Unknown);
    }
}
