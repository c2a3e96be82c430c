//! Changing the lines of one section that are not attributes.

use alloc::vec::Vec;
use core::fmt;

use crate::{Attributes, Line};

/// The lines of a session or a media description, and the order RFC 8866 §5 wants them in.
pub(crate) struct Section<'a> {
    lines: &'a mut Vec<Line>,
    attributes: &'a mut Attributes,
    order: &'static str,
}

impl<'a> Section<'a> {
    pub(crate) const fn session(lines: &'a mut Vec<Line>, attributes: &'a mut Attributes) -> Self {
        Self {
            lines,
            attributes,
            order: "vosiuepcbtrzk",
        }
    }

    pub(crate) const fn media(lines: &'a mut Vec<Line>, attributes: &'a mut Attributes) -> Self {
        Self {
            lines,
            attributes,
            order: "icbk",
        }
    }

    /// Gives the first line of this type another value, or makes one; `None` removes all.
    pub(crate) fn set<T: fmt::Display + ?Sized>(&mut self, kind: char, value: Option<&T>) {
        let Some(value) = value else {
            self.lines.retain(|line| !line.is(kind));
            self.attributes.lines_mut().retain(|line| !line.is(kind));
            return;
        };
        let mut all = self.lines.iter_mut().chain(self.attributes.lines_mut());
        match all.find(|line| line.is(kind)) {
            Some(line) => line.replace(value),
            None => self.push(kind, value),
        }
    }

    /// Adds a line after the last one that RFC 8866 §5 puts before it.
    pub(crate) fn push<T: fmt::Display + ?Sized>(&mut self, kind: char, value: &T) {
        let rank = self.rank(kind);
        let at = self
            .lines
            .iter()
            .rposition(|line| line.kind().is_some_and(|other| self.rank(other) <= rank))
            .map_or(0, |index| index.saturating_add(1));
        self.lines.insert(at, Line::new(kind, value));
    }

    /// Types that are not known keep their distance: they rank last.
    fn rank(&self, kind: char) -> usize {
        self.order.find(kind).unwrap_or(self.order.len())
    }
}
