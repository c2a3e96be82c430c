//! The key schedule of TLS 1.2 (RFC 5246 §8.1, §6.3, RFC 7627, RFC 5705).

use core::fmt;

use strata_crypto::prf;
use zeroize::Zeroizing;

use super::Session;
use crate::{CipherSuite, Role, protection::Protection};

/// The master secret, and what keys are made of besides.
pub(crate) struct Secrets {
    suite: CipherSuite,
    client_random: [u8; 32],
    server_random: [u8; 32],
    extended: bool,
    master: Zeroizing<[u8; 48]>,
}

impl Secrets {
    /// The master secret: the extended one (RFC 7627 §4), for which `session` has to end with the
    /// `ClientKeyExchange`, or that of RFC 5246 §8.1.
    pub(crate) fn derive(session: &Session, pre_master: &[u8]) -> Self {
        let mut master = Zeroizing::new([0; 48]);
        let mut derive = |label: &[u8], seed: &[&[u8]]| {
            prf(
                session.suite.prf(),
                pre_master,
                label,
                seed,
                &mut master[..],
            );
        };
        if session.extended {
            derive(b"extended master secret", &[session.hash().as_ref()]);
        } else {
            let randoms = [&session.client_random[..], &session.server_random];
            derive(b"master secret", &randoms);
        }
        Self {
            suite: session.suite,
            extended: session.extended,
            client_random: session.client_random,
            server_random: session.server_random,
            master,
        }
    }

    pub(crate) const fn suite(&self) -> CipherSuite {
        self.suite
    }

    /// Whether no other handshake can be made to have the same master secret (RFC 7627 §1).
    pub(crate) const fn are_bound(&self) -> bool {
        self.extended
    }

    /// The keys of epoch 1 (RFC 5246 §6.3).
    pub(crate) fn protection(&self, role: Role) -> Option<Protection> {
        Protection::new(self.suite, role, |block| {
            let seed = [&self.server_random[..], &self.client_random];
            self.prf(b"key expansion", &seed, block);
        })
    }

    /// What the Finished of `sender` says of the handshake before it (RFC 5246 §7.4.9).
    pub(crate) fn finished(&self, sender: Role, session: &Session) -> [u8; 12] {
        self.finished_over(sender, session.hash().as_ref())
    }

    pub(crate) fn finished_over(&self, sender: Role, hash: &[u8]) -> [u8; 12] {
        let label: &[u8] = match sender {
            Role::Client => b"client finished",
            Role::Server => b"server finished",
        };
        let mut verify_data = [0; 12];
        self.prf(label, &[hash], &mut verify_data);
        verify_data
    }

    /// Keying material for others (RFC 5705 §4). The context has been checked to fit its length.
    pub(crate) fn export(&self, label: &[u8], context: Option<(u16, &[u8])>, out: &mut [u8]) {
        let randoms = [&self.client_random[..], &self.server_random];
        match context {
            None => self.prf(label, &randoms, out),
            Some((length, context)) => {
                let [client, server] = randoms;
                let length = length.to_be_bytes();
                self.prf(label, &[client, server, &length, context], out);
            }
        }
    }

    fn prf(&self, label: &[u8], seed: &[&[u8]], out: &mut [u8]) {
        prf(self.suite.prf(), &self.master[..], label, seed, out);
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("suite", &self.suite)
            .field("master_octets", &self.master.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use strata_crypto::digest::{Algorithm, digest};

    use super::*;
    use crate::transcript::Transcript;

    /// RFC 5246 §8.1 and RFC 7627 §4, each by its own words.
    #[test]
    fn the_master_secret_is_bound_to_the_handshake_or_to_the_randoms() {
        let (client_random, server_random) = ([1; 32], [2; 32]);
        let randoms = [&client_random[..], &server_random];
        let empty = digest(Algorithm::Sha256, b"");
        for (extended, label, seed) in [
            (false, &b"master secret"[..], randoms.concat()),
            (true, b"extended master secret", empty.as_ref().to_vec()),
        ] {
            let suite = CipherSuite::EcdheEcdsaAes128Gcm;
            let session = Session {
                suite,
                srtp: None,
                client_random,
                server_random,
                extended,
                transcript: Transcript::default(),
            };
            let secrets = Secrets::derive(&session, b"pre-master secret");
            assert_eq!(secrets.are_bound(), extended);
            let (mut exported, mut expected, mut master) = ([0; 20], [0; 20], [0; 48]);
            secrets.export(b"label", None, &mut exported);
            prf(
                suite.prf(),
                b"pre-master secret",
                label,
                &[&seed],
                &mut master,
            );
            prf(suite.prf(), &master, b"label", &randoms, &mut expected);
            assert_eq!(exported, expected);
        }
    }
}
