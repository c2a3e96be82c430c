//! What links do, exactly.

use proptest::prelude::*;

use super::*;
use crate::pair::{A_ADDRESS, B_ADDRESS};

const PATH: Path = Path::udp(A_ADDRESS, B_ADDRESS);
const T0: Instant = Instant::from_millis(1000);

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn send(link: &mut Link, now: Instant, bytes: usize) -> Fate {
    link.send(now, PATH, None, &vec![0; bytes])
}

fn arrives(at: Instant) -> Fate {
    Fate::Arrives {
        at,
        duplicate: None,
    }
}

#[test]
fn rate_and_delay_add_up() {
    // 1000 bytes at 8 Mbit/s take one millisecond.
    let mut link = Link::new(LinkConfig::new().rate(8_000_000).delay(ms(10)), 1);
    assert_eq!(send(&mut link, T0, 1000), arrives(T0 + ms(11)));
    assert_eq!(send(&mut link, T0, 1000), arrives(T0 + ms(12)));
    assert_eq!(send(&mut link, T0 + ms(5), 1000), arrives(T0 + ms(16)));
    assert_eq!(link.next_arrival(), Some(T0 + ms(11)));
    assert!(link.receive(T0 + ms(10)).is_none());
    assert!(link.receive(T0 + ms(11)).is_some());
    assert!(link.receive(T0 + ms(11)).is_none());
}

#[test]
fn a_full_queue_drops_its_tail_until_it_has_drained() {
    let config = LinkConfig::new().rate(8_000_000).queue_bytes(2500);
    let mut link = Link::new(config, 1);
    send(&mut link, T0, 1000);
    send(&mut link, T0, 1000);
    assert_eq!(send(&mut link, T0, 501), Fate::Dropped(DropReason::Queue));
    assert_eq!(
        send(&mut link, T0, 500),
        arrives(T0 + Duration::from_micros(2500))
    );
    assert_eq!(link.queued_bytes(T0), 2500);
    assert_eq!(link.queued_bytes(T0 + ms(1)), 1500);
    assert_eq!(
        send(&mut link, T0 + ms(1), 1000),
        arrives(T0 + Duration::from_micros(3500))
    );
    let stats = link.stats();
    assert_eq!(
        (stats.sent, stats.dropped_queue, stats.peak_queue_bytes),
        (5, 1, 2500)
    );
}

#[test]
fn what_exceeds_the_mtu_is_dropped() {
    let mut link = Link::new(LinkConfig::new().mtu(1200), 1);
    assert_eq!(send(&mut link, T0, 1200), arrives(T0));
    assert_eq!(send(&mut link, T0, 1201), Fate::Dropped(DropReason::Mtu));
}

#[test]
fn a_cut_link_drops_but_what_is_under_way_arrives() {
    let mut link = Link::new(LinkConfig::new().delay(ms(10)), 1);
    send(&mut link, T0, 1);
    link.cut();
    assert_eq!(send(&mut link, T0, 1), Fate::Dropped(DropReason::Down));
    assert!(link.receive(T0 + ms(10)).is_some());
    link.restore();
    assert_eq!(send(&mut link, T0, 1), arrives(T0 + ms(10)));
    link.lose_all();
    assert_eq!((link.in_flight(), link.stats().dropped_down), (0, 2));
}

#[test]
fn ecn_capable_datagrams_are_marked_when_the_queue_is_long() {
    let config = LinkConfig::new().rate(8_000_000).ecn_threshold_bytes(1500);
    let mut link = Link::new(config, 1);
    for ecn in [Some(Ecn::Ect0), Some(Ecn::Ect0), None] {
        link.send(T0, PATH, ecn, &[0; 1000]);
    }
    let marks: Vec<_> = std::iter::from_fn(|| link.receive(T0 + ms(9)))
        .map(|arrived| arrived.ecn)
        .collect();
    assert_eq!(marks, [Some(Ecn::Ect0), Some(Ecn::Ce), None]);
}

