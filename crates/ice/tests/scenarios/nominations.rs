//! The other side nominates one pair after the other.

use core::time::Duration;

use strata_core::{Endpoint as _, Instant};
use strata_ice::{IceOptions, Role, State};
use strata_stun::{
    Attribute, AttributeError, AttributeType, IceControlling, Message, MessageWriter,
    TransactionId, UseCandidate, XorMappedAddress,
};

use crate::{
    bench::{Bench, success},
    scene::{A, address, at, ms},
};

/// The candidate of the higher priority, and the other one.
const P: &str = "192.0.2.2:1";
const Q: &str = "192.0.2.3:2";
/// How long an answer takes.
const ROUND_TRIP: u64 = 30;

/// A controlled agent, and the other side, of which one address is alive at a time.
struct Moving {
    bench: Bench,
    now: u64,
    alive: &'static str,
    /// Answers on their way: when they arrive, where they come from, and their bytes.
    answers: Vec<(u64, String, Vec<u8>)>,
}

impl Moving {
    fn new(options: IceOptions) -> Self {
        let mut bench = Bench::new(Role::Controlled);
        let now = at(ms(0));
        bench.agent.set_remote_options(now, options).unwrap();
        bench.signal();
        for (address, priority) in [(P, 2_000_000_000), (Q, 1_000_000_000)] {
            bench.add_remote(0, address, priority);
        }
        Self {
            bench,
            now: 0,
            alive: P,
            answers: Vec::new(),
        }
    }

    /// A check on the pair that is alive, which nominates it.
    fn nominate(&mut self) {
        let check = self
            .bench
            .check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
        self.bench.give(self.now, self.alive, &check);
    }

    fn run_for(&mut self, millis: u64) {
        for _ in 0..millis {
            self.bench.agent.handle_timeout(at(ms(self.now)));
            for (to, bytes) in self.bench.requests(self.now) {
                if to == self.alive {
                    let request = Message::parse(&bytes).unwrap();
                    let answer = success(&request, &XorMappedAddress(address(A)));
                    self.answers.push((self.now + ROUND_TRIP, to, answer));
                }
            }
            let now = self.now;
            let alive = self.alive;
            let (due, later) = std::mem::take(&mut self.answers)
                .into_iter()
                .partition(|(when, _, _)| *when <= now);
            self.answers = later;
            for (_, from, answer) in due {
                if from == alive {
                    self.bench.give(now, &from, &answer);
                }
            }
            self.now += 1;
        }
    }

    fn selected(&self) -> String {
        self.bench.agent.selected_path().unwrap().remote.to_string()
    }
}

fn options(of: impl FnOnce(&mut IceOptions)) -> IceOptions {
    let mut options = IceOptions::default();
    of(&mut options);
    options
}

/// Data follows within one round trip and Ta, there and back again, whatever the priorities of the pairs are, and
/// whatever kind of implementation the other side is.
#[test]
fn each_nomination_is_followed_while_the_other_pair_is_dead() {
    let kinds = [
        options(|_| {}),
        options(|options| options.ice2 = true),
        options(|options| {
            options.ice2 = true;
            options.renomination = true;
        }),
    ];
    for kind in kinds {
        let mut moving = Moving::new(kind);
        moving.nominate();
        moving.run_for(1_000);
        assert_eq!(moving.selected(), P);
        for step in 0..12 {
            moving.run_for(9_000);
            moving.alive = if step % 2 == 0 { Q } else { P };
            moving.nominate();
            moving.run_for(ROUND_TRIP + 50);
            assert_eq!(moving.selected(), moving.alive, "{kind:?} {step}");
            moving.run_for(1_000 - ROUND_TRIP - 50);
            assert_eq!(moving.selected(), moving.alive, "{kind:?} {step}");
            assert_eq!(moving.bench.agent.state(), State::Completed);
        }
    }
}

/// RFC 5245 §8.1.1.2: an aggressive implementation nominates every pair that works, and the best of them is used.
#[test]
fn of_all_that_an_aggressive_peer_nominates_the_best_is_used() {
    let mut bench = Bench::signalled(Role::Controlled);
    for (address, priority) in [(P, 2_000_000_000), (Q, 1_000_000_000)] {
        bench.add_remote(0, address, priority);
    }
    bench.answer_until(0, 200);
    let mut now = 200;
    for _ in 0..20 {
        for from in [Q, P] {
            let check = bench.check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
            bench.give(now, from, &check);
            bench.answer_until(now, now + 100);
            now += 100;
        }
        assert_eq!(bench.agent.selected_path().unwrap().remote, address(P));
        bench.answer_until(now, now + 3_000);
        now += 3_000;
    }
}

