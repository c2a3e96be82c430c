//! Where received media lies.

use bytes::{Bytes, BytesMut};

/// Memory that packets are copied into, in pieces that are freed when their last packet is.
///
/// Of the last two pieces, one whose packets are all gone by the time the other is full is used again, so
/// that an application that keeps packets only for a while causes no allocation.
#[derive(Debug)]
pub(crate) struct Arena {
    piece: BytesMut,
    previous: BytesMut,
    piece_bytes: usize,
}

impl Arena {
    /// An arena that has allocated nothing yet.
    pub(crate) fn new(piece_bytes: usize) -> Self {
        Self {
            piece: BytesMut::new(),
            previous: BytesMut::new(),
            piece_bytes,
        }
    }

    /// A copy of `packet`.
    pub(crate) fn copy(&mut self, packet: &[u8]) -> Bytes {
        let room = self.piece.capacity().saturating_sub(self.piece.len());
        if room < packet.len() && !self.piece.try_reclaim(packet.len()) {
            core::mem::swap(&mut self.piece, &mut self.previous);
            if !self.piece.try_reclaim(packet.len()) {
                self.piece = BytesMut::with_capacity(self.piece_bytes.max(packet.len()));
            }
        }
        self.piece.extend_from_slice(packet);
        self.piece.split().freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
