//! See `strata_fuzz::sctp_wire::sctp_dcep`.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("sctp_dcep", data));
