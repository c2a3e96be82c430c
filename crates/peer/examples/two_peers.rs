//! Two peers call each other over UDP, with a data channel and a stream of media.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "a program owns its sockets and threads, talks to its user, and picks its events"
)]

use std::{error::Error, io::ErrorKind, net::UdpSocket, sync::Arc, thread, time::Duration};

use strata_peer::{
    Bytes, Certificate, ChannelConfig, Clock, Config, Datagram, Direction, Endpoint as _, Entropy,
    Event, MediaKind, MessageKind, OutgoingRtp, Path, Peer, SequenceNumber, Timestamp,
};

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let clock = Clock::start();
    let (caller, mut a) = new_peer(clock)?;
    let (callee, mut b) = new_peer(clock)?;
    a.add_transceiver(MediaKind::Audio, Direction::SendOnly)?;
    a.open_channel(clock.now(), ChannelConfig::new("chat"))?;
    // Real peers are in two programs, and signalling carries their descriptions.
    let offer = a.create_offer(clock.now())?;
    a.set_local_description(clock.now(), offer.clone())?;
    b.set_remote_description(clock.now(), offer)?;
    let answer = b.create_answer(clock.now())?;
    b.set_local_description(clock.now(), answer.clone())?;
    a.set_remote_description(clock.now(), answer)?;
    let callee = thread::spawn(move || run("callee", clock, &callee, b));
    let sent = run("caller", clock, &caller, a)?;
    let heard = callee.join().map_err(|_| "the callee has panicked")??;
    if (sent, heard) != (11, 11) {
        return Err("something was lost".into());
    }
    Ok(())
}

fn new_peer(clock: Clock) -> Result<(UdpSocket, Peer), Failure> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let config = Config::new(Arc::new(Certificate::generate()?));
    let mut peer = Peer::new(config, Entropy::system());
    peer.add_local_candidate(clock.now(), socket.local_addr()?)?;
    peer.end_of_local_candidates(clock.now())?;
    Ok((socket, peer))
}

/// Moves datagrams and time until the call is over. Says how many packets and messages were sent, or have come.
fn run(name: &str, clock: Clock, socket: &UdpSocket, mut peer: Peer) -> Result<usize, Failure> {
    let local = socket.local_addr()?;
    let (mut received, mut out, mut count) = (vec![0; 2048], Vec::new(), 0);
    loop {
        // First all that the peer has to send, then its events, and only then its deadline.
        while let Some(transmit) = peer.poll_transmit(clock.now(), &mut out) {
            socket.send_to(&out, transmit.path.remote)?;
            out.clear();
        }
        if let Some(event) = peer.poll_event() {
            match event {
                Event::ConnectionStateChanged(state) => println!("{name}: {state}"),
                Event::ChannelOpened { id, incoming, .. } if !incoming => {
                    send_media(&mut peer, clock)?;
                    let mut channel = peer.channel(id).ok_or("the channel is gone")?;
                    channel.send(clock.now(), MessageKind::Text, "hello")?;
                    count += 11;
                }
                Event::MediaPacket { .. } => count += 1,
                Event::ChannelMessage { data, .. } => {
                    println!("{name}: {data:?} after {count} packets of media");
                    count += 1;
                    peer.close(clock.now()); // the other side is told, and closes, too
                }
                Event::Closed { reason } => {
                    println!("{name}: {reason}");
                    return Ok(count);
                }
                _ => {}
            }
            continue; // what was done may have given the peer something to send
        }
        let now = clock.now();
        let due = peer.poll_timeout().unwrap_or(now + Duration::from_secs(1));
        // Sockets take 0 for no time-out at all.
        socket.set_read_timeout(Some(due.duration_since(now).max(Duration::from_millis(1))))?;
        match socket.recv_from(&mut received) {
            Ok((length, from)) => {
                let payload = received.get_mut(..length).unwrap_or_default();
                peer.handle_input(clock.now(), Datagram::new(Path::udp(local, from), payload));
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error.into()),
        }
        peer.handle_timeout(clock.now());
    }
}

/// Sends ten packets of 20 ms, as an encoder for Opus would give them.
fn send_media(peer: &mut Peer, clock: Clock) -> Result<(), Failure> {
    let section = peer.transceivers().next().ok_or("no transceiver")?;
    let codec = section.codecs().first().ok_or("no codec was agreed on")?;
    let (mid, codec) = (section.mid().ok_or("no media section")?, codec.payload_type);
    for n in 0..10 {
        let (number, time) = (SequenceNumber::new(n), Timestamp::new(u32::from(n) * 960));
        let packet = OutgoingRtp::new(codec, number, time, Bytes::from_static(b"sound"));
        peer.write_rtp(clock.now(), &mid, packet)?;
    }
    Ok(())
}
