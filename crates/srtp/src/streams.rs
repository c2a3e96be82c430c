//! The bounded table of SSRCs, and what is left of those that had to go.
//!
//! A packet index must never come twice: sent twice it would repeat a keystream, received twice it is a
//! replay. So a stream that is forgotten leaves its highest index behind, and if even that has to go, that its
//! SSRC was used:
//!
//! | an SSRC is   | how many                  | memory each | what may come                       |
//! |--------------|---------------------------|-------------|-------------------------------------|
//! | live         | `Config::max_streams`     | its state   | what its window says                |
//! | forgotten    | `Config::max_forgotten`   | 16 octets   | what is ahead of its highest index  |
//! | retired      | all others ever forgotten | 1 MiB all   | nothing, under these keys           |
//! | new          |                           |             | everything                          |

mod live;
mod retired;
mod tombstones;

use live::Live;
use retired::Retired;
use tombstones::Tombstones;

use strata_core::ReplayWindow;

use crate::{AddStreamError, Config};

/// What is known of one SSRC.
pub(crate) trait Stream: Default {
    /// The state of a stream whose indices are used up to and including this one.
    fn used_up_to(index: u64) -> Self;

    /// The highest index used.
    fn highest(&self) -> u64;
}

/// 1024 packets: as far back as a server that forwards may reorder, and 128 octets of state.
pub(crate) type RtpWindow = ReplayWindow<16>;

/// 128 packets: RTCP is rare.
pub(crate) type RtcpWindow = ReplayWindow<2>;

/// The SRTCP index of the next packet.
#[derive(Debug, Default)]
pub(crate) struct NextReport(pub(crate) u64);

impl<const WORDS: usize> Stream for ReplayWindow<WORDS> {
    fn used_up_to(index: u64) -> Self {
        Self::seen_up_to(index)
    }

    fn highest(&self) -> u64 {
        self.newest()
    }
}

impl Stream for NextReport {
    fn used_up_to(index: u64) -> Self {
        Self(index.saturating_add(1))
    }

    fn highest(&self) -> u64 {
        self.0.saturating_sub(1)
    }
}

/// State per SSRC. When the table is full, the stream silent for the longest time makes room.
#[derive(Debug)]
pub(crate) struct Streams<T> {
    live: Live<T>,
    max: usize,
    forgotten: Tombstones,
    retired: Retired,
}

/// What is known of an SSRC.
#[derive(Debug)]
pub(crate) enum Found<'a, T> {
    Live(&'a mut T),
    /// It was live once, and this is its highest index.
    Forgotten(u64),
    /// It may have been live once, and its indices are not known any more.
    Retired,
    New,
}

impl<T: Stream> Streams<T> {
    pub(crate) const fn new(config: Config) -> Self {
        Self {
            live: Live::new(),
            // Less than one stream is no use to anybody.
            max: if config.max_streams == 0 {
                1
            } else {
                config.max_streams
            },
            forgotten: Tombstones::new(config.max_forgotten),
            retired: Retired::new(),
        }
    }

    /// The state of a live stream.
    pub(crate) fn get(&self, ssrc: u32) -> Option<&T> {
        self.live.get(ssrc)
    }

    pub(crate) fn find(&mut self, ssrc: u32) -> Found<'_, T> {
        if self.live.contains(ssrc) {
            return self.live.get_mut(ssrc).map_or(Found::New, Found::Live);
        }
        match self.forgotten.get(ssrc) {
            Some(highest) => Found::Forgotten(highest),
            None if self.retired.contains(ssrc) => Found::Retired,
            None => Found::New,
        }
    }

    /// Whether a stream may go on at `index`: none as high was used.
    pub(crate) fn check_free(&mut self, ssrc: u32, index: u64) -> Result<(), AddStreamError> {
        match self.find(ssrc) {
            Found::Live(state) if index <= state.highest() => Err(AddStreamError::Used),
            Found::Forgotten(highest) if index <= highest => Err(AddStreamError::Used),
            Found::Retired => Err(AddStreamError::Retired),
            Found::Live(_) | Found::Forgotten(_) | Found::New => Ok(()),
        }
    }

    /// Changes the state of a stream that has just sent or received an authentic packet, so that it counts as heard.
    ///
    /// A stream that is not live becomes live, and goes on where it stopped. The caller has made sure that it is not
    /// retired. Says whether another stream had to make room.
    pub(crate) fn update(&mut self, ssrc: u32, change: impl FnOnce(&mut T)) -> bool {
        if let Some(state) = self.live.touch(ssrc) {
            change(state);
            return false;
        }
        let oldest = if self.live.len() < self.max {
            None
        } else {
            self.live.remove_oldest()
        };
        let evicted = oldest.is_some();
        // Before the oldest is put among the forgotten, which might push this one out.
        let mut state = match self.forgotten.remove(ssrc) {
            Some(highest) => T::used_up_to(highest),
            None => T::default(),
        };
        change(&mut state);
        self.live.insert(ssrc, state);
        if let Some((oldest, state)) = oldest {
            self.bury(oldest, state.highest());
        }
        evicted
    }

    /// Forgets a live stream; whether it was one.
    pub(crate) fn forget(&mut self, ssrc: u32) -> bool {
        let state = self.live.remove(ssrc);
        if let Some(state) = &state {
            self.bury(ssrc, state.highest());
        }
        state.is_some()
    }

    fn bury(&mut self, ssrc: u32, highest: u64) {
        if let Some(replaced) = self.forgotten.insert(ssrc, highest) {
            self.retired.insert(replaced);
        }
    }
}

#[cfg(test)]
mod tests;
