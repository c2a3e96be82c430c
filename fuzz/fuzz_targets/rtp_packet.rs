//! See `strata_fuzz::rtp::rtp_packet`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("rtp_packet", data));
