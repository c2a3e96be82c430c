//! Events of the layers below, moved to the layers and the application that they concern.

use strata_core::{Endpoint as _, tracing};

use super::{Lifecycle, Peer};
use crate::{CloseReason, ConnectionState, Event, stats::count};

impl Peer {
    /// Moves the events of ICE and DTLS on, until there are none; and the last ones of SCTP, which may be
    /// the end of all. Says whether there were any.
    pub(super) fn route(&mut self) -> bool {
        let mut any = false;
        self.note_repetitions();
        self.release_early();
        while self.lifecycle.is_open() {
            if let Some(event) = self.ice.poll_event() {
                self.on_ice(&event);
            } else if let Some(event) = self.security.poll_event() {
                self.on_dtls(event);
            } else if let Some(event) = self.last_of_data() {
                self.on_sctp(event);
            } else {
                break;
            }
            any = true;
        }
        if self.lifecycle.is_open() {
            self.update_reachability();
            self.update_connection_state();
        }
        any
    }

    fn last_of_data(&mut self) -> Option<strata_sctp::Event> {
        if self.data.is_over() {
            self.data.poll_event()
        } else {
            None
        }
    }

    fn on_ice(&mut self, event: &strata_ice::Event) {
        match *event {
            strata_ice::Event::StateChanged(state) => {
                tracing::debug!(%state, "ICE");
                self.tell_latest(Event::IceStateChanged(state));
                self.watch_failure(state);
            }
            strata_ice::Event::SelectedPair { path } => {
                self.tell_latest(Event::SelectedPath(path));
                self.change_path(path);
                self.start_dtls();
            }
            strata_ice::Event::RestartAdvised { reason } => {
                self.tell_latest(Event::RestartAdvised { reason });
            }
            // The agent is closed by us alone, at the end of the peer: there is nothing to do.
            strata_ice::Event::Closed | _ => {}
        }
    }

    /// Begins the DTLS handshake once ICE has a path. Called when there is a new path or a new association.
    pub(super) fn start_dtls(&mut self) {
        if self.path().is_none() {
            return;
        }
        self.security.start(self.now);
    }

    fn on_dtls(&mut self, event: strata_dtls::Event) {
        match event {
            strata_dtls::Event::Connected { srtp, .. } => {
                let keyed =
                    srtp.is_some_and(|keys| self.security.set_keys(&keys, self.config.srtp));
                if !keyed && self.jsep.has_media() {
                    self.begin_close(CloseReason::NoSrtpProfile);
                    return;
                }
                if !keyed {
                    self.jsep.bar_media();
                }
                if let Some(role) = self.security.role() {
                    self.data
                        .connect(self.now, role, self.config.handshake_timeout);
                }
            }
            // Data that overtook the end of the handshake. DTLS has kept it until now.
            strata_dtls::Event::ApplicationData(packet) => {
                if let Some(channels) = self.data.agreed() {
                    // SCTP wants octets that it may change. The copy is no cost: this happens at the beginning only.
                    channels.handle_input(self.now, &mut packet.to_vec());
                } else {
                    count(&mut self.drops.no_sctp);
                }
            }
            strata_dtls::Event::KeyRunsOut { sealed, limit } => {
                self.tell_latest(Event::KeyRunsOut { sealed, limit });
            }
            strata_dtls::Event::Closed { reason } => {
                self.begin_close(if reason == strata_dtls::CloseReason::Remote {
                    CloseReason::Remote
                } else {
                    CloseReason::Dtls(reason)
                });
            }
            _ => {}
        }
    }

    pub(super) fn update_connection_state(&mut self) {
        use strata_ice::State as Ice;
        // DTLS tells of its end when its last datagram is polled. Until then it is no handshake that goes on.
        let dtls = self.security.dtls();
        if dtls.is_some_and(|dtls| dtls.close_reason().is_some()) {
            return;
        }
        let secure = self.security.is_connected();
        // While ICE is restarted, the old path is in use.
        let flowing = secure && self.path().is_some();
        self.set_connection_state(match self.ice.state() {
            Ice::New if self.security.dtls().is_none() => ConnectionState::New,
            Ice::Checking | Ice::Connected | Ice::Completed if flowing => {
                ConnectionState::Connected
            }
            Ice::New | Ice::Checking | Ice::Connected | Ice::Completed => {
                ConnectionState::Connecting
            }
            Ice::Disconnected => ConnectionState::Disconnected,
            Ice::Failed => ConnectionState::Failed,
            Ice::Closed => ConnectionState::Closed,
        });
    }

