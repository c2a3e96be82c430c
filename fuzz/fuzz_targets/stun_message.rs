//! See `strata_fuzz::stun::stun_message`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("stun_message", data));
