//! Reading, writing and rewriting RTP packets; reading and writing RTCP.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

use std::hint::black_box;
use std::num::Wrapping;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use strata_rtp::extension::{
    AbsoluteSendTime, AudioLevel, ExtensionForm, ExtensionId, Mid, TransportSequenceNumber,
};
use strata_rtp::rtcp::{Compound, Nack, Packet as Rtcp, ReportBlock, SenderReport, TwccBuilder};
use strata_rtp::rtcp::{
    NtpTimestamp, SdesChunk, SdesChunks, SdesItem, SdesItems, SourceDescription,
};
use strata_rtp::{Header, Items, Packet, PacketMut, PayloadType, SequenceNumber, Ssrc, Timestamp};

const PAYLOAD: [u8; 1100] = [0x5a; 1100];

fn id(id: u8) -> ExtensionId {
    ExtensionId::new(id).expect("not 0")
}

fn header(number: u16) -> Header<'static> {
    Header {
        marker: false,
        payload_type: PayloadType::new(96).expect("below 128"),
        sequence_number: SequenceNumber::new(number),
        timestamp: Timestamp::new(90_000),
        ssrc: Ssrc::new(0x1234_5678),
        csrcs: Items::default(),
    }
}

/// A video packet as a browser sends it: four extensions, 1100 bytes of payload.
fn write_packet(out: &mut Vec<u8>, number: u16) {
    let level = AudioLevel::new(true, 20).expect("at most 127");
    let transport = TransportSequenceNumber(SequenceNumber::new(number));
    header(number)
        .write_with(out, ExtensionForm::OneByte, |writer| {
            writer.push(id(1), &level)?;
            writer.push(id(2), &AbsoluteSendTime::from_bits(0x12_3456))?;
            writer.push(id(3), &transport)?;
            writer.push(id(4), &Mid::new("0").expect("a token"))
        })
        .expect("short elements");
    out.extend_from_slice(&PAYLOAD);
}

