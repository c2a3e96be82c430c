//! The rules of every engine, on random schedules.
#![cfg(test)]

use std::time::Duration;

use strata_core::{Entropy, Instant};
use strata_sctp::{
    Association, ChannelConfig, Config, DataChannels, Limits, MessageKind, Outgoing, Ppid,
    Reliability, Role, Stats, StreamId, wire::seal,
};
use strata_sim::{
    START,
    contract::{Check, Coverage, sum},
};

/// Limits so small that they are reached.
fn config() -> Config {
    let mut limits = Limits::default();
    limits.send_buffer = BUFFER_BYTES;
    limits.receive_buffer = BUFFER_BYTES;
    limits.channels = 32;
    limits.channel_names = 8192;
    limits.unclaimed = 8192;
    limits.events = 256;
    let mut config = Config::default();
    config.limits = limits;
    config
}

const BUFFER_BYTES: usize = 64 * 1024;

/// What two ends may hold: their four buffers, and 64 KiB each for the rest.
const HEAP_BYTES: i64 = 4 * 64 * 1024 + 2 * 64 * 1024;

/// Gives what was forged the ports and the tag that its receiver knows, a first chunk that fits in, and a checksum
/// (RFC 9260 §3.1, §3.2, §6.8). What ends an association gets them rarely, so that some live long.
fn repair(honest: &[u8], packet: &mut [u8]) {
    let ends = matches!(packet.get(12), Some(6 | 7 | 8 | 14));
    if packet.len() < 20 || (ends && packet.iter().fold(0, |sum, byte| sum ^ byte) % 8 != 0) {
        return;
    }
    if let Some(common) = honest.get(..8) {
        packet[..8].copy_from_slice(common);
    }
    match packet[12] {
        // A fragment out of place is the end too: DATA is a whole message.
        0 => packet[13] |= 3,
        // So is the acknowledgement of what was never sent.
        3 => match honest.get(12..20) {
            Some([3, .., a, b, c, d]) => packet[16..20].copy_from_slice(&[*a, *b, *c, *d]),
            Some(_) | None => return,
        },
        // RFC 9260 §8.5.1: an INIT has no tag.
        1 => packet[4..8].fill(0),
        _ => {}
    }
    let (length, rest) = (
        u16::from_be_bytes([packet[14], packet[15]]),
        packet.len() - 12,
    );
    if length < 4 || usize::from(length) > rest {
        let rest = u16::try_from(rest).unwrap();
        packet[14..16].copy_from_slice(&rest.to_be_bytes());
    }
    packet[8..12].fill(0);
    seal(packet, 0);
}

/// The type of the first chunk (RFC 9260 §3.2).
fn kind(packet: &[u8]) -> String {
    let name = match packet.get(12) {
        Some(0) => "DATA",
        Some(1) => "INIT",
        Some(2) => "INIT ACK",
        Some(3) => "SACK",
        Some(4) => "HEARTBEAT",
        Some(5) => "HEARTBEAT ACK",
        Some(6) => "ABORT",
        Some(7) => "SHUTDOWN",
        Some(8) => "SHUTDOWN ACK",
        Some(9) => "ERROR",
        Some(10) => "COOKIE ECHO",
        Some(11) => "COOKIE ACK",
        Some(14) => "SHUTDOWN COMPLETE",
        Some(130) => "RE-CONFIG",
        Some(192) => "FORWARD TSN",
        Some(_) | None => "other",
    };
    name.to_owned()
}

/// What had no room has come past the door, and so have parts of packets that are used otherwise.
fn refused(stats: &Stats) -> u64 {
    let dropped = &stats.dropped;
    sum(dropped) - dropped.receive_buffer_full - dropped.replies
}

fn assert_hostile(coverage: &Coverage) {
    coverage
        .accepted_both_ways(&[
            "DATA",
            "SACK",
            "INIT",
            "COOKIE ACK",
            "ERROR",
            "RE-CONFIG",
            "SHUTDOWN",
        ])
        .unwrap();
    for kind in [
        "INIT ACK",
        "COOKIE ECHO",
        "ABORT",
        "SHUTDOWN ACK",
        "SHUTDOWN COMPLETE",
    ] {
        assert!(coverage.accepted[kind].honest > 0, "{kind}: {coverage:?}");
    }
    assert!(coverage.accepted["FORWARD TSN"].forged > 0, "{coverage:?}");
    assert!(
        coverage.past_the_door * 20 > coverage.forged,
        "{coverage:?}"
    );
    assert!(coverage.longest_flood > 3000, "{coverage:?}");
    assert!(coverage.closed > 0 && coverage.timeouts > 0, "{coverage:?}");
}

fn heap(work: &mut dyn FnMut()) -> i64 {
    allocation_counter::measure(work).bytes_current
}

