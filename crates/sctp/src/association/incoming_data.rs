//! Handling DATA and FORWARD-TSN, and when they are acknowledged (RFC 9260 §6.2, RFC 3758 §3.6).

use strata_core::Instant;

use super::{Association, State, incoming_packet::Flow};
use crate::{
    CloseReason,
    reassembly::Arrival,
    stats::count,
    wire::{CauseCode, ChunkType, Data, ForwardTsn},
};

impl Association {
    pub(super) fn on_data(&mut self, now: Instant, data: &Data<'_>) -> Flow {
        self.imply_cookie_ack(now);
        if !self.state.can_receive_data() {
            self.unexpected(ChunkType::DATA);
            return Flow::Stop;
        }
        if data.payload.is_empty() {
            // §6.2: "it MUST send an ABORT chunk with an error cause set to No User Data".
            self.abort_with(now, CauseCode::NO_USER_DATA, CloseReason::ProtocolViolation);
            return Flow::Stop;
        }
        count(&mut self.stats.received.chunks);
        let before = self.events.len();
        let arrival = if data.stream.get() < self.config.streams {
            self.receiver.handle_data(data, &mut self.events)
        } else {
            // §6.5: DATA on an invalid stream is acknowledged as usual, then reported and dropped.
            count(&mut self.stats.dropped.invalid_stream);
            let [a, b] = data.stream.get().to_be_bytes();
            self.report(CauseCode::INVALID_STREAM, &[a, b, 0, 0]);
            self.receiver.handle_unwanted(data, &mut self.events)
        };
        self.count_messages(before);
        if matches!(arrival, Arrival::InOrder | Arrival::Gap) {
            self.resets.note_use(data.stream);
        }
        match arrival {
            Arrival::InOrder => self.acknowledging.due |= data.immediate,
            // §6.2: "an endpoint SHOULD send a SACK for every packet" while there are gaps.
            Arrival::Gap => self.acknowledging.due = true,
            Arrival::Duplicate => {
                count(&mut self.stats.duplicate_chunks);
                self.acknowledging.due = true;
            }
            Arrival::NoRoom => {
                count(&mut self.stats.dropped.receive_buffer_full);
                self.acknowledging.due = true;
            }
            Arrival::OutOfRange => count(&mut self.stats.dropped.tsn_out_of_range),
            Arrival::TooLarge => {
                self.abort_with(
                    now,
                    CauseCode::OUT_OF_RESOURCE,
                    CloseReason::ProtocolViolation,
                );
                return Flow::Stop;
            }
        }
        Flow::Continue
    }

    fn count_messages(&mut self, before: usize) {
        for event in self.events.range(before..) {
            if let crate::AssociationEvent::Message(message) = event {
                self.stats.received.count(message.ppid, message.data.len());
            }
        }
    }

    /// Decides when to acknowledge, after all chunks of a packet that carried DATA.
    pub(super) fn after_data(&mut self, now: Instant) {
        self.after_cumulative_advance();
        self.acknowledging.packets = self.acknowledging.packets.saturating_add(1);
        // §6.2: an acknowledgement is due "for at least every second packet received".
        if self.acknowledging.packets >= 2 || self.receiver.has_gaps() {
            self.acknowledging.due = true;
        }
        if self.state == State::ShutdownSent {
            // §9.2: "immediately respond to each received packet containing one or more DATA chunks with
            // a SACK chunk and a SHUTDOWN chunk and restart the T2-shutdown timer".
            self.acknowledging.due = true;
            self.pending.shutdown = true;
            self.timers.shutdown = Some(now + self.rto());
        }
        if self.acknowledging.due {
            self.timers.acknowledge = None;
        } else if self.timers.acknowledge.is_none() {
            // §6.2: it "SHOULD be generated within 200 ms".
            self.timers.acknowledge = Some(now + self.config.timing.sack_delay);
        }
    }

    pub(super) fn on_forward_tsn(&mut self, now: Instant, forward: &ForwardTsn<'_>) {
        self.imply_cookie_ack(now);
        if !self.state.can_receive_data() {
            self.unexpected(ChunkType::FORWARD_TSN);
            return;
        }
        let before = self.events.len();
        self.receiver
            .handle_forward(forward.cumulative, forward.skipped(), &mut self.events);
        self.count_messages(before);
        // RFC 3758 §3.6: one that is out of date is answered, too, because the SACK may have been lost.
        self.acknowledging.due = true;
        self.timers.acknowledge = None;
        self.after_cumulative_advance();
    }

    /// The owner has taken a message: its room in the receive window is free again.
    pub(crate) fn release(&mut self, bytes: usize) {
        self.receiver.release(bytes);
        let window = self.receiver.window();
        let limit = u32::try_from(self.config.limits.receive_buffer).unwrap_or(u32::MAX);
        let reopened = self.acknowledging.advertised < limit / 4 && window >= limit / 2;
        if reopened && self.state.can_receive_data() && self.acknowledging.advertised != u32::MAX {
            // §6.2: a peer that waits for room is told soon that there is some. A timer is needed for it, because
            // a drain takes events after packets.
            let soon = self.now + core::time::Duration::from_millis(1);
            let timer = &mut self.timers.acknowledge;
            *timer = Some(timer.map_or(soon, |at| at.min(soon)));
        }
    }
}
