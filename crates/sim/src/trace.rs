//! What was sent, when, and what became of it.

use std::net::SocketAddr;

use strata_core::{Instant, Path, wire};

use crate::{Fate, Link, Outgoing};

/// One datagram that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// When it was sent.
    pub sent: Instant,
    /// Which host sent it: in a [`Pair`](crate::Pair) 0 is `a` and 1 is `b`, in a
    /// [`Network`](crate::Network) it is [`HostId::index`](crate::HostId::index).
    pub sender: usize,
    /// Its addresses, as the sender sees them.
    pub path: Path,
    /// What became of it on the sender's link.
    pub fate: Fate,
    /// Its bytes as they were sent.
    pub payload: Vec<u8>,
}

/// A trace as a capture file (pcap with nanoseconds, raw IP), for Wireshark to explain.
///
/// It holds everything that was sent, also what was then dropped, under the virtual time.
///
/// ```
/// # let records: &[strata_sim::Record] = &[];
/// let file: Vec<u8> = strata_sim::pcap(records);
/// assert_eq!(file.len(), 24);
/// ```
#[must_use]
pub fn pcap(records: &[Record]) -> Vec<u8> {
    let mut out = Vec::new();
    for word in [PCAP_NANOSECONDS, PCAP_VERSION, 0, 0, u32::MAX, LINKTYPE_RAW] {
        out.extend_from_slice(&word.to_be_bytes());
    }
    for record in records {
        // The longest UDP payload is shorter than what its length fields hold.
        let packet = ip_packet(record);
        let nanos = record.sent.as_nanos();
        for word in [
            nanos / 1_000_000_000,
            nanos % 1_000_000_000,
            u64::try_from(packet.len()).unwrap_or(u64::MAX),
            u64::try_from(packet.len()).unwrap_or(u64::MAX),
        ] {
            out.extend_from_slice(&u32::try_from(word).unwrap_or(u32::MAX).to_be_bytes());
        }
        out.extend_from_slice(&packet);
    }
    out
}

/// The IP packet (RFC 791, RFC 8200) around the UDP datagram (RFC 768) that this was.
fn ip_packet(record: &Record) -> Vec<u8> {
    let (from, to) = (record.path.local, record.path.remote);
    let length = u16::try_from(record.payload.len() + UDP_HEADER).unwrap_or(u16::MAX);
    let mut udp = Vec::new();
    for field in [from.port(), to.port(), length, 0] {
        udp.extend_from_slice(&field.to_be_bytes());
    }
    udp.extend_from_slice(&record.payload);
    let addresses = [octets(from), octets(to)].concat();
    let pseudo = [&addresses[..], &[0, IP_UDP], &length.to_be_bytes(), &udp].concat();
    wire::patch(&mut udp, 6, &checksum(&pseudo).to_be_bytes());

    let mut packet = if from.is_ipv4() {
        let total = length.saturating_add(20).to_be_bytes();
        let mut header = vec![0x45, 0];
        header.extend_from_slice(&total);
        header.extend_from_slice(&[0, 0, 0x40, 0, 64, IP_UDP, 0, 0]);
        header.extend_from_slice(&addresses);
        let sum = checksum(&header);
        wire::patch(&mut header, 10, &sum.to_be_bytes());
        header
    } else {
        let mut header = vec![0x60, 0, 0, 0];
        header.extend_from_slice(&length.to_be_bytes());
        header.extend_from_slice(&[IP_UDP, 64]);
        header.extend_from_slice(&addresses);
        header
    };
    packet.extend_from_slice(&udp);
    packet
}

fn octets(address: SocketAddr) -> Vec<u8> {
    match address {
        SocketAddr::V4(address) => address.ip().octets().to_vec(),
        SocketAddr::V6(address) => address.ip().octets().to_vec(),
    }
}

/// The checksum of the internet (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    bytes
        .chunks(2)
        .map(|pair| {
            let (high, low) = (pair.first(), pair.get(1));
            u16::from_be_bytes([high, low].map(|byte| byte.copied().unwrap_or(0)))
        })
        .fold(0u16, |sum, word| {
            let (sum, carry) = sum.overflowing_add(word);
            sum + u16::from(carry)
        })
        ^ u16::MAX
}

/// The records of a world; none are kept until somebody asks for them.
#[derive(Debug, Default)]
pub(crate) struct Trace(Option<Vec<Record>>);

impl Trace {
    /// Keeps a record of every datagram from now on.
    pub(crate) fn begin(&mut self) {
        self.0.get_or_insert_with(Vec::new);
    }

    pub(crate) fn records(&self) -> &[Record] {
        self.0.as_deref().unwrap_or_default()
    }

    /// Sends the datagrams that `bytes` are on the link of their sender.
    pub(crate) fn send(
        &mut self,
        (now, sender): (Instant, usize),
        (link, path): (&mut Link, Path),
        outgoing: Outgoing,
        bytes: &[u8],
    ) {
        for payload in outgoing.segments(bytes) {
            let fate = link.send(now, path, outgoing.ecn, payload);
            if let Some(records) = &mut self.0 {
                records.push(Record {
                    sent: now,
                    sender,
                    path,
                    fate,
                    payload: payload.to_vec(),
                });
            }
        }
    }
}

const PCAP_NANOSECONDS: u32 = 0xa1b2_3c4d;
const PCAP_VERSION: u32 = 0x0002_0004;
const LINKTYPE_RAW: u32 = 101;
const IP_UDP: u8 = 17;
const UDP_HEADER: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    fn record(local: &str, remote: &str) -> Record {
        Record {
            sent: Instant::from_nanos(1_500_000_007),
            sender: 0,
            path: Path::udp(local.parse().unwrap(), remote.parse().unwrap()),
            fate: Fate::Dropped(crate::DropReason::Loss),
            payload: b"odd".to_vec(),
        }
    }

    #[test]
    fn the_checksum_is_that_of_the_rfc() {
        // RFC 1071 §3: the sum of these is ddf2, before it is inverted.
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(checksum(&bytes), !0xddf2);
    }

    #[test]
    fn a_capture_holds_whole_packets() {
        let file = pcap(&[record("192.0.2.1:1", "192.0.2.2:2")]);
        assert_eq!(file[..4], [0xa1, 0xb2, 0x3c, 0x4d]);
        assert_eq!(
            file[24..40],
            [0, 0, 0, 1, 0x1d, 0xcd, 0x65, 7, 0, 0, 0, 31, 0, 0, 0, 31]
        );
        let packet = &file[40..];
        assert_eq!(packet.len(), 31);
        assert_eq!(packet[..4], [0x45, 0, 0, 31]);
        assert_eq!(
            packet[12..28],
            [
                192, 0, 2, 1, 192, 0, 2, 2, 0, 1, 0, 2, 0, 11, packet[26], packet[27]
            ]
        );
        assert_eq!(&packet[28..], b"odd");
        // A checksum over what includes its own checksum is zero.
        assert_eq!(checksum(&packet[..20]), 0);
        let pseudo = [&packet[12..20], &[0, 17, 0, 11], &packet[20..]].concat();
        assert_eq!(checksum(&pseudo), 0);
    }

    #[test]
    fn a_capture_knows_both_families() {
        let file = pcap(&[record("[2001:db8::1]:1", "[2001:db8::2]:2")]);
        let packet = &file[40..];
        assert_eq!(packet.len(), 51);
        assert_eq!(packet[..8], [0x60, 0, 0, 0, 0, 11, 17, 64]);
        let pseudo = [&packet[8..40], &[0, 17, 0, 11], &packet[40..]].concat();
        assert_eq!(checksum(&pseudo), 0);
    }
}
