//! Handshake messages out of fragments (RFC 6347 §4.2.3), in order.

use std::collections::VecDeque;

use crate::{
    Limits,
    wire::handshake::{Fragment, HEADER_LEN, Message, MessageType, header},
};

/// What became of a fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is kept.
    Taken,
    /// Its message was handled before.
    Repeated,
    /// It contradicts another, or is too far ahead.
    Refused,
    /// There is no room for its message.
    Full,
    /// Its message is longer than any may be.
    TooLong,
}

/// The messages that are not complete, or not in order yet.
#[derive(Debug)]
pub(crate) struct Reassembly {
    /// The number of the message in the first slot.
    next: u16,
    slots: VecDeque<Option<Slot>>,
    /// Octets in all slots.
    bytes: usize,
    limits: Limits,
}

impl Reassembly {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self {
            next: 0,
            slots: VecDeque::new(),
            bytes: 0,
            limits,
        }
    }

    /// Whether `fragment` ends the last message of those handled: the peer is sending its flight again.
    pub(crate) fn ends_last_flight(&self, fragment: &Fragment<'_>) -> bool {
        fragment.sequence.wrapping_add(1) == self.next && fragment.is_last()
    }

    /// Takes a fragment that came in a record of this epoch.
    pub(crate) fn insert(&mut self, epoch: u16, fragment: &Fragment<'_>) -> Outcome {
        let Some(ahead) = fragment.sequence.checked_sub(self.next) else {
            return Outcome::Repeated;
        };
        let ahead = usize::from(ahead);
        if ahead >= WINDOW {
            return Outcome::Refused;
        }
        if fragment.length > self.limits.handshake_message_bytes {
            return Outcome::TooLong;
        }
        while self.slots.len() <= ahead {
            self.slots.push_back(None);
        }
        let Some(place) = self.slots.get_mut(ahead) else {
            return Outcome::Refused;
        };
        // A fragment that the keys vouch for displaces those that nobody vouches for.
        if let Some(slot) = place.take_if(|slot| slot.epoch < epoch) {
            self.bytes = self.bytes.saturating_sub(slot.bytes.len());
        }
        if place.is_none() {
            let length = HEADER_LEN.saturating_add(fragment.length);
            let bytes = self.bytes.saturating_add(length);
            if bytes > self.limits.reassembly_bytes {
                return Outcome::Full;
            }
            self.bytes = bytes;
        }
        let slot = place.get_or_insert_with(|| Slot::new(epoch, fragment));
        slot.insert(epoch, fragment)
    }

    /// The next message, if all of it is there.
    pub(crate) fn pop(&mut self) -> Option<Message> {
        let first = self.slots.front_mut()?;
        let slot = first.take_if(|slot| slot.missing == 0)?;
        self.slots.pop_front();
        self.bytes = self.bytes.saturating_sub(slot.bytes.len());
        self.next = self.next.wrapping_add(1);
        Some(Message {
            kind: slot.message_type,
            epoch: slot.epoch,
            bytes: slot.bytes,
        })
    }

    /// Forgets what is incomplete; the handshake is over.
    pub(crate) fn clear(&mut self) {
        self.slots = VecDeque::new();
        self.bytes = 0;
    }
}

/// One message.
#[derive(Debug)]
struct Slot {
    message_type: MessageType,
    epoch: u16,
    /// Header and body.
    bytes: Vec<u8>,
    /// One bit for each octet of the body: whether it is there.
    there: Vec<u8>,
    /// How many octets are not.
    missing: usize,
}

impl Slot {
    fn new(epoch: u16, fragment: &Fragment<'_>) -> Self {
        let length = fragment.length;
        let mut bytes =
            header(fragment.message_type, length, fragment.sequence, 0, length).to_vec();
        bytes.resize(HEADER_LEN.saturating_add(length), 0);
        Self {
            message_type: fragment.message_type,
            epoch,
            bytes,
            there: vec![0; length.div_ceil(8)],
            missing: length,
        }
    }

    fn insert(&mut self, epoch: u16, fragment: &Fragment<'_>) -> Outcome {
        let length = self.bytes.len().saturating_sub(HEADER_LEN);
        if epoch != self.epoch
            || fragment.message_type != self.message_type
            || fragment.length != length
        {
            return Outcome::Refused;
        }
        for (index, octet) in (fragment.offset..).zip(fragment.body) {
            let bit = 1 << (index % 8);
            if let Some(there) = self.there.get_mut(index / 8)
                && *there & bit == 0
                && let Some(place) = self.bytes.get_mut(HEADER_LEN.saturating_add(index))
            {
                *there |= bit;
                *place = *octet;
                self.missing = self.missing.saturating_sub(1);
            }
        }
        Outcome::Taken
    }
}

