use std::sync::Arc;

use strata_core::EntropySource;
use strata_crypto::Certificate;

use super::*;

struct Zeros(u8);

impl EntropySource for Zeros {
    fn fill(&mut self, out: &mut [u8]) {
        self.0 = self.0.wrapping_add(1);
        out.fill(self.0);
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        Box::new(Self(self.0))
    }
}

fn connection(role: Role) -> Connection {
    let certificate = Arc::new(Certificate::generate().unwrap());
    Connection::new(Config::new(role, certificate), Entropy::new(Zeros(0)))
}

fn carry(now: Instant, from: &mut Connection, to: &mut Connection) -> usize {
    let mut count = 0;
    let mut out = Vec::new();
    while from.poll_transmit(now, &mut out).is_some() {
        to.handle_input(now, &mut out);
        out.clear();
        count += 1;
    }
    count
}

#[test]
fn a_handshake_connects() {
    let now = Instant::EPOCH;
    let (mut client, mut server) = (connection(Role::Client), connection(Role::Server));
    client.set_remote_fingerprints(now, &[server.config().certificate.fingerprint()]);
    server.set_remote_fingerprints(now, &[client.config().certificate.fingerprint()]);
    client.start(now);
    for _ in 0..4 {
        carry(now, &mut client, &mut server);
        carry(now, &mut server, &mut client);
    }
    assert_eq!((client.close_reason(), server.close_reason()), (None, None));
    let (ours, theirs) = (client.poll_event(), server.poll_event());
    assert!(matches!(ours, Some(Event::Connected { srtp: Some(_), .. })));
    assert_eq!(ours, theirs);
}
