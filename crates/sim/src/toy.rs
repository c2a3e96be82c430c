//! A small engine for this crate's own tests, and ways to break it.

use std::{collections::VecDeque, num::NonZeroUsize, time::Duration};

use strata_core::{Datagram, Endpoint, Entropy, Instant, Path, Transmit};

/// How a [`Toy`] breaks the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It keeps it.
    None,
    /// Rule 2: `poll_transmit` never comes to an end.
    EndlessTransmit,
    /// Rule 2: taking an event makes something to send.
    TransmitAfterEvent,
    /// Rule 3: an early timeout retransmits at once.
    EarlyTimeoutSends,
    /// Rule 3: an early timeout moves the deadline.
    EarlyTimeoutMoves,
    /// Rule 3: an early timeout counts as a retry, which shows only later.
    EarlyTimeoutCounts,
    /// Rule 4: the deadline stays in the past after it fired.
    StaleDeadline,
    /// Rule 5: an empty datagram panics.
    PanicsOnEmpty,
    /// Rule 5: a length that lies panics.
    PanicsOnLie,
    /// Rule 6: it goes on answering after it closed.
    SpeaksWhenClosed,
    /// Rule 6: its timer goes on after it closed.
    TimerWhenClosed,
    /// Rule 8: its bytes come from a counter that all engines share.
    Ambient,
    /// It patches the start of `out` instead of the start of its own bytes.
    PatchesPrefix,
    /// It clears `out`.
    ClearsOut,
    /// What it writes depends on how much was in `out`.
    MeasuresPrefix,
    /// What it writes depends on what was in `out`.
    ReadsPrefix,
    /// It appends something and then thinks better of it.
    UndescribedBytes,
    /// It describes a datagram that is not there.
    EmptyTransmit,
    /// Rule 7: it remembers every number that it has heard.
    RemembersAll,
    /// Rule 7: it queues an answer to everything.
    AnswersAll,
}

/// Sends messages one by one, each until it is acknowledged: kind (0 data, 1 acknowledgement), a
/// message number, the length of the rest, the rest.
#[derive(Debug)]
pub(crate) struct Toy {
    fault: Fault,
    entropy: Entropy,
    to_send: u8,
    number: u8,
    due: Option<Instant>,
    retries: u32,
    ready: bool,
    acks: VecDeque<u8>,
    events: VecDeque<Event>,
    closed: bool,
    /// Inputs that were no messages.
    pub(crate) dropped: u64,
    heard: Vec<[u8; 64]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Received(u8),
    Delivered(u8),
    Closed { retries: u32 },
}

pub(crate) const RTO: Duration = Duration::from_millis(200);
const RETRIES_MAX: u32 = 5;
const ACKS_MAX: usize = 16;

impl Toy {
    /// Sends `to_send` messages and answers those of the other side.
    pub(crate) fn new(to_send: u8, entropy: Entropy) -> Self {
        Self::broken(Fault::None, to_send, entropy)
    }

    pub(crate) fn broken(fault: Fault, to_send: u8, entropy: Entropy) -> Self {
        Self {
            fault,
            entropy,
            to_send,
            number: 0,
            due: None,
            retries: 0,
            ready: to_send > 0,
            acks: VecDeque::new(),
            events: VecDeque::new(),
            closed: false,
            dropped: 0,
            heard: Vec::new(),
        }
    }

    /// Sends `count` messages more.
    pub(crate) fn send(&mut self, count: u8) {
        if !self.closed {
            self.ready |= self.to_send == 0 && count > 0;
            self.to_send = self.to_send.saturating_add(count);
        }
    }

    pub(crate) fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            self.events.push_back(Event::Closed {
                retries: self.retries,
            });
        }
    }

    fn write(&mut self, now: Instant, kind: u8, number: u8, out: &mut Vec<u8>) {
        let mut body = self.entropy.array::<3>();
        if self.fault == Fault::Ambient {
            // What an engine must not have: state outside itself.
            static SHARED: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);
            body[0] = SHARED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        if self.fault == Fault::MeasuresPrefix {
            body[0] = u8::try_from(out.len() % 256).unwrap();
        }
        if self.fault == Fault::ReadsPrefix {
            body[0] = out.last().copied().unwrap_or(0);
        }
        if self.fault == Fault::ClearsOut {
            out.clear();
        }
        let start = out.len();
        out.extend_from_slice(&[kind, number, 0, body[0], body[1], body[2]]);
        let at = if self.fault == Fault::PatchesPrefix {
            2
        } else {
            start + 2
        };
        out[at] = 3;
        if kind == 0 {
            self.due = Some(now + RTO);
        }
    }

    fn acknowledge(&mut self, number: u8) {
        if self.fault == Fault::RemembersAll {
            self.heard.push([number; 64]);
        }
        if self.acks.len() < ACKS_MAX || self.fault == Fault::AnswersAll {
            self.acks.push_back(number);
            self.events.push_back(Event::Received(number));
        }
    }
}

