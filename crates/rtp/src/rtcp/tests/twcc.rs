//! Transport-wide feedback: nothing that is missing goes unsaid, and nothing costs more than it says.

use alloc::collections::{BTreeMap, btree_map::Entry};
use alloc::string::String;

use super::*;

const SENDER: Ssrc = Ssrc::new(1);
const MEDIA: Ssrc = Ssrc::new(2);

fn number(value: u16) -> SequenceNumber {
    SequenceNumber::new(value)
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The feedback that a builder writes.
fn written(builder: &mut TwccBuilder) -> Vec<u8> {
    let size = builder.size();
    let mut out = vec![0xee];
    builder.write(&mut out, SENDER, MEDIA, 0).unwrap();
    out.remove(0);
    assert_eq!(out.len(), size);
    assert!(builder.is_empty());
    assert_eq!(builder.size(), 0);
    out
}

fn read(bytes: &[u8]) -> Twcc<'_> {
    match only(bytes) {
        Ok(Packet::Twcc(twcc)) => twcc,
        other => panic!("not feedback: {other:?}"),
    }
}

/// Numbers, and a letter for each: `x` is received, `-` is not.
fn letters(bytes: &[u8]) -> (u16, String) {
    let twcc = read(bytes);
    let letters = twcc.packets().map(|(_, status)| match status {
        PacketStatus::NotReceived => '-',
        PacketStatus::Received { .. } => 'x',
        PacketStatus::ReceivedWithoutDelta => '?',
    });
    (twcc.base().get(), letters.collect())
}

fn expect(bytes: &[u8], base: u16, expected: &str) {
    assert_eq!(letters(bytes), (base, expected.into()));
}

#[test]
fn a_packet_lost_between_two_feedbacks_is_reported() {
    let mut builder = TwccBuilder::new();
    for (range, expected, base) in [
        (65_533..=65_535_u16, "xxx", 65_533),
        // 0 and 1 are lost.
        (2..=4, "--xxx", 0),
        (5..=5, "x", 5),
        (7..=7, "-x", 6),
    ] {
        for value in range {
            builder
                .push(number(value), ms(u64::from(value)))
                .unwrap_or_else(|_| {
                    // The clock goes on where the numbers wrap around.
                    builder
                        .push(number(value), ms(65_536 + u64::from(value)))
                        .unwrap();
                });
        }
        expect(&written(&mut builder), base, expected);
    }
}

#[test]
fn a_packet_lost_before_the_first_is_reported_to_who_knows_the_first() {
    let mut builder = TwccBuilder::new();
    builder.begin(number(10));
    assert!(builder.is_empty() && written(&mut builder).is_empty());
    builder.push(number(12), ms(5)).unwrap();
    expect(&written(&mut builder), 10, "--x");
    // A sender that begins anew, with a number that is taken for an old one.
    assert_eq!(
        builder.push(number(60_000), ms(5)),
        Err(TwccError::TooOld(60_000))
    );
    builder.push(number(13), ms(5)).unwrap();
    builder.begin(number(59_999));
    assert!(builder.is_empty());
    builder.push(number(60_000), ms(5)).unwrap();
    expect(&written(&mut builder), 59_999, "-x");
    assert_eq!(
        builder.push(number(59_998), ms(6)),
        Err(TwccError::TooOld(59_998))
    );
    builder.push(number(59_999), ms(6)).unwrap();
    expect(&written(&mut builder), 59_999, "xx");
}

