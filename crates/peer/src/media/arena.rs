//! Where received media lies.

use bytes::{Bytes, BytesMut};

/// Memory that packets are copied into, in pieces that are freed when their last packet is.
///
/// Pieces begin small, because who only sends receives little, and double in size. When a piece is full, the one
/// before it is used again if all its packets are gone. So an application that keeps packets for a short time only
/// causes no allocation.
#[derive(Debug)]
pub(crate) struct Arena {
    piece: Piece,
    previous: Piece,
    /// How large the next piece is.
    next_bytes: usize,
    piece_bytes: usize,
}

#[derive(Debug, Default)]
struct Piece {
    /// What is left of it.
    rest: BytesMut,
    /// How large it was made.
    size: usize,
}

impl Piece {
    fn new(size: usize) -> Self {
        Self {
            rest: BytesMut::with_capacity(size),
            size,
        }
    }

    /// Whether there is room. If nobody holds a packet of the piece any more, all of it is room again.
    fn has_room(&mut self, bytes: usize) -> bool {
        let room = self.rest.capacity().saturating_sub(self.rest.len());
        room >= bytes || self.rest.try_reclaim(bytes)
    }
}

impl Arena {
    /// An arena that has allocated nothing yet.
    pub(crate) fn new(piece_bytes: usize) -> Self {
        Self {
            piece: Piece::default(),
            previous: Piece::default(),
            next_bytes: FIRST_PIECE_BYTES.min(piece_bytes),
            piece_bytes,
        }
    }

    /// A copy of `packet`.
    pub(crate) fn copy(&mut self, packet: &[u8]) -> Bytes {
        if !self.piece.has_room(packet.len()) {
            core::mem::swap(&mut self.piece, &mut self.previous);
            // A piece of an earlier, smaller size is not used again.
            if self.piece.size < self.next_bytes || !self.piece.has_room(packet.len()) {
                self.piece = Piece::new(self.next_bytes.max(packet.len()));
                self.next_bytes = self.next_bytes.saturating_mul(2).min(self.piece_bytes);
            }
        }
        self.piece.rest.extend_from_slice(packet);
        self.piece.rest.split().freeze()
    }
}

/// Room for the reports that a sender gets.
const FIRST_PIECE_BYTES: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_grow_only_when_packets_are_held() {
        let mut arena = Arena::new(10_000);
        for _ in 0..100 {
            arena.copy(&[5; 1000]);
        }
        assert_eq!(arena.piece.size, 2048);
        let mut held = Vec::new();
        let mut sizes = std::collections::BTreeSet::new();
        for _ in 0..100 {
            held.push(arena.copy(&[5; 1000]));
            sizes.insert(arena.piece.size);
        }
        assert_eq!(
            sizes.into_iter().collect::<Vec<_>>(),
            [2048, 4096, 8192, 10_000]
        );
    }

    #[test]
    fn copies_are_exact_also_across_pieces() {
        let mut arena = Arena::new(100);
        let packets: Vec<Vec<u8>> = (0..50_u8).map(|n| vec![n; usize::from(n)]).collect();
        let copies: Vec<Bytes> = packets.iter().map(|packet| arena.copy(packet)).collect();
        assert_eq!(copies, packets);
        assert_eq!(arena.copy(&[7; 1000]), [7; 1000].as_slice());
    }

    #[test]
    fn two_pieces_are_enough_for_packets_that_are_held_for_a_while() {
        let mut arena = Arena::new(1000);
        let mut held = std::collections::VecDeque::new();
        let mut places = std::collections::BTreeSet::new();
        for _ in 0..100 {
            held.push_back(arena.copy(&[3; 100]));
            places.insert(held.back().map(|packet| packet.as_ptr()));
            if held.len() > 5 {
                held.pop_front();
            }
        }
        assert_eq!(places.len(), 20);
    }

    #[test]
    fn a_piece_that_nobody_holds_is_used_again() {
        let mut arena = Arena::new(1000);
        let first = arena.copy(&[1; 600]).as_ptr();
        for _ in 0..10 {
            assert_eq!(arena.copy(&[2; 600]).as_ptr(), first);
        }
    }
}
