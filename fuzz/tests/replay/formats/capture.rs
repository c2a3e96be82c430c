//! Packet captures: pcap and rtpdump.

use strata_core::wire::{Reader, Truncated};

/// The payloads of the UDP datagrams in a capture file. What is not UDP, or a fragment, is left out.
pub(super) fn pcap(file: &[u8]) -> Vec<Vec<u8>> {
    let little = match file.first_chunk::<4>().expect("a pcap header") {
        [0xd4, 0xc3, 0xb2, 0xa1] | [0x4d, 0x3c, 0xb2, 0xa1] => true,
        [0xa1, 0xb2, 0xc3, 0xd4] | [0xa1, 0xb2, 0x3c, 0x4d] => false,
        magic => panic!("not a pcap file: {magic:x?}"),
    };
    let number = |bytes: [u8; 4]| {
        if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        }
    };
    let mut reader = Reader::new(file);
    reader.take(20).expect("a pcap header");
    let link = number(reader.take_array().expect("a pcap header"));
    let mut payloads = Vec::new();
    while reader.take(8).is_ok() {
        let (Ok(captured), Ok(_)) = (reader.take_array(), reader.take_array::<4>()) else {
            break;
        };
        let captured = usize::try_from(number(captured)).expect("64 bits");
        let Ok(frame) = reader.take(captured) else {
            break;
        };
        if let Ok(Some(payload)) = udp_payload(link, frame) {
            payloads.push(payload.to_vec());
        }
    }
    payloads
}

fn udp_payload(link: u32, frame: &[u8]) -> Result<Option<&[u8]>, Truncated> {
    let mut reader = Reader::new(frame);
    match link {
        // Loopback, with the address family in front.
        0 | 108 => drop(reader.take(4)?),
        // Ethernet, with tags.
        1 => {
            reader.take(12)?;
            while reader.u16()? == 0x8100 {
                reader.take(2)?;
            }
        }
        // SCTP packets that somebody has taken out of their datagrams.
        248 => return Ok(Some(frame)),
        // Bare IP.
        12 | 14 | 101 => {}
        // Linux "cooked", both versions.
        113 => drop(reader.take(16)?),
        276 => drop(reader.take(20)?),
        link => panic!("link type {link}"),
    }
    let ip = reader.peek();
    let protocol = match ip.first().map_or(0, |first| first >> 4) {
        4 => {
            let header = reader.take_array::<20>()?;
            // A fragment: an offset, or more to come.
            if header[6] & 0x3f != 0 || header[7] != 0 {
                return Ok(None);
            }
            reader.take((usize::from(header[0] & 0x0f) * 4).saturating_sub(20))?;
            header[9]
        }
        6 => reader.take_array::<40>()?[6],
        _ => return Ok(None),
    };
    if protocol != 17 {
        return Ok(None);
    }
    reader.take(4)?;
    let length = usize::from(reader.u16()?).saturating_sub(8);
    reader.take(2)?;
    // Behind it may be what filled the frame.
    reader.take(length).map(Some)
}

/// The RTP packets of an rtpdump file.
pub(super) fn rtpdump(file: &[u8]) -> Vec<Vec<u8>> {
    let header = file.iter().position(|byte| *byte == b'\n').expect("a line");
    let mut reader = Reader::new(&file[header + 1..]);
    reader.take(16).expect("the file's header");
    let mut packets = Vec::new();
    while let Ok(length) = reader.u16() {
        let (Ok(packet_length), Ok(_)) = (reader.u16(), reader.u32()) else {
            break;
        };
        let Ok(packet) = reader.take(usize::from(length).saturating_sub(8)) else {
            break;
        };
        // The length is 0 for RTCP; a header alone was captured if it is more than there is.
        if packet_length != 0 && packet.len() == usize::from(packet_length) {
            packets.push(packet.to_vec());
        }
    }
    packets
}

/// The datagrams of a transcript: 16-bit tags with a session (1), a request (2) or hints (5), then 0 and
/// the datagrams, each behind 24 bits of length.
pub(super) fn boring_ssl(file: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = Reader::new(file);
    loop {
        match reader.u16() {
            Ok(0) => break,
            Ok(1 | 5) => {
                if reader.prefixed_u24().is_err() {
                    return Vec::new();
                }
            }
            Ok(2) => {}
            // What fuzzers have damaged.
            Ok(_) | Err(_) => return Vec::new(),
        }
    }
    let mut datagrams = Vec::new();
    while let Ok(mut datagram) = reader.prefixed_u24() {
        datagrams.push(datagram.all().to_vec());
    }
    datagrams
}

/// The certificates in a file: a SEQUENCE of 16 bits of length that begins with another.
pub(super) fn certificates(file: &[u8]) -> Vec<Vec<u8>> {
    (0..file.len())
        .filter_map(|at| {
            let [0x30, 0x82, high, low, 0x30, 0x82] = file[at..].first_chunk()? else {
                return None;
            };
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            Some(file.get(at..at + 4 + length)?.to_vec())
        })
        .collect()
}

/// Which target a datagram is for, by its first bytes (RFC 7983 §7, RFC 5761 §4).
pub(crate) fn udp_kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes.first()? {
        128..=191 if strata_rtp::is_rtcp(bytes) => Some("rtcp_compound"),
        128..=191 => Some("rtp_packet"),
        0..=3 => Some("stun_message"),
        20..=63 => Some("dtls_record"),
        64..=79 => Some("turn_channel_data"),
        _ => None,
    }
}
