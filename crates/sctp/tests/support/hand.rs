#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a helper of tests"
)]

use std::time::Duration;

use strata_core::{Endpoint, Instant};
use strata_sctp::{
    Association, AssociationEvent, CloseReason, Config, Outgoing, Ppid, Ssn, StreamId, Tsn,
    wire::{
        Chunk, Data, GapBlock, Header, Init, Packet, ParameterType, ReConfigParameter,
        ReConfigResult, seal, write_sack,
    },
};
use strata_sim::SeededEntropy;

/// An engine whose peer is the test.
pub(crate) struct Hand<E> {
    pub(crate) engine: E,
    pub(crate) now: Instant,
    /// The engine's tag.
    pub(crate) tag: u32,
    /// The engine's first TSN.
    pub(crate) initial_tsn: Tsn,
    /// The test's first TSN, and the number of its first request.
    pub(crate) next: Tsn,
}

/// The test's tag.
pub(crate) const OUR_TAG: u32 = 77;

/// FORWARD-TSN supported; extensions RE-CONFIG and FORWARD-TSN.
const PARAMETERS: [u8; 12] = [0xc0, 0, 0, 4, 0x80, 8, 0, 6, 130, 192, 0, 0];

pub(crate) type Packets = Vec<(Instant, Vec<u8>)>;

impl<E> Hand<E>
where
    E: for<'a> Endpoint<Input<'a> = &'a mut [u8]>,
{
    /// Not connected.
    pub(crate) const fn new(engine: E) -> Self {
        Self {
            engine,
            now: Instant::from_millis(5),
            tag: 0,
            initial_tsn: Tsn::new(0),
            next: Tsn::new(1000),
        }
    }

    /// Connected: the test sent the INIT.
    pub(crate) fn connected(engine: E) -> Self {
        let mut hand = Self::new(engine);
        let cookie = hand.init();
        hand.give(&[Chunk::CookieEcho(&cookie)]);
        hand.take();
        hand
    }

    /// Sends the INIT and returns the cookie of the answer.
    pub(crate) fn init(&mut self) -> Vec<u8> {
        self.init_with(init(self.next))
    }

    pub(crate) fn init_with(&mut self, init: Init<'_>) -> Vec<u8> {
        self.give(&[Chunk::Init(init)]);
        let answer = self.take().remove(0);
        let packet = Packet::parse(&answer).unwrap();
        let Some(Ok(Chunk::InitAck(ack))) = packet.chunks().next() else {
            panic!("no INIT ACK");
        };
        self.tag = ack.initiate_tag;
        self.initial_tsn = ack.initial_tsn;
        ack.find(ParameterType::STATE_COOKIE).unwrap().to_vec()
    }

    pub(crate) fn give(&mut self, chunks: &[Chunk<'_>]) {
        self.give_raw(self.tag, &bytes(chunks));
    }

    pub(crate) fn give_raw(&mut self, verification_tag: u32, body: &[u8]) {
        let mut packet = Vec::new();
        Header {
            source_port: 5000,
            destination_port: 5000,
            verification_tag,
        }
        .write(&mut packet);
        packet.extend_from_slice(body);
        seal(&mut packet, 0);
        self.engine.handle_input(self.now, &mut packet);
    }

    /// Gives a SACK.
    pub(crate) fn sack(&mut self, cumulative: Tsn, gaps: &[(u16, u16)]) {
        let mut body = Vec::new();
        let gaps = gaps.iter().map(|(start, end)| GapBlock {
            start: *start,
            end: *end,
        });
        write_sack(&mut body, cumulative, 1 << 20, gaps, std::iter::empty()).unwrap();
        self.give_raw(self.tag, &body);
    }

    /// Gives a RE-CONFIG with an answer, a request, or both.
    pub(crate) fn reconfig(&mut self, answer: Option<(u32, ReConfigResult)>, request: &[Request]) {
        let mut parameters = Vec::new();
        if let Some((number, ReConfigResult(result))) = answer {
            parameters.extend_from_slice(&[0, 16, 0, 12]);
            parameters.extend_from_slice(&number.to_be_bytes());
            parameters.extend_from_slice(&result.to_be_bytes());
        }
        for request in request {
            parameters.resize(parameters.len().next_multiple_of(4), 0);
            let length = u16::try_from(16 + request.streams.len() * 2).unwrap();
            parameters.extend_from_slice(&[0, 13]);
            parameters.extend_from_slice(&length.to_be_bytes());
            parameters.extend_from_slice(&request.number.to_be_bytes());
            parameters.extend_from_slice(&self.initial_tsn.previous().get().to_be_bytes());
            parameters.extend_from_slice(&request.last_tsn.get().to_be_bytes());
            for stream in &request.streams {
                parameters.extend_from_slice(&stream.to_be_bytes());
            }
        }
        let length = u16::try_from(4 + parameters.len()).unwrap();
        let mut body = vec![130, 0];
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(&parameters);
        body.resize(body.len().next_multiple_of(4), 0);
        self.give_raw(self.tag, &body);
    }

    /// What the engine has to send now.
    pub(crate) fn take(&mut self) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        loop {
            let mut out = Vec::new();
            if self.engine.poll_transmit(self.now, &mut out).is_none() {
                return packets;
            }
            packets.push(out);
        }
    }

    /// What the engine sends now and until this much time has passed.
    pub(crate) fn wait(&mut self, within: Duration) -> Packets {
        let end = self.now + within;
        let mut all = Vec::new();
        loop {
            let now = self.now;
            all.extend(self.take().into_iter().map(|packet| (now, packet)));
            let due = self.engine.poll_timeout().filter(|due| *due <= end);
            self.now = due.unwrap_or(end);
            if due.is_none() {
                return all;
            }
            self.engine.handle_timeout(self.now);
        }
    }

    pub(crate) fn events(&mut self) -> Vec<E::Event> {
        std::iter::from_fn(|| self.engine.poll_event()).collect()
    }
}

