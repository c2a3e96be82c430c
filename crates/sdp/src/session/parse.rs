//! Reading a description line by line (RFC 8866 §5 and §9).

use alloc::vec::Vec;

use memchr::memchr3;

use crate::{
    Attributes, FieldError, Fragment, Limits, Line, LineEnding, Media, MediaLine, Origin,
    ParseError, Reason, Session,
};

/// What a description can be read from: text, or octets of which some are no UTF-8.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    Text(&'a str),
    Octets(&'a [u8]),
}

impl<'a> Source<'a> {
    /// Octets, or text if they are all UTF-8.
    pub(crate) fn of_octets(octets: &'a [u8]) -> Self {
        core::str::from_utf8(octets).map_or(Self::Octets(octets), Self::Text)
    }

    const fn len(self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Octets(octets) => octets.len(),
        }
    }
}

/// Reads a whole description.
pub(super) fn session(source: Source<'_>, limits: &Limits) -> Result<Session, ParseError> {
    let parser = Parser::default().read(source, limits)?;
    let last = parser.number.max(1);
    parser.finish().map_err(|error| error.on_line(last))
}

/// Reads what may stand without the lines that every description starts with (RFC 8840 §9.2).
pub(crate) fn fragment(source: Source<'_>, limits: &Limits) -> Result<Fragment, ParseError> {
    let parser = Parser {
        partial: true,
        ..Parser::default()
    };
    let parser = parser.read(source, limits)?;
    Ok(Fragment {
        attributes: parser.attributes,
        media: parser.media,
    })
}

/// What has been read so far.
#[derive(Default)]
struct Parser {
    /// It is a fragment: there are only attributes, and media descriptions.
    partial: bool,
    /// How many lines there were.
    number: usize,
    /// How many of the lines that must come first, and in this order, are there.
    opening: usize,
    origin: Option<Origin>,
    lines: Vec<Line>,
    attributes: Attributes,
    media: Vec<Media>,
}

/// The lines every description starts with, and what to say if one is missing.
const OPENING: [(char, &str); 2] = [('v', "version-field"), ('o', "origin-field")];

