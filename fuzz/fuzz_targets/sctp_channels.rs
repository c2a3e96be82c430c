//! See `strata_fuzz::sctp::sctp_channels`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("sctp_channels", data));
