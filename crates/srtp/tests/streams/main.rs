//! Streams: replays, rollover counters lost and found, and what is left of streams that were forgotten.
#![cfg(test)]

mod forgetting;
mod mki;
mod rollover;

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

/// RFC 3711 §3.3.2.
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

/// RFC 3711 §3.3.2, §3.4.
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

/// RFC 3711 §9.1, RFC 7714 §8.4: no keystream twice.
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

/// RFC 3711 §4.1.1: SSRC and index are in the IV.
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
    let cipher = "CounterMode { cipher: Key(16 octets), auth: Key { algorithm: Sha1, .. }, salt: Salt, tag_len: 10 }";
    assert!(text.contains(cipher), "{text}");
}
