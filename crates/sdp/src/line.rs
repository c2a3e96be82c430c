//! One line of a description, as it was written.

use alloc::{borrow::Cow, boxed::Box, string::String, vec::Vec};
use core::fmt;

/// One line: its text as it came, and how it ended.
///
/// A line that is no UTF-8 is kept too: each of its octets is one character of [`text`](Self::text), which
/// is what ISO 8859-1 says of them, the other character set that RFC 8866 §4.4 names. If `a=charset`
/// names one more, its text is to be decoded from [`octets`](Self::octets).
///
/// `Debug` leaves out the values of attributes that are secret: ICE passwords, and the keys of `a=crypto`
/// (RFC 4568), `a=key-mgmt` (RFC 4567) and `k=` (RFC 8866 §5.12).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Line {
    text: Box<str>,
    ending: LineEnding,
    encoding: Encoding,
}

/// How the characters of a line become octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Encoding {
    /// As UTF-8.
    Utf8,
    /// Each is one octet, its code point: there is none above U+00FF.
    Latin1,
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
            encoding: Encoding::Utf8,
        }
    }

    /// A line as it was read, of any octets.
    pub(crate) fn from_octets(octets: &[u8], ending: LineEnding) -> Self {
        match core::str::from_utf8(octets) {
            Ok(text) => Self::raw(text, ending),
            Err(_) => Self {
                text: octets.iter().copied().map(char::from).collect(),
                ending,
                encoding: Encoding::Latin1,
            },
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
            encoding: Encoding::Utf8,
        }
    }

    /// The same place and end of line, with another value. A line that was no UTF-8 stays so, if that is
    /// possible.
    pub(crate) fn replace(&mut self, value: impl fmt::Display) {
        let kind = self.kind().unwrap_or('a');
        self.text = Self::new(kind, value).text;
        if self.encoding == Encoding::Latin1 {
            self.encoding = Encoding::Utf8;
            let octets: Option<Vec<u8>> = self.latin1().collect();
            // What happens to be UTF-8 would be read as UTF-8.
            if octets.is_some_and(|octets| core::str::from_utf8(&octets).is_err()) {
                self.encoding = Encoding::Latin1;
            }
        }
    }

    /// The same line, ended as RFC 8866 §5 has it.
    pub(crate) fn ended(&self) -> Self {
        Self {
            ending: LineEnding::CrLf,
            ..self.clone()
        }
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

    /// The octets of the whole line without its end.
    pub fn octets(&self) -> Cow<'_, [u8]> {
        match self.encoding {
            Encoding::Utf8 => Cow::Borrowed(self.text.as_bytes()),
            Encoding::Latin1 => Cow::Owned(self.latin1().flatten().collect()),
        }
    }

    /// Whether the octets are UTF-8.
    pub fn is_utf8(&self) -> bool {
        self.encoding == Encoding::Utf8
    }

    /// The characters as ISO 8859-1, `None` for those it has not.
    fn latin1(&self) -> impl Iterator<Item = Option<u8>> {
        self.text.chars().map(|c| u8::try_from(c).ok())
    }

    /// Appends the octets, without the end.
    fn append_octets(&self, out: &mut Vec<u8>) {
        match self.encoding {
            Encoding::Utf8 => out.extend_from_slice(self.text.as_bytes()),
            Encoding::Latin1 => out.extend(self.latin1().flatten()),
        }
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
const SECRETS: [&str; 4] = ["a=ice-pwd:", "a=crypto:", "a=key-mgmt:", "k="];

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
pub(crate) fn write_text<'a>(
    mut lines: impl Iterator<Item = &'a Line>,
    out: &mut (impl fmt::Write + ?Sized),
) -> fmt::Result {
    let mut unended = false;
    lines.try_for_each(|line| {
        if unended {
            out.write_str(LineEnding::CrLf.as_str())?;
        }
        unended = line.ending == LineEnding::Missing;
        out.write_str(&line.text)?;
        out.write_str(line.ending.as_str())
    })
}

/// The same as octets.
pub(crate) fn write_octets<'a>(lines: impl Iterator<Item = &'a Line>, out: &mut Vec<u8>) {
    let mut unended = false;
    lines.for_each(|line| {
        if unended {
            out.extend_from_slice(LineEnding::CrLf.as_str().as_bytes());
        }
        unended = line.ending == LineEnding::Missing;
        line.append_octets(out);
        out.extend_from_slice(line.ending.as_str().as_bytes());
    });
}
