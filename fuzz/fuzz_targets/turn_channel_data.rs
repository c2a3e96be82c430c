//! See `strata_fuzz::turn::turn_channel_data`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("turn_channel_data", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("turn_channel_data");
