//! What a connection tells its owner.

use bytes::Bytes;

use crate::{CipherSuite, CloseReason, SrtpKeys};

/// What the layer above must know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The handshake is done and the peer is who its fingerprint says.
    #[non_exhaustive]
    Connected {
        /// The SRTP keys, if a profile was negotiated.
        srtp: Option<SrtpKeys>,
        /// The negotiated cipher suite.
        cipher_suite: CipherSuite,
    },
    /// Application data that did not go to the closure of
    /// [`handle_input_with`](crate::Connection::handle_input_with), or came before there was one: what
    /// overtook the end of the handshake is told after [`Event::Connected`].
    ApplicationData(Bytes),
    /// Our key has sealed nine tenths of the records it may seal. Told once. DTLS 1.2 cannot change keys: who has more
    /// to say makes another connection; at the limit this one closes with
    /// [`CloseReason::KeyExhausted`].
    KeyRunsOut {
        /// How many records have been sealed.
        sealed: u64,
        /// How many may be: the cipher's [`max_records`](CipherSuite::max_records), or fewer by
        /// [`Limits::sealed_records`](crate::Limits::sealed_records).
        limit: u64,
    },
    /// It is over. The last event.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}