/// RFC 8445 §8.1.1: a side that says `ice2` nominates one pair. If it does it again, the latest counts; but a copy of an
/// earlier check says nothing new.
#[test]
fn a_copy_of_an_earlier_nomination_changes_nothing() {
    let mut moving = Moving::new(options(|options| options.ice2 = true));
    let bench = &mut moving.bench;
    bench.answer_until(0, 200);
    let mut checks = Vec::new();
    for from in [P, Q] {
        let check = bench.check(|writer| writer.push(&IceControlling(1)).push(&UseCandidate));
        bench.give(300, from, &check);
        bench.answer_until(300, 400);
        assert_eq!(bench.agent.selected_path().unwrap().remote, address(from));
        checks.push(check);
    }
    bench.give(500, P, &checks[0]);
    bench.answer_until(500, 600);
    assert_eq!(bench.agent.selected_path().unwrap().remote, address(Q));
}

/// NOMINATION, as browsers write it.
struct Nomination(u32);

impl Attribute<'_> for Nomination {
    const TYPE: AttributeType = AttributeType::new(0xC001);

    fn parse(value: &[u8], _: TransactionId) -> Result<Self, AttributeError> {
        let value = value.try_into().map_err(|_| AttributeError::NotUtf8)?;
        Ok(Self(u32::from_be_bytes(value)))
    }

    fn write(&self, _: TransactionId, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
}

/// draft-thatcher-ice-renomination-01 §4: the largest value counts, in whatever order they come. Where it was not
/// agreed on, the attribute says nothing.
#[test]
fn the_largest_nomination_counts_where_both_sides_have_agreed_on_it() {
    for agreed in [true, false] {
        let mut moving = Moving::new(options(|options| {
            options.ice2 = true;
            options.renomination = agreed;
        }));
        let bench = &mut moving.bench;
        bench.answer_until(0, 200);
        let nominate = |bench: &mut Bench, from: &str, value: u32| {
            let check = bench.check(|writer: MessageWriter<'_>| {
                writer.push(&IceControlling(1)).push(&Nomination(value))
            });
            bench.give(300, from, &check);
            bench.answer_until(300, 350);
            bench.agent.selected_path().unwrap().remote.to_string()
        };
        let selected = [(Q, 2), (P, 1), (P, 3)].map(|(from, value)| nominate(bench, from, value));
        assert_eq!(selected, if agreed { [Q, Q, P] } else { [P, P, P] });
        let state = bench.agent.state();
        assert_eq!(state == State::Completed, agreed);
    }
}

/// Where it was not agreed on, the latest nomination counts, whatever the values are.
#[test]
fn values_say_nothing_where_they_were_not_agreed_on() {
    let mut moving = Moving::new(options(|options| options.ice2 = true));
    let bench = &mut moving.bench;
    bench.answer_until(0, 200);
    for (from, value) in [(Q, 5), (P, 1)] {
        let check = bench.check(|writer: MessageWriter<'_>| {
            writer
                .push(&IceControlling(1))
                .push(&UseCandidate)
                .push(&Nomination(value))
        });
        bench.give(300, from, &check);
        bench.answer_until(300, 350);
        assert_eq!(bench.agent.selected_path().unwrap().remote, address(from));
    }
}

/// A pair whose candidates have the same foundation as a dead one does not wait for that: mediasoup gives the same one
/// to all of its candidates.
#[test]
fn a_dead_first_candidate_costs_one_round_trip_and_ta_whatever_the_foundations_are() {
    for role in [Role::Controlling, Role::Controlled] {
        let mut bench = Bench::signalled(role);
        bench.add_remote(0, P, 2_000_000_000);
        bench.add_remote(0, Q, 1_000_000_000);
        let mut answers: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut selected: Option<Instant> = None;
        for now in 0..2_000 {
            bench.agent.handle_timeout(at(ms(now)));
            for (to, bytes) in bench.requests(now) {
                if to == Q {
                    let request = Message::parse(&bytes).unwrap();
                    let answer = success(&request, &XorMappedAddress(address(A)));
                    answers.push((now + ROUND_TRIP, answer));
                }
            }
            for (_, answer) in answers.extract_if(.., |(when, _)| *when <= now) {
                bench.give(now, Q, &answer);
            }
            if bench.agent.selected_path().is_some() {
                selected.get_or_insert_with(|| at(ms(now)));
            }
        }
        let took: Duration = selected.unwrap() - at(ms(0));
        assert_eq!(took, ms(50 + ROUND_TRIP));
    }
}
