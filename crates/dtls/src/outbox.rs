//! What waits to be told: events to the owner, one alert to the peer.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{CloseReason, Event, alert::Alert};

/// Events and an alert.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    events: VecDeque<Event>,
    /// What the application data in the events costs.
    bytes: usize,
    /// The alert to send. A later one takes its place: only the last says how things stand.
    pub(crate) alert: Option<Alert>,
    /// The reason of the closing event that is still to be told.
    closing: Option<CloseReason>,
    /// Whether the closing event has been told.
    over: bool,
}

impl Outbox {
    /// Queues an event.
    pub(crate) fn tell(&mut self, event: Event) {
        self.events.push_back(event);
    }

    /// Queues application data, if there is room for it.
    pub(crate) fn deliver(&mut self, data: &[u8], limit: usize) -> bool {
        let bytes = self.bytes.saturating_add(cost(data));
        let room = bytes <= limit;
        if room {
            self.bytes = bytes;
            let data = Bytes::copy_from_slice(data);
            self.events.push_back(Event::ApplicationData(data));
        }
        room
    }

    /// Makes [`Event::Closed`] the last event.
    pub(crate) const fn close(&mut self, reason: CloseReason, alert: Option<Alert>) {
        self.alert = alert;
        self.closing = Some(reason);
    }

    /// Whether the closing event has been told.
    pub(crate) const fn is_over(&self) -> bool {
        self.over
    }

    /// The next event. The closing one waits for the alert to be on its way.
    pub(crate) fn poll(&mut self) -> Option<Event> {
        if let Some(event) = self.events.pop_front() {
            if let Event::ApplicationData(data) = &event {
                self.bytes = self.bytes.saturating_sub(cost(data));
            }
            return Some(event);
        }
        if self.alert.is_some() {
            return None;
        }
        let reason = self.closing.take()?;
        self.over = true;
        Some(Event::Closed { reason })
    }
}

/// Octets that application data takes as an event; many small ones must not be cheaper than they are.
const fn cost(data: &[u8]) -> usize {
    data.len().saturating_add(size_of::<Event>())
}
