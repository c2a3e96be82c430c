//! Two peers and what they tell.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use strata_core::{Entropy, Instant};
use strata_crypto::Certificate;
use strata_peer::{
    ChannelConfig, ChannelId, Config, ConnectionState, Description, Direction, Event, Keeps,
    MediaKind, MessageKind, Mid, OutgoingRtp, PayloadType, Peer, SequenceNumber, Timestamp,
};
use strata_sim::{LinkConfig, Pair, RunLimits, SeededEntropy};

pub(crate) type Call = Pair<Peer, Peer>;

/// The certificates of the offerer and of the answerer; made once, for that takes long. They come from seeds, and so
/// a call repeats to the octet.
pub(crate) fn certificates() -> &'static [Arc<Certificate>; 2] {
    static CERTIFICATES: OnceLock<[Arc<Certificate>; 2]> = OnceLock::new();
    CERTIFICATES.get_or_init(|| {
        [[1; 32], [2; 32]].map(|seed| Arc::new(Certificate::from_seed(&seed).unwrap()))
    })
}

pub(crate) fn offerer_config() -> Config {
    config(0)
}

pub(crate) fn answerer_config() -> Config {
    config(1)
}

/// The tests keep everything that they promise.
fn config(owner: usize) -> Config {
    let mut config = Config::new(Arc::clone(&certificates()[owner]));
    config.keeps = Keeps::EVERYTHING;
    config
}

/// What is in a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contents {
    pub(crate) media: bool,
    pub(crate) data: bool,
}

pub(crate) const EVERYTHING: Contents = Contents {
    media: true,
    data: true,
};

/// Two peers that have each other's descriptions and may send.
pub(crate) fn call(contents: Contents, link: LinkConfig, seed: u64) -> Call {
    let configs = [offerer_config(), answerer_config()];
    call_with(configs, contents, link, seed)
}

pub(crate) fn call_with(
    configs: [Config; 2],
    contents: Contents,
    link: LinkConfig,
    seed: u64,
) -> Call {
    let mut entropy = SeededEntropy::entropy(seed);
    let [a, b] = peers(configs, contents, &mut entropy);
    let mut pair = Pair::new(a, b, link, seed);
    pair.set_limits(RunLimits {
        steps: 200_000,
        time: Duration::from_mins(10),
    });
    describe(&mut pair.a, &mut pair.b, strata_sim::START);
    pair
}

/// Two peers that know nothing of each other.
pub(crate) fn peers(configs: [Config; 2], contents: Contents, entropy: &mut Entropy) -> [Peer; 2] {
    let now = strata_sim::START;
    let [offerer, answerer] = configs;
    let mut a = Peer::new(offerer, entropy.fork());
    let mut b = Peer::new(answerer, entropy.fork());
    for peer in [&mut a, &mut b] {
        if contents.media {
            peer.add_transceiver(MediaKind::Audio, Direction::SendRecv)
                .unwrap();
            peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
                .unwrap();
        }
    }
    if contents.data {
        a.open_channel(now, ChannelConfig::new("chat")).unwrap();
    }
    a.add_local_candidate(now, Call::A_ADDRESS).unwrap();
    b.add_local_candidate(now, Call::B_ADDRESS).unwrap();
    [a, b]
}

/// Offer and answer.
pub(crate) fn describe(a: &mut Peer, b: &mut Peer, now: Instant) {
    let answer = answered(a, b, now);
    a.set_remote_description(now, answer).unwrap();
}

/// The answer to an offer, which the offerer has not got yet.
pub(crate) fn answered(a: &mut Peer, b: &mut Peer, now: Instant) -> Description {
    let offer = a.create_offer(now).unwrap();
    a.set_local_description(now, offer.clone()).unwrap();
    b.set_remote_description(now, offer).unwrap();
    let answer = b.create_answer(now).unwrap();
    b.set_local_description(now, answer.clone()).unwrap();
    answer
}

pub(crate) fn connected(peer: &Peer) -> bool {
    peer.connection_state() == ConnectionState::Connected
}

/// Runs until both sides are connected.
pub(crate) fn connect(pair: &mut Call) {
    pair.run_until(|pair| connected(&pair.a) && connected(&pair.b))
        .unwrap();
}

/// The first channel that a side has opened or was told of.
pub(crate) fn opened(events: &[(Instant, Event)]) -> Option<ChannelId> {
    events.iter().find_map(|(_, event)| match event {
        Event::ChannelOpened { id, .. } => Some(*id),
        _ => None,
    })
}

/// All messages of a side, in their order.
pub(crate) fn messages(events: &[(Instant, Event)]) -> Vec<(MessageKind, Vec<u8>)> {
    events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::ChannelMessage { kind, data, .. } => Some((*kind, data.to_vec())),
            _ => None,
        })
        .collect()
}

/// The sequence numbers of all media of a section that a side has received.
pub(crate) fn received(events: &[(Instant, Event)], section: Mid, repair: bool) -> Vec<u16> {
    events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::MediaPacket { mid, packet }
                if *mid == section && packet.is_repair() == repair =>
            {
                Some(packet.view().sequence_number().get())
            }
            _ => None,
        })
        .collect()
}

/// The `n`th media packet of a section.
pub(crate) fn packet(payload_type: PayloadType, n: u16, repair: bool) -> OutgoingRtp {
    OutgoingRtp::new(
        payload_type,
        SequenceNumber::new(n),
        Timestamp::new(u32::from(n) * 960),
        payload(n).into(),
    )
    .with_marker(n.is_multiple_of(7))
    .with_repair(repair)
}

pub(crate) fn payload(n: u16) -> Vec<u8> {
    n.to_be_bytes().repeat(1 + usize::from(n) % 500)
}

/// The name and the preferred codec's payload types of each media section that was agreed on.
pub(crate) fn sections(peer: &Peer) -> Vec<(Mid, PayloadType, Option<PayloadType>)> {
    peer.transceivers()
        .filter_map(|transceiver| {
            let codec = transceiver.codecs().first()?;
            Some((transceiver.mid()?, codec.payload_type, codec.rtx))
        })
        .collect()
}

/// The states of the connection that a side was told of.
pub(crate) fn states(events: &[(Instant, Event)]) -> Vec<ConnectionState> {
    events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::ConnectionStateChanged(state) => Some(*state),
            _ => None,
        })
        .collect()
}

/// Both sides write the `n`th packet of each section.
pub(crate) fn write_media(pair: &mut Call, n: u16) {
    let now = pair.now();
    for (mid, payload_type, _) in &sections(&pair.a) {
        for peer in [&mut pair.a, &mut pair.b] {
            peer.write_rtp(now, mid, packet(*payload_type, n, false))
                .unwrap();
        }
    }
}

/// Why a side was told that the connection is closed.
pub(crate) fn closings(events: &[(Instant, Event)]) -> Vec<strata_peer::CloseReason> {
    events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::Closed { reason } => Some(*reason),
            _ => None,
        })
        .collect()
}
