//! See `strata_fuzz::rtp::rtcp_compound`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("rtcp_compound", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("rtcp_compound");
