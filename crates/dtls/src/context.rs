//! What every state of the handshake works on.

use strata_core::{Entropy, Instant};
use strata_crypto::key_exchange::{EphemeralKey, Group};

use crate::{
    CloseReason, Config, Stats,
    flight::{Flight, Writer},
    identity::Identity,
    reassembly::Reassembly,
};

/// The parts of a connection that outlive its states: each state is handed them, and keeps what only it needs.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) entropy: Entropy,
    pub(crate) identity: Identity,
    pub(crate) reassembly: Reassembly,
    /// The number of our next handshake message.
    pub(crate) sequence: u16,
    pub(crate) flight: Flight,
    /// By when the handshake has to be done, once it has begun.
    pub(crate) deadline: Option<Instant>,
    /// Since when there is no path.
    pub(crate) suspended: Option<Instant>,
    pub(crate) writer: Writer,
    pub(crate) stats: Stats,
}

impl Context {
    pub(crate) fn new(config: Config, entropy: Entropy) -> Self {
        Self {
            identity: Identity::default(),
            reassembly: Reassembly::new(config.limits),
            sequence: 0,
            flight: Flight::new(config.retransmission),
            deadline: None,
            suspended: None,
            writer: Writer::default(),
            stats: Stats::default(),
            config,
            entropy,
        }
    }

    /// The handshake begins, unless it has begun.
    pub(crate) fn begin(&mut self, now: Instant) {
        let timeout = self.config.handshake_timeout;
        let since = self.suspended.unwrap_or(now);
        self.deadline.get_or_insert_with(|| since + timeout);
    }

    /// Our key for this exchange, out of the operating system's randomness.
    #[cfg_attr(
        not(feature = "deterministic"),
        expect(clippy::unused_self, reason = "only seeds come out of it")
    )]
    pub(crate) fn draw_key(&mut self, group: Group) -> Result<EphemeralKey, CloseReason> {
        // For tests that repeat. Whoever uses a certificate made from a seed runs a test: its key is no secret.
        #[cfg(feature = "deterministic")]
        if self.config.certificate.is_seeded() {
            let seed = self.entropy.array();
            return EphemeralKey::from_seed(group, &seed).map_err(|_| CloseReason::Crypto);
        }
        EphemeralKey::generate(group).map_err(|_| CloseReason::Crypto)
    }
}
