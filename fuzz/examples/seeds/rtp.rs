//! RTP packets with every extension, and each RTCP packet.

use std::num::NonZeroU8;
use std::time::Duration;

use strata_rtp::extension::{
    AbsoluteSendTime, AudioLevel, ExtensionForm, ExtensionId, ExtensionWriter, Mid, RepairedRid,
    Rid, Rotation, TransmissionOffset, TransportSequenceNumber, VideoOrientation,
};
use strata_rtp::rtcp::{
    self, App, Bye, Fir, FirEntry, Nack, NtpTimestamp, Pli, ReceiverReport, Remb, ReportBlock,
    SdesChunk, SdesChunks, SdesItem, SdesItems, SenderReport, SourceDescription, TwccBuilder,
    Unknown,
};
use strata_rtp::{
    Header, Items, PayloadType, SequenceNumber, Ssrc, Timestamp, WriteError, write_padding,
};

use crate::Seed;

const A: Ssrc = Ssrc::new(0x1111_1111);
const B: Ssrc = Ssrc::new(0x2222_2222);

pub(crate) fn seeds() -> Vec<Seed> {
    let mut seeds = rtp_packets();
    seeds.extend(rtcp_packets());
    seeds.push((
        "rtcp_twcc_builder",
        "mixed",
        vec![
            0, 1, 0, 4, 0, 1, 0, 8, 0xf1, 9, 0x20, 0, 0, 2, 0, 200, 2, 0, 0, 0,
        ],
    ));
    seeds
}

fn header(csrcs: &[Ssrc]) -> Header<'_> {
    Header {
        marker: true,
        payload_type: PayloadType::new(96).expect("below 128"),
        sequence_number: SequenceNumber::new(0xfffe),
        timestamp: Timestamp::new(90_000),
        ssrc: A,
        csrcs: Items::from(csrcs),
    }
}

fn every_extension(writer: &mut ExtensionWriter<'_>) -> Result<(), WriteError> {
    let id = |id| ExtensionId::new(id).expect("not 0");
    let level = AudioLevel::new(true, 30).expect("at most 127");
    let orientation = VideoOrientation {
        back_camera: true,
        flipped: false,
        rotation: Rotation::Degrees90,
    };
    let number = TransportSequenceNumber(SequenceNumber::new(7));
    writer.push(id(1), &level)?;
    writer.push(id(2), &AbsoluteSendTime::from_bits(0x12_3456))?;
    writer.push(id(3), &number)?;
    writer.push(id(4), &Mid::new("0").expect("a token"))?;
    writer.push(id(10), &Rid::new("hi").expect("a token"))?;
    writer.push(id(11), &RepairedRid::new("hi").expect("a token"))?;
    writer.push(id(13), &orientation)?;
    writer.push(id(14), &TransmissionOffset::new(-3).expect("24 bits"))
}

fn rtp_packets() -> Vec<Seed> {
    let packet = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        write(&mut out);
        out.extend_from_slice(b"payload");
        out
    };
    let mut padded = packet(&|out| header(&[A, B]).write(out).expect("two sources"));
    write_padding(&mut padded, 0, NonZeroU8::new(5).expect("not 0")).expect("a packet");
    let extended = |form| {
        packet(&|out| {
            header(&[])
                .write_with(out, form, every_extension)
                .expect("short elements");
        })
    };
    vec![
        (
            "rtp_packet",
            "plain",
            packet(&|out| header(&[]).write(out).expect("no sources")),
        ),
        ("rtp_packet", "padded", padded),
        ("rtp_packet", "one-byte", extended(ExtensionForm::OneByte)),
        ("rtp_packet", "two-byte", extended(ExtensionForm::TwoByte)),
    ]
}

type Writer = fn(&mut Vec<u8>) -> Result<(), rtcp::WriteError>;

