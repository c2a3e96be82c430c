//! Rollover counters lost and found (RFC 3711 §3.3.1).

use strata_srtp::{AddStreamError, Inbound, Outbound, ProtectError, UnprotectError};

use super::{PROFILES, default, rtp, sealed, sequence};

/// Moves a sender along to `index`, in steps it can follow itself.
fn move_on(outbound: &mut Outbound, from: u32, index: u32) {
    for step in (from + 1..index).step_by(20_000) {
        sealed(outbound, 1, sequence(step));
    }
}

/// Which of the next packets of a sender are taken.
fn taken(
    outbound: &mut Outbound,
    inbound: &mut Inbound,
    indices: core::ops::Range<u32>,
) -> Vec<u32> {
    indices
        .filter(|index| {
            let mut packet = sealed(outbound, 1, sequence(*index));
            inbound.unprotect_rtp(&mut packet).is_ok()
        })
        .collect()
}

#[test]
fn a_stream_that_wrapped_before_its_first_packet_arrived_is_picked_up() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = default(profile);
        let mut early = sealed(&mut outbound, 1, 65_534);
        sealed(&mut outbound, 1, 65_535);
        let mut wrapped = sealed(&mut outbound, 1, 0);
        assert_eq!(inbound.unprotect_rtp(&mut wrapped), Ok(16));
        assert_eq!(wrapped[..16], rtp(1, 0));
        assert_eq!(inbound.rollover_counter(1), Some(1));
        // One of the packets before the wrap was only late.
        assert_eq!(inbound.unprotect_rtp(&mut early), Ok(16));
        assert_eq!(inbound.stats().rtp.packets, 2);
    }
}

#[test]
fn a_jump_of_32767_is_followed() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = default(profile);
        for index in (0..500_000).step_by(32_767) {
            let mut packet = sealed(&mut outbound, 1, sequence(index));
            assert_eq!(inbound.unprotect_rtp(&mut packet), Ok(16));
            assert_eq!(inbound.rollover_counter(1), Some(index >> 16));
        }
        assert_eq!(inbound.stats().rtp.resynchronized, 0);
    }
}

#[test]
fn forged_packets_do_not_move_a_stream() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = default(profile);
        inbound
            .unprotect_rtp(&mut sealed(&mut outbound, 1, 0))
            .unwrap();
        for number in 0..2000u16 {
            let mut forged = rtp(1, number.wrapping_mul(61));
            forged.extend([0x55; 16]);
            inbound.unprotect_rtp(&mut forged).unwrap_err();
        }
        assert_eq!(inbound.rollover_counter(1), Some(0));
        assert_eq!(inbound.stats().rtp.packets, 1);
        assert_eq!(inbound.stats().rtp.resynchronized, 0);
        let mut next = sealed(&mut outbound, 1, 1);
        assert_eq!(inbound.unprotect_rtp(&mut next), Ok(16));
        assert_eq!(next[..16], rtp(1, 1));
    }
}

/// RFC 3711 §3.3.1: "2^15 packets would need to be lost [...] before synchronization is lost".
#[test]
fn a_stream_is_found_again_after_a_loss_of_up_to_a_million_packets() {
    for profile in PROFILES {
        for lost in [
            32_768, 40_000, 65_000, 65_535, 65_536, 65_537, 90_000, 100_000, 300_000, 1_000_000,
        ] {
            for first in [0, 30_000, 65_000] {
                let (mut outbound, mut inbound) = default(profile);
                let mut packet = sealed(&mut outbound, 1, sequence(first));
                inbound.unprotect_rtp(&mut packet).unwrap();
                let next = first + lost + 1;
                move_on(&mut outbound, first, next);
                let taken = taken(&mut outbound, &mut inbound, next..next + 40);
                // Sixteen are refused first, then at most sixteen rollovers are tried.
                let found = taken[0];
                assert!(
                    (next + 16..next + 32).contains(&found),
                    "{lost} after {first}"
                );
                assert_eq!(taken, (found..next + 40).collect::<Vec<_>>());
                assert_eq!(inbound.stats().rtp.resynchronized, 1);
                assert_eq!(inbound.rollover_counter(1), outbound.rollover_counter(1));
            }
        }
    }
}

#[test]
fn a_lost_stream_is_found_among_forged_packets() {
    for profile in PROFILES {
        for forged_between in [1, 15, 16, 17] {
            let (mut outbound, mut inbound) = default(profile);
            inbound
                .unprotect_rtp(&mut sealed(&mut outbound, 1, 0))
                .unwrap();
            move_on(&mut outbound, 0, 700_000);
            let found = (700_000..700_032).find(|index| {
                for _ in 0..forged_between {
                    let mut forged = rtp(1, sequence(*index));
                    forged.extend([0x55; 16]);
                    inbound.unprotect_rtp(&mut forged).unwrap_err();
                }
                let mut packet = sealed(&mut outbound, 1, sequence(*index));
                inbound.unprotect_rtp(&mut packet).is_ok()
            });
            assert!(found.is_some(), "{forged_between} forged ones before each");
        }
    }
}

