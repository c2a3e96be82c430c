//! See `strata_fuzz::crypto::crypto_certificate`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("crypto_certificate", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("crypto_certificate");