impl Parser {
    /// Reads line by line.
    fn read(mut self, source: Source<'_>, limits: &Limits) -> Result<Self, ParseError> {
        if source.len() > limits.bytes {
            return Err(too_many("session-description", limits.bytes).on_line(1));
        }
        match source {
            Source::Text(mut rest) => {
                while !rest.is_empty() {
                    let line = first_line(rest.as_bytes(), limits).map(|(length, ending)| {
                        let (line, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
                        rest = after.get(ending.as_str().len()..).unwrap_or_default();
                        Line::raw(line, ending)
                    });
                    self.take(line, limits)?;
                }
            }
            Source::Octets(mut rest) => {
                while !rest.is_empty() {
                    let line = first_line(rest, limits).map(|(length, ending)| {
                        let (line, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                        rest = after.get(ending.as_str().len()..).unwrap_or_default();
                        Line::from_octets(line, ending)
                    });
                    self.take(line, limits)?;
                }
            }
        }
        Ok(self)
    }

    /// Takes the next line.
    #[inline]
    fn take(&mut self, line: Result<Line, FieldError>, limits: &Limits) -> Result<(), ParseError> {
        self.number = self.number.saturating_add(1);
        if self.number > limits.lines {
            return Err(too_many("session-description", limits.lines).on_line(self.number));
        }
        line.and_then(|line| self.line(line, limits))
            .map_err(|error| error.on_line(self.number))
    }

    #[inline]
    fn line(&mut self, line: Line, limits: &Limits) -> Result<(), FieldError> {
        let kind = line.kind();
        self.check_order(kind)?;
        match kind {
            Some('m') => {
                MediaLine::parse(line.value())?;
                if self.media.len() >= limits.media {
                    return Err(too_many("media-description", limits.media));
                }
                self.media.push(Media::from_line(line));
                return Ok(());
            }
            Some('o') => self.origin = Some(line.value().parse()?),
            Some('v') => check_version(line.value())?,
            // The rest is text, or has no type here, and is read when somebody asks for it. RFC 8866 §5
            // lets a parser "completely ignore or reject" descriptions with letters it does not know.
            // We do neither: they are kept, since `y=` and `f=` of surveillance equipment must survive
            // a gateway, and `Session::lines` shows them to whoever wants to be strict.
            Some(_) | None => {}
        }
        if self.media.is_empty() && self.kept() >= limits.session_lines {
            return Err(too_many("session-description", limits.session_lines));
        }
        self.keep(line);
        Ok(())
    }

    /// How many lines of the session itself there are.
    fn kept(&self) -> usize {
        self.lines
            .len()
            .saturating_add(self.attributes.lines().len())
    }

    /// What comes first, and what comes only once.
    fn check_order(&mut self, kind: Option<char>) -> Result<(), FieldError> {
        if self.partial {
            // What begins like a whole description is one. Other lines are no attributes either
            // (RFC 8840 §9.2), but harmless.
            return if matches!(kind, Some('v' | 'o')) {
                Err(FieldError::malformed("session-level-field"))
            } else {
                Ok(())
            };
        }
        let (Some(kind), opening) = (kind, OPENING.get(self.opening)) else {
            return Ok(());
        };
        let duplicate = match (opening, kind) {
            (Some((expected, _)), _) if kind == *expected => {
                self.opening = self.opening.saturating_add(1);
                None
            }
            (Some((_, field)), _) => return Err(FieldError::missing(field)),
            (None, 'v') => Some("version-field"),
            (None, 'o') => Some("origin-field"),
            (None, _) => None,
        };
        duplicate.map_or(Ok(()), |field| {
            Err(FieldError::new(field, Reason::Duplicate))
        })
    }

    /// Puts a line where it came: before the attributes, or among them.
    fn keep(&mut self, line: Line) {
        let (lines, attributes) = match self.media.last_mut() {
            Some(media) => media.parts_mut(),
            None if self.partial => return self.attributes.lines_mut().push(line),
            None => (&mut self.lines, &mut self.attributes),
        };
        if line.is('a') || !attributes.lines().is_empty() {
            attributes.lines_mut().push(line);
        } else {
            lines.push(line);
        }
    }

    fn finish(self) -> Result<Session, FieldError> {
        if let Some((_, field)) = OPENING.get(self.opening) {
            return Err(FieldError::missing(field));
        }
        Ok(Session {
            origin: self.origin.ok_or(FieldError::missing("origin-field"))?,
            lines: self.lines,
            attributes: self.attributes,
            media: self.media,
        })
    }
}

/// How long the first line of `octets` is, `<type>=<value>` or nothing, and how it ends.
fn first_line(octets: &[u8], limits: &Limits) -> Result<(usize, LineEnding), FieldError> {
    let end = memchr3(b'\n', b'\r', b'\0', octets).unwrap_or(octets.len());
    let (line, rest) = octets.split_at_checked(end).unwrap_or((octets, &[]));
    if line.len() > limits.line_bytes {
        return Err(too_many("line", limits.line_bytes));
    }
    let ending = match rest {
        // RFC 8866 §5: CRLF ends a line; a line feed alone SHOULD be tolerated.
        [b'\r', b'\n', ..] => LineEnding::CrLf,
        [b'\n', ..] => LineEnding::Lf,
        [] => LineEnding::Missing,
        // RFC 8866 §9, byte-string: any byte except NUL, CR, or LF.
        _ => return Err(FieldError::malformed("byte-string")),
    };
    // RFC 8866 §5: one letter, and no space on either side of the equal sign. An empty line is none
    // of those that §5 allows, but scripts that put descriptions together leave them.
    if !matches!(line, [] | [b'a'..=b'z' | b'A'..=b'Z', b'=', ..]) {
        return Err(FieldError::malformed("type"));
    }
    Ok((line.len(), ending))
}

/// RFC 8866 §5.1: this memo describes version 0.
fn check_version(value: &str) -> Result<(), FieldError> {
    match value {
        value if value.trim_matches(' ') == "0" => Ok(()),
        "" => Err(FieldError::missing("proto-version")),
        _ => Err(FieldError::out_of_range("proto-version")),
    }
}

const fn too_many(field: &'static str, limit: usize) -> FieldError {
    FieldError::new(field, Reason::TooMany { limit })
}
