//! The messages that wait to be sent, by stream, and which stream sends next.

use alloc::collections::VecDeque;

use bytes::Bytes;
use strata_core::Instant;

use crate::{
    Outgoing, Ppid, Reliability, Ssn, StreamId, message::MESSAGE_OVERHEAD,
    stream_table::StreamTable,
};

/// When to give up on a message.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Policy {
    pub(crate) expires: Option<Instant>,
    pub(crate) max_retransmits: Option<u32>,
}

/// A fragment cut from the message whose turn it is.
#[derive(Clone, Debug)]
pub(crate) struct Fragment {
    pub(crate) stream: StreamId,
    pub(crate) ssn: Ssn,
    pub(crate) ppid: Ppid,
    pub(crate) unordered: bool,
    pub(crate) beginning: bool,
    pub(crate) ending: bool,
    pub(crate) payload: Bytes,
    pub(crate) policy: Policy,
}

#[derive(Debug)]
struct Message {
    data: Bytes,
    ppid: Ppid,
    unordered: bool,
    policy: Policy,
}

impl Message {
    /// How many of these bytes count in the buffered amount: none of DCEP, because those are not the user's (RFC 8832).
    fn counted(&self, bytes: usize) -> usize {
        if self.ppid == Ppid::DCEP { 0 } else { bytes }
    }
}

/// The sending side of one stream.
#[derive(Debug, Default)]
struct Stream {
    queue: VecDeque<Message>,
    next_ssn: Ssn,
    /// Bytes of the user's messages that are not yet in a packet.
    buffered: usize,
    low_threshold: usize,
    /// Whether it is in `Outbox::low`.
    is_low: bool,
    /// Whether it is in `Outbox::turns`.
    scheduled: bool,
    reset: Reset,
}

/// How far the reset of our direction of a stream is (RFC 6525).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Reset {
    #[default]
    None,
    /// The owner has asked for it. The queued messages are sent first.
    Draining,
    /// All messages are sent, so the request can be sent.
    Ready,
    /// It has failed. The peer still expects the next sequence number.
    Refused,
}

impl Reset {
    /// Whether nothing can be sent until it is over.
    const fn is_under_way(self) -> bool {
        match self {
            Self::Draining | Self::Ready => true,
            Self::None | Self::Refused => false,
        }
    }
}

/// All messages that are not sent yet.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    streams: StreamTable<Stream>,
    /// Streams with something to send. The first one sends one message, then it is the turn of the next.
    turns: VecDeque<StreamId>,
    /// How many bytes of the message at the head of the first stream are sent already. Its fragments must have
    /// consecutive TSNs (RFC 9260 §6.9), so the message is finished before another stream has its turn.
    sent: usize,
    /// Streams that can be reset now.
    resettable: VecDeque<StreamId>,
    /// Bytes queued, each message with its overhead.
    bytes: usize,
    /// The peer does not know FORWARD-TSN, so that no message can be given up once a part of it was sent.
    reliable_only: bool,
    /// Streams whose buffered amount fell to the threshold.
    low: VecDeque<StreamId>,
}

