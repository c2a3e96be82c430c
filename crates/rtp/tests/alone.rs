//! This crate is enough: whoever imports it and `std` can name the type of everything in its signatures.

use std::{error::Error, num::NonZeroU8, time::Duration};

use strata_rtp::extension::{
    AudioLevel, ExtensionForm, ExtensionId, ExtensionIter, ExtensionWriter, Extensions,
    HeaderExtension,
};
use strata_rtp::rtcp::{
    self, Compound, CompoundIter, Nack, NackEntry, NtpTimestamp, PacketStatus, ReportBlock,
    SdesChunk, SdesChunks, SdesItem, SdesItems, SenderReport, SourceDescription, TwccBuilder,
    TwccError,
};
use strata_rtp::{
    Header, Items, ItemsIter, Packet, PacketMut, ParseError, PayloadType, PayloadTypeError, Reader,
    SequenceNumber, Ssrc, Timestamp, Truncated, WireItem, WriteError, is_rtcp, write_padding,
};

/// An extension that only this application has.
#[derive(Debug, PartialEq, Eq)]
struct FrameNumber(u16);

impl HeaderExtension<'_> for FrameNumber {
    const URI: &'static str = "urn:example:frame-number";

    fn parse(data: &[u8]) -> Option<Self> {
        Some(Self(u16::from_be_bytes(data.try_into().ok()?)))
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }
}

/// An item of a list that only this application has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layer(u16);

impl WireItem for Layer {
    const SIZE: usize = 2;

    fn read(reader: &mut Reader<'_>) -> Result<Self, Truncated> {
        reader.u16().map(Self)
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }
}

fn header(number: u16) -> Result<Header<'static>, PayloadTypeError> {
    Ok(Header {
        marker: true,
        payload_type: PayloadType::try_from(96)?,
        sequence_number: SequenceNumber::new(number),
        timestamp: Timestamp::new(90_000),
        ssrc: Ssrc::new(7),
        csrcs: Items::default(),
    })
}

#[test]
fn a_packet_is_written_changed_and_read() -> Result<(), Box<dyn Error>> {
    let level_id = ExtensionId::new(1).ok_or("not 0")?;
    let frame_id = ExtensionId::new(2).ok_or("not 0")?;
    let fill = |elements: &mut ExtensionWriter<'_>| -> Result<(), WriteError> {
        elements.push(level_id, &AudioLevel::new(true, 30).expect("at most 127"))?;
        elements.push(frame_id, &FrameNumber(258))
    };
    let mut out = Vec::new();
    header(65_535)?.write_with(&mut out, ExtensionForm::OneByte, fill)?;
    out.extend(b"payload");
    write_padding(&mut out, 0, NonZeroU8::new(4).ok_or("not 0")?)?;
    let mut changed: PacketMut<'_> = PacketMut::parse(&mut out)?;
    changed.set_ssrc(Ssrc::new(42));
    changed.set_sequence_number(SequenceNumber::new(65_535).next());

    assert!(!is_rtcp(&out));
    let packet: Packet<'_> = Packet::parse(&out)?;
    assert_eq!(
        (packet.ssrc().get(), packet.sequence_number().get()),
        (42, 0)
    );
    assert_eq!((packet.payload(), packet.padding()), (&b"payload"[..], 4));
    assert_eq!(
        packet.extension::<FrameNumber>(frame_id),
        Some(FrameNumber(258))
    );
    let extensions: Extensions<'_> = packet.extensions();
    let elements: ExtensionIter<'_> = extensions.iter();
    assert_eq!(
        elements.map(|(id, _)| id).collect::<Vec<_>>(),
        [level_id, frame_id]
    );
    let short: Result<Packet<'_>, ParseError> = Packet::parse(&out[..11]);
    let truncated = Truncated {
        expected: 12,
        actual: 11,
    };
    assert_eq!(short.err(), Some(ParseError::Truncated(truncated)));

    let layers: Items<'_, Layer> = Items::from_wire(&[0, 1, 0, 2]);
    let each: ItemsIter<'_, Layer> = layers.iter();
    assert_eq!(each.collect::<Vec<_>>(), [Layer(1), Layer(2)]);
    Ok(())
}

#[test]
fn a_compound_packet_is_written_and_read() -> Result<(), Box<dyn Error>> {
    let ssrc = Ssrc::new(7);
    let blocks = [ReportBlock {
        ssrc: Ssrc::new(8),
        fraction_lost: 64,
        ..ReportBlock::default()
    }];
    let report = SenderReport {
        ssrc,
        ntp: NtpTimestamp::from_unix(Duration::from_secs(1)),
        rtp: Timestamp::new(90_000),
        packet_count: 10,
        octet_count: 1000,
        reports: Items::from(&blocks),
        profile_extension: &[],
    };
    let items = [SdesItem::cname("me")];
    let chunks = [SdesChunk {
        ssrc,
        items: SdesItems::from(&items[..]),
    }];
    let description = SourceDescription {
        chunks: SdesChunks::from(&chunks[..]),
    };
    let mut first = NackEntry::new(SequenceNumber::new(9));
    assert!(first.include(SequenceNumber::new(11)));
    let entries = [first];
    let nack = Nack {
        sender: ssrc,
        media: Ssrc::new(8),
        entries: Items::from(&entries),
    };
    let mut out = Vec::new();
    let written: Result<(), rtcp::WriteError> = report.write(&mut out);
    written?;
    description.write(&mut out)?;
    nack.write(&mut out)?;

    assert!(is_rtcp(&out));
    let compound: Compound<'_> = Compound::parse(&out)?;
    assert!(!compound.is_reduced_size());
    let packets: CompoundIter<'_> = compound.iter();
    let packets: Result<Vec<rtcp::Packet<'_>>, rtcp::ParseError> = packets.collect();
    let expected = [
        rtcp::Packet::SenderReport(report),
        rtcp::Packet::SourceDescription(description),
        rtcp::Packet::Nack(nack),
    ];
    assert_eq!(packets?, expected);
    let missing = nack.sequence_numbers().map(SequenceNumber::get);
    assert_eq!(missing.collect::<Vec<_>>(), [9, 11]);
    Ok(())
}

#[test]
fn feedback_tells_what_arrived() -> Result<(), Box<dyn Error>> {
    let mut builder = TwccBuilder::new();
    for number in [1, 3] {
        let arrival = Duration::from_millis(u64::from(number));
        let pushed: Result<(), TwccError> = builder.push(SequenceNumber::new(number), arrival);
        pushed?;
    }
    let mut out = Vec::new();
    builder.write(&mut out, Ssrc::new(1), Ssrc::new(2), 0)?;
    let packet = Compound::parse(&out)?
        .iter()
        .next()
        .ok_or("it is empty")??;
    let rtcp::Packet::Twcc(feedback) = packet else {
        return Err("it is another packet".into());
    };
    let lost = |(_, status): &(SequenceNumber, PacketStatus)| *status == PacketStatus::NotReceived;
    assert_eq!(feedback.packets().filter(lost).count(), 1);
    Ok(())
}
