//! Whole packets made by libsrtp from master keys, protected and unprotected.
#![expect(clippy::expect_used, reason = "helpers of tests")]

use strata_srtp::{Inbound, MasterKey, Outbound, Profile};

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hexadecimal digits")
}

struct Vector {
    profile: Profile,
    key: &'static str,
    salt: &'static str,
    rtp: &'static str,
    srtp: &'static str,
    rtcp: &'static str,
    srtcp: &'static str,
}

/// The packets of libsrtp's `srtp_validate` family. Their SRTCP index is 1.
const VALIDATE: &[Vector] = &[
    Vector {
        profile: Profile::Aes128CmHmacSha1_80,
        key: "e1f97a0d3e018be0d64fa32c06de4139",
        salt: "0ec675ad498afeebb6960b3aabe6",
        rtp: "800f1234decafbadcafebabeabababababababababababababababab",
        srtp: "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
        rtcp: "81c8000bcafebabeabababababababababababababababab",
        srtcp: "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798",
    },
    Vector {
        profile: Profile::Aes256CmHmacSha1_80,
        key: "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
        salt: "3b04803de51ee7c96423ab5b78d2",
        rtp: "800f1234decafbadcafebabeabababababababababababababababab",
        srtp: "800f1234decafbadcafebabef1d9de17ff251ff1aa007774b0b4b40da08d9d9a5b3a55d8873b",
        rtcp: "",
        srtcp: "",
    },
    Vector {
        profile: Profile::AeadAes128Gcm,
        key: "000102030405060708090a0b0c0d0e0f",
        salt: "a0a1a2a3a4a5a6a7a8a9aaab",
        rtp: "800f1234decafbadcafebabeabababababababababababababababab",
        srtp: "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
        rtcp: "81c8000bcafebabeabababababababababababababababab",
        srtcp: "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001",
    },
];

/// One RTP and one RTCP packet protected by libsrtp 2.5.0 under each DTLS-SRTP profile, with the key and
/// salt 00 01 02 03...
const LIBSRTP2: &[Vector] = &[
    Vector {
        profile: Profile::Aes128CmHmacSha1_80,
        key: "000102030405060708090a0b0c0d0e0f",
        salt: "101112131415161718191a1b1c1d",
        rtp: "8060123400000001deadbeefabababababababababababababababababababab",
        srtp: "8060123400000001deadbeefc40ecfb0b547cd63b9e2784f519d0b18ad2d27f2e73b39c78a0da96adfc6",
        rtcp: "81c80006deadbeef0000000000000000000000000000000000000000",
        srtcp: "81c80006deadbeef481b1171a593c11c4ac47a94225bd0cf8c41a9f4800000012efd088295908e27a6a6",
    },
    Vector {
        profile: Profile::Aes128CmHmacSha1_32,
        key: "000102030405060708090a0b0c0d0e0f",
        salt: "101112131415161718191a1b1c1d",
        rtp: "8060123400000001deadbeefabababababababababababababababababababab",
        srtp: "8060123400000001deadbeefc40ecfb0b547cd63b9e2784f519d0b18ad2d27f2e73b39c7",
        rtcp: "81c80006deadbeef0000000000000000000000000000000000000000",
        srtcp: "81c80006deadbeef481b1171a593c11c4ac47a94225bd0cf8c41a9f4800000012efd088295908e27a6a6",
    },
    Vector {
        profile: Profile::AeadAes128Gcm,
        key: "000102030405060708090a0b0c0d0e0f",
        salt: "101112131415161718191a1b",
        rtp: "8060123400000001deadbeefabababababababababababababababababababab",
        srtp: "8060123400000001deadbeef8d74a59fd5f410247c1a49df33f693e07d9e3fb43efadbd72f073261b7d9360e683df49f",
        rtcp: "81c80006deadbeef0000000000000000000000000000000000000000",
        srtcp: "81c80006deadbeefea6fe6bacdb857e4b908fe8757d4bd8b84d8dbe9152fa927c3c138b35c15710da3a5c50f80000001",
    },
    Vector {
        profile: Profile::AeadAes256Gcm,
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        salt: "202122232425262728292a2b",
        rtp: "8060123400000001deadbeefabababababababababababababababababababab",
        srtp: "8060123400000001deadbeefaf23744cf5e7f796a1cdb5952e1b86edb0dd4a29af2bd057c2b76607f2c60a234f8b216f",
        rtcp: "81c80006deadbeef0000000000000000000000000000000000000000",
        srtcp: "81c80006deadbeef52b19e864555fba7cd18bdee4b36a0c6b448ef451a1e146422e585b5db7004f92d581b9680000001",
    },
];

