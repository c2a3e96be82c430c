//! The rules of every engine.

use strata_core::Entropy;
use strata_ice::{Agent, Config, Credentials, Role};
use strata_sim::{
    assert_send,
    contract::{Check, Culprit, Forgery, sum},
};
use strata_stun::Message;

use crate::{
    repair::{Secrets, repair},
    scene::{introduce, ms},
};

/// What two agents may hold when all their tables are full: 64 remote candidates each, their pairs (of the session that a
/// restart has interrupted, too), 32 answers, and the requests under way. They were seen to hold 52 KB.
const HEAP_BYTES: i64 = 64 * 1024;

/// Two agents that know each other.
fn agents(entropy: &mut Entropy) -> (Agent, Agent) {
    let config = Config {
        role: Role::Controlling,
        ..Config::default()
    };
    let mut a = Agent::new(config, entropy.fork());
    let mut b = Agent::new(Config::default(), entropy.fork());
    introduce(&mut a, &mut b);
    (a, b)
}

/// Gives a forged datagram the user name and the signature that its receiver accepts.
fn sign(forgery: &Forgery<'_, Agent, Agent>, datagram: &mut Vec<u8>) {
    let receiver = match forgery.to {
        Culprit::A => forgery.a,
        Culprit::B => forgery.b,
    };
    let own = receiver.local_credentials();
    let other = receiver.remote_credentials();
    let username = format!("{}:{}", own.ufrag(), other.map_or("", Credentials::ufrag));
    let secrets = Secrets {
        username: &username,
        asked: own.password(),
        answered: other.map_or("", Credentials::password),
    };
    repair(secrets, datagram);
}

fn kind(datagram: &[u8]) -> String {
    match Message::parse(datagram) {
        Ok(message) => format!("{:?}", message.class()),
        Err(_) => "malformed".to_owned(),
    }
}

fn hostile() -> Check<'static, Agent, Agent> {
    // A request that is dropped because a table is full was authentic.
    let dropped = |agent: &Agent| sum(&agent.stats().drops) - agent.stats().drops.overload;
    let state = |agent: &Agent| format!("{:?}", agent.state());
    Check::new(agents)
        .repair(|forgery, datagram| sign(&forgery, datagram))
        .dropped(dropped, dropped)
        .states(state, state)
        .kinds(kind)
        // Twice the limit of answers. The checks that may wait beside them are far fewer.
        .undrained(64)
        .heap(HEAP_BYTES, |work| {
            allocation_counter::measure(work).bytes_current
        })
}

#[test]
fn an_agent_keeps_the_contract() {
    let coverage = hostile().run().unwrap();
    coverage
        .accepted_both_ways(&["Request", "Success"])
        .unwrap();
    assert!(coverage.accepted["Indication"].forged > 0, "{coverage:?}");
    assert!(
        coverage.past_the_door * 10 > coverage.forged,
        "{coverage:?}"
    );
    assert!(coverage.longest_flood > 10_000, "{coverage:?}");
    for state in ["Checking", "Connected", "Completed"] {
        assert!(coverage.states.contains(state), "{coverage:?}");
    }
}

#[test]
fn an_agent_keeps_the_contract_for_hours_whatever_is_called() {
    let coverage = hostile()
        .pace(ms(2000))
        .drive(|a, b, now, dice| match dice.below(100) {
            0 => drop(a.restart(now)),
            1 => {
                let _ = a.restart(now);
                let _ = b.restart(now);
                let _ = a.set_remote_credentials(now, b.local_credentials().clone());
                let _ = b.set_remote_credentials(now, a.local_credentials().clone());
            }
            2 => drop(b.end_of_remote_candidates(now)),
            11 => drop(a.set_remote_options(now, b.local_options())),
            12 => {
                let ip = a.selected_path().map(|path| path.local.ip());
                if let Some(ip) = ip.filter(|_| dice.below(8) == 0) {
                    let _ = a.remove_interface(now, ip);
                    let _ = a.add_local_candidate(now, crate::scene::address(crate::scene::A));
                }
            }
            13..20 => {
                if let Some(path) = b.selected_path() {
                    b.note_received(now, path);
                }
            }
            20 => a.note_unanswered(now),
            3 => drop(a.set_role(now, Role::Controlled)),
            4 => drop(b.set_role(now, Role::Controlling)),
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
    assert!(coverage.past_the_door > 1000, "{coverage:?}");
    coverage
        .accepted_both_ways(&["Request", "Success", "Error"])
        .unwrap();
    assert!(coverage.closed > 0, "{coverage:?}");
    assert!(coverage.event("SelectedPair") > 10, "{coverage:?}");
    for state in [
        "Checking",
        "Connected",
        "Completed",
        "Disconnected",
        "Failed",
        "Closed",
    ] {
        assert!(coverage.states.contains(state), "{coverage:?}");
    }
}

#[test]
fn an_agent_can_be_sent_to_another_thread() {
    const { assert_send::<Agent>() };
}
