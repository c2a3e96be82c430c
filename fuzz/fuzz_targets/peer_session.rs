//! See `strata_fuzz::peer::peer_session`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("peer_session", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("peer_session");
