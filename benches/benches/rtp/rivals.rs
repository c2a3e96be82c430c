//! `rtp-types` and `rtcp-types`.

use std::{hint::black_box, num::Wrapping};

use criterion::{BenchmarkGroup, measurement::WallTime};
use rtcp_types::{RtcpPacketWriterExt as _, TwccPacketStatus};
use rtp_types::RtpPacketMut;

use super::{PAYLOAD, frame_elements};

type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// It leaves the elements of the extension to its user, who reads them as well.
pub(crate) fn read(group: &mut Group<'_>, packet: &[u8]) {
    group.bench_function("rtp-types", |bencher| {
        bencher.iter(|| {
            let packet = rtp_types::RtpPacket::parse(black_box(packet)).expect("valid");
            let (_, elements) = packet.extension().expect("an extension");
            let number = one_byte_element(elements, 3).and_then(|data| data.try_into().ok());
            black_box(number.map(u16::from_be_bytes));
            let mid = one_byte_element(elements, 4);
            black_box(mid.and_then(|data| str::from_utf8(data).ok()));
            black_box(packet.payload());
            (packet.ssrc(), packet.sequence_number(), packet.timestamp())
        });
    });
}

fn one_byte_element(mut elements: &[u8], wanted: u8) -> Option<&[u8]> {
    while let Some((&first, rest)) = elements.split_first() {
        if first == 0 {
            elements = rest;
            continue;
        }
        let (data, rest) = rest.split_at_checked(usize::from(first & 0x0f) + 1)?;
        if first >> 4 == wanted {
            return Some(data);
        }
        elements = rest;
    }
    None
}

/// It takes the extension as bytes, which its user frames.
pub(crate) fn write(group: &mut Group<'_>) {
    let (mut out, mut elements) = (Vec::with_capacity(2048), Vec::new());
    let mut number = Wrapping(0_u16);
    group.bench_function("rtp-types", |bencher| {
        bencher.iter(|| {
            number += 1;
            out.clear();
            elements.clear();
            frame_elements(&mut elements, number.0);
            write_packet(&mut out, number.0, &elements);
            black_box(&out);
        });
    });
}

pub(crate) fn write_framed(group: &mut Group<'_>, elements: &[u8]) {
    let mut out = Vec::with_capacity(2048);
    let mut number = Wrapping(0_u16);
    group.bench_function("rtp-types", |bencher| {
        bencher.iter(|| {
            number += 1;
            out.clear();
            write_packet(&mut out, number.0, black_box(elements));
            black_box(&out);
        });
    });
}

fn write_packet(out: &mut Vec<u8>, number: u16, elements: &[u8]) {
    rtp_types::RtpPacketBuilder::<&[u8], &[u8]>::new()
        .payload_type(96)
        .sequence_number(number)
        .timestamp(90_000)
        .ssrc(0x1234_5678)
        .extension(0xbede, elements)
        .payload(&PAYLOAD)
        .write_into_vec(out)
        .expect("valid");
}

pub(crate) fn rewrite(group: &mut Group<'_>, packet: &[u8]) {
    let mut packet = packet.to_vec();
    group.bench_function("rtp-types", |bencher| {
        let mut number = Wrapping(0_u16);
        bencher.iter(|| {
            number += 1;
            let mut packet = RtpPacketMut::parse(black_box(&mut packet)).expect("valid");
            packet.set_ssrc(42);
            packet.set_sequence_number(number.0);
            packet.set_payload_type(100).expect("below 128");
            let elements = packet.extension_mut().expect("an extension");
            let element = one_byte_element_mut(elements, 3).expect("it is there");
            element.copy_from_slice(&number.0.to_be_bytes());
        });
    });
}

fn one_byte_element_mut(mut elements: &mut [u8], wanted: u8) -> Option<&mut [u8]> {
    while let Some((first, rest)) = elements.split_first_mut() {
        if *first == 0 {
            elements = rest;
            continue;
        }
        let (data, rest) = rest.split_at_mut_checked(usize::from(*first & 0x0f) + 1)?;
        if *first >> 4 == wanted {
            return Some(data);
        }
        elements = rest;
    }
    None
}

pub(crate) fn compound(group: &mut Group<'_>, bytes: &[u8]) {
    group.bench_function("rtcp-types", |bencher| {
        bencher.iter(|| {
            let mut sum = 0_u64;
            for packet in rtcp_types::Compound::parse(black_box(bytes))
                .expect("valid")
                .flatten()
            {
                if let rtcp_types::Packet::Sr(report) = packet {
                    sum += report.ntp_timestamp() >> 32;
                    let jitters = report
                        .report_blocks()
                        .map(|block| u64::from(block.interarrival_jitter()));
                    sum += jitters.sum::<u64>();
                } else if let rtcp_types::Packet::TransportFeedback(feedback) = packet {
                    let nack = feedback.parse_fci::<rtcp_types::Nack<'_>>();
                    sum += nack.expect("a NACK").entries().map(u64::from).sum::<u64>();
                }
            }
            black_box(sum)
        });
    });
}

pub(crate) fn write_compound(group: &mut Group<'_>) {
    let mut out = vec![0; 256];
    group.bench_function("rtcp-types", |bencher| {
        bencher.iter(|| {
            black_box(write_reports(&mut out));
            black_box(&out);
        });
    });
}

fn write_reports(out: &mut [u8]) -> usize {
    let report = rtcp_types::SenderReport::builder(1)
        .ntp_timestamp(0x1234_5678_9abc_def0)
        .rtp_timestamp(90_000)
        .packet_count(1000)
        .octet_count(1_000_000)
        .add_report_block(rtcp_types::ReportBlock::builder(2));
    let item = rtcp_types::SdesItem::builder(rtcp_types::SdesItem::CNAME, "0123456789abcdef");
    let chunk = rtcp_types::SdesChunk::builder(1).add_item(item);
    let nack = [100, 101, 110, 300]
        .into_iter()
        .fold(rtcp_types::Nack::builder(), |nack, lost| {
            nack.add_rtp_sequence(lost)
        });
    let nack = rtcp_types::TransportFeedback::builder_owned(nack)
        .sender_ssrc(1)
        .media_ssrc(2);
    rtcp_types::Compound::builder()
        .add_packet(report)
        .add_packet(rtcp_types::Sdes::builder().add_chunk(chunk))
        .add_packet(nack)
        .write_into(out)
        .expect("it fits")
}

/// It leaves it to its user to sum the differences.
pub(crate) fn read_twcc(group: &mut Group<'_>, bytes: &[u8]) {
    group.bench_function("rtcp-types", |bencher| {
        bencher.iter(|| {
            let mut compound = rtcp_types::Compound::parse(black_box(bytes)).expect("valid");
            let Some(Ok(rtcp_types::Packet::TransportFeedback(feedback))) = compound.next() else {
                unreachable!("just written");
            };
            let twcc = feedback.parse_fci::<rtcp_types::Twcc<'_>>();
            let twcc = twcc.expect("a report of arrivals");
            let mut arrival = i64::from(twcc.reference_time()) * 64_000;
            let mut sum = 0_i64;
            for packet in twcc.packets() {
                if let (_, TwccPacketStatus::Received { delta }) = packet.expect("valid") {
                    arrival += i64::from(delta) * 250;
                    sum += arrival;
                }
            }
            black_box(sum)
        });
    });
}
