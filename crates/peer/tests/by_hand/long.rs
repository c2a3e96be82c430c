//! What a peer holds on the heap during a long call.
//!
//! In an hour of virtual time with small tables by default; `STRATA_HOURS=24` makes it as many hours with those
//! that are the default.

use std::time::Duration;

use allocation_counter::measure;
use strata_core::{Datagram, Endpoint, Instant, Transmit};
use strata_peer::{Config, ConnectionState, Direction, Event, MediaKind, Mid, Peer};
use strata_rtp::Ssrc;
use strata_sim::{LinkConfig, Pair};

use crate::{
    sources::bye,
    wire::{AUDIO, Offering, VIDEO, Wire, config, negotiate, rtp},
};

/// How many speak at a time. One goes and one comes every second.
const PRESENT: u32 = 20;

/// How often the other side gives up its section of video, or offers another one in its place.
const SECTIONS_CHANGE: u64 = 30;

/// A peer that counts its heap, and how many packets of media it tells of.
struct Weighed {
    peer: Peer,
    heap: i64,
    heard: u64,
    feedback: u64,
}

impl Weighed {
    /// Everything that the peer does goes through here, and nothing of what it allocates leaves.
    fn count<T>(&mut self, act: impl FnOnce(&mut Peer) -> T) -> T {
        let mut result = None;
        let info = measure(|| result = Some(act(&mut self.peer)));
        self.heap += info.bytes_current;
        result.unwrap()
    }
}

impl Endpoint for Weighed {
    type Input<'a> = Datagram<'a>;
    type Transmit = Transmit;
    type Event = ();

    fn handle_input(&mut self, now: Instant, datagram: Datagram<'_>) {
        self.count(|peer| peer.handle_input(now, datagram));
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.count(|peer| peer.handle_timeout(now));
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        out.reserve(2048);
        self.count(|peer| peer.poll_transmit(now, out))
    }

    fn poll_event(&mut self) -> Option<()> {
        let told = self.count(|peer| {
            let event = peer.poll_event();
            event.map(|event| match event {
                Event::MediaPacket { .. } => (1, 0),
                Event::Rtcp { .. } | Event::KeyframeRequested { .. } => (0, 1),
                Event::Closed { reason } => panic!("{reason}"),
                _ => (0, 0),
            })
        });
        let (media, feedback) = told?;
        self.heard += media;
        self.feedback += feedback;
        Some(())
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.peer.poll_timeout()
    }
}

type Call = Pair<Weighed, Wire>;

fn connected(config: Config) -> Call {
    let mut offering = None;
    let info = measure(|| {
        let mut new = Offering::new(config);
        for kind in [MediaKind::Audio, MediaKind::Video] {
            new.peer.add_transceiver(kind, Direction::SendRecv).unwrap();
        }
        offering = Some(new);
    });
    let mut offering = offering.unwrap();
    let wire_too = measure(|| {
        let [audio, video] = sections(0);
        offering.exchange(&[&audio, &video]);
    });
    // That of the other side is there, too, and stays as it is: the more is asked of the peer.
    let heap = info.bytes_current + wire_too.bytes_current;
    let (peer, wire) = offering.into_parts();
    let weighed = Weighed {
        peer,
        heap,
        heard: 0,
        feedback: 0,
    };
    let mut pair = Pair::new(weighed, wire, LinkConfig::new(), 1);
    let done = pair.run_until(|pair| {
        pair.a.peer.connection_state() == ConnectionState::Connected && pair.b.is_connected()
    });
    done.unwrap();
    pair
}

/// One second: everybody present says something, the oldest goes, with a word or without, and another comes.
fn second(pair: &mut Call, n: u32, audio: Mid) {
    for age in 0..PRESENT {
        let Some(ssrc) = (n + PRESENT)
            .checked_sub(age)
            .filter(|ssrc| *ssrc > PRESENT)
        else {
            continue;
        };
        let number = u16::try_from(age).unwrap();
        let mid = (age == 0).then_some("a");
        pair.b.send_rtp(rtp(ssrc, 111, number, mid));
    }
    if n.is_multiple_of(2) && n >= PRESENT {
        pair.b.send_rtcp(bye(n + 1));
    }
    let now = pair.now();
    pair.a.count(|peer| {
        let section = peer.transceivers().next().unwrap();
        let payload_type = section.codecs()[0].payload_type;
        let packet = strata_peer::OutgoingRtp::new(
            payload_type,
            strata_peer::SequenceNumber::new(u16::try_from(n & 0xffff).unwrap()),
            strata_peer::Timestamp::new(n.wrapping_mul(960)),
            bytes::Bytes::from_static(b"ours"),
        );
        peer.write_rtp(now, &audio, packet).unwrap();
        peer.request_keyframe(now, Ssrc::new(n + PRESENT)).unwrap();
    });
    pair.run_for(Duration::from_secs(1)).unwrap();
    pair.b_events.clear();
    pair.a_events.clear();
}

/// The other side's sections at this time.
fn sections(change: u64) -> [String; 2] {
    // A section that was given up is used again under another name (RFC 9429 §5.2.2).
    let name = format!("a=mid:v{}\r\n", change / 2);
    let video = VIDEO.replace("a=mid:v\r\n", &name);
    let video = if change.is_multiple_of(2) {
        video
    } else {
        video.replace("m=video 9", "m=video 0")
    };
    [AUDIO.to_owned(), video]
}

/// The last tenth of a call of many hours holds at most 5 % more than the second.
#[test]
fn memory_stays_flat_while_thousands_come_and_go() {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the test may want more"
    )]
    let hours = std::env::var("STRATA_HOURS").ok();
    let hours: Option<u64> = hours.map(|hours| hours.parse().expect("a number of hours"));
    let mut config = config();
    if hours.is_none() {
        config.limits.sources = 64;
        (config.srtp.max_streams, config.srtp.max_forgotten) = (64, 128);
    }
    let seconds = hours.unwrap_or(1) * 3600;
    let mut pair = connected(config);
    let audio: Mid = "a".parse().unwrap();
    let mut most_of_tenth = [0_i64; 10];
    for n in 0..seconds {
        if n % SECTIONS_CHANGE == 0 {
            let change = n / SECTIONS_CHANGE;
            let now = pair.now();
            let (peer, wire) = (&mut pair.a, &pair.b);
            let sections = sections(change);
            peer.count(|peer| {
                negotiate(peer, wire, now, &[&sections[0], &sections[1]]);
            });
        }
        second(&mut pair, u32::try_from(n).unwrap(), audio);
        let tenth = usize::try_from(n * 10 / seconds).unwrap();
        most_of_tenth[tenth] = most_of_tenth[tenth].max(pair.a.heap);
    }
    let (dropped, heard) = (pair.a.peer.stats().dropped, pair.a.heard);
    println!(
        "{} h: {seconds} came, {heard} packets and {} reports heard, {} forgotten; KiB in each tenth: {:?}",
        seconds / 3600,
        pair.a.feedback,
        dropped.sources,
        most_of_tenth.map(|bytes| bytes / 1024),
    );
    // The first ones come one by one. Afterwards nobody is missed.
    let absent_at_first: u32 = (1..=PRESENT).sum();
    let said = u64::from(PRESENT) * seconds - u64::from(absent_at_first);
    assert_eq!(heard, said, "packets heard, and said");
    assert!(dropped.sources > 100 || hours.is_some(), "{dropped:?}");
    let [_, second, .., last] = most_of_tenth;
    assert!(last * 100 <= second * 105, "{most_of_tenth:?}");
}