/// A new stream is tried with rollover counter one in the lower half of the sequence numbers alone.
#[test]
fn the_first_packet_of_a_stream_may_be_half_a_round_behind_the_first_rollover() {
    for profile in PROFILES {
        for (index, expected) in [
            (0xffff, Ok(16)),
            (0x1_0000, Ok(16)),
            (0x1_7fff, Ok(16)),
            (0x1_8000, Err(UnprotectError::Unauthentic)),
            (0x1_ffff, Err(UnprotectError::Unauthentic)),
            (0x2_0000, Err(UnprotectError::Unauthentic)),
        ] {
            let (mut outbound, mut inbound) = default(profile);
            sealed(&mut outbound, 1, 0);
            move_on(&mut outbound, 0, index);
            let mut packet = sealed(&mut outbound, 1, sequence(index));
            assert_eq!(inbound.unprotect_rtp(&mut packet), expected, "{index:#x}");
        }
    }
}

/// RFC 3711 §3.3.1: "Receivers joining an on-going session MUST be given the current ROC value".
#[test]
fn a_stream_is_joined_in_the_middle() {
    for profile in PROFILES {
        for index in [0x1_8000, 0x2_ffff, 0x7_1234, 2_000_000] {
            let (mut outbound, mut inbound) = default(profile);
            sealed(&mut outbound, 1, 0);
            move_on(&mut outbound, 0, index - 2);
            let mut late = sealed(&mut outbound, 1, sequence(index - 1));
            inbound.add_stream(1, u64::from(index)).unwrap();
            let range = index..index + 100;
            let expected: Vec<_> = range.clone().collect();
            assert_eq!(taken(&mut outbound, &mut inbound, range), expected);
            assert_eq!(inbound.unprotect_rtp(&mut late), Ok(16));
            assert_eq!(inbound.rollover_counter(1), outbound.rollover_counter(1));
            assert_eq!(inbound.stats().rtp.resynchronized, 0);
        }
    }
}

#[test]
fn a_stream_is_carried_on_by_another_context() {
    for profile in PROFILES {
        let (mut first, mut inbound) = default(profile);
        let (mut second, _) = default(profile);
        sealed(&mut first, 1, 0);
        move_on(&mut first, 0, 200_000);
        inbound.add_stream(1, 200_000).unwrap();
        let mut packet = sealed(&mut first, 1, sequence(200_000));
        inbound.unprotect_rtp(&mut packet).unwrap();
        let mut report = super::report(1);
        first.protect_rtcp(&mut report, 0).unwrap();
        inbound.unprotect_rtcp(&mut report).unwrap();

        second.add_stream(1, 200_001, 1).unwrap();
        // What the first may have sent is not sent again.
        for index in [200_000, 199_999, 180_000] {
            second
                .protect_rtp(&mut rtp(1, sequence(index)), 0)
                .unwrap_err();
        }
        let mut packet = sealed(&mut second, 1, sequence(200_001));
        assert_eq!(inbound.unprotect_rtp(&mut packet), Ok(16));
        let mut report = super::report(1);
        second.protect_rtcp(&mut report, 0).unwrap();
        assert_eq!(inbound.unprotect_rtcp(&mut report), Ok(8));
    }
}

#[test]
fn a_stream_never_goes_back() {
    let (mut outbound, mut inbound) = default(PROFILES[0]);
    let mut packet = sealed(&mut outbound, 1, 500);
    inbound.unprotect_rtp(&mut packet.clone()).unwrap();
    for forget in [false, true] {
        if forget {
            assert!(outbound.remove_stream(1) && inbound.remove_stream(1));
        }
        for (index, expected) in [
            (0, AddStreamError::Used),
            (500, AddStreamError::Used),
            (1 << 48, AddStreamError::OutOfRange),
        ] {
            assert_eq!(inbound.add_stream(1, index), Err(expected));
            assert_eq!(outbound.add_stream(1, index, 0), Err(expected));
        }
        assert_eq!(
            outbound.add_stream(1, 600, 1 << 31),
            Err(AddStreamError::OutOfRange)
        );
    }
    // Ahead it may go, and still nothing is taken twice.
    inbound.add_stream(1, 501).unwrap();
    assert_eq!(
        inbound.unprotect_rtp(&mut packet),
        Err(UnprotectError::Replayed)
    );
    outbound.add_stream(1, 0x1_0000, 7).unwrap();
    // What was passed over may have been used elsewhere.
    let error = outbound.protect_rtp(&mut rtp(1, 65_535), 0);
    assert_eq!(error, Err(ProtectError::Repeated));
    let mut packet = sealed(&mut outbound, 1, 501);
    assert_eq!(outbound.rollover_counter(1), Some(1));
    inbound.add_stream(1, 0x1_0000).unwrap();
    assert_eq!(inbound.unprotect_rtp(&mut packet), Ok(16));
    // The index of reports never goes back either.
    for (add, index) in [(7, 7u8), (3, 8), (20, 20)] {
        let at = 0x2_0000 + u64::from(index);
        outbound.add_stream(1, at, add).unwrap();
        let mut report = super::report(1);
        outbound.protect_rtcp(&mut report, 0).unwrap();
        assert_eq!(report[report.len() - 4..], [0x80, 0, 0, index]);
    }
}
