//! Giving up on messages (RFC 3758 §3.5).

use alloc::collections::BTreeMap;

use bytes::Bytes;
use strata_core::Instant;

use super::{Outstanding, Sent, State};
use crate::{Ppid, Ssn, StreamId, Tsn, send::Fragment, tsn::wrap, wire::Skipped};

/// How many streams one FORWARD-TSN names at most, so that it fits every packet. More wait for the next one.
const MAX_SKIPPED: usize = 48;

/// What the peer has to be told to skip.
#[derive(Debug, Default)]
pub(super) struct Forward {
    /// The "Advanced.Peer.Ack.Point" of RFC 3758; 0 while nothing was given up.
    point: u64,
    /// The last ordered message given up on each stream up to that point.
    skipped: BTreeMap<StreamId, Ssn>,
    /// A message was given up before all of it was sent.
    cut: bool,
}

impl Outstanding {
    /// Gives up on the message that a chunk belongs to: all its fragments that were sent.
    pub(super) fn abandon(&mut self, tsn: u64) {
        let mut first = tsn;
        while self.get(first).is_some_and(|sent| !sent.fragment.beginning) && first > self.first {
            first = first.saturating_sub(1);
        }
        for tsn in first..self.end() {
            let Some(index) = self.index(tsn) else { break };
            let Some(sent) = self.chunks.get_mut(index) else {
                break;
            };
            match sent.state {
                State::InFlight => {
                    self.flight.remove(sent);
                }
                State::Lost => {
                    self.lost.remove(tsn);
                }
                State::Acked | State::Abandoned => {}
            }
            sent.state = State::Abandoned;
            self.held_payload = self
                .held_payload
                .saturating_sub(sent.fragment.payload.len());
            sent.fragment.payload = Bytes::new();
            if sent.fragment.ending {
                return;
            }
        }
        self.forward.cut = true;
    }

    /// Gives up on messages that have expired while a lost chunk of theirs waits to be sent again (RFC 3758 §3.5 A1).
    /// Returns their number.
    pub(crate) fn abandon_expired(&mut self, now: Instant) -> u64 {
        let mut count = 0_u64;
        while let Some(tsn) = self.lost.first()
            && let Some(sent) = self.get(tsn)
            && sent.fragment.policy.expires.is_some_and(|at| at <= now)
        {
            self.abandon(tsn);
            count = count.saturating_add(1);
        }
        count
    }

    /// Whether the message that is being sent was given up; the rest of it must not be sent.
    pub(crate) fn take_cut(&mut self) -> bool {
        core::mem::take(&mut self.forward.cut)
    }

    /// Takes a TSN for the rest of a message that was given up half sent. It is never sent, but the FORWARD-TSN covers
    /// it, so that the peer skips the end of the message, too.
    pub(crate) fn push_skipped(&mut self, now: Instant) {
        let Some(last) = self.chunks.back() else {
            return;
        };
        let fragment = Fragment {
            payload: Bytes::new(),
            ending: true,
            beginning: false,
            ppid: Ppid::default(),
            ..last.fragment.clone()
        };
        self.chunks.push_back(Sent {
            fragment,
            state: State::Abandoned,
            at: now,
            transmissions: 1,
        });
    }

    /// Advances the point up to which the peer is to skip (RFC 3758 §3.5 C1, C2). Returns whether there
    /// is anything to tell it.
    pub(crate) fn advance_forward(&mut self) -> bool {
        let cumulative = self.cumulative();
        if self.forward.point <= cumulative {
            self.forward.point = cumulative;
            self.forward.skipped.clear();
        }
        loop {
            let next = self.forward.point.saturating_add(1);
            let Some(sent) = self.get(next) else { break };
            if sent.state != State::Abandoned {
                break;
            }
            let (stream, ssn) = (sent.fragment.stream, sent.fragment.ssn);
            let ordered = !sent.fragment.unordered;
            let known = self.forward.skipped.contains_key(&stream);
            if ordered && !known && self.forward.skipped.len() >= MAX_SKIPPED {
                break;
            }
            self.forward.point = next;
            if ordered {
                self.forward.skipped.insert(stream, ssn);
            }
        }
        self.forward.point > cumulative
    }

    /// What the FORWARD-TSN says.
    pub(crate) fn forward(&self) -> (Tsn, impl Iterator<Item = Skipped> + '_) {
        let skipped = self.forward.skipped.iter();
        (
            wrap(self.forward.point),
            skipped.map(|(stream, ssn)| Skipped {
                stream: *stream,
                ssn: *ssn,
            }),
        )
    }

    fn get(&self, tsn: u64) -> Option<&Sent> {
        self.chunks.get(self.index(tsn)?)
    }
}
