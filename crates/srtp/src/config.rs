//! Limits.

/// What a context may grow to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many SSRCs a context keeps state for: that many for RTP, and that many for RTCP. Zero counts as one.
    ///
    /// One SSRC more, and the one silent for the longest time is forgotten. When it speaks again, it goes on
    /// where it stopped; what it sent before is refused then, though some of it may only have been late.
    ///
    /// The default of 1024 is the bundled video, RTX and audio of some 300 participants, and at most
    /// 280 kB. Only packets that authenticate make a stream, so strangers cannot push one out.
    pub max_streams: usize,
    /// Of how many forgotten SSRCs a context keeps the highest index, as many for RTP and as many for RTCP: those
    /// may speak again. Rounded up to a multiple of eight.
    ///
    /// About so many: it is a table of buckets of eight, and a full bucket loses its oldest. Of an SSRC that is
    /// lost here, only that it was used is remembered, and it is refused from then on: nobody knows which of its
    /// packets would be replays, or which keystream would be used twice. This second memory has constant size
    /// and can be wrong, but only to the safe side. Of the newcomers after 100,000 SSRCs it refuses none in
    /// millions, after 500,000 one in 2,300, after a million one in 50; agree on new keys before that.
    ///
    /// The default of 4096 is 64 KiB from the first forgotten stream on; the second memory is 1 MiB from the
    /// first SSRC lost on, which a call with fewer than 5,000 SSRCs does not see.
    pub max_forgotten: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_streams: 1024,
            max_forgotten: 4096,
        }
    }
}
