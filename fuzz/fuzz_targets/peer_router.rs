//! See `strata_fuzz::router::peer_router`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("peer_router", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("peer_router");
