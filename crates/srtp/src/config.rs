//! Limits.

/// What a context may grow to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many SSRCs a context keeps state for: that many for RTP, and that many for RTCP.
    ///
    /// A packet of one SSRC more is refused; no stream is ever forgotten for another, because that
    /// would open the forgotten one to replays (and, sending, would reuse its keystream). See
    /// `remove_stream` of [`Inbound`](crate::Inbound::remove_stream) and
    /// [`Outbound`](crate::Outbound::remove_stream).
    ///
    /// The default of 1024 is the bundled video, RTX and audio of some 300 participants, and at most
    /// 250 kB. Only packets that authenticate make a stream, so strangers cannot fill the table.
    pub max_streams: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { max_streams: 1024 }
    }
}
