//! Streams that were forgotten: their keystream does not come again, and nor do their packets.

use strata_srtp::{Config, Inbound, Outbound, Profile, ProtectError, UnprotectError};

use super::{PROFILES, default, pair, report, rtp, sealed};

fn limits(max_streams: usize) -> Config {
    Config {
        max_streams,
        max_forgotten: 8,
    }
}

fn unprotect(inbound: &mut Inbound, packet: &[u8]) -> Result<usize, UnprotectError> {
    inbound.unprotect_rtp(&mut packet.to_vec())
}

/// The beginning of what "text" was combined with.
fn keystream(packet: &[u8]) -> [u8; 4] {
    core::array::from_fn(|at| packet[12 + at] ^ b"text"[at])
}

/// RFC 3711 §9.1: "Any fixed keystream output, generated from the same key and index MUST only be used to
/// encrypt once."
/// RFC 3711 §9.1, RFC 7714 §8.4.
#[test]
fn a_removed_stream_that_comes_back_repeats_no_keystream() {
    for profile in PROFILES {
        let (mut outbound, _) = default(profile);
        let mut used = vec![keystream(&sealed(&mut outbound, 1, 65_530))];
        for sequence in [65_535, 3, 4] {
            used.push(keystream(&sealed(&mut outbound, 1, sequence)));
            assert!(outbound.remove_stream(1));
            // Behind the highest, whether it was used or not.
            for (again, expected) in [
                (sequence, ProtectError::Repeated),
                (sequence.wrapping_sub(1), ProtectError::Repeated),
                (sequence.wrapping_sub(2000), ProtectError::TooOld),
            ] {
                let mut packet = rtp(1, again);
                assert_eq!(outbound.protect_rtp(&mut packet, 0), Err(expected));
                assert_eq!(packet, rtp(1, again));
            }
        }
        used.push(keystream(&sealed(&mut outbound, 1, 5)));
        assert_eq!(outbound.rollover_counter(1), Some(1));
        used.sort_unstable();
        used.dedup();
        assert_eq!(used.len(), 5);
    }
}

/// RFC 3711 §3.4, RFC 7714 §9.4.
#[test]
fn reports_of_a_removed_stream_that_comes_back_go_on_counting() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = default(profile);
        let mut sealed = Vec::new();
        for _ in 0..3 {
            let mut packet = report(1);
            outbound.protect_rtcp(&mut packet, 0).unwrap();
            assert!(outbound.remove_stream(1));
            assert_eq!(inbound.unprotect_rtcp(&mut packet.clone()), Ok(8));
            assert!(inbound.remove_stream(1));
            sealed.push(packet);
            for old in &sealed {
                let error = inbound.unprotect_rtcp(&mut old.clone());
                assert_eq!(error, Err(UnprotectError::Replayed));
            }
        }
        let behind = if profile.rtcp_overhead() == 20 { 4 } else { 14 };
        let indices = sealed
            .iter()
            .map(|packet| packet[packet.len() - behind + 3]);
        assert!(indices.eq([0, 1, 2]));
    }
}

/// RFC 3711 §3.3.2.
#[test]
fn a_forgotten_stream_is_not_replayed_and_goes_on() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = default(profile);
        let missed = sealed(&mut outbound, 1, 65_533);
        let mut packets: Vec<_> = [65_534, 65_535, 0]
            .map(|sequence| sealed(&mut outbound, 1, sequence))
            .into();
        for packet in &packets {
            assert_eq!(unprotect(&mut inbound, packet), Ok(16));
        }
        assert!(inbound.remove_stream(1) && !inbound.remove_stream(1));
        assert_eq!(inbound.rollover_counter(1), None);
        // One that was only late is not told from a replay.
        packets.push(missed);
        for packet in &packets {
            assert_eq!(
                unprotect(&mut inbound, packet),
                Err(UnprotectError::Replayed)
            );
        }
        let next = sealed(&mut outbound, 1, 1);
        assert_eq!(unprotect(&mut inbound, &next), Ok(16));
        assert_eq!(inbound.rollover_counter(1), Some(1));
        assert_eq!(
            unprotect(&mut inbound, &next),
            Err(UnprotectError::Replayed)
        );
        for packet in &packets {
            assert_eq!(
                unprotect(&mut inbound, packet),
                Err(UnprotectError::Replayed)
            );
        }
    }
}

