//! What of our own is too long for the wire: cut where it may be cut, and else an error that says so.

use super::*;
use crate::{
    CipherSuite, SealError,
    connection::tests::choices::{Exchange, body},
    flight::Item,
};

/// A certificate chain of so many octets more, which the other side does not look at.
fn lengthen(item: &mut Item, octets: u8) {
    let body = body(item);
    let junk = usize::from(octets) << 10;
    let [_, length @ ..] = u32::try_from(junk).unwrap().to_be_bytes();
    body.extend(length);
    body.extend(vec![0; junk]);
    let [_, length @ ..] = u32::try_from(body.len() - 3).unwrap().to_be_bytes();
    body[..3].copy_from_slice(&length);
}

/// RFC 5246 §6.2.1: whatever the MTU, no record has more than 2^14 octets of plaintext.
#[test]
fn a_long_chain_fits_its_records_however_large_the_mtu_is() {
    for mtu in [Config::MAX_MTU, 1 << 15, 70_000, usize::MAX] {
        let mut exchange = Exchange::new(|_, server| server.mtu = mtu);
        exchange.run(Role::Server, MessageType::Certificate, |item| {
            lengthen(item, 40);
        });
        assert!(exchange.client.is_connected(), "{mtu}");
        assert_eq!(exchange.client.stats().dropped.malformed, 0, "{mtu}");
    }
}

#[test]
fn a_message_is_cut_into_no_more_pieces_however_small_the_mtu_is() {
    let sent = [0, 1, Config::MIN_MTU].map(|mtu| {
        let mut exchange = Exchange::new(|client, server| (client.mtu, server.mtu) = (mtu, mtu));
        exchange.run(Role::Server, MessageType::Certificate, |_| ());
        assert!(exchange.client.is_connected(), "{mtu}");
        let [client, server] = [&exchange.client, &exchange.server].map(Connection::stats);
        (client.records_sent, server.records_sent)
    });
    assert_eq!(sent[0], sent[2]);
    assert_eq!(sent[1], sent[2]);
}

/// A list of 2^15 numbers does not fit the 16 bits in front of it.
#[test]
fn a_client_whose_lists_are_too_long_for_a_hello_says_so_and_sends_nothing() {
    let many = 1 << 15;
    for lengthen in [
        (|config: &mut Config, many| {
            config.cipher_suites = vec![CipherSuite::EcdheEcdsaAes128Gcm; many];
        }) as fn(&mut Config, usize),
        |config, many| config.groups = vec![crate::Group::X25519; many],
        |config, many| config.srtp_profiles = vec![crate::SrtpProfile::AeadAes128Gcm; many],
        // Each of them fits, and both together do not.
        |config, many| {
            config.groups = vec![crate::Group::X25519; many - 1000];
            config.srtp_profiles = vec![crate::SrtpProfile::AeadAes128Gcm; many - 1000];
        },
    ] {
        let mut config = Config::new(Role::Client, Arc::new(Certificate::generate().unwrap()));
        lengthen(&mut config, many);
        let mut client = Connection::new(config, Entropy::from_source(Zeros(0)));
        let reason = CloseReason::OwnMessageTooLong;
        assert_eq!(client.start(Instant::EPOCH), Err(Closed { reason }));
        let mut out = Vec::new();
        assert_eq!(client.poll_transmit(Instant::EPOCH, &mut out), None);
        assert_eq!(client.poll_event(), Some(Event::Closed { reason }));
        assert_eq!(client.poll_timeout(), None);
    }
}

#[test]
fn the_longest_plaintext_is_sealed_and_one_octet_more_is_not() {
    let (mut client, _) = pair();
    let mut seal = |length: usize| {
        let mut out = b"before".to_vec();
        let sealed = client.seal(&mut out, |out| {
            out.extend(vec![0; length]);
            Some(())
        });
        (sealed, out.len())
    };
    assert_eq!(seal(1 << 14), (Ok(Some(())), 6 + 37 + (1 << 14)));
    let actual = (1 << 14) + 1;
    assert_eq!(seal(actual), (Err(SealError::TooLong { actual }), 6));
}
