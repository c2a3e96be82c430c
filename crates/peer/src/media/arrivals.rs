//! What was received and waits for the application.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{Event, Limits, Mid, RtpPacket};

/// Received packets in the order of their arrival. RTP and RTCP have room of their own each: a burst of
/// video pushes out no report, and a flood of reports no video.
#[derive(Debug)]
pub(super) struct Arrivals {
    rtp: Queue,
    rtcp: Queue,
    /// How many have come.
    count: u64,
}

#[derive(Debug)]
struct Queue {
    /// Each with its place among all that have come.
    events: VecDeque<(u64, Event)>,
    limit: usize,
}

impl Queue {
    const fn new(limit: usize) -> Self {
        Self {
            events: VecDeque::new(),
            limit,
        }
    }

    fn is_full(&self) -> bool {
        self.events.len() >= self.limit
    }

    fn next(&self) -> Option<u64> {
        self.events.front().map(|(place, _)| *place)
    }
}

impl Arrivals {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self {
            rtp: Queue::new(limits.media_events),
            rtcp: Queue::new(limits.rtcp_events),
            count: 0,
        }
    }

    /// Whether there is room for an RTP packet. It is asked before the packet is copied.
    pub(super) fn has_room_for_rtp(&self) -> bool {
        !self.rtp.is_full()
    }

    /// Whether there is room for an RTCP packet, or for what one asks for.
    pub(super) fn has_room_for_rtcp(&self) -> bool {
        !self.rtcp.is_full()
    }

    pub(super) fn push_rtp(&mut self, mid: Mid, packet: RtpPacket) {
        let event = Event::MediaPacket { mid, packet };
        self.rtp.events.push_back((self.count, event));
        self.count = self.count.wrapping_add(1);
    }

    pub(super) fn push_rtcp(&mut self, packet: Bytes) {
        self.push_rtcp_event(Event::Rtcp { packet });
    }

    pub(super) fn push_keyframe_request(&mut self, mid: Mid) {
        self.push_rtcp_event(Event::KeyframeRequested { mid });
    }

    fn push_rtcp_event(&mut self, event: Event) {
        self.rtcp.events.push_back((self.count, event));
        self.count = self.count.wrapping_add(1);
    }

    /// The one that came first.
    pub(super) fn pop(&mut self) -> Option<Event> {
        let queue = match (self.rtp.next(), self.rtcp.next()) {
            (Some(rtp), Some(rtcp)) if rtcp < rtp => &mut self.rtcp,
            (Some(_), _) => &mut self.rtp,
            (None, _) => &mut self.rtcp,
        };
        queue.events.pop_front().map(|(_, event)| event)
    }

    /// Forgets everything, and gives the memory back.
    pub(super) fn clear(&mut self) {
        self.rtp.events = VecDeque::new();
        self.rtcp.events = VecDeque::new();
    }
}
