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

/// RFC 9260 §3.3.1.
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

/// RFC 6525 §4.1, §4.4.
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

/// RFC 9260 §3.2: "The Chunk Length field does not count any chunk padding. However, it does include any padding
/// of variable-length parameters other than the last parameter in the chunk."
#[test]
fn the_length_of_a_chunk_does_not_count_its_last_parameters_padding() {
    for value in 0..9 {
        let mut two = Vec::new();
        for value in [&[1; 5][..], &[2; 8][..value]] {
            let kind = ParameterType(0x8123);
            Parameter { kind, value }.write(&mut two).unwrap();
        }
        let init = Init {
            initiate_tag: 1,
            a_rwnd: 2,
            outbound_streams: 3,
            inbound_streams: 4,
            initial_tsn: Tsn::new(5),
            raw_parameters: &two,
        };
        let abort = Abort {
            reflected: false,
            raw_causes: &two,
        };
        let info = &[2; 8][..value];
        // Each with what is before its last parameter's value.
        let rows = [
            (Chunk::Init(init), 20 + 12 + 4),
            (Chunk::InitAck(init), 20 + 12 + 4),
            (Chunk::Abort(abort), 4 + 12 + 4),
            (Chunk::Error(ErrorChunk { raw_causes: &two }), 4 + 12 + 4),
            (
                Chunk::ReConfig(ReConfig {
                    raw_parameters: &two,
                }),
                4 + 12 + 4,
            ),
            (Chunk::Heartbeat(Heartbeat { info }), 4 + 4),
            (Chunk::HeartbeatAck(Heartbeat { info }), 4 + 4),
            (Chunk::CookieEcho(info), 4),
        ];
        for (chunk, before) in rows {
            let bytes = written(&chunk);
            let length = usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
            assert_eq!(length, before + value, "{chunk:?}");
            assert_eq!(bytes.len(), length.next_multiple_of(4), "{chunk:?}");
            assert!(bytes[length..].iter().all(|byte| *byte == 0), "{chunk:?}");
            // "A robust implementation is expected to accept the chunk whether or not the final padding has been
            // included in the Chunk Length."
            let mut padded = bytes.clone();
            padded[3] = u8::try_from(bytes.len()).unwrap();
            if !matches!(chunk, Chunk::CookieEcho(_)) {
                assert_eq!(parsed(&padded), parsed(&bytes));
            }
        }
    }
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

/// RFC 9260 §6.8, appendix A.
#[test]
fn a_changed_byte_is_noticed_by_the_checksum() {
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
    let field = packet[8..12].to_owned();
    packet[8..12].fill(0);
    assert_eq!(checksum::crc32c(&packet)[..], field);
}

/// RFC 8832 §5.1, §5.2.
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

    /// Chunks behind each other, in a buffer that others have written to before.
    #[test]
    fn packets_read_back(
        before in 0_usize..4,
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..20), 1..6),
    ) {
        let header = Header {
            source_port: 1,
            destination_port: 2,
            verification_tag: 3,
        };
        let mut raw = Vec::new();
        let chunks: Vec<_> = payloads
            .iter()
            .enumerate()
            .map(|(index, payload)| match index % 3 {
                0 => Chunk::Data(Data {
                    immediate: false,
                    unordered: false,
                    beginning: true,
                    ending: true,
                    tsn: Tsn::new(0),
                    stream: StreamId::new(0),
                    ssn: Ssn::new(0),
                    ppid: Ppid::BINARY,
                    payload,
                }),
                1 => Chunk::Heartbeat(Heartbeat { info: payload }),
                _ => Chunk::CookieEcho(payload),
            })
            .collect();
        let mut out = vec![0xee; before];
        header.write(&mut out);
        for chunk in &chunks {
            chunk.write(&mut out).unwrap();
        }
        seal(&mut out, before);
        raw.extend_from_slice(&out[before..]);
        prop_assert!(verify_checksum(&mut raw));
        let packet = Packet::parse(&raw).unwrap();
        let read: Vec<_> = packet.chunks().map(Result::unwrap).collect();
        prop_assert_eq!(read, chunks);
        prop_assert_eq!(&out[..before], &vec![0xee; before][..]);
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
