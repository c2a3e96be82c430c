//! A recorder: takes SRTP from a socket, and writes the RTP packets that are authentic to a file:
//! `cargo run --example recorder [FILE]`.
//!
//! Each packet in the file follows its length in 16 bits (RFC 4571), as `rtpstreamdepay` of `GStreamer` reads it. So
//! that there is something to record, a thread sends a second of audio to the recorder, and says goodbye.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example owns its sockets and says what it does"
)]

use std::io::{BufWriter, Write};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::{env, error::Error, fs::File, path::PathBuf, thread, time::Duration};

use strata_srtp::{Inbound, MasterKey, Outbound, Profile};

/// In earnest, SDES (`a=crypto`, RFC 4568), MIKEY or DTLS-SRTP agrees on these, and every session has others.
const PROFILE: Profile = Profile::Aes128CmHmacSha1_80;
const KEY: [u8; 16] = *b"sixteen octets..";
const SALT: [u8; 14] = *b"fourteen more.";

/// How many packets the sender sends.
const PACKETS: u16 = 50;
const SSRC: [u8; 4] = [0xca, 0xfe, 0xf0, 0x0d];

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let path = env::args_os().nth(1).map(PathBuf::from);
    let path = path.unwrap_or_else(|| env::temp_dir().join("recorded.rtpstream"));
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    // Nobody may send at all, and then there is an end, too.
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    let recorder = socket.local_addr()?;
    let sender = thread::spawn(move || send(recorder));
    let mut file = BufWriter::new(File::create(&path)?);
    let recorded = record(&socket, &mut file)?;
    file.flush()?;
    sender.join().map_err(|_| "the sender panicked")??;
    println!("{recorded} packets are in {}", path.display());
    if recorded != usize::from(PACKETS) {
        return Err(format!("{PACKETS} packets were sent").into());
    }
    Ok(())
}

/// Writes what comes until its sender says goodbye; how many packets that was.
fn record(socket: &UdpSocket, file: &mut impl Write) -> Result<usize, Failure> {
    let mut inbound = Inbound::new(PROFILE, &MasterKey::new(&KEY, &SALT))?;
    let (mut datagram, mut recorded) = ([0; 2048], 0);
    loop {
        let length = socket.recv(&mut datagram)?;
        let packet = datagram.get_mut(..length).unwrap_or_default();
        // RFC 5761 §4: on one port the second octet tells RTCP from RTP.
        if matches!(packet, [_, 192..=223, ..]) {
            // What is not authentic, a forged goodbye among it, is dropped. The context has counted it.
            let Ok(length) = inbound.unprotect_rtcp(packet) else {
                continue;
            };
            if is_goodbye(packet.get(..length).unwrap_or_default()) {
                let dropped = inbound.stats().rtp.unauthentic;
                println!("dropped as not authentic: {dropped}");
                return Ok(recorded);
            }
        } else if let Ok(length) = inbound.unprotect_rtp(packet) {
            file.write_all(&u16::try_from(length)?.to_be_bytes())?;
            file.write_all(packet.get(..length).unwrap_or_default())?;
            recorded += 1;
        }
    }
}

/// Whether there is a BYE in a compound RTCP packet (RFC 3550 §6.1, §6.6).
fn is_goodbye(mut compound: &[u8]) -> bool {
    while let &[_, kind, high, low, ..] = compound {
        if kind == 203 {
            return true;
        }
        let length = 4 + 4 * usize::from(u16::from_be_bytes([high, low]));
        compound = compound.get(length..).unwrap_or_default();
    }
    false
}

/// The other side: packets of 20 ms of G.711, one that is forged, and an RTCP packet with a goodbye.
fn send(recorder: SocketAddr) -> Result<(), Failure> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut outbound = Outbound::new(PROFILE, &MasterKey::new(&KEY, &SALT))?;
    for sequence in 0..PACKETS {
        // Version 2, PCMU, sequence number, timestamp, SSRC; then 160 samples of silence.
        let mut packet = vec![0x80, 0];
        packet.extend(sequence.to_be_bytes());
        packet.extend((u32::from(sequence) * 160).to_be_bytes());
        packet.extend(SSRC);
        packet.extend([0xff; 160]);
        outbound.protect_rtp(&mut packet, 0)?;
        socket.send_to(&packet, recorder)?;
    }
    socket.send_to(&[0x80; 100], recorder)?;
    // RFC 3550 §6.1: an empty receiver report comes first.
    let mut goodbye = vec![0x80, 201, 0, 1];
    goodbye.extend(SSRC);
    goodbye.extend([0x81, 203, 0, 1]);
    goodbye.extend(SSRC);
    outbound.protect_rtcp(&mut goodbye, 0)?;
    socket.send_to(&goodbye, recorder)?;
    Ok(())
}
