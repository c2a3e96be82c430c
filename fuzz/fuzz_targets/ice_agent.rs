//! See `strata_fuzz::ice::ice_agent`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("ice_agent", data));
