//! The peer: what it is made of, and what the application calls.

mod candidates;
mod closing;
mod data;
mod descriptions;
mod input;
mod media;
mod outage;
mod output;
mod route;
mod security;

use core::net::{IpAddr, SocketAddr};
use std::collections::VecDeque;

use strata_core::{Datagram, Endpoint, Entropy, Instant, Path, Transmit, earliest};
use strata_ice::{Agent, Closed, Credentials};
use strata_sctp::{Channel, ChannelConfig, ChannelId};
use strata_sdp::Direction;

use self::{
    candidates::Candidates, closing::Lifecycle, data::Data, outage::Reachability, output::Turn,
    security::Security,
};
use crate::{
    AddCandidateError, AddTransceiverError, Config, ConnectionState, Description, DescriptionError,
    DescriptionKind, Event, MediaKind, OpenChannelError, SignalingState, Stats, Transceiver,
    TransceiverId,
    jsep::{Jsep, LocalText},
    media::Media,
    stats::Drops,
};

/// A peer connection without I/O.
///
/// **Set up**: [`add_transceiver`](Self::add_transceiver), [`open_channel`](Self::open_channel),
/// [`add_local_candidate`](Self::add_local_candidate) for each UDP socket; then descriptions, by
/// [`create_offer`](Self::create_offer), [`create_answer`](Self::create_answer),
/// [`set_local_description`](Self::set_local_description) and
/// [`set_remote_description`](Self::set_remote_description), as in a browser.
///
/// **Driven**, as every [`Endpoint`]: [Drive it](Endpoint#drive-it) shows the loop of an owner. The peer gets every
/// datagram of its sockets; where it shares them, those that [`Demux`](crate::Demux) says are its own. `path.local`
/// must be an address that was given to `add_local_candidate`.
///
/// **Shared**, where one socket serves many peers: the documentation of [`Demux`](crate::Demux) has a table of what to
/// tell it.
///
/// **Used**, once [`connection_state`](Self::connection_state) is
/// [`Connected`](ConnectionState::Connected): [`write_rtp`](Self::write_rtp),
/// [`channel`](Self::channel) and [`Event`]s.
///
/// # Without a path
///
/// That ICE has failed ends nothing: the peer stays open, unless
/// [`Config::close_after_failed`](crate::Config::close_after_failed) says otherwise. ICE goes on looking, and
/// [`restart_ice`](Self::restart_ice), told to the other side, leads to paths that neither side knows yet. However long
/// that takes, ten minutes say,
///
/// - **handshakes** of DTLS and SCTP stand still, and so does [`Config::handshake_timeout`](crate::Config), from when
///   the path does not answer ([`IceState::Disconnected`](crate::IceState::Disconnected)); with the next one they go on
///   ([`dtls::Connection::suspend`](strata_dtls::Connection::suspend));
/// - **keys** are those agreed on before: a DTLS association that stands has no timers, and SRTP's rollover counters
///   and replay windows stay as they are. A source is found again after the loss of up to a million packets
///   ([`srtp::Inbound`](strata_srtp::Inbound)); a receiver of RFC 3711's own survives 2¹⁵;
/// - **channels** stay open: messages that are queued or not acknowledged are kept and arrive later, and more are taken
///   as far as SCTP's buffer has room. Its count of timeouts stands still
///   ([`sctp::Association::suspend`](strata_sctp::Association::suspend)). The lifetime of messages that have one goes
///   on;
/// - **media**, once no path is left, is refused with [`WriteError::NoPath`](crate::WriteError::NoPath), RTCP and NACKs
///   too: late it is of no use. The sequence numbers that were refused are not used up. What was queued is dropped, and
///   counted in [`Drops::unsent`](crate::Drops::unsent). Receivers need a key frame then.
#[derive(Debug)]
pub struct Peer {
    config: Config,
    entropy: Entropy,
    /// The latest time that a call has told.
    now: Instant,
    jsep: Jsep,
    ice: Agent,
    candidates: Candidates,
    security: Security,
    data: Data,
    media: Media,
    turn: Turn,
    reachability: Reachability,
    lifecycle: Lifecycle,
    connection_state: ConnectionState,
    events: VecDeque<Event>,
    drops: Drops,
}

