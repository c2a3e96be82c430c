//! The vectors of RFC 7714 §16 and 17, whose keys are session keys.

use super::*;
use crate::header::{RtpHeader, rtcp_ssrc};

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hexadecimal digits")
}

struct Vector {
    key: &'static str,
    /// The packet before protection.
    plain: &'static str,
    /// The packet after it.
    sealed: &'static str,
    /// Whether the payload is encrypted, or authenticated only.
    encrypted: bool,
}

impl Vector {
    fn transform(&self) -> Transform {
        let key = hex(self.key);
        let profile = match key.len() {
            16 => Profile::AeadAes128Gcm,
            _ => Profile::AeadAes256Gcm,
        };
        Transform::with_session_keys(profile, 16, &key, &[], &hex(SALT)).unwrap()
    }
}

/// "Quid pro quo".
const SALT: &str = "517569642070726f2071756f";

const SRTP: &[Vector] = &[
    // §16.1.1
    Vector {
        key: "000102030405060708090a0b0c0d0e0f",
        plain: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        sealed: "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
        encrypted: true,
    },
    // §16.1.2
    Vector {
        key: "000102030405060708090a0b0c0d0e0f",
        plain: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        sealed: "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce",
        encrypted: true,
    },
    // §16.1.3
    Vector {
        key: "000102030405060708090a0b0c0d0e0f",
        plain: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        sealed: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e20706172746573207472657322493f82d2bce397e9d79e3b19aa4216",
        encrypted: false,
    },
    // §16.1.4
    Vector {
        key: "000102030405060708090a0b0c0d0e0f",
        plain: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        sealed: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e20706172746573207472657322493f82d2bce397e9d79e3b19aa4216",
        encrypted: false,
    },
    // §16.2.1
    Vector {
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        plain: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        sealed: "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
        encrypted: true,
    },
    // §16.2.2
    Vector {
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        plain: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        sealed: "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
        encrypted: true,
    },
    // §16.2.3
    Vector {
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        plain: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        sealed: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573a866d5910f887463067ceefec45215d4",
        encrypted: false,
    },
    // §16.2.4
    Vector {
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        plain: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        sealed: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573a866d5910f887463067ceefec45215d4",
        encrypted: false,
    },
];

const SRTCP: &[Vector] = &[
    // §17.1
    Vector {
        key: "000102030405060708090a0b0c0d0e0f",
        plain: "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        sealed: "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4",
        encrypted: true,
    },
    // §17.2
    Vector {
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        plain: "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        sealed: "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4",
        encrypted: true,
    },
    // §17.3
    Vector {
        key: "000102030405060708090a0b0c0d0e0f",
        plain: "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        sealed: "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef841dd9683dd78ec92ae58790125f62b3000005d4",
        encrypted: false,
    },
    // §17.4
    Vector {
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        plain: "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
        sealed: "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef91db4afbfeee5a978fab4393ed2615fe000005d4",
        encrypted: false,
    },
];

#[test]
fn rfc_7714_section_16_srtp() {
    for vector in SRTP {
        let transform = vector.transform();
        let (plain, sealed) = (hex(vector.plain), hex(vector.sealed));
        let header = RtpHeader::parse(&plain).unwrap();
        // Authentication without encryption is the case of a packet that is all header.
        let clear = if vector.encrypted {
            header.len
        } else {
            plain.len()
        };
        let position = Position {
            ssrc: header.ssrc,
            index: u64::from(header.sequence),
        };
        let mut buf = [b"before", &plain[..]].concat();
        transform.seal_rtp(position, &mut buf, 6, clear).unwrap();
        assert_eq!(buf[6..], sealed);
        assert_eq!(
            transform.open_rtp(position, &mut buf[6..], clear),
            Ok(plain.len())
        );
        assert_eq!(buf[6..6 + plain.len()], plain);
    }
}

#[test]
fn rfc_7714_section_17_srtcp() {
    for vector in SRTCP {
        let transform = vector.transform();
        let (plain, sealed) = (hex(vector.plain), hex(vector.sealed));
        let position = Position {
            ssrc: rtcp_ssrc(&plain).unwrap(),
            index: 0x5d4,
        };
        let trailer = transform.trailer(&sealed).unwrap();
        assert_eq!(trailer, Trailer::new(vector.encrypted, 0x5d4));
        let mut buf = [b"before", &plain[..]].concat();
        transform.seal_rtcp(position, trailer, &mut buf, 6).unwrap();
        assert_eq!(buf[6..], sealed);
        assert_eq!(
            transform.open_rtcp(position, trailer, &mut buf[6..]),
            Ok(plain.len())
        );
        assert_eq!(buf[6..6 + plain.len()], plain);
    }
}

/// RFC 7714 §9.
#[test]
fn unencrypted_srtcp_is_refused_after_any_flipped_bit() {
    let master = MasterKey::new(&[3; 16], &[4; 14]);
    let counter_mode =
        Transform::derive(Profile::Aes128CmHmacSha1_80, &master, Protocol::Rtcp).unwrap();
    for transform in [SRTCP[2].transform(), counter_mode] {
        let plain = hex(SRTCP[2].plain);
        let position = Position {
            ssrc: rtcp_ssrc(&plain).unwrap(),
            index: 7,
        };
        let mut sealed = plain.clone();
        transform
            .seal_rtcp(position, Trailer::new(false, 7), &mut sealed, 0)
            .unwrap();
        assert_eq!(sealed[..plain.len()], plain);
        let open = |mut packet: Vec<u8>| {
            let trailer = transform.trailer(&packet).unwrap();
            let position = Position {
                ssrc: rtcp_ssrc(&packet).unwrap_or_default(),
                index: u64::from(trailer.index()),
            };
            transform.open_rtcp(position, trailer, &mut packet)
        };
        assert_eq!(open(sealed.clone()), Ok(plain.len()));
        for bit in 0..sealed.len() * 8 {
            let mut damaged = sealed.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(damaged), Err(Unauthentic), "bit {bit}");
        }
    }
}

#[test]
fn more_than_the_keystream_of_one_packet_is_not_sealed() {
    let master = MasterKey::new(&[3; 16], &[4; 14]);
    let transform =
        Transform::derive(Profile::Aes128CmHmacSha1_80, &master, Protocol::Rtp).unwrap();
    let position = Position { ssrc: 1, index: 2 };
    let mut packet = vec![0; (1 << 20) + 1];
    assert_eq!(
        transform.seal_rtp(position, &mut packet, 0, 12),
        Err(TooLong)
    );
    assert!(packet.iter().all(|byte| *byte == 0));
    packet.pop();
    assert_eq!(transform.seal_rtp(position, &mut packet, 0, 12), Ok(()));
}
