use alloc::{vec, vec::Vec};

use proptest::prelude::*;

use super::*;
use crate::{Ppid, RequestNumber, Ssn, StreamId, Tsn};

fn written(chunk: &Chunk<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    chunk.write(&mut out).unwrap();
    out
}

fn parsed(bytes: &[u8]) -> Chunk<'_> {
    let mut reader = strata_core::wire::Reader::new(bytes);
    let chunk = Chunk::parse(&mut reader).unwrap();
    assert!(reader.is_empty());
    chunk
}

#[test]
fn data_is_laid_out_as_drawn() {
    let chunk = Chunk::Data(Data {
        immediate: true,
        unordered: false,
        beginning: true,
        ending: false,
        tsn: Tsn::new(0x0102_0304),
        stream: StreamId::new(5),
        ssn: Ssn::new(6),
        ppid: Ppid::BINARY,
        payload: b"abcde",
    });
    let bytes = b"\x00\x0a\x00\x15\x01\x02\x03\x04\x00\x05\x00\x06\x00\x00\x00\x35abcde\0\0\0";
    assert_eq!(written(&chunk), bytes);
    assert_eq!(parsed(bytes), chunk);
}

#[test]
fn a_sack_is_laid_out_as_drawn() {
    // RFC 9260 §3.3.4: the example with TSNs 10 to 12, 14, 15 and 17 received.
    let gaps = [GapBlock { start: 2, end: 3 }, GapBlock { start: 5, end: 5 }];
    let mut out = Vec::new();
    write_sack(
        &mut out,
        Tsn::new(12),
        4660,
        gaps.into_iter(),
        core::iter::empty(),
    )
    .unwrap();
    let bytes = b"\x03\x00\x00\x18\0\0\0\x0c\0\0\x12\x34\0\x02\0\0\0\x02\0\x03\0\x05\0\x05";
    assert_eq!(out, bytes);
    let Chunk::Sack(sack) = parsed(&out) else {
        panic!("not a SACK");
    };
    assert_eq!(sack.cumulative, Tsn::new(12));
    assert_eq!(sack.gaps().collect::<Vec<_>>(), gaps);
    assert_eq!(written(&Chunk::Sack(sack)), bytes);
}

#[test]
fn resets_read_back() {
    let streams = [StreamId::new(1), StreamId::new(2), StreamId::new(3)];
    let mut raw = Vec::new();
    let (number, response) = (RequestNumber::new(7), RequestNumber::new(8));
    ReConfigParameter::write_reset(&mut raw, number, response, Tsn::new(9), &streams).unwrap();
    ReConfigParameter::write_response(&mut raw, number, ReConfigResult::PERFORMED);
    let bytes = written(&Chunk::ReConfig(ReConfig {
        raw_parameters: &raw,
    }));
    let Chunk::ReConfig(reconfig) = parsed(&bytes) else {
        panic!("not a RE-CONFIG");
    };
    let parameters: Vec<_> = reconfig.parameters().map(Result::unwrap).collect();
    let ReConfigParameter::OutgoingReset(request) = parameters[0] else {
        panic!("not a reset");
    };
    assert_eq!(request.streams.iter().collect::<Vec<_>>(), streams);
    assert_eq!((request.number, request.response), (number, response));
    let result = ReConfigResult::PERFORMED;
    assert_eq!(
        parameters[1],
        ReConfigParameter::Response { number, result }
    );
}

#[test]
fn lengths_that_lie_are_refused() {
    for bytes in [
        &b"\x00\x00\x00\x03"[..],
        b"\x00\x00\x00\x10\0\0\0\0",
        b"\x03\x00\x00\x10\0\0\0\0\0\0\0\0\0\x01\0\0",
        b"\x07\x00\x00\x04",
        b"\xc0\x00\x00\x0a\0\0\0\0\0\0\0\0",
        b"\x01",
    ] {
        let mut reader = strata_core::wire::Reader::new(bytes);
        assert!(Chunk::parse(&mut reader).is_err(), "{bytes:?}");
    }
}

#[test]
fn the_checksum_is_crc32c_lowest_byte_first() {
    let mut packet = Vec::new();
    Header {
        source_port: 5000,
        destination_port: 5000,
        verification_tag: 1,
    }
    .write(&mut packet);
    Chunk::CookieAck.write(&mut packet).unwrap();
    seal(&mut packet, 0);
    assert!(verify_checksum(&mut packet));
    for at in 0..packet.len() {
        packet[at] ^= 0x10;
        assert!(!verify_checksum(&mut packet), "byte {at}");
        packet[at] ^= 0x10;
    }
    // The check value of CRC-32/ISCSI.
    let check = 0xe306_9283_u32.to_le_bytes();
    assert_eq!(packet::crc32c(b"123456789"), check);
    assert_eq!(packet::crc32c_by_table(b"123456789"), check);
}

#[test]
fn dcep_messages_are_laid_out_as_drawn() {
    let open = Dcep::Open(Open {
        unordered: true,
        kind: ChannelType::MaxRetransmits,
        priority: 256,
        reliability_parameter: 3,
        label: b"chat",
        protocol: b"p",
    });
    let bytes = b"\x03\x81\x01\x00\x00\x00\x00\x03\x00\x04\x00\x01chatp";
    let mut out = Vec::new();
    open.write(&mut out).unwrap();
    assert_eq!(out, bytes);
    assert_eq!(Dcep::parse(bytes), Ok(open));
    assert_eq!(Dcep::parse(b"\x02"), Ok(Dcep::Ack));
    assert!(Dcep::parse(&bytes[..bytes.len() - 1]).is_err());
    assert!(Dcep::parse(b"\x03\x03\0\0\0\0\0\0\0\0\0\0").is_err());
}

proptest! {
    /// What can be read is written in a form that reads the same.
    #[test]
    fn chunks_read_back(
        kind in prop_oneof![0_u8..16, Just(130), Just(192), any::<u8>()],
        flags: u8,
        value in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut bytes = vec![kind, flags];
        bytes.extend_from_slice(&u16::try_from(value.len() + 4).unwrap().to_be_bytes());
        bytes.extend_from_slice(&value);
        let mut reader = strata_core::wire::Reader::new(&bytes);
        if let Ok(chunk) = Chunk::parse(&mut reader) {
            let again = written(&chunk);
            prop_assert_eq!(parsed(&again), chunk);
            prop_assert_eq!(again.len() % 4, 0);
        }
    }

    #[test]
    fn dcep_reads_back(bytes in proptest::collection::vec(any::<u8>(), 0..40), open: bool) {
        let mut bytes = bytes;
        if open && bytes.len() >= 12 {
            bytes[0] = 3;
            bytes[1] &= 0x83;
            bytes[8..12].copy_from_slice(&[0, 2, 0, 1]);
            bytes.truncate(15);
        }
        if let Ok(message) = Dcep::parse(&bytes) {
            let mut out = Vec::new();
            message.write(&mut out).unwrap();
            prop_assert_eq!(Dcep::parse(&out), Ok(message));
        }
    }
}