impl Peer {
    /// A peer that knows nobody yet.
    #[must_use]
    pub fn new(config: Config, mut entropy: Entropy) -> Self {
        Self {
            now: Instant::EPOCH,
            jsep: Jsep::new(&config, entropy.fork()),
            ice: Agent::new(config.ice.clone(), entropy.fork()),
            candidates: Candidates::default(),
            security: Security::default(),
            data: Data::default(),
            media: Media::new(config.limits),
            turn: Turn::default(),
            reachability: Reachability::default(),
            lifecycle: Lifecycle::Open,
            connection_state: ConnectionState::New,
            events: VecDeque::new(),
            drops: Drops::default(),
            config,
            entropy,
        }
    }

    /// Adds a media section to the next offer (W3C `addTransceiver`).
    ///
    /// As answerer, transceivers added before the offer is set take its media sections of their kind,
    /// in the order they were added.
    ///
    /// # Errors
    /// [`AddTransceiverError`] if the peer is closed, is connected without SRTP, or has as many sections as it
    /// may have.
    pub fn add_transceiver(
        &mut self,
        kind: MediaKind,
        direction: Direction,
    ) -> Result<TransceiverId, AddTransceiverError> {
        if !self.lifecycle.is_open() {
            return Err(AddTransceiverError::Closed);
        }
        self.jsep.check_new_transceiver()?;
        Ok(self.jsep.add_transceiver(kind, direction, false))
    }

    /// Changes what we would like to do in a section, from the next description on. `false` if there
    /// is no such transceiver, it is stopped, or the peer is closed.
    pub fn set_direction(&mut self, transceiver: TransceiverId, direction: Direction) -> bool {
        self.lifecycle.is_open() && self.jsep.set_direction(transceiver, direction)
    }

    /// The transceivers in the order they came to be.
    pub fn transceivers(&self) -> impl Iterator<Item = &Transceiver> {
        self.jsep.transceivers().iter()
    }

    /// One transceiver.
    pub fn transceiver(&self, id: TransceiverId) -> Option<&Transceiver> {
        self.jsep.transceiver(id)
    }

    /// Opens a data channel, before or after the peer is connected. The first one puts a data section
    /// into the next offer, and waits for that and its answer. Messages may be sent from [`Event::ChannelOpened`] on.
    ///
    /// # Errors
    /// [`OpenChannelError`] if the peer is closed, the other side takes no data channels, or SCTP refuses.
    pub fn open_channel(
        &mut self,
        now: Instant,
        config: ChannelConfig,
    ) -> Result<ChannelId, OpenChannelError> {
        self.advance(now);
        if !self.lifecycle.is_open() {
            return Err(OpenChannelError::Closed);
        }
        let id = self
            .data
            .open(now, config, &self.config.sctp, &mut self.entropy)?;
        self.jsep.want_data();
        Ok(id)
    }