impl Hand<Association> {
    pub(crate) fn association(config: Config) -> Self {
        let mut hand = Self::connected(Association::new(config, SeededEntropy::entropy(1)));
        assert_eq!(hand.events(), [AssociationEvent::Connected]);
        hand
    }

    /// Lets it send messages of 1000 bytes on a stream.
    pub(crate) fn send(&mut self, stream: u16, count: usize) {
        for _ in 0..count {
            let message = Outgoing::reliable(Ppid::BINARY, vec![1; 1000].into());
            self.engine
                .send(self.now, StreamId::new(stream), message)
                .unwrap();
        }
    }

    pub(crate) fn closed(&mut self) -> Option<CloseReason> {
        self.events().into_iter().find_map(|event| match event {
            AssociationEvent::Closed { reason } => Some(reason),
            _ => None,
        })
    }
}

/// A request of the test's to reset streams.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) number: u32,
    pub(crate) last_tsn: Tsn,
    pub(crate) streams: Vec<u16>,
}

pub(crate) const fn init(initial_tsn: Tsn) -> Init<'static> {
    Init {
        initiate_tag: OUR_TAG,
        a_rwnd: 1 << 20,
        outbound_streams: 65535,
        inbound_streams: 65535,
        initial_tsn,
        raw_parameters: &PARAMETERS,
    }
}

/// A whole message on stream 0.
pub(crate) fn data(tsn: Tsn, payload: &[u8]) -> Data<'_> {
    Data {
        immediate: false,
        unordered: false,
        beginning: true,
        ending: true,
        tsn,
        stream: StreamId::new(0),
        ssn: Ssn::new(0),
        ppid: Ppid::BINARY,
        payload,
    }
}

pub(crate) fn bytes(chunks: &[Chunk<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for chunk in chunks {
        chunk.write(&mut body).unwrap();
    }
    body
}

/// The chunks of a packet.
pub(crate) fn chunks(packet: &[u8]) -> Vec<Chunk<'_>> {
    let packet = Packet::parse(packet).unwrap();
    packet.chunks().map(Result::unwrap).collect()
}

/// What the RE-CONFIGs among packets hold: answers, and requests.
pub(crate) fn reconfigs<'a>(
    packets: impl IntoIterator<Item = &'a Vec<u8>>,
) -> (Vec<(u32, ReConfigResult)>, Vec<Request>) {
    let (mut answers, mut requests) = (Vec::new(), Vec::new());
    for packet in packets {
        for chunk in chunks(packet) {
            let Chunk::ReConfig(reconfig) = chunk else {
                continue;
            };
            for parameter in reconfig.parameters().map(Result::unwrap) {
                match parameter {
                    ReConfigParameter::Response { number, result } => {
                        answers.push((number.get(), result));
                    }
                    ReConfigParameter::OutgoingReset(request) => requests.push(Request {
                        number: request.number.get(),
                        last_tsn: request.last_tsn,
                        streams: request.streams.iter().map(StreamId::get).collect(),
                    }),
                    other => panic!("nobody asks for that: {other:?}"),
                }
            }
        }
    }
    (answers, requests)
}

/// When DATA with each of these TSNs went out.
pub(crate) fn sent_at(packets: &Packets, tsn: Tsn) -> Vec<Instant> {
    let carries = |packet: &[u8]| {
        let is_it = |chunk: &Chunk<'_>| matches!(chunk, Chunk::Data(data) if data.tsn == tsn);
        chunks(packet).iter().any(is_it)
    };
    let times = packets.iter().filter(|(_, packet)| carries(packet));
    times.map(|(at, _)| *at).collect()
}
