//! Master key identifiers (RFC 3711 §3.1): not supported, but named.

use strata_srtp::{Profile, UnprotectError};

use super::{default, pair, report, rtp, sealed};

/// Puts an identifier in a protected packet: in front of an authentication tag, behind everything else.
fn with_mki(packet: &[u8], profile: Profile, octets: u8, tag_len: usize) -> Vec<u8> {
    let behind = if matches!(profile, Profile::AeadAes128Gcm) {
        0
    } else {
        tag_len
    };
    let mut packet = packet.to_vec();
    let at = packet.len() - behind;
    packet.splice(at..at, (0..octets).map(|_| 1));
    packet
}

const PROFILES: [(Profile, usize); 3] = [
    (Profile::AeadAes128Gcm, 16),
    (Profile::Aes128CmHmacSha1_80, 10),
    (Profile::Aes128CmHmacSha1_32, 4),
];

#[test]
fn a_sender_that_uses_an_identifier_is_told_from_one_with_other_keys() {
    for (profile, tag_len) in PROFILES {
        for octets in [1, 2, 4, 8, 16, 32] {
            let (mut outbound, mut inbound) = default(profile);
            let expected = Err(UnprotectError::Mki { octets });
            for sequence in 0..100 {
                let packet = sealed(&mut outbound, 1, sequence);
                let mut packet = with_mki(&packet, profile, octets, tag_len);
                assert_eq!(inbound.unprotect_rtp(&mut packet), expected);
                let mut packet = report(1);
                outbound.protect_rtcp(&mut packet, 0).unwrap();
                let mut packet = with_mki(&packet, profile, octets, 10);
                assert_eq!(inbound.unprotect_rtcp(&mut packet), expected);
            }
            assert_eq!(
                (inbound.stats().rtp.mki, inbound.stats().rtcp.mki),
                (100, 100)
            );
            // Nothing of it was taken, so the packet is welcome as it should be.
            assert_eq!(inbound.rollover_counter(1), None);
            let (mut outbound, _) = default(profile);
            assert_eq!(
                inbound.unprotect_rtp(&mut sealed(&mut outbound, 1, 0)),
                Ok(16)
            );
        }
    }
    let error = UnprotectError::Mki { octets: 4 };
    assert_eq!(
        error.to_string(),
        "the packet carries a master key identifier (MKI) of 4 octets, and none was agreed on"
    );
}

/// Forged packets cost a few tries in all, and none once the first packet was authentic.
#[test]
fn identifiers_are_looked_for_in_few_packets_and_before_the_first_authentic_one() {
    for (profile, tag_len) in PROFILES {
        for (forged, authentic, expected) in [
            (3, 0, UnprotectError::Mki { octets: 4 }),
            (4, 0, UnprotectError::Unauthentic),
            (0, 1, UnprotectError::Unauthentic),
        ] {
            let (mut outbound, mut inbound) = pair(profile, strata_srtp::Config::default());
            for _ in 0..forged {
                let mut packet = rtp(9, 1);
                packet.extend([0x55; 60]);
                let error = inbound.unprotect_rtp(&mut packet);
                assert_eq!(error, Err(UnprotectError::Unauthentic));
            }
            for sequence in 0..authentic {
                inbound
                    .unprotect_rtp(&mut sealed(&mut outbound, 1, sequence))
                    .unwrap();
            }
            let packet = sealed(&mut outbound, 1, 50);
            let mut packet = with_mki(&packet, profile, 4, tag_len);
            assert_eq!(inbound.unprotect_rtp(&mut packet), Err(expected));
        }
    }
}
