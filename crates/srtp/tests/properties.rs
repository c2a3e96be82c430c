//! What holds for every packet.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use proptest::prelude::*;
use strata_srtp::{Counters, Inbound, MasterKey, Outbound, Profile, ProtectError, UnprotectError};

fn pair(profile: Profile) -> (Outbound, Inbound) {
    let key: Vec<u8> = (0..32).take(profile.key_len()).collect();
    let salt: Vec<u8> = (100..).take(profile.salt_len()).collect();
    let master = MasterKey::new(&key, &salt);
    (
        Outbound::new(profile, &master).expect("the key fits"),
        Inbound::new(profile, &master).expect("the key fits"),
    )
}

fn profile() -> impl Strategy<Value = Profile> {
    proptest::sample::select(&Profile::ALL[..])
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..=most)
}

prop_compose! {
    /// An RTP packet of any shape: CSRCs, header extension, marker, padding bit.
    fn rtp()(
        sequence: u16,
        ssrc: u32,
        (padding, marker, extended) in any::<(bool, bool, bool)>(),
        payload_type in 0u8..128,
        csrcs in proptest::collection::vec(any::<u32>(), 0..16),
        (extension_profile, extension) in (any::<u16>(), proptest::collection::vec(any::<u32>(), 0..6)),
        payload in bytes(200),
    ) -> Vec<u8> {
        let count = u8::try_from(csrcs.len()).expect("less than 16");
        let first = 0x80 | u8::from(padding) << 5 | u8::from(extended) << 4 | count;
        let mut packet = vec![first, u8::from(marker) << 7 | payload_type];
        packet.extend(sequence.to_be_bytes());
        packet.extend([1, 2, 3, 4]);
        packet.extend(ssrc.to_be_bytes());
        packet.extend(csrcs.iter().flat_map(|csrc| csrc.to_be_bytes()));
        if extended {
            packet.extend(extension_profile.to_be_bytes());
            packet.extend(u16::try_from(extension.len()).expect("less than 6").to_be_bytes());
            packet.extend(extension.iter().flat_map(|word| word.to_be_bytes()));
        }
        packet.extend(payload);
        packet
    }
}

prop_compose! {
    fn rtcp()(ssrc: u32, payload_type in 192u8..224, rest in bytes(200)) -> Vec<u8> {
        let mut packet = vec![0x80, payload_type, 0, 1];
        packet.extend(ssrc.to_be_bytes());
        packet.extend(rest);
        packet
    }
}

/// A short packet of SSRC 5.
fn numbered(sequence: u16) -> Vec<u8> {
    let [high, low] = sequence.to_be_bytes();
    vec![0x80, 96, high, low, 0, 0, 0, 0, 0, 0, 0, 5, high, low, 7]
}

