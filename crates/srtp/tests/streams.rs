//! Streams: rollover counters lost and found, replays, and the limits of the table.

use strata_srtp::{
    Config, HeaderError, Inbound, MasterKey, Outbound, Profile, ProtectError, UnprotectError,
};

const PROFILES: [Profile; 2] = [Profile::AeadAes128Gcm, Profile::Aes128CmHmacSha1_80];

fn pair(profile: Profile, config: Config) -> (Outbound, Inbound) {
    let master = MasterKey::new(&[1; 16], &vec![2; profile.salt_len()]);
    (
        Outbound::with_config(profile, &master, config).expect("the key fits"),
        Inbound::with_config(profile, &master, config).expect("the key fits"),
    )
}

fn default(profile: Profile) -> (Outbound, Inbound) {
    pair(profile, Config::default())
}

/// A packet of four octets.
fn rtp(ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend(sequence.to_be_bytes());
    packet.extend([0; 4]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend(b"text");
    packet
}

fn sealed(outbound: &mut Outbound, ssrc: u32, sequence: u16) -> Vec<u8> {
    let mut packet = rtp(ssrc, sequence);
    outbound
        .protect_rtp(&mut packet, 0)
        .expect("a packet not sent before");
    packet
}

fn report(ssrc: u8) -> Vec<u8> {
    vec![0x80, 201, 0, 1, 0, 0, 0, ssrc]
}

/// The sequence number of an index.
fn sequence(index: u32) -> u16 {
    let [_, _, high, low] = index.to_be_bytes();
    u16::from_be_bytes([high, low])
}

#[test]
fn a_packet_is_taken_once() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = default(profile);
        let packet = sealed(&mut outbound, 1, 7);
        assert_eq!(inbound.unprotect_rtp(&mut packet.clone()), Ok(16));
        assert_eq!(
            inbound.unprotect_rtp(&mut packet.clone()),
            Err(UnprotectError::Replayed)
        );
        let mut packet = report(1);
        outbound.protect_rtcp(&mut packet, 0).unwrap();
        assert_eq!(inbound.unprotect_rtcp(&mut packet.clone()), Ok(8));
        assert_eq!(
            inbound.unprotect_rtcp(&mut packet),
            Err(UnprotectError::Replayed)
        );
        assert_eq!(inbound.stats().rtp.repeated, 1);
        assert_eq!(inbound.stats().rtcp.repeated, 1);
    }
}

#[test]
fn a_packet_1023_behind_is_taken_and_one_1024_behind_is_not() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = default(profile);
        let mut late = [sealed(&mut outbound, 1, 100), sealed(&mut outbound, 1, 101)];
        let mut newest = sealed(&mut outbound, 1, 1124);
        assert_eq!(inbound.unprotect_rtp(&mut newest), Ok(16));
        assert_eq!(
            inbound.unprotect_rtp(&mut late[0]),
            Err(UnprotectError::TooOld)
        );
        assert_eq!(inbound.unprotect_rtp(&mut late[1]), Ok(16));
        assert_eq!(inbound.stats().rtp.too_old, 1);
    }
}

#[test]
fn a_report_127_behind_is_taken_and_one_128_behind_is_not() {
    let (mut outbound, mut inbound) = default(Profile::AeadAes128Gcm);
    let mut reports: Vec<_> = (0..=128)
        .map(|_| {
            let mut packet = report(1);
            outbound.protect_rtcp(&mut packet, 0).unwrap();
            packet
        })
        .collect();
    assert_eq!(inbound.unprotect_rtcp(&mut reports[128]), Ok(8));
    assert_eq!(
        inbound.unprotect_rtcp(&mut reports[0]),
        Err(UnprotectError::TooOld)
    );
    assert_eq!(inbound.unprotect_rtcp(&mut reports[1]), Ok(8));
}

#[test]
fn no_sequence_number_is_protected_twice() {
    for profile in PROFILES {
        let (mut outbound, _) = default(profile);
        sealed(&mut outbound, 1, 65_535);
        sealed(&mut outbound, 1, 0);
        for (number, expected) in [
            (0, ProtectError::Repeated),
            (65_535, ProtectError::Repeated),
            (64_000, ProtectError::TooOld),
        ] {
            let mut packet = rtp(1, number);
            assert_eq!(outbound.protect_rtp(&mut packet, 0), Err(expected));
            assert_eq!(packet, rtp(1, number));
        }
        sealed(&mut outbound, 1, 65_534);
        assert_eq!(outbound.rollover_counter(1), Some(1));
        assert_eq!(outbound.stats().rtp.repeated, 2);
        assert_eq!(outbound.stats().rtp.too_old, 1);
    }
}

