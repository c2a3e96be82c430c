//! See `strata_fuzz::rtp::rtcp_twcc_builder`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("rtcp_twcc_builder", data));
