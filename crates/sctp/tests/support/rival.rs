#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a helper of tests"
)]

use std::{
    collections::VecDeque,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use bytes::Bytes;
use sctp_proto::{
    Association, AssociationHandle, ClientConfig, DatagramEvent, Endpoint, EndpointConfig, Event,
    Payload, PayloadProtocolIdentifier, ServerConfig, StreamEvent, TransportConfig,
};
use strata_core::Instant;

/// The rival behind the contract of strata's engines.
pub(crate) struct Rival {
    endpoint: Endpoint,
    association: Option<(AssociationHandle, Association)>,
    packets: VecDeque<Bytes>,
    base: std::time::Instant,
    pub(crate) finished: Vec<u16>,
    pub(crate) connected: bool,
}

/// A message: stream, payload protocol, bytes.
pub(crate) type Message = (u16, u32, Vec<u8>);

fn remote() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 5000))
}

fn transport() -> Arc<TransportConfig> {
    let config = TransportConfig::default()
        .with_max_send_message_size(262_144)
        .with_max_receive_message_size(262_144)
        .with_max_receive_buffer_size(4 << 20);
    Arc::new(config)
}

impl Rival {
    pub(crate) fn new() -> Self {
        let mut server = ServerConfig::new();
        server.transport = transport();
        let mut config = EndpointConfig::new();
        // As large as ours: 1160 without both headers.
        config.max_payload_size(1132);
        Self {
            endpoint: Endpoint::new(Arc::new(config), Some(Arc::new(server))),
            association: None,
            packets: VecDeque::new(),
            base: std::time::Instant::now(),
            finished: Vec::new(),
            connected: false,
        }
    }

    pub(crate) fn connect(&mut self) {
        let mut config = ClientConfig::new();
        config.transport = transport();
        self.association = Some(self.endpoint.connect(config, remote()).unwrap());
    }

    pub(crate) fn association(&mut self) -> &mut Association {
        &mut self.association.as_mut().unwrap().1
    }

    pub(crate) fn send(&mut self, stream: u16, ppid: PayloadProtocolIdentifier, data: &Bytes) {
        let association = self.association();
        if association.stream(stream).is_err() {
            association.open_stream(stream, ppid).unwrap();
        }
        association
            .stream(stream)
            .unwrap()
            .write_sctp(data, ppid)
            .unwrap();
    }

    /// Bytes of a stream that wait to be sent or acknowledged.
    pub(crate) fn buffered(&mut self, stream: u16) -> usize {
        let stream = self.association().stream(stream);
        stream.map_or(0, |stream| stream.buffered_amount().unwrap())
    }

    fn std(&self, now: Instant) -> std::time::Instant {
        self.base + (now - Instant::EPOCH)
    }
}

impl strata_core::Endpoint for Rival {
    type Input<'a> = &'a mut [u8];
    type Transmit = ();
    type Event = Message;

    fn handle_input(&mut self, now: Instant, packet: &mut [u8]) {
        let now = self.std(now);
        let packet = Bytes::copy_from_slice(packet);
        match self.endpoint.handle(now, remote(), None, None, packet) {
            Some((handle, DatagramEvent::NewAssociation(association))) => {
                self.association = Some((handle, association));
            }
            Some((_, DatagramEvent::AssociationEvent(event))) => {
                self.association().handle_event(event);
            }
            None => {}
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        let now = self.std(now);
        if let Some((_, association)) = &mut self.association {
            association.handle_timeout(now);
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<()> {
        let now = self.std(now);
        if let Some(packet) = self.packets.pop_front() {
            out.extend_from_slice(&packet);
            return Some(());
        }
        let mut transmit = self.endpoint.poll_transmit();
        if let Some((handle, association)) = &mut self.association {
            while let Some(event) = association.poll_endpoint_event() {
                if let Some(event) = self.endpoint.handle_event(*handle, event) {
                    association.handle_event(event);
                }
            }
            transmit = transmit.or_else(|| association.poll_transmit(now));
        }
        match transmit?.payload {
            // Each part is a packet.
            Payload::RawEncode(parts) => self.packets.extend(parts),
            Payload::PartialDecode(_) => return None,
        }
        out.extend_from_slice(&self.packets.pop_front()?);
        Some(())
    }

    fn poll_event(&mut self) -> Option<Message> {
        let (_, association) = self.association.as_mut()?;
        while let Some(event) = association.poll() {
            match event {
                Event::Connected => self.connected = true,
                Event::Stream(StreamEvent::Finished { id }) => self.finished.push(id),
                _ => {}
            }
        }
        while association.accept_stream().is_some() {}
        for id in association.stream_ids() {
            let mut stream = association.stream(id).ok()?;
            if let Ok(Some(chunks)) = stream.read_sctp() {
                let mut message = vec![0; chunks.len()];
                let length = chunks.read(&mut message).unwrap();
                message.truncate(length);
                return Some((id, chunks.ppi as u32, message));
            }
        }
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let at = self.association.as_ref()?.1.poll_timeout()?;
        Some(Instant::EPOCH + at.saturating_duration_since(self.base))
    }
}
