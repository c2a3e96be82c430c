#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a helper of tests"
)]

use std::time::Duration;

use strata_core::{Endpoint as _, Instant};
use strata_sctp::{
    ChannelConfig, ChannelId, Config, DataChannels, Event, MessageKind, Role, Stats,
};
use strata_sim::{LinkConfig, Pair, SeededEntropy};

pub(crate) type Channels = Pair<DataChannels, DataChannels>;

/// 100 Mbit/s and 50 ms there and back.
pub(crate) fn link() -> LinkConfig {
    LinkConfig::new()
        .rate(100_000_000)
        .delay(Duration::from_millis(25))
        .queue_bytes(1 << 20)
}

pub(crate) fn engine(seed: u64, config: Config, role: Role) -> DataChannels {
    let mut channels = DataChannels::new(config, SeededEntropy::entropy(seed));
    channels.set_role(Instant::EPOCH, role);
    channels
}

/// Two ends, `a` the DTLS client, neither connected.
pub(crate) fn pair_with(link: LinkConfig, seed: u64, config: &Config) -> Channels {
    let a = engine(seed * 2, config.clone(), Role::Client);
    let b = engine(seed * 2 + 1, config.clone(), Role::Server);
    Pair::new(a, b, link, seed)
}

/// Two ends that connect both at once, as in WebRTC.
pub(crate) fn connecting(link: LinkConfig, seed: u64, config: &Config) -> Channels {
    let mut pair = pair_with(link, seed, config);
    let now = pair.now();
    pair.a.connect(now);
    pair.b.connect(now);
    pair
}

/// Two connected ends and a channel between them, as `a` and as `b` name it.
pub(crate) fn connected(
    link: LinkConfig,
    seed: u64,
    config: &Config,
    channel: ChannelConfig,
) -> (Channels, ChannelId, ChannelId) {
    let mut pair = connecting(link, seed, config);
    let now = pair.now();
    let a = pair.a.open(now, channel).unwrap();
    pair.run_until(|pair| opened(&pair.a_events).is_some() && opened(&pair.b_events).is_some())
        .unwrap();
    let b = opened(&pair.b_events).unwrap();
    pair.a_events.clear();
    pair.b_events.clear();
    (pair, a, b)
}

pub(crate) fn opened(events: &[(Instant, Event)]) -> Option<ChannelId> {
    events.iter().find_map(|(_, event)| match event {
        Event::ChannelOpened { id, .. } => Some(*id),
        _ => None,
    })
}

/// Everything that an end has to send now.
pub(crate) fn packets(now: Instant, from: &mut DataChannels) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        let mut out = Vec::new();
        if from.poll_transmit(now, &mut out).is_none() {
            return all;
        }
        all.push(out);
    }
}

/// The messages among events, text as it is.
pub(crate) fn messages(events: &[(Instant, Event)]) -> Vec<(MessageKind, Vec<u8>)> {
    let messages = events.iter().filter_map(|(_, event)| match event {
        Event::Message { kind, data, .. } => Some((*kind, data.to_vec())),
        _ => None,
    });
    messages.collect()
}

/// Nothing that one end sent was found wanting by the other.
pub(crate) fn nothing_dropped(stats: &Stats) {
    assert_eq!(stats.dropped, strata_sctp::Dropped::default());
    assert_eq!(stats.invalid_dcep, 0);
    assert_eq!(stats.no_channel, 0);
}

/// How many messages are among events.
pub(crate) fn count(events: &[(Instant, Event)]) -> usize {
    let is_message = |(_, event): &&(Instant, Event)| matches!(event, Event::Message { .. });
    events.iter().filter(is_message).count()
}
