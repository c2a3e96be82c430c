//! The RTP and RTCP packets of a capture: `cargo run --example list_capture [FILE]`.
//!
//! FILE is a classic pcap of Ethernet frames with UDP over IPv4. Without one, a small capture is made.
#![expect(clippy::print_stdout, reason = "it shows what it does")]

use std::{collections::BTreeMap, env, error::Error, fs, iter};

use strata_rtp::{Header, Items, Packet, PayloadType, SequenceNumber, Ssrc, Timestamp};
use strata_rtp::{is_rtcp, rtcp};

/// Of each stream: its packets, the last of their numbers, and how far that is from the first.
type Streams = BTreeMap<Ssrc, (i64, SequenceNumber, i64)>;

fn main() -> Result<(), Box<dyn Error>> {
    let capture = match env::args_os().nth(1) {
        Some(file) => fs::read(file)?,
        None => make_capture()?,
    };
    let (mut streams, mut others) = (Streams::new(), 0);
    for frame in frames(&capture)? {
        // What is no RTP is no error: captures have DNS, STUN and others as well, some of which begin like RTCP.
        let datagram = udp_payload(frame?).unwrap_or_default();
        match (
            is_rtcp(datagram),
            rtcp::Compound::parse(datagram),
            Packet::parse(datagram),
        ) {
            // One packet that is malformed does not cost those beside it.
            (true, Ok(compound), _) => compound.iter().for_each(|part| println!("RTCP {part:?}")),
            (false, _, Ok(packet)) => list(&packet, &mut streams),
            _ => others += 1,
        }
    }
    for (ssrc, (packets, _, reach)) in &streams {
        let missing = reach + 1 - packets;
        println!("stream {ssrc}: {packets} packets, {missing} missing");
    }
    println!("{others} other frames");
    Ok(())
}

fn list(packet: &Packet<'_>, streams: &mut Streams) {
    let (ssrc, number) = (packet.ssrc(), packet.sequence_number());
    let (kind, bytes) = (packet.payload_type(), packet.payload().len());
    println!("RTP  stream {ssrc}, number {number}, type {kind}, {bytes} bytes");
    let (packets, last, reach) = streams.entry(ssrc).or_insert((0, number, 0));
    *packets += 1;
    // Numbers wrap around after 65535: they have a distance, but no order.
    if number.newer_than(*last) {
        *reach += i64::from(last.distance_to(number));
        *last = number;
    }
}

/// A frame, or why there are no more.
type Frame<'a> = Result<&'a [u8], &'static str>;

/// The frames of a capture. Its numbers are in the byte order of the machine that wrote it.
fn frames(capture: &[u8]) -> Result<impl Iterator<Item = Frame<'_>>, &'static str> {
    let (header, mut rest) = capture.split_first_chunk::<24>().ok_or("no capture")?;
    let number = match header {
        // With times in microseconds, or in nanoseconds.
        [0xa1, 0xb2, 0xc3, 0xd4, ..] | [0xa1, 0xb2, 0x3c, 0x4d, ..] => u32::from_be_bytes,
        [0xd4, 0xc3, 0xb2, 0xa1, ..] | [0x4d, 0x3c, 0xb2, 0xa1, ..] => u32::from_le_bytes,
        _ => return Err("not a classic pcap; `editcap -F pcap` makes one of others"),
    };
    if !matches!(header, [.., a, b, c, d] if number([*a, *b, *c, *d]) == 1) {
        return Err("the frames are not Ethernet");
    }
    Ok(iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (frame, behind) = split_frame(rest, number).unzip();
        rest = behind.unwrap_or_default();
        Some(frame.ok_or("the capture ends within a frame"))
    }))
}

/// The first frame, and what is behind it.
fn split_frame(records: &[u8], number: fn([u8; 4]) -> u32) -> Option<(&[u8], &[u8])> {
    let (record, behind) = records.split_first_chunk::<16>()?;
    let [_, _, _, _, _, _, _, _, a, b, c, d, ..] = *record;
    behind.split_at_checked(usize::try_from(number([a, b, c, d])).ok()?)
}

/// What a frame carries, if that is a datagram in one piece: Ethernet, IPv4, UDP.
fn udp_payload(frame: &[u8]) -> Option<&[u8]> {
    let (ethernet, ip) = frame.split_first_chunk::<14>()?;
    let header = ip.first_chunk::<20>()?;
    let [first, _, high, low, ..] = *header;
    let is_udp = matches!(header.get(6..10), Some([0 | 0x40, 0, _, 17]));
    let start = 4 * usize::from(first & 0x0f) + 8;
    let datagram = ip.get(start..usize::from(u16::from_be_bytes([high, low])))?;
    (ethernet.ends_with(&[8, 0]) && first >> 4 == 4 && is_udp).then_some(datagram)
}

/// A capture of three packets of audio, with one missing between them, a question to a name server, and a goodbye.
fn make_capture() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut capture = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0];
    capture.extend([0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0]);
    for number in [65_534, 65_535, 1] {
        let header = Header {
            marker: false,
            payload_type: PayloadType::try_from(0)?,
            sequence_number: SequenceNumber::new(number),
            timestamp: Timestamp::new(160 * u32::from(number)),
            ssrc: Ssrc::new(7),
            csrcs: Items::default(),
        };
        let mut packet = Vec::new();
        header.write(&mut packet)?;
        packet.extend([0xff; 160]);
        push_frame(&mut capture, &packet)?;
    }
    // A question to a name server, whose number happens to look like the first octets of RTCP.
    let question = b"\x80\xc8\x01\0\0\x01\0\0\0\0\0\0\0\0\x01\0\x01";
    push_frame(&mut capture, question)?;
    let (ssrcs, mut packet) = ([Ssrc::new(7)], Vec::new());
    let (ssrcs, reason) = (Items::from(&ssrcs), Some(&b"over"[..]));
    rtcp::Bye { ssrcs, reason }.write(&mut packet)?;
    push_frame(&mut capture, &packet)?;
    println!("no file is given: a capture is made");
    Ok(capture)
}

fn push_frame(capture: &mut Vec<u8>, payload: &[u8]) -> Result<(), Box<dyn Error>> {
    let length = u16::try_from(payload.len() + 28)?;
    let frame = (u32::from(length) + 14).to_le_bytes();
    capture.extend([[0; 4], [0; 4], frame, frame, [0; 4], [0; 4], [0; 4]].concat());
    let [high, low] = length.to_be_bytes();
    capture.extend([8, 0, 0x45, 0, high, low]);
    capture.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    capture.extend([19, 140, 19, 140, 0, 0, 0, 0]);
    capture.extend(payload);
    Ok(())
}
