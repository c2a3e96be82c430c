//! What descriptions mean for the layers below.

use strata_dtls::Connection;
use strata_ice::Role;

use super::Peer;
use crate::{
    Event,
    jsep::{Change, LocalTransport, Negotiated, NegotiatedTransport, RestartChange},
};

impl Peer {
    /// What our descriptions say of the transport.
    pub(super) fn local_transport(&self) -> LocalTransport {
        let fingerprint = self.config.certificate.fingerprint();
        LocalTransport {
            credentials: self.ice.local_credentials().clone(),
            options: self.ice.local_options(),
            fingerprint: strata_sdp::Fingerprint {
                hash: fingerprint.function().name().into(),
                value: fingerprint.digest().to_vec(),
            },
            sctp_port: self.config.sctp.local_port,
            sctp_streams: self.config.sctp.streams.max(1),
            // What it accepts, which may be less than it was told.
            max_message_size: u64::try_from(self.config.sctp.accepted_message_size())
                .unwrap_or(u64::MAX),
        }
    }

    /// Asks for new ICE credentials in the next offer, and a new search for a path (RFC 8445 §9). Media
    /// and data flow on over the old path until there is a new one. `false` if there is no connection to
    /// restart: before the first answer, and once the peer is closed.
    ///
    /// [`local_credentials`](Self::local_credentials) change when that offer is set; then tell the
    /// [`Demux`](crate::Demux). If the offer is taken back, they are the old ones again, and the next
    /// offer restarts.
    pub fn restart_ice(&mut self, now: strata_core::Instant) -> bool {
        self.advance(now);
        let restarts = self.lifecycle.is_open() && self.ice.remote_credentials().is_some();
        if restarts {
            self.jsep.want_restart();
        }
        restarts
    }

    /// RFC 9429 §5.7.3: offers and answers with new credentials begin a new session of ICE; taking such
    /// an offer back goes on with the old one.
    pub(super) fn restart(&mut self, change: Option<RestartChange>) {
        // ICE is open as long as the peer is, here and below.
        let _ = match change {
            Some(RestartChange::Begin(credentials)) => self.ice.restart_with(self.now, credentials),
            Some(RestartChange::Cancel) => self.ice.cancel_restart(self.now),
            None => Ok(()),
        };
    }

    /// RFC 8445 §6.1.1: the offerer controls. It says so before the answer comes, for the answerer's
    /// checks may be faster.
    pub(super) fn prepare_to_control(&mut self) {
        if self.security.dtls().is_none() {
            let _ = self.ice.set_role(self.now, Role::Controlling);
        }
    }

    pub(super) fn apply(&mut self, change: Change) {
        self.events.extend(change.tracks);
        if let Some(negotiated) = change.negotiated {
            self.apply_negotiated(negotiated);
        }
    }

    fn apply_negotiated(&mut self, negotiated: Negotiated) {
        let gone = self.data.negotiate(
            self.now,
            negotiated.data,
            &self.config.sctp,
            &mut self.entropy,
        );
        let gone = gone.into_iter().map(|id| Event::ChannelClosed { id });
        self.events.extend(gone);
        self.media.update(self.jsep.transceivers());
        if let Some(transport) = negotiated.transport {
            self.apply_transport(transport);
        }
        if self.security.is_connected() && !self.security.has_keys() && self.jsep.has_media() {
            self.begin_close(crate::CloseReason::NoSrtpProfile);
        }
    }

