//! What the sender is told of how its media arrives, and of what goes back.

use strata_peer::rtp::{
    Items,
    rtcp::{Bye, NtpTimestamp, ReportBlock, SenderReport},
};

use super::*;

/// What an echo has reported in one compound packet.
#[derive(Clone, Debug, Default)]
struct Told {
    blocks: Vec<ReportBlock>,
    /// Source, packets, octets, time on the wall, time of the media.
    sent: Vec<(Ssrc, u32, u32, NtpTimestamp, Timestamp)>,
    named: Vec<(Ssrc, String)>,
    estimate: Option<(u64, Vec<Ssrc>)>,
    left: Vec<Ssrc>,
    bytes: usize,
}

impl Told {
    fn read(compound: &[u8]) -> Self {
        let packets = Compound::parse(compound).unwrap();
        assert!(!packets.is_reduced_size(), "RFC 3550 §6.1: {packets:?}");
        let mut told = Self {
            bytes: compound.len(),
            ..Self::default()
        };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "an echo sends no others unasked"
        )]
        for packet in packets {
            match packet.unwrap() {
                Packet::SenderReport(r) => {
                    let (packets, octets) = (r.packet_count, r.octet_count);
                    told.sent.push((r.ssrc, packets, octets, r.ntp, r.rtp));
                    told.blocks.extend(r.reports.iter());
                }
                Packet::ReceiverReport(report) => told.blocks.extend(report.reports.iter()),
                Packet::SourceDescription(names) => {
                    let name = |ssrc, name: Option<&str>| (ssrc, name.unwrap().to_owned());
                    let chunks = names.chunks.iter();
                    told.named
                        .extend(chunks.map(|chunk| name(chunk.ssrc, chunk.cname())));
                }
                Packet::Remb(remb) => {
                    told.estimate = Some((remb.bitrate_bps, remb.ssrcs.iter().collect()));
                }
                Packet::Bye(bye) => told.left.extend(bye.ssrcs.iter()),
                other => panic!("{other:?}"),
            }
        }
        told
    }
}

impl Call {
    /// What was reported by now, and not taken yet.
    fn told(&mut self) -> Vec<Told> {
        self.rtcp().iter().map(|rtcp| Told::read(rtcp)).collect()
    }

    /// What is reported next.
    fn next_told(&mut self) -> Told {
        for _ in 0..6000 {
            if let Some(told) = self.told().pop() {
                return told;
            }
            self.run(Duration::from_millis(1));
        }
        panic!("nothing is reported");
    }

    /// Sends numbers of video, 10 ms apart from each other, each of 1000 bytes.
    fn send_numbers(&mut self, numbers: impl IntoIterator<Item = u16>) {
        static FRAME: [u8; 1000] = [7; 1000];
        for number in numbers {
            self.send_video(number, false, &FRAME);
            self.run(Duration::from_millis(10));
        }
    }

    /// A sender report of the client's video, sent now.
    fn report_as_sender(&mut self, ntp: u64, rtp: u32) {
        let mut out = Vec::new();
        SenderReport {
            ssrc: self.video().ssrc(),
            ntp: NtpTimestamp::new(ntp),
            rtp: Timestamp::new(rtp),
            packet_count: 0,
            octet_count: 0,
            reports: Items::default(),
            profile_extension: &[],
        }
        .write(&mut out)
        .unwrap();
        self.client.write_rtcp(self.now, &out).unwrap();
    }

    /// A goodbye of the client's video.
    fn say_goodbye(&mut self) {
        let mut out = Vec::new();
        let own = [self.video().ssrc()];
        Bye {
            ssrcs: Items::from(&own[..]),
            reason: None,
        }
        .write(&mut out)
        .unwrap();
        self.client.write_rtcp(self.now, &out).unwrap();
    }

    fn on_the_wall(&self) -> NtpTimestamp {
        NtpTimestamp::from_unix(WALL + (self.now - Instant::EPOCH))
    }
}

const FIRST: Duration = Duration::from_millis(250);

