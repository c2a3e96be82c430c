//! Packets there and back, damaged, and hostile, for every profile.

use crate::Seed;

pub(crate) fn seeds() -> Vec<Seed> {
    let media = [&[0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3][..], b"payload"].concat();
    let report = [0x80, 201, 0, 1, 0, 0, 0, 3];
    let operation = |kind: u8, packet: &[u8]| {
        let length = u16::try_from(packet.len()).expect("a short packet");
        [&[kind][..], &length.to_be_bytes(), packet].concat()
    };
    let operations = [
        operation(2, &media),
        operation(3, &report),
        operation(4, &media),
        operation(5, &report),
        operation(0, &media),
        operation(1, &report),
    ]
    .concat();
    ["profile-0", "profile-1", "profile-2", "profile-3"]
        .into_iter()
        .zip(0..)
        .map(|(name, choice)| {
            let bytes = [&[choice][..], &operations].concat();
            ("srtp_unprotect", name, bytes)
        })
        .collect()
}