    fn apply_transport(&mut self, negotiated: NegotiatedTransport) {
        let (now, remote, role) = (self.now, negotiated.remote, negotiated.role);
        let first = self.security.dtls().is_none();
        if first {
            // RFC 8445 §6.1.1: the offerer controls, but always a full agent if the other is lite.
            let controlling = negotiated.offerer || remote.options.lite;
            let ice_role = if controlling {
                Role::Controlling
            } else {
                Role::Controlled
            };
            let _ = self.ice.set_role(now, ice_role);
            let certificate = std::sync::Arc::clone(&self.config.certificate);
            let mut config = strata_dtls::Config::new(role, certificate);
            config.srtp_profiles.clone_from(&self.config.srtp_profiles);
            config.mtu = self.config.handshake_mtu;
            config.handshake_timeout = self.config.handshake_timeout;
            config.require_extended_master_secret = self.config.require_extended_master_secret;
            let mut dtls = Connection::new(config, self.entropy.fork());
            // It is new, and so not closed.
            let _ = dtls.set_remote_fingerprints(now, &remote.fingerprints);
            self.security.set_dtls(dtls);
        }
        let _ = self.ice.set_remote_options(now, remote.options);
        let _ = self.ice.set_remote_credentials(now, remote.credentials);
        self.release_candidates(&remote.candidates, remote.complete);
        if first {
            self.start_dtls();
        } else if self.security.is_connected() {
            self.data.connect(now, role, self.config.handshake_timeout);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use strata_core::{Endpoint as _, Entropy, Instant};
    use strata_crypto::Certificate;

    use super::*;
    use crate::{ChannelConfig, Config, Description};

    const NOW: Instant = Instant::EPOCH;

    #[test]
    fn the_offerer_controls_unless_it_is_lite() {
        for (lite, roles) in [
            (false, [Role::Controlling, Role::Controlled]),
            (true, [Role::Controlling, Role::Controlling]),
        ] {
            let config = Config::new(Arc::new(Certificate::generate().unwrap()));
            let mut entropy = Entropy::system();
            let [mut a, mut b] = [(); 2].map(|()| Peer::new(config.clone(), entropy.fork()));
            a.open_channel(NOW, ChannelConfig::new("chat")).unwrap();
            let mut offer = a.create_offer(NOW).unwrap();
            a.set_local_description(NOW, offer.clone()).unwrap();
            if lite {
                offer.sdp = offer.sdp.replace("t=0 0\r\n", "t=0 0\r\na=ice-lite\r\n");
            }
            b.set_remote_description(NOW, Description::offer(offer.sdp))
                .unwrap();
            let answer = b.create_answer(NOW).unwrap();
            b.set_local_description(NOW, answer).unwrap();
            assert_eq!([a.ice.role(), b.ice.role()], roles);
        }
    }

    /// How many pairs an answerer checks within a second, whose pacing is `own` ms, after an offer with `line`.
    fn pairs_in_a_second(own: u64, line: &str) -> usize {
        let mut config = Config::new(Arc::new(Certificate::generate().unwrap()));
        config.ice.pacing = core::time::Duration::from_millis(own);
        let mut entropy = Entropy::system();
        let [mut a, mut b] = [(); 2].map(|()| Peer::new(config.clone(), entropy.fork()));
        a.open_channel(NOW, ChannelConfig::new("chat")).unwrap();
        for host in 1..=5 {
            for (peer, net) in [(&mut a, 2), (&mut b, 3)] {
                peer.add_local_candidate(NOW, ([192, 0, net, host], 5000).into())
                    .unwrap();
            }
        }
        let offer = a.create_offer(NOW).unwrap();
        let said = format!("a=ice-pacing:{own}\r\n");
        let text = offer.sdp.replace(&said, "");
        let text = text.replace("t=0 0\r\n", &format!("t=0 0\r\n{line}"));
        b.set_remote_description(NOW, Description::offer(text))
            .unwrap();
        let answer = b.create_answer(NOW).unwrap();
        b.set_local_description(NOW, answer).unwrap();
        let mut checked = Vec::new();
        for millis in 0..1000 {
            let now = Instant::from_millis(millis);
            b.handle_timeout(now);
            while let Some(check) = b.poll_transmit(now, &mut Vec::new()) {
                if !checked.contains(&check.path) {
                    checked.push(check.path);
                }
            }
        }
        checked.len()
    }

    /// RFC 8839 §5.5: "both agents will use the larger of the indicated values", of which 50 ms is the default.
    #[test]
    fn the_slower_pace_of_the_two_is_kept() {
        for (own, line, pairs) in [
            (50, "", 20),
            (50, "a=ice-pacing:10\r\n", 20),
            (20, "", 20),
            (50, "a=ice-pacing:200\r\n", 5),
            (500, "a=ice-pacing:200\r\n", 2),
            (50, "a=ice-pacing:18446744073709551615\r\n", 1),
        ] {
            assert_eq!(pairs_in_a_second(own, line), pairs, "{own} {line:?}");
        }
    }
}
