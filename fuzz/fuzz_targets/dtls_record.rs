//! See `strata_fuzz::dtls::dtls_record`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("dtls_record", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("dtls_record");
