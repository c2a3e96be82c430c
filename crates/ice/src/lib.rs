#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! | module        | what is there                                                                |
//! |---------------|------------------------------------------------------------------------------|
//! | `agent`       | [`Agent`]: the API, checks, answers, nomination, selection, consent, restart |
//! | `candidate`   | [`Candidate`], [`Foundation`], the formulae of priorities                    |
//! | `credentials` | [`Credentials`]                                                              |
//! | `config`      | [`Config`], [`Limits`]                                                       |
//! | `options`     | [`IceOptions`]: what the two sides signal about themselves                   |
//! | `state`       | [`State`], [`Role`], [`Event`], [`SelectedPair`], [`RestartReason`]          |
//! | `stats`       | [`Stats`], [`Drops`]                                                         |
//! | `report`      | [`Report`]: why it does not connect; [`Verdict`], [`PairReport`]             |
//! | `record`      | what became of the checks of a pair; [`PairError`]                           |
//! | `liveness`    | whether a pair is alive: answers, consent, suspicion (private)               |
//! | `checklist`, `pair`, `candidates`, `session` | what the agent holds (private)                |
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod agent;
mod candidate;
mod candidates;
mod checklist;
mod config;
mod credentials;
mod liveness;
mod options;
mod pair;
mod record;
mod report;
mod session;
mod state;
mod stats;

pub use agent::Agent;
pub use candidate::{Candidate, CandidateKind, Foundation, candidate_priority, pair_priority};
pub use candidates::AddCandidateError;
pub use config::{Config, Limits};
pub use credentials::{Credentials, CredentialsError};
pub use options::IceOptions;
pub use pair::PairState;
pub use record::PairError;
pub use report::{PairReport, Report, Verdict};
pub use state::{Closed, Event, RestartReason, Role, SelectedPair, State};
pub use stats::{Drops, Stats};
pub use strata_core::{
    AddressFilter, Clock, Datagram, Ecn, Endpoint, Entropy, EntropySource, Instant, Path, Prefix,
    PrefixError, Protocol, Transmit, earliest,
};
pub use strata_stun::{Schedule, is_stun};