proptest! {
    #[test]
    fn rtp_of_any_shape_comes_back(profile in profile(), rtp in rtp(), before in bytes(20)) {
        let (mut outbound, mut inbound) = pair(profile);
        let start = before.len();
        let mut buf = [before.clone(), rtp.clone()].concat();
        outbound.protect_rtp(&mut buf, start).unwrap();
        prop_assert_eq!(&buf[..start], &before[..]);
        prop_assert_eq!(buf.len(), start + rtp.len() + profile.rtp_overhead());
        let length = inbound.unprotect_rtp(&mut buf[start..]).unwrap();
        prop_assert_eq!(&buf[start..start + length], &rtp[..]);
    }

    #[test]
    fn rtcp_comes_back(profile in profile(), rtcp in rtcp(), before in bytes(20)) {
        let (mut outbound, mut inbound) = pair(profile);
        let start = before.len();
        for index in 0u8..3 {
            let mut buf = [before.clone(), rtcp.clone()].concat();
            outbound.protect_rtcp(&mut buf, start).unwrap();
            prop_assert_eq!(&buf[..start], &before[..]);
            prop_assert_eq!(buf.len(), start + rtcp.len() + profile.rtcp_overhead());
            let behind = if profile.rtcp_overhead() == 20 { 4 } else { 14 };
            prop_assert_eq!(&buf[buf.len() - behind..][..4], [0x80, 0, 0, index]);
            let length = inbound.unprotect_rtcp(&mut buf[start..]).unwrap();
            prop_assert_eq!(&buf[start..start + length], &rtcp[..]);
        }
    }

    /// RFC 3711 §4.2, RFC 7714 §5.3: what is not authentic is discarded and changes nothing.
    #[test]
    fn any_flipped_bit_is_refused(
        profile in profile(),
        (rtp, rtcp) in (rtp(), rtcp()),
        known: bool,
        bit in any::<prop::sample::Index>(),
    ) {
        let (mut outbound, mut inbound) = pair(profile);
        let (mut srtp, mut srtcp) = (rtp.clone(), rtcp.clone());
        outbound.protect_rtp(&mut srtp, 0).unwrap();
        outbound.protect_rtcp(&mut srtcp, 0).unwrap();
        if known {
            inbound.unprotect_rtp(&mut srtp).unwrap();
            inbound.unprotect_rtcp(&mut srtcp).unwrap();
            (srtp, srtcp) = (rtp, rtcp);
            let next = u16::from_be_bytes([srtp[2], srtp[3]]).wrapping_add(1);
            srtp[2..4].copy_from_slice(&next.to_be_bytes());
            outbound.protect_rtp(&mut srtp, 0).unwrap();
            outbound.protect_rtcp(&mut srtcp, 0).unwrap();
        }
        let flip = |packet: &[u8]| {
            let mut packet = packet.to_vec();
            let bit = bit.index(packet.len() * 8);
            packet[bit / 8] ^= 1 << (bit % 8);
            packet
        };
        prop_assert!(inbound.unprotect_rtp(&mut flip(&srtp)).is_err());
        prop_assert!(inbound.unprotect_rtcp(&mut flip(&srtcp)).is_err());
        // The damaged packets have changed nothing: the whole ones are still welcome.
        prop_assert!(inbound.unprotect_rtp(&mut srtp).is_ok());
        prop_assert!(inbound.unprotect_rtcp(&mut srtcp).is_ok());
    }

    #[test]
    fn a_truncated_packet_is_refused(
        profile in profile(),
        (mut rtp, mut rtcp) in (rtp(), rtcp()),
        cut in any::<prop::sample::Index>(),
    ) {
        let (mut outbound, mut inbound) = pair(profile);
        outbound.protect_rtp(&mut rtp, 0).unwrap();
        outbound.protect_rtcp(&mut rtcp, 0).unwrap();
        let (at, rtcp_at) = (cut.index(rtp.len()), cut.index(rtcp.len()));
        prop_assert!(inbound.unprotect_rtp(&mut rtp[..at]).is_err());
        prop_assert!(inbound.unprotect_rtcp(&mut rtcp[..rtcp_at]).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_refused_and_counted(profile in profile(), mut packet in bytes(100)) {
        let (mut outbound, mut inbound) = pair(profile);
        prop_assert!(inbound.unprotect_rtp(&mut packet.clone()).is_err());
        prop_assert!(inbound.unprotect_rtcp(&mut packet.clone()).is_err());
        let Counters { packets, malformed, unauthentic, .. } = inbound.stats().rtp;
        prop_assert_eq!((packets, malformed + unauthentic), (0, 1));
        let Counters { packets, malformed, unauthentic, .. } = inbound.stats().rtcp;
        prop_assert_eq!((packets, malformed + unauthentic), (0, 1));
        // What is no packet is left alone.
        let before = packet.clone();
        if let Err(ProtectError::Malformed(_)) = outbound.protect_rtp(&mut packet, 0) {
            prop_assert_eq!(&packet, &before);
        }
        let end = packet.len() + 1;
        prop_assert!(outbound.protect_rtp(&mut packet, end).is_err());
        prop_assert!(outbound.protect_rtcp(&mut packet, end).is_err());
    }

    /// Loss, reordering and duplication around wraps: what is inside the window arrives, once.
    #[test]
    fn the_rollover_counter_survives_loss_and_reordering(
        profile in profile(),
        first: u16,
        // How far each packet is ahead of the one before, and by how much it is late.
        // Together less than 2^15, which is as far as a receiver can follow.
        steps in proptest::collection::vec(
            (prop_oneof![4 => 1u32..4, 1 => 1u32..700], 0usize..40), 1..400),
    ) {
        let (mut outbound, mut inbound) = pair(profile);
        let mut index = u32::from(first);
        let mut queue = Vec::new();
        for (slot, (step, late)) in steps.into_iter().enumerate() {
            let [_, _, high, low] = index.to_be_bytes();
            let mut packet = numbered(u16::from_be_bytes([high, low]));
            outbound.protect_rtp(&mut packet, 0).unwrap();
            prop_assert_eq!(outbound.rollover_counter(5), Some(index >> 16));
            // The first is in time: what came before it cannot be told.
            let late = if slot == 0 { 0 } else { late };
            queue.push((slot + late, index, packet.clone()));
            queue.push((slot + late + late % 5, index, packet));
            index += step;
        }
        queue.sort_by_key(|(slot, ..)| *slot);
        let (mut newest, mut seen) = (0, std::collections::BTreeSet::new());
        for (_, index, mut packet) in queue {
            let result = inbound.unprotect_rtp(&mut packet);
            let [_, _, high, low] = index.to_be_bytes();
            if index + 1024 <= newest {
                prop_assert_eq!(result, Err(UnprotectError::TooOld));
            } else if seen.insert(index) {
                prop_assert_eq!(result, Ok(15));
                prop_assert_eq!(&packet[..15], &numbered(u16::from_be_bytes([high, low]))[..]);
            } else {
                prop_assert_eq!(result, Err(UnprotectError::Replayed));
            }
            newest = newest.max(index);
            prop_assert_eq!(inbound.rollover_counter(5), Some(newest >> 16));
        }
    }
}
