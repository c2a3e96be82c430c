//! What a handshake goes through with all the same.

use super::*;

/// Both are connected, with the same keys, and understand each other.
fn assert_connected(exchange: &mut Exchange) {
    let Exchange { client, server } = exchange;
    assert_eq!((client.close_reason(), server.close_reason()), (None, None));
    super::super::assert_agreed(client, server);
    understood(client, server);
    understood(server, client);
}

fn understood(from: &mut Connection, to: &mut Connection) {
    let (mut record, mut heard) = (Vec::new(), Vec::new());
    let sealed = from.seal(&mut record, |out| {
        out.extend_from_slice(b"hello");
        Some(())
    });
    assert_eq!(sealed, Ok(Some(())));
    to.handle_input_with(NOW, &mut record, |data| heard.extend_from_slice(data));
    assert_eq!(heard, b"hello");
}

/// RFC 8446 §4.2.7: servers may tell their groups, and clients do not act upon it.
#[test]
fn a_server_may_tell_what_it_was_asked_and_need_not_say() {
    for (code, content) in [
        (10, &[0, 4, 0, 29, 0, 23][..]),
        (10, &[]),
        (13, &[0, 2, 4, 3]),
    ] {
        let mut exchange = Exchange::new(|_, _| ());
        exchange.run(Role::Server, MessageType::ServerHello, |item| {
            set_extension(item, code, Some(content));
        });
        assert_connected(&mut exchange);
    }
}

#[test]
fn a_client_may_offer_what_nobody_knows() {
    let mut exchange = Exchange::new(|_, _| ());
    exchange.run(Role::Client, MessageType::ClientHello, |item| {
        set_extension(item, 0x6a6a, Some(b"GREASE"));
        set_extension(item, 10, Some(&[0, 6, 0x6a, 0x6a, 0x11, 0xec, 0, 29]));
    });
    assert_connected(&mut exchange);
}

/// RFC 7627 §5.2, §5.4: where both are told not to insist, the handshake goes on without, and nothing is exported.
#[test]
fn a_peer_without_extended_master_secret_may_be_allowed() {
    for (of_client, of_server, refusal) in [
        (false, false, None),
        (true, false, Some(Role::Client)),
        (false, true, Some(Role::Server)),
    ] {
        let mut exchange = Exchange::new(|client, server| {
            client.require_extended_master_secret = of_client;
            server.require_extended_master_secret = of_server;
        });
        exchange.run(Role::Client, MessageType::ClientHello, |item| {
            set_extension(item, 23, None);
        });
        let reason = Some(CloseReason::NoExtendedMasterSecret);
        match refusal {
            Some(Role::Client) => assert_eq!(exchange.client.close_reason(), reason),
            Some(Role::Server) => assert_eq!(exchange.server.close_reason(), reason),
            None => {
                assert_connected(&mut exchange);
                for end in [&exchange.client, &exchange.server] {
                    let refused = end.export_keying_material(b"label", None, &mut [0; 8]);
                    assert_eq!(refused, Err(ExportError::NoExtendedMasterSecret));
                }
            }
        }
    }
}
