//! Peers that cannot or will not reset streams (RFC 6525): a channel is closed on our side alone then, and the
//! peer goes on counting where it was.
#![expect(clippy::expect_used, reason = "helpers of tests")]
#![expect(clippy::wildcard_enum_match_arm, reason = "helpers of tests")]

#[path = "support/hand.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod hand;

use hand::{Hand, Request, chunks, data, init, reconfigs};
use strata_core::{Endpoint, Instant};
use strata_sctp::{
    Association, AssociationEvent, ChannelConfig, ChannelId, Config, DataChannels, Event,
    MessageKind, OpenError, Ppid, Role, Ssn, StreamId,
    wire::{Chunk, Data, Init, ReConfigResult},
};
use strata_sim::SeededEntropy;

/// FORWARD-TSN supported; extensions: FORWARD-TSN alone.
const NO_RECONFIG: [u8; 12] = [0xc0, 0, 0, 4, 0x80, 8, 0, 5, 192, 0, 0, 0];

/// What a peer says to every request to reset a stream; one that says nothing has no RE-CONFIG.
const PEERS: [Option<ReConfigResult>; 5] = [
    None,
    Some(ReConfigResult::DENIED),
    Some(ReConfigResult::WRONG_SSN),
    Some(ReConfigResult::ALREADY_IN_PROGRESS),
    Some(ReConfigResult::BAD_SEQUENCE_NUMBER),
];

fn connected<E>(engine: E, peer: Option<ReConfigResult>) -> Hand<E>
where
    E: for<'a> Endpoint<Input<'a> = &'a mut [u8]>,
{
    if peer.is_some() {
        return Hand::connected(engine);
    }
    let mut hand = Hand::new(engine);
    let cookie = hand.init_with(Init {
        raw_parameters: &NO_RECONFIG,
        ..init(hand.next)
    });
    hand.give(&[Chunk::CookieEcho(&cookie)]);
    hand.take();
    hand
}

/// Lets the peer say what it says to a request; whether there was one.
fn answer<E>(hand: &mut Hand<E>, peer: Option<ReConfigResult>) -> bool
where
    E: for<'a> Endpoint<Input<'a> = &'a mut [u8]>,
{
    let (_, asked) = reconfigs(&hand.take());
    for request in &asked {
        let answer = peer.map(|result| (request.number, result));
        hand.reconfig(answer, &[]);
    }
    !asked.is_empty()
}

/// Stream and number of each message that goes out now.
fn sent<E>(hand: &mut Hand<E>) -> Vec<(u16, Ssn)>
where
    E: for<'a> Endpoint<Input<'a> = &'a mut [u8]>,
{
    let packets = hand.take();
    let of = |chunk| match chunk {
        Chunk::Data(data) => Some((data.stream.get(), data.ssn)),
        _ => None,
    };
    let sent = packets.iter().flat_map(|packet| chunks(packet));
    sent.filter_map(of).collect()
}

/// RFC 6525 §5.2.7 H3, H4: numbers start over after a success alone.
#[test]
fn a_stream_that_is_not_reset_goes_on_counting() {
    let stream = StreamId::new(0);
    let over = AssociationEvent::StreamReset { stream };
    for peer in PEERS {
        let engine = Association::new(Config::default(), SeededEntropy::entropy(1));
        let mut hand = connected(engine, peer);
        hand.send(0, 1);
        assert_eq!(sent(&mut hand), [(0, Ssn::new(0))]);
        hand.events();
        // It can be asked for again, and is refused again.
        for number in 1..3 {
            hand.engine.reset_stream(hand.now, stream);
            assert_eq!(answer(&mut hand, peer), peer.is_some());
            assert_eq!(hand.events(), std::slice::from_ref(&over), "{peer:?}");
            assert!(!hand.engine.is_resetting(stream));
            assert!(hand.engine.is_reset_refused(stream));
            hand.send(0, 1);
            assert_eq!(sent(&mut hand), [(0, Ssn::new(number))], "{peer:?}");
        }
    }
}

fn channels(peer: Option<ReConfigResult>) -> Hand<DataChannels> {
    let mut engine = DataChannels::new(Config::default(), SeededEntropy::entropy(1));
    engine.set_role(Instant::EPOCH, Role::Client);
    connected(engine, peer)
}

/// Closes a channel, which ends it here.
fn close(hand: &mut Hand<DataChannels>, peer: Option<ReConfigResult>, id: ChannelId) {
    let channel = hand.engine.channel(id).expect("it is open");
    channel.close(hand.now);
    answer(hand, peer);
    assert!(
        hand.events().contains(&Event::ChannelClosed { id }),
        "{peer:?}"
    );
}

