//! SCTP packets and data channel messages as bytes.

use strata_core::wire::Reader;
use strata_sctp::wire::{
    Chunk, Dcep, Packet, Parameters, ReConfigParameter, seal, verify_checksum,
};

use crate::Outcome;

/// One packet, whatever its checksum: reads its chunks and what they hold, writes them again.
pub fn sctp_packet(data: &[u8]) -> Outcome {
    let packet = match Packet::parse(data) {
        Ok(packet) => packet,
        Err(error) => return Outcome::refused(error),
    };
    let _ = verify_checksum(&mut data.to_vec());
    let mut out = vec![0xee];
    packet.header.write(&mut out);
    let mut refused = None;
    let mut read = Vec::new();
    for chunk in packet.chunks() {
        match chunk {
            Ok(chunk) => {
                chunk
                    .write(&mut out)
                    .expect("what was read fits its length");
                look_into(chunk);
                read.push(chunk);
            }
            Err(error) => refused = Some(error),
        }
    }
    seal(&mut out, 1);
    assert!(verify_checksum(&mut out[1..]));
    let again = Packet::parse(&out[1..]).expect("what was written can be read");
    assert_eq!(again.header, packet.header);
    let chunks: Vec<_> = again
        .chunks()
        .map(|chunk| chunk.expect("just written"))
        .collect();
    assert_eq!(chunks, read);
    refused.map_or(Outcome::Parsed, Outcome::refused)
}

fn look_into(chunk: Chunk<'_>) {
    match chunk {
        Chunk::Init(init) | Chunk::InitAck(init) => {
            parameters_are_written_as_they_were_read(init.parameters());
        }
        Chunk::Sack(sack) => {
            let _ = (sack.gaps().count(), sack.duplicates().count());
        }
        Chunk::ForwardTsn(forward) => {
            let _ = forward.skipped().count();
        }
        Chunk::ReConfig(reconfig) => {
            for parameter in reconfig.parameters().flatten() {
                if let ReConfigParameter::OutgoingReset(request) = parameter {
                    // Half a number at the end is none, and does not make the list one of all streams.
                    let none = request.streams.iter().next().is_none();
                    assert!(none || !request.streams.is_empty());
                }
            }
        }
        _ => {}
    }
}

fn parameters_are_written_as_they_were_read(parameters: Parameters<'_>) {
    let read: Vec<_> = parameters.flatten().collect();
    let mut out = Vec::new();
    for parameter in &read {
        parameter
            .write(&mut out)
            .expect("what was read fits its length");
    }
    let again: Vec<_> = Parameters::new(&out).flatten().collect();
    assert_eq!(again, read);
}

/// One chunk by itself, with whatever is behind it.
pub fn sctp_chunk(data: &[u8]) -> Outcome {
    let mut reader = Reader::new(data);
    match Chunk::parse(&mut reader) {
        Ok(chunk) => {
            let mut out = Vec::new();
            chunk
                .write(&mut out)
                .expect("what was read fits its length");
            assert_eq!(Chunk::parse(&mut Reader::new(&out)), Ok(chunk));
            look_into(chunk);
            Outcome::Parsed
        }
        Err(error) => Outcome::refused(error),
    }
}

/// One message of the data channel establishment protocol.
pub fn sctp_dcep(data: &[u8]) -> Outcome {
    match Dcep::parse(data) {
        Ok(message) => {
            let mut out = Vec::new();
            message
                .write(&mut out)
                .expect("what was read fits its lengths");
            assert_eq!(Dcep::parse(&out), Ok(message));
            Outcome::Parsed
        }
        Err(error) => Outcome::refused(error),
    }
}