/// RFC 3550 §6.4.1, §A.3.
#[test]
fn a_sender_learns_what_it_loses_and_how_long_the_way_is() {
    let mut call = Call::new(with_video);
    let own = call.video().ssrc();
    // The packet goes in the step after; 250 ms later the first report is due.
    call.send_numbers((1..=10).filter(|number| *number != 4));
    call.report_as_sender(0xb44d_b705_2000_0000, 0);
    call.run(Duration::from_millis(160));
    assert!(call.told().is_empty(), "too early");
    call.run(Duration::from_millis(1));
    let told = call.told();
    assert_eq!(told.len(), 1);
    let [block] = *told[0].blocks else {
        panic!("{told:?}")
    };
    // The client's report has come 160 ms before.
    let expected = ReportBlock {
        ssrc: own,
        fraction_lost: 25,
        cumulative_lost: 1,
        highest_sequence_number: 10,
        jitter: block.jitter,
        last_sender_report: 0xb705_2000,
        delay_since_last_sender_report: 160 * 65_536 / 1000,
    };
    assert_eq!(block, expected);
    // Nine packets of the same time, 10 ms apart: at 90 kHz D = 900, eight times. The scaled J (§A.8) is
    // 900, 1744, 2535, 3277, 3972, 4624, 5235, 5808; the last / 16 = 363.
    assert_eq!(block.jitter, 363);

    // RFC 3550 §6.4: no block for a source that was not heard since.
    call.run(Duration::from_secs(10));
    let later = call.told();
    assert!(!later.is_empty());
    assert!(later.iter().all(|told| told.blocks.is_empty()), "{later:?}");
}

/// RFC 3550 §6.4.1: sender information.
#[test]
fn what_goes_back_is_reported_with_the_time_on_both_clocks() {
    let mut call = Call::new(with_video);
    let echoed = call.echoed_stream();
    call.send_numbers([1, 2, 3]);
    call.run(Duration::from_millis(221));
    let told = call.told();
    // The packet that came first was 250 ms ago, the last 230; all say that it was 1000 then.
    let clock = Timestamp::new(1000 + 230 * 90);
    assert_eq!(told[0].sent, [(echoed, 3, 3000, call.on_the_wall(), clock)]);

    // Once the source has said what its clock shows, that counts, whatever packets say.
    call.report_as_sender(1 << 32, 5_000_000);
    call.run(Duration::from_millis(1));
    let said = call.now;
    call.send_numbers([4]);
    let told = call.next_told();
    let since = u32::try_from((call.now - said).as_millis()).unwrap();
    let clock = Timestamp::new(5_000_000 + 90 * since);
    assert_eq!(told.sent, [(echoed, 4, 4000, call.on_the_wall(), clock)]);
}

/// RFC 3550 §6.4: whoever has sent nothing since the report before the last is no sender.
#[test]
fn who_has_sent_nothing_lately_reports_as_a_receiver() {
    let mut call = Call::new(with_video);
    call.send_numbers([1]);
    let senders = [(); 3].map(|()| !call.next_told().sent.is_empty());
    assert_eq!(senders, [true, true, false]);
    call.run(Duration::from_secs(10));
    call.told();
    // RFC 3550 §6.2: every five seconds where nothing comes.
    call.run(Duration::from_secs(20));
    let told = call.told();
    assert_eq!(told.len(), 4);
    assert!(told.iter().all(|told| told.sent.is_empty()));
}

/// RFC 3550 §6.1, §6.5.1; RFC 4588 §4: two streams of one participant.
#[test]
fn retransmissions_are_a_stream_of_their_own_under_the_same_name() {
    let mut call = Call::new(with_video);
    let echoed = call.server.transceivers().next().unwrap();
    let (stream, repair) = (echoed.ssrc(), echoed.rtx_ssrc().unwrap());
    let (own, own_repair) = (call.video().ssrc(), call.video().rtx_ssrc().unwrap());
    call.send_video(7, false, b"frame");
    call.send_video(100, true, b"\x00\x06frame");
    call.run(Duration::from_millis(300));
    let told = call.told();
    let sent: Vec<_> = told[0].sent.iter().map(|s| (s.0, s.1, s.2)).collect();
    assert_eq!(sent, [(stream, 1, 5), (repair, 1, 7)]);
    let mut heard: Vec<Ssrc> = told[0].blocks.iter().map(|block| block.ssrc).collect();
    heard.sort();
    let mut own = [own, own_repair];
    own.sort();
    assert_eq!(heard, own);
    let name = call.server.cname().to_owned();
    assert!(call.server.local_description().unwrap().contains(&name));
    assert_eq!(told[0].named, [(stream, name.clone()), (repair, name)]);
}

#[test]
fn senders_are_told_to_send_what_arrives_and_half_as_much_again() {
    let mut call = Call::new(with_video);
    call.run(Duration::from_secs(3));
    assert!(call.told().is_empty(), "nobody sends");
    let own = call.video().ssrc();
    // 100 packets each second, of 1000 bytes and 12 of header, 8 of a MID's extension: 816 kbit/s.
    call.send_numbers(1..=300);
    let estimates: Vec<_> = call.told().into_iter().filter_map(|t| t.estimate).collect();
    assert_eq!(estimates.len(), 6);
    for (bitrate, senders) in &estimates[2..] {
        assert_eq!(*senders, [own]);
        assert!((1_200_000..=1_250_000).contains(bitrate), "{bitrate}");
    }
    // Every tenth is lost: 734 kbit/s arrive.
    call.send_numbers((301..=400).filter(|number| number % 10 != 0));
    call.told();
    call.send_numbers((401..=500).filter(|number| number % 10 != 0));
    let told = call.told();
    let (bitrate, _) = told[0].estimate.clone().unwrap();
    assert!((680_000..=700_000).contains(&bitrate), "{bitrate}");
}