fn channels(entropy: &mut Entropy, role: Role) -> DataChannels {
    let mut channels = DataChannels::new(config(), entropy.fork());
    channels.set_role(START, role);
    channels.connect(START);
    channels
}

fn use_channels(channels: &mut DataChannels, now: Instant, dice: &mut Entropy) {
    let ids: Vec<_> = channels.ids().collect();
    match dice.below(12) {
        0 if ids.len() < 20 => {
            let config = ChannelConfig::new("x")
                .with_unordered(dice.below(2) == 0)
                .with_reliability(match dice.below(3) {
                    0 => Reliability::Reliable,
                    1 => Reliability::MaxRetransmits(1),
                    _ => Reliability::MaxLifetime(Duration::from_millis(100)),
                });
            let _ = channels.open(now, config);
        }
        1 => {
            if let Some(channel) = ids.first().and_then(|id| channels.channel(*id)) {
                channel.close(now);
            }
        }
        2..=6 => {
            for id in ids {
                if let Some(mut channel) = channels.channel(id) {
                    let size = usize::try_from(dice.below(5000)).unwrap_or(1);
                    let _ = channel.send(now, MessageKind::Binary, vec![7; size]);
                }
            }
        }
        7 if dice.below(40) == 0 => channels.shutdown(now),
        8 if dice.below(40) == 0 => channels.abort(now),
        9 if dice.below(100) == 0 => channels.suspend(now),
        10 => channels.resume(now),
        11 if dice.below(100) == 0 => channels.path_changed(now, dice.below(2) == 0),
        _ => {}
    }
}

#[test]
fn data_channels_keep_the_contract() {
    let state = |channels: &DataChannels| {
        let association = channels.association();
        let state = if channels.is_closed() {
            "closed"
        } else if association.is_closing() {
            "closing"
        } else if association.is_connected() {
            "connected"
        } else {
            "connecting"
        };
        state.to_owned()
    };
    let make = |entropy: &mut Entropy| {
        (
            channels(entropy, Role::Client),
            channels(entropy, Role::Server),
        )
    };
    let coverage = Check::new(make)
        .drive(|a, b, now, dice| {
            use_channels(a, now, dice);
            use_channels(b, now, dice);
        })
        .repair(|forgery, packet| repair(forgery.honest, packet))
        .dropped(|a| refused(a.stats()), |b| refused(b.stats()))
        .states(state, state)
        .kinds(kind)
        .undrained(64)
        .heap(HEAP_BYTES, heap)
        .run()
        .unwrap_or_else(|failure| panic!("{failure}"));
    assert_hostile(&coverage);
    for event in ["ChannelOpened", "Message", "ChannelClosed"] {
        assert!(coverage.event(event) > 10, "{coverage:?}");
    }
    for state in ["connecting", "connected", "closing", "closed"] {
        assert!(coverage.states.contains(state), "{coverage:?}");
    }
}

#[test]
fn associations_keep_the_contract() {
    let state = |association: &Association| {
        let state = if association.is_closing() {
            "closing"
        } else if association.is_connected() {
            "connected"
        } else {
            "connecting"
        };
        state.to_owned()
    };
    let make = |entropy: &mut Entropy| {
        let mut a = Association::new(config(), entropy.fork());
        let b = Association::new(config(), entropy.fork());
        a.connect(START);
        (a, b)
    };
    let coverage = Check::new(make)
        .drive(|a, b, now, dice| {
            for side in [a, b] {
                let stream = StreamId::new(dice.u16() % 4);
                // A few, so that some are skipped: a chunk that was given up costs more than it is charged.
                let reliability = match dice.below(20) {
                    0 => Reliability::MaxRetransmits(0),
                    _ => Reliability::Reliable,
                };
                let message = Outgoing::reliable(Ppid::BINARY, vec![1; 3000].into())
                    .with_ordered(dice.below(2) == 0)
                    .with_reliability(reliability);
                match dice.below(30) {
                    0 => side.reset_stream(now, stream),
                    1 if dice.below(30) == 0 => side.shutdown(now),
                    2 if dice.below(100) == 0 => side.suspend(now),
                    3 => side.resume(now),
                    4 if dice.below(50) == 0 => side.path_changed(now, dice.below(2) == 0),
                    _ => drop(side.send(now, stream, message)),
                }
            }
        })
        .repair(|forgery, packet| repair(forgery.honest, packet))
        .dropped(|a| refused(a.stats()), |b| refused(b.stats()))
        .states(state, state)
        .kinds(kind)
        .undrained(64)
        .heap(HEAP_BYTES, heap)
        .run()
        .unwrap_or_else(|failure| panic!("{failure}"));
    assert_hostile(&coverage);
    for event in ["Connected", "Message", "Closed"] {
        assert!(coverage.event(event) > 10, "{coverage:?}");
    }
    for state in ["connecting", "connected", "closing"] {
        assert!(coverage.states.contains(state), "{coverage:?}");
    }
}