impl Outbox {
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Sets whether the peer does not know FORWARD-TSN (RFC 3758 §3.3.1).
    pub(crate) const fn set_reliable_only(&mut self, reliable_only: bool) {
        self.reliable_only = reliable_only;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    pub(crate) fn buffered(&self, stream: StreamId) -> usize {
        self.streams.get(stream).map_or(0, |stream| stream.buffered)
    }

    pub(crate) fn set_low_threshold(&mut self, stream: StreamId, bytes: usize) {
        if let Some(stream) = self.streams.get_or_default(stream) {
            stream.low_threshold = bytes;
        }
    }

    pub(crate) fn is_resetting(&self, stream: StreamId) -> bool {
        let stream = self.streams.get(stream);
        stream.is_some_and(|stream| stream.reset.is_under_way())
    }

    /// Whether the last reset of a stream has failed.
    pub(crate) fn is_refused(&self, stream: StreamId) -> bool {
        let stream = self.streams.get(stream);
        stream.is_some_and(|stream| stream.reset == Reset::Refused)
    }

    pub(crate) fn push(&mut self, now: Instant, id: StreamId, message: Outgoing) {
        let Some(stream) = self.streams.get_or_default(id) else {
            return;
        };
        let policy = match message.reliability {
            Reliability::Reliable => Policy::default(),
            Reliability::MaxRetransmits(count) => Policy {
                max_retransmits: Some(count),
                expires: None,
            },
            Reliability::MaxLifetime(lifetime) => Policy {
                max_retransmits: None,
                expires: Some(now + lifetime),
            },
        };
        self.bytes = self
            .bytes
            .saturating_add(message.data.len().saturating_add(MESSAGE_OVERHEAD));
        let message = Message {
            data: message.data,
            ppid: message.ppid,
            unordered: !message.ordered,
            policy,
        };
        stream.buffered = stream
            .buffered
            .saturating_add(message.counted(message.data.len()));
        stream.queue.push_back(message);
        if !stream.scheduled {
            stream.scheduled = true;
            self.turns.push_back(id);
        }
    }

    /// Bytes left of the message whose turn it is.
    pub(crate) fn next_size(&self) -> Option<usize> {
        let stream = self.streams.get(*self.turns.front()?)?;
        Some(stream.queue.front()?.data.len().saturating_sub(self.sent))
    }

    /// Whether the message whose turn it is has been sent in part.
    pub(crate) const fn is_mid_message(&self) -> bool {
        self.sent > 0
    }

    /// Drops messages at the head that expired before any of them was sent; returns how many.
    pub(crate) fn drop_expired(&mut self, now: Instant) -> u64 {
        let mut dropped = 0_u64;
        while self.sent == 0
            && let Some(id) = self.turns.front().copied()
            && let Some(stream) = self.streams.get(id)
            && let Some(message) = stream.queue.front()
            && message.policy.expires.is_some_and(|at| at <= now)
        {
            let length = message.data.len();
            self.finish_message(id, length, length);
            dropped = dropped.saturating_add(1);
        }
        dropped
    }

    /// Cuts at most `room` bytes from the message whose turn it is.
    pub(crate) fn next_fragment(&mut self, room: usize) -> Option<Fragment> {
        let id = *self.turns.front()?;
        let stream = self.streams.get_mut(id)?;
        let message = stream.queue.front_mut()?;
        let left = message.data.len().saturating_sub(self.sent);
        let length = left.min(room);
        let (beginning, ending) = (self.sent == 0, length == left);
        let payload = if beginning && ending {
            core::mem::take(&mut message.data)
        } else {
            message
                .data
                .slice(self.sent..self.sent.saturating_add(length))
        };
        let fragment = Fragment {
            stream: id,
            ssn: stream.next_ssn,
            ppid: message.ppid,
            unordered: message.unordered,
            beginning,
            ending,
            payload,
            policy: if self.reliable_only {
                Policy::default()
            } else {
                message.policy
            },
        };
        if ending {
            if !message.unordered {
                stream.next_ssn = stream.next_ssn.next();
            }
            let total = self.sent.saturating_add(length);
            self.finish_message(id, total, length);
        } else {
            self.sent = self.sent.saturating_add(length);
            self.take_buffered(id, length);
        }
        Some(fragment)
    }

    /// Gives up on the rest of the message that has been sent in part (RFC 3758 §3.5 A2).
    pub(crate) fn abandon_current(&mut self) {
        let Some(id) = self.turns.front().copied() else {
            return;
        };
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        let Some(message) = stream.queue.front() else {
            return;
        };
        if !message.unordered {
            stream.next_ssn = stream.next_ssn.next();
        }
        let total = message.data.len();
        let left = total.saturating_sub(self.sent);
        self.finish_message(id, total, left);
    }

    /// Removes the message at the head of the first stream and passes the turn on.
    fn finish_message(&mut self, id: StreamId, total: usize, newly_sent: usize) {
        self.sent = 0;
        self.turns.pop_front();
        self.bytes = self
            .bytes
            .saturating_sub(total.saturating_add(MESSAGE_OVERHEAD));
        self.take_buffered(id, newly_sent);
        let Some(stream) = self.streams.get_mut(id) else {
            return;
        };
        stream.queue.pop_front();
        if !stream.queue.is_empty() {
            self.turns.push_back(id);
            return;
        }
        stream.scheduled = false;
        if stream.reset == Reset::Draining {
            stream.reset = Reset::Ready;
            self.resettable.push_back(id);
        }
    }

    /// Bytes of the message at the head of a stream have gone out, or will not.
    fn take_buffered(&mut self, id: StreamId, bytes: usize) {
        if let Some(stream) = self.streams.get_mut(id) {
            let counted = stream.queue.front().map(|message| message.counted(bytes));
            let above = stream.buffered > stream.low_threshold;
            stream.buffered = stream.buffered.saturating_sub(counted.unwrap_or_default());
            if above && stream.buffered <= stream.low_threshold && !stream.is_low {
                stream.is_low = true;
                self.low.push_back(id);
            }
        }
    }

    /// The next stream whose buffered amount fell to its threshold.
    pub(crate) fn poll_low(&mut self) -> Option<StreamId> {
        while let Some(id) = self.low.pop_front() {
            // A stream that was reset since is new, and its buffered amount has not fallen.
            let stream = self.streams.get_mut(id);
            if stream.is_some_and(|stream| core::mem::take(&mut stream.is_low)) {
                return Some(id);
            }
        }
        None
    }

    /// Asks for a reset of our direction once what is queued is sent.
    pub(crate) fn reset(&mut self, id: StreamId) {
        let Some(stream) = self.streams.get_or_default(id) else {
            return;
        };
        if stream.reset.is_under_way() {
            return;
        }
        if stream.queue.is_empty() {
            stream.reset = Reset::Ready;
            self.resettable.push_back(id);
        } else {
            stream.reset = Reset::Draining;
        }
    }

    /// The next stream whose reset can be requested.
    pub(crate) fn poll_resettable(&mut self) -> Option<StreamId> {
        self.resettable.pop_front()
    }

    pub(crate) fn has_resettable(&self) -> bool {
        !self.resettable.is_empty()
    }

    /// The peer has performed the reset: the stream is as new.
    pub(crate) fn reset_done(&mut self, id: StreamId) {
        self.streams.remove(id);
    }

    /// The peer does not reset the stream, which goes on with the sequence number that the peer expects next.
    pub(crate) fn reset_refused(&mut self, id: StreamId) {
        if let Some(stream) = self.streams.get_mut(id) {
            stream.reset = Reset::Refused;
            stream.is_low = false;
        }
    }
}