    pub(super) fn set_connection_state(&mut self, state: ConnectionState) {
        if self.connection_state != state {
            tracing::debug!(?state, "connection");
            self.connection_state = state;
            self.tell_latest(Event::ConnectionStateChanged(state));
        }
    }

    /// Tells of a change that the network can bring about again and again, such as by nominating one pair
    /// after the other: while nobody polls, the oldest of its kind makes room.
    fn tell_latest(&mut self, event: Event) {
        if self.events.len() >= self.config.limits.state_events {
            let kind = core::mem::discriminant(&event);
            let same = |known: &Event| core::mem::discriminant(known) == kind;
            if let Some(oldest) = self.events.iter().position(same) {
                self.events.remove(oldest);
            }
        }
        self.events.push_back(event);
    }

    /// The next event: what has changed, then media, then data, and at last the end.
    pub(super) fn next_event(&mut self) -> Option<Event> {
        if self.lifecycle == Lifecycle::Closed {
            return None;
        }
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if !self.lifecycle.is_open() {
                return self.last_event();
            }
            if let Some(event) = self.media.pop_received() {
                return Some(event);
            }
            let event = self.data.poll_event()?;
            self.on_sctp(event);
            if !self.lifecycle.is_open() {
                // Nothing more is sent: the owner polls datagrams before events, so it would not ask again.
                self.finish_sending();
            }
        }
    }

    pub(super) fn on_sctp(&mut self, event: strata_sctp::Event) {
        use strata_sctp::Event as Sctp;
        self.events.push_back(match event {
            Sctp::ChannelOpened { id, incoming } => {
                let channel = self.data.channel(id);
                let label = channel.map(|channel| channel.label().to_owned());
                Event::ChannelOpened {
                    id,
                    label: label.unwrap_or_default(),
                    incoming,
                }
            }
            Sctp::Message { id, kind, data } => Event::ChannelMessage { id, kind, data },
            Sctp::BufferedAmountLow { id } => Event::ChannelBufferedAmountLow { id },
            Sctp::ChannelClosed { id } => Event::ChannelClosed { id },
            Sctp::Closed { reason } => {
                tracing::debug!(?reason, "SCTP closed");
                if let Some(engine) = self.data.engine() {
                    let closed = engine.ids().map(|id| Event::ChannelClosed { id });
                    self.events.extend(closed);
                }
                if self.lifecycle.is_open() && !self.jsep.has_media() {
                    self.begin_close(CloseReason::Sctp(self.data.close_reason(reason)));
                }
                return;
            }
            Sctp::Connected | _ => return,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use strata_core::{Entropy, Path};
    use strata_crypto::Certificate;

    use super::*;
    use crate::Config;

    #[test]
    fn changes_that_nobody_polls_make_room_for_the_latest() {
        let config = Config::new(Arc::new(Certificate::generate().unwrap()));
        let limit = config.limits.state_events;
        let mut peer = Peer::new(config, Entropy::system());
        let path = |port| {
            let local = ([192, 0, 2, 1], 1000).into();
            Path::udp(local, ([192, 0, 2, 2], port).into())
        };
        for port in 1..=10_000 {
            peer.on_ice(&strata_ice::Event::SelectedPair { path: path(port) });
        }
        peer.on_ice(&strata_ice::Event::StateChanged(
            strata_ice::State::Checking,
        ));
        let told: Vec<_> = core::iter::from_fn(|| peer.poll_event()).collect();
        assert_eq!(told.len(), limit + 1);
        let paths: Vec<_> = (1..=10_000).map(path).map(Event::SelectedPath).collect();
        assert_eq!(told[..limit], paths[paths.len() - limit..]);
        assert_eq!(
            told[limit],
            Event::IceStateChanged(strata_ice::State::Checking)
        );
    }
}
