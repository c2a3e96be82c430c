//! An offer and an answer of our own, and sessions from setup to close.

use std::sync::Arc;

use strata_core::{Entropy, Instant};
use strata_dtls::Certificate;
use strata_fuzz::entropy::Counter;
use strata_peer::{ChannelConfig, Config, Description, Direction, Keeps, MediaKind, Peer};

use crate::Seed;

pub(crate) fn seeds() -> Vec<Seed> {
    let certificate = Arc::new(Certificate::from_seed(&[1; 32]).expect("a good seed"));
    let peer = |seed| {
        let mut config = Config::new(certificate.clone());
        config.keeps = Keeps::EVERYTHING;
        Peer::new(config, Entropy::from_source(Counter(seed)))
    };
    let now = Instant::EPOCH;
    let (mut offerer, mut answerer) = (peer(1), peer(2));
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let added = offerer.add_transceiver(kind, Direction::SendRecv);
        added.expect("one of the first two");
    }
    let channel = offerer.open_channel(now, ChannelConfig::new("fuzz"));
    channel.expect("the first channel");
    let offer = offerer.create_offer(now).expect("the first offer");
    let remote = Description::offer(offer.sdp.clone());
    answerer
        .set_remote_description(now, remote)
        .expect("a good offer");
    let answer = answerer.create_answer(now).expect("a good offer");

    let deliver = [0, 0xf0].repeat(12);
    let wait = [7, 40].repeat(4);
    let setup = [deliver.clone(), wait, deliver].concat().repeat(4);
    let talk = [
        [9, 0],
        [10, 8],
        [11, 9],
        [0, 0xf0],
        [0, 0xf0],
        [12, 1],
        [0, 0xf0],
    ]
    .concat();
    let end = vec![15, 0, 0, 0xf0, 7, 1];
    let media = (0..20).flat_map(|n| [15, 16 + n % 2 * 2, 0, n, 9, 0, 0xf0]);
    let reports = [14, 14, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 7, 0, 0, 0xf0];
    vec![
        (
            "peer_session",
            "media",
            [&setup[..], &media.collect::<Vec<u8>>(), &reports, &end].concat(),
        ),
        (
            "peer_answer",
            "damaged",
            vec![2, 7, 9, 0, 6, 20, 1, 3, 5, 30, 4, b'x'],
        ),
        ("peer_answer", "as-it-was", vec![0]),
        ("peer_offer", "own", offer.sdp.into_bytes()),
        ("peer_answer", "own", answer.sdp.into_bytes()),
        ("peer_session", "clean", [&setup[..], &talk, &end].concat()),
        (
            "peer_session",
            "restart",
            [&setup[..], &talk, &[13, 0, 12, 0], &setup, &talk].concat(),
        ),
        (
            "peer_session",
            "forged",
            [&setup[..], &[6, 3, 0x80, 0xc8, 0, 5, 0, 9, 255], &talk].concat(),
        ),
    ]
}
