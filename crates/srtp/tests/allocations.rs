//! The budget: no heap allocation per packet once a stream is known.

use strata_srtp::{Inbound, MasterKey, Outbound, Profile};

#[test]
fn packets_of_known_streams_allocate_nothing() {
    for profile in Profile::ALL {
        let master = MasterKey::new(&vec![1; profile.key_len()], &vec![2; profile.salt_len()]);
        let mut outbound = Outbound::new(profile, &master).unwrap();
        let mut inbound = Inbound::new(profile, &master).unwrap();
        let mut buf = Vec::with_capacity(2000);
        let mut pass = |sequence: u16| {
            for ssrc in 0..8 {
                buf.clear();
                buf.extend_from_slice(&[0x80, 96]);
                buf.extend_from_slice(&sequence.to_be_bytes());
                buf.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, ssrc]);
                buf.resize(1200, 0x55);
                outbound.protect_rtp(&mut buf, 0).unwrap();
                // A duplicate is refused without harm.
                assert_eq!(inbound.unprotect_rtp(&mut buf), Ok(1200));
                inbound.unprotect_rtp(&mut buf).unwrap_err();

                buf.clear();
                buf.extend_from_slice(&[0x80, 201, 0, 1, 0, 0, 0, ssrc]);
                outbound.protect_rtcp(&mut buf, 0).unwrap();
                assert_eq!(inbound.unprotect_rtcp(&mut buf), Ok(8));
            }
        };
        pass(0);
        let heap = allocation_counter::measure(|| (1..1000).for_each(&mut pass));
        assert_eq!(heap.count_total, 0, "{profile}");
    }
}

#[test]
fn a_context_at_its_default_limit_stays_below_280_kb() {
    let master = MasterKey::new(&[1; 16], &[2; 12]);
    let mut outbound = Outbound::new(Profile::AeadAes128Gcm, &master).unwrap();
    let mut inbound = Inbound::new(Profile::AeadAes128Gcm, &master).unwrap();
    let mut buf = Vec::with_capacity(100);
    let mut fill = |outbound_only: bool| {
        for ssrc in 0..1024u32 {
            buf.clear();
            buf.extend_from_slice(&[0x80, 96, 0, u8::from(!outbound_only), 0, 0, 0, 0]);
            buf.extend_from_slice(&ssrc.to_be_bytes());
            outbound.protect_rtp(&mut buf, 0).unwrap();
            if !outbound_only {
                inbound.unprotect_rtp(&mut buf).unwrap();
            }
            buf.clear();
            buf.extend_from_slice(&[0x80, 201, 0, 1]);
            buf.extend_from_slice(&ssrc.to_be_bytes());
            outbound.protect_rtcp(&mut buf, 0).unwrap();
            if !outbound_only {
                inbound.unprotect_rtcp(&mut buf).unwrap();
            }
        }
    };
    let heap = allocation_counter::measure(|| fill(true));
    assert!(heap.bytes_current < 280_000, "{}", heap.bytes_current);
    // The outbound streams are there already, so this is what the inbound ones take.
    let heap = allocation_counter::measure(|| fill(false));
    assert!(heap.bytes_current < 280_000, "{}", heap.bytes_current);
}
