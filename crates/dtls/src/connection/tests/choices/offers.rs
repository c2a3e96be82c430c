//! A client that offers what we cannot take, or does not keep to what it has offered.

use super::*;

/// Where in a `ClientHello` without a cookie the first suite is.
const SUITES: usize = 2 + 32 + 1 + 1 + 2;

/// RFC 5246 §7.4.1.2: a compression nobody needs is among the methods; §7.4.1.4.1: our scheme is among theirs.
#[test]
fn a_hello_without_what_we_need_is_refused() {
    use CloseReason::{
        IllegalParameter, NoCommonCipherSuite, NoCommonGroup, NoCommonSignatureScheme,
        NoCommonVersion, NoExtendedMasterSecret,
    };
    use MessageType::ClientHello;
    let rows = [
        row(
            "DTLS 1.0",
            ClientHello,
            |item| body(item)[1] = 0xff,
            NoCommonVersion,
        ),
        row(
            "DTLS 1.3 alone",
            ClientHello,
            |item| set_extension(item, 43, Some(&[2, 0xfe, 0xfc])),
            NoCommonVersion,
        ),
        row(
            "suites nobody knows",
            ClientHello,
            |item| body(item)[SUITES..SUITES + 2 * 6].fill(0x6a),
            NoCommonCipherSuite,
        ),
        row(
            "suites that our certificate does not go with",
            ClientHello,
            |item| {
                body(item)[SUITES..SUITES + 2 * 6].copy_from_slice(&[
                    0xc0, 0x2f, 0xc0, 0x30, 0xcc, 0xa8, 0xc0, 0x2f, 0xc0, 0x30, 0xcc, 0xa8,
                ]);
            },
            NoCommonCipherSuite,
        ),
        row(
            "compression and nothing else",
            ClientHello,
            |item| body(item)[SUITES + 2 * 6 + 1] = 1,
            IllegalParameter,
        ),
        row(
            "groups nobody knows",
            ClientHello,
            |item| set_extension(item, 10, Some(&[0, 2, 0x6a, 0x6a])),
            NoCommonGroup,
        ),
        row(
            "schemes that our key does not sign by",
            ClientHello,
            |item| set_extension(item, 13, Some(&[0, 6, 5, 3, 8, 7, 4, 1])),
            NoCommonSignatureScheme,
        ),
        row(
            "no schemes, which means SHA-1",
            ClientHello,
            |item| set_extension(item, 13, None),
            NoCommonSignatureScheme,
        ),
        row(
            "no extended master secret",
            ClientHello,
            |item| set_extension(item, 23, None),
            NoExtendedMasterSecret,
        ),
        row(
            "points in other formats alone",
            ClientHello,
            |item| set_extension(item, 11, Some(&[2, 1, 2])),
            IllegalParameter,
        ),
    ];
    check(Role::Client, |_, _| (), &rows);
}

/// RFC 5246 §7.4.7, §7.4.8, §7.4.9
#[test]
fn the_rest_of_a_clients_flights_is_refused_where_it_is_wrong() {
    use CloseReason::{BadSignature, Decode, IllegalParameter, UnexpectedMessage};
    use MessageType::{CertificateVerify, ClientKeyExchange};
    let rows = [
        row(
            "a key that is too short",
            ClientKeyExchange,
            |item| {
                body(item).pop();
                body(item)[0] -= 1;
            },
            IllegalParameter,
        ),
        row(
            "a key that makes the secret known to all",
            ClientKeyExchange,
            |item| body(item)[1..].fill(0),
            IllegalParameter,
        ),
        row(
            "something behind the key",
            ClientKeyExchange,
            |item| body(item).push(0),
            Decode,
        ),
        row(
            "SHA-1, which was not asked for",
            CertificateVerify,
            |item| body(item)[0] = 2,
            IllegalParameter,
        ),
        row(
            "the scheme of another kind of key",
            CertificateVerify,
            |item| body(item)[..2].copy_from_slice(&[8, 7]),
            BadSignature,
        ),
        row(
            "a signature over something else",
            CertificateVerify,
            |item| *body(item).last_mut().unwrap() ^= 1,
            BadSignature,
        ),
        // RFC 6347 §4.1: of the handshake, Finished alone is in the new epoch.
        row(
            "a message before Finished in its epoch",
            CertificateVerify,
            change_epoch,
            UnexpectedMessage,
        ),
    ];
    check(Role::Client, |_, _| (), &rows);
}
