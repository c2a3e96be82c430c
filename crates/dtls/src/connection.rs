//! The engine.

use core::mem;
use std::collections::VecDeque;

use strata_core::{Endpoint, Entropy, Instant, earliest, tracing};
use strata_crypto::Fingerprint;

use crate::{
    CloseReason, Closed, Config, Event, ExportError, Role, SealError, SrtpKeys, Stats,
    alert::Alert,
    budget::Budget,
    context::Context,
    listening::Listening,
    outbox::Outbox,
    protection::WriteError,
    state::State,
    stats::count,
    v12::{self, Established},
    wire::record::ContentType,
};

mod input;
mod output;
mod suspend;

/// One DTLS association: the handshake, then sealed records in both directions.
///
/// Called when it is made: [`new`](Self::new), [`start`](Self::start) (client),
/// [`set_remote_fingerprints`](Self::set_remote_fingerprints). Called for each datagram of the peer:
/// [`handle_input_with`](Self::handle_input_with), or [`handle_input`](Endpoint::handle_input) of
/// [`Endpoint`]. Called to send: [`seal`](Self::seal). The rest is [`Endpoint`]'s:
/// [Drive it](Endpoint#drive-it) shows the loop of an owner.
#[derive(Debug)]
pub struct Connection {
    context: Context,
    state: State,
    /// Whole records that arrived before they could be opened or believed.
    early: VecDeque<Vec<u8>>,
    outbox: Outbox,
    budget: Budget,
}

impl Connection {
    /// A connection that has sent nothing yet.
    #[must_use]
    pub fn new(config: Config, entropy: Entropy) -> Self {
        let role = config.role;
        let mut context = Context::new(config, entropy);
        let state = match role {
            Role::Client => State::Idle,
            Role::Server => State::Listening(Listening::new(&mut context)),
        };
        Self {
            context,
            state,
            early: VecDeque::new(),
            outbox: Outbox::default(),
            budget: Budget::default(),
        }
    }

    /// Starts the handshake, when there is a path: a client sends its hello, a server expects one. A second time it
    /// does nothing.
    ///
    /// From now on [`Config::handshake_timeout`] runs. A server that is not started waits for its client without a
    /// limit.
    ///
    /// # Errors
    /// [`Closed`] after the end. It may be at once: with [`CloseReason::OwnMessageTooLong`] if the lists of [`Config`]
    /// do not fit a hello.
    pub fn start(&mut self, now: Instant) -> Result<(), Closed> {
        match self.state {
            State::Idle => {
                self.context.begin(now);
                match v12::client::start(&mut self.context, now) {
                    Ok(state) => self.state = state.into(),
                    Err(reason) => {
                        self.finish(reason);
                        // The peer has heard nothing of us: there is nothing to end.
                        self.outbox.alert = None;
                        return Err(Closed { reason });
                    }
                }
            }
            State::Listening(_) => self.context.begin(now),
            State::Client(_) | State::Server(_) | State::Connected(_) => {}
            State::Closed(reason) => return Err(Closed { reason }),
        }
        Ok(())
    }

    /// Says which certificates the peer may have, from `a=fingerprint` of its session description.
    ///
    /// May be called at any time before the handshake ends. The handshake waits for it, but no longer than
    /// [`Config::handshake_timeout`]. Until the peer's certificate is known to have the right fingerprint, nothing that
    /// the peer says is believed and nothing is delivered.
    ///
    /// Of several fingerprints, those of the strongest hash function count, and one of them must match (RFC 8122 §5).
    /// An empty slice changes nothing. Neither does a call after [`Event::Connected`]: another certificate needs
    /// another association (RFC 8842 §4).
    ///
    /// # Errors
    /// [`Closed`] after the end. If none of the fingerprints is the peer's, that is no error of this call:
    /// [`Event::Closed`] tells.
    pub fn set_remote_fingerprints(
        &mut self,
        now: Instant,
        fingerprints: &[Fingerprint],
    ) -> Result<(), Closed> {
        if self.is_connected() {
            return Ok(());
        }
        self.on_timeout(now);
        if let Some(reason) = self.close_reason() {
            return Err(Closed { reason });
        }
        self.context.identity.set_fingerprints(fingerprints);
        self.step(|state, context| state.resume(context, now));
        self.release_early(now);
        Ok(())
    }

