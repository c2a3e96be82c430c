//! Offers and answers: what browsers send, what they are answered, and what is refused.
#![cfg(test)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "tests pick the events they are about"
)]

mod answers;
mod exchange;
mod limits;
mod mutations;
mod offers;
mod promises;
mod refused;
mod restarts;
mod sections;
mod support;
