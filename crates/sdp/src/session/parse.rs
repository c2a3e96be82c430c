//! Reading a description line by line (RFC 8866 §5 and §9).

use alloc::vec::Vec;

use crate::{
    Attributes, FieldError, Fragment, Limits, Line, LineEnding, Media, MediaLine, Origin,
    ParseError, Reason, Session,
};

/// Reads a whole description.
pub(super) fn session(text: &str, limits: &Limits) -> Result<Session, ParseError> {
    read(text, limits, Parser::default(), Parser::finish)
}

/// Reads what may stand without the lines that every description starts with (RFC 8840 §9.2).
pub(crate) fn fragment(text: &str, limits: &Limits) -> Result<Fragment, ParseError> {
    let parser = Parser {
        partial: true,
        ..Parser::default()
    };
    read(text, limits, parser, |parser| {
        Ok(Fragment {
            attributes: parser.attributes,
            media: parser.media,
        })
    })
}

fn read<T>(
    text: &str,
    limits: &Limits,
    mut parser: Parser,
    finish: impl FnOnce(Parser) -> Result<T, FieldError>,
) -> Result<T, ParseError> {
    if text.len() > limits.bytes {
        return Err(too_many("session-description", limits.bytes).on_line(1));
    }
    let mut number = 0;
    for piece in text.split_inclusive('\n') {
        number += 1;
        if number > limits.lines {
            return Err(too_many("session-description", limits.lines).on_line(number));
        }
        line(piece, limits)
            .and_then(|line| parser.line(line, limits))
            .map_err(|error| error.on_line(number))?;
    }
    finish(parser).map_err(|error| error.on_line(number.max(1)))
}

/// What has been read so far.
#[derive(Default)]
struct Parser {
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
                self.opening += 1;
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

/// One line with its end: `<type>=<value>`, or nothing.
fn line(piece: &str, limits: &Limits) -> Result<Line, FieldError> {
    // RFC 8866 §5: CRLF ends a line; a line feed alone SHOULD be tolerated.
    let (text, ending) = match (piece.strip_suffix("\r\n"), piece.strip_suffix('\n')) {
        (Some(text), _) => (text, LineEnding::CrLf),
        (None, Some(text)) => (text, LineEnding::Lf),
        (None, None) => (piece, LineEnding::Missing),
    };
    if text.len() > limits.line_bytes {
        return Err(too_many("line", limits.line_bytes));
    }
    // RFC 8866 §9, byte-string: any byte except NUL, CR, or LF.
    if text.bytes().any(|byte| matches!(byte, b'\r' | b'\0')) {
        return Err(FieldError::malformed("byte-string"));
    }
    // RFC 8866 §5: one letter, and no space on either side of the equal sign. An empty line is none
    // of those that §5 allows, but scripts that put descriptions together leave them.
    if !matches!(text.as_bytes(), [] | [b'a'..=b'z' | b'A'..=b'Z', b'=', ..]) {
        return Err(FieldError::malformed("type"));
    }
    Ok(Line::raw(text, ending))
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