/// The peer still has the channel, and would refuse another one in its place (RFC 8832 §6).
#[test]
fn a_channel_that_the_peer_does_not_close_ends_and_its_number_stays_taken() {
    for peer in PEERS {
        let mut hand = channels(peer);
        let open = |hand: &mut Hand<DataChannels>| {
            let id = hand.engine.open(hand.now, ChannelConfig::new("x"));
            let id = id.expect("there are numbers");
            (id, sent(hand))
        };
        for number in [0, 2, 4] {
            let (id, said) = open(&mut hand);
            assert_eq!(said, [(number, Ssn::new(0))], "{peer:?}");
            close(&mut hand, peer, id);
        }
    }
}

/// One request names 64 streams at most. Where there is none, nothing has to wait for the next; and what the
/// owner has asked for is told however many events there may be that the peer causes.
#[test]
fn the_end_of_every_channel_that_was_closed_is_told() {
    let performed = Some(ReConfigResult::PERFORMED);
    for peer in PEERS.into_iter().chain([performed]) {
        let mut config = Config::default();
        config.limits.events = 16;
        let entropy = SeededEntropy::entropy(1);
        let mut hand = connected(Association::new(config, entropy), peer);
        hand.events();
        for stream in 0..200 {
            hand.engine.reset_stream(hand.now, StreamId::new(stream));
        }
        while answer(&mut hand, peer) {}
        let over = |stream| AssociationEvent::StreamReset {
            stream: StreamId::new(stream),
        };
        assert!(hand.events().into_iter().eq((0..200).map(over)), "{peer:?}");
    }
}

/// ```text
/// Z  resets 1 ─────────────────>  A    resets 1
///    opens another on 1 ───────>       waits for the answer
///    refuses ──────────────────>       the first is over, the other opens
/// ```
#[test]
fn a_refusal_does_not_close_the_next_channel() {
    for result in PEERS.into_iter().flatten() {
        let mut hand = channels(Some(result));
        // A DATA_CHANNEL_OPEN without names.
        let open = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let opens = |tsn: u32| {
            Chunk::Data(Data {
                stream: StreamId::new(1),
                ppid: Ppid::DCEP,
                ..data(hand.next.plus(tsn), &open)
            })
        };
        let [first, second] = [opens(0), opens(1)];
        hand.give(&[first]);
        hand.take();
        hand.events();
        let reset = Request {
            number: hand.next.get(),
            last_tsn: hand.next,
            streams: vec![1],
        };
        hand.reconfig(None, &[reset]);
        let (_, asked) = reconfigs(&hand.take());
        hand.give(&[second]);
        assert_eq!(hand.events(), []);
        hand.reconfig(Some((asked[0].number, result)), &[]);
        let events = hand.events();
        let [Event::ChannelClosed { .. }, Event::ChannelOpened { id, .. }] = events[..] else {
            unreachable!("{result:?}: {events:?}");
        };
        assert!(hand.engine.channel(id).is_some());
    }
}

/// Both sides agree on the number of a negotiated channel elsewhere, and may use it again.
#[test]
fn a_negotiated_channel_can_be_opened_again_where_the_peer_resets_nothing() {
    for peer in PEERS {
        let mut hand = channels(peer);
        let config = ChannelConfig::default().with_negotiated(StreamId::new(7));
        for number in 0..3 {
            let id = hand.engine.open(hand.now, config.clone());
            let id = id.unwrap_or_else(|error: OpenError| unreachable!("{peer:?}: {error}"));
            let mut channel = hand.engine.channel(id).expect("it is open");
            let hello = bytes::Bytes::from_static(b"hello");
            let sent_to = channel.send(hand.now, MessageKind::Text, hello);
            assert_eq!(sent_to, Ok(()), "{peer:?}");
            assert_eq!(sent(&mut hand), [(7, Ssn::new(number))], "{peer:?}");
            // What the peer says goes on counting, too.
            let said = Data {
                stream: StreamId::new(7),
                ssn: Ssn::new(number),
                ppid: Ppid::STRING,
                ..data(hand.next.plus(number.into()), b"hello")
            };
            hand.give(&[Chunk::Data(said)]);
            let heard = |event: &Event| matches!(event, Event::Message { id: on, .. } if *on == id);
            assert!(hand.events().iter().any(heard), "{peer:?}");
            close(&mut hand, peer, id);
        }
    }
}