/// RFC 3550 §6.6, §6.3.7.
#[test]
fn a_goodbye_names_all_that_was_sent_and_comes_with_the_last_report() {
    let mut call = Call::new(with_video);
    call.echo.handle_close(call.now, &mut call.server);
    call.run(SOON);
    assert!(call.told().is_empty(), "who never spoke says no goodbye");

    let echoed = call.echoed_stream();
    call.send_numbers([1, 2]);
    call.echo.handle_close(call.now, &mut call.server);
    assert_eq!(call.echo.poll_timeout(), None);
    call.run(SOON);
    let told = call.told();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].left, [echoed]);
    assert_eq!(told[0].blocks.len(), 1);
    assert_eq!(told[0].estimate, None);
    call.run(Duration::from_secs(20));
    assert!(call.told().is_empty());
}

#[test]
fn a_goodbye_names_retransmissions_however_long_ago_they_were() {
    let mut call = Call::new(with_video);
    let echoed = call.server.transceivers().next().unwrap();
    let streams = [echoed.ssrc(), echoed.rtx_ssrc().unwrap()];
    call.send_video(7, false, b"frame");
    call.send_video(100, true, b"\x00\x06frame");
    call.run(Duration::from_secs(20));
    call.told();
    call.echo.handle_close(call.now, &mut call.server);
    call.run(SOON);
    assert_eq!(call.told()[0].left, streams);
}

/// RFC 3550 §6.4.1: the RTP timestamp "corresponds to the same time as the NTP timestamp". Where nobody knows
/// which one does, nothing is said.
#[test]
fn no_clock_is_invented_for_what_goes_back() {
    let mut call = Call::new(with_video);
    // RFC 4588 §4: a retransmission has the time of what it repairs.
    call.send_video(100, true, b"\x00\x06frame");
    assert_eq!(call.next_told().sent, []);
    call.send_numbers([1]);
    assert_eq!(call.next_told().sent.len(), 2);
    call.say_goodbye();
    call.run(Duration::from_millis(1));
    assert_eq!(call.next_told().sent, []);
}

#[test]
fn a_source_that_has_left_is_told_nothing_any_more() {
    let mut call = Call::new(with_video);
    call.send_numbers([1]);
    call.run(FIRST);
    assert!(call.told().iter().any(|told| told.estimate.is_some()));
    call.say_goodbye();
    call.run(Duration::from_secs(20));
    let told = call.told();
    assert!(!told.is_empty());
    assert!(
        told.iter()
            .all(|told| told.estimate.is_none() && told.blocks.is_empty())
    );
}

#[test]
fn reports_on_many_tracks_are_as_many_datagrams_as_they_need() {
    let mut call = Call::new(|_, peer| {
        for _ in 0..40 {
            peer.add_transceiver(MediaKind::Video, Direction::SendRecv)
                .unwrap();
        }
    });
    let mids: Vec<_> = call
        .client
        .transceivers()
        .map(|t| t.mid().unwrap())
        .collect();
    for mid in &mids {
        let packet = OutgoingRtp::new(
            VP8,
            SequenceNumber::new(1),
            Timestamp::new(1),
            Bytes::from_static(b"frame"),
        )
        .with_marker(true);
        call.client.write_rtp(call.now, mid, packet).unwrap();
    }
    call.run(Duration::from_millis(300));
    let told = call.told();
    assert!(told.len() > 1);
    let all = |count: fn(&Told) -> usize| told.iter().map(count).sum::<usize>();
    assert_eq!(all(|told| told.blocks.len()), 40);
    assert_eq!(all(|told| told.sent.len()), 40);
    assert_eq!(all(|told| usize::from(told.estimate.is_some())), 1);
    for told in &told {
        assert!(told.bytes <= 1200, "{} bytes", told.bytes);
        assert_eq!(told.named.len(), told.sent.len());
    }
}

/// `a=rtcp-fb goog-remb`: what we are told is kept to, by whoever sends what we send.
#[test]
fn what_the_other_side_can_take_is_handed_on() {
    let mut call = Call::new(with_video);
    let sources = [call.echoed_stream()];
    call.send_numbers([1]);
    call.client.write_remb(call.now, 123_000, &sources).unwrap();
    call.run(FIRST);
    let told = call.told();
    assert_eq!(told[0].estimate.clone().unwrap().0, 123_000);
}
