//! Configurations of every kind.

use core::time::Duration;

use strata_ice::{Agent, Config, Entropy, Role, Schedule, State};
use strata_sim::{LinkConfig, Pair, SeededEntropy};

use crate::scene::introduce;

#[test]
fn values_that_mean_never_do_no_harm() {
    let never = Duration::MAX;
    let config = Config {
        pacing: never,
        schedule: Schedule {
            rto: never,
            sends: u32::MAX,
            last_wait: u32::MAX,
        },
        consent_interval: never,
        consent_expiry: never,
        disconnected_after: never,
        nomination_patience: never,
        patience: never,
        ..Config::default()
    };
    let agent = |role, seed| {
        let config = Config {
            role,
            ..config.clone()
        };
        Agent::new(config, Entropy::from_source(SeededEntropy::new(seed)))
    };
    let (mut a, mut b) = (agent(Role::Controlling, 1), agent(Role::Controlled, 2));
    introduce(&mut a, &mut b);
    let mut pair = Pair::new(a, b, LinkConfig::new(), 1);
    pair.run_for(Duration::from_mins(10)).unwrap();
    assert_eq!(pair.a.state(), State::Completed);
    assert_eq!(pair.b.state(), State::Completed);
}
