//! strata's own.

use std::hint::black_box;

use bytes::Bytes;
use strata_core::{Endpoint as _, Instant};
use strata_sctp::{
    ChannelConfig, ChannelId, Config, CongestionControl, DataChannels, Event, MessageKind, Role,
};
use strata_sim::SeededEntropy;

use super::Sctp;

/// Data channels.
#[derive(Debug)]
pub struct Strata {
    channels: DataChannels,
    ids: Vec<ChannelId>,
}

impl Strata {
    /// The client and the server, with that congestion control.
    #[must_use]
    pub fn with(congestion: CongestionControl) -> [Self; 2] {
        [(1, Role::Client), (2, Role::Server)].map(|(seed, role)| {
            let mut config = Config::default();
            config.congestion = congestion;
            let mut channels = DataChannels::new(config, SeededEntropy::entropy(seed));
            channels.set_role(Instant::EPOCH, role);
            Self {
                channels,
                ids: Vec::new(),
            }
        })
    }
}

impl Sctp for Strata {
    const NAME: &'static str = "strata";
    type Packet = Vec<u8>;
    type Message = Bytes;

    fn pair() -> [Self; 2] {
        Self::with(CongestionControl::default())
    }

    fn connect(&mut self, now: Instant) {
        self.channels.connect(now);
    }

    fn is_connected(&self) -> bool {
        self.channels.is_connected()
    }

    fn open(&mut self, now: Instant, streams: u16) {
        for number in 0..streams {
            let config = ChannelConfig::new(number.to_string());
            self.ids
                .push(self.channels.open(now, config).expect("room"));
        }
    }

    fn message(bytes: &Bytes) -> Bytes {
        bytes.clone()
    }

    fn send(&mut self, now: Instant, messages: Vec<(u16, Bytes)>) {
        for (stream, message) in messages {
            let id = self.ids.get(usize::from(stream)).expect("it was opened");
            let mut channel = self.channels.channel(*id).expect("an open channel");
            channel
                .send(now, MessageKind::Binary, message)
                .expect("room");
        }
    }

    fn buffered(&mut self, stream: u16) -> usize {
        let id = self.ids.get(usize::from(stream)).expect("it was opened");
        let channel = self.channels.channel(*id).expect("an open channel");
        channel.buffered_amount()
    }

    fn poll_packet(&mut self, now: Instant, packet: &mut Vec<u8>) -> bool {
        packet.clear();
        self.channels.poll_transmit(now, packet).is_some()
    }

    fn handle_packet(&mut self, now: Instant, packet: &mut Vec<u8>) {
        self.channels.handle_input(now, packet);
    }

    fn poll_message(&mut self) -> Option<usize> {
        while let Some(event) = self.channels.poll_event() {
            if let Event::Message { data, .. } = event {
                return Some(black_box(data).len());
            }
        }
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.channels.poll_timeout()
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.channels.handle_timeout(now);
    }
}