/// RFC 3711 §4.1.1, §4.2.1, §4.3.1, §4.3.2, RFC 7714 §8, §9: what another implementation derives, encrypts and signs.
#[test]
fn packets_of_libsrtp_are_made_and_read() {
    for vector in VALIDATE.iter().chain(LIBSRTP2) {
        let master = MasterKey::new(&hex(vector.key), &hex(vector.salt));
        let mut outbound = Outbound::new(vector.profile, &master).unwrap();
        let mut inbound = Inbound::new(vector.profile, &master).unwrap();
        let (rtp, srtp) = (hex(vector.rtp), hex(vector.srtp));
        let mut buf = rtp.clone();
        outbound.protect_rtp(&mut buf, 0).unwrap();
        assert_eq!(buf, srtp, "{}", vector.profile);
        let length = inbound.unprotect_rtp(&mut buf).unwrap();
        assert_eq!(buf[..length], rtp);
        if vector.rtcp.is_empty() {
            continue;
        }
        let (rtcp, srtcp) = (hex(vector.rtcp), hex(vector.srtcp));
        // The first packet has index 0, libsrtp's first has 1.
        outbound.protect_rtcp(&mut rtcp.clone(), 0).unwrap();
        let mut buf = rtcp.clone();
        outbound.protect_rtcp(&mut buf, 0).unwrap();
        assert_eq!(buf, srtcp, "{}", vector.profile);
        let length = inbound.unprotect_rtcp(&mut buf).unwrap();
        assert_eq!(buf[..length], rtcp);
    }
}

/// A packet with two CSRCs, a header extension and padding, before and after the sequence number wraps.
const WRAP: [&str; 2] = [
    "b2e0ffff00000001deadbeef0101010102020202bede000210aa20bb30cc00006162636465666768696a6b6c6d6e6f707172737475000003",
    "b2e0000000000001deadbeef0101010102020202bede000210aa20bb30cc00006162636465666768696a6b6c6d6e6f707172737475000003",
];

/// [`WRAP`] protected by libsrtp 2.5.0 with the key and salt 00 01 02 03...
const WRAP_SEALED: &[(Profile, [&str; 2])] = &[
    (
        Profile::Aes128CmHmacSha1_80,
        [
            "b2e0ffff00000001deadbeef0101010102020202bede000210aa20bb30cc000070d182f775ed23f4b2b878b45c6cc8e8e1193708efce47856d1150c41a318349fdea",
            "b2e0000000000001deadbeef0101010102020202bede000210aa20bb30cc0000d50fa88a53028a2bb928ef24f398be6b3c0115f2e8ad28e33082fccced3212d137a3",
        ],
    ),
    (
        Profile::Aes128CmHmacSha1_32,
        [
            "b2e0ffff00000001deadbeef0101010102020202bede000210aa20bb30cc000070d182f775ed23f4b2b878b45c6cc8e8e1193708efce47856d1150c4",
            "b2e0000000000001deadbeef0101010102020202bede000210aa20bb30cc0000d50fa88a53028a2bb928ef24f398be6b3c0115f2e8ad28e33082fccc",
        ],
    ),
    (
        Profile::AeadAes128Gcm,
        [
            "b2e0ffff00000001deadbeef0101010102020202bede000210aa20bb30cc00005da77fb40fddb873be15462a5e3bedf0a983e17aaa388809864263da14eb93512478f9acce2ea894",
            "b2e0000000000001deadbeef0101010102020202bede000210aa20bb30cc00003f5f52f7696622aee4b4eb8d3ffb39c29d0b021e1c610b35c57de92ce81f74b42fb150c0bb4f5fad",
        ],
    ),
    (
        Profile::AeadAes256Gcm,
        [
            "b2e0ffff00000001deadbeef0101010102020202bede000210aa20bb30cc0000c5545e763cb0d07708c88b40213266760020ee54f2fdcbc759aeab01f05525e00ba48c0ddba0a508",
            "b2e0000000000001deadbeef0101010102020202bede000210aa20bb30cc000038d93051ea81eb8a79d6e7290a729715fe13581682d8cfe0c92297c98b38c0e0169706238b87667b",
        ],
    ),
];

#[test]
fn the_rollover_counter_is_that_of_libsrtp() {
    let counting: Vec<u8> = (0..64).collect();
    for (profile, sealed) in WRAP_SEALED {
        let (key, rest) = counting.split_at(profile.key_len());
        let master = MasterKey::new(key, &rest[..profile.salt_len()]);
        let mut outbound = Outbound::new(*profile, &master).unwrap();
        let mut inbound = Inbound::new(*profile, &master).unwrap();
        for (plain, sealed) in WRAP.into_iter().zip(sealed) {
            let mut buf = hex(plain);
            outbound.protect_rtp(&mut buf, 0).unwrap();
            assert_eq!(buf, hex(sealed), "{profile}");
            let length = inbound.unprotect_rtp(&mut buf).unwrap();
            assert_eq!(buf[..length], hex(plain));
        }
        assert_eq!(outbound.rollover_counter(0xdead_beef), Some(1));
        assert_eq!(inbound.rollover_counter(0xdead_beef), Some(1));
    }
}
