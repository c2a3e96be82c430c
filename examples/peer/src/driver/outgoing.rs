//! What is on its way out of the socket.

use std::{io, num::NonZeroUsize};

use strata_peer::Transmit;

use crate::socket::Socket;

/// What takes datagrams, runs of them too.
pub(super) trait Sink {
    /// How many datagrams one run may have by now.
    fn max_segments(&self) -> NonZeroUsize;

    /// Takes all of the run or nothing.
    fn send(&self, transmit: &Transmit, run: &[u8]) -> io::Result<()>;
}

impl Sink for Socket {
    fn max_segments(&self) -> NonZeroUsize {
        self.max_segments()
    }

    fn send(&self, transmit: &Transmit, run: &[u8]) -> io::Result<()> {
        self.send(transmit, run)
    }
}

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
    pub(super) fn send(&mut self, sink: &impl Sink, transmit: Transmit) {
        self.taken = 0;
        self.go_on(sink, transmit);
    }

    /// The socket has room again.
    pub(super) fn unblock(&mut self, sink: &impl Sink) {
        if let Some(transmit) = self.blocked.take() {
            self.go_on(sink, transmit);
        }
    }

    fn go_on(&mut self, sink: &impl Sink, transmit: Transmit) {
        while let Some(rest) = self.buffer.get(self.taken..)
            && !rest.is_empty()
        {
            // Runs are made as the socket wanted them when the session began. It may have found out
            // since that its network card splits none.
            let longest = transmit.segment_size.map_or(rest.len(), |size| {
                size.get().saturating_mul(sink.max_segments().get())
            });
            let run = rest.get(..longest).unwrap_or(rest);
            match sink.send(&transmit, run) {
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

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use strata_peer::Path;

    use super::*;

    /// Takes runs while it has room.
    struct Pipe {
        max_segments: usize,
        room: Cell<usize>,
        taken: RefCell<Vec<Vec<u8>>>,
    }

    impl Sink for Pipe {
        fn max_segments(&self) -> NonZeroUsize {
            NonZeroUsize::new(self.max_segments).unwrap()
        }

        fn send(&self, _: &Transmit, run: &[u8]) -> io::Result<()> {
            let room = self.room.get().checked_sub(1);
            self.room.set(room.ok_or(io::ErrorKind::WouldBlock)?);
            self.taken.borrow_mut().push(run.to_vec());
            Ok(())
        }
    }

    fn pipe(max_segments: usize, room: usize) -> Pipe {
        Pipe {
            max_segments,
            room: Cell::new(room),
            taken: RefCell::default(),
        }
    }

    fn run() -> (Outgoing, Transmit) {
        let address = "192.0.2.1:1".parse().unwrap();
        let transmit =
            Transmit::datagram(Path::udp(address, address)).with_segment_size(NonZeroUsize::new(2));
        let outgoing = Outgoing {
            buffer: b"aabbccd".to_vec(),
            ..Outgoing::default()
        };
        (outgoing, transmit)
    }

    #[test]
    fn a_run_goes_out_in_one() {
        let (mut outgoing, transmit) = run();
        let pipe = pipe(64, 1);
        outgoing.send(&pipe, transmit);
        assert!(!outgoing.is_blocked());
        assert_eq!(*pipe.taken.borrow(), [b"aabbccd"]);
    }

    #[test]
    fn what_finds_no_room_waits_and_nothing_is_sent_twice() {
        let (mut outgoing, transmit) = run();
        let pipe = pipe(1, 0);
        outgoing.send(&pipe, transmit);
        assert!(outgoing.is_blocked());
        pipe.room.set(2);
        outgoing.unblock(&pipe);
        assert!(outgoing.is_blocked());
        pipe.room.set(9);
        outgoing.unblock(&pipe);
        assert!(!outgoing.is_blocked());
        assert_eq!(*pipe.taken.borrow(), ["aa", "bb", "cc", "d"].map(Vec::from));
    }
}
