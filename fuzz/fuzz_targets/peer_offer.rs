//! See `strata_fuzz::peer::peer_offer`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("peer_offer", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("peer_offer");
