//! See `strata_fuzz::srtp::srtp_unprotect`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("srtp_unprotect", data));
