//! This crate is enough: two peers in memory, without a name from any other crate.
#![cfg(test)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "tests pick the events they are about"
)]

use std::{error::Error, net::SocketAddr, sync::Arc, time::Duration};

use strata_peer::{
    Bytes, Certificate, Channel, ChannelConfig, ChannelId, Config, Datagram, Demux, DemuxLimits,
    Direction, Endpoint, Entropy, EntropySource, Event, Instant, MediaKind, MessageKind, Mid,
    OutgoingRtp, Path, PayloadType, Peer, RtpPacket, SequenceNumber, Stats, Timestamp, Transceiver,
    Transmit, dtls, ice, rtp, sctp, sdp, srtp,
};

type Outcome = Result<(), Box<dyn Error>>;

/// Counts up: whoever brings its own source needs no other crate for it.
#[derive(Clone)]
struct Counter(u8);

impl EntropySource for Counter {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            *byte = self.0;
            self.0 = self.0.wrapping_mul(5).wrapping_add(1);
        }
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        self.0 = self.0.wrapping_add(17);
        Box::new(self.clone())
    }
}

/// One side, and what has come there.
struct Side {
    peer: Peer,
    channel: Option<ChannelId>,
    messages: Vec<(MessageKind, Bytes)>,
    media: Vec<(Mid, RtpPacket)>,
}

impl Side {
    fn new(config: &Config, address: SocketAddr, entropy: Entropy) -> Result<Self, Box<dyn Error>> {
        let mut peer = Peer::new(config.clone(), entropy);
        peer.add_local_candidate(Instant::EPOCH, address)?;
        Ok(Self {
            peer,
            channel: None,
            messages: Vec::new(),
            media: Vec::new(),
        })
    }

    fn take_events(&mut self) {
        while let Some(event) = self.peer.poll_event() {
            match event {
                Event::ChannelOpened { id, .. } => self.channel = Some(id),
                Event::ChannelMessage { kind, data, .. } => self.messages.push((kind, data)),
                Event::MediaPacket { mid, packet } => self.media.push((mid, packet)),
                _ => {}
            }
        }
    }

    fn channel(&mut self) -> Option<Channel<'_>> {
        self.peer.channel(self.channel?)
    }

    /// The section that media is sent in, and the first codec of it.
    fn section(&self) -> Option<(Mid, PayloadType)> {
        let transceiver = self.peer.transceivers().next()?;
        let codec = transceiver.codecs().first()?;
        Some((transceiver.mid()?, codec.payload_type))
    }
}

/// Moves datagrams from one side to the other. Any engine could be on either end.
fn carry<E>(now: Instant, from: &mut E, to: &mut E) -> Vec<Path>
where
    E: for<'a> Endpoint<Input<'a> = Datagram<'a>, Transmit = Transmit>,
{
    let (mut out, mut paths) = (Vec::new(), Vec::new());
    while let Some(transmit) = from.poll_transmit(now, &mut out) {
        let path = transmit.path.reversed();
        to.handle_input(now, Datagram::new(path, &mut out));
        paths.push(path);
        out.clear();
    }
    paths
}

fn run(now: &mut Instant, sides: &mut [Side; 2]) {
    for _ in 0..200 {
        *now += Duration::from_millis(10);
        let [a, b] = sides;
        a.peer.handle_timeout(*now);
        b.peer.handle_timeout(*now);
        carry(*now, &mut a.peer, &mut b.peer);
        carry(*now, &mut b.peer, &mut a.peer);
        a.take_events();
        b.take_events();
    }
}

fn describe(now: Instant, [a, b]: &mut [Side; 2]) -> Outcome {
    let offer = a.peer.create_offer(now)?;
    a.peer.set_local_description(now, offer.clone())?;
    b.peer.set_remote_description(now, offer)?;
    let ids: Vec<_> = b.peer.transceivers().map(Transceiver::id).collect();
    for id in ids {
        b.peer.set_direction(id, Direction::SendRecv);
    }
    let answer = b.peer.create_answer(now)?;
    b.peer.set_local_description(now, answer.clone())?;
    a.peer.set_remote_description(now, answer)?;
    Ok(())
}

#[test]
fn two_peers_exchange_a_message_and_a_packet() -> Outcome {
    let mut now = Instant::EPOCH;
    let config = Config::new(Arc::new(Certificate::generate()?));
    let mut sides = [
        Side::new(&config, "192.0.2.1:1000".parse()?, Entropy::system())?,
        Side::new(
            &config,
            "192.0.2.2:2000".parse()?,
            Entropy::from_source(Counter(1)),
        )?,
    ];
    let a = &mut sides[0].peer;
    a.add_transceiver(MediaKind::Audio, Direction::SendRecv)?;
    a.open_channel(now, ChannelConfig::new("chat"))?;
    describe(now, &mut sides)?;
    run(&mut now, &mut sides);

    let [a, _] = &mut sides;
    let mut channel = a.channel().ok_or("no channel is open")?;
    channel.send(now, MessageKind::Text, "hello")?;
    let (mid, payload_type) = a.section().ok_or("no codec was agreed on")?;
    let packet = OutgoingRtp::new(
        payload_type,
        SequenceNumber::new(7),
        Timestamp::new(960),
        Bytes::from_static(b"voice"),
    );
    a.peer.write_rtp(now, &mid, packet)?;
    run(&mut now, &mut sides);

    let [_, b] = &sides;
    assert_eq!(
        b.messages,
        [(MessageKind::Text, Bytes::from_static(b"hello"))]
    );
    let [(section, packet)] = b.media.as_slice() else {
        return Err(format!("{} packets came", b.media.len()).into());
    };
    let view: rtp::Packet<'_> = packet.view();
    assert_eq!(
        (*section, view.sequence_number()),
        (mid, SequenceNumber::new(7))
    );
    assert_eq!(packet.payload(), "voice");
    Ok(())
}

#[test]
fn what_stats_and_descriptions_show_has_names_here() -> Outcome {
    let now = Instant::EPOCH;
    let mut config = Config::new(Arc::new(Certificate::generate()?));
    config.ice = ice::Config::default();
    config.sctp = sctp::Config::default();
    config.srtp = srtp::Config::default();
    config.srtp_profiles = vec![dtls::SrtpProfile::AeadAes128Gcm];
    let mut entropy = Entropy::from_source(Counter(1));
    let mut peer = Peer::new(config, entropy.fork());
    peer.open_channel(now, ChannelConfig::new("chat"))?;
    let offer: sdp::Session = peer.create_offer(now)?.sdp.parse()?;
    assert_eq!(offer.media.len(), 1);
    let stats: Stats = peer.stats();
    let (ice, dtls): (ice::Stats, Option<dtls::Stats>) = (stats.ice, stats.dtls);
    assert_eq!((ice, dtls), (ice::Stats::default(), None));
    let mut demux: Demux<u8> = Demux::new(DemuxLimits::default(), &mut entropy);
    demux.insert(peer.local_credentials(), 1)?;
    let path = Path::udp("192.0.2.1:1000".parse()?, "192.0.2.2:2000".parse()?);
    assert_eq!(
        demux.route(path, &[0x80; 12]),
        None,
        "nobody has come from there"
    );
    Ok(())
}
