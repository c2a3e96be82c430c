//! How channels and associations end.

#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

use std::time::Duration;

use strata_core::{Endpoint as _, Instant};
use strata_sctp::wire::CauseCode;
use strata_sctp::{
    ChannelConfig, ChannelState, CloseReason, Config, Event, MessageKind, OpenError, SendError,
    StreamId,
};
use support::{Channels, connected, connecting, count, link, messages};

fn closed(events: &[(Instant, Event)]) -> bool {
    events
        .iter()
        .any(|(_, event)| matches!(event, Event::ChannelClosed { .. }))
}

fn reason(events: &[(Instant, Event)]) -> Option<CloseReason> {
    match events.last() {
        Some((_, Event::Closed { reason })) => Some(*reason),
        _ => None,
    }
}

fn simple(seed: u64) -> (Channels, strata_sctp::ChannelId, strata_sctp::ChannelId) {
    connected(link(), seed, &Config::default(), ChannelConfig::new("x"))
}

/// RFC 8831 §6.7: all messages are delivered before the stream is reset.
#[test]
fn a_closed_channel_delivers_first_and_ends_on_both_sides() {
    let (mut pair, a, b) = simple(1);
    let now = pair.now();
    let mut channel = pair.a.channel(a).unwrap();
    channel
        .send(now, MessageKind::Binary, vec![9; 100_000])
        .unwrap();
    channel.close(now);
    let refused = pair
        .a
        .channel(a)
        .unwrap()
        .send(now, MessageKind::Text, "late");
    assert_eq!(refused, Err(SendError::Closed));
    assert_eq!(pair.a.channel(a).unwrap().state(), ChannelState::Closing);
    pair.run_until(|pair| closed(&pair.a_events) && closed(&pair.b_events))
        .unwrap();
    assert_eq!(
        messages(&pair.b_events),
        [(MessageKind::Binary, vec![9; 100_000])]
    );
    assert!(pair.a.channel(a).is_none() && pair.b.channel(b).is_none());
    assert!(pair.a.is_connected());
}

/// RFC 8831 §6.7: "Streams are available for reuse after a reset has been performed".
#[test]
fn a_stream_number_is_used_again_after_closing() {
    let (mut pair, mut a, _) = simple(2);
    for round in 0..5 {
        let now = pair.now();
        pair.a.channel(a).unwrap().close(now);
        pair.run_until(|pair| closed(&pair.a_events) && closed(&pair.b_events))
            .unwrap();
        pair.a_events.clear();
        pair.b_events.clear();
        let now = pair.now();
        a = pair.a.open(now, ChannelConfig::new("again")).unwrap();
        let mut channel = pair.a.channel(a).unwrap();
        assert_eq!(channel.stream(), Some(StreamId::new(0)));
        channel
            .send(now, MessageKind::Text, format!("{round}"))
            .unwrap();
        pair.run_until(|pair| count(&pair.b_events) == 1).unwrap();
    }
}

#[test]
fn both_sides_closing_at_once_is_one_closing() {
    let lossy = link().loss(0.2);
    for seed in 10..30 {
        let (mut pair, a, b) = connected(lossy, seed, &Config::default(), ChannelConfig::new("x"));
        let now = pair.now();
        pair.a.channel(a).unwrap().close(now);
        pair.b.channel(b).unwrap().close(now);
        pair.run_until(|pair| closed(&pair.a_events) && closed(&pair.b_events))
            .unwrap();
    }
}

/// RFC 9260 §9.2: SHUTDOWN once nothing is outstanding.
#[test]
fn shutdown_delivers_everything_and_ends_both_sides() {
    for seed in 30..50 {
        let lossy = link().loss(0.05);
        let (mut pair, a, b) = connected(lossy, seed, &Config::default(), ChannelConfig::new("x"));
        let now = pair.now();
        pair.a
            .channel(a)
            .unwrap()
            .send(now, MessageKind::Binary, vec![1; 50_000])
            .unwrap();
        pair.b
            .channel(b)
            .unwrap()
            .send(now, MessageKind::Binary, vec![2; 50_000])
            .unwrap();
        pair.a.shutdown(now);
        assert_eq!(
            pair.a.open(now, ChannelConfig::new("y")),
            Err(OpenError::Closed)
        );
        pair.run_until_idle().unwrap();
        assert_eq!(count(&pair.b_events), 1);
        assert_eq!(count(&pair.a_events), 1);
        assert_eq!(reason(&pair.a_events), Some(CloseReason::Shutdown));
        // The last packet, SHUTDOWN COMPLETE, is sent once; if it is lost the other side times out.
        let b = reason(&pair.b_events).unwrap();
        assert!(
            matches!(b, CloseReason::Shutdown | CloseReason::Timeout),
            "{b:?}"
        );
    }
}

