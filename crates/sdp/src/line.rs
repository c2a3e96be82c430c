//! One line of a description, as it was written.

use alloc::{boxed::Box, string::String};
use core::fmt;

/// One line: its text as it came, and how it ended.
///
/// `Debug` leaves out the values of attributes that are secret: ICE passwords, and the keys of `a=crypto`
/// (RFC 4568) and `k=` (RFC 8866 §5.12).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Line {
    text: Box<str>,
    ending: LineEnding,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineEnding {
    /// Carriage return and line feed, as RFC 8866 §5 has it.
    #[default]
    CrLf,
    /// A line feed alone, which RFC 8866 §5 asks parsers to tolerate.
    Lf,
    /// The text ends here without an end of line.
    Missing,
}

impl LineEnding {
    /// The characters it consists of.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CrLf => "\r\n",
            Self::Lf => "\n",
            Self::Missing => "",
        }
    }
}

impl Line {
    /// A line as it was read.
    pub(crate) fn raw(text: &str, ending: LineEnding) -> Self {
        Self {
            text: text.into(),
            ending,
        }
    }

    /// A new line `kind=value`. What no line can contain (CR, LF, NUL) is left out of `value`.
    pub(crate) fn new(kind: char, value: impl fmt::Display) -> Self {
        let mut text = String::new();
        text.push(kind);
        text.push('=');
        // Writing to a string cannot fail; a `Display` that does leaves what it wrote until then.
        let _ = fmt::write(&mut OneLine(&mut text), format_args!("{value}"));
        Self {
            text: text.into_boxed_str(),
            ending: LineEnding::CrLf,
        }
    }

    /// The same place and end of line, with another value.
    pub(crate) fn replace(&mut self, value: impl fmt::Display) {
        let kind = self.kind().unwrap_or('a');
        self.text = Self::new(kind, value).text;
    }

    /// The letter before the `=`; `None` for an empty line.
    pub fn kind(&self) -> Option<char> {
        self.text.chars().next()
    }

    /// What follows the `=`.
    pub fn value(&self) -> &str {
        self.text.get(2..).unwrap_or_default()
    }

    /// The whole line without its end.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How it ends.
    pub const fn ending(&self) -> LineEnding {
        self.ending
    }

    pub(crate) fn is(&self, kind: char) -> bool {
        self.kind() == Some(kind)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = SECRETS.iter().find(|name| self.text.starts_with(**name));
        let (shown, more) = match secret {
            Some(name) => (*name, ".."),
            None => (self.text(), ""),
        };
        write!(f, "{shown:?}{more} {:?}", self.ending)
    }
}

/// What lines begin with of which the rest is secret.
const SECRETS: [&str; 3] = ["a=ice-pwd:", "a=crypto:", "k="];

/// Drops what would end the line or, like NUL, is allowed in none (RFC 8866 §9, `byte-string`).
struct OneLine<'a>(&'a mut String);

impl fmt::Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.contains(BREAKERS) {
            self.0.extend(text.split(BREAKERS));
        } else {
            self.0.push_str(text);
        }
        Ok(())
    }
}

/// The characters no line can contain.
pub(crate) const BREAKERS: [char; 3] = ['\r', '\n', '\0'];

/// Writes lines one after the other; a line whose end is missing gets one if another follows.
pub(crate) struct LineWriter<'a, W: ?Sized> {
    out: &'a mut W,
    unended: bool,
}

impl<'a, W: fmt::Write + ?Sized> LineWriter<'a, W> {
    pub(crate) const fn new(out: &'a mut W) -> Self {
        Self {
            out,
            unended: false,
        }
    }

    pub(crate) fn write(&mut self, line: &Line) -> fmt::Result {
        if self.unended {
            self.out.write_str(LineEnding::CrLf.as_str())?;
        }
        self.out.write_str(&line.text)?;
        self.out.write_str(line.ending.as_str())?;
        self.unended = line.ending == LineEnding::Missing;
        Ok(())
    }
}
