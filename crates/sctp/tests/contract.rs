//! The rules of every engine, on random schedules.

#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

use std::time::Duration;

use strata_core::{Entropy, Instant};
use strata_sctp::{
    Association, AssociationEvent, ChannelConfig, Config, DataChannels, MessageKind, Outgoing,
    Ppid, Reliability, Role, StreamId,
};
use strata_sim::{START, contract::Check};

fn channels(entropy: &mut Entropy, role: Role) -> DataChannels {
    let mut channels = DataChannels::new(Config::default(), entropy.fork());
    channels.set_role(START, role);
    channels.connect(START);
    channels
}

fn use_channels(channels: &mut DataChannels, now: Instant, dice: &mut Entropy) {
    let ids: Vec<_> = channels.ids().collect();
    match dice.below(12) {
        0 if ids.len() < 20 => {
            let config = ChannelConfig {
                unordered: dice.below(2) == 0,
                reliability: match dice.below(3) {
                    0 => Reliability::Reliable,
                    1 => Reliability::MaxRetransmits(1),
                    _ => Reliability::MaxLifetime(Duration::from_millis(100)),
                },
                ..ChannelConfig::new("x")
            };
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
        _ => {}
    }
}

#[test]
fn data_channels_keep_the_contract() {
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
        .run()
        .unwrap_or_else(|failure| panic!("{failure}"));
    assert!(coverage.closed > 0 && coverage.timeouts > 0 && coverage.events > 100);
}

#[test]
fn associations_keep_the_contract() {
    let make = |entropy: &mut Entropy| {
        let mut a = Association::new(Config::default(), entropy.fork());
        let b = Association::new(Config::default(), entropy.fork());
        a.connect(START);
        (a, b)
    };
    let coverage = Check::new(make)
        .drive(|a, b, now, dice| {
            for side in [a, b] {
                let stream = StreamId::new(dice.u16() % 4);
                let message = Outgoing {
                    ordered: dice.below(2) == 0,
                    ..Outgoing::reliable(Ppid::BINARY, vec![1; 3000].into())
                };
                match dice.below(30) {
                    0 => side.reset_stream(now, stream),
                    1 if dice.below(30) == 0 => side.shutdown(now),
                    _ => drop(side.send(now, stream, message)),
                }
            }
        })
        .run()
        .unwrap_or_else(|failure| panic!("{failure}"));
    assert!(coverage.closed > 0 && coverage.timeouts > 0 && coverage.events > 100);
    let _ = AssociationEvent::Connected;
}