fn rtcp_packets() -> Vec<Seed> {
    let writers: [(&str, Writer); 8] = [
        ("sr-sdes", sender_report),
        ("rr-bye", receiver_report),
        ("app", app),
        ("nack", nack),
        ("pli-fir", key_frame_requests),
        ("remb", remb),
        ("twcc", twcc),
        ("xr", xr),
    ];
    writers
        .into_iter()
        .map(|(name, write)| {
            let mut out = Vec::new();
            write(&mut out).expect("within its limits");
            ("rtcp_compound", name, out)
        })
        .collect()
}

const REPORTS: [ReportBlock; 1] = [ReportBlock {
    ssrc: B,
    fraction_lost: 1,
    cumulative_lost: -1,
    highest_sequence_number: 0x1_0000,
    jitter: 9,
    last_sender_report: 0x1234_5678,
    delay_since_last_sender_report: 0x8000,
}];

fn sender_report(out: &mut Vec<u8>) -> Result<(), rtcp::WriteError> {
    SenderReport {
        ssrc: A,
        ntp: NtpTimestamp::from_unix(Duration::from_secs(1)),
        rtp: Timestamp::new(90_000),
        packet_count: 10,
        octet_count: 1000,
        reports: Items::from(&REPORTS),
        profile_extension: &[],
    }
    .write(out)?;
    let items = [SdesItem::cname("strata")];
    let chunks = [SdesChunk {
        ssrc: A,
        items: SdesItems::from(items.as_slice()),
    }];
    SourceDescription {
        chunks: SdesChunks::from(chunks.as_slice()),
    }
    .write(out)
}

fn receiver_report(out: &mut Vec<u8>) -> Result<(), rtcp::WriteError> {
    ReceiverReport {
        ssrc: A,
        reports: Items::from(&REPORTS),
        profile_extension: &[],
    }
    .write(out)?;
    Bye {
        ssrcs: Items::from(&[A, B]),
        reason: Some(b"camera off"),
    }
    .write(out)
}

fn app(out: &mut Vec<u8>) -> Result<(), rtcp::WriteError> {
    App {
        subtype: 1,
        ssrc: A,
        name: *b"test",
        data: &[1, 2, 3, 4],
    }
    .write(out)
}

fn nack(out: &mut Vec<u8>) -> Result<(), rtcp::WriteError> {
    let lost = [65_534, 1, 2, 40].map(SequenceNumber::new);
    Nack::write_lost(out, A, B, lost)
}

fn key_frame_requests(out: &mut Vec<u8>) -> Result<(), rtcp::WriteError> {
    Pli {
        sender: A,
        media: B,
    }
    .write(out)?;
    Fir {
        sender: A,
        media: Ssrc::new(0),
        entries: Items::from(&[FirEntry {
            ssrc: B,
            command_sequence_number: 3,
        }]),
    }
    .write(out)
}

fn remb(out: &mut Vec<u8>) -> Result<(), rtcp::WriteError> {
    Remb {
        sender: A,
        media: Ssrc::new(0),
        bitrate_bps: 2_500_000,
        ssrcs: Items::from(&[A, B]),
    }
    .write(out)
}

fn twcc(out: &mut Vec<u8>) -> Result<(), rtcp::WriteError> {
    let mut builder = TwccBuilder::new();
    for (number, millis) in [(1, 0), (2, 5), (3, 3), (40, 200), (41, 201), (42, 202)] {
        let arrival = Duration::from_millis(1000 + millis);
        let pushed = builder.push(SequenceNumber::new(number), arrival);
        pushed.expect("ascending and close together");
    }
    builder.write(out, A, B, 1)
}

fn xr(out: &mut Vec<u8>) -> Result<(), rtcp::WriteError> {
    Unknown {
        packet_type: 207,
        count: 0,
        body: &[0, 0, 0, 1, 4, 0, 0, 2, 0xe0, 0, 0, 0, 0, 0, 0, 1],
    }
    .write(out)
}
