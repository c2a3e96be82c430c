//! Seeds of the routing to sections: operations, two bytes each, some with more behind them.

use crate::Seed;

/// Sections that share types, and sources that are known by what they say.
pub(crate) fn seeds() -> Vec<Seed> {
    // Sections 0 to 3, one of each kind; two share type 96, two share type 98.
    let sections = [0, 0, 0, 9, 0, 18, 0, 27];
    // Each of eight sources names a section with its first packet, then speaks on without.
    let named: Vec<u8> = (0..8).flat_map(|source| [3, source, source % 2]).collect();
    let unnamed: Vec<u8> = (0..8).flat_map(|source| [2, source]).collect();
    let by_type = [2, 33, 2, 42, 2, 27, 2, 4];
    // Names of no section, which may come yet.
    let nobodys = [
        3, 0, 5, 2, 0, 3, 1, 8, 2, 1, 3, 2, 9, 2, 0, 3, 3, 10, 3, 4, 11, 2, 4,
    ];
    let described = [6, 5, 1, 2, 5, 6, 5, 7, 2, 5, 6, 5, 0xc0, 2, 5];
    // One that has left speaks on, the others do not.
    let goodbyes = [5, 0xff, 2, 7, 7, 120, 2, 6, 7, 10, 2, 7, 2, 6];
    // As many as there is room for: one leaves, a while goes by, and another comes or the number is used again.
    let four = &named[..12];
    let left = [5, 8, 7, 130, 3, 4, 0, 2, 3];
    let again = [5, 8, 7, 130, 2, 35, 2, 3];
    // It is heard since; or it is not yet a while ago.
    let speaks = [5, 4, 2, 2, 7, 130, 3, 5, 0, 2, 2];
    let straggler = [5, 8, 3, 4, 0, 2, 3];
    let declared = [0, 0x80, 0, 0x89, 2, 8, 2, 1, 1, 0, 2, 0, 0, 0xa0, 2, 0];
    let forms = [3, 0x80, 0, 3, 0x41, 1, 3, 0xc2, 0xc1, 2, 0x42];
    let packet = [
        &[0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9][..],
        &[0xbe, 0xde, 0, 1, 0x40, b'1', 0, 0],
    ]
    .concat();
    let compound = [
        &[0x81, 202, 0, 2, 0, 0, 0, 9, 15, 1, b'0', 0][..],
        &[0x81, 203, 0, 1, 0, 0, 0, 9],
    ]
    .concat();
    let raw = [
        &[4, 20][..],
        &packet,
        &[8, 20],
        &compound,
        &[4, 20],
        &packet,
    ]
    .concat();
    [
        ("names", [&sections[..], &named, &unnamed].concat()),
        (
            "types",
            [&sections[..], &by_type, &[1, 1], &by_type].concat(),
        ),
        ("nobodys", [&sections[..], &nobodys, &[0, 5, 2, 0]].concat()),
        ("described", [&sections[..], &described].concat()),
        ("goodbyes", [&sections[..], &named, &goodbyes].concat()),
        (
            "declared",
            [&sections[..], &named, &declared, &unnamed].concat(),
        ),
        ("forms", [&sections[..], &forms].concat()),
        ("raw", [&sections[..], &raw].concat()),
        ("left", [&sections[..], four, &left].concat()),
        ("again", [&sections[..], four, &again].concat()),
        ("speaks", [&sections[..], four, &speaks].concat()),
        ("straggler", [&sections[..], four, &straggler].concat()),
        ("packet", packet),
    ]
    .map(|(name, bytes)| ("peer_router", name, bytes))
    .to_vec()
}