#[test]
fn losses_and_duplicates_come_as_often_as_asked() {
    let mut link = Link::new(LinkConfig::new().loss(0.1).duplicate(0.05), 1);
    for _ in 0..20_000 {
        send(&mut link, T0, 1);
    }
    let stats = link.stats();
    assert!((1800..2200).contains(&stats.dropped_loss), "{stats:?}");
    assert!((800..1000).contains(&stats.duplicated), "{stats:?}");
}

#[test]
fn bursts_are_as_long_as_asked() {
    let mut link = Link::new(LinkConfig::new().burst_loss(0.01, 0.2), 1);
    let lost: Vec<bool> = (0..100_000)
        .map(|_| send(&mut link, T0, 1) == Fate::Dropped(DropReason::Loss))
        .collect();
    let bursts: Vec<usize> = lost
        .chunk_by(|a, b| a == b)
        .filter(|chunk| chunk[0])
        .map(<[bool]>::len)
        .collect();
    // One begins after 100 datagrams that arrive, and is 5 long: 1 / 105 of all, each.
    assert!((880..1020).contains(&bursts.len()), "{}", bursts.len());
    let total: usize = bursts.iter().sum();
    assert!((4300..5200).contains(&total), "{total}");
    assert!(bursts.iter().any(|burst| *burst > 10));
}

#[test]
fn corruption_flips_exactly_one_bit() {
    let mut link = Link::new(LinkConfig::new().corrupt(1.0), 1);
    send(&mut link, T0, 100);
    let arrived = link.receive(T0).unwrap();
    let ones: u32 = arrived.payload.iter().map(|byte| byte.count_ones()).sum();
    assert_eq!(ones, 1);
    link.send(T0, PATH, None, &[]);
    assert!(link.receive(T0).unwrap().payload.is_empty());
}

#[test]
#[should_panic(expected = "a probability is within 0 and 1, not 1.5")]
fn impossible_probabilities_are_refused() {
    let _ = LinkConfig::new().loss(1.5);
}

#[test]
#[should_panic(expected = "a link's rate is positive")]
fn a_rate_of_zero_is_refused() {
    let _ = LinkConfig::new().rate(0);
}

fn order(link: &mut Link) -> Vec<u8> {
    for byte in 0..100 {
        link.send(T0 + ms(1) * u32::from(byte), PATH, None, &[byte]);
    }
    std::iter::from_fn(|| link.receive(T0 + ms(10_000)))
        .map(|arrived| arrived.payload[0])
        .collect()
}

proptest! {
    #[test]
    fn jitter_alone_keeps_the_order(seed: u64) {
        let mut link = Link::new(LinkConfig::new().jitter(ms(50)), seed);
        prop_assert_eq!(order(&mut link), (0..100).collect::<Vec<u8>>());
    }

    #[test]
    fn reordering_loses_nothing_and_delays_the_chosen(seed: u64) {
        let mut link = Link::new(LinkConfig::new().reorder(0.2, ms(30)), seed);
        let mut got = order(&mut link);
        prop_assert!(!got.is_sorted());
        prop_assert!(link.stats().reordered > 0);
        got.sort_unstable();
        prop_assert_eq!(got, (0..100).collect::<Vec<u8>>());
    }

    #[test]
    fn every_datagram_is_accounted_for(
        seed: u64,
        sizes in proptest::collection::vec(1usize..2000, 0..200),
    ) {
        let config = LinkConfig::new()
            .rate(1_000_000)
            .queue_bytes(20_000)
            .loss(0.1)
            .duplicate(0.1)
            .reorder(0.1, ms(5));
        let mut link = Link::new(config, seed);
        for (millis, size) in (0u64..).zip(&sizes) {
            send(&mut link, T0 + ms(millis), *size);
        }
        while link.receive(T0 + ms(1_000_000)).is_some() {}
        let stats = link.stats();
        let dropped = stats.dropped_loss + stats.dropped_queue + stats.dropped_mtu;
        prop_assert_eq!(stats.arrived, stats.sent + stats.duplicated - dropped);
        prop_assert!(stats.peak_queue_bytes <= 20_000);
    }
}
