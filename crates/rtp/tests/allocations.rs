//! The budget: once buffers have grown, neither reading, writing nor rewriting allocates.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use std::time::Duration;

use strata_rtp::extension::{AbsoluteSendTime, ExtensionForm, ExtensionId, Mid};
use strata_rtp::rtcp::{
    Compound, Nack, Packet as Rtcp, ReceiverReport, ReportBlock, SdesChunk, SdesChunks, SdesItem,
    SdesItems, SourceDescription, TwccBuilder,
};
use strata_rtp::{Header, Items, Packet, PacketMut, PayloadType, SequenceNumber, Ssrc, Timestamp};

#[test]
fn media_allocates_nothing() {
    let mut out = Vec::with_capacity(2000);
    let mid = ExtensionId::new(4).unwrap();
    let send_time = ExtensionId::new(2).unwrap();
    let mut pass = |number: u16| {
        out.clear();
        let csrcs = [Ssrc::new(3)];
        let header = Header {
            marker: false,
            payload_type: PayloadType::new(96).unwrap(),
            sequence_number: SequenceNumber::new(number),
            timestamp: Timestamp::new(1),
            ssrc: Ssrc::new(2),
            csrcs: Items::from(&csrcs),
        };
        header
            .write_with(&mut out, ExtensionForm::OneByte, |elements| {
                elements.push(send_time, &AbsoluteSendTime::from_bits(5))?;
                elements.push(mid, &Mid::new("0").unwrap())
            })
            .unwrap();
        out.extend_from_slice(&[0x5a; 1000]);
        let mut packet = PacketMut::parse(&mut out).unwrap();
        packet.set_ssrc(Ssrc::new(42));
        packet.extension_mut(send_time).unwrap().fill(1);
        let packet = Packet::parse(&out).unwrap();
        assert_eq!(packet.extension(mid), Mid::new("0"));
        assert_eq!(packet.csrcs().iter().count(), 1);
        assert_eq!(packet.payload().len(), 1000);
    };
    pass(0);
    let heap = allocation_counter::measure(|| (1..1000).for_each(&mut pass));
    assert_eq!(heap.count_total, 0);
}

#[test]
fn reports_and_feedback_allocate_nothing() {
    let mut out = Vec::with_capacity(2000);
    let mut builder = TwccBuilder::new();
    let mut pass = |round: u64| {
        out.clear();
        write_compound(&mut out, &mut builder, round);
        let mut arrived = 0;
        for packet in &Compound::parse(&out).unwrap() {
            let packet = packet.unwrap();
            if let Rtcp::ReceiverReport(report) = packet {
                assert_eq!(report.reports.iter().count(), 1);
            } else if let Rtcp::SourceDescription(description) = packet {
                let chunk = description.chunks.iter().next().unwrap();
                assert_eq!(chunk.cname(), Some("strata"));
            } else if let Rtcp::Nack(nack) = packet {
                assert_eq!(nack.sequence_numbers().count(), 3);
            } else if let Rtcp::Twcc(twcc) = packet {
                arrived = twcc.arrivals().count();
            }
        }
        assert_eq!(arrived, 100);
    };
    // The builder keeps the last 1,024 packets.
    (0..10).for_each(&mut pass);
    let heap = allocation_counter::measure(|| (10..100).for_each(&mut pass));
    assert_eq!(heap.count_total, 0);
}

fn write_compound(out: &mut Vec<u8>, builder: &mut TwccBuilder, round: u64) {
    let reports = [ReportBlock::default()];
    let report = ReceiverReport {
        ssrc: Ssrc::new(1),
        reports: Items::from(&reports),
        profile_extension: &[],
    };
    let items = [SdesItem::cname("strata")];
    let chunks = [SdesChunk {
        ssrc: Ssrc::new(1),
        items: SdesItems::from(items.as_slice()),
    }];
    let description = SourceDescription {
        chunks: SdesChunks::from(chunks.as_slice()),
    };
    report.write(out).expect("within its limits");
    description.write(out).expect("within its limits");
    let lost = [1, 2, 40].map(SequenceNumber::new);
    Nack::write_lost(out, Ssrc::new(1), Ssrc::new(2), lost).expect("within its limits");
    for number in 0..100_u16 {
        let arrival = Duration::from_micros(round * 100_000 + u64::from(number) * 900);
        let number = (round * 200 + u64::from(number) * 2) % 65_536;
        let number = SequenceNumber::new(number.try_into().expect("16 bits"));
        builder.push(number, arrival).expect("within its limits");
    }
    builder
        .write(out, Ssrc::new(1), Ssrc::new(2), 0)
        .expect("within its limits");
}
