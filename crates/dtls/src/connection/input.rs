//! What arrives: datagrams, records, fragments, alerts.

use core::{mem, ops::Range};

use strata_core::{Instant, tracing, wire::Reader};

use super::Connection;
use crate::{
    AlertDescription, CloseReason, Role,
    alert::Alert,
    protection::OpenError,
    reassembly::Outcome,
    state::State,
    stats::count,
    wire::{
        handshake::{Fragment, Message, MessageType},
        record::{self, ContentType, HEADER_LEN, Header},
    },
};

impl Connection {
    /// Handles every record of a datagram.
    pub(super) fn handle_datagram(
        &mut self,
        now: Instant,
        datagram: &mut [u8],
        mut deliver: impl FnMut(&mut Self, &mut [u8]),
    ) {
        // A deadline that passed while the machine slept acts first: what came in since may be too late.
        self.on_timeout(now);
        let mut rest = datagram;
        while !rest.is_empty() {
            if self.close_reason().is_some() {
                count(&mut self.context.stats.dropped.closed);
                return;
            }
            // RFC 6347 §4.1.2.7: what is no record is silently discarded, with the rest of the datagram.
            let Some((record, tail)) = record::split_first(mem::take(&mut rest)) else {
                tracing::trace!("no record");
                count(&mut self.context.stats.dropped.malformed);
                return;
            };
            rest = tail;
            // Of a record of an unknown type or version the length is known. Only that record is discarded.
            let Some(header) = Header::parse(record) else {
                tracing::trace!("unknown record");
                count(&mut self.context.stats.dropped.malformed);
                continue;
            };
            let before = self.readiness();
            if let Some(range) = self.handle_record(now, header, record)
                && let Some(plaintext) = record.get_mut(range)
            {
                deliver(self, plaintext);
            }
            // Only if something has changed. Otherwise an attacker could send empty records, and each of them would
            // have all records that are held copied.
            if self.readiness() != before {
                self.release_early(now);
            }
        }
    }

    /// Queues application data as an event.
    pub(super) fn queue(&mut self, plaintext: &[u8]) {
        let limit = self.context.config.limits.event_bytes;
        if !self.outbox.deliver(plaintext, limit) {
            count(&mut self.context.stats.dropped.events);
        }
    }

    /// What decides whether a record is held: whether there are keys, and whether the peer is believed.
    const fn readiness(&self) -> (bool, bool) {
        let keys = self.context.writer.protection.is_some();
        (keys, self.is_connected())
    }

    /// Handles the records that came too early and were held, now that there are keys.
    pub(super) fn release_early(&mut self, now: Instant) {
        if self.early.is_empty() || self.context.writer.protection.is_none() {
            return;
        }
        // The first round may end the handshake, after which nothing is held back a second time.
        for _ in 0..2 {
            for mut record in mem::take(&mut self.early) {
                if let Some(header) = Header::parse(&record)
                    && let Some(range) = self.handle_record(now, header, &mut record)
                    && let Some(plaintext) = record.get(range)
                {
                    self.queue(plaintext);
                }
            }
        }
    }

    /// Handles one record. Says where in it the application data is, if there is any to be delivered.
    fn handle_record(
        &mut self,
        now: Instant,
        header: Header,
        record: &mut [u8],
    ) -> Option<Range<usize>> {
        let connected = self.is_connected();
        match header.epoch {
            0 if !connected => {
                let body = record.get(HEADER_LEN..)?;
                self.handle_plain(now, header.content_type, body);
                None
            }
            1 => {
                let data = header.content_type == ContentType::ApplicationData;
                if self.context.writer.protection.is_none() || (data && !connected) {
                    self.hold(record);
                    return None;
                }
                let range = self.open(header, record)?;
                if !data {
                    let body = record.get(range)?;
                    self.handle_protected(now, header.content_type, body);
                    return None;
                }
                let length = u64::try_from(range.len()).unwrap_or(0);
                let received = &mut self.context.stats.bytes_received;
                *received = received.saturating_add(length);
                Some(range)
            }
            _ => {
                count(&mut self.context.stats.dropped.epoch);
                None
            }
        }
    }

    /// Keeps a record until its time comes (RFC 6347 §4.1: "may wish to buffer").
    fn hold(&mut self, record: &[u8]) {
        let started = !matches!(
            self.state,
            State::Idle | State::Listening(_) | State::Closed(_)
        );
        if started && self.early.len() < self.context.config.limits.early_records {
            self.early.push_back(record.to_vec());
        } else {
            count(&mut self.context.stats.dropped.early);
        }
    }

