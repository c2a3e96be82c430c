//! An ICE agent (RFC 8445): finds a way for datagrams between two hosts, through NATs and firewalls,
//! and notices when it is gone.
//!
//! One [`Agent`] is one component: WebRTC multiplexes everything it has on one 5-tuple. It opens no
//! socket; its owner hands it the STUN packets of its sockets and sends what it writes.
//!
//! | module        | what is there                                                                |
//! |---------------|------------------------------------------------------------------------------|
//! | `agent`       | [`Agent`]: the API, checks, answers, nomination, consent, restart            |
//! | `candidate`   | [`Candidate`], [`Foundation`], the formulae of priorities                    |
//! | `credentials` | [`Credentials`]                                                              |
//! | `config`      | [`Config`], [`Limits`]                                                       |
//! | `state`       | [`State`], [`Role`], [`Event`], [`Stats`], [`Drops`]                         |
//! | `checklist`, `pair`, `candidates`, `session` | what the agent holds (private)                |
//!
//! | section                                   | where                   | state                   |
//! |-------------------------------------------|-------------------------|-------------------------|
//! | RFC 8445 5.1.1.1 host candidates          | `candidates`            | done, UDP               |
//! | 5.1.1.2 server-reflexive and relayed      |                         | not (own side; accepted from the other) |
//! | 5.1.1.3, 5.1.2 foundations, priorities    | `candidate`, `candidates` | done                  |
//! | 5.2 lite implementation                   |                         | not (lite peers: done)  |
//! | 5.3 credentials                           | `credentials`           | done                    |
//! | 6.1.1 roles                               | `agent`                 | the owner decides       |
//! | 6.1.2 checklist, 6.1.4 scheduling         | `checklist`, `agent/checks` | done, one checklist |
//! | 7.2 sending checks                        | `agent/checks`, `agent/responses` | done, without ICMP errors |
//! | 7.3 answering checks                      | `agent/requests`        | done                    |
//! | 8.1 concluding                            | `agent/conclusion`      | done; aggressive nomination accepted |
//! | 8.3 freeing candidates                    |                         | the owner's             |
//! | 9 restart                                 | `agent/restart`         | done                    |
//! | 11 keepalives                             | `agent/consent`         | by consent checks       |
//! | 14 Ta, RTO                                | `agent/checks`          | done; see there for triggered checks |
//! | RFC 7675 consent                          | `agent/consent`         | done                    |
//! | RFC 8838 trickle                          | `agent`                 | done                    |
//! | RFC 8863 patience                         | `agent/conclusion`      | done                    |
//! | RFC 6544 TCP candidates                   |                         | not: ignored and counted |
//! | mDNS names                                |                         | not: ignored and counted |
//!
//! # Two agents find each other
//!
//! ```
//! use strata_core::{Datagram, Endpoint, Entropy, Instant};
//! use strata_ice::{Agent, Config, Role, State};
//! # struct Seeded(u64);
//! # impl strata_core::EntropySource for Seeded {
//! #     fn fill(&mut self, out: &mut [u8]) {
//! #         for byte in out {
//! #             self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
//! #             *byte = (self.0 >> 33) as u8;
//! #         }
//! #     }
//! #     fn fork(&mut self) -> Box<dyn strata_core::EntropySource> { Box::new(Self(self.0 ^ 1)) }
//! # }
//! # let (seed_a, seed_b) = (Entropy::from_source(Seeded(1)), Entropy::from_source(Seeded(2)));
//! let now = Instant::EPOCH;
//! let mut a = Agent::new(Config { role: Role::Controlling, ..Config::default() }, seed_a);
//! let mut b = Agent::new(Config::default(), seed_b);
//! // What signalling carries:
//! let candidate_a = a.add_local_candidate(now, "192.0.2.1:1000".parse()?)?;
//! let candidate_b = b.add_local_candidate(now, "192.0.2.2:2000".parse()?)?;
//! a.set_remote_credentials(now, b.local_credentials().clone())?;
//! b.set_remote_credentials(now, a.local_credentials().clone())?;
//! a.add_remote_candidate(now, candidate_b)?;
//! b.add_remote_candidate(now, candidate_a)?;
//! // What the network carries:
//! let mut moved = true;
//! while std::mem::take(&mut moved) {
//!     let mut datagram = Vec::new();
//!     if let Some(transmit) = a.poll_transmit(now, &mut datagram) {
//!         b.handle_input(now, Datagram::new(transmit.path.reversed(), &mut datagram));
//!         moved = true;
//!     }
//!     let mut datagram = Vec::new();
//!     if let Some(transmit) = b.poll_transmit(now, &mut datagram) {
//!         a.handle_input(now, Datagram::new(transmit.path.reversed(), &mut datagram));
//!         moved = true;
//!     }
//! }
//! assert_eq!((a.state(), b.state()), (State::Completed, State::Completed));
//! assert_eq!(a.selected_path().ok_or("no path")?.remote, candidate_b.address);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod agent;
mod candidate;
mod candidates;
mod checklist;
mod config;
mod credentials;
mod pair;
mod session;
mod state;

pub use agent::Agent;
pub use candidate::{
    AddCandidateError, Candidate, CandidateKind, Foundation, candidate_priority, pair_priority,
};
pub use config::{Config, Limits};
pub use credentials::{Credentials, CredentialsError};
pub use state::{Closed, Drops, Event, Role, SelectedPair, State, Stats};