#[test]
fn a_forgotten_stream_is_found_again_though_its_sender_went_on() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = default(profile);
        let old = sealed(&mut outbound, 1, 7);
        unprotect(&mut inbound, &old).unwrap();
        assert!(inbound.remove_stream(1));
        for index in (7..100_000u32).step_by(20_000).skip(1) {
            sealed(&mut outbound, 1, super::sequence(index));
        }
        let found = (100_000..100_016u32).find(|index| {
            let packet = sealed(&mut outbound, 1, super::sequence(*index));
            unprotect(&mut inbound, &packet).is_ok()
        });
        assert!(found.is_some());
        assert_eq!(inbound.rollover_counter(1), Some(1));
        assert!(unprotect(&mut inbound, &old).is_err());
    }
}

#[test]
fn one_stream_too_many_takes_the_place_of_the_one_silent_for_the_longest_time() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile, limits(2));
        let first = sealed(&mut outbound, 1, 1);
        for packet in [
            first.clone(),
            sealed(&mut outbound, 2, 1),
            sealed(&mut outbound, 1, 2),
        ] {
            assert_eq!(unprotect(&mut inbound, &packet), Ok(16));
        }
        // A replay, a forged packet and one of nobody's are no signs of life.
        let mut forged = rtp(2, 9);
        forged.extend([0x55; 16]);
        for packet in [&forged, &first] {
            unprotect(&mut inbound, packet).unwrap_err();
        }
        for ssrc in 10..100 {
            let mut forged = rtp(ssrc, 1);
            forged.extend([0x55; 16]);
            assert_eq!(
                unprotect(&mut inbound, &forged),
                Err(UnprotectError::Unauthentic)
            );
        }
        assert_eq!(inbound.stats().rtp.forgotten, 0);

        assert_eq!(
            unprotect(&mut inbound, &sealed(&mut outbound, 3, 1)),
            Ok(16)
        );
        let live = [1, 2, 3].map(|ssrc| inbound.rollover_counter(ssrc).is_some());
        assert_eq!(live, [true, false, true]);
        let live = [1, 2, 3].map(|ssrc| outbound.rollover_counter(ssrc).is_some());
        assert_eq!(live, [true, false, true]);
        assert_eq!(
            (
                inbound.stats().rtp.forgotten,
                outbound.stats().rtp.forgotten
            ),
            (1, 1)
        );

        // It speaks again, and nothing of it is lost; and so do more than there is room for.
        for number in 2..6 {
            for ssrc in [2, 3, 4] {
                let packet = sealed(&mut outbound, ssrc, number);
                assert_eq!(unprotect(&mut inbound, &packet), Ok(16), "{ssrc} {number}");
            }
        }
        assert_eq!(
            unprotect(&mut inbound, &first),
            Err(UnprotectError::Replayed)
        );

        for ssrc in [1, 2, 3, 1, 2, 3] {
            let mut packet = report(ssrc);
            outbound.protect_rtcp(&mut packet, 0).unwrap();
            assert_eq!(inbound.unprotect_rtcp(&mut packet), Ok(8));
        }
        assert_eq!(
            (
                inbound.stats().rtcp.forgotten,
                outbound.stats().rtcp.forgotten
            ),
            (4, 4)
        );
    }
}

