use super::*;

const RTT: Duration = Duration::from_millis(50);

/// What the path is taken to carry in a round trip, after each of these has carried so many bytes.
fn carried(rounds: &[usize]) -> Vec<usize> {
    let mut bandwidth = Bandwidth::default();
    let mut now = Instant::from_millis(100);
    bandwidth.on_acknowledged(now, &sample(0, RTT));
    let after = |bytes: &usize| {
        now += RTT;
        bandwidth.on_acknowledged(now, &sample(*bytes, RTT));
        bandwidth.carries_in(RTT)
    };
    rounds.iter().map(after).collect()
}

fn sample(bytes: usize, rtt: Duration) -> Sample {
    Sample {
        bytes,
        in_flight: bytes,
        cumulative: 0,
        last_sent: 0,
        rtt: Some(rtt),
        smoothed_rtt: Some(RTT),
    }
}

#[test]
fn acknowledgements_that_come_all_at_once_make_no_path_faster() {
    let mut bandwidth = Bandwidth::default();
    let start = Instant::from_millis(100);
    // 1000 bytes every 10 ms. The sixth acknowledgement is late by 40 ms, and those behind it wait for it.
    for packet in 0..30_u32 {
        let sent = start + Duration::from_millis(10) * packet;
        let held_until = start + RTT + Duration::from_millis(90);
        let arrives = (sent + RTT).max(if packet < 5 { start } else { held_until });
        bandwidth.on_acknowledged(arrives, &sample(1000, arrives - sent));
    }
    assert_eq!(bandwidth.carries_in(RTT), 5000);
}

#[test]
fn a_growing_rate_counts_at_once() {
    assert_eq!(carried(&[1000, 2000, 4000]), [1000, 2000, 4000]);
}

#[test]
fn a_smaller_rate_counts_after_eight_round_trips() {
    let rounds = [&[4000][..], &[1000; 8]].concat();
    let expected = [&[4000; 8][..], &[1000]].concat();
    assert_eq!(carried(&rounds), expected);
}

#[test]
fn a_loss_takes_the_window_to_what_the_path_carries() {
    let mut congestion = Congestion::new(CongestionControl::Westwood, 1000);
    let mut now = Instant::from_millis(100);
    for round in 1..=20 {
        // Beyond slow start after the first loss, so by a packet each round trip.
        if round == 2 {
            assert!(congestion.on_loss(1, Some(RTT)));
        }
        let window = congestion.window();
        congestion.leave_recovery(round);
        let sample = Sample {
            cumulative: round,
            last_sent: round + 1,
            ..sample(window, RTT)
        };
        congestion.on_acknowledged(now, &sample);
        now += RTT;
    }
    let last_round = congestion.window() - 1000;
    assert!(congestion.on_loss(100, Some(RTT)));
    assert_eq!(congestion.window(), last_round);
}

const MTU: usize = 1000;
const RTO: Duration = Duration::from_millis(400);

/// In congestion avoidance, with this window and a path that was never measured.
fn with_window(window: usize) -> Congestion {
    let mut congestion = Congestion::new(CongestionControl::NewReno, MTU);
    congestion.window = window;
    congestion
}

/// RFC 9260 §7.2.3: after a timeout "ssthresh = max(cwnd / 2, 4 * PMDCS)", "cwnd = PMDCS"; after a loss that is
/// reported "cwnd = ssthresh".
#[test]
fn a_loss_halves_the_window_and_a_timeout_leaves_one_packet() {
    for (window, threshold) in [
        (100 * MTU, 50 * MTU),
        (8 * MTU, 4 * MTU),
        (7 * MTU, 4 * MTU),
        (2 * MTU, 4 * MTU),
    ] {
        let mut congestion = with_window(window);
        congestion.on_timeout(Some(RTT));
        assert_eq!((congestion.window, congestion.threshold), (MTU, threshold));
        assert!(!congestion.is_recovering());
        let mut congestion = with_window(window);
        assert!(congestion.on_loss(9, Some(RTT)));
        let expected = (threshold, threshold);
        assert_eq!((congestion.window, congestion.threshold), expected);
        // The losses of one window count once, until all that was sent before the first is acknowledged.
        assert!(!congestion.on_loss(20, Some(RTT)));
        congestion.leave_recovery(8);
        assert!(congestion.is_recovering());
        congestion.leave_recovery(9);
        assert!(!congestion.is_recovering());
        assert_eq!(congestion.window, threshold);
    }
}

/// RFC 9260 §7.2.1, §7.2.2: after a timeout the window grows by what is acknowledged up to the threshold, and
/// then by a packet for each window.
#[test]
fn after_a_timeout_slow_start_goes_up_to_the_threshold() {
    let mut congestion = with_window(16 * MTU);
    congestion.on_timeout(Some(RTT));
    let mut now = Instant::from_millis(100);
    let windows: Vec<_> = (0..6)
        .map(|_| {
            now += RTT;
            let bytes = congestion.window;
            congestion.on_sent(now, bytes, RTO, 0);
            congestion.on_acknowledged(now, &sample(bytes, RTT));
            congestion.window / MTU
        })
        .collect();
    assert_eq!(windows, [2, 4, 8, 9, 10, 11]);
}

/// RFC 9260 §7.2.1: "the cwnd of the transport address SHOULD be adjusted to max(cwnd / 2, 4 * PMDCS) once per
/// RTO" while nothing is sent; the initial window is ten packets here (RFC 6928).
#[test]
fn an_idle_window_halves_once_per_rto_down_to_the_initial_one() {
    let initial = INITIAL_PACKETS * MTU;
    // Idle for so many RTOs, in tenths.
    for (tenths, expected) in [
        (0, 100 * MTU),
        (10, 100 * MTU),
        (11, 50 * MTU),
        (20, 50 * MTU),
        (21, 25 * MTU),
        (31, 12_500),
        (41, initial),
        (1000, initial),
    ] {
        let mut congestion = with_window(100 * MTU);
        let start = Instant::from_millis(100);
        congestion.on_sent(start, MTU, RTO, 0);
        congestion.on_sent(start + RTO * tenths / 10, MTU, RTO, 0);
        assert_eq!(congestion.window, expected, "{tenths} tenths");
        // While something is in flight, the path is not idle.
        let mut congestion = with_window(100 * MTU);
        congestion.on_sent(start, MTU, RTO, 0);
        congestion.on_sent(start + RTO * tenths / 10, MTU, RTO, 1);
        assert_eq!(congestion.window, 100 * MTU, "{tenths} tenths");
        // A window that is smaller than the initial one is left alone.
        let mut congestion = with_window(3 * MTU);
        congestion.on_sent(start, MTU, RTO, 0);
        congestion.on_sent(start + RTO * tenths / 10, MTU, RTO, 0);
        assert_eq!(congestion.window, 3 * MTU, "{tenths} tenths");
    }
}
