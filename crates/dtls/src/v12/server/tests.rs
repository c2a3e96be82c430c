//! For tests that change what a server sends.

use super::*;

/// The handshake as it has been so far.
pub(crate) fn transcript(state: &mut State) -> &mut Transcript {
    match state {
        State::Certificate(state) => &mut state.session.transcript,
        State::KeyExchange(state) => &mut state.session.transcript,
        State::Verify(state) => &mut state.session.transcript,
        State::Finished(state) | State::Fingerprint(state) => &mut state.session.transcript,
    }
}