/// RFC 9260 §9.1: an ABORT is answered by nothing.
#[test]
fn an_abort_ends_both_sides_at_once() {
    let (mut pair, _, _) = simple(3);
    let now = pair.now();
    pair.a.abort(now);
    pair.run_until_idle().unwrap();
    assert_eq!(reason(&pair.a_events), Some(CloseReason::Aborted));
    let cause = Some(CauseCode::USER_INITIATED_ABORT);
    assert_eq!(
        reason(&pair.b_events),
        Some(CloseReason::AbortedByPeer(cause))
    );
    assert_eq!(pair.now() - now, pair.b_events.last().unwrap().0 - now);
    assert_eq!(pair.b.poll_timeout(), None);
}

/// RFC 9260 §8.1: a peer that does not acknowledge is given up.
#[test]
fn a_dead_path_ends_in_a_timeout() {
    let (mut pair, a, _) = simple(4);
    pair.cut();
    let now = pair.now();
    pair.a
        .channel(a)
        .unwrap()
        .send(now, MessageKind::Text, "hello")
        .unwrap();
    pair.run_until(|pair| reason(&pair.a_events).is_some())
        .unwrap();
    assert_eq!(reason(&pair.a_events), Some(CloseReason::Timeout));
}

/// RFC 9260 §8.1, §8.3: unanswered HEARTBEATs count.
#[test]
fn an_idle_association_notices_a_dead_peer_by_heartbeats() {
    let (mut pair, _, _) = simple(5);
    pair.run_for(Duration::from_mins(5)).unwrap();
    assert!(pair.a.is_connected() && pair.b.is_connected());
    let sent = pair.a.stats().sent.packets;
    assert!((10..40).contains(&sent), "{sent}");
    pair.cut();
    // Eleven intervals of 30 s, and of an RTO that doubles up to a minute, up to two and a half times.
    pair.run_for(Duration::from_mins(19)).unwrap();
    assert_eq!(reason(&pair.a_events), Some(CloseReason::Timeout));
    assert_eq!(reason(&pair.b_events), Some(CloseReason::Timeout));
}

/// RFC 9260 §8.3: a HEARTBEAT goes out once per `HB.interval` and RTO, whether the last one was answered or
/// not, so that an idle association outlives what ICE takes to find another path.
#[test]
fn an_idle_association_survives_a_minute_without_a_path() {
    let (mut pair, _, b) = simple(7);
    pair.run_for(Duration::from_secs(29)).unwrap();
    let sent = pair.a.stats().sent.packets;
    pair.cut();
    pair.run_for(Duration::from_mins(1)).unwrap();
    let lost = pair.a.stats().sent.packets - sent;
    assert!((1..=2).contains(&lost), "{lost} packets");
    pair.restore();
    let now = pair.now();
    pair.b
        .channel(b)
        .unwrap()
        .send(now, MessageKind::Text, "still there")
        .unwrap();
    pair.run_for(Duration::from_secs(1)).unwrap();
    assert_eq!(count(&pair.a_events), 1);
}

/// RFC 8831 §6.5: who picks the stream of an existing channel fails.
#[test]
fn negotiated_channels_open_with_the_association() {
    let mut pair = connecting(link(), 6, &Config::default());
    let now = pair.now();
    let config = ChannelConfig::new("n").with_negotiated(StreamId::new(7));
    let a = pair.a.open(now, config.clone()).unwrap();
    assert_eq!(
        pair.a.open(now, config.clone()),
        Err(OpenError::StreamUnavailable)
    );
    let b = pair.b.open(now, config).unwrap();
    pair.a
        .channel(a)
        .unwrap()
        .send(now, MessageKind::Text, "early")
        .unwrap();
    pair.run_until(|pair| count(&pair.b_events) == 1).unwrap();
    assert!(
        support::opened(&pair.a_events) == Some(a) && support::opened(&pair.b_events) == Some(b)
    );
}
