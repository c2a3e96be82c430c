//! Calls that lose every path, and find another.

use std::time::Duration;

use strata_core::{Datagram, Endpoint as _, Instant};
use strata_peer::{
    ChannelConfig, ChannelId, CloseReason, Config, ConnectionState, Event, IceState, MessageKind,
    Peer, WriteError, ice::Verdict,
};
use strata_sim::LinkConfig;

use crate::support::{
    Call, EVERYTHING, answerer_config, call, call_with, closings, connect, connected, describe,
    messages, offerer_config, opened, packet, payload, received, sections, states, write_media,
};

const LINK: LinkConfig = LinkConfig::new().delay(Duration::from_millis(10));

const OUTAGE: Duration = Duration::from_secs(600);

/// A call with a channel that both know.
fn talking(seed: u64) -> (Call, [ChannelId; 2]) {
    let mut pair = call(EVERYTHING, LINK, seed);
    pair.run_until(|pair| opened(&pair.a_events).is_some() && opened(&pair.b_events).is_some())
        .unwrap();
    let ids = [&pair.a_events, &pair.b_events].map(|events| opened(events).unwrap());
    (pair, ids)
}

fn say(peer: &mut Peer, now: Instant, id: ChannelId, number: u16) {
    let mut channel = peer.channel(id).unwrap();
    channel
        .send(now, MessageKind::Binary, payload(number))
        .unwrap();
}

/// Both sides restart ICE, and the first says so.
fn restart(pair: &mut Call) {
    let now = pair.now();
    assert!(pair.a.restart_ice(now) && pair.b.restart_ice(now));
    describe(&mut pair.a, &mut pair.b, now);
}

fn heard(events: &[(Instant, Event)]) -> Vec<Vec<u8>> {
    let all = messages(events).into_iter();
    all.map(|(_, data)| data).collect()
}

/// How often the handshakes have been made: DTLS flights and SCTP's INITs are records and packets sent while idle.
fn handshakes(peer: &Peer) -> (u64, u64) {
    let stats = peer.stats();
    let dtls = stats.dtls.unwrap();
    (dtls.timeouts, dtls.repeats)
}

#[test]
fn ten_minutes_without_a_path_and_a_restart_lose_no_message_and_no_key() {
    for seed in 0..10 {
        let (mut pair, ids) = talking(seed);
        let (audio, _, _) = sections(&pair.a)[0];
        for n in 0..20 {
            write_media(&mut pair, n);
            pair.run_for(Duration::from_millis(20)).unwrap();
        }
        let before = [handshakes(&pair.a), handshakes(&pair.b)];
        pair.cut();
        // Some of it is under way when the path is lost, some is said without one.
        let mut said = 0..;
        for wait in [1, 10, 20, 60, 400] {
            let (now, n) = (pair.now(), said.next().unwrap());
            say(&mut pair.a, now, ids[0], n);
            say(&mut pair.b, now, ids[1], n);
            pair.run_for(Duration::from_secs(wait)).unwrap();
        }
        for (peer, state) in [(&pair.a, &pair.a_events), (&pair.b, &pair.b_events)] {
            assert_eq!(peer.ice_state(), IceState::Failed);
            assert_eq!(peer.ice_report().verdict, Verdict::ConsentLost);
            assert_eq!(peer.connection_state(), ConnectionState::Failed);
            assert_eq!(states(state).last(), Some(&ConnectionState::Failed));
        }
        pair.run_for(Duration::from_secs(109)).unwrap();
        pair.restore();
        restart(&mut pair);
        let from = pair.now();
        let back = pair
            .run_until(|pair| heard(&pair.a_events).len() == 5 && heard(&pair.b_events).len() == 5)
            .unwrap();
        assert!(back < Duration::from_secs(1), "{back:?} after {from:?}");
        for n in 20..40 {
            write_media(&mut pair, n);
            pair.run_for(Duration::from_millis(20)).unwrap();
        }
        let after = [handshakes(&pair.a), handshakes(&pair.b)];
        assert_eq!(before, after, "DTLS is what it was");
        for (peer, events) in [(&pair.a, &pair.a_events), (&pair.b, &pair.b_events)] {
            assert!(connected(peer));
            assert_eq!(heard(events), (0..5).map(payload).collect::<Vec<_>>());
            assert_eq!(received(events, audio, false), (0..40).collect::<Vec<_>>());
            assert_eq!(closings(events), []);
            let channel = |(_, event): &(_, _)| matches!(event, Event::ChannelClosed { .. });
            assert!(!events.iter().any(channel));
        }
    }
}

