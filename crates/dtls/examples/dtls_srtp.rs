//! Two DTLS-SRTP endpoints over UDP: they shake hands, each sends the other one SRTP packet, and one says goodbye.
//! The packets are protected by `strata-srtp`, with the keys that the handshake gives.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example owns its sockets and says what it does"
)]

use std::io::ErrorKind::{TimedOut, WouldBlock};
use std::net::{Ipv4Addr, UdpSocket};
use std::{error::Error, sync::Arc, thread, time::Duration};

use strata_dtls::{
    Certificate, Clock, Config, Connection, Endpoint as _, Entropy, Event, Fingerprint, Role,
    SrtpKeys,
};
use strata_srtp::{Inbound, Outbound};

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let bind = || UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
    let (client, server) = (bind()?, bind()?);
    // Connected sockets take nothing from other addresses.
    client.connect(server.local_addr()?)?;
    server.connect(client.local_addr()?)?;
    let (ours, theirs) = (Certificate::generate()?, Certificate::generate()?);
    // In earnest these go through the signalling, as `a=fingerprint` of the session descriptions.
    let (our_print, their_print) = (ours.fingerprint(), theirs.fingerprint());
    let server = thread::spawn(move || run(Role::Server, &server, theirs, our_print));
    run(Role::Client, &client, ours, their_print)?;
    server.join().map_err(|_| "the server panicked")?
}

/// One end, with its own certificate and the fingerprint of the peer's, until the connection is closed.
fn run(role: Role, socket: &UdpSocket, own: Certificate, peer: Fingerprint) -> Result<(), Failure> {
    let clock = Clock::start();
    let mut connection = Connection::new(Config::new(role, Arc::new(own)), Entropy::system());
    connection.set_remote_fingerprints(clock.now(), &[peer])?;
    connection.start(clock.now())?;
    let mut srtp = None;
    let (mut out, mut datagram, mut heard) = (Vec::new(), [0; 2048], false);
    loop {
        // First all that is to be sent, then all that has happened, then the time of the next timer.
        while connection.poll_transmit(clock.now(), &mut out).is_some() {
            socket.send(&out)?;
            out.clear();
        }
        while let Some(event) = connection.poll_event() {
            if let Event::Connected { srtp: keys, .. } = event {
                let keys = keys.ok_or("no SRTP profile in common")?;
                println!("{role:?}: {}", keys.profile());
                srtp = Some(say_hello(role, &keys, socket)?);
            } else if heard && matches!(event, Event::Closed { .. }) {
                // The client has closed it, and the server is told.
                return Ok(());
            } else {
                return Err(format!("{role:?}: {event:?}").into());
            }
        }
        let due = connection.poll_timeout();
        let wait = due.map_or(Duration::from_secs(5), |at| at.duration_since(clock.now()));
        // A socket takes a time-out of zero for none at all.
        socket.set_read_timeout(Some(wait.max(Duration::from_millis(1))))?;
        let received = socket.recv(&mut datagram);
        // Also when something came: datagrams without end must not keep the timers from running.
        connection.handle_timeout(clock.now());
        let packet = match received {
            Ok(length) => datagram.get_mut(..length).unwrap_or_default(),
            Err(error) if due.is_some() && matches!(error.kind(), WouldBlock | TimedOut) => {
                continue;
            }
            Err(error) => return Err(format!("{role:?}: nothing comes any more: {error}").into()),
        };
        // RFC 7983 §7: the first octet tells DTLS (20 to 63) from SRTP (128 to 191).
        match (packet.first(), &mut srtp) {
            (Some(20..=63), _) => connection.handle_input(clock.now(), packet),
            (Some(128..=191), Some((_, inbound))) => {
                // Anybody can write the peer's address on a packet: what is not authentic ends nothing.
                let Ok(length) = inbound.unprotect_rtp(packet) else {
                    println!("{role:?}: a packet that is not authentic is dropped");
                    continue;
                };
                let text = packet.get(12..length).unwrap_or_default();
                println!("{role:?} hears: {}", String::from_utf8_lossy(text));
                heard = true;
                if role == Role::Client {
                    connection.close(clock.now());
                }
            }
            _ => println!("{role:?}: a datagram is dropped"),
        }
    }
}

/// What protects and unprotects.
type Srtp = (Outbound, Inbound);

/// Makes the contexts of both directions, and sends the first packet.
fn say_hello(role: Role, keys: &SrtpKeys, socket: &UdpSocket) -> Result<Srtp, Failure> {
    let mut outbound = Outbound::new(keys.profile(), keys.local())?;
    let inbound = Inbound::new(keys.profile(), keys.remote())?;
    // Version 2, payload type 96, sequence number 1, timestamp 0, SSRC 5; then the payload.
    let mut packet = b"\x80\x60\0\x01\0\0\0\0\0\0\0\x05".to_vec();
    packet.extend(format!("hello from the {role:?}").into_bytes());
    outbound.protect_rtp(&mut packet, 0)?;
    socket.send(&packet)?;
    Ok((outbound, inbound))
}
