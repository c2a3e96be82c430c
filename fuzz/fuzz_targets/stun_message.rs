//! See `strata_fuzz::stun::stun_message`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("stun_message", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("stun_message");
