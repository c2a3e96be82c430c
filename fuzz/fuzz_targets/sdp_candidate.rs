//! See `strata_fuzz::sdp::sdp_candidate`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("sdp_candidate", data));
