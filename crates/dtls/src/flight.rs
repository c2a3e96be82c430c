//! What we send in a handshake, and send again (RFC 6347 §4.2.4).

use core::{mem, time::Duration};

use strata_core::Instant;

use crate::{
    Retransmission,
    protection::{Protection, WriteError},
    wire::{
        DTLS_1_0, DTLS_1_2,
        handshake::{HEADER_LEN, MessageType, header},
        record::{self, ContentType, Header, MAX_PLAINTEXT, MAX_SEQUENCE},
    },
};

/// One thing in a flight.
#[derive(Debug)]
pub(crate) enum Item {
    /// A handshake message, cut into fragments when it is sent.
    Message {
        message_type: MessageType,
        sequence: u16,
        body: Vec<u8>,
        /// Whether it comes after the `ChangeCipherSpec`.
        protected: bool,
    },
    ChangeCipherSpec,
}

/// What a timer that fired means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// It did not fire.
    NotYet,
    /// The flight goes out again.
    Again,
    /// It has gone out often enough.
    GiveUp,
}

/// The sequence numbers and keys of what we write.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    /// The number of the next record of epoch 0.
    plain_sequence: u64,
    /// The keys of epoch 1, once there are any.
    pub(crate) protection: Option<Protection>,
    /// Whether our `ChangeCipherSpec` is out, so that alerts go out protected too.
    pub(crate) switched: bool,
}

/// Our last flight.
#[derive(Debug)]
pub(crate) struct Flight {
    items: Vec<Item>,
    /// The item to send next, and how much of it is sent.
    next: usize,
    offset: usize,
    schedule: Retransmission,
    /// The current interval.
    interval: Duration,
    attempts: u32,
    /// How often it was sent again because the peer asked for it.
    repeats: u32,
    deadline: Option<Instant>,
    /// When it was last begun to be sent.
    begun: Instant,
}

impl Flight {
    pub(crate) const fn new(schedule: Retransmission) -> Self {
        Self {
            items: Vec::new(),
            next: 0,
            offset: 0,
            schedule,
            interval: schedule.initial,
            attempts: 0,
            repeats: 0,
            deadline: None,
            begun: Instant::EPOCH,
        }
    }

    /// Sends a flight, instead of the one before. `answered`: it asks for an answer, so that a timer runs.
    pub(crate) fn send(&mut self, now: Instant, items: Vec<Item>, answered: bool) {
        self.answered();
        self.items = items;
        self.begun = now;
        self.deadline = answered.then(|| now + self.interval);
    }

    /// The peer's next flight is complete, or ours is given up: nothing is sent again.
    pub(crate) fn answered(&mut self) {
        if self.items.is_empty() {
            return;
        }
        self.items = Vec::new();
        (self.next, self.offset, self.deadline) = (0, 0, None);
        self.repeats = 0;
        // RFC 6347 §4.2.4.1: keep the timer's value until a transmission without loss.
        if mem::take(&mut self.attempts) == 0 {
            self.interval = self.schedule.initial;
        }
    }

    /// The peer sends its own flight again, so it has not got ours.
    ///
    /// Copies that the network made, or several datagrams of the peer's, do not each cause a flight. While
    /// the timer runs, nothing vouches for what the peer repeats: it gets no more than the timer would
    /// send, so that nobody can keep a handshake alive, or use us to flood somebody.
    pub(crate) fn repeat(&mut self, now: Instant) -> bool {
        let pause = self.schedule.initial.checked_div(4).unwrap_or_default();
        if self.items.is_empty() || now < self.begun + pause {
            return false;
        }
        if self.deadline.is_some() {
            if self.repeats >= self.schedule.attempts {
                return false;
            }
            self.repeats = self.repeats.saturating_add(1);
        }
        self.begin_again(now);
        true
    }

