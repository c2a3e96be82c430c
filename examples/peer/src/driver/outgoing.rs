//! What is on its way out of the socket.

use std::io;

use strata_core::Transmit;

use crate::socket::Socket;

/// The datagrams being sent. Those that the socket has no room for wait here, and nothing else is sent
/// until it has.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// Where engines write.
    pub(super) buffer: Vec<u8>,
    /// How much of the buffer the socket has taken.
    taken: usize,
    blocked: Option<Transmit>,
}

impl Outgoing {
    /// Whether something waits for room.
    pub(super) const fn is_blocked(&self) -> bool {
        self.blocked.is_some()
    }

    /// Sends what was written into the buffer.
    pub(super) fn send(&mut self, socket: &Socket, transmit: Transmit) {
        self.taken = 0;
        self.go_on(socket, transmit);
    }

    /// The socket has room again.
    pub(super) fn unblock(&mut self, socket: &Socket) {
        if let Some(transmit) = self.blocked.take() {
            self.go_on(socket, transmit);
        }
    }

    fn go_on(&mut self, socket: &Socket, transmit: Transmit) {
        while let Some(rest) = self.buffer.get(self.taken..)
            && !rest.is_empty()
        {
            // Runs are made as the socket wanted them when the session began. It may have found out
            // since that its network card splits none.
            let longest = transmit.segment_size.map_or(rest.len(), |size| {
                size.get().saturating_mul(socket.max_segments().get())
            });
            let run = rest.get(..longest).unwrap_or(rest);
            match socket.send(&transmit, run) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.blocked = Some(transmit);
                    return;
                }
                // To the protocols above this is a lost datagram.
                Err(error) => tracing::debug!(%error, path = ?transmit.path, "send"),
            }
            self.taken = self.taken.saturating_add(run.len());
        }
    }
}