    /// Decrypts a record in place.
    fn open(&mut self, header: Header, record: &mut [u8]) -> Option<Range<usize>> {
        let context = &mut self.context;
        let protection = context.writer.protection.as_mut()?;
        match protection.open(header, record.get_mut(HEADER_LEN..)?) {
            Ok(range) => {
                count(&mut context.stats.records_received);
                Some(HEADER_LEN.saturating_add(range.start)..HEADER_LEN.saturating_add(range.end))
            }
            Err(OpenError::Replayed) => {
                count(&mut context.stats.dropped.replayed);
                None
            }
            // RFC 6347 §4.1.2.7: silently discarded.
            Err(OpenError::Forged) => {
                tracing::trace!(sequence = header.sequence, "forged record");
                count(&mut context.stats.dropped.forged);
                if protection.forged() > context.config.limits.forged_records {
                    self.finish(CloseReason::KeyExhausted);
                }
                None
            }
        }
    }

    /// A record that nobody vouches for, during the handshake.
    fn handle_plain(&mut self, now: Instant, content_type: ContentType, body: &[u8]) {
        match content_type {
            ContentType::Handshake => {
                count(&mut self.context.stats.records_received);
                self.handle_handshake(now, 0, body);
            }
            ContentType::Alert => self.handle_alert(body),
            // The epoch of the records after it says the same.
            ContentType::ChangeCipherSpec => count(&mut self.context.stats.records_received),
            ContentType::ApplicationData => count(&mut self.context.stats.dropped.unexpected),
        }
    }

    /// A record of the peer's other than application data.
    fn handle_protected(&mut self, now: Instant, content_type: ContentType, body: &[u8]) {
        match content_type {
            ContentType::Handshake if self.is_connected() => self.handle_late(now, body),
            ContentType::Handshake => self.handle_handshake(now, 1, body),
            ContentType::Alert => self.handle_alert(body),
            ContentType::ChangeCipherSpec | ContentType::ApplicationData => {
                count(&mut self.context.stats.dropped.unexpected);
            }
        }
    }

    /// Takes the fragments of a record, and every message that is complete with them.
    fn handle_handshake(&mut self, now: Instant, epoch: u16, body: &[u8]) {
        let mut reader = Reader::new(body);
        while !reader.is_empty() {
            let Ok(fragment) = Fragment::parse(&mut reader) else {
                count(&mut self.context.stats.dropped.fragments);
                break;
            };
            match self.context.reassembly.insert(epoch, &fragment) {
                Outcome::Taken => {}
                Outcome::Repeated => self.handle_repeated(now, epoch, &fragment),
                Outcome::Refused => count(&mut self.context.stats.dropped.fragments),
                Outcome::Full => count(&mut self.context.stats.dropped.reassembly),
                Outcome::TooLong => return self.finish(CloseReason::MessageTooLong),
            }
        }
        while let Some(message) = self.context.reassembly.pop() {
            self.step(|state, context| state.handle(context, now, &message));
        }
    }

    /// RFC 6347 §4.2.4: a peer that sends its flight again has not got our answer.
    fn handle_repeated(&mut self, now: Instant, epoch: u16, fragment: &Fragment<'_>) {
        if epoch == 0 && self.state.is_news(fragment) {
            let message = Message::of_one(fragment);
            self.step(|state, context| state.handle(context, now, &message));
            return;
        }
        let context = &mut self.context;
        count(&mut context.stats.dropped.repeated_messages);
        if context.reassembly.ends_last_flight(fragment) && context.flight.repeat(now) {
            tracing::trace!("the peer repeats its flight: so do we");
            count(&mut context.stats.repeats);
        }
    }

    /// A handshake record after the handshake: the end of it again, or the beginning of another, which is
    /// refused (RFC 5246 §7.4.1.1, RFC 8827 §6.5).
    fn handle_late(&mut self, now: Instant, body: &[u8]) {
        let Ok(fragment) = Fragment::parse(&mut Reader::new(body)) else {
            count(&mut self.context.stats.dropped.fragments);
            return;
        };
        let renegotiates = match self.context.config.role {
            Role::Client => fragment.message_type == MessageType::HelloRequest,
            Role::Server => fragment.message_type == MessageType::ClientHello,
        };
        if renegotiates {
            tracing::debug!("renegotiation refused");
            self.outbox.alert = Some(Alert::new(AlertDescription::NO_RENEGOTIATION));
        } else if fragment.message_type == MessageType::Finished {
            self.handle_repeated(now, 1, &fragment);
        } else {
            count(&mut self.context.stats.dropped.unexpected);
        }
    }

    /// An alert, which the keys vouch for or which comes before there are any.
    fn handle_alert(&mut self, body: &[u8]) {
        let started = !matches!(self.state, State::Idle | State::Listening(_));
        let Ok(alert) = Alert::parse(body) else {
            count(&mut self.context.stats.dropped.malformed);
            return;
        };
        tracing::debug!(?alert, "alert");
        if !started {
            count(&mut self.context.stats.dropped.unexpected);
        } else if alert.description == AlertDescription::CLOSE_NOTIFY {
            self.finish(CloseReason::Remote);
        } else if alert.fatal {
            self.finish(CloseReason::Alert(alert.description));
        }
    }
}
