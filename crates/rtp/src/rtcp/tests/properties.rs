use super::*;

fn ssrc() -> impl Strategy<Value = Ssrc> {
    any::<u32>().prop_map(Ssrc::new)
}

fn report_block() -> impl Strategy<Value = ReportBlock> {
    (
        ssrc(),
        any::<u8>(),
        -0x80_0000..=0x7f_ffff_i32,
        any::<[u32; 4]>(),
    )
        .prop_map(
            |(ssrc, fraction_lost, cumulative_lost, [a, b, c, d])| ReportBlock {
                ssrc,
                fraction_lost,
                cumulative_lost,
                highest_sequence_number: a,
                jitter: b,
                last_sender_report: c,
                delay_since_last_sender_report: d,
            },
        )
}

fn words() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<[u8; 4]>(), 0..5).prop_map(|words| words.concat())
}

/// Bytes that look like RTCP, so that parsing gets beyond the frame.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let packet = (
        0..32_u8,
        prop_oneof![200..=207_u8, 192..=223_u8],
        prop::collection::vec(any::<[u8; 4]>(), 0..12).prop_map(|words| words.concat()),
    )
        .prop_map(|(count, packet_type, body)| {
            let words = u8::try_from(body.len() / 4).unwrap();
            [&[0x80 | count, packet_type, 0, words], body.as_slice()].concat()
        });
    prop::collection::vec(packet, 1..4).prop_map(|packets| packets.concat())
}

fn check(packet: Packet<'_>) -> Result<(), TestCaseError> {
    let mut out = Vec::new();
    prop_assert_eq!(packet.write(&mut out), Ok(()));
    prop_assert_eq!(only(&out), Ok(packet));
    Ok(())
}

proptest! {
    #[test]
    fn reports_survive(
        ids in (ssrc(), any::<u64>(), any::<[u32; 3]>()),
        blocks in prop::collection::vec(report_block(), 0..32),
        profile_extension in words(),
    ) {
        let (ssrc, ntp, [rtp, packet_count, octet_count]) = ids;
        let reports = Items::from(blocks.as_slice());
        check(Packet::SenderReport(SenderReport {
            ssrc,
            ntp: NtpTimestamp::new(ntp),
            rtp: Timestamp::new(rtp),
            packet_count,
            octet_count,
            reports,
            profile_extension: &profile_extension,
        }))?;
        check(Packet::ReceiverReport(ReceiverReport {
            ssrc,
            reports,
            profile_extension: &profile_extension,
        }))?;
    }

    #[test]
    fn descriptions_survive(
        texts in prop::collection::vec(
            (ssrc(), prop::collection::vec((1..=255_u8, prop::collection::vec(any::<u8>(), 0..20)), 0..4)),
            0..5,
        ),
    ) {
        let items: Vec<Vec<_>> = texts
            .iter()
            .map(|(_, items)| items.iter().map(|(kind, text)| SdesItem { kind: *kind, text }).collect())
            .collect();
        let chunks: Vec<_> = texts
            .iter()
            .zip(&items)
            .map(|((ssrc, _), items)| SdesChunk {
                ssrc: *ssrc,
                items: SdesItems::from(items.as_slice()),
            })
            .collect();
        check(Packet::SourceDescription(SourceDescription {
            chunks: SdesChunks::from(chunks.as_slice()),
        }))?;
    }

    #[test]
    fn goodbyes_survive(
        ssrcs in prop::collection::vec(ssrc(), 0..32),
        reason in prop::option::of(prop::collection::vec(any::<u8>(), 0..=255)),
    ) {
        check(Packet::Bye(Bye {
            ssrcs: Items::from(ssrcs.as_slice()),
            reason: reason.as_deref(),
        }))?;
    }

    #[test]
    fn application_and_unknown_packets_survive(
        subtype in 0..32_u8,
        ssrc in ssrc(),
        name: [u8; 4],
        data in words(),
    ) {
        check(Packet::App(App { subtype, ssrc, name, data: &data }))?;
        check(Packet::Unknown(Unknown { packet_type: 207, count: subtype, body: &data }))?;
    }

    #[test]
    fn a_nack_names_exactly_what_was_lost(
        start: u16,
        gaps in prop::collection::vec(1..40_u16, 1..50),
    ) {
        let lost: Vec<_> = gaps
            .iter()
            .scan(SequenceNumber::new(start), |number, gap| {
                *number = number.plus(*gap);
                Some(*number)
            })
            .collect();
        let mut out = Vec::new();
        Nack::write_lost(&mut out, Ssrc::new(1), Ssrc::new(2), lost.iter().copied()).unwrap();
        let Ok(Packet::Nack(nack)) = only(&out) else { panic!("not a NACK") };
        prop_assert_eq!(nack.sequence_numbers().collect::<Vec<_>>(), lost);
        check(Packet::Nack(nack))?;
    }

    #[test]
    fn a_bitrate_keeps_18_bits(bitrate: u64, shift in 0..64_u32, ssrcs in prop::collection::vec(ssrc(), 0..5)) {
        let bitrate_bps = bitrate >> shift;
        let remb = Remb {
            sender: Ssrc::new(1),
            media: Ssrc::new(0),
            bitrate_bps,
            ssrcs: Items::from(ssrcs.as_slice()),
        };
        let mut out = Vec::new();
        remb.write(&mut out).unwrap();
        let Ok(Packet::Remb(read)) = only(&out) else { panic!("not a REMB") };
        prop_assert!(read.bitrate_bps <= bitrate_bps);
        prop_assert!(bitrate_bps - read.bitrate_bps <= bitrate_bps >> 17);
        check(Packet::Remb(read))?;
    }

    #[test]
    fn feedback_reports_exactly_what_arrived(
        start: u16,
        arrivals in prop::collection::vec(
            (prop_oneof![Just(1_u16), 1..4_u16, 1..300_u16], prop_oneof![0..64_u64, 0..30_000_u64]),
            1..200,
        ),
        epoch in 0..100_000_000_u64,
    ) {
        let mut builder = TwccBuilder::new();
        let (mut number, mut ticks) = (SequenceNumber::new(start), epoch);
        let mut expected = Vec::new();
        for (gap, delta) in arrivals {
            (number, ticks) = (number.plus(gap), ticks + delta);
            builder.push(number, Duration::from_micros(ticks * 250)).unwrap();
            expected.push((number, i64::try_from(ticks * 250).unwrap()));
        }
        let mut out = Vec::new();
        builder.write(&mut out, Ssrc::new(1), Ssrc::new(2), 3).unwrap();
        let Ok(Packet::Twcc(twcc)) = only(&out) else { panic!("not feedback") };
        prop_assert_eq!(twcc.arrivals().collect::<Vec<_>>(), expected);
        prop_assert_eq!(twcc.packets().count(), usize::from(twcc.status_count()));
        check(Packet::Twcc(twcc))?;
    }

    #[test]
    fn what_is_read_can_be_written(bytes in plausible()) {
        let compound = Compound::parse(&bytes).unwrap();
        for packet in compound.iter().flatten() {
            check(packet)?;
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Ok(compound) = Compound::parse(&bytes) {
            let _ = alloc::format!("{compound:?}");
        }
    }
}