    /// Takes a datagram, decrypts it in place and gives each record of application data to `deliver`,
    /// which may go on changing it in place.
    pub fn handle_input_with(
        &mut self,
        now: Instant,
        datagram: &mut [u8],
        mut deliver: impl FnMut(&mut [u8]),
    ) {
        self.handle_datagram(now, datagram, |_, plaintext| deliver(plaintext));
    }

    /// Appends a record of application data to `out`: its header, what `fill` appends, and the tag, the
    /// plaintext being encrypted where it was written. What was in `out` before stays as it is. If
    /// `fill` answers `None`, `out` is again what it was, and no record is used up.
    ///
    /// The record is [`overhead`](Self::overhead) octets longer than its plaintext. `out` is one datagram
    /// to be sent as it is; there is nothing to poll for it.
    ///
    /// # Errors
    /// [`SealError`] before the end of the handshake, after the end of the connection, and for too many
    /// octets; `out` is then what it was.
    pub fn seal<R>(
        &mut self,
        out: &mut Vec<u8>,
        fill: impl FnOnce(&mut Vec<u8>) -> Option<R>,
    ) -> Result<Option<R>, SealError> {
        let protection = match (&self.state, &mut self.context.writer.protection) {
            (State::Connected(_), Some(protection)) => protection,
            (State::Closed(reason), _) => return Err(Closed { reason: *reason }.into()),
            (
                State::Idle
                | State::Listening(_)
                | State::Client(_)
                | State::Server(_)
                | State::Connected(_),
                _,
            ) => return Err(SealError::NotConnected),
        };
        if self.budget.is_spent(protection.sealed()) {
            self.finish(CloseReason::KeyExhausted);
            return Err(SealError::KeyExhausted);
        }
        let at = out.len();
        protection.begin(out);
        let start = out.len();
        let Some(filled) = fill(out) else {
            out.truncate(at);
            return Ok(None);
        };
        let actual = out.len().saturating_sub(start);
        if let Err(error) = protection.finish(ContentType::ApplicationData, out, at) {
            out.truncate(at);
            return Err(match error {
                WriteError::TooLong => SealError::TooLong { actual },
                WriteError::Exhausted => {
                    self.finish(CloseReason::KeyExhausted);
                    SealError::KeyExhausted
                }
            });
        }
        if let Some(warning) = self.budget.warn(protection.sealed()) {
            self.outbox.tell(warning);
        }
        let stats = &mut self.context.stats;
        count(&mut stats.records_sent);
        stats.bytes_sent = stats
            .bytes_sent
            .saturating_add(u64::try_from(actual).unwrap_or(0));
        Ok(Some(filled))
    }

    /// How many octets [`seal`](Self::seal) adds to a plaintext: 37, or 29 with ChaCha20-Poly1305. 37 before
    /// the cipher suite is known.
    pub const fn overhead(&self) -> usize {
        match &self.context.writer.protection {
            Some(protection) => protection.overhead(),
            None => 37,
        }
    }

    /// Fills `out` with keying material for another protocol (RFC 5705 §4). The SRTP keys come by themselves, with
    /// [`Event::Connected`].
    ///
    /// # Errors
    /// [`ExportError`] if the handshake is not done, the connection is closed or `context` too long.
    pub fn export_keying_material(
        &self,
        label: &[u8],
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), ExportError> {
        let established = match &self.state {
            State::Connected(established) => established,
            State::Closed(reason) => return Err(Closed { reason: *reason }.into()),
            State::Idle | State::Listening(_) | State::Client(_) | State::Server(_) => {
                return Err(ExportError::NotConnected);
            }
        };
        let context = match context {
            None => None,
            Some(context) => {
                let length =
                    u16::try_from(context.len()).map_err(|_| ExportError::ContextTooLong)?;
                Some((length, context))
            }
        };
        // RFC 7627 §5.4
        if !established.secrets.are_bound() {
            return Err(ExportError::NoExtendedMasterSecret);
        }
        established.secrets.export(label, context, out);
        Ok(())
    }

