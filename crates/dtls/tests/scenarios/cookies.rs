//! Cookies (RFC 6347 §4.2.1), asked for once and more often.

use strata_core::{Endpoint as _, Entropy};
use strata_dtls::{CloseReason, Connection, Role};
use strata_sim::SeededEntropy;

use crate::setup::config;

/// A client whose first hello is out.
fn client() -> Connection {
    let mut client = Connection::new(
        config(Role::Client),
        Entropy::from_source(SeededEntropy::new(1)),
    );
    client.start(strata_sim::START).unwrap();
    assert_eq!(cookies_sent(&mut client), [b""]);
    client
}

/// The cookies of the hellos that it sends now.
fn cookies_sent(client: &mut Connection) -> Vec<Vec<u8>> {
    let (mut cookies, mut hello) = (Vec::new(), Vec::new());
    while client
        .poll_transmit(strata_sim::START, &mut hello)
        .is_some()
    {
        // Behind two headers: the version, the random and an empty session identifier.
        let (length, rest) = hello[25 + 2 + 32 + 1..].split_first().unwrap();
        cookies.push(rest[..usize::from(*length)].to_vec());
        hello.clear();
    }
    cookies
}

/// A server asks for this cookie, in its message of this number.
fn ask(client: &mut Connection, number: u8, cookie: &[u8]) {
    let length = u8::try_from(cookie.len()).unwrap();
    let mut request = vec![22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, number, 0, length + 15];
    request.extend([3, 0, 0, length + 3, 0, number, 0, 0, 0, 0, 0, length + 3]);
    request.extend([0xfe, 0xff, length]);
    request.extend(cookie);
    client.handle_input(strata_sim::START, &mut request);
}

/// RFC 6347 §4.2.1: "Clients SHOULD handle this by sending a new `ClientHello` with a cookie in response to the
/// new `HelloVerifyRequest`."
#[test]
fn a_server_may_want_another_cookie() {
    let mut client = client();
    for (number, cookie) in [(0, b"one"), (1, b"two"), (2, b"six")] {
        ask(&mut client, number, cookie);
        assert_eq!(cookies_sent(&mut client), [cookie]);
    }
    assert_eq!(client.close_reason(), None);
}

/// A server that keeps nothing does not count its messages: all its requests have the number 0.
#[test]
fn a_server_that_does_not_count_may_want_another_cookie_too() {
    let mut client = client();
    for cookie in [b"one", b"two"] {
        ask(&mut client, 0, cookie);
        assert_eq!(cookies_sent(&mut client), [cookie]);
    }
    // Copies of what the network has kept are no new wishes: the last cookie is the one that counts.
    for copy in [b"one", b"two"] {
        ask(&mut client, 0, copy);
        assert_eq!(cookies_sent(&mut client), [[0_u8; 0]; 0]);
    }
    assert_eq!(client.stats().dropped.repeated_messages, 2);
    assert_eq!(client.close_reason(), None);
}

#[test]
fn a_server_that_is_never_content_is_given_up() {
    for counts in [true, false] {
        let mut client = client();
        for number in 0..8 {
            ask(&mut client, if counts { number } else { 0 }, &[number]);
            assert_eq!(cookies_sent(&mut client), [[number]]);
        }
        ask(&mut client, if counts { 8 } else { 0 }, &[8]);
        assert_eq!(client.close_reason(), Some(CloseReason::UnexpectedMessage));
    }
}
