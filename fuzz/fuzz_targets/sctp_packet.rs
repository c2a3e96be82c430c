//! See `strata_fuzz::sctp_wire::sctp_packet`.
#![cfg_attr(fuzzing, no_main)]
#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| strata_fuzz::run("sctp_packet", data));
#[cfg(not(fuzzing))]
strata_fuzz::replay_main!("sctp_packet");
