//! RTP packets, RTCP compounds, transport-wide feedback.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use strata_rtp::extension::{
    AbsoluteSendTime, AudioLevel, ExtensionId, HeaderExtension, Mid, RepairedRid, Rid,
    TransmissionOffset, TransportSequenceNumber, VideoOrientation,
};
use strata_rtp::rtcp::{Compound, Packet as Rtcp, PacketStatus, TwccBuilder};
use strata_rtp::{Packet, PacketMut, PayloadType, SequenceNumber, Ssrc, Timestamp};

use crate::Outcome;

/// One RTP packet: reads it, writes it again, rewrites it in place.
pub fn rtp_packet(data: &[u8]) -> Outcome {
    let packet = match Packet::parse(data) {
        Ok(packet) => packet,
        Err(error) => return Outcome::refused(error),
    };
    assert_eq!(
        packet.header().len() + packet.payload().len() + usize::from(packet.padding()),
        data.len()
    );
    rtp_is_written_as_it_was_read(&packet);
    for (id, element) in packet.extensions() {
        assert!(packet.extensions().get(id).is_some());
        typed_extensions(element);
    }
    rtp_is_rewritten_in_place(data);
    Outcome::Parsed
}

fn rtp_is_written_as_it_was_read(packet: &Packet<'_>) {
    let mut out = Vec::new();
    let extensions = packet.extensions();
    let written = if extensions.is_present() {
        packet
            .to_header()
            .write_with_raw(&mut out, extensions.profile(), extensions.as_bytes())
    } else {
        packet.to_header().write(&mut out)
    };
    written.expect("what was read can be written");
    // The padding bit is set by what appends padding.
    if packet.padding() != 0 {
        out[0] |= 0x20;
    }
    assert_eq!(out, packet.header());

    let Some(form) = extensions.form() else {
        return;
    };
    let mut again = Vec::new();
    packet
        .to_header()
        .write_with(&mut again, form, |writer| {
            extensions
                .iter()
                .try_for_each(|(id, element)| writer.push_bytes(id, element))
        })
        .expect("elements that were read fit the form they came in");
    let again = Packet::parse(&again).expect("what was written can be read");
    assert!(again.extensions().iter().eq(extensions.iter()));
}

fn typed_extensions(element: &[u8]) {
    fn check<'a, T: HeaderExtension<'a>>(element: &'a [u8]) {
        if let Some(value) = T::parse(element) {
            let mut out = Vec::new();
            value.write(&mut out);
            assert!(!out.is_empty() && out.len() <= element.len());
        }
    }
    check::<Mid<'_>>(element);
    check::<Rid<'_>>(element);
    check::<RepairedRid<'_>>(element);
    check::<AudioLevel>(element);
    check::<AbsoluteSendTime>(element);
    check::<TransportSequenceNumber>(element);
    check::<TransmissionOffset>(element);
    check::<VideoOrientation>(element);
}

fn rtp_is_rewritten_in_place(data: &[u8]) {
    let mut bytes = data.to_vec();
    let mut packet = PacketMut::parse(&mut bytes).expect("parsed before");
    let original = Packet::parse(data).expect("parsed before");
    packet.set_ssrc(Ssrc::new(1));
    packet.set_sequence_number(SequenceNumber::new(2));
    packet.set_timestamp(Timestamp::new(3));
    packet.set_payload_type(PayloadType::new(4).expect("below 128"));
    packet.set_marker(!original.marker());
    // Those that are there, and some that may not be.
    let there = original.extensions().iter().map(|(id, _)| id);
    let others = [1, 14, 15, 16, 255]
        .into_iter()
        .filter_map(ExtensionId::new);
    for id in there.chain(others).collect::<BTreeSet<_>>() {
        let there = packet.extension_mut(id).map(|element| &*element);
        assert_eq!(there, original.extensions().get(id));
    }
    let rewritten = packet.as_packet().expect("only fields have changed");
    assert_eq!(rewritten.ssrc().get(), 1);
    assert_eq!(rewritten.sequence_number().get(), 2);
    assert_eq!(rewritten.timestamp().get(), 3);
    assert_eq!(rewritten.payload_type().get(), 4);
    assert_eq!(rewritten.marker(), !original.marker());
    assert_eq!(rewritten.header()[12..], original.header()[12..]);
    assert_eq!(rewritten.payload(), original.payload());
}

