//! See `strata_fuzz::dtls::dtls_handshake`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("dtls_handshake", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("dtls_handshake");
