//! How much of a stranger's description is read.

/// What [`Session::parse_with`](crate::Session::parse_with) accepts at most.
///
/// RFC 8866 states no sizes. Memory and time are linear in the input, so these bound both: the
/// defaults keep a description under about 4 MiB of heap, whatever is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Bytes of the whole description. Default 1 MiB: a conference of 500 participants, as browsers
    /// write it, needs about half of that.
    pub bytes: usize,
    /// Lines of the whole description. Default 32,768: at about 40 lines for each of 500 media
    /// sections, with room.
    pub lines: usize,
    /// Bytes of one line, without its end. Default 65,536: the longest lines in use carry base64
    /// (`a=identity`, `a=key-mgmt`) or UPnP-style icons, and stay below that.
    pub line_bytes: usize,
    /// Media descriptions. Default 1,024: more than any browser negotiates.
    pub media: usize,
}

impl Limits {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        bytes: 1 << 20,
        lines: 32_768,
        line_bytes: 65_536,
        media: 1024,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
