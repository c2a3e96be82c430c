//! What a connection tells its owner.

use bytes::Bytes;

use crate::{CipherSuite, CloseReason, SrtpKeys};

/// What the layer above must know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The handshake is done and the peer is who its fingerprint says.
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
    /// It is over. The last event.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}
