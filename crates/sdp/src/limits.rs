//! How much of a stranger's description is read.

/// What [`Session::parse_with`](crate::Session::parse_with) accepts at most.
///
/// RFC 8866 states no sizes. Memory and time of reading are linear in the input, so these bound both: with
/// the defaults a description takes less than 8 MiB of heap, whatever is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limits {
    /// Bytes of the whole description. Default 2 MiB: one video of a browser's offer, with every codec
    /// there is, takes about 6 KB, so this is a conference of more than 300.
    pub bytes: usize,
    /// Lines of the whole description. Default 65,536, which is 32 bytes for each: browsers' lines are
    /// longer on average.
    pub lines: usize,
    /// Bytes of one line, without its end. Default 65,536: the longest lines in use carry base64
    /// (`a=identity`, `a=key-mgmt`) and stay below that.
    pub line_bytes: usize,
    /// Lines before the first media description. Default 1,024: real ones have fewer than 50, and what
    /// holds for a media description is looked up among them where it says nothing itself
    /// ([`Session::effective`](crate::Session::effective)), once for each media description.
    pub session_lines: usize,
    /// Media descriptions. Default 1,024: more than any browser negotiates.
    pub media: usize,
}

impl Limits {
    /// The defaults.
    pub const DEFAULT: Self = Self {
        bytes: 2 << 20,
        lines: 65_536,
        line_bytes: 65_536,
        session_lines: 1024,
        media: 1024,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
