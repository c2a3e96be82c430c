//! A whole description.

mod of_media;
pub(crate) mod parse;
mod section;

use alloc::{vec, vec::Vec};

use parse::Source;
pub(crate) use section::Section;

use crate::{
    Attribute, Attributes, Bandwidth, Connection, Limits, Line, Media, Origin, ParseError, Timing,
    attributes, written::written,
};

/// A session description (RFC 8866): what holds for the session, then its media descriptions.
///
/// Everything that was read is kept as it was written, known or not, so that writing gives the same
/// bytes; what is changed through the methods is written anew.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    origin: Origin,
    /// Everything before the first attribute.
    lines: Vec<Line>,
    /// The session's attributes.
    pub attributes: Attributes,
    /// The media descriptions, in the order that offers and answers match them by.
    pub media: Vec<Media>,
}

impl Session {
    /// A description without media: `v=0`, this origin, `s=-` and `t=0 0`.
    #[must_use]
    pub fn new(origin: Origin) -> Self {
        let lines = vec![
            Line::new('v', 0),
            Line::new('o', &origin),
            // RFC 8866 §5.3: `-` where a session has no meaningful name.
            Line::new('s', '-'),
            Line::new('t', Timing::PERMANENT),
        ];
        Self {
            origin,
            lines,
            attributes: Attributes::new(),
            media: Vec::new(),
        }
    }

    /// Reads a description, within the default [`Limits`].
    ///
    /// # Errors
    /// The first line that is none, or the first `v=`, `o=` or `m=` line that RFC 8866 does not allow:
    /// these three make the description. Every other line is kept as it is, and read when it is asked
    /// for, so that a field nobody uses does not cost the whole; who wants to be strict parses the
    /// [`values_of`](Self::values_of) a type of line and has the error.
    ///
    /// Nor are real descriptions refused for: line feeds without carriage returns, a last line without
    /// an end, empty lines, several spaces in place of one, lines in another order than that of §5 (but
    /// `v=` and `o=` come first), a missing or repeated `s=`, a missing `t=`, an `m=` line without
    /// formats, or types of lines that §5 does not know.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::parse_with(text, &Limits::DEFAULT)
    }

    /// Reads a description, within limits of your own.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(text: &str, limits: &Limits) -> Result<Self, ParseError> {
        parse::session(Source::Text(text), limits)
    }

    /// Reads a description that need not be UTF-8, within the default [`Limits`].
    ///
    /// RFC 8866 §5 lets texts be in the character set of `a=charset` (§6.10), and the values of attributes
    /// be any octets. What is no UTF-8 is kept, line by line, as [`Line`] says, and
    /// [`to_bytes`](Self::to_bytes) writes the same octets again.
    ///
    /// ```
    /// # use strata_sdp::Session;
    /// let offer = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=Caf\xE9\r\nt=0 0\r\na=charset:ISO-8859-1\r\n";
    /// let session = Session::parse_bytes(offer)?;
    /// assert_eq!(session.name(), "Caf\u{e9}");
    /// assert_eq!(session.to_bytes(), offer);
    /// # Ok::<(), strata_sdp::ParseError>(())
    /// ```
    ///
    /// # Errors
    /// As [`parse`](Self::parse): that a line is no UTF-8 is none.
    pub fn parse_bytes(octets: &[u8]) -> Result<Self, ParseError> {
        Self::parse_bytes_with(octets, &Limits::DEFAULT)
    }

    /// Reads a description that need not be UTF-8, within limits of your own.
    ///
    /// # Errors
    /// As [`parse_bytes`](Self::parse_bytes).
    pub fn parse_bytes_with(octets: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        parse::session(Source::of_octets(octets), limits)
    }

    /// Who made the description, and which version of it this is.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Changes the origin.
    pub fn set_origin(&mut self, origin: Origin) {
        Section::session(&mut self.lines, &mut self.attributes).set('o', Some(&origin));
        self.origin = origin;
    }

    /// The session's name, `-` if it has none (RFC 8866 §5.3).
    pub fn name(&self) -> &str {
        self.value_of('s').unwrap_or("-")
    }

    /// Changes the session's name.
    pub fn set_name(&mut self, name: &str) {
        Section::session(&mut self.lines, &mut self.attributes).set('s', Some(name));
    }

    /// Where media goes that says nothing else (RFC 8866 §5.7): the first `c=` line that can be read.
    pub fn connection(&self) -> Option<Connection> {
        self.values_of('c').find_map(|value| value.parse().ok())
    }

    /// Changes or removes where media goes that says nothing else.
    pub fn set_connection(&mut self, connection: Option<&Connection>) {
        Section::session(&mut self.lines, &mut self.attributes).set('c', connection);
    }

    /// The proposed bandwidths of the whole session (RFC 8866 §5.8), of the lines that can be read.
    pub fn bandwidths(&self) -> impl Iterator<Item = Bandwidth> {
        self.values_of('b').filter_map(|value| value.parse().ok())
    }

    /// Appends a bandwidth.
    pub fn push_bandwidth(&mut self, bandwidth: &Bandwidth) {
        Section::session(&mut self.lines, &mut self.attributes).push('b', bandwidth);
    }

    /// When the session is active (RFC 8866 §5.9), of the lines that can be read.
    pub fn timings(&self) -> impl Iterator<Item = Timing> {
        self.values_of('t').filter_map(|value| value.parse().ok())
    }

    /// The values of the session's lines of one type, in their order: `i`, `u`, `e`, `p`, `r`, `z`,
    /// `k` and types that RFC 8866 does not know have no type here.
    pub fn values_of(&self, kind: char) -> impl Iterator<Item = &str> {
        self.head()
            .filter(move |line| line.is(kind))
            .map(Line::value)
    }

    /// All lines of the description, in their order.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.head().chain(self.media.iter().flat_map(Media::lines))
    }

    /// The attributes of the type `T`, of the session and of all media descriptions, that cannot be read:
    /// on which line each is, which field is wrong, and why. Whoever wants to be strict refuses them.
    ///
    /// Lines are counted as they are written now; that is as they were read, unless something was changed.
    pub fn unreadable<T: Attribute>(&self) -> impl Iterator<Item = ParseError> {
        self.lines().zip(1..).filter_map(|(line, number)| {
            let error = attributes::read_line::<T>(line)?.err()?;
            Some(error.on_line(number))
        })
    }

    fn value_of(&self, kind: char) -> Option<&str> {
        self.head().find(|line| line.is(kind)).map(Line::value)
    }

    fn head(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().chain(self.attributes.lines())
    }
}

written!(Session);
