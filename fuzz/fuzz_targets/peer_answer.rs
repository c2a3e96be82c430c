//! See `strata_fuzz::peer::peer_answer`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("peer_answer", data));
