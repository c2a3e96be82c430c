//! A well-behaved engine passes; each broken one is caught, for what it does.

use super::*;
use crate::toy::{Fault, Routed, Toy};
use strata_core::Endpoint as _;

fn check_fault(fault: Fault) -> Result<Coverage, Failure> {
    Check::new(|entropy| {
        (
            Toy::broken(fault, 20, entropy.fork()),
            Toy::broken(fault, 3, entropy.fork()),
        )
    })
    .drive(|a, b, _now, dice| match dice.below(64) {
        0 => a.send(2),
        1 => b.send(2),
        2 if dice.below(8) == 0 => a.close(),
        _ => {}
    })
    .run()
}

/// What the check says of this fault.
fn caught(fault: Fault) -> Violation {
    check_fault(fault).expect_err("a broken engine").violation
}

#[test]
fn an_engine_that_keeps_the_rules_passes_and_is_exercised() {
    let coverage = check_fault(Fault::None).unwrap();
    assert!(coverage.transmits > 1000, "{coverage:?}");
    assert!(coverage.timeouts > 100, "{coverage:?}");
    assert!(coverage.early_timeouts > 1000, "{coverage:?}");
    assert!(coverage.forged > 1000, "{coverage:?}");
    assert!(coverage.batched > 100, "{coverage:?}");
    assert!(coverage.closed > 3, "{coverage:?}");
}

#[test]
fn a_routed_engine_passes() {
    check(|_| (Routed::echo(), Routed::echo()));
}

#[test]
#[should_panic(expected = "broke the contract in step 0 (again with .seed(0).schedules(1))")]
fn check_panics_with_the_seed() {
    check(|entropy| {
        let toy = Toy::broken(Fault::UndescribedBytes, 1, entropy.fork());
        (toy, Toy::new(0, entropy.fork()))
    });
}

#[test]
fn endless_drains_are_caught() {
    assert!(matches!(
        caught(Fault::EndlessTransmit),
        Violation::EndlessDrain { .. }
    ));
}

#[test]
fn drains_that_are_not_final_are_caught() {
    assert!(matches!(
        caught(Fault::TransmitAfterEvent),
        Violation::DrainNotFinal { .. }
    ));
}

#[test]
fn timeouts_that_act_early_are_caught() {
    for fault in [Fault::EarlyTimeoutSends, Fault::EarlyTimeoutMoves] {
        let violation = caught(fault);
        assert!(
            matches!(violation, Violation::EarlyTimeout { .. }),
            "{violation}"
        );
    }
}

#[test]
fn early_timeouts_that_show_only_later_are_caught() {
    let violation = caught(Fault::EarlyTimeoutCounts);
    let what = Twist::EarlyTimeouts.describe();
    assert!(
        matches!(violation, Violation::OutputsDiffer { what: found, .. } if found == what),
        "{violation}"
    );
}

#[test]
fn deadlines_in_the_past_are_caught() {
    assert!(matches!(
        caught(Fault::StaleDeadline),
        Violation::DeadlineNotLater { .. }
    ));
}

#[test]
fn panics_are_caught() {
    for fault in [Fault::PanicsOnEmpty, Fault::PanicsOnLie] {
        let violation = caught(fault);
        assert!(
            matches!(violation, Violation::Panicked { .. }),
            "{violation}"
        );
    }
}

#[test]
fn life_after_closing_is_caught() {
    for fault in [Fault::SpeaksWhenClosed, Fault::TimerWhenClosed] {
        let violation = caught(fault);
        assert!(
            matches!(violation, Violation::SpokeAfterClosing { .. }),
            "{violation}"
        );
    }
}

#[test]
fn state_outside_the_engine_is_caught() {
    assert!(matches!(
        caught(Fault::Ambient),
        Violation::OutputsDiffer { .. }
    ));
}

#[test]
fn engines_with_keys_from_elsewhere_may_differ() {
    Check::new(|entropy| {
        let a = Toy::broken(Fault::Ambient, 20, entropy.fork());
        (a, Toy::new(3, entropy.fork()))
    })
    .ring_keys()
    .run()
    .unwrap();
}

