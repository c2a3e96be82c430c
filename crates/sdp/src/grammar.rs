//! The grammar's small pieces: a cursor over one value, in the fields RFC 8866 builds lines of.

use alloc::vec::Vec;
use core::{fmt, str::FromStr};

use nom::{
    IResult, Parser as _,
    bytes::complete::{tag, take_till, take_till1, take_while, take_while1},
    character::complete::digit1,
    combinator::rest,
};

use crate::error::{FieldError, Reason};

/// Walks a value field by field. Every failure names the field it failed in.
///
/// Fields are separated by single spaces in the grammar; runs of spaces, which some real
/// implementations write, are taken as one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// Reads `value` from its start; spaces before the first field are skipped.
    pub(crate) fn new(value: &'a str) -> Self {
        Self {
            rest: value.trim_matches(' '),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Everything that is left.
    pub(crate) fn rest(&mut self) -> &'a str {
        self.apply(rest).unwrap_or_default()
    }

    /// The characters up to the next space, and the spaces.
    pub(crate) fn word(&mut self, field: &'static str) -> Result<&'a str, FieldError> {
        let word = self
            .apply(take_till1(|c| c == ' '))
            .ok_or_else(|| FieldError::missing(field))?;
        self.spaces();
        Ok(word)
    }

    /// The next word, which must be an RFC 8866 `token`.
    pub(crate) fn token(&mut self, field: &'static str) -> Result<&'a str, FieldError> {
        let word = self.word(field)?;
        if is_token(word) {
            Ok(word)
        } else {
            Err(FieldError::malformed(field))
        }
    }

    /// The next word, which must be a decimal number.
    pub(crate) fn number<T: FromStr>(&mut self, field: &'static str) -> Result<T, FieldError> {
        number(self.word(field)?, field)
    }

    /// The characters up to `stop`, which is taken too; `None` and nothing taken if it is not there.
    pub(crate) fn until(&mut self, stop: char) -> Option<&'a str> {
        self.apply((
            take_till(move |c| c == stop),
            nom::character::complete::char(stop),
        ))
        .map(|(text, _)| text)
    }

    /// Takes `word` if it comes next as a whole word, in any case, with the spaces after it.
    pub(crate) fn keyword(&mut self, word: &str) -> bool {
        let mut ahead = *self;
        let found = ahead
            .word("")
            .is_ok_and(|next| next.eq_ignore_ascii_case(word));
        if found {
            *self = ahead;
        }
        found
    }

    /// Takes `prefix` if it comes next.
    pub(crate) fn prefix(&mut self, prefix: &'static str) -> bool {
        self.apply(tag(prefix)).is_some()
    }

    /// The words that are left.
    pub(crate) fn words(&mut self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.rest().split(' ').filter(|word| !word.is_empty())
    }

    /// Nothing may be left.
    pub(crate) const fn end(self, field: &'static str) -> Result<(), FieldError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(FieldError::new(field, Reason::Trailing))
        }
    }

    fn spaces(&mut self) {
        let _ = self.apply(take_while(|c| c == ' '));
    }

    /// Runs `parser`; if it fails, nothing is taken. Nom's error is the unit type: which field it
    /// was, the caller knows.
    fn apply<T>(
        &mut self,
        mut parser: impl nom::Parser<&'a str, Output = T, Error = ()>,
    ) -> Option<T> {
        let (rest, output) = parser.parse(self.rest).ok()?;
        self.rest = rest;
        Some(output)
    }
}

/// A token, and the words after it: what they have in common, and the names of all.
pub(crate) fn named_list<'a, T>(
    value: &'a str,
    field: &'static str,
    read: impl Fn(&'a str) -> Result<T, FieldError>,
) -> Result<(&'a str, Vec<T>), FieldError> {
    let mut cursor = Cursor::new(value);
    let name = cursor.token(field)?;
    let items = cursor.words().map(read).collect::<Result<_, _>>()?;
    Ok((name, items))
}

/// The same as it is written.
pub(crate) fn write_named_list<T: fmt::Display>(
    name: &str,
    items: &[T],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    f.write_str(name)?;
    items.iter().try_for_each(|item| write!(f, " {item}"))
}

/// A whole decimal number, and nothing else.
pub(crate) fn number<T: FromStr>(text: &str, field: &'static str) -> Result<T, FieldError> {
    digits(text, field)?
        .parse()
        .map_err(|_| FieldError::out_of_range(field))
}

/// A whole decimal number that does not begin with a zero, unless it is zero.
pub(crate) fn number_without_zeros<T: FromStr>(
    text: &str,
    field: &'static str,
) -> Result<T, FieldError> {
    number(digits_without_zeros(text, field)?, field)
}

/// `text`, if it is decimal digits and nothing else, and does not begin with a zero unless it is zero.
pub(crate) fn digits_without_zeros<'a>(
    text: &'a str,
    field: &'static str,
) -> Result<&'a str, FieldError> {
    match digits(text, field)?.strip_prefix('0') {
        Some("") | None => Ok(text),
        Some(_) => Err(FieldError::malformed(field)),
    }
}

/// `text`, if it is decimal digits and nothing else.
pub(crate) fn digits<'a>(text: &'a str, field: &'static str) -> Result<&'a str, FieldError> {
    let parsed: IResult<&str, &str, ()> = digit1(text);
    match parsed {
        Ok(("", digits)) => Ok(digits),
        _ if text.is_empty() => Err(FieldError::missing(field)),
        _ => Err(FieldError::malformed(field)),
    }
}

/// Whether `text` is an RFC 8866 §9 `token`.
pub(crate) fn is_token(text: &str) -> bool {
    let parsed: IResult<&str, &str, ()> = take_while1(is_token_char).parse(text);
    matches!(parsed, Ok(("", _)))
}

/// RFC 8866 §9, `token-char`.
pub(crate) const fn is_token_char(c: char) -> bool {
    matches!(c,
        '!' | '#' | '$' | '%' | '&' | '\'' | '*' | '+' | '-' | '.' | '^' | '_' | '`' | '{' | '|'
        | '}' | '~' | '0'..='9' | 'A'..='Z' | 'a'..='z')
}

/// RFC 8839 §5.1, `ice-char`.
pub(crate) const fn is_ice_char(c: char) -> bool {
    matches!(c, '+' | '/' | '0'..='9' | 'A'..='Z' | 'a'..='z')
}

/// `text`, if it is not empty and every character passes.
pub(crate) fn checked<'a>(
    text: &'a str,
    field: &'static str,
    lengths: core::ops::RangeInclusive<usize>,
    allowed: impl Fn(char) -> bool,
) -> Result<&'a str, FieldError> {
    if text.is_empty() {
        Err(FieldError::missing(field))
    } else if !text.chars().all(allowed) {
        Err(FieldError::malformed(field))
    } else if !lengths.contains(&text.len()) {
        Err(FieldError::out_of_range(field))
    } else {
        Ok(text)
    }
}
