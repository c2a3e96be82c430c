//! How much SCTP carries over a path with a bottleneck and loss, in virtual time.
//!
//! The figures depend on nothing of the machine, save the last column: what both ends and the simulated path took of
//! its time, for each megabyte that arrived. Losses come from a seed, but the implementations draw randomness of their
//! own, so the rivals' rows differ a little from run to run.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::time::Duration;

#[cfg(feature = "rivals")]
use strata_benches::sctp::{Dcsctp, RtcSctp, SctpProto};
use strata_benches::{
    link::LinkConfig,
    sctp::{Goodput, Sctp, Strata, goodput},
};
use strata_sctp::CongestionControl;

/// For so long, once connected.
const TIME: Duration = Duration::from_secs(20);

fn main() {
    println!(
        "SCTP, messages of 64 KiB for {} s of virtual time, over 100 Mbit/s and 50 ms there and back,",
        TIME.as_secs()
    );
    println!("with a queue at the bottleneck that drops at its tail:\n");
    println!("| queue    | loss  | implementation       | goodput, Mbit/s | real ms per MB |");
    println!("|---------:|------:|----------------------|----------------:|---------------:|");
    for (queue_kib, lost_per_mille) in [(4096, 0), (256, 0), (256, 1), (256, 10)] {
        let link = LinkConfig {
            rate: 100_000_000,
            delay: Duration::from_millis(25),
            queue_bytes: queue_kib * 1024,
            lost_per_mille,
        };
        row("strata", link, Strata::pair());
        let new_reno = Strata::with(CongestionControl::NewReno);
        row("strata, with NewReno", link, new_reno);
        #[cfg(feature = "rivals")]
        {
            row(SctpProto::NAME, link, SctpProto::pair());
            row(RtcSctp::NAME, link, RtcSctp::pair());
            row(Dcsctp::NAME, link, Dcsctp::pair());
        }
    }
}

fn row<E: Sctp>(name: &str, link: LinkConfig, ends: [E; 2]) {
    let Goodput { bytes, real } = goodput(ends, link, TIME);
    let rate = bytes * 8 / TIME.as_secs() / 10_000;
    let cost = u64::try_from(real.as_micros()).unwrap_or(u64::MAX) / (bytes / 1_000_000).max(1);
    println!(
        "| {:4} KiB | {}.{} % | {name:20} | {:12}.{:02} | {:10}.{:03} |",
        link.queue_bytes / 1024,
        link.lost_per_mille / 10,
        link.lost_per_mille % 10,
        rate / 100,
        rate % 100,
        cost / 1000,
        cost % 1000,
    );
}