#[test]
fn writing_before_its_own_bytes_is_caught() {
    for fault in [
        Fault::ClearsOut,
        Fault::UndescribedBytes,
        Fault::EmptyTransmit,
    ] {
        let violation = caught(fault);
        assert!(matches!(violation, Violation::Append { .. }), "{violation}");
    }
    // With nothing in front it patches its own bytes: only the run with a prefix can tell.
    let violation = caught(Fault::PatchesPrefix);
    assert!(matches!(violation, Violation::Append { .. }), "{violation}");
}

#[test]
fn bytes_that_depend_on_those_in_front_are_caught() {
    let what = Twist::Prefix.describe();
    for fault in [Fault::MeasuresPrefix, Fault::ReadsPrefix] {
        let violation = caught(fault);
        assert!(
            matches!(violation, Violation::OutputsDiffer { what: found, .. } if found == what),
            "{violation}"
        );
    }
}

fn heap(work: &mut dyn FnMut()) -> i64 {
    allocation_counter::measure(work).bytes_current
}

/// The length of the rest is what the toy looks at first.
fn repair_length(_: Forgery<'_, Toy, Toy>, payload: &mut Vec<u8>) {
    // What is longer than a length can say is cut.
    payload.truncate(3 + 255);
    if let [_, _, length, body @ ..] = &mut payload[..] {
        *length = u8::try_from(body.len()).unwrap();
    }
}

fn flooded(fault: Fault) -> Check<'static, Toy, Toy> {
    Check::new(move |entropy| {
        let a = Toy::broken(fault, 20, entropy.fork());
        (a, Toy::broken(fault, 3, entropy.fork()))
    })
    .dropped(|toy| toy.dropped, |toy| toy.dropped)
    .kinds(|datagram| match datagram.first() {
        Some(0) => "data".to_owned(),
        Some(1) => "acknowledgement".to_owned(),
        Some(_) | None => "other".to_owned(),
    })
    .states(
        |toy| format!("{:?}", toy.poll_timeout().is_some()),
        |_| "any".to_owned(),
    )
    .undrained(20)
    .heap(4096, heap)
}

#[test]
fn what_is_forged_gets_past_the_door_when_it_is_repaired() {
    let locked = flooded(Fault::None).run().unwrap();
    let open = flooded(Fault::None).repair(repair_length).run().unwrap();
    assert_eq!((locked.repaired, locked.flooded >= 20_000), (0, true));
    assert!(open.repaired > open.forged / 2, "{open:?}");
    // Of a thousand changed datagrams, so many were used.
    let passed = [&locked, &open].map(|coverage| coverage.past_the_door * 1000 / coverage.forged);
    assert!(passed[0] < 40 && passed[1] > 60, "{passed:?}");
    open.accepted_both_ways(&["data"]).unwrap();
    let missing = open.accepted_both_ways(&["data", "other"]).unwrap_err();
    assert!(missing.starts_with("other is missing"), "{missing}");
    assert!(open.event("Received") > 0 && open.event("Receive") == 0);
    let states: Vec<_> = open.states.iter().map(String::as_str).collect();
    assert_eq!(states, ["any", "false", "true"]);
    assert!(
        open.most_undrained == 16 && open.longest_flood > 10_000,
        "{open:?}"
    );
    assert!((100..4096).contains(&open.most_heap_bytes), "{open:?}");
}

#[test]
fn engines_that_grow_are_caught() {
    let check = |fault| flooded(fault).repair(repair_length).run();
    let violation = check(Fault::RemembersAll).expect_err("grows").violation;
    assert!(
        matches!(violation, Violation::Grew { limit: 4096, .. }),
        "{violation}"
    );
    let violation = check(Fault::AnswersAll).expect_err("grows").violation;
    assert!(
        matches!(violation, Violation::PiledUp { limit: 20, .. }),
        "{violation}"
    );
}

#[test]
fn a_failure_is_seen_again_with_its_seed() {
    let make = |entropy: &mut Entropy| {
        let a = Toy::broken(Fault::PanicsOnLie, 20, entropy.fork());
        (a, Toy::new(3, entropy.fork()))
    };
    let first = Check::new(make).run().expect_err("a broken engine");
    let again = Check::new(make).seed(first.seed).schedules(1).run();
    assert_eq!(again, Err(first));
}