/// From one second to longer than any time-out there is: the call goes on where it was.
#[test]
fn no_outage_closes_a_peer() {
    for seconds in [1, 12, 29, 31, 35, 120, 3600] {
        let (mut pair, ids) = talking(seconds);
        pair.run_for(Duration::from_secs(3)).unwrap();
        pair.cut();
        let now = pair.now();
        say(&mut pair.a, now, ids[0], 1);
        pair.run_for(Duration::from_secs(seconds)).unwrap();
        for (peer, events) in [(&mut pair.a, &pair.a_events), (&mut pair.b, &pair.b_events)] {
            assert_eq!(closings(events), [], "{seconds}");
            assert!(peer.channel_ids().count() == 1, "{seconds}");
        }
        pair.restore();
        restart(&mut pair);
        pair.run_for(Duration::from_secs(15)).unwrap();
        assert!(connected(&pair.a) && connected(&pair.b), "{seconds}");
        assert_eq!(heard(&pair.b_events), [payload(1)], "{seconds}");
    }
}

/// Media that is late is of no use. Its number is not used up.
#[test]
fn media_is_refused_while_there_is_no_path() {
    let (mut pair, _) = talking(1);
    let (audio, opus, _) = sections(&pair.a)[0];
    let now = pair.now();
    pair.a
        .write_rtp(now, &audio, packet(opus, 0, false))
        .unwrap();
    pair.run_for(Duration::from_secs(1)).unwrap();
    pair.cut();
    pair.run_until(|pair| pair.a.ice_state() == IceState::Failed)
        .unwrap();
    let now = pair.now();
    let source = strata_peer::Ssrc::new(1);
    for refused in [
        pair.a.write_rtp(now, &audio, packet(opus, 1, false)),
        pair.a.request_keyframe(now, source),
        pair.a.write_nack(now, source, &[]),
    ] {
        assert_eq!(refused, Err(WriteError::NoPath));
    }
    pair.restore();
    restart(&mut pair);
    connect(&mut pair);
    let now = pair.now();
    pair.a
        .write_rtp(now, &audio, packet(opus, 1, false))
        .unwrap();
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(received(&pair.b_events, audio, false), [0, 1]);
}

fn patient(patience: Duration) -> [Config; 2] {
    [offerer_config(), answerer_config()].map(|mut config| {
        config.close_after_failed = Some(patience);
        config
    })
}

#[test]
fn a_peer_closes_as_long_after_the_failure_as_it_was_told() {
    for seconds in [0, 1, 180] {
        let patience = Duration::from_secs(seconds);
        let mut pair = call_with(patient(patience), EVERYTHING, LINK, seconds);
        connect(&mut pair);
        pair.cut();
        pair.run_for(OUTAGE).unwrap();
        for events in [&pair.a_events, &pair.b_events] {
            let failed = events
                .iter()
                .find(|(_, event)| matches!(event, Event::IceStateChanged(IceState::Failed)));
            let closed = (failed.unwrap().0 + patience, CloseReason::IceFailed);
            let (at, last) = events.last().unwrap();
            let Event::Closed { reason } = last else {
                panic!("{last:?}");
            };
            assert_eq!((*at, *reason), closed);
        }
        assert_eq!(pair.a.poll_timeout(), None);
    }
}

#[test]
fn a_restart_in_time_ends_the_wait_for_the_end() {
    let mut pair = call_with(patient(Duration::from_mins(3)), EVERYTHING, LINK, 1);
    connect(&mut pair);
    pair.cut();
    pair.run_until(|pair| {
        pair.a.ice_state() == IceState::Failed && pair.b.ice_state() == IceState::Failed
    })
    .unwrap();
    pair.run_for(Duration::from_secs(170)).unwrap();
    pair.restore();
    restart(&mut pair);
    connect(&mut pair);
    pair.run_for(OUTAGE).unwrap();
    for events in [&pair.a_events, &pair.b_events] {
        assert_eq!(closings(events), []);
    }
}

