//! This crate alone is enough: keys agreed on elsewhere, packets protected and unprotected, and every type that a
//! signature shows has a name here.
#![cfg(test)]

use strata_srtp::{
    AddStreamError, Claim, Config, Counters, HeaderError, Inbound, KeyLengthError, MasterKey,
    Outbound, Profile, ProtectError, Stats, UnprotectError,
};

/// The keys of both directions of a session.
struct Session {
    outbound: Outbound,
    inbound: Inbound,
}

impl Session {
    fn new(
        profile: Profile,
        local: &MasterKey,
        remote: &MasterKey,
        config: Config,
    ) -> Result<Self, KeyLengthError> {
        Ok(Self {
            outbound: Outbound::with_config(profile, local, config)?,
            inbound: Inbound::with_config(profile, remote, config)?,
        })
    }

    fn claim(&mut self, ssrc: u32, sequence: u16) -> Result<Claim, ProtectError> {
        self.outbound.claim(ssrc, sequence)
    }

    fn join(&mut self, ssrc: u32, index: u64) -> Result<(), AddStreamError> {
        self.inbound.add_stream(ssrc, index)
    }

    fn stats(&self) -> [Stats; 2] {
        [*self.outbound.stats(), *self.inbound.stats()]
    }
}

fn hex(digits: &str) -> Vec<u8> {
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// A packet of 16 octets of payload, and what AES-128-GCM makes of it (RFC 7714) under the keys of `master`.
const PLAIN: &str = "800f1234decafbadcafebabeabababababababababababababababab";
const SEALED: &str = "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06e\
                      d2976826f796b201df3131a127e8a392";

fn master() -> MasterKey {
    MasterKey::new(
        &hex("000102030405060708090a0b0c0d0e0f"),
        &hex("a0a1a2a3a4a5a6a7a8a9aaab"),
    )
}

#[test]
fn a_vector_is_protected_and_unprotected() {
    let (ours, theirs) = (master(), MasterKey::new(&[1; 16], &[2; 12]));
    let profile = Profile::from_dtls_id(7).unwrap();
    let session = |local, remote| Session::new(profile, local, remote, Config::default()).unwrap();
    let mut alice = session(&ours, &theirs);
    let mut bob = session(&theirs, &ours);

    let mut packet = hex(PLAIN);
    alice.outbound.protect_rtp(&mut packet, 0).unwrap();
    assert_eq!(packet, hex(SEALED));
    assert_eq!(packet.len(), hex(PLAIN).len() + profile.rtp_overhead());
    let mut replay = packet.clone();
    let length = bob.inbound.unprotect_rtp(&mut packet).unwrap();
    assert_eq!(packet[..length], hex(PLAIN));
    let replayed: Result<usize, UnprotectError> = bob.inbound.unprotect_rtp(&mut replay);
    assert_eq!(replayed, Err(UnprotectError::Replayed));

    let [_, Stats { rtp, .. }] = bob.stats();
    let Counters {
        packets, repeated, ..
    } = rtp;
    assert_eq!((packets, repeated), (1, 1));
}

#[test]
fn what_goes_wrong_has_a_name() {
    let short = MasterKey::new(&[1; 16], &[2; 12]);
    let error = Session::new(Profile::AeadAes256Gcm, &short, &short, Config::default()).err();
    assert_eq!(error.map(|error| (error.key, error.salt)), Some((16, 12)));

    let mut session =
        Session::new(Profile::AeadAes128Gcm, &master(), &short, Config::default()).unwrap();
    let claim: Claim = session.claim(5, 1).unwrap();
    assert_eq!(session.claim(5, 1), Err(ProtectError::Repeated));
    let mut packet = b"\x80\x60\0\x02\0\0\0\0\0\0\0\x05payload".to_vec();
    let unclaimed = session.outbound.protect_claimed(&mut packet, 0, claim);
    assert_eq!(unclaimed, Err(ProtectError::Unclaimed));
    assert_eq!(session.join(5, 1 << 48), Err(AddStreamError::OutOfRange));
    let malformed = session.inbound.unprotect_rtp(&mut [0x40; 20]);
    let version = HeaderError::Version(1);
    assert_eq!(malformed, Err(UnprotectError::Malformed(version)));
}