    /// Lets the timer act if it is due.
    pub(crate) fn expire(&mut self, now: Instant) -> Expiry {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return Expiry::NotYet;
        }
        if self.attempts >= self.schedule.attempts {
            return Expiry::GiveUp;
        }
        self.attempts = self.attempts.saturating_add(1);
        self.interval = self
            .interval
            .saturating_mul(2)
            .min(self.schedule.maximum.max(self.schedule.initial));
        self.begin_again(now);
        Expiry::Again
    }

    /// There is a path again: what waits for an answer goes out as if for the first time.
    pub(crate) fn resume(&mut self, now: Instant) {
        if self.deadline.is_some() {
            (self.attempts, self.interval) = (0, self.schedule.initial);
            self.begin_again(now);
        }
    }

    /// Whether it was sent more than once, for want of an answer.
    pub(crate) const fn is_repeated(&self) -> bool {
        self.attempts > 0
    }

    pub(crate) const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    fn begin_again(&mut self, now: Instant) {
        (self.next, self.offset, self.begun) = (0, 0, now);
        if self.deadline.is_some() {
            self.deadline = Some(now + self.interval);
        }
    }

    /// Appends the next datagram: as many records as fit `mtu`. How many there are; 0 if the flight is out.
    pub(crate) fn poll(
        &mut self,
        writer: &mut Writer,
        mtu: usize,
        out: &mut Vec<u8>,
    ) -> Result<u64, WriteError> {
        let (start, mut records) = (out.len(), 0);
        while let Some(item) = self.items.get(self.next) {
            let room = mtu.saturating_sub(out.len().saturating_sub(start));
            let done = match item {
                Item::ChangeCipherSpec => {
                    if records > 0 && room < record::HEADER_LEN + 1 {
                        break;
                    }
                    writer.write_plain(ContentType::ChangeCipherSpec, DTLS_1_2, out, &[&[1]])?;
                    true
                }
                Item::Message {
                    message_type,
                    sequence,
                    body,
                    protected,
                } => {
                    let overhead = writer.overhead(*protected).saturating_add(HEADER_LEN);
                    let left = body.len().saturating_sub(self.offset);
                    // A few octets of a message are not worth the 25 octets of headers in front of them.
                    if records > 0 && room < overhead.saturating_add(left.min(MIN_FRAGMENT)) {
                        break;
                    }
                    let room = room.saturating_sub(overhead);
                    let count = left.min(room.max(1));
                    let front = header(*message_type, body.len(), *sequence, self.offset, count);
                    let end = self.offset.saturating_add(count);
                    let part = body.get(self.offset..end).unwrap_or_default();
                    writer.write(*protected, record_version(*message_type), out, &front, part)?;
                    self.offset = end;
                    self.offset == body.len()
                }
            };
            records = u64::saturating_add(records, 1);
            if done {
                self.next = self.next.saturating_add(1);
                self.offset = 0;
            }
        }
        Ok(records)
    }
}

impl Writer {
    fn overhead(&self, protected: bool) -> usize {
        match &self.protection {
            Some(protection) if protected => protection.overhead(),
            Some(_) | None => record::HEADER_LEN,
        }
    }

    /// Appends a handshake record.
    fn write(
        &mut self,
        protected: bool,
        version: u16,
        out: &mut Vec<u8>,
        front: &[u8],
        body: &[u8],
    ) -> Result<(), WriteError> {
        if protected {
            self.write_protected(ContentType::Handshake, out, &[front, body])
        } else {
            self.write_plain(ContentType::Handshake, version, out, &[front, body])
        }
    }

    /// Appends a record that is not a handshake's, in the epoch we are in.
    pub(crate) fn write_current(
        &mut self,
        content_type: ContentType,
        out: &mut Vec<u8>,
        content: &[u8],
    ) -> Result<(), WriteError> {
        if self.switched {
            self.write_protected(content_type, out, &[content])
        } else {
            self.write_plain(content_type, DTLS_1_2, out, &[content])
        }
    }

    fn write_protected(
        &mut self,
        content_type: ContentType,
        out: &mut Vec<u8>,
        parts: &[&[u8]],
    ) -> Result<(), WriteError> {
        let protection = self.protection.as_mut().ok_or(WriteError::Exhausted)?;
        let at = out.len();
        protection.begin(out);
        for part in parts {
            out.extend_from_slice(part);
        }
        protection
            .finish(content_type, out, at)
            .inspect_err(|_| out.truncate(at))
    }

    fn write_plain(
        &mut self,
        content_type: ContentType,
        version: u16,
        out: &mut Vec<u8>,
        parts: &[&[u8]],
    ) -> Result<(), WriteError> {
        if self.plain_sequence > MAX_SEQUENCE {
            return Err(WriteError::Exhausted);
        }
        let length = parts.iter().map(|part| part.len()).sum();
        if length > MAX_PLAINTEXT {
            return Err(WriteError::TooLong);
        }
        let header = Header {
            content_type,
            version,
            epoch: 0,
            sequence: self.plain_sequence,
            length,
        };
        self.plain_sequence = self.plain_sequence.saturating_add(1);
        out.extend_from_slice(&header.to_bytes());
        for part in parts {
            out.extend_from_slice(part);
        }
        Ok(())
    }
}

/// RFC 6347 §4.2.1: what is sent before the version is settled says DTLS 1.0.
fn record_version(message_type: MessageType) -> u16 {
    if matches!(
        message_type,
        MessageType::ClientHello | MessageType::HelloVerifyRequest
    ) {
        DTLS_1_0
    } else {
        DTLS_1_2
    }
}

/// The fewest octets of a longer message that are put into what is left of a datagram. With less room, the message
/// goes on in the next datagram.
const MIN_FRAGMENT: usize = 32;

#[cfg(test)]
pub(crate) mod tests;
