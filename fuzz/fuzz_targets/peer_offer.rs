//! See `strata_fuzz::peer::peer_offer`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("peer_offer", data));
