//! See `strata_fuzz::ice::ice_agent`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("ice_agent", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("ice_agent");
