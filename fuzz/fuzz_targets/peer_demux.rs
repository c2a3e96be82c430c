//! See `strata_fuzz::demux::peer_demux`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("peer_demux", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("peer_demux");
