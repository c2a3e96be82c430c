//! The sources of the other side.

use strata_peer::{Mid, Ssrc};

use super::reception::Reception;

/// A stream that we receive.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) ssrc: Ssrc,
    /// Where it was heard last.
    pub(super) mid: Mid,
    pub(super) reception: Reception,
    /// Whether anything came since the last report.
    pub(super) heard: bool,
    /// Which packet of all was its last.
    last: u64,
}

/// All of them: at most [`MAX_SOURCES`], sorted.
///
/// A source goes when it says goodbye. If there are too many that did not, the one that has been silent
/// for longest makes room; should it speak again, its statistics begin anew.
#[derive(Debug, Default)]
pub(super) struct Sources {
    by_ssrc: Vec<Source>,
    packets: u64,
}

impl Sources {
    /// The source of a packet that came in section `mid`.
    pub(super) fn heard(&mut self, ssrc: Ssrc, mid: Mid) -> Option<&mut Source> {
        self.packets = self.packets.wrapping_add(1);
        let place = match self.place(ssrc) {
            Ok(place) => place,
            Err(place) => self.insert(place, ssrc, mid),
        };
        let source = self.by_ssrc.get_mut(place)?;
        source.mid = mid;
        source.heard = true;
        source.last = self.packets;
        Some(source)
    }

    /// A source that was heard before.
    pub(super) fn get_mut(&mut self, ssrc: Ssrc) -> Option<&mut Source> {
        let place = self.place(ssrc).ok()?;
        self.by_ssrc.get_mut(place)
    }

    /// Forgets a source.
    pub(super) fn remove(&mut self, ssrc: Ssrc) {
        if let Ok(place) = self.place(ssrc) {
            self.by_ssrc.remove(place);
        }
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Source> {
        self.by_ssrc.iter_mut()
    }

    fn place(&self, ssrc: Ssrc) -> Result<usize, usize> {
        self.by_ssrc.binary_search_by_key(&ssrc, |s| s.ssrc)
    }

    fn insert(&mut self, mut place: usize, ssrc: Ssrc, mid: Mid) -> usize {
        if self.by_ssrc.len() >= MAX_SOURCES {
            let sources = self.by_ssrc.iter().enumerate();
            if let Some((silent, _)) = sources.min_by_key(|(_, source)| source.last) {
                self.by_ssrc.remove(silent);
                place -= usize::from(silent < place);
            }
        }
        let source = Source {
            ssrc,
            mid,
            reception: Reception::default(),
            heard: true,
            last: self.packets,
        };
        self.by_ssrc.insert(place, source);
        place
    }
}

/// Sources that are reported on. A camera and a microphone are three, with retransmissions; reports on so
/// many fill three datagrams.
const MAX_SOURCES: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    fn mid() -> Mid {
        "0".parse().unwrap()
    }

    fn known(sources: &mut Sources) -> Vec<u32> {
        sources.iter_mut().map(|source| source.ssrc.get()).collect()
    }

    #[test]
    fn the_one_that_is_silent_for_longest_makes_room() {
        let mut sources = Sources::default();
        for ssrc in (0..128).rev() {
            assert!(sources.heard(Ssrc::new(2 * ssrc), mid()).is_some());
        }
        // The first one speaks again, so that the second is the oldest.
        sources.heard(Ssrc::new(254), mid());
        let newcomer = sources.heard(Ssrc::new(253), mid()).unwrap();
        assert_eq!(newcomer.ssrc, Ssrc::new(253));
        let known = known(&mut sources);
        assert_eq!(known.len(), MAX_SOURCES);
        assert!(known.is_sorted());
        assert!(known.contains(&254) && known.contains(&253));
        assert!(!known.contains(&252));
    }

    #[test]
    fn ten_thousand_sources_take_no_more_room_than_the_limit() {
        let mut sources = Sources::default();
        for ssrc in 0..10_000_u32 {
            // In an order that is none.
            let ssrc = Ssrc::new(ssrc.wrapping_mul(2_654_435_761));
            assert_eq!(sources.heard(ssrc, mid()).unwrap().ssrc, ssrc);
        }
        assert_eq!(known(&mut sources).len(), MAX_SOURCES);
    }

    #[test]
    fn who_says_goodbye_is_forgotten() {
        let mut sources = Sources::default();
        sources.heard(Ssrc::new(1), mid());
        sources.heard(Ssrc::new(2), mid());
        sources.remove(Ssrc::new(1));
        sources.remove(Ssrc::new(1));
        assert_eq!(known(&mut sources), [2]);
    }
}
