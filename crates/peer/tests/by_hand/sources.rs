//! Sources that come and go in a long call.

use std::time::Duration;

use strata_core::{Datagram, Endpoint as _, Path};
use strata_rtp::{Ssrc, rtcp};

use crate::wire::{AUDIO, Call, call, config, media, rtp};

const MOMENT: Duration = Duration::from_millis(1);

/// How long a source that said goodbye is remembered.
const STRAGGLERS: Duration = Duration::from_secs(2);

/// Opus without a name in its packets.
fn audio() -> Call {
    call(config(), &[AUDIO], |_| {})
}

pub(crate) fn bye(ssrc: u32) -> Vec<u8> {
    let mut packet = Vec::new();
    rtcp::ReceiverReport {
        ssrc: Ssrc::new(ssrc),
        reports: [].as_slice().into(),
        profile_extension: &[],
    }
    .write(&mut packet)
    .unwrap();
    rtcp::Bye {
        ssrcs: [Ssrc::new(ssrc)].as_slice().into(),
        reason: None,
    }
    .write(&mut packet)
    .unwrap();
    packet
}

/// The sources and numbers that were told of since the last time.
fn heard(pair: &mut Call) -> Vec<(u32, u16)> {
    pair.run_for(MOMENT).unwrap();
    let heard = media(&pair.a_events);
    pair.a_events.clear();
    heard
        .into_iter()
        .map(|(_, ssrc, number)| (ssrc, number))
        .collect()
}

/// Sends the next packet of a source; the datagram, as somebody on the way could have kept it.
fn speak(pair: &mut Call, ssrc: u32, number: u16) -> Vec<u8> {
    pair.b.send_rtp(rtp(ssrc, 111, number, None));
    pair.b.last_sent()
}

/// Gives the peer datagrams once more.
fn replay(pair: &mut Call, datagrams: &[Vec<u8>]) {
    let path = Path::udp(Call::A_ADDRESS, Call::B_ADDRESS);
    for datagram in datagrams {
        let now = pair.now();
        pair.a
            .handle_input(now, Datagram::new(path, &mut datagram.clone()));
    }
}

#[test]
fn three_thousand_sources_one_after_another_are_all_heard() {
    for says_bye in [true, false] {
        let mut pair = audio();
        for ssrc in 1..=3000 {
            for number in 0..3 {
                speak(&mut pair, ssrc, number);
            }
            if says_bye {
                pair.b.send_rtcp(bye(ssrc));
            }
            let expected = [0, 1, 2].map(|number| (ssrc, number));
            assert_eq!(heard(&mut pair), expected, "the {ssrc}th, {says_bye}");
            pair.run_for(Duration::from_secs(1)).unwrap();
        }
        let stats = pair.a.stats();
        assert_eq!(stats.media.packets_received, 9000);
        let forgotten = stats.srtp.unwrap().inbound.rtp.forgotten;
        // Who says goodbye is no burden on those who stay.
        let expected = if says_bye {
            (0, 0)
        } else {
            (3000 - 1024, 3000 - 512)
        };
        assert_eq!((forgotten, stats.dropped.sources), expected);
    }
}

#[test]
fn nobody_who_was_forgotten_is_replayed_and_all_may_speak_again() {
    let mut config = config();
    (config.srtp.max_streams, config.limits.sources) = (8, 8);
    let mut pair = call(config, &[AUDIO], |_| {});
    let mut kept = Vec::new();
    for ssrc in [1, 2] {
        kept.extend([0, 1, 2].map(|number| speak(&mut pair, ssrc, number)));
    }
    assert_eq!(heard(&mut pair).len(), 6);
    // One goes with a word, one without.
    pair.b.send_rtcp(bye(1));
    pair.run_for(STRAGGLERS).unwrap();
    for ssrc in 10..30 {
        speak(&mut pair, ssrc, 0);
        pair.b.send_rtcp(bye(99));
        assert_eq!(heard(&mut pair), [(ssrc, 0)]);
    }
    let before = pair.a.stats();
    assert!(before.srtp.unwrap().inbound.rtp.forgotten > 10);
    replay(&mut pair, &kept);
    assert_eq!(heard(&mut pair), []);
    let refused = pair.a.stats().dropped.rtp_unprotect - before.dropped.rtp_unprotect;
    assert_eq!(refused, 6);
    for ssrc in [1, 2] {
        speak(&mut pair, ssrc, 3);
        assert_eq!(heard(&mut pair), [(ssrc, 3)]);
    }
}