    /// A data channel, until its [`Event::ChannelClosed`].
    pub fn channel(&mut self, id: ChannelId) -> Option<Channel<'_>> {
        if !self.lifecycle.is_open() {
            return None;
        }
        self.data.channel(id)
    }

    /// The data channels that are not closed; none once the peer is.
    pub fn channel_ids(&self) -> impl Iterator<Item = ChannelId> + '_ {
        let open = self.lifecycle.is_open();
        self.data.ids().filter(move |_| open)
    }

    /// Makes an offer of the session as it is and what was added (RFC 9429 §4.1.8). Nothing changes until
    /// it is set.
    ///
    /// # Errors
    /// [`DescriptionError`] if an answer is due, there is nothing to offer, or the peer is closed.
    pub fn create_offer(&mut self, now: Instant) -> Result<Description, DescriptionError> {
        self.advance(now);
        let transport = self.local_transport();
        let text = self.jsep.create_offer(&transport)?;
        self.candidates.note_written();
        Ok(Description::offer(self.candidates.in_text(text)))
    }

    /// Answers the remote offer (RFC 9429 §4.1.9). Nothing changes until it is set.
    ///
    /// # Errors
    /// [`DescriptionError`] if there is no remote offer.
    pub fn create_answer(&mut self, now: Instant) -> Result<Description, DescriptionError> {
        self.advance(now);
        let transport = self.local_transport();
        let text = self.jsep.create_answer(&transport)?;
        self.candidates.note_written();
        Ok(Description::answer(self.candidates.in_text(text)))
    }

    /// Sets the description that was created last, or takes our offer back.
    ///
    /// # Errors
    /// [`DescriptionError`]; nothing has changed then.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a description is handed over, as in W3C's API"
    )]
    pub fn set_local_description(
        &mut self,
        now: Instant,
        description: Description,
    ) -> Result<(), DescriptionError> {
        self.advance(now);
        let mut change = self.jsep.set_local(&description)?;
        match description.kind {
            DescriptionKind::Offer => self.prepare_to_control(),
            DescriptionKind::Answer | DescriptionKind::Rollback => {}
        }
        self.restart(change.restart.take());
        let mid = self.jsep.local().and_then(LocalText::tagged_mid);
        let ufrag = self.ice.local_credentials().ufrag();
        self.events.extend(self.candidates.publish(mid, ufrag));
        self.apply(change);
        self.route();
        Ok(())
    }

    /// Sets what the other side has sent.
    ///
    /// # Errors
    /// [`DescriptionError`] says which section, and where; nothing has changed then.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a description is handed over, as in W3C's API"
    )]
    pub fn set_remote_description(
        &mut self,
        now: Instant,
        description: Description,
    ) -> Result<(), DescriptionError> {
        self.advance(now);
        let [_, before] = self.jsep.remote_ufrags();
        let before = before.map(str::to_owned);
        let change = self.jsep.set_remote(&description)?;
        let [_, offered] = self.jsep.remote_ufrags();
        if before.is_some() && before.as_deref() != offered {
            // The offer that they belonged to was taken back, or another one came in its place.
            self.candidates.forget_early();
        }
        self.apply(change);
        self.route();
        Ok(())
    }

    /// The local description that was set last, with the candidates known by now.
    pub fn local_description(&self) -> Option<String> {
        self.jsep.local().map(|text| self.candidates.in_text(text))
    }

    /// Where the exchange of descriptions stands.
    pub const fn signaling_state(&self) -> SignalingState {
        self.jsep.state()
    }

    /// Adds the address of a UDP socket. Those added before a description is made are in it; later ones
    /// come as [`Event::LocalCandidate`], once it is set.
    ///
    /// # Errors
    /// [`AddCandidateError`] if the address cannot be used, or the peer is closed.
    pub fn add_local_candidate(
        &mut self,
        now: Instant,
        address: SocketAddr,
    ) -> Result<(), AddCandidateError> {
        self.advance(now);
        if !self.lifecycle.is_open() {
            return Err(AddCandidateError::Closed);
        }
        let candidate = self.ice.add_local_candidate(now, address)?;
        let ufrag = self.ice.local_credentials().ufrag();
        self.events
            .extend(self.candidates.add_local(&candidate, ufrag));
        self.route();
        Ok(())
    }

    /// Says that the machine has lost this address, or will not use it any more: what stood on it moves to another path
    /// at once, where there is one. Later descriptions do not have it. It can be added again.
    ///
    /// # Errors
    /// [`Closed`] if the peer is closed.
    pub fn remove_interface(&mut self, now: Instant, ip: IpAddr) -> Result<(), Closed> {
        self.advance(now);
        if !self.lifecycle.is_open() {
            return Err(Closed);
        }
        let ip = ip.to_canonical();
        self.lose_interface(ip);
        self.ice.remove_interface(now, ip)?;
        self.candidates.remove_local(ip);
        self.route();
        Ok(())
    }

    /// Says that there are no more sockets.
    ///
    /// # Errors
    /// [`AddCandidateError::Closed`].
    pub fn end_of_local_candidates(&mut self, now: Instant) -> Result<(), AddCandidateError> {
        self.advance(now);
        if !self.lifecycle.is_open() {
            return Err(AddCandidateError::Closed);
        }
        let ufrag = self.ice.local_credentials().ufrag();
        self.events.extend(self.candidates.end_of_local(ufrag));
        Ok(())
    }

    /// Adds a candidate that the other side has trickled: the text of W3C's `RTCIceCandidate.candidate`,
    /// with or without `a=`; empty at the end. `mid` is its `sdpMid`, where it has one.
    ///
    /// TCP candidates and host names are ignored, and counted in
    /// [`Drops::candidates`](crate::Drops::candidates).
    ///
    /// # Errors
    /// [`AddCandidateError`] before the remote description is set, for a section or a session of ICE
    /// that is not known, and for text that is no candidate.
    pub fn add_remote_candidate(
        &mut self,
        now: Instant,
        mid: Option<&str>,
        line: &str,
    ) -> Result<(), AddCandidateError> {
        self.advance(now);
        self.take_remote_candidate(mid, line)?;
        self.route();
        Ok(())
    }

    /// Our ICE credentials, for [`Demux::insert`](crate::Demux::insert). Local descriptions that restart
    /// ICE change them when they are set: an offer after [`restart_ice`](Self::restart_ice), the answer
    /// to an offer that restarts, and a rollback of such an offer.
    pub const fn local_credentials(&self) -> &Credentials {
        self.ice.local_credentials()
    }

    /// How far ICE and DTLS are, together.
    pub const fn connection_state(&self) -> ConnectionState {
        self.connection_state
    }

    /// How far ICE is.
    pub const fn ice_state(&self) -> strata_ice::State {
        self.ice.state()
    }

    /// Why ICE has a pair of addresses, or why not, and what it knows of each: to be printed where a call does not
    /// connect.
    pub fn ice_report(&self) -> strata_ice::Report {
        self.ice.report()
    }

    /// Where everything is sent to now.
    pub fn selected_path(&self) -> Option<Path> {
        self.ice.selected_path()
    }

    /// What was counted, in all layers.
    pub fn stats(&self) -> Stats {
        let mut dropped = self.drops;
        dropped.sources = self.media.forgotten_sources();
        Stats {
            media: self.media.stats,
            dropped,
            ice: *self.ice.stats(),
            dtls: self.security.dtls().map(|dtls| *dtls.stats()),
            srtp: self.security.srtp_stats(),
            sctp: self.data.stats().copied(),
        }
    }

    /// Ends the connection: the other side is told as well as can be, then the owner, by
    /// [`Event::Closed`].
    pub fn close(&mut self, now: Instant) {
        self.advance(now);
        self.begin_close(crate::CloseReason::Local);
    }

    const fn advance(&mut self, now: Instant) {
        self.now = now;
    }

    /// Lets every deadline act that is not later than now.
    fn fire_timers(&mut self) {
        let now = self.now;
        self.ice.handle_timeout(now);
        self.security.handle_timeout(now);
        self.data.handle_timeout(now);
        self.route();
        self.give_up_if_due();
    }
}

impl Endpoint for Peer {
    type Input<'a> = Datagram<'a>;
    type Transmit = Transmit;
    type Event = Event;

    fn handle_input(&mut self, now: Instant, datagram: Datagram<'_>) {
        self.advance(now);
        // Who slept through a deadline notices that first, and not what has come in since.
        if self.poll_timeout().is_some_and(|deadline| deadline <= now) {
            self.fire_timers();
        }
        self.take_datagram(datagram);
        self.route();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.advance(now);
        if self.lifecycle.is_open() {
            self.fire_timers();
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        self.advance(now);
        loop {
            let transmit = self.next_transmit(out);
            // What a layer tells while it is polled may give another one something to say.
            if !self.route() || transmit.is_some() {
                return transmit;
            }
        }
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.next_event()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if !self.lifecycle.is_open() {
            return None;
        }
        earliest([
            self.ice.poll_timeout(),
            self.security.poll_timeout(),
            self.data.poll_timeout(),
            self.reachability.give_up(),
        ])
    }
}