#[test]
fn late_packets_are_reported_in_the_same_feedback_or_the_next() {
    let mut builder = TwccBuilder::new();
    for (value, at) in [(0, 0), (1, 10), (4, 40), (3, 41)] {
        builder.push(number(value), ms(at)).unwrap();
    }
    assert_eq!(builder.push(number(3), ms(42)), Err(TwccError::Repeated(3)));
    expect(&written(&mut builder), 0, "xx-xx");
    // It goes back to 2, and repeats 3 and 4 with the times they had.
    builder.push(number(2), ms(60)).unwrap();
    builder.push(number(6), ms(61)).unwrap();
    assert_eq!(builder.push(number(2), ms(62)), Err(TwccError::Repeated(2)));
    assert_eq!(builder.push(number(1), ms(62)), Err(TwccError::Repeated(1)));
    let bytes = written(&mut builder);
    expect(&bytes, 2, "xxx-x");
    let arrivals: Vec<_> = read(&bytes).arrivals().collect();
    let expected = [(2, 60), (3, 41), (4, 40), (6, 61)];
    assert_eq!(
        arrivals,
        expected.map(|(value, at)| (number(value), at * 1000))
    );
    // A late packet alone is reason enough for feedback, which ends where the last one did.
    builder.push(number(5), ms(70)).unwrap();
    expect(&written(&mut builder), 5, "xx");
}

#[test]
fn packets_are_late_up_to_1024_from_the_newest_on() {
    for write in [false, true] {
        let mut builder = TwccBuilder::new();
        builder.begin(number(0));
        builder.push(number(1), ms(0)).unwrap();
        builder.push(number(1600), ms(0)).unwrap();
        if write {
            written(&mut builder);
        }
        let rows = [
            (576, Err(TwccError::TooOld(576))),
            (577, Ok(())),
            (577, Err(TwccError::Repeated(577))),
            (1599, Ok(())),
        ];
        for (value, expected) in rows {
            assert_eq!(builder.push(number(value), ms(1)), expected, "{value}");
        }
    }
}

#[test]
fn a_late_packet_must_be_within_eight_seconds_of_those_beside_it() {
    let mut builder = TwccBuilder::new();
    builder.push(number(0), ms(100_000)).unwrap();
    builder.push(number(2), ms(100_001)).unwrap();
    let before = builder.clone();
    assert_eq!(
        builder.push(number(1), ms(108_192)),
        Err(TwccError::Delta(32_768))
    );
    assert_eq!(
        builder.push(number(1), ms(91_800)),
        Err(TwccError::Delta(-32_800))
    );
    assert_eq!(alloc::format!("{builder:?}"), alloc::format!("{before:?}"));
    builder.push(number(1), ms(108_191)).unwrap();
    assert_eq!(read(&written(&mut builder)).arrivals().count(), 3);

    let mut builder = TwccBuilder::new();
    builder.push(number(0), ms(100_000)).unwrap();
    builder.push(number(2), ms(92_000)).unwrap();
    // Within eight seconds of the one before, but not of the one after.
    assert_eq!(
        builder.push(number(1), ms(108_000)),
        Err(TwccError::Delta(-64_000))
    );
    builder.push(number(1), ms(100_000)).unwrap();
    assert_eq!(read(&written(&mut builder)).arrivals().count(), 3);
}

#[test]
fn after_a_long_silence_feedback_begins_anew_and_says_what_was_lost_meanwhile() {
    let mut builder = TwccBuilder::new();
    builder.push(number(0), ms(0)).unwrap();
    builder.push(number(2), ms(0)).unwrap();
    written(&mut builder);
    builder.push(number(4), ms(60_000)).unwrap();
    // No feedback can have both times.
    assert_eq!(
        builder.push(number(1), ms(60_000)),
        Err(TwccError::TooOld(1))
    );
    builder.push(number(3), ms(60_000)).unwrap();
    expect(&written(&mut builder), 3, "xx");
}

/// One packet of a schedule.
#[derive(Clone, Debug)]
struct Step {
    lost: bool,
    /// How many places later than sent it arrives.
    late: usize,
    duplicated: bool,
    /// Feedback is written behind it.
    report: bool,
}

fn step() -> impl Strategy<Value = Step> {
    (
        prop::bool::weighted(0.2),
        prop_oneof![5 => Just(0_usize), 1 => 0..8_usize, 1 => 0..60_usize],
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(lost, late, duplicated, report)| Step {
            lost,
            late,
            duplicated,
            report,
        })
}

