//! What a peer says of itself when it sets up an association or a channel, and is refused for, by hand.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/hand.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod hand;

use std::time::Duration;

use hand::{Hand, OUR_TAG, bytes, chunks, data};
use strata_sctp::{
    Association, AssociationEvent, ChannelConfig, CloseReason, Config, DataChannels, Event,
    MessageKind, Outgoing, Ppid, Reliability, Role, Ssn, StreamId,
    wire::{CauseCode, Chunk, Data, Init, Packet, ParameterType},
};
use strata_sim::SeededEntropy;

/// State Cookie, with four bytes.
const COOKIE: [u8; 8] = [0, 7, 0, 8, 1, 2, 3, 4];
/// Host Name Address, with a name of three bytes and its null.
const HOST_NAME: [u8; 8] = [0, 11, 0, 8, b'a', b'.', b'b', 0];

fn new(config: Config) -> Hand<Association> {
    Hand::new(Association::new(config, SeededEntropy::entropy(1)))
}

/// The tag, the T bit and the first cause of an ABORT that goes alone.
fn abort_in(packet: &[u8]) -> Option<(u32, bool, Option<CauseCode>)> {
    let tag = Packet::parse(packet).unwrap().header.verification_tag;
    match chunks(packet)[..] {
        [Chunk::Abort(abort)] => {
            let cause = abort.causes().find_map(Result::ok);
            Some((tag, abort.reflected, cause.map(|cause| cause.code)))
        }
        _ => None,
    }
}

