//! What the hellos settle.

use strata_core::Endpoint as _;
use strata_dtls::{
    AlertDescription, CipherSuite, CloseReason, Config, Event, Group, Role, SrtpProfile,
};

use crate::setup::{Duo, acquainted, agreed, config, connected, link, pair};

fn negotiated(pair: &Duo) -> Option<SrtpProfile> {
    let Event::Connected { srtp, .. } = &pair.b_events[0].1 else {
        panic!("{:?}", pair.b_events);
    };
    srtp.as_ref().map(strata_dtls::SrtpKeys::profile)
}

/// RFC 5764 §4.1.1, §4.1.2.
#[test]
fn the_server_picks_the_srtp_profile_it_likes_most() {
    use SrtpProfile::{
        AeadAes128Gcm, AeadAes256Gcm, Aes128CmHmacSha1_32, Aes128CmHmacSha1_80, Aes256CmHmacSha1_80,
    };
    let chromium = vec![Aes128CmHmacSha1_80, AeadAes256Gcm, AeadAes128Gcm];
    for (offered, ours, picked) in [
        (chromium.clone(), None, Some(AeadAes128Gcm)),
        (
            chromium.clone(),
            Some(vec![AeadAes256Gcm]),
            Some(AeadAes256Gcm),
        ),
        (
            chromium.clone(),
            Some(vec![Aes128CmHmacSha1_32, Aes128CmHmacSha1_80]),
            Some(Aes128CmHmacSha1_80),
        ),
        (chromium.clone(), Some(vec![Aes128CmHmacSha1_32]), None),
        (chromium.clone(), Some(vec![]), None),
        (vec![], None, None),
        // Aes256CmHmacSha1_80 has no number in DTLS: RFC 6188 gave it none.
        (
            vec![Aes256CmHmacSha1_80, AeadAes256Gcm],
            Some(vec![Aes256CmHmacSha1_80, AeadAes256Gcm]),
            Some(AeadAes256Gcm),
        ),
        (vec![Aes256CmHmacSha1_80], None, None),
        (chromium, Some(vec![Aes256CmHmacSha1_80]), None),
    ] {
        let (mut client, mut server) = (config(Role::Client), config(Role::Server));
        client.srtp_profiles = offered;
        server.srtp_profiles = ours.unwrap_or(server.srtp_profiles);
        let mut pair = pair(client, server, link(), 0);
        pair.run_until(crate::setup::both_connected).unwrap();
        assert_eq!(negotiated(&pair), picked);
        assert!(agreed(&pair));
    }
}

#[test]
fn the_server_picks_the_suite_it_likes_most() {
    let mut server = config(Role::Server);
    server.cipher_suites = vec![
        CipherSuite::EcdheEcdsaChaCha20Poly1305,
        CipherSuite::EcdheEcdsaAes128Gcm,
    ];
    let pair = connected(config(Role::Client), server);
    assert_eq!(pair.a.overhead(), 29);
    assert_eq!(pair.b.overhead(), 29);
}

/// The server's reason and the alert the client gets.
fn refusal(change: impl Fn(&mut Config, &mut Config)) -> (CloseReason, CloseReason) {
    let (mut client, mut server) = (config(Role::Client), config(Role::Server));
    change(&mut client, &mut server);
    let mut pair = pair(client, server, link(), 0);
    pair.run_until_idle().unwrap();
    (
        pair.b.close_reason().unwrap(),
        pair.a.close_reason().unwrap(),
    )
}

#[test]
fn without_common_parameters_there_is_an_alert() {
    let failure = CloseReason::Alert(AlertDescription::HANDSHAKE_FAILURE);
    assert_eq!(
        refusal(|client, _| client.cipher_suites = vec![CipherSuite::EcdheRsaAes128Gcm]),
        (CloseReason::NoCommonCipherSuite, failure)
    );
    assert_eq!(
        refusal(|client, server| {
            client.groups = vec![Group::X25519];
            server.groups = vec![Group::Secp384r1];
        }),
        (CloseReason::NoCommonGroup, failure)
    );
}

/// The client's first datagram, its body changed by `change` and its lengths set right again.
fn changed_hello(change: impl FnOnce(&mut Vec<u8>)) -> (CloseReason, Option<Vec<u8>>) {
    let (mut client, mut server) = acquainted(config(Role::Client), config(Role::Server));
    let now = strata_sim::START;
    client.start(now).unwrap();
    let mut hello = Vec::new();
    client.poll_transmit(now, &mut hello).unwrap();
    let mut body = hello.split_off(25);
    change(&mut body);
    crate::hostile::set_lengths(&mut hello, body.len());
    hello.extend(body);
    server.handle_input(now, &mut hello);
    let mut answer = Vec::new();
    let answered = server.poll_transmit(now, &mut answer);
    (
        server.close_reason().unwrap_or(CloseReason::Local),
        answered.map(|()| answer),
    )
}

#[test]
fn a_client_without_extended_master_secret_is_refused() {
    let (reason, alert) = changed_hello(|body| {
        let at = body
            .windows(4)
            .position(|window| window == [0, 23, 0, 0])
            .unwrap();
        body[at] = 0x77;
    });
    assert_eq!(reason, CloseReason::NoExtendedMasterSecret);
    // Alert, DTLS 1.2, epoch 0, number 0, 2 octets: fatal handshake_failure.
    assert_eq!(
        alert.unwrap(),
        [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40]
    );
}

#[test]
fn old_versions_are_refused() {
    for (version, refused) in [(0xff, true), (0xfe, true), (0xfd, false), (0xfc, false)] {
        let (reason, _) = changed_hello(|body| body[1] = version);
        assert_eq!(
            reason == CloseReason::NoCommonVersion,
            refused,
            "fe{version:x}"
        );
    }
}

#[test]
fn trailing_octets_in_a_hello_are_refused() {
    let (reason, _) = changed_hello(|body| body.push(0));
    assert_eq!(reason, CloseReason::Decode);
}
