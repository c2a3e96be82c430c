//! How much heap a connected peer holds at rest, and an association with many streams.
//!
//! Two of them are connected, send each stream's first message, and then nothing for a minute of virtual time; what
//! is allocated and not freed is halved. What C code allocates for itself is not seen: of `str0m`, the key schedules
//! of AWS-LC are missing. What is made once for a process is made before. strata's streams are data channels, with labels
//! and states; those of the others are streams of SCTP alone.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::time::Duration;

use allocation_counter::measure;
use bytes::Bytes;
use strata_benches::{
    peer::{self, Contents, Peers},
    sctp::{self, Direct, Sctp},
};
#[cfg(feature = "rivals")]
use strata_benches::{
    peer::{Rtc, Str0m},
    sctp::{Dcsctp, RtcSctp, SctpProto},
};

fn main() {
    println!("Heap of one peer at rest, connected, with one data channel:\n");
    println!("| implementation | bytes   |");
    println!("|----------------|---------|");
    peer_row::<peer::Strata>();
    #[cfg(feature = "rivals")]
    {
        peer_row::<Str0m>();
        peer_row::<Rtc>();
    }
    println!("\nHeap of one end of an SCTP association at rest:\n");
    println!("| implementation | bytes with 1 stream | with 1000 streams |");
    println!("|----------------|---------------------|-------------------|");
    sctp_row::<sctp::Strata>();
    #[cfg(feature = "rivals")]
    {
        sctp_row::<SctpProto>();
        sctp_row::<RtcSctp>();
        sctp_row::<Dcsctp>();
    }
}

/// Half of what `make` makes and leaves allocated.
fn half<T>(make: impl Fn() -> T) -> i64 {
    drop(make());
    let mut kept = None;
    let info = measure(|| kept = Some(make()));
    info.bytes_current / 2
}

fn peer_row<P: Peers>() {
    let bytes = half(|| {
        let mut peers = P::connected(Contents::Data);
        peers.send(P::message(&Bytes::from_static(b"hello")));
        for _ in 0..600 {
            peers.tick(Duration::from_millis(100));
        }
        assert_eq!(peers.received(), 1);
        peers.strip();
        peers
    });
    println!("| {:14} | {bytes:7} |", P::NAME);
}

fn sctp_row<E: Sctp>() {
    let [one, thousand] = [1, 1000].map(|streams| {
        half(|| {
            let mut direct = Direct::<E>::new(streams);
            let hello = Bytes::from_static(b"hello");
            let messages = (0..streams).map(|stream| (stream, E::message(&hello)));
            direct.transfer(messages.collect());
            direct.rest(Duration::from_mins(1));
            direct
        })
    });
    println!("| {:14} | {one:19} | {thousand:17} |", E::NAME);
}
