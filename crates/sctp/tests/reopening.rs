//! Channels that are closed while the next one opens, over links that lose packets: nothing may close but what
//! somebody has closed.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    reason = "helpers of tests"
)]

#[path = "support/channels.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use strata_core::{Entropy, Instant};
use strata_sctp::{
    ChannelConfig, ChannelId, CloseReason, Config, DataChannels, Event, MessageKind,
};
use strata_sim::{LinkConfig, SeededEntropy};
use support::{Channels, connecting};

const ROUNDS: u32 = 30;

/// What one side knows of the channels.
#[derive(Default)]
struct Side {
    /// The label of each channel that exists.
    labels: BTreeMap<ChannelId, String>,
    /// Labels of the channels that opened here, and of those that closed.
    opened: BTreeSet<String>,
    closed: BTreeSet<String>,
    /// What arrived, by the label of its channel.
    heard: BTreeMap<String, Vec<String>>,
    /// Why the association ended, if it did.
    over: Option<CloseReason>,
}

impl Side {
    fn take(&mut self, events: &mut Vec<(Instant, Event)>, channels: &mut DataChannels) {
        for (_, event) in events.drain(..) {
            match event {
                Event::ChannelOpened { id, .. } => {
                    // One that opens and closes in one step is known by its messages alone.
                    let label = channels
                        .channel(id)
                        .map(|channel| channel.label().to_owned());
                    if let Some(label) = label.or_else(|| self.labels.get(&id).cloned()) {
                        self.opened.insert(label.clone());
                        self.labels.insert(id, label);
                    }
                }
                Event::ChannelClosed { id } => {
                    let label = self.labels.remove(&id);
                    self.closed.insert(label.expect("it was open"));
                }
                Event::Message { id, data, .. } => {
                    let label = self.labels.get(&id).expect("it is open").clone();
                    let text = String::from_utf8(data.to_vec()).unwrap();
                    self.heard.entry(label).or_default().push(text);
                }
                Event::Closed { reason } => self.over = Some(reason),
                _ => {}
            }
        }
    }

    fn id_of(&self, label: &str) -> Option<ChannelId> {
        let found = self.labels.iter().find(|(_, known)| *known == label);
        found.map(|(id, _)| *id)
    }
}

/// A call: two ends, and what each has been told.
struct Call {
    pair: Channels,
    sides: [Side; 2],
    dice: Entropy,
    /// Labels of the channels that somebody closed.
    ended: BTreeSet<String>,
    /// What was said on each channel, by each side.
    said: [BTreeMap<String, Vec<String>>; 2],
}

impl Call {
    fn new(seed: u64, loss: f64) -> Self {
        let link = LinkConfig::new()
            .rate(20_000_000)
            .delay(Duration::from_millis(15))
            .queue_bytes(1 << 20)
            .loss(loss);
        Self {
            pair: connecting(link, seed, &Config::default()),
            sides: Default::default(),
            dice: SeededEntropy::entropy(seed),
            ended: BTreeSet::new(),
            said: Default::default(),
        }
    }

    fn end(&mut self, side: usize) -> &mut DataChannels {
        if side == 0 {
            &mut self.pair.a
        } else {
            &mut self.pair.b
        }
    }

    fn open(&mut self, side: usize, label: &str) {
        let now = self.pair.now();
        let id = self.end(side).open(now, ChannelConfig::new(label)).unwrap();
        self.sides[side].labels.insert(id, label.to_owned());
    }

    /// Says something on a channel, if it is open here.
    fn say(&mut self, side: usize, label: &str) {
        let now = self.pair.now();
        let Some(id) = self.sides[side].id_of(label) else {
            return;
        };
        let said = self.said[side].entry(label.to_owned()).or_default();
        let text = format!("{label} {side} {}", said.len());
        let end = if side == 0 {
            &mut self.pair.a
        } else {
            &mut self.pair.b
        };
        let mut channel = end.channel(id).unwrap();
        if channel.send(now, MessageKind::Text, text.clone()).is_ok() {
            said.push(text);
        }
    }

    fn close(&mut self, side: usize, label: &str) {
        let now = self.pair.now();
        let id = self.sides[side].id_of(label).expect("it is open");
        self.end(side).channel(id).unwrap().close(now);
        self.ended.insert(label.to_owned());
    }

    /// Hears what both sides were told.
    fn listen(&mut self) {
        let [a, b] = &mut self.sides;
        a.take(&mut self.pair.a_events, &mut self.pair.a);
        b.take(&mut self.pair.b_events, &mut self.pair.b);
    }