proptest! {
    /// Whatever is lost, late or duplicated, and wherever feedback ends: of every number up to the highest
    /// that arrived the sender is told what became of it, and when.
    #[test]
    fn every_number_between_the_first_and_the_last_is_reported_received_or_missing(
        start: u16,
        steps in prop::collection::vec(step(), 1..300),
        pause in 0..40_u64,
    ) {
        let mut queue: Vec<_> = steps
            .iter()
            .enumerate()
            .filter(|(_, step)| !step.lost)
            .flat_map(|(at, step)| {
                let copies = if step.duplicated { 2 } else { 1 };
                (0..copies).map(move |copy| (at + step.late + copy, at))
            })
            .collect();
        queue.sort_unstable();
        let offset = |at: usize| number(start).plus(u16::try_from(at).unwrap());
        let mut builder = TwccBuilder::new();
        builder.begin(number(start));
        let (mut told, mut arrived) = (BTreeMap::new(), BTreeMap::new());
        let mut report = |builder: &mut TwccBuilder| {
            let bytes = written(builder);
            if bytes.is_empty() {
                return;
            }
            let twcc = read(&bytes);
            let mut next = twcc.base();
            for (number, status) in twcc.packets() {
                assert_eq!(number, next);
                next = number.next();
                let at = number.get().wrapping_sub(start);
                match status {
                    PacketStatus::Received { micros } => {
                        told.insert(at, Some(micros));
                    }
                    PacketStatus::NotReceived => assert_eq!(told.insert(at, None).flatten(), None),
                    PacketStatus::ReceivedWithoutDelta => panic!("when?"),
                }
            }
        };
        for (turn, (slot, at)) in queue.iter().enumerate() {
            let time = 1_000_000 + u64::try_from(turn).unwrap() * pause;
            let result = builder.push(offset(*at), ms(time));
            let micros = i64::try_from(time).unwrap() * 1000;
            let expected = match arrived.entry(u16::try_from(*at).unwrap()) {
                Entry::Occupied(_) => Err(TwccError::Repeated(offset(*at).get())),
                Entry::Vacant(entry) => {
                    entry.insert(micros);
                    Ok(())
                }
            };
            prop_assert_eq!(result, expected);
            if steps[*slot % steps.len()].report {
                report(&mut builder);
            }
        }
        report(&mut builder);
        if let Some((highest, _)) = arrived.last_key_value() {
            for at in 0..=*highest {
                prop_assert_eq!(told.get(&at), Some(&arrived.get(&at).copied()), "{}", at);
            }
        }
        prop_assert_eq!(told.last_key_value().map(|(at, _)| *at), arrived.last_key_value().map(|(at, _)| *at));
    }

    /// Against a list made of the chunks bit by bit.
    #[test]
    fn feedback_is_read_like_a_list(
        base: u16,
        chunks in prop::collection::vec(any::<u16>(), 1..20),
        cut in 0..20_u16,
        first: u16,
        count: u16,
        near in any::<bool>(),
    ) {
        let mut symbols: Vec<u16> = chunks.iter().flat_map(|chunk| symbols_of(*chunk)).collect();
        // The last chunk may say more than the count.
        let last = chunks.last().map_or(0, |chunk| symbols_of(*chunk).len());
        let cut = usize::from(cut).min(last.saturating_sub(1));
        symbols.truncate(symbols.len() - cut);
        prop_assume!(!symbols.is_empty() && symbols.len() <= 65_535);
        prop_assume!(last > 0);
        let deltas: Vec<u8> = symbols.iter().flat_map(|symbol| vec![3; usize::from(*symbol % 3)]).collect();
        let bytes = raw(base, u16::try_from(symbols.len()).unwrap(), &chunks, &deltas);
        prop_assume!(bytes.len() <= 4 * 65_536);
        let twcc = read(&bytes);
        let mut ticks = 0;
        let expected: Vec<_> = symbols
            .iter()
            .zip(0_u16..=u16::MAX)
            .map(|(symbol, at)| {
                ticks += [0, 3, 0x303, 0][usize::from(*symbol)];
                let status = match symbol {
                    0 => PacketStatus::NotReceived,
                    3 => PacketStatus::ReceivedWithoutDelta,
                    _ => PacketStatus::Received { micros: ticks * 250 },
                };
                (number(base).plus(at), status)
            })
            .collect();
        prop_assert_eq!(twcc.packets().collect::<Vec<_>>(), &expected[..]);
        let arrivals: Vec<_> = expected
            .iter()
            .filter_map(|(number, status)| match status {
                PacketStatus::Received { micros } => Some((*number, *micros)),
                PacketStatus::NotReceived | PacketStatus::ReceivedWithoutDelta => None,
            })
            .collect();
        prop_assert_eq!(twcc.arrivals().collect::<Vec<_>>(), arrivals);
        let first = if near { number(base).plus(first % 64).plus(u16::MAX - 31) } else { number(first) };
        let within: Vec<_> = twcc.packets_within(first, count).collect();
        let asked: Vec<_> = expected
            .into_iter()
            .filter(|(number, _)| number.get().wrapping_sub(first.get()) < count)
            .collect();
        prop_assert_eq!(within, asked);
    }
}

/// draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1.3, §3.1.4.
fn symbols_of(chunk: u16) -> Vec<u16> {
    match chunk >> 14 {
        0 | 1 => vec![chunk >> 13; usize::from(chunk & 0x1fff)],
        2 => (0..14).rev().map(|at| chunk >> at & 1).collect(),
        _ => (0..7).rev().map(|at| chunk >> (2 * at) & 3).collect(),
    }
}

fn raw(base: u16, count: u16, chunks: &[u16], deltas: &[u8]) -> Vec<u8> {
    let mut body = vec![0, 0, 0, 1, 0, 0, 0, 2];
    body.extend(base.to_be_bytes());
    body.extend(count.to_be_bytes());
    body.extend([0, 0, 0, 0]);
    body.extend(chunks.iter().flat_map(|chunk| chunk.to_be_bytes()));
    body.extend(deltas);
    body.resize(body.len().next_multiple_of(4), 0);
    let words = u16::try_from(body.len() / 4).unwrap_or(u16::MAX);
    let mut bytes = vec![0x8f, 205];
    bytes.extend(words.to_be_bytes());
    bytes.extend(body);
    bytes
}

#[test]
fn feedback_of_40_bytes_on_65535_packets_is_asked_for_a_few() {
    // Eight runs of 8,191 lost packets, and one of those without a time.
    let mut chunks = vec![0x1fff; 8];
    chunks.push(0x6000 | 7);
    chunks.push(0x2000);
    let bytes = raw(60_000, 65_535, &chunks, &[]);
    assert_eq!(bytes.len(), 40);
    let twcc = read(&bytes);
    assert_eq!(twcc.packets().count(), 65_535);
    assert_eq!(twcc.arrivals().count(), 0);
    // The last eight: 60,000 + 65,527 and on, one of them lost, and then none.
    let within: Vec<_> = twcc.packets_within(number(59_990), 30).collect();
    let expected = (59_990..=59_998_u16)
        .map(|value| (value, value >= 59_992))
        .chain((60_000..60_020).map(|value| (value, false)));
    // In the feedback's own order: its first packets come first.
    let mut seen: Vec<_> = within
        .iter()
        .map(|(number, status)| (number.get(), *status == PacketStatus::ReceivedWithoutDelta))
        .collect();
    assert_eq!(seen.first(), Some(&(60_000, false)));
    seen.sort_unstable();
    assert!(seen.into_iter().eq(expected));
    assert_eq!(twcc.packets_within(number(59_999), 1).count(), 0);
    assert_eq!(twcc.packets_within(number(0), 0).count(), 0);
}
