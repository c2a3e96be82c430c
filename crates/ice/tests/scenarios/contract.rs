//! The rules of every engine.

use strata_core::Entropy;
use strata_ice::{Agent, Config, Role};
use strata_sim::{START, assert_send, contract::Check};

use crate::scene::{A, B, address, ms};

/// Two agents that know each other.
fn agents(entropy: &mut Entropy) -> (Agent, Agent) {
    let config = Config {
        role: Role::Controlling,
        ..Config::default()
    };
    let mut a = Agent::new(config, entropy.fork());
    let mut b = Agent::new(Config::default(), entropy.fork());
    let candidate = a.add_local_candidate(START, address(A)).unwrap();
    b.add_remote_candidate(START, candidate).unwrap();
    let candidate = b.add_local_candidate(START, address(B)).unwrap();
    a.add_remote_candidate(START, candidate).unwrap();
    a.set_remote_credentials(START, b.local_credentials().clone());
    b.set_remote_credentials(START, a.local_credentials().clone());
    (a, b)
}

#[test]
fn an_agent_keeps_the_contract() {
    strata_sim::contract::check(agents);
}

#[test]
fn an_agent_keeps_the_contract_for_hours_whatever_is_called() {
    let coverage = Check::new(agents)
        .pace(ms(2000))
        .drive(|a, b, now, dice| match dice.below(100) {
            0 => a.restart(now),
            1 => {
                a.restart(now);
                b.restart(now);
                a.set_remote_credentials(now, b.local_credentials().clone());
                b.set_remote_credentials(now, a.local_credentials().clone());
            }
            2 => b.end_of_remote_candidates(now),
            3 => a.set_role(now, Role::Controlled),
            4 => b.set_role(now, Role::Controlling),
            5..10 => {
                let candidate = b.local_candidates().next().copied();
                if let Some(candidate) = candidate {
                    // After closing, candidates are refused.
                    let _ = a.add_remote_candidate(now, candidate);
                }
            }
            10 if dice.below(4) == 0 => b.close(now),
            _ => {}
        })
        .run()
        .unwrap();
    assert!(coverage.timeouts > 1000, "{coverage:?}");
    assert!(coverage.forged > 100, "{coverage:?}");
    assert!(coverage.closed > 0, "{coverage:?}");
}

#[test]
fn an_agent_can_be_sent_to_another_thread() {
    const { assert_send::<Agent>() };
}
