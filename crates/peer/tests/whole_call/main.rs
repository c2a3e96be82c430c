//! Two peers on a virtual network: descriptions, ICE, DTLS, media and data, from the offer to the end.
#![cfg(test)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "tests pick the events they are about"
)]

mod contract;
mod endings;
mod lossy;
mod others;
mod outages;
mod paths;
mod plain;
#[path = "../../../ice/tests/support/repair.rs"]
mod repair;
mod support;
mod timing;
mod writing;