fn read(c: &mut Criterion) {
    let mut packet = Vec::new();
    write_packet(&mut packet, 7);
    let mut group = c.benchmark_group("rtp/read");
    group.throughput(Throughput::Elements(1));
    // The fields and two extensions: what a receiver needs of every packet.
    group.bench_function("strata", |b| {
        b.iter(|| {
            let packet = Packet::parse(black_box(&packet)).expect("valid");
            black_box(packet.extension::<TransportSequenceNumber>(id(3)));
            black_box(packet.extension::<Mid<'_>>(id(4)));
            black_box(packet.payload());
            (packet.ssrc(), packet.sequence_number(), packet.timestamp())
        });
    });
    // It leaves the elements of the extension to its user, who reads them as well.
    group.bench_function("rtp-types", |b| {
        b.iter(|| {
            let packet = rtp_types::RtpPacket::parse(black_box(&packet)).expect("valid");
            let (_, elements) = packet.extension().expect("an extension");
            let number = one_byte_element(elements, 3).and_then(|data| data.try_into().ok());
            black_box(number.map(u16::from_be_bytes));
            let mid = one_byte_element(elements, 4);
            black_box(mid.and_then(|data| str::from_utf8(data).ok()));
            black_box(packet.payload());
            (packet.ssrc(), packet.sequence_number(), packet.timestamp())
        });
    });
    // Reading the twelve bytes of the fixed header is what nobody can do without.
    group.bench_function("limit", |b| {
        b.iter(|| black_box(*black_box(&packet).first_chunk::<12>().expect("valid")));
    });
    group.finish();
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

fn write(c: &mut Criterion) {
    let mut group = c.benchmark_group("rtp/write");
    let mut out = Vec::with_capacity(2048);
    write_packet(&mut out, 0);
    let length = out.len();
    group.throughput(Throughput::Bytes(u64::try_from(length).expect("small")));
    let mut number = Wrapping(0_u16);
    group.bench_function("strata", |b| {
        b.iter(|| {
            number += 1;
            out.clear();
            write_packet(&mut out, number.0);
            black_box(&out);
        });
    });
    // It takes the extension as bytes, which its user frames.
    let mut elements = Vec::new();
    group.bench_function("rtp-types", |b| {
        b.iter(|| {
            number += 1;
            out.clear();
            elements.clear();
            frame_elements(&mut elements, number.0);
            write_rival_packet(&mut out, number.0, &elements);
            black_box(&out);
        });
    });
    group.bench_function("limit", |b| {
        let packet = out.clone();
        b.iter(|| {
            out.clear();
            out.extend_from_slice(black_box(&packet));
            black_box(&out);
        });
    });
    group.finish();
}

/// A packet whose extension was framed before, for another.
fn forward(c: &mut Criterion) {
    let mut group = c.benchmark_group("rtp/write-framed");
    let mut out = Vec::with_capacity(2048);
    write_packet(&mut out, 0);
    group.throughput(Throughput::Bytes(u64::try_from(out.len()).expect("small")));
    let mut elements = Vec::new();
    frame_elements(&mut elements, 0);
    let mut number = Wrapping(0_u16);
    group.bench_function("strata", |b| {
        b.iter(|| {
            number += 1;
            out.clear();
            header(number.0)
                .write_with_raw(&mut out, 0xbede, black_box(&elements))
                .expect("whole words");
            out.extend_from_slice(&PAYLOAD);
            black_box(&out);
        });
    });
    group.bench_function("rtp-types", |b| {
        b.iter(|| {
            number += 1;
            out.clear();
            write_rival_packet(&mut out, number.0, black_box(&elements));
            black_box(&out);
        });
    });
    group.finish();
}

/// The elements that [`write_packet`] writes.
fn frame_elements(out: &mut Vec<u8>, number: u16) {
    out.extend_from_slice(&[0x10, 0x80 | 0x14, 0x22, 0x12, 0x34, 0x56, 0x31]);
    out.extend_from_slice(&number.to_be_bytes());
    out.extend_from_slice(&[0x40, b'0', 0]);
}

fn write_rival_packet(out: &mut Vec<u8>, number: u16, elements: &[u8]) {
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

fn rewrite(c: &mut Criterion) {
    let mut packet = Vec::new();
    write_packet(&mut packet, 7);
    let mut group = c.benchmark_group("rtp/rewrite");
    group.throughput(Throughput::Elements(1));
    // As an SFU does for each receiver: stream, number, type, transport-wide number.
    group.bench_function("strata", |b| {
        let mut number = Wrapping(0_u16);
        b.iter(|| {
            number += 1;
            let mut packet = PacketMut::parse(black_box(&mut packet)).expect("valid");
            packet.set_ssrc(Ssrc::new(42));
            packet.set_sequence_number(SequenceNumber::new(number.0));
            packet.set_payload_type(PayloadType::new(100).expect("below 128"));
            if let Some(element) = packet.extension_mut(id(3)) {
                element.copy_from_slice(&number.0.to_be_bytes());
            }
        });
    });
    group.finish();
}

fn write_compound(out: &mut Vec<u8>) {
    let reports = [ReportBlock {
        ssrc: Ssrc::new(2),
        ..ReportBlock::default()
    }];
    let report = SenderReport {
        ssrc: Ssrc::new(1),
        ntp: NtpTimestamp::new(0x1234_5678_9abc_def0),
        rtp: Timestamp::new(90_000),
        packet_count: 1000,
        octet_count: 1_000_000,
        reports: Items::from(&reports),
        profile_extension: &[],
    };
    let items = [SdesItem::cname("0123456789abcdef")];
    let chunks = [SdesChunk {
        ssrc: Ssrc::new(1),
        items: SdesItems::from(items.as_slice()),
    }];
    let description = SourceDescription {
        chunks: SdesChunks::from(chunks.as_slice()),
    };
    let lost = [100, 101, 110, 300].map(SequenceNumber::new);
    report.write(out).expect("one block");
    description.write(out).expect("a short name");
    Nack::write_lost(out, Ssrc::new(1), Ssrc::new(2), lost).expect("few");
}

fn write_rival_compound(out: &mut [u8]) -> usize {
    use rtcp_types::RtcpPacketWriterExt as _;

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

fn compound(c: &mut Criterion) {
    let mut bytes = Vec::new();
    write_compound(&mut bytes);
    let mut group = c.benchmark_group("rtcp/compound");
    group.throughput(Throughput::Elements(1));
    group.bench_function("strata", |b| {
        b.iter(|| {
            let mut sum = 0_u64;
            for packet in Compound::parse(black_box(&bytes))
                .expect("valid")
                .iter()
                .flatten()
            {
                if let Rtcp::SenderReport(report) = packet {
                    sum += report.ntp.get() >> 32;
                    let jitters = report.reports.iter().map(|block| u64::from(block.jitter));
                    sum += jitters.sum::<u64>();
                } else if let Rtcp::Nack(nack) = packet {
                    let lost = nack
                        .sequence_numbers()
                        .map(|number| u64::from(number.get()));
                    sum += lost.sum::<u64>();
                }
            }
            black_box(sum)
        });
    });
    group.bench_function("rtcp-types", |b| {
        b.iter(|| {
            let mut sum = 0_u64;
            for packet in rtcp_types::Compound::parse(black_box(&bytes))
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
    group.finish();

    let mut group = c.benchmark_group("rtcp/write");
    group.throughput(Throughput::Elements(1));
    let mut out = Vec::with_capacity(256);
    group.bench_function("strata", |b| {
        b.iter(|| {
            out.clear();
            write_compound(&mut out);
            black_box(&out);
        });
    });
    let mut out = vec![0; 256];
    group.bench_function("rtcp-types", |b| {
        b.iter(|| {
            black_box(write_rival_compound(&mut out));
            black_box(&out);
        });
    });
    group.finish();
}

fn feedback(c: &mut Criterion) {
    let mut builder = TwccBuilder::new();
    let mut bytes = Vec::new();
    let mut write = |out: &mut Vec<u8>| {
        builder.begin(SequenceNumber::new(0));
        for number in (0..200_u16).filter(|number| number % 10 != 3) {
            let arrival = core::time::Duration::from_micros(u64::from(number) * 700);
            let pushed = builder.push(SequenceNumber::new(number), arrival);
            assert_eq!(pushed, Ok(()));
        }
        builder
            .write(out, Ssrc::new(1), Ssrc::new(2), 0)
            .expect("small");
    };
    write(&mut bytes);
    let mut group = c.benchmark_group("rtcp/twcc");
    // Packets reported on: 200, of which a tenth is lost.
    group.throughput(Throughput::Elements(200));
    group.bench_function("strata", |b| {
        b.iter(|| {
            let compound = Compound::parse(black_box(&bytes)).expect("valid");
            let Some(Ok(Rtcp::Twcc(twcc))) = compound.iter().next() else {
                unreachable!("just written");
            };
            black_box(twcc.arrivals().map(|(_, micros)| micros).sum::<i64>())
        });
    });
    // 65,535 lost packets in 40 bytes, of which the receiver knows the last 200.
    let mut hostile = b"\x8f\xcd\0\x09\0\0\0\x01\0\0\0\x02\0\0\xff\xff\0\0\0\0".to_vec();
    hostile.extend([[0x1f, 0xff]; 9].concat());
    hostile.extend([0; 2]);
    group.bench_function("strata-hostile", |b| {
        b.iter(|| {
            let compound = Compound::parse(black_box(&hostile)).expect("valid");
            let Some(Ok(Rtcp::Twcc(twcc))) = compound.iter().next() else {
                unreachable!("well-formed");
            };
            let within = twcc.packets_within(SequenceNumber::new(65_000), 200);
            black_box((within.count(), twcc.arrivals().count()))
        });
    });
    let mut out = Vec::new();
    group.bench_function("strata-write", |b| {
        b.iter(|| {
            out.clear();
            write(&mut out);
            black_box(&out);
        });
    });
    group.finish();
}

criterion_group!(benches, read, write, forward, rewrite, compound, feedback);
criterion_main!(benches);