/// Wherever ICE, DTLS and SCTP were: what they had begun they end ten minutes later.
#[test]
fn a_handshake_that_loses_its_path_is_ended_when_there_is_another() {
    for after in (0..240).step_by(9) {
        let mut pair = call(EVERYTHING, LINK, after);
        pair.run_for(Duration::from_millis(after)).unwrap();
        pair.cut();
        pair.run_for(OUTAGE).unwrap();
        assert_eq!(closings(&pair.a_events), [], "{after}");
        assert_eq!(closings(&pair.b_events), [], "{after}");
        pair.restore();
        restart(&mut pair);
        connect(&mut pair);
        pair.run_until(|pair| opened(&pair.a_events).is_some() && opened(&pair.b_events).is_some())
            .unwrap();
    }
}

/// A section for data that was agreed on without a path waits for one.
#[test]
fn channels_that_are_negotiated_without_a_path_open_with_the_next() {
    let media = crate::support::Contents {
        media: true,
        data: false,
    };
    let mut pair = call(media, LINK, 1);
    connect(&mut pair);
    pair.cut();
    pair.run_for(Duration::from_mins(1)).unwrap();
    let now = pair.now();
    pair.a
        .open_channel(now, ChannelConfig::new("late"))
        .unwrap();
    describe(&mut pair.a, &mut pair.b, now);
    pair.run_for(OUTAGE).unwrap();
    pair.restore();
    restart(&mut pair);
    pair.run_until(|pair| opened(&pair.a_events).is_some() && opened(&pair.b_events).is_some())
        .unwrap();
}

/// The machine slept: what waited in the socket meanwhile does not undo what is over.
#[test]
fn what_arrives_after_the_end_was_due_comes_too_late() {
    for too_late in [false, true] {
        let mut configs = patient(Duration::from_mins(1));
        configs[1].close_after_failed = None;
        let mut pair = call_with(configs, EVERYTHING, LINK, 1);
        connect(&mut pair);
        pair.cut();
        pair.run_until(|pair| pair.a.ice_state() == IceState::Failed)
            .unwrap();
        let failed = pair.now();
        let seconds = if too_late { 3600 } else { 59 };
        let now = failed + Duration::from_secs(seconds);
        let mut datagram = vec![22; 40];
        let path = strata_core::Path::udp(Call::A_ADDRESS, Call::B_ADDRESS);
        pair.a.handle_input(now, Datagram::new(path, &mut datagram));
        assert_eq!(pair.a.stats().dropped.closed, u64::from(too_late));
    }
    // SCTP that was too late is too late.
    let mut configs = [offerer_config(), answerer_config()];
    configs[0].handshake_timeout = Duration::from_secs(5);
    let data = crate::support::Contents {
        media: false,
        data: true,
    };
    let mut pair = call_with(configs, data, LINK, 1);
    pair.run_until(|pair| connected(&pair.a)).unwrap();
    let now = pair.now() + Duration::from_secs(5);
    let mut datagrams = Vec::new();
    for step in 0..200 {
        let at = pair.now() + Duration::from_millis(step);
        pair.b.handle_timeout(at);
        let mut out = Vec::new();
        while let Some(transmit) = pair.b.poll_transmit(at, &mut out) {
            datagrams.push((transmit.path.reversed(), core::mem::take(&mut out)));
        }
    }
    for (path, datagram) in &mut datagrams {
        pair.a.handle_input(now, Datagram::new(*path, datagram));
    }
    assert!(!datagrams.is_empty());
    assert_eq!(pair.a.stats().dropped.closed, datagrams.len() as u64);
    let mut out = Vec::new();
    while pair.a.poll_transmit(now, &mut out).is_some() {}
    let told: Vec<_> = std::iter::from_fn(|| pair.a.poll_event())
        .map(|event| (now, event))
        .collect();
    let reason = CloseReason::Sctp(strata_sctp::CloseReason::ConnectTimeout);
    assert_eq!(closings(&told), [reason]);
}