/// What is wrong with an INIT or INIT ACK.
type Spoil = fn(&mut Init<'_>);

/// RFC 9260 §3.3.2, §5.1.2 B: such a packet is discarded and, unless nobody can be told, answered with an ABORT. §3.3.2.1.4:
/// nobody looks names of hosts up.
#[test]
fn an_init_that_cannot_be_is_answered_with_an_abort() {
    let invalid = Some(Some(CauseCode::INVALID_PARAMETER));
    let unresolvable = Some(Some(CauseCode::UNRESOLVABLE_ADDRESS));
    let rows: [(&str, Spoil, Option<Option<CauseCode>>); 6] = [
        ("no tag", |init| init.initiate_tag = 0, None),
        ("no room", |init| init.a_rwnd = 0, invalid),
        ("little room", |init| init.a_rwnd = 1499, invalid),
        ("none out", |init| init.outbound_streams = 0, invalid),
        ("none in", |init| init.inbound_streams = 0, invalid),
        (
            "a name",
            |init| init.raw_parameters = &HOST_NAME,
            unresolvable,
        ),
    ];
    for (case, spoil, expected) in rows {
        let mut hand = new(Config::default());
        let mut init = hand::init(hand.next);
        spoil(&mut init);
        hand.give_raw(0, &bytes(&[Chunk::Init(init)]));
        let answers: Vec<_> = hand.take().iter().map(|packet| abort_in(packet)).collect();
        let expected = expected.map(|cause| Some((OUR_TAG, false, cause)));
        assert_eq!(answers, expected.into_iter().collect::<Vec<_>>(), "{case}");
        assert_eq!(hand.engine.stats().dropped.unexpected, 1, "{case}");
        // The state has not changed: a correct handshake still succeeds.
        let cookie = hand.init();
        hand.give(&[Chunk::CookieEcho(&cookie)]);
        assert_eq!(hand.events(), [AssociationEvent::Connected], "{case}");
    }
    let mut hand = new(Config::default());
    let mut init = hand::init(hand.next);
    init.a_rwnd = 1500;
    hand.init_with(init);
}

/// RFC 9260 §3.3.2: an INIT that cannot be "MUST NOT change the state of any existing association".
#[test]
fn an_init_that_cannot_be_does_not_disturb_who_is_connected() {
    let rows: [Spoil; 3] = [
        |init| init.a_rwnd = 1499,
        |init| init.outbound_streams = 0,
        |init| init.raw_parameters = &HOST_NAME,
    ];
    for spoil in rows {
        let mut hand = Hand::association(Config::default());
        let mut init = hand::init(hand.next);
        init.initiate_tag = 5;
        spoil(&mut init);
        hand.give_raw(0, &bytes(&[Chunk::Init(init)]));
        hand.take();
        assert_eq!(hand.events(), []);
        hand.give(&[Chunk::Data(data(hand.next, b"x"))]);
        assert_eq!(hand.events().len(), 1);
    }
}

/// A case of INIT ACK: what is wrong, whether the T bit is set (and with it the engine's own tag, where the peer has said
/// none), and what is told to the peer and to the owner.
type AckRow = (
    &'static str,
    Spoil,
    bool,
    Option<CauseCode>,
    Option<CloseReason>,
);

/// RFC 9260 §3.3.3: whom an INIT ACK without tag or streams comes from is given up. One with too little room is
/// discarded, and so the INIT goes again. §5.1.2 B: nor is anybody looked up.
#[test]
fn an_init_ack_that_cannot_be_ends_the_association() {
    let violation = Some(CloseReason::ProtocolViolation);
    let invalid = Some(CauseCode::INVALID_PARAMETER);
    let unresolvable = Some(CauseCode::UNRESOLVABLE_ADDRESS);
    let name_and_cookie: Spoil = |ack| {
        const BOTH: [u8; 16] = {
            let mut both = [0; 16];
            let (name, cookie) = both.split_at_mut(8);
            name.copy_from_slice(&HOST_NAME);
            cookie.copy_from_slice(&COOKIE);
            both
        };
        ack.raw_parameters = &BOTH;
    };
    let rows: [AckRow; 5] = [
        (
            "no tag",
            |ack| ack.initiate_tag = 0,
            true,
            invalid,
            violation,
        ),
        (
            "none out",
            |ack| ack.outbound_streams = 0,
            false,
            invalid,
            violation,
        ),
        (
            "none in",
            |ack| ack.inbound_streams = 0,
            false,
            invalid,
            violation,
        ),
        ("a name", name_and_cookie, false, unresolvable, violation),
        ("little room", |ack| ack.a_rwnd = 1499, false, invalid, None),
    ];
    for (case, spoil, reflected, cause, closed) in rows {
        let mut hand = new(Config::default());
        hand.engine.connect(hand.now);
        let packets = hand.take();
        let [Chunk::Init(init)] = chunks(&packets[0])[..] else {
            panic!("one INIT");
        };
        hand.tag = init.initiate_tag;
        let mut ack = hand::init(hand.next);
        ack.raw_parameters = &COOKIE;
        spoil(&mut ack);
        hand.give(&[Chunk::InitAck(ack)]);
        let answers: Vec<_> = hand.take().iter().map(|packet| abort_in(packet)).collect();
        let tag = if reflected { hand.tag } else { OUR_TAG };
        assert_eq!(answers, [Some((tag, reflected, cause))], "{case}");
        assert_eq!(hand.closed(), closed, "{case}");
        let again = hand.wait(Duration::from_millis(500));
        assert_eq!(again.len(), usize::from(closed.is_none()), "{case}");
    }
}

/// RFC 9260 §3.3.3: the streams that an INIT ACK wishes for are no more than the INIT accepts.
#[test]
fn an_init_ack_wishes_for_no_more_streams_than_there_can_be() {
    for (ours, theirs, expected) in [(65_535, 65_535, 65_535), (65_535, 16, 16), (8, 16, 8)] {
        let mut config = Config::default();
        config.streams = ours;
        let mut hand = new(config);
        let mut init = hand::init(hand.next);
        init.inbound_streams = theirs;
        hand.give_raw(0, &bytes(&[Chunk::Init(init)]));
        let packets = hand.take();
        let [Chunk::InitAck(ack)] = chunks(&packets[0])[..] else {
            panic!("one INIT ACK");
        };
        assert_eq!(
            (ack.outbound_streams, ack.inbound_streams),
            (expected, ours)
        );
    }
}

/// RFC 9260 §3.2.1: what stands behind an unknown parameter that stops everything is not looked at.
#[test]
fn behind_an_unknown_parameter_that_stops_there_is_nothing() {
    for (kind, expected) in [(0x00, false), (0x40, false), (0x80, true), (0xc0, true)] {
        let parameters = [kind, 0x99, 0, 4, 0xc0, 0, 0, 4];
        let init = Init {
            raw_parameters: &parameters,
            ..hand::init(strata_sctp::Tsn::new(1))
        };
        let found = init.find(ParameterType::FORWARD_TSN_SUPPORTED);
        assert_eq!(found.is_some(), expected, "{kind:#x}");
        // What is known stops nothing, wanted or not.
        let parameters = [0, 12, 0, 6, 0, 5, 0, 0, 0xc0, 0, 0, 4];
        let init = Init {
            raw_parameters: &parameters,
            ..init
        };
        assert!(init.find(ParameterType::FORWARD_TSN_SUPPORTED).is_some());
    }
}

fn channels() -> Hand<DataChannels> {
    let entropy = SeededEntropy::entropy(1);
    let mut engine = DataChannels::new(Config::default(), entropy);
    engine.set_role(strata_core::Instant::EPOCH, Role::Server);
    let mut hand = Hand::connected(engine);
    assert_eq!(hand.events(), [Event::Connected]);
    hand
}

/// Gives a DCEP message, the n-th DATA of the test's.
fn dcep(hand: &mut Hand<DataChannels>, number: u16, stream: u16, message: &[u8]) {
    let chunk = Data {
        ppid: Ppid::DCEP,
        stream: StreamId::new(stream),
        ssn: Ssn::new(number),
        ..data(hand.next.plus(number.into()), message)
    };
    hand.give(&[Chunk::Data(chunk)]);
}

/// The streams that the engine asks to reset, and how many of its DATA are DCEP.
fn said(hand: &mut Hand<DataChannels>) -> (Vec<u16>, usize) {
    let packets = hand.take();
    let (_, requests) = hand::reconfigs(&packets);
    let is_dcep = |chunk: &Chunk<'_>| matches!(chunk, Chunk::Data(data) if data.ppid == Ppid::DCEP);
    let all = packets.iter().flat_map(|packet| chunks(packet));
    let streams = requests.into_iter().flat_map(|request| request.streams);
    (streams.collect(), all.filter(is_dcep).count())
}

/// A `DATA_CHANNEL_OPEN` of a reliable channel with the label "x".
const OPEN: [u8; 13] = [3, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, b'x'];

/// RFC 8832 §6: an OPEN that cannot be "MUST" close its channel, "and MUST NOT" be acknowledged.
#[test]
fn an_open_that_cannot_be_closes_the_channel() {
    let with = |at: usize, value: u8| {
        let mut open = OPEN;
        open[at] = value;
        open.to_vec()
    };
    let rows = [
        ("as it should be", 0, OPEN.to_vec(), false),
        ("of nobody's type", 0, with(1, 3), true),
        ("of nobody's type, unordered", 0, with(1, 0x83), true),
        ("a label beyond its end", 0, with(9, 2), true),
        ("more than it says", 0, with(9, 0), true),
        ("cut", 0, OPEN[..7].to_vec(), true),
        ("odd and even", 1, OPEN.to_vec(), true),
    ];
    for (case, stream, open, refused) in rows {
        let mut hand = channels();
        dcep(&mut hand, 0, stream, &open);
        let expected = if refused {
            (vec![stream], 0)
        } else {
            (vec![], 1)
        };
        assert_eq!(said(&mut hand), expected, "{case}");
        assert_eq!(hand.events().len(), usize::from(!refused), "{case}");
        let invalid = hand.engine.stats().invalid_dcep;
        assert_eq!(invalid, u64::from(refused), "{case}");
    }
    // What is neither OPEN nor ACK is nothing.
    let mut hand = channels();
    dcep(&mut hand, 0, 0, &[9]);
    assert_eq!(said(&mut hand), (vec![], 0));
    assert_eq!(hand.engine.stats().invalid_dcep, 1);
}

/// RFC 8832 §6: so does one "on an already used stream", whoever has opened that.
#[test]
fn an_open_on_a_stream_in_use_closes_its_channel() {
    for negotiated in [false, true] {
        let mut hand = channels();
        if negotiated {
            let config = ChannelConfig::new("n").with_negotiated(StreamId::new(0));
            hand.engine.open(hand.now, config).unwrap();
        } else {
            dcep(&mut hand, 0, 0, &OPEN);
        }
        let opened = hand.events();
        assert!(matches!(opened[..], [Event::ChannelOpened { .. }]));
        said(&mut hand);
        dcep(&mut hand, u16::from(!negotiated), 0, &OPEN);
        assert_eq!(said(&mut hand), (vec![0], 0), "{negotiated}");
        assert_eq!(hand.engine.stats().invalid_dcep, 1);
    }
}

/// Connected to one that names no extensions.
fn without_extensions() -> Hand<Association> {
    let mut hand = new(Config::default());
    let init = Init {
        raw_parameters: &[],
        ..hand::init(hand.next)
    };
    let cookie = hand.init_with(init);
    hand.give(&[Chunk::CookieEcho(&cookie)]);
    hand.take();
    hand.events();
    hand
}

/// RFC 3758 §3.3.2: a peer that does not support FORWARD-TSN is sent none, so what would be given up goes again.
#[test]
fn nothing_is_given_up_that_the_peer_cannot_skip() {
    for supported in [true, false] {
        let mut hand = if supported {
            Hand::association(Config::default())
        } else {
            without_extensions()
        };
        let mut message = Outgoing::reliable(Ppid::BINARY, vec![1].into());
        message.reliability = Reliability::MaxRetransmits(0);
        hand.engine
            .send(hand.now, StreamId::new(0), message)
            .unwrap();
        let packets = hand.wait(Duration::from_secs(5));
        let sent = hand::sent_at(&packets, hand.initial_tsn).len();
        let skips = |chunk: &Chunk<'_>| matches!(chunk, Chunk::ForwardTsn(_));
        let skipped = packets.iter().any(|(_, it)| chunks(it).iter().any(skips));
        assert_eq!((sent == 1, skipped), (supported, supported), "{sent}");
        assert_eq!(hand.engine.stats().abandoned_messages, u64::from(supported));
    }
}

/// RFC 8832 §6: before the ACK, or a message, has been heard, "all other messages containing user data [..] MUST be sent
/// ordered", and after that on an unordered channel unordered. OPEN itself is ordered and reliable.
#[test]
fn an_unordered_channel_is_ordered_until_the_peer_knows_of_it() {
    for (ppid, heard) in [(Ppid::DCEP, &[2][..]), (Ppid::BINARY, b"x")] {
        let mut hand = channels();
        let config = ChannelConfig::new("u")
            .with_unordered(true)
            .with_reliability(Reliability::MaxRetransmits(0));
        let id = hand.engine.open(hand.now, config).unwrap();
        let mut order = Vec::new();
        for number in 0..4 {
            if number == 2 {
                let chunk = Data {
                    ppid,
                    stream: StreamId::new(1),
                    ..data(hand.next, heard)
                };
                hand.give(&[Chunk::Data(chunk)]);
            }
            let mut channel = hand.engine.channel(id).unwrap();
            channel.send(hand.now, MessageKind::Text, "x").unwrap();
            for packet in hand.take() {
                for chunk in chunks(&packet) {
                    if let Chunk::Data(data) = chunk {
                        order.push((data.ppid == Ppid::DCEP, data.unordered));
                    }
                }
            }
        }
        let (open, ordered, unordered) = ((true, false), (false, false), (false, true));
        assert_eq!(order, [open, ordered, ordered, unordered, unordered]);
    }
}
