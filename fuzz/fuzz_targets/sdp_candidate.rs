//! See `strata_fuzz::sdp::sdp_candidate`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("sdp_candidate", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("sdp_candidate");
