//! The other side's requests for key frames of what we send. Ours are written in `feedback`.

use std::collections::BTreeMap;

use strata_rtp::Ssrc;

use super::Media;
use crate::stats::{Drops, count};

/// The full intra requests that were heard.
#[derive(Debug)]
pub(super) struct Commands {
    /// The last command of each sender for each of our sources: (ours, theirs) to its number.
    last: BTreeMap<(u32, u32), u8>,
    limit: usize,
}

impl Commands {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            last: BTreeMap::new(),
            limit,
        }
    }

    /// Whether a command is a new one. RFC 5104 §4.3.1.1: a repetition has the number of what it repeats,
    /// and numbers are those of one sender and one source.
    fn is_new(&mut self, ours: Ssrc, sender: Ssrc, number: u8) -> bool {
        let key = (ours.get(), sender.get());
        if self.last.len() >= self.limit && !self.last.contains_key(&key) {
            // Senders that come and go: at worst, a repetition is taken for a request.
            self.last.clear();
        }
        self.last.insert(key, number) != Some(number)
    }
}

impl Media {
    /// Takes an entry of a full intra request.
    pub(super) fn on_fir(&mut self, sender: Ssrc, ours: Ssrc, number: u8, drops: &mut Drops) {
        if self.router.of_own_source(ours).is_some() && self.commands.is_new(ours, sender, number) {
            self.on_keyframe_request(ours, drops);
        }
    }

    /// Tells of a request, once for each section and compound.
    pub(super) fn on_keyframe_request(&mut self, ours: Ssrc, drops: &mut Drops) {
        let compound = self.stats.rtcp_received;
        let Some(section) = self.router.of_own_source(ours) else {
            return;
        };
        if core::mem::replace(&mut section.asked_by, compound) == compound {
            return;
        }
        if self.received.has_room_for_rtcp() {
            self.received.push_keyframe_request(section.mid);
        } else {
            count(&mut drops.rtcp_events);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_command_is_no_new_one() {
        let mut commands = Commands::new(4);
        let mut is_new =
            |ours, sender, number| commands.is_new(Ssrc::new(ours), Ssrc::new(sender), number);
        assert!(is_new(1, 10, 0));
        assert!(!is_new(1, 10, 0));
        assert!(is_new(1, 10, 1));
        assert!(is_new(2, 10, 1), "another source");
        assert!(is_new(1, 11, 1), "another sender");
        assert!(!is_new(1, 10, 1));
        assert!(is_new(1, 10, 255));
        assert!(is_new(1, 10, 0), "numbers wrap");
    }

    #[test]
    fn commands_are_remembered_up_to_a_limit() {
        let mut commands = Commands::new(4);
        for sender in 0..100 {
            assert!(commands.is_new(Ssrc::new(1), Ssrc::new(sender), 0));
            assert!(!commands.is_new(Ssrc::new(1), Ssrc::new(sender), 0));
            assert!(commands.last.len() <= 4);
        }
    }
}