impl Endpoint for Toy {
    type Input<'a> = &'a mut [u8];
    type Transmit = ();
    type Event = Event;

    fn handle_input(&mut self, _now: Instant, datagram: &mut [u8]) {
        assert!(
            self.fault != Fault::PanicsOnEmpty || !datagram.is_empty(),
            "empty"
        );
        let [kind, number, length, body @ ..] = datagram else {
            self.dropped += 1;
            return;
        };
        if self.fault == Fault::PanicsOnLie {
            let _ = &body[..usize::from(*length)];
        }
        if usize::from(*length) != body.len() {
            self.dropped += 1;
            return;
        }
        if self.closed && self.fault != Fault::SpeaksWhenClosed {
            return;
        }
        match (*kind, *number) {
            (0, number) => self.acknowledge(number),
            (1, number) if number == self.number && self.due.is_some() => {
                self.events.push_back(Event::Delivered(number));
                self.number = self.number.wrapping_add(1);
                self.to_send -= 1;
                self.ready = self.to_send > 0;
                self.retries = 0;
                self.due = None;
            }
            _ => self.dropped += 1,
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        let Some(due) = self.due else {
            return;
        };
        if now < due {
            if self.fault == Fault::EarlyTimeoutSends {
                self.ready = true;
            } else if self.fault == Fault::EarlyTimeoutMoves {
                self.due = Some(now + RTO);
            } else if self.fault == Fault::EarlyTimeoutCounts {
                self.retries += 1;
            }
            return;
        }
        if self.fault != Fault::StaleDeadline {
            self.due = None;
        }
        self.retries += 1;
        self.ready = true;
        if self.retries > RETRIES_MAX {
            self.close();
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<()> {
        if self.closed && self.fault != Fault::SpeaksWhenClosed {
            return None;
        }
        if let Some(number) = self.acks.pop_front() {
            self.write(now, 1, number, out);
            return Some(());
        }
        if std::mem::take(&mut self.ready) && !self.closed {
            self.write(now, 0, self.number, out);
            self.ready = self.fault == Fault::EndlessTransmit;
            if self.fault == Fault::StaleDeadline && self.retries > 0 {
                self.due = Some(now);
            }
            return Some(());
        }
        if self.fault == Fault::UndescribedBytes {
            out.push(0);
        }
        (self.fault == Fault::EmptyTransmit).then_some(())
    }

    fn poll_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front();
        if event.is_some() && self.fault == Fault::TransmitAfterEvent && !self.closed {
            self.ready = true;
        }
        event
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.closed && self.fault != Fault::TimerWhenClosed {
            return None;
        }
        self.due
    }
}

/// A routed engine: sends runs of datagrams to whoever it was told, and tells what it got.
#[derive(Debug, Default)]
pub(crate) struct Routed {
    pub(crate) to_send: VecDeque<(Transmit, Vec<u8>)>,
    pub(crate) received: Vec<(Path, Vec<u8>)>,
    /// Sends back what it gets.
    pub(crate) echoes: bool,
}

impl Routed {
    pub(crate) fn echo() -> Self {
        Self {
            echoes: true,
            ..Self::default()
        }
    }

    pub(crate) fn send(&mut self, path: Path, payload: &[u8]) {
        self.to_send
            .push_back((Transmit::datagram(path), payload.to_vec()));
    }

    pub(crate) fn send_run(&mut self, path: Path, size: usize, payload: &[u8]) {
        let transmit = Transmit::datagram(path).with_segment_size(NonZeroUsize::new(size));
        self.to_send.push_back((transmit, payload.to_vec()));
    }
}

impl Endpoint for Routed {
    type Input<'a> = Datagram<'a>;
    type Transmit = Transmit;
    type Event = ();

    fn handle_input(&mut self, _now: Instant, datagram: Datagram<'_>) {
        let payload = datagram.payload.to_vec();
        if self.echoes && !payload.is_empty() && self.to_send.len() < ACKS_MAX {
            self.send(datagram.path, &payload);
        }
        self.received.push((datagram.path, payload));
    }

    fn handle_timeout(&mut self, _now: Instant) {}

    fn poll_transmit(&mut self, _now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        let (transmit, payload) = self.to_send.pop_front()?;
        out.extend_from_slice(&payload);
        Some(transmit)
    }

    fn poll_event(&mut self) -> Option<()> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}
