//! See `strata_fuzz::rtp::rtcp_compound`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("rtcp_compound", data));
