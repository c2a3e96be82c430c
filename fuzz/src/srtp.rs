//! SRTP: hostile packets, and packets of any shape there and back.

use strata_srtp::{Inbound, MasterKey, Outbound, Profile};

/// The first octet chooses the profile. The rest is packets, each behind an octet of its kind and two of
/// its length: hostile ones for the receiver, and ones for the sender that must come back as they were.
pub fn srtp_unprotect(data: &[u8]) {
    let Some((choice, mut rest)) = data.split_first() else {
        return;
    };
    let profile = Profile::ALL[usize::from(*choice) % Profile::ALL.len()];
    let master = MasterKey::new(&vec![1; profile.key_len()], &vec![2; profile.salt_len()]);
    let mut outbound = Outbound::new(profile, &master).expect("the key fits");
    let mut inbound = Inbound::new(profile, &master).expect("the key fits");
    while let Some((&[kind, high, low], tail)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([high, low])).min(tail.len());
        let (packet, tail) = tail.split_at(length);
        rest = tail;
        match kind % 6 {
            0 => hostile(packet, |packet| inbound.unprotect_rtp(packet)),
            1 => hostile(packet, |packet| inbound.unprotect_rtcp(packet)),
            2 => {
                let mut buf = packet.to_vec();
                if outbound.protect_rtp(&mut buf, 0).is_err() {
                    assert_eq!(buf, packet);
                } else {
                    assert_eq!(buf.len(), packet.len() + profile.rtp_overhead());
                    // A sender may leave the receiver behind, so this may be refused; but not garbled.
                    if let Ok(length) = inbound.unprotect_rtp(&mut buf) {
                        assert_eq!(&buf[..length], packet);
                    }
                }
            }
            3 => {
                let mut buf = packet.to_vec();
                if outbound.protect_rtcp(&mut buf, 0).is_err() {
                    assert_eq!(buf, packet);
                } else {
                    assert_eq!(buf.len(), packet.len() + profile.rtcp_overhead());
                    let length = inbound
                        .unprotect_rtcp(&mut buf)
                        .expect("authentic and in order");
                    assert_eq!(&buf[..length], packet);
                }
            }
            // A packet that is right but for one bit.
            4 => {
                let mut buf = packet.to_vec();
                if outbound.protect_rtp(&mut buf, 0).is_ok() {
                    flip(&mut buf, kind);
                    let refused = inbound.unprotect_rtp(&mut buf).is_err();
                    assert!(refused || profile.rtp_overhead() == 4);
                }
            }
            _ => {
                let mut buf = packet.to_vec();
                if outbound.protect_rtcp(&mut buf, 0).is_ok() {
                    flip(&mut buf, kind);
                    assert!(inbound.unprotect_rtcp(&mut buf).is_err());
                }
            }
        }
    }
}

fn hostile<E>(packet: &[u8], unprotect: impl FnOnce(&mut [u8]) -> Result<usize, E>) {
    // Not "is an error": a fuzzer may guess a tag of 32 bits.
    if let Ok(length) = unprotect(&mut packet.to_vec()) {
        assert!(length < packet.len());
    }
}

fn flip(packet: &mut [u8], choice: u8) {
    let at = usize::from(choice) * 7 % packet.len();
    packet[at] ^= 1 << (choice / 6 % 8);
}
