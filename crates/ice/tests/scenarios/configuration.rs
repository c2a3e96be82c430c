//! Configurations of every kind.

use core::time::Duration;

use strata_ice::{Agent, Config, Entropy, Role, Schedule, State};
use strata_sim::{LinkConfig, Pair, START, SeededEntropy};

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
    let [of_a, of_b] = ["192.0.2.1:5000", "192.0.2.2:5000"].map(|text| text.parse().unwrap());
    let candidate = a.add_local_candidate(START, of_a).unwrap();
    b.add_remote_candidate(START, candidate).unwrap();
    let candidate = b.add_local_candidate(START, of_b).unwrap();
    a.add_remote_candidate(START, candidate).unwrap();
    a.set_remote_credentials(START, b.local_credentials().clone())
        .unwrap();
    b.set_remote_credentials(START, a.local_credentials().clone())
        .unwrap();
    let mut pair = Pair::new(a, b, LinkConfig::new(), 1);
    pair.run_for(Duration::from_mins(10)).unwrap();
    assert_eq!(pair.a.state(), State::Completed);
    assert_eq!(pair.b.state(), State::Completed);
}
