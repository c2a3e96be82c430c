//! The caller's side of the conversation: pings first, then bulk.

use std::{collections::VecDeque, time::Duration};

use strata_peer::{ChannelId, Event, IceState, Instant, MessageKind, Peer};
use tokio::sync::mpsc;

use crate::application::Application;

/// What the caller tells of the call.
pub(super) enum Report {
    /// The channel is open.
    Opened,
    /// The pings are done.
    RoundTrip { least: Duration, median: Duration },
    /// So much of the bulk is back.
    Returned { bytes: u64 },
    /// All of it is.
    Done { took: Duration },
    /// The network has changed so that both sides have to look for a path anew.
    RestartAdvised,
    /// The call has failed. The last report.
    Failed(String),
}

/// The program on top of the call's peer connection.
pub(super) struct Caller {
    reports: mpsc::Sender<Report>,
    total: u64,
    sent: u64,
    returned: u64,
    /// When each ping that is under way, or was, left and how long it took.
    pings: Vec<Duration>,
    ping_sent: Instant,
    bulk_started: Option<Instant>,
    /// The sizes of the messages that are under way.
    under_way: VecDeque<usize>,
    next_report: Instant,
    finished: bool,
}

impl Caller {
    /// A caller that pushes `total` bytes.
    pub(super) fn new(total: u64, reports: mpsc::Sender<Report>) -> Self {
        Self {
            reports,
            total,
            sent: 0,
            returned: 0,
            pings: Vec::with_capacity(PINGS),
            ping_sent: Instant::EPOCH,
            bulk_started: None,
            under_way: VecDeque::new(),
            next_report: Instant::EPOCH,
            finished: false,
        }
    }

    fn report(&self, report: Report) {
        // Progress leaves room for all else, so only a program that has ended loses something.
        let _ = self.reports.try_send(report);
    }

    fn fail(&mut self, reason: impl Into<String>) {
        if !self.finished {
            self.finished = true;
            self.report(Report::Failed(reason.into()));
        }
    }

    fn ping(&mut self, now: Instant, peer: &mut Peer, id: ChannelId) {
        self.ping_sent = now;
        let text = format!("ping {}", self.pings.len());
        self.send(now, peer, id, MessageKind::Text, text.into_bytes());
    }

    fn send(
        &mut self,
        now: Instant,
        peer: &mut Peer,
        id: ChannelId,
        kind: MessageKind,
        data: Vec<u8>,
    ) {
        let Some(mut channel) = peer.channel(id) else {
            return self.fail("the channel is gone");
        };
        if let Err(error) = channel.send(now, kind, data) {
            self.fail(format!("cannot send: {error}"));
        }
    }

    fn message(&mut self, now: Instant, peer: &mut Peer, id: ChannelId, data: &[u8]) {
        if self.bulk_started.is_some() {
            return self.bulk_message(now, peer, id, data);
        }
        if data != format!("ping {}", self.pings.len()).as_bytes() {
            return self.fail("what came back is not the ping that was sent");
        }
        self.pings.push(now - self.ping_sent);
        if self.pings.len() < PINGS {
            return self.ping(now, peer, id);
        }
        self.pings.sort_unstable();
        let least = self.pings.first().copied().unwrap_or_default();
        let median = self.pings.get(PINGS / 2).copied().unwrap_or_default();
        self.report(Report::RoundTrip { least, median });
        self.bulk_started = Some(now);
        self.push(now, peer, id);
        self.finish_if_done(now);
    }

    fn bulk_message(&mut self, now: Instant, peer: &mut Peer, id: ChannelId, data: &[u8]) {
        let Some(size) = self.under_way.pop_front() else {
            return self.fail("more came back than was sent");
        };
        if data != bulk(self.returned, size) {
            return self.fail(format!(
                "what came back after {} bytes differs",
                self.returned
            ));
        }
        self.returned += size as u64;
        if now >= self.next_report && self.reports.capacity() > REPORT_QUEUE / 2 {
            self.next_report = now + REPORT_INTERVAL;
            self.report(Report::Returned {
                bytes: self.returned,
            });
        }
        self.push(now, peer, id);
        self.finish_if_done(now);
    }

    /// Sends as much as the window allows.
    fn push(&mut self, now: Instant, peer: &mut Peer, id: ChannelId) {
        while self.sent < self.total && self.sent - self.returned < WINDOW && !self.finished {
            let size = usize::try_from(self.total - self.sent)
                .unwrap_or(MESSAGE)
                .min(MESSAGE);
            let data = bulk(self.sent, size);
            self.under_way.push_back(size);
            self.sent += size as u64;
            self.send(now, peer, id, MessageKind::Binary, data);
        }
    }

    fn finish_if_done(&mut self, now: Instant) {
        if let Some(started) = self.bulk_started
            && self.returned == self.total
            && !self.finished
        {
            self.finished = true;
            self.report(Report::Done {
                took: now - started,
            });
        }
    }
}

impl Application for Caller {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller has no use for the other events, nor for those to come"
    )]
    fn handle_event(&mut self, now: Instant, peer: &mut Peer, event: Event) {
        match event {
            Event::ChannelOpened { id, .. } => {
                self.report(Report::Opened);
                self.ping(now, peer, id);
            }
            Event::ChannelMessage { id, data, .. } => self.message(now, peer, id, &data),
            Event::RestartAdvised { .. } | Event::IceStateChanged(IceState::Failed) => {
                self.report(Report::RestartAdvised);
            }
            Event::ChannelClosed { .. } => self.fail("the other side closed the channel"),
            Event::Closed { reason } => self.fail(format!("the connection closed: {reason}")),
            _ => {}
        }
    }

    fn handle_timeout(&mut self, _now: Instant, _peer: &mut Peer) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

/// The bytes that stand at `offset` of the bulk: each message begins with its place, so that none can
/// be taken for another.
fn bulk(offset: u64, size: usize) -> Vec<u8> {
    let mut data = vec![0xa5; size];
    for (to, from) in data.iter_mut().zip(offset.to_be_bytes()) {
        *to = from;
    }
    data
}

/// Round trips measured.
pub(super) const PINGS: usize = 20;

/// Bytes of one bulk message.
const MESSAGE: usize = 64 << 10;

/// Bytes that may be under way: what has left and not yet come back.
const WINDOW: u64 = 4 << 20;

/// How often progress is reported.
const REPORT_INTERVAL: Duration = Duration::from_millis(50);

/// Reports that wait to be shown; progress takes half of it at the most.
pub(super) const REPORT_QUEUE: usize = 32;
