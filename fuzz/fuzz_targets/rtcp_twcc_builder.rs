//! See `strata_fuzz::rtp::rtcp_twcc_builder`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("rtcp_twcc_builder", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("rtcp_twcc_builder");
