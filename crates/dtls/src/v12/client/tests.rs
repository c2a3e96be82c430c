//! For tests that change what a client sends.

use super::*;

/// The handshake as it has been so far.
pub(crate) fn transcript(state: &mut State) -> &mut Transcript {
    match state {
        State::Hello(state) => &mut state.transcript,
        State::Certificate(state) => &mut state.session.transcript,
        State::KeyExchange(state) => &mut state.session.transcript,
        State::HelloDone(state) | State::Fingerprint(state) => &mut state.session.transcript,
        State::Finished(state) => &mut state.session.transcript,
    }
}
