//! Seeds of the demultiplexer: operations, two bytes each, some with a datagram behind them.

use crate::Seed;

/// Sessions that learn, forget, and reach the limits.
pub(crate) fn seeds() -> Vec<Seed> {
    // Ufrag `n` for peer `n`, checks by each on a path of its own.
    let peers = [0, 0, 0, 9, 0, 18, 0, 27];
    let checks = [3, 0, 3, 9, 3, 18, 3, 27];
    let data = [6, 0, 6, 8, 6, 16, 6, 24];
    let remove = [1, 0, 1, 1, 1, 2, 1, 3];
    let crowd: Vec<u8> = (0..8).flat_map(|ufrag| [0, ufrag]).collect();
    let everywhere: Vec<u8> = (0..16).flat_map(|place| [3, place * 8]).collect();
    // A path selected by one, claimed by another, and the other's check and answer there.
    let contest = [8, 0, 3, 1, 9, 1, 10, 0, 6, 0, 8, 1, 6, 0, 1, 0, 10, 0];
    let hints: Vec<u8> = (0..16).flat_map(|place| [2, place * 8]).collect();
    vec![
        (
            "peer_demux",
            "learns-and-forgets",
            [&peers[..], &checks, &data, &remove, &data].concat(),
        ),
        (
            "peer_demux",
            "moves",
            [&peers[..], &checks, &[3, 1, 3, 8, 5, 2, 2, 3], &data].concat(),
        ),
        (
            "peer_demux",
            "limits",
            [&crowd[..], &everywhere, &hints, &data].concat(),
        ),
        (
            "peer_demux",
            "hints",
            [&peers[..], &hints, &data, &checks, &remove].concat(),
        ),
        (
            "peer_demux",
            "contest",
            [&peers[..], &checks, &contest, &data].concat(),
        ),
        (
            "peer_demux",
            "datagrams",
            [
                &peers[..],
                &checks,
                &[7, 0, 4, 22, 254, 253, 0, 7, 8, 2, 0, 1],
            ]
            .concat(),
        ),
    ]
}
