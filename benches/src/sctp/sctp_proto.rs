//! `sctp-proto`, below str0m.
//!
//! Configured as str0m configures it, and read as it reads: a stream when an event says that it is readable, into a
//! buffer. str0m copies each packet when it is sent and when it is received, and each message once more; that is left
//! out, since others need not.

use std::{collections::VecDeque, fmt, hint::black_box, mem, net::SocketAddr, sync::Arc, time};

use bytes::Bytes;
use sctp_proto::{
    Association, AssociationHandle, ClientConfig, DatagramEvent, Endpoint, EndpointConfig, Event,
    Payload, PayloadProtocolIdentifier, ServerConfig, StreamEvent, TransportConfig,
};
use strata_core::Instant;

use super::{FRAGMENT, Sctp};

/// An endpoint, and its one association.
pub struct SctpProto {
    endpoint: Endpoint,
    association: Option<(AssociationHandle, Association)>,
    connected: bool,
    /// Packets that were given out together with one before.
    packets: VecDeque<Bytes>,
    /// Streams that have something to read.
    readable: VecDeque<u16>,
    /// As long as the longest message that was read.
    message: Vec<u8>,
    start: time::Instant,
}

impl fmt::Debug for SctpProto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SctpProto").finish_non_exhaustive()
    }
}

impl SctpProto {
    fn new(server: bool) -> Self {
        let mut config = EndpointConfig::new();
        config.max_payload_size(u32::try_from(FRAGMENT).expect("small"));
        let server = server.then(|| {
            let mut server = ServerConfig::new();
            server.transport = transport();
            Arc::new(server)
        });
        Self {
            endpoint: Endpoint::new(Arc::new(config), server),
            association: None,
            connected: false,
            packets: VecDeque::new(),
            readable: VecDeque::new(),
            message: Vec::new(),
            start: time::Instant::now(),
        }
    }

    fn association(&mut self) -> &mut Association {
        let (_, association) = self.association.as_mut().expect("it is there");
        association
    }

    fn std(&self, now: Instant) -> time::Instant {
        self.start + (now - Instant::EPOCH)
    }

    fn take_events(&mut self) {
        let Some((_, association)) = &mut self.association else {
            return;
        };
        while let Some(event) = association.poll() {
            if let Event::Stream(StreamEvent::Readable { id }) = event {
                self.readable.push_back(id);
            } else if matches!(event, Event::Connected) {
                self.connected = true;
            } else if matches!(event, Event::Stream(StreamEvent::Opened { .. })) {
                while association.accept_stream().is_some() {}
            }
        }
    }
}

impl Sctp for SctpProto {
    const NAME: &'static str = "sctp-proto";
    type Packet = Bytes;
    type Message = Bytes;

    fn pair() -> [Self; 2] {
        [false, true].map(Self::new)
    }

    fn connect(&mut self, _: Instant) {
        let mut config = ClientConfig::new();
        config.transport = transport();
        let association = self.endpoint.connect(config, remote());
        self.association = Some(association.expect("a good configuration"));
    }

    fn is_connected(&self) -> bool {
        self.connected
    }

    fn open(&mut self, _: Instant, streams: u16) {
        for id in 0..streams {
            let stream = self.association().open_stream(id, BINARY);
            stream.expect("a stream that was not there");
        }
    }

    fn message(bytes: &Bytes) -> Bytes {
        bytes.clone()
    }

    fn send(&mut self, _: Instant, messages: Vec<(u16, Bytes)>) {
        for (id, message) in messages {
            let mut stream = self.association().stream(id).expect("an open stream");
            stream.write_sctp(&message, BINARY).expect("room");
        }
    }

    fn buffered(&mut self, stream: u16) -> usize {
        let stream = self.association().stream(stream).expect("an open stream");
        stream.buffered_amount().expect("an open stream")
    }

    fn poll_packet(&mut self, now: Instant, packet: &mut Bytes) -> bool {
        let now = self.std(now);
        if self.packets.is_empty() {
            let mut transmit = self.endpoint.poll_transmit();
            if let Some((handle, association)) = &mut self.association {
                while let Some(event) = association.poll_endpoint_event() {
                    if let Some(event) = self.endpoint.handle_event(*handle, event) {
                        association.handle_event(event);
                    }
                }
                transmit = transmit.or_else(|| association.poll_transmit(now));
            }
            if let Some(transmit) = transmit
                && let Payload::RawEncode(packets) = transmit.payload
            {
                self.packets.extend(packets);
            }
        }
        let next = self.packets.pop_front();
        next.map(|next| *packet = next).is_some()
    }

    fn handle_packet(&mut self, now: Instant, packet: &mut Bytes) {
        let now = self.std(now);
        let packet = mem::take(packet);
        match self.endpoint.handle(now, remote(), None, None, packet) {
            Some((handle, DatagramEvent::NewAssociation(association))) => {
                self.association = Some((handle, association));
            }
            Some((_, DatagramEvent::AssociationEvent(event))) => {
                self.association().handle_event(event);
            }
            None => {}
        }
        self.take_events();
    }

    fn poll_message(&mut self) -> Option<usize> {
        self.take_events();
        while let Some(id) = self.readable.front() {
            let (_, association) = self.association.as_mut()?;
            let mut stream = association.stream(*id).ok()?;
            if let Ok(Some(chunks)) = stream.read_sctp() {
                if self.message.len() < chunks.len() {
                    self.message.resize(chunks.len(), 0);
                }
                let length = chunks.read(&mut self.message).expect("room");
                black_box(&self.message);
                return Some(length);
            }
            self.readable.pop_front();
        }
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let (_, association) = self.association.as_ref()?;
        let at = association.poll_timeout()?;
        Some(Instant::EPOCH + at.saturating_duration_since(self.start))
    }

    fn handle_timeout(&mut self, now: Instant) {
        let now = self.std(now);
        self.association().handle_timeout(now);
    }
}

fn transport() -> Arc<TransportConfig> {
    let config = TransportConfig::default()
        .with_max_init_retransmits(None)
        .with_max_data_retransmits(None)
        .with_max_receive_message_size(MESSAGE_SIZE)
        .with_max_send_message_size(MESSAGE_SIZE);
    Arc::new(config)
}

fn remote() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 5000))
}

const BINARY: PayloadProtocolIdentifier = PayloadProtocolIdentifier::Binary;

/// RFC 8841 §6.1: what browsers say.
const MESSAGE_SIZE: u32 = 262_144;
