//! See `strata_fuzz::rtp::rtp_packet`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("rtp_packet", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("rtp_packet");
