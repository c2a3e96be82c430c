//! Peers and another side that is put together by hand: it sends what no API would write.
#![cfg(test)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "tests pick the events they are about"
)]

mod long;
mod received;
mod sessions;
mod sources;
mod wire;
