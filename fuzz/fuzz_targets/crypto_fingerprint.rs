//! See `strata_fuzz::crypto::crypto_fingerprint`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("crypto_fingerprint", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("crypto_fingerprint");
