//! See `strata_fuzz::sctp_wire::sctp_chunk`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("sctp_chunk", data));
