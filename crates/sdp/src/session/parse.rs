//! Reading a description line by line (RFC 8866 §5 and §9).

use alloc::vec::Vec;

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

    /// Reads line by line.
    fn read<T: Parse>(self, limits: &Limits) -> Result<T, ParseError> {
        if self.len() > limits.bytes {
            return Err(too_many("session-description", limits.bytes).on_line(1));
        }
        let mut parser = Parser {
            partial: T::PARTIAL,
            ..Parser::default()
        };
        let lines = match self {
            Self::Text(text) => {
                let pieces = text.split_inclusive('\n');
                parser.lines(pieces.map(|piece| line(piece, limits)), limits)
            }
            Self::Octets(octets) => {
                let pieces = octets.split_inclusive(|octet| *octet == b'\n');
                parser.lines(pieces.map(|piece| octet_line(piece, limits)), limits)
            }
        }?;
        T::finish(parser).map_err(|error| error.on_line(lines.max(1)))
    }
}

/// What is made of the lines.
pub(crate) trait Parse: Sized {
    /// It is a fragment: there are only attributes, and media descriptions.
    const PARTIAL: bool;

    fn finish(parser: Parser) -> Result<Self, FieldError>;

    /// Reads all of it.
    fn parse_from(source: Source<'_>, limits: &Limits) -> Result<Self, ParseError> {
        source.read(limits)
    }
}

impl Parse for Session {
    const PARTIAL: bool = false;

    fn finish(parser: Parser) -> Result<Self, FieldError> {
        if let Some((_, field)) = OPENING.get(parser.opening) {
            return Err(FieldError::missing(field));
        }
        Ok(Self {
            origin: parser.origin.ok_or(FieldError::missing("origin-field"))?,
            lines: parser.lines,
            attributes: parser.attributes,
            media: parser.media,
        })
    }
}

/// What may stand without the lines that every description starts with (RFC 8840 §9.2).
impl Parse for Fragment {
    const PARTIAL: bool = true;

    fn finish(parser: Parser) -> Result<Self, FieldError> {
        Ok(Self {
            attributes: parser.attributes,
            media: parser.media,
        })
    }
}

/// What has been read so far.
#[derive(Default)]
pub(crate) struct Parser {
    /// It is a fragment: there are only attributes, and media descriptions.
    partial: bool,
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
    /// Takes the lines in, and says how many there were.
    fn lines(
        &mut self,
        lines: impl Iterator<Item = Result<Line, FieldError>>,
        limits: &Limits,
    ) -> Result<usize, ParseError> {
        let mut number: usize = 0;
        for line in lines {
            number = number.saturating_add(1);
            if number > limits.lines {
                return Err(too_many("session-description", limits.lines).on_line(number));
            }
            line.and_then(|line| self.line(line, limits))
                .map_err(|error| error.on_line(number))?;
        }
        Ok(number)
    }

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
}

/// One line with its end: `<type>=<value>`, or nothing.
fn line(piece: &str, limits: &Limits) -> Result<Line, FieldError> {
    let (length, ending) = check_line(piece.as_bytes(), limits)?;
    Ok(Line::raw(piece.get(..length).unwrap_or_default(), ending))
}

/// The same of octets that may be no UTF-8.
fn octet_line(piece: &[u8], limits: &Limits) -> Result<Line, FieldError> {
    let (length, ending) = check_line(piece, limits)?;
    let octets = piece.get(..length).unwrap_or_default();
    Ok(Line::from_octets(octets, ending))
}

/// How long the line is, and how it ends.
fn check_line(piece: &[u8], limits: &Limits) -> Result<(usize, LineEnding), FieldError> {
    // RFC 8866 §5: CRLF ends a line; a line feed alone SHOULD be tolerated.
    let (octets, ending) = match (piece.strip_suffix(b"\r\n"), piece.strip_suffix(b"\n")) {
        (Some(octets), _) => (octets, LineEnding::CrLf),
        (None, Some(octets)) => (octets, LineEnding::Lf),
        (None, None) => (piece, LineEnding::Missing),
    };
    if octets.len() > limits.line_bytes {
        return Err(too_many("line", limits.line_bytes));
    }
    // RFC 8866 §9, byte-string: any byte except NUL, CR, or LF.
    if octets.iter().any(|octet| matches!(octet, b'\r' | b'\0')) {
        return Err(FieldError::malformed("byte-string"));
    }
    // RFC 8866 §5: one letter, and no space on either side of the equal sign. An empty line is none
    // of those that §5 allows, but scripts that put descriptions together leave them.
    if !matches!(octets, [] | [b'a'..=b'z' | b'A'..=b'Z', b'=', ..]) {
        return Err(FieldError::malformed("type"));
    }
    Ok((octets.len(), ending))
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