/// A compound of RTCP packets: reads each, writes it, reads it again. Refused if one of them is.
pub fn rtcp_compound(data: &[u8]) -> Outcome {
    let compound = match Compound::parse(data) {
        Ok(compound) => compound,
        Err(error) => return Outcome::refused(error),
    };
    let mut outcome = Outcome::Parsed;
    for packet in &compound {
        match packet {
            Ok(packet) => rtcp_is_written_as_it_was_read(packet),
            Err(error) => outcome = Outcome::refused(error),
        }
    }
    outcome
}

fn rtcp_is_written_as_it_was_read(packet: Rtcp<'_>) {
    let mut out = Vec::new();
    packet
        .write(&mut out)
        .expect("what was read can be written");
    let again = Compound::parse(&out).expect("what was written can be read");
    assert_eq!(again.iter().collect::<Vec<_>>(), [Ok(packet)]);
    match packet {
        Rtcp::Twcc(twcc) => {
            assert_eq!(twcc.packets().count(), usize::from(twcc.status_count()));
            let (first, count) = (twcc.base().plus(7), 20);
            let within = twcc
                .packets()
                .filter(|(number, _)| number.get().wrapping_sub(first.get()) < count);
            assert!(twcc.packets_within(first, count).eq(within));
            let arrived = twcc.packets().filter_map(|(number, status)| match status {
                PacketStatus::Received { micros } => Some((number, micros)),
                PacketStatus::NotReceived | PacketStatus::ReceivedWithoutDelta => None,
            });
            assert!(twcc.arrivals().eq(arrived));
        }
        Rtcp::Nack(nack) => {
            let lost = nack.sequence_numbers().count();
            assert!((nack.entries.len()..=17 * nack.entries.len()).contains(&lost));
        }
        _ => {}
    }
}

/// Arrivals, four bytes each: how far the number is from the last one, ahead or behind, and 16 bits of time.
pub fn rtcp_twcc_builder(data: &[u8]) {
    let mut builder = TwccBuilder::new();
    let mut expected = BTreeMap::new();
    let (mut number, mut ticks) = (SequenceNumber::new(0), 1_000_000_u64);
    for chunk in data.chunks_exact(4) {
        let [a, b, c, d] = [chunk[0], chunk[1], chunk[2], chunk[3]];
        // Small steps mostly, large ones when the upper bits say so.
        let step = if a >= 0xf0 {
            u16::from_be_bytes([a << 4, b])
        } else if a & 8 != 0 {
            u16::from(b & 3).wrapping_neg()
        } else {
            u16::from(b & 3)
        };
        let delta = i16::from_be_bytes([if a & 1 == 0 { 0 } else { c }, d]);
        let (next, then) = (number.plus(step), ticks.saturating_add_signed(delta.into()));
        if builder
            .push(next, Duration::from_micros(then * 250))
            .is_ok()
        {
            (number, ticks) = (next, then);
            expected.insert(next.get(), then * 250);
        } else if a & 2 == 0 {
            check_feedback(&mut builder, &mut expected);
        }
    }
    check_feedback(&mut builder, &mut expected);
}

/// All that arrived since the last feedback is in this one. It may repeat others.
fn check_feedback(builder: &mut TwccBuilder, expected: &mut BTreeMap<u16, u64>) {
    let size = builder.size();
    let mut out = Vec::new();
    builder
        .write(&mut out, Ssrc::new(1), Ssrc::new(2), 3)
        .expect("a feedback within its limits can be written");
    assert_eq!(out.len(), size);
    assert!(builder.is_empty());
    if expected.is_empty() {
        assert!(out.is_empty());
        return;
    }
    let compound = Compound::parse(&out).expect("what was written can be read");
    let packets: Vec<_> = compound.iter().collect();
    let [Ok(Rtcp::Twcc(twcc))] = packets[..] else {
        panic!("not one feedback: {packets:?}");
    };
    let arrived: BTreeMap<_, _> = twcc
        .arrivals()
        .map(|(number, micros)| {
            let micros = u64::try_from(micros).expect("after the epoch");
            (number.get(), micros)
        })
        .collect();
    assert!(
        expected
            .iter()
            .all(|(number, micros)| arrived.get(number) == Some(micros))
    );
    expected.clear();
}
