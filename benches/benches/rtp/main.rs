//! Reading, writing and rewriting RTP packets; reading and writing RTCP.
//!
//! `limit` of reading is to look at every byte that the values come from: the fixed header and the extensions of an RTP
//! packet, all of an RTCP packet. That of writing is to copy the bytes, that of rewriting to write those that change.
//!
//! `rtcp/twcc_write` and `rtcp/twcc_hostile` have no rivals: `rtcp-types` has neither a recorder of arrivals nor a way to
//! read a part of what a packet reports on.
#![expect(
    clippy::expect_used,
    reason = "a benchmark that fails says why and ends"
)]

#[cfg(feature = "rivals")]
mod rivals;

use std::hint::black_box;
use std::num::Wrapping;

use criterion::{
    BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime,
};
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

/// The bytes summed: each was looked at.
fn look_at(group: &mut BenchmarkGroup<'_, WallTime>, bytes: &[u8]) {
    group.bench_function("limit", |b| {
        b.iter(|| {
            let bytes = black_box(bytes).iter();
            bytes.fold(0_u64, |sum, byte| sum.wrapping_add(u64::from(*byte)))
        });
    });
}

/// The bytes copied.
fn copy(group: &mut BenchmarkGroup<'_, WallTime>, bytes: &[u8]) {
    let mut out = Vec::with_capacity(bytes.len());
    group.bench_function("limit", |b| {
        b.iter(|| {
            out.clear();
            out.extend_from_slice(black_box(bytes));
            black_box(&out);
        });
    });
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
    #[cfg(feature = "rivals")]
    rivals::read(&mut group, &packet);
    look_at(
        &mut group,
        packet.strip_suffix(&PAYLOAD).expect("it ends so"),
    );
    group.finish();
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
    #[cfg(feature = "rivals")]
    rivals::write(&mut group);
    out.clear();
    write_packet(&mut out, 0);
    copy(&mut group, &out);
    group.finish();
}

/// A packet whose extension was framed before, for another.
fn forward(c: &mut Criterion) {
    let mut group = c.benchmark_group("rtp/write_framed");
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
    #[cfg(feature = "rivals")]
    rivals::write_framed(&mut group, &elements);
    out.clear();
    write_packet(&mut out, 0);
    copy(&mut group, &out);
    group.finish();
}

/// The elements that [`write_packet`] writes.
fn frame_elements(out: &mut Vec<u8>, number: u16) {
    out.extend_from_slice(&[0x10, 0x80 | 0x14, 0x22, 0x12, 0x34, 0x56, 0x31]);
    out.extend_from_slice(&number.to_be_bytes());
    out.extend_from_slice(&[0x40, b'0', 0]);
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
    #[cfg(feature = "rivals")]
    rivals::rewrite(&mut group, &packet);
    group.bench_function("limit", |b| {
        let mut number = Wrapping(0_u16);
        b.iter(|| {
            number += 1;
            let bytes = black_box(&mut packet).first_chunk_mut::<25>();
            let bytes = bytes.expect("a header and the extension");
            let [
                _,
                kind,
                high,
                low,
                _,
                _,
                _,
                _,
                ssrc @ ..,
                element_high,
                element_low,
            ] = bytes;
            *kind = 100;
            [*high, *low] = number.0.to_be_bytes();
            ssrc.first_chunk_mut::<4>()
                .expect("longer")
                .copy_from_slice(&[0, 0, 0, 42]);
            [*element_high, *element_low] = number.0.to_be_bytes();
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
    #[cfg(feature = "rivals")]
    rivals::compound(&mut group, &bytes);
    look_at(&mut group, &bytes);
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
    #[cfg(feature = "rivals")]
    rivals::write_compound(&mut group);
    copy(&mut group, &bytes);
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
    let mut group = c.benchmark_group("rtcp/twcc_read");
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
    #[cfg(feature = "rivals")]
    rivals::read_twcc(&mut group, &bytes);
    look_at(&mut group, &bytes);
    group.finish();

    let mut group = c.benchmark_group("rtcp/twcc_write");
    group.throughput(Throughput::Elements(200));
    let mut out = Vec::new();
    group.bench_function("strata", |b| {
        b.iter(|| {
            out.clear();
            write(&mut out);
            black_box(&out);
        });
    });
    copy(&mut group, &bytes);
    group.finish();
}

fn hostile_feedback(c: &mut Criterion) {
    let mut group = c.benchmark_group("rtcp/twcc_hostile");
    group.throughput(Throughput::Elements(1));
    // 65,535 lost packets in 40 bytes, of which the receiver knows the last 200.
    let mut hostile = b"\x8f\xcd\0\x09\0\0\0\x01\0\0\0\x02\0\0\xff\xff\0\0\0\0".to_vec();
    hostile.extend([[0x1f, 0xff]; 9].concat());
    hostile.extend([0; 2]);
    group.bench_function("strata", |b| {
        b.iter(|| {
            let compound = Compound::parse(black_box(&hostile)).expect("valid");
            let Some(Ok(Rtcp::Twcc(twcc))) = compound.iter().next() else {
                unreachable!("well-formed");
            };
            let within = twcc.packets_within(SequenceNumber::new(65_000), 200);
            black_box((within.count(), twcc.arrivals().count()))
        });
    });
    look_at(&mut group, &hostile);
    group.finish();
}

criterion_group!(
    benches,
    read,
    write,
    forward,
    rewrite,
    compound,
    feedback,
    hostile_feedback
);
criterion_main!(benches);