    fn is_over(&self) -> bool {
        self.sides.iter().any(|side| side.over.is_some())
    }

    fn run_until(&mut self, done: impl Fn(&[Side; 2]) -> bool) {
        let limit = self.pair.now() + Duration::from_secs(1800);
        loop {
            self.listen();
            if done(&self.sides) || self.is_over() {
                return;
            }
            assert!(self.pair.now() < limit, "it never comes");
            self.pair.step().unwrap();
        }
    }

    fn roll(&mut self, sides: u64) -> usize {
        usize::try_from(self.dice.below(sides)).unwrap()
    }

    /// Closes a channel, and opens the next at once: in the same instant, or when the end of the old one is
    /// known here or there.
    fn replace(&mut self, old: &str, new: &str) {
        let (closer, opener) = (self.roll(2), self.roll(2));
        for _ in 0..self.roll(4) {
            let side = self.roll(2);
            self.say(side, old);
        }
        self.close(closer, old);
        match self.roll(3) {
            0 => {}
            1 => self.run_until(|sides| sides[opener].closed.contains(old)),
            _ => self.run_until(|sides| sides[1 - opener].closed.contains(old)),
        }
        if self.is_over() {
            return;
        }
        self.open(opener, new);
        if self.roll(2) == 0 {
            self.say(opener, new);
        }
    }

    /// Plays the call. Returns the channels that were closed although nobody closed them.
    fn play(&mut self) -> BTreeSet<String> {
        let mut current = "0".to_owned();
        self.open(0, &current);
        for round in 1..=ROUNDS {
            let label = current.clone();
            let lost = |sides: &[Side; 2]| sides.iter().any(|side| side.closed.contains(&label));
            self.run_until(|sides| {
                sides.iter().all(|side| side.opened.contains(&label)) || lost(sides)
            });
            if self.is_over() || lost(&self.sides) {
                break;
            }
            current = round.to_string();
            self.replace(&label, &current);
        }
        self.pair.run_for(Duration::from_secs(600)).unwrap();
        self.listen();
        let closed: BTreeSet<String> = self
            .sides
            .iter()
            .flat_map(|side| side.closed.clone())
            .collect();
        closed.difference(&self.ended).cloned().collect()
    }

    /// What must hold when all is quiet: what was closed is closed on both sides, the last channel lives,
    /// and everything said on a channel before it was closed has arrived once and in order.
    fn check(&self, case: &str) {
        let last = ROUNDS.to_string();
        for (side, told) in self.sides.iter().enumerate() {
            assert_eq!(told.closed, self.ended, "closed at {side}: {case}");
            let alive: Vec<_> = told.labels.values().collect();
            assert_eq!(alive, [&last], "alive at {side}: {case}");
            assert_eq!(told.heard, self.said[1 - side], "heard by {side}: {case}");
        }
        for stats in [self.pair.a.stats(), self.pair.b.stats()] {
            assert_eq!((stats.invalid_dcep, stats.no_channel), (0, 0), "{case}");
        }
    }
}

/// How many calls are made at each rate of loss: `STRATA_SEEDS`, or a few.
#[expect(
    clippy::disallowed_methods,
    reason = "whoever runs the test may want more"
)]
fn calls() -> u64 {
    let told = std::env::var("STRATA_SEEDS").ok();
    told.map_or(5, |count| count.parse().unwrap())
}

/// RFC 6525 §5.2: a reset is carried out once, however often its request or its answer is lost.
#[test]
fn no_channel_is_closed_that_nobody_closed() {
    let mut all = 0;
    for (number, percent) in [0.5, 1.0, 2.0, 5.0, 10.0, 20.0].into_iter().enumerate() {
        let mut wrong = 0;
        for call in 0..calls() {
            let seed = u64::try_from(number).unwrap() * 100_000 + call;
            let mut it = Call::new(seed, percent / 100.0);
            let victims = it.play();
            assert!(
                !it.is_over(),
                "the association ended: {percent} % loss, seed {seed}"
            );
            if victims.is_empty() {
                it.check(&format!("{percent} % loss, seed {seed}"));
            } else {
                println!("{percent} % loss, seed {seed}: {victims:?} closed by nobody");
                wrong += 1;
            }
        }
        println!(
            "{percent:4} % loss: {} calls of {ROUNDS} closings, {wrong} lost a channel that nobody closed",
            calls()
        );
        all += wrong;
    }
    assert_eq!(all, 0);
}