#[test]
fn the_same_text_looks_different_in_every_packet_and_stream() {
    for profile in PROFILES {
        let (mut outbound, _) = default(profile);
        let mut texts: Vec<Vec<u8>> = Vec::new();
        for (ssrc, number) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            texts.push(sealed(&mut outbound, ssrc, number)[12..16].to_vec());
        }
        texts.push(b"text".to_vec());
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), 5);
    }
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
fn a_stream_is_found_again_after_losing_more_than_half_the_sequence_numbers() {
    for profile in PROFILES {
        for lost in [32_768, 40_000, 65_000, 65_535, 65_536, 65_537, 90_000] {
            for first in [0, 30_000, 65_000] {
                let (mut outbound, mut inbound) = default(profile);
                let mut packet = sealed(&mut outbound, 1, sequence(first));
                inbound.unprotect_rtp(&mut packet).unwrap();
                // Move the sender along, in steps it can follow itself.
                for step in (first + 1..first + lost).step_by(20_000) {
                    sealed(&mut outbound, 1, sequence(step));
                }
                let mut accepted = 0;
                for index in (first + lost + 1..).take(20) {
                    let mut packet = sealed(&mut outbound, 1, sequence(index));
                    accepted += u32::from(inbound.unprotect_rtp(&mut packet).is_ok());
                }
                // Sixteen are refused first.
                assert_eq!(accepted, 4, "{lost} lost after {first}");
                assert_eq!(inbound.stats().rtp.resynchronized, 1);
                assert_eq!(inbound.rollover_counter(1), outbound.rollover_counter(1));
            }
        }
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

#[test]
fn only_authentic_packets_make_streams() {
    let (mut outbound, mut inbound) = pair(Profile::AeadAes128Gcm, Config { max_streams: 2 });
    for ssrc in 10..100 {
        let mut forged = rtp(ssrc, 1);
        forged.extend([0x55; 16]);
        assert_eq!(
            inbound.unprotect_rtp(&mut forged),
            Err(UnprotectError::Unauthentic)
        );
        assert_eq!(inbound.rollover_counter(ssrc), None);
    }
    for ssrc in [1, 2] {
        let mut packet = sealed(&mut outbound, ssrc, 1);
        assert_eq!(inbound.unprotect_rtp(&mut packet), Ok(16));
    }
}

#[test]
fn one_stream_too_many_is_refused_until_another_is_removed() {
    let config = Config { max_streams: 2 };
    let (mut outbound, mut inbound) = pair(Profile::AeadAes128Gcm, config);
    // A second sender with the same key, to have packets of more streams.
    let (mut other, _) = default(Profile::AeadAes128Gcm);
    for ssrc in [1, 2] {
        inbound
            .unprotect_rtp(&mut sealed(&mut outbound, ssrc, 1))
            .unwrap();
    }
    let error = outbound.protect_rtp(&mut rtp(3, 1), 0);
    assert_eq!(error, Err(ProtectError::TooManyStreams));
    let mut packet = sealed(&mut other, 3, 1);
    let error = inbound.unprotect_rtp(&mut packet.clone());
    assert_eq!(error, Err(UnprotectError::TooManyStreams));

    assert!(inbound.remove_stream(1) && !inbound.remove_stream(1));
    assert!(outbound.remove_stream(1) && !outbound.remove_stream(1));
    assert_eq!(outbound.protect_rtp(&mut rtp(3, 1), 0), Ok(()));
    assert_eq!(inbound.unprotect_rtp(&mut packet), Ok(16));
    // The streams that were there go on.
    let mut packet = sealed(&mut outbound, 2, 2);
    assert_eq!(inbound.unprotect_rtp(&mut packet), Ok(16));

    for ssrc in [1, 2] {
        let mut packet = report(ssrc);
        outbound.protect_rtcp(&mut packet, 0).unwrap();
        inbound.unprotect_rtcp(&mut packet).unwrap();
    }
    let mut packet = report(3);
    let error = outbound.protect_rtcp(&mut packet, 0);
    assert_eq!(error, Err(ProtectError::TooManyStreams));
    assert_eq!(packet, report(3));
    other.protect_rtcp(&mut packet, 0).unwrap();
    let error = inbound.unprotect_rtcp(&mut packet);
    assert_eq!(error, Err(UnprotectError::TooManyStreams));
}

#[test]
fn what_is_too_short_for_its_tag_is_malformed() {
    let (_, mut inbound) = default(Profile::AeadAes128Gcm);
    let mut short = rtp(1, 1);
    short.extend([0; 11]);
    let expected = HeaderError::Truncated {
        expected: 28,
        actual: 27,
    };
    assert_eq!(
        inbound.unprotect_rtp(&mut short),
        Err(UnprotectError::Malformed(expected))
    );
    assert_eq!(
        inbound.unprotect_rtcp(&mut short),
        Err(UnprotectError::Malformed(HeaderError::Truncated {
            expected: 28,
            actual: 27
        }))
    );
    assert_eq!(inbound.stats().rtp.malformed, 1);
    assert_eq!(inbound.stats().rtcp.malformed, 1);
}

#[test]
fn other_keys_and_other_profiles_do_not_fit() {
    for profile in PROFILES {
        let (mut outbound, _) = default(profile);
        let master = MasterKey::new(&[9; 16], &[2; 14][..profile.salt_len()]);
        let mut stranger = Inbound::new(profile, &master).unwrap();
        assert_eq!(
            stranger.unprotect_rtp(&mut sealed(&mut outbound, 1, 1)),
            Err(UnprotectError::Unauthentic)
        );
        assert!(Inbound::new(Profile::AeadAes256Gcm, &master).is_err());
        assert!(Outbound::new(Profile::AeadAes256Gcm, &master).is_err());
    }
}

#[test]
fn contexts_are_send_and_secrets_do_not_show() {
    fn is_send<T: Send>(_: &T) {}
    let (outbound, inbound) = default(Profile::Aes128CmHmacSha1_80);
    is_send(&outbound);
    is_send(&inbound);
    let master = MasterKey::new(&[1; 16], &[2; 14]);
    let text = format!("{master:?}");
    assert_eq!(text, "MasterKey(key 16 octets, salt 14 octets)");
    let text = format!("{outbound:?}");
    let cipher = "CounterMode { cipher: Key(16 octets), tag_len: 10, .. }";
    assert!(text.contains(cipher), "{text}");
}
