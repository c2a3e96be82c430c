//! Calls with stacks that others wrote, in the same process and in virtual time.
#![cfg(test)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "tests pick the events they are about"
)]

mod call;
mod rival;
mod with_rtc;
mod with_str0m;
