//! Every chunk, alone and in packets, and the messages of the data channel establishment protocol.

use strata_core::wire::Reader;
use strata_sctp::wire::{ChannelType, Chunk, Dcep, Header, Open, seal};

use crate::Seed;

/// Chunks by hand: type, flags, length, value.
#[rustfmt::skip]
const CHUNKS: [(&str, &[u8]); 16] = [
    ("data", &[0, 3, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 51, b'p', b'i', b'n', b'g']),
    ("init", &[
        1, 0, 0, 34, 1, 2, 3, 4, 0, 2, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1,
        0xc0, 0, 0, 4, 0x80, 8, 0, 6, 192, 130, 0, 0, 0, 0, 0, 0,
    ]),
    ("init-ack", &[
        2, 0, 0, 28, 1, 2, 3, 4, 0, 2, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1,
        0, 7, 0, 8, 1, 2, 3, 4,
    ]),
    ("sack", &[3, 0, 0, 24, 0, 0, 0, 9, 0, 2, 0, 0, 0, 1, 0, 1, 0, 2, 0, 3, 0, 0, 0, 5]),
    ("heartbeat", &[4, 0, 0, 12, 0, 1, 0, 8, 1, 2, 3, 4]),
    ("heartbeat-ack", &[5, 0, 0, 12, 0, 1, 0, 8, 1, 2, 3, 4]),
    ("abort", &[6, 1, 0, 12, 0, 12, 0, 8, b'w', b'h', b'y', b'?']),
    ("shutdown", &[7, 0, 0, 8, 0, 0, 0, 9]),
    ("shutdown-ack", &[8, 0, 0, 4]),
    ("error", &[9, 0, 0, 12, 0, 1, 0, 8, 0, 5, 0, 0]),
    ("cookie-echo", &[10, 0, 0, 8, 1, 2, 3, 4]),
    ("cookie-ack", &[11, 0, 0, 4]),
    ("shutdown-complete", &[14, 1, 0, 4]),
    ("reconfig", &[130, 0, 0, 24, 0, 13, 0, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 1, 0, 0]),
    ("forward-tsn", &[192, 0, 0, 12, 0, 0, 0, 9, 0, 1, 0, 2]),
    ("unknown", &[0xfe, 7, 0, 8, 1, 2, 3, 4]),
];

pub(crate) fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    let mut bundle = header();
    for (name, bytes) in CHUNKS {
        let chunk = Chunk::parse(&mut Reader::new(bytes)).expect("a chunk");
        chunk.write(&mut bundle).expect("a short chunk");
        seeds.push(("sctp_chunk", name, bytes.to_vec()));
    }
    seal(&mut bundle, 0);
    let (_, data) = CHUNKS[0];
    let mut single = [header(), data.to_vec()].concat();
    seal(&mut single, 0);
    seeds.push(("sctp_packet", "every-chunk", bundle));
    seeds.push(("sctp_packet", "data", single));
    seeds.extend(establishment());
    seeds.extend(networks());
    seeds
}

fn header() -> Vec<u8> {
    let mut out = Vec::new();
    Header {
        source_port: 5000,
        destination_port: 5000,
        verification_tag: 0x0102_0304,
    }
    .write(&mut out);
    out
}

fn establishment() -> [Seed; 3] {
    let reliable = Open {
        unordered: false,
        kind: ChannelType::Reliable,
        priority: 256,
        reliability_parameter: 0,
        label: b"chat",
        protocol: b"",
    };
    let partial = Open {
        unordered: true,
        kind: ChannelType::MaxRetransmits,
        reliability_parameter: 3,
        protocol: b"proto",
        ..reliable
    };
    [
        ("open-reliable", Dcep::Open(reliable)),
        ("open-partial", Dcep::Open(partial)),
        ("ack", Dcep::Ack),
    ]
    .map(|(name, message)| {
        let mut out = Vec::new();
        message.write(&mut out).expect("short texts");
        ("sctp_dcep", name, out)
    })
}

/// Operations of two octets each: what, and with what.
fn networks() -> [Seed; 4] {
    let deliver = [0, 0].repeat(12);
    let talk = [[10, 0], [0, 0], [0, 0], [11, 2], [11, 4], [12, 40], [11, 3]].concat();
    let loss = [[5, 0], [8, 0], [4, 1], [3, 1], [0, 0], [8, 50]]
        .concat()
        .repeat(6);
    let partial = [[10, 0x0a], [10, 0x0d], [11, 255], [12, 33], [11, 80]].concat();
    let forged = [&[7, 0, 20][..], &CHUNKS[3].1[..20], &[6, 0, 20, 1]].concat();
    let close = vec![14, 0];
    let shut_down = vec![15, 1];
    [
        (
            "clean",
            vec![
                &deliver, &talk, &deliver, &close, &deliver, &shut_down, &deliver,
            ],
        ),
        ("lossy", vec![&deliver, &talk, &loss, &deliver]),
        ("partial", vec![&deliver, &partial, &loss, &deliver]),
        ("forged", vec![&deliver, &talk, &forged, &deliver]),
    ]
    .map(|(name, parts)| {
        let bytes = parts.into_iter().flatten().copied().collect();
        ("sctp_channels", name, bytes)
    })
}