/// How many messages are looked at ahead of their turn: a server's flight has five, a client's four.
const WINDOW: usize = 8;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fragment(sequence: u16, whole: &[u8], offset: usize, count: usize) -> Fragment<'_> {
        Fragment {
            message_type: MessageType::Certificate,
            length: whole.len(),
            sequence,
            offset,
            body: &whole[offset..offset + count],
        }
    }

    proptest! {
        /// Any cut, any order, any duplication: the same messages in the same order.
        #[test]
        fn fragments_become_messages(
            bodies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..6),
            size in 1usize..64,
            order in proptest::collection::vec(any::<proptest::sample::Index>(), 0..400),
        ) {
            let mut fragments = Vec::new();
            for (body, sequence) in bodies.iter().zip(0..) {
                let mut offset = 0;
                loop {
                    let count = size.min(body.len() - offset);
                    fragments.push(fragment(sequence, body, offset, count));
                    offset += count;
                    if offset == body.len() {
                        break;
                    }
                }
            }
            let mut reassembly = Reassembly::new(Limits::default());
            let mut messages = Vec::new();
            let shuffled: Vec<_> = order.iter().map(|index| *index.get(&fragments)).collect();
            for fragment in shuffled.iter().chain(&fragments) {
                let outcome = reassembly.insert(0, fragment);
                prop_assert!(matches!(outcome, Outcome::Taken | Outcome::Repeated));
                while let Some(message) = reassembly.pop() {
                    messages.push(message.body().to_vec());
                }
            }
            prop_assert_eq!(messages, bodies);
            prop_assert_eq!(reassembly.bytes, 0);
        }
    }

    #[test]
    fn limits_hold() {
        let limits = Limits {
            handshake_message_bytes: 100,
            reassembly_bytes: 150,
            ..Limits::default()
        };
        let mut reassembly = Reassembly::new(limits);
        let (long, body) = (vec![0; 101], vec![0; 100]);
        assert_eq!(
            reassembly.insert(0, &fragment(0, &long, 0, 1)),
            Outcome::TooLong
        );
        assert_eq!(
            reassembly.insert(0, &fragment(1, &body, 0, 1)),
            Outcome::Taken
        );
        assert_eq!(
            reassembly.insert(0, &fragment(0, &body, 0, 1)),
            Outcome::Full
        );
        assert_eq!(
            reassembly.insert(0, &fragment(8, &body, 0, 1)),
            Outcome::Refused
        );
        assert!(reassembly.pop().is_none());
    }

    #[test]
    fn contradictions_are_refused() {
        let mut reassembly = Reassembly::new(Limits::default());
        let body = vec![1; 10];
        assert_eq!(
            reassembly.insert(0, &fragment(0, &body, 0, 5)),
            Outcome::Taken
        );
        assert_eq!(
            reassembly.insert(0, &fragment(0, &body[1..], 0, 5)),
            Outcome::Refused
        );
        let other = Fragment {
            message_type: MessageType::Finished,
            ..fragment(0, &body, 5, 5)
        };
        assert_eq!(reassembly.insert(0, &other), Outcome::Refused);
        assert_eq!(
            reassembly.insert(0, &fragment(0, &body, 5, 5)),
            Outcome::Taken
        );
        let message = reassembly.pop().unwrap();
        assert_eq!(message.body(), body);
        assert!(reassembly.ends_last_flight(&fragment(0, &body, 5, 5)));
        assert!(!reassembly.ends_last_flight(&fragment(0, &body, 0, 5)));
    }

    #[test]
    fn a_protected_fragment_displaces_plain_ones() {
        let mut reassembly = Reassembly::new(Limits::default());
        let (forged, real) = (vec![1; 12], vec![2; 12]);
        assert_eq!(
            reassembly.insert(0, &fragment(0, &forged, 0, 11)),
            Outcome::Taken
        );
        assert_eq!(
            reassembly.insert(1, &fragment(0, &real, 0, 12)),
            Outcome::Taken
        );
        assert_eq!(
            reassembly.insert(0, &fragment(0, &forged, 11, 1)),
            Outcome::Refused
        );
        let message = reassembly.pop().unwrap();
        assert_eq!((message.epoch, message.body()), (1, &real[..]));
        assert_eq!(reassembly.bytes, 0);
    }
}
