//! See `strata_fuzz::dtls::dtls_handshake`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("dtls_handshake", data));