    /// Whether the handshake is done, the peer verified, and the connection not closed.
    pub const fn is_connected(&self) -> bool {
        matches!(self.state, State::Connected(_))
    }

    /// Why the connection is closed, if it is.
    pub const fn close_reason(&self) -> Option<CloseReason> {
        match &self.state {
            State::Closed(reason) => Some(*reason),
            State::Idle
            | State::Listening(_)
            | State::Client(_)
            | State::Server(_)
            | State::Connected(_) => None,
        }
    }

    /// The certificate the peer has proved to own, in DER, once it is known to be the right one and the
    /// handshake is done.
    pub fn peer_certificate(&self) -> Option<&[u8]> {
        self.context
            .identity
            .certificate()
            .filter(|_| self.is_connected())
    }

    /// What it was made with.
    pub const fn config(&self) -> &Config {
        &self.context.config
    }

    /// What it has done so far.
    pub const fn stats(&self) -> &Stats {
        &self.context.stats
    }

    /// Ends the connection: tells the peer (`close_notify`), then the owner ([`Event::Closed`]). Does nothing
    /// the second time.
    pub fn close(&mut self, _now: Instant) {
        self.finish(CloseReason::Local);
    }

    /// Lets `transition` take the state on, or to its end.
    fn step(&mut self, transition: impl FnOnce(State, &mut Context) -> Result<State, CloseReason>) {
        if self.close_reason().is_some() {
            return;
        }
        let was_connected = self.is_connected();
        // `Idle` only fills the place while the transition has the state. The next state or the end replaces it.
        let state = mem::replace(&mut self.state, State::Idle);
        match transition(state, &mut self.context) {
            Ok(next) => {
                self.state = next;
                if !was_connected {
                    self.on_connected();
                }
            }
            Err(reason) => self.finish(reason),
        }
    }

    /// Tells the owner if the handshake is done.
    fn on_connected(&mut self) {
        let State::Connected(Established { secrets, srtp }) = &self.state else {
            return;
        };
        let srtp = srtp.map(|profile| {
            SrtpKeys::derive(profile, self.context.config.role, |material| {
                secrets.export(b"EXTRACTOR-dtls_srtp", None, material);
            })
        });
        let cipher_suite = secrets.suite();
        tracing::debug!(?cipher_suite, "connected");
        self.budget = Budget::new(cipher_suite, &self.context.config.limits);
        self.context.deadline = None;
        self.outbox.tell(Event::Connected { srtp, cipher_suite });
        self.context.reassembly.clear();
    }

    /// Ends the connection.
    fn finish(&mut self, reason: CloseReason) {
        if self.close_reason().is_some() {
            return;
        }
        tracing::debug!(%reason, "closed");
        // A peer that has heard nothing of us need not hear the end.
        let silent =
            matches!(self.state, State::Idle | State::Listening(_)) && reason == CloseReason::Local;
        let alert = reason.alert().filter(|_| !silent).map(Alert::new);
        self.state = State::Closed(reason);
        self.outbox.close(reason, alert);
        self.early = VecDeque::new();
        self.context.reassembly.clear();
        self.context.flight.answered();
        self.context.deadline = None;
        self.context.suspended = None;
    }
}

impl Endpoint for Connection {
    type Input<'a> = &'a mut [u8];
    type Transmit = ();
    type Event = Event;

    /// As [`handle_input_with`](Self::handle_input_with), with application data copied into events.
    fn handle_input(&mut self, now: Instant, datagram: &mut [u8]) {
        self.handle_datagram(now, datagram, |this, plaintext| this.queue(plaintext));
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.on_timeout(now);
    }

    /// Appends the next datagram: records of the handshake, or an alert. Application data goes another
    /// way, see [`seal`](Self::seal).
    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<()> {
        self.poll_datagram(now, out).then_some(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.outbox.poll()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.context.suspended.is_some() {
            return None;
        }
        earliest([self.context.flight.deadline(), self.context.deadline])
    }
}

#[cfg(test)]
mod tests;
