//! The numbers are worked out by hand from the RFC's own lines.

use std::time::Duration;

use super::*;

const SSRC: Ssrc = Ssrc::new(7);

fn received(numbers: &[u16]) -> Reception {
    let mut reception = Reception::default();
    receive(&mut reception, numbers);
    reception
}

fn receive(reception: &mut Reception, numbers: &[u16]) {
    for number in numbers {
        reception.on_number(SequenceNumber::new(*number));
    }
}

/// Highest number, cumulative loss, fraction lost, and the loss since the report before.
fn report(reception: &mut Reception) -> (u32, i32, u8, Loss) {
    let (block, loss) = reception.report(Instant::EPOCH, SSRC);
    assert_eq!(block.ssrc, SSRC);
    (
        block.highest_sequence_number,
        block.cumulative_lost,
        block.fraction_lost,
        loss,
    )
}

const fn loss(expected: u32, lost: u32) -> Loss {
    Loss { expected, lost }
}

/// RFC 3550 §A.3: each line is one interval.
#[test]
fn each_report_counts_what_was_lost_since_the_one_before() {
    let mut reception = received(&[100, 101, 102, 103]);
    assert_eq!(report(&mut reception), (103, 0, 0, loss(4, 0)));
    // 105, 107 and 108 of 104 to 108: two of five lost, 2 * 256 / 5 = 102.4.
    receive(&mut reception, &[105, 107, 108]);
    assert_eq!(report(&mut reception), (108, 2, 102, loss(5, 2)));
    // 104 comes late, and nothing else: one more received than expected.
    receive(&mut reception, &[104]);
    assert_eq!(report(&mut reception), (108, 1, 0, loss(0, 0)));
    // 106 comes late besides one of two: as many came as were due.
    receive(&mut reception, &[106, 110]);
    assert_eq!(report(&mut reception), (110, 1, 0, loss(2, 0)));
    // Everything but one of 256 lost: 255 * 256 / 256 = 255.
    receive(&mut reception, &[366]);
    assert_eq!(report(&mut reception), (366, 256, 255, loss(256, 255)));
}

/// RFC 3550 §A.3: "the loss may be negative if there are duplicates" (§6.4.1).
#[test]
fn duplicates_make_the_loss_negative() {
    let mut reception = received(&[5, 6, 6, 6]);
    assert_eq!(report(&mut reception), (6, -2, 0, loss(2, 0)));
}

/// RFC 3550 §A.1: cycles.
#[test]
fn numbers_that_wrap_around_are_counted_on() {
    let mut reception = received(&[65_533, 65_534, 0, 65_535, 2]);
    // 65,533 to 65,538 are six, of which one, 65,537, has not come: 256 / 6 = 42.7.
    assert_eq!(report(&mut reception), (65_538, 1, 42, loss(6, 1)));
    let all: Vec<u16> = (3..=u16::MAX).chain(0..=9).collect();
    receive(&mut reception, &all);
    let highest = 2 * 65_536 + 9;
    let expected = highest - 65_538;
    assert_eq!(report(&mut reception), (highest, 1, 0, loss(expected, 0)));
}

/// RFC 3550 §A.1: `MAX_DROPOUT` and `MAX_MISORDER`.
#[test]
fn a_jump_counts_when_a_second_packet_confirms_it() {
    // 2999 ahead are a gap in the same sequence.
    let mut reception = received(&[10, 3009]);
    assert_eq!(report(&mut reception).0, 3009);
    // 3000 ahead are a jump. Alone it changes nothing, not even what was received.
    receive(&mut reception, &[6009]);
    assert_eq!(report(&mut reception), (3009, 2998, 0, loss(0, 0)));
    // Of two in a row the second is the first packet of a new sequence.
    receive(&mut reception, &[40_000, 40_001, 40_003]);
    assert_eq!(report(&mut reception), (40_003, 1, 85, loss(3, 1)));
    // 99 behind are late, 100 behind are a jump.
    receive(&mut reception, &[39_904]);
    assert_eq!(report(&mut reception).1, 0);
    receive(&mut reception, &[39_903]);
    assert_eq!(report(&mut reception).1, 0);
}

/// RFC 3550 §A.8 at 8 kHz: 20 ms are 160 units.
#[test]
fn jitter_is_the_smoothed_difference_of_the_spacing() {
    let mut reception = received(&[1]);
    let mut packet = |millis: u64, timestamp: u32| {
        reception.on_timestamp(
            Instant::from_millis(millis),
            Timestamp::new(timestamp),
            8000,
        );
        reception
            .report(Instant::from_millis(millis), SSRC)
            .0
            .jitter
    };
    let start = u32::MAX - 100;
    // In step, whatever the first time was and though the timestamps wrap around.
    assert_eq!(packet(1000, start), 0);
    assert_eq!(packet(1020, start.wrapping_add(160)), 0);
    // 20 ms late: D = 160, scaled J = 160 - ((0 + 8) >> 4) = 160, J = 10.
    assert_eq!(packet(1060, start.wrapping_add(320)), 10);
    // The next is in time again, that is 20 ms early by the one before: D = 160,
    // scaled J = 160 + 160 - ((160 + 8) >> 4) = 310, J = 19.
    assert_eq!(packet(1060, start.wrapping_add(480)), 19);
    // In step again: D = 0, scaled J = 310 - ((310 + 8) >> 4) = 291, J = 18.
    assert_eq!(packet(1080, start.wrapping_add(640)), 18);
}

#[test]
fn another_clock_is_no_jitter() {
    let mut reception = received(&[1]);
    let now = Instant::from_millis(1000);
    reception.on_timestamp(now, Timestamp::new(0), 8000);
    reception.on_other_clock();
    reception.on_timestamp(now, Timestamp::new(0), 48_000);
    assert_eq!(reception.report(now, SSRC).0.jitter, 0);
}

#[test]
fn a_jitter_of_any_size_is_reported() {
    let mut reception = received(&[1]);
    for turn in 0..100 {
        let timestamp = Timestamp::new(if turn % 2 == 0 { 0 } else { 1 << 31 });
        reception.on_timestamp(Instant::EPOCH, timestamp, 90_000);
    }
    let jitter = reception.report(Instant::EPOCH, SSRC).0.jitter;
    assert!(jitter > 1 << 27, "{jitter}");
}

/// RFC 3550 §6.4.1, Figure 2: LSR 0xb705:2000, and a delay of 5.25 s that is 0x0005:4000.
#[test]
fn the_last_sender_report_is_named_with_the_time_since() {
    let mut reception = received(&[1]);
    let block = |reception: &mut Reception, millis| {
        let (block, _) = reception.report(Instant::from_millis(millis), SSRC);
        (
            block.last_sender_report,
            block.delay_since_last_sender_report,
        )
    };
    assert_eq!(block(&mut reception, 1000), (0, 0));
    let ntp = NtpTimestamp::new(0xb44d_b705_2000_0000);
    reception.on_sender_report(Instant::from_millis(1000), ntp);
    assert_eq!(block(&mut reception, 6250), (0xb705_2000, 0x0005_4000));
    // After 18 hours and more the field is full.
    let day = Duration::from_hours(24);
    let (_, delay) = block(
        &mut reception,
        1000 + u64::try_from(day.as_millis()).unwrap(),
    );
    assert_eq!(delay, u32::MAX);
}

#[test]
fn a_source_of_which_nothing_came_is_no_fault() {
    assert_eq!(report(&mut Reception::default()), (0, 0, 0, loss(0, 0)));
}
