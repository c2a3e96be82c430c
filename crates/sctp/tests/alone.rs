//! This crate is enough: whoever imports it and `std` can name the type of everything in its signatures.

use std::time::Duration;

use strata_sctp::{
    Association, AssociationEvent, Bytes, Channel, ChannelConfig, ChannelId, ChannelState, Clock,
    CloseReason, Config, DataChannels, Endpoint, Entropy, EntropySource, Event, Incoming, Instant,
    MessageKind, OpenError, Outgoing, Ppid, Reader, Role, SendError, Stats, StreamId, TooLong,
    Truncated, wire,
};

/// Randomness that is the same in every run: a generator of this test's own.
struct Lehmer(u64);

impl EntropySource for Lehmer {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            *byte = self.0.to_be_bytes()[0];
        }
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        self.0 = self.0.wrapping_add(2);
        Box::new(Self(!self.0))
    }
}

/// An owner that is generic over what it owns.
struct Link<A, B> {
    a: A,
    b: B,
    now: Instant,
}

impl<A, B> Link<A, B>
where
    A: for<'a> Endpoint<Input<'a> = &'a mut [u8], Transmit = ()>,
    B: for<'a> Endpoint<Input<'a> = &'a mut [u8], Transmit = ()>,
{
    /// Carries packets over and lets time pass, for so long.
    fn run(&mut self, time: Duration) -> (Vec<A::Event>, Vec<B::Event>) {
        let (mut of_a, mut of_b, mut packet) = (Vec::new(), Vec::new(), Vec::new());
        let end = self.now + time;
        while self.now < end {
            while self.a.poll_transmit(self.now, &mut packet).is_some() {
                self.b.handle_input(self.now, &mut packet);
                packet.clear();
            }
            while self.b.poll_transmit(self.now, &mut packet).is_some() {
                self.a.handle_input(self.now, &mut packet);
                packet.clear();
            }
            of_a.extend(std::iter::from_fn(|| self.a.poll_event()));
            of_b.extend(std::iter::from_fn(|| self.b.poll_event()));
            self.now += Duration::from_millis(10);
            self.a.handle_timeout(self.now);
            self.b.handle_timeout(self.now);
        }
        (of_a, of_b)
    }
}

fn messages(events: Vec<Event>) -> Vec<(ChannelId, MessageKind, Bytes)> {
    let message = |event| {
        let Event::Message { id, kind, data } = event else {
            return None;
        };
        Some((id, kind, data))
    };
    events.into_iter().filter_map(message).collect()
}

#[test]
fn two_ends_exchange_a_message_each_way() -> Result<(), Box<dyn std::error::Error>> {
    let start: Instant = Clock::start().now();
    let mut client = DataChannels::new(Config::default(), Entropy::from_source(Lehmer(1)));
    let mut server = DataChannels::new(Config::default(), Entropy::system());
    client.set_role(start, Role::Client);
    server.set_role(start, Role::Server);
    client.connect(start);
    let opened: Result<ChannelId, OpenError> = client.open(start, ChannelConfig::new("chat"));
    let chat = opened?;
    let mut channel: Channel<'_> = client.channel(chat).ok_or("it is closed")?;
    assert_eq!(channel.state(), ChannelState::Opening);
    let sent: Result<(), SendError> = channel.send(start, MessageKind::Text, "how are you?");
    sent?;

    let mut link = Link {
        a: client,
        b: server,
        now: start,
    };
    let (_, events) = link.run(Duration::from_secs(1));
    let [(id, kind, question)]: [_; 1] = messages(events).try_into().map_err(|_| "not one")?;
    assert_eq!(
        (kind, &question[..]),
        (MessageKind::Text, &b"how are you?"[..])
    );

    let answer = Bytes::from_static(b"well");
    let mut channel = link.b.channel(id).ok_or("it is closed")?;
    channel.send(link.now, MessageKind::Binary, answer.clone())?;
    let (events, _) = link.run(Duration::from_secs(1));
    assert_eq!(messages(events), [(chat, MessageKind::Binary, answer)]);

    link.a.shutdown(link.now);
    let (events, _) = link.run(Duration::from_secs(1));
    let reason = CloseReason::Shutdown;
    assert_eq!(events.last(), Some(&Event::Closed { reason }));
    let stats: &Stats = link.b.stats();
    assert_eq!((stats.received.messages, stats.sent.messages), (1, 1));
    Ok(())
}

#[test]
fn an_association_needs_no_channels() -> Result<(), Box<dyn std::error::Error>> {
    let association = |seed| {
        let fill = move |out: &mut [u8]| out.fill(seed);
        Association::new(Config::default(), Entropy::new(fill))
    };
    let mut link = Link {
        a: association(1),
        b: association(2),
        now: Instant::EPOCH,
    };
    link.a.connect(link.now);
    let message = Outgoing::reliable(Ppid(7), Bytes::from_static(b"a frame"));
    link.a.send(link.now, StreamId::new(3), message)?;
    let (_, events) = link.run(Duration::from_secs(1));
    let message = |event| {
        let AssociationEvent::Message(message) = event else {
            return None;
        };
        Some(message)
    };
    let arrived: Vec<Incoming> = events.into_iter().filter_map(message).collect();
    assert_eq!(arrived.len(), 1);
    assert_eq!(
        (arrived[0].stream, arrived[0].ppid),
        (StreamId::new(3), Ppid(7))
    );
    assert_eq!(&arrived[0].data[..], b"a frame");
    Ok(())
}

#[test]
fn packets_can_be_read_and_written_without_an_engine() -> Result<(), Box<dyn std::error::Error>> {
    let header = wire::Header {
        source_port: 5000,
        destination_port: 5000,
        verification_tag: 7,
    };
    let mut packet = Vec::new();
    header.write(&mut packet);
    let written: Result<(), TooLong> = wire::Chunk::CookieEcho(b"cookie").write(&mut packet);
    written?;
    wire::seal(&mut packet, 0);

    assert!(wire::verify_checksum(&mut packet));
    let parsed = wire::Packet::parse(&packet)?;
    assert_eq!(parsed.header, header);
    let chunks: Result<Vec<wire::Chunk<'_>>, wire::ParseError> = parsed.chunks().collect();
    assert_eq!(chunks?, [wire::Chunk::CookieEcho(b"cookie")]);
    let mut cut: Reader<'_> = Reader::new(&packet[12..15]);
    let truncated = Truncated {
        expected: 2,
        actual: 1,
    };
    let expected = Err(wire::ParseError::Truncated(truncated));
    assert_eq!(wire::Chunk::parse(&mut cut), expected);
    Ok(())
}
