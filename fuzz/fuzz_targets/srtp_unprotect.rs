//! See `strata_fuzz::srtp::srtp_unprotect`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("srtp_unprotect", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("srtp_unprotect");
