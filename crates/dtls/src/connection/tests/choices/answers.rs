//! A server that answers what it was not asked.

use super::*;

const fn hello(name: &'static str, change: fn(&mut Item), reason: CloseReason) -> Row {
    row(name, MessageType::ServerHello, change, reason)
}

fn set_suite(item: &mut Item, code: u16) {
    body(item)[35..37].copy_from_slice(&code.to_be_bytes());
}

/// RFC 5246 §7.4.1.3: version, suite and compression are one of those offered; RFC 5764 §4.1.1: so is the profile;
/// RFC 7627 §5.2; RFC 5246 §7.4.1.4: extensions have been asked for.
#[test]
fn a_hello_that_chooses_what_was_not_offered_is_refused() {
    use CloseReason::{
        IllegalParameter, NoCommonVersion, NoExtendedMasterSecret, UnsupportedExtension,
    };
    check(
        Role::Server,
        modest,
        &[
            hello("DTLS 1.0", |item| body(item)[1] = 0xff, NoCommonVersion),
            hello("DTLS 1.3", |item| body(item)[1] = 0xfc, NoCommonVersion),
            hello("TLS 1.2", |item| body(item)[..2].fill(3), NoCommonVersion),
            hello(
                "a suite we know and have not offered",
                |item| set_suite(item, 0xc02b),
                IllegalParameter,
            ),
            hello(
                "a suite for RSA that we have not offered",
                |item| set_suite(item, 0xc030),
                IllegalParameter,
            ),
            hello(
                "a suite nobody knows",
                |item| set_suite(item, 0x6a6a),
                IllegalParameter,
            ),
            hello("compression", |item| body(item)[37] = 1, IllegalParameter),
            hello(
                "a profile we know and have not offered",
                |item| set_extension(item, 14, Some(&[0, 2, 0, 7, 0])),
                IllegalParameter,
            ),
            hello(
                "a profile nobody knows",
                |item| set_extension(item, 14, Some(&[0, 2, 0x6a, 0x6a, 0])),
                IllegalParameter,
            ),
            hello(
                "no extended master secret",
                |item| set_extension(item, 23, None),
                NoExtendedMasterSecret,
            ),
            hello(
                "an extension nobody asked for",
                |item| set_extension(item, 16, Some(&[])),
                UnsupportedExtension,
            ),
        ],
    );
    // A profile without a number in DTLS is not offered either.
    for none in [vec![], vec![SrtpProfile::Aes256CmHmacSha1_80]] {
        check(
            Role::Server,
            |client: &mut Config, _: &mut Config| client.srtp_profiles.clone_from(&none),
            &[hello(
                "a profile where none was offered",
                |item| set_extension(item, 14, Some(&[0, 2, 0, 7, 0])),
                UnsupportedExtension,
            )],
        );
    }
}

/// RFC 5246 §7.4.3, RFC 8422 §5.4: key, group and signature are of the kinds that were offered.
#[test]
fn a_key_that_was_not_offered_is_refused() {
    use CloseReason::{BadSignature, IllegalParameter, UnsupportedCertificate};
    use MessageType::ServerKeyExchange;
    let rows = [
        row(
            "parameters of a curve that has no name",
            ServerKeyExchange,
            |item| body(item)[0] = 1,
            IllegalParameter,
        ),
        row(
            "a group we know and have not offered",
            ServerKeyExchange,
            |item| body(item)[2] = 24,
            IllegalParameter,
        ),
        row(
            "a group nobody knows",
            ServerKeyExchange,
            |item| body(item)[1..3].fill(0x6a),
            IllegalParameter,
        ),
        row(
            "a key that was not signed",
            ServerKeyExchange,
            |item| body(item)[4] ^= 1,
            BadSignature,
        ),
        row(
            "SHA-1, which we have not offered",
            ServerKeyExchange,
            |item| body(item)[36] = 2,
            IllegalParameter,
        ),
        row(
            "the scheme of another kind of key",
            ServerKeyExchange,
            |item| body(item)[36..38].copy_from_slice(&[8, 7]),
            BadSignature,
        ),
    ];
    check(Role::Server, modest, &rows);
    // RFC 8422 §2: the suite says what kind of key signs.
    let rows = [hello(
        "a suite that does not go with the key",
        |item| set_suite(item, 0xc02f),
        UnsupportedCertificate,
    )];
    check(Role::Server, |_, _| (), &rows);
}

/// RFC 7748 §6.1: whatever our key is, this one gives a secret of zeros. Its signature is good.
#[test]
fn a_key_that_makes_the_secret_known_to_all_is_refused() {
    let mut exchange = Exchange::new(|_, _| ());
    let certificate = Arc::clone(&exchange.server.config().certificate);
    exchange.run(Role::Server, MessageType::ServerKeyExchange, |item| {
        let mut parameters = vec![3, 0, 29, 32];
        parameters.extend([0; 32]);
        let signed = [&[7; 64][..], &parameters].concat();
        let signature = certificate.sign(&signed).unwrap();
        parameters.extend([4, 3]);
        parameters.extend(u16::try_from(signature.len()).unwrap().to_be_bytes());
        parameters.extend(signature);
        *body(item) = parameters;
    });
    assert_eq!(
        exchange.client.close_reason(),
        Some(CloseReason::IllegalParameter)
    );
}

/// RFC 5246 §7.4.4, §7.4.5, §7.4.9
#[test]
fn the_rest_of_a_servers_flights_is_refused_where_it_is_wrong() {
    use CloseReason::{Decode, NoCommonSignatureScheme, UnexpectedMessage};
    use MessageType::{CertificateRequest, ServerHelloDone, ServerKeyExchange};
    let rows = [
        row(
            "another message in its place",
            ServerKeyExchange,
            |item| {
                if let Item::Message { message_type, .. } = item {
                    *message_type = ServerHelloDone;
                }
            },
            UnexpectedMessage,
        ),
        row(
            "a certificate of a kind we do not have",
            CertificateRequest,
            |item| body(item)[1] = 2,
            NoCommonSignatureScheme,
        ),
        row(
            "a scheme we do not sign by",
            CertificateRequest,
            |item| body(item)[5..7].copy_from_slice(&[2, 3]),
            NoCommonSignatureScheme,
        ),
        row(
            "something in a message that has nothing",
            ServerHelloDone,
            |item| body(item).push(0),
            Decode,
        ),
    ];
    check(Role::Server, |_, _| (), &rows);
}
