//! `rtc-srtp`, below webrtc-rs.

use criterion::BatchSize;
use rtc_srtp::{context::Context, protection_profile::ProtectionProfile};
use strata_srtp::Profile;

use super::{Group, KEY, SALT, Source, sealed};

fn context(profile: Profile) -> Context {
    let (key, _) = KEY.split_at(profile.key_len());
    let (salt, _) = SALT.split_at(profile.salt_len());
    let profile = if profile == Profile::AeadAes128Gcm {
        ProtectionProfile::AeadAes128Gcm
    } else if profile == Profile::AeadAes256Gcm {
        ProtectionProfile::AeadAes256Gcm
    } else {
        ProtectionProfile::Aes128CmHmacSha1_80
    };
    let replay = Some(rtc_srtp::option::srtp_replay_protection(1024));
    let provider = rtc_srtp::crypto::default_provider().expect("the default provider");
    Context::new(key, salt, profile, replay, None, provider.crypto()).expect("the key fits")
}

pub(crate) fn protect(group: &mut Group<'_>, profile: Profile) {
    let (mut source, mut context) = (Source::new(), context(profile));
    group.bench_function("rtc-srtp", |bencher| {
        bencher.iter(|| context.encrypt_rtp(source.next()).expect("a new packet"));
    });
}

pub(crate) fn unprotect(group: &mut Group<'_>, profile: Profile) {
    let (mut context, mut next) = (context(profile), sealed(profile));
    group.bench_function("rtc-srtp", |bencher| {
        bencher.iter_batched_ref(
            &mut next,
            |packet| context.decrypt_rtp(packet).expect("authentic"),
            BatchSize::NumIterations(32),
        );
    });
}