/// RFC 3550 §6.2.1: packets may arrive after the BYE of their source.
#[test]
fn stragglers_behind_a_bye_are_heard() {
    let mut pair = audio();
    speak(&mut pair, 1, 0);
    speak(&mut pair, 1, 3);
    pair.b.send_rtcp(bye(1));
    assert_eq!(heard(&mut pair), [(1, 0), (1, 3)]);
    pair.run_for(STRAGGLERS.saturating_sub(MOMENT * 2)).unwrap();
    pair.b.send_rtcp(bye(2));
    for number in [1, 2] {
        speak(&mut pair, 1, number);
    }
    assert_eq!(heard(&mut pair), [(1, 1), (1, 2)]);
}

/// Two sections with the same payload types, so that it must be known where a source belongs. `more` is said in
/// the second, `b`.
fn alike(limit: usize, more: &str) -> Call {
    let second = AUDIO.replace("a=mid:a\r\n", &format!("a=mid:b\r\n{more}"));
    let mut config = config();
    config.limits.sources = limit;
    call(config, &[AUDIO, &second], |_| {})
}

/// Sends a packet, and says in which section it was heard.
fn heard_in(pair: &mut Call, ssrc: u32, number: u16, mid: Option<&str>) -> Option<String> {
    pair.b.send_rtp(rtp(ssrc, 111, number, mid));
    pair.run_for(MOMENT).unwrap();
    let heard = media(&pair.a_events);
    pair.a_events.clear();
    heard.first().map(|(mid, ..)| mid.to_string())
}

/// Says goodbye for a source, and lets the time for its stragglers pass.
fn leave(pair: &mut Call, ssrc: u32) {
    pair.b.send_rtcp(bye(ssrc));
    pair.run_for(STRAGGLERS * 2).unwrap();
    // It is acted on with the next RTCP.
    pair.b.send_rtcp(bye(99));
    pair.run_for(STRAGGLERS * 2).unwrap();
}

/// Browsers say BYE also for an encoding that only pauses (`active` of the W3C's parameters), and do not name the
/// section again when it goes on.
#[test]
fn a_source_that_pauses_with_a_bye_keeps_its_section() {
    for (said, mid) in [("", Some("b")), ("a=ssrc:1 cname:c\r\n", None)] {
        let mut pair = alike(8, said);
        let b = Some("b".to_owned());
        assert_eq!(heard_in(&mut pair, 1, 0, mid), b, "{said:?}");
        for number in 1..4 {
            leave(&mut pair, 1);
            assert_eq!(heard_in(&mut pair, 1, number, None), b, "{said:?}");
        }
        assert_eq!(heard_in(&mut pair, 2, 0, None), None, "nobody knows it");
    }
}

#[test]
fn who_says_bye_makes_room_first_unless_it_goes_on() {
    for goes_on in [false, true] {
        let mut pair = alike(2, "");
        assert!(heard_in(&mut pair, 1, 0, Some("b")).is_some());
        pair.b.send_rtcp(bye(1));
        assert!(heard_in(&mut pair, 2, 0, Some("b")).is_some());
        if goes_on {
            assert!(heard_in(&mut pair, 1, 1, None).is_some());
        }
        pair.run_for(STRAGGLERS * 2).unwrap();
        leave(&mut pair, 99);
        assert!(heard_in(&mut pair, 3, 0, Some("b")).is_some());
        let known = [1, 2, 3].map(|ssrc| heard_in(&mut pair, ssrc, 9, None).is_some());
        // Of those that stayed, the one that was silent for the longest time went.
        assert_eq!(known, [goes_on, !goes_on, true]);
        let forgotten = pair.a.stats().dropped.sources;
        assert_eq!(forgotten, u64::from(goes_on));
    }
}

/// RFC 9143 §9.2: what is described needs not be named.
#[test]
fn who_is_described_stays_known_however_many_others_come() {
    let mut pair = alike(4, "a=ssrc:1 cname:c\r\n");
    for ssrc in 10..30 {
        assert!(heard_in(&mut pair, ssrc, 0, Some("a")).is_some());
    }
    assert_eq!(heard_in(&mut pair, 1, 0, None), Some("b".to_owned()));
}

#[test]
fn who_pauses_while_thousands_come_and_go_is_heard_again() {
    let mut pair = audio();
    speak(&mut pair, 1, 0);
    assert_eq!(heard(&mut pair), [(1, 0)]);
    for ssrc in 2..6000 {
        speak(&mut pair, ssrc, 0);
        pair.b.send_rtcp(bye(ssrc));
        pair.run_for(Duration::from_millis(500)).unwrap();
    }
    assert_eq!(heard(&mut pair).len(), 5998);
    for number in 1..4 {
        speak(&mut pair, 1, number);
        assert_eq!(heard(&mut pair), [(1, number)]);
    }
}
