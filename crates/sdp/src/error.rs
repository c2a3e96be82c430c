//! The ways a description, a line or an attribute can be wrong.

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// It is not there.
    #[error("is missing")]
    Missing,
    /// It is there but does not follow its grammar.
    #[error("does not follow its grammar")]
    Malformed,
    /// It is a number that is too large, or otherwise not one of those allowed.
    #[error("is out of range")]
    OutOfRange,
    /// Something follows where the line should end.
    #[error("is followed by text that does not belong there")]
    Trailing,
    /// It may occur only once.
    #[error("is there twice")]
    Duplicate,
    /// There is more of it than [`Limits`](crate::Limits) allows.
    #[error("is more than the limit of {limit}")]
    TooMany {
        /// The limit that was passed.
        limit: usize,
    },
}

/// A description that cannot be accepted: where, which field, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("line {line}: {field} {reason}")]
#[non_exhaustive]
pub struct ParseError {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// The field, by the name that the grammar of RFC 8866 §9 gives it.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: Reason,
}

/// A value that cannot be read as what it should be: which field of it, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{field} {reason}")]
#[non_exhaustive]
pub struct FieldError {
    /// The field, by the name that its grammar gives it.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: Reason,
}

/// An attribute that is there but cannot be read as what its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("a={attribute}: {field} {reason}")]
#[non_exhaustive]
pub struct AttributeError {
    /// The attribute's name.
    pub attribute: &'static str,
    /// The field of its value, by the name that its grammar gives it.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: Reason,
}

impl FieldError {
    /// `field` is wrong for `reason`.
    #[must_use]
    pub const fn new(field: &'static str, reason: Reason) -> Self {
        Self { field, reason }
    }

    /// `field` is not there.
    pub(crate) const fn missing(field: &'static str) -> Self {
        Self::new(field, Reason::Missing)
    }

    /// `field` does not follow its grammar.
    pub(crate) const fn malformed(field: &'static str) -> Self {
        Self::new(field, Reason::Malformed)
    }

    /// `field` is a number that is not allowed.
    pub(crate) const fn out_of_range(field: &'static str) -> Self {
        Self::new(field, Reason::OutOfRange)
    }

    /// The error of a description whose line number `line` has this one.
    pub(crate) const fn on_line(self, line: usize) -> ParseError {
        ParseError {
            line,
            field: self.field,
            reason: self.reason,
        }
    }

    /// The error of the attribute called `attribute`.
    pub(crate) const fn of_attribute(self, attribute: &'static str) -> AttributeError {
        AttributeError {
            attribute,
            field: self.field,
            reason: self.reason,
        }
    }
}