#[test]
fn three_thousand_sources_one_after_another_are_all_heard_and_none_is_replayed() {
    let (mut outbound, mut inbound) = default(Profile::AeadAes128Gcm);
    let mut packets = Vec::new();
    for number in 0..3000u32 {
        let ssrc = number.wrapping_mul(0x9e37_79b9);
        for sequence in 0..3 {
            packets.push(sealed(&mut outbound, ssrc, sequence));
            assert_eq!(unprotect(&mut inbound, &packets[packets.len() - 1]), Ok(16));
        }
    }
    assert_eq!(inbound.stats().rtp.forgotten, 3000 - 1024);
    for packet in packets {
        let error = unprotect(&mut inbound, &packet).unwrap_err();
        // A few of the forgotten ones had to leave even their highest index.
        assert!(
            matches!(error, UnprotectError::Replayed | UnprotectError::Retired),
            "{error}"
        );
    }
    let retired = inbound.stats().rtp.retired;
    assert!(retired < 60, "{retired}");
}

#[test]
fn a_stream_that_makes_room_for_one_joined_in_the_middle_is_counted() {
    let (mut outbound, mut inbound) = pair(Profile::AeadAes128Gcm, limits(1));
    for ssrc in 1..=3 {
        outbound.add_stream(ssrc, 7, 1).unwrap();
        inbound.add_stream(ssrc, 7).unwrap();
    }
    let sent = outbound.stats();
    assert_eq!((sent.rtp.forgotten, sent.rtcp.forgotten), (2, 2));
    assert_eq!(inbound.stats().rtp.forgotten, 2);
}

/// What is forgotten beyond `max_forgotten` is never used again.
#[test]
fn a_stream_forgotten_too_long_ago_is_retired() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile, limits(1));
        let mut packets = Vec::new();
        for ssrc in 0..20 {
            let (packet, mut report) = (
                sealed(&mut outbound, ssrc, 1),
                report(u8::try_from(ssrc).unwrap()),
            );
            assert_eq!(unprotect(&mut inbound, &packet), Ok(16));
            packets.push(packet);
            outbound.protect_rtcp(&mut report, 0).unwrap();
            assert_eq!(inbound.unprotect_rtcp(&mut report), Ok(8));
        }
        // One is live, and eight have left their highest index.
        let mut refused = 0;
        for (ssrc, packet) in (0..20).zip(&packets) {
            let expected = if ssrc < 11 {
                UnprotectError::Retired
            } else {
                UnprotectError::Replayed
            };
            assert_eq!(unprotect(&mut inbound, packet), Err(expected), "{ssrc}");
            refused += u64::from(ssrc < 11);
        }
        assert_eq!(inbound.stats().rtp.retired, refused);
        for ssrc in 0..11 {
            let mut packet = rtp(ssrc, 2);
            assert_eq!(
                outbound.protect_rtp(&mut packet, 0),
                Err(ProtectError::Retired)
            );
            assert_eq!(packet, rtp(ssrc, 2));
            let mut packet = report(u8::try_from(ssrc).unwrap());
            assert_eq!(
                outbound.protect_rtcp(&mut packet, 0),
                Err(ProtectError::Retired)
            );
            outbound.add_stream(ssrc, 100, 100).unwrap_err();
            inbound.add_stream(ssrc, 100).unwrap_err();
        }
        assert_eq!(
            (outbound.stats().rtp.retired, outbound.stats().rtcp.retired),
            (11, 11)
        );
        let (mut other, _) = default(profile);
        let mut forged = report(0);
        other.protect_rtcp(&mut forged, 0).unwrap();
        assert_eq!(
            inbound.unprotect_rtcp(&mut forged),
            Err(UnprotectError::Retired)
        );
    }
}

#[test]
fn a_table_without_room_has_room_for_one() {
    let (mut outbound, mut inbound): (Outbound, Inbound) = pair(PROFILES[0], limits(0));
    for (ssrc, sequence) in [(1, 1), (1, 2), (2, 1), (1, 3)] {
        let packet = sealed(&mut outbound, ssrc, sequence);
        assert_eq!(unprotect(&mut inbound, &packet), Ok(16));
    }
}
