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

    /// Makes this the only line of its type: in the place of the first one, or where RFC 8866 §5 wants it; `None`
    /// removes all.
    pub(crate) fn set<T: fmt::Display + ?Sized>(&mut self, kind: char, value: Option<&T>) {
        let mut left = value;
        let mut keep = |line: &mut Line| {
            if !line.is(kind) {
                return true;
            }
            let value = left.take();
            if let Some(value) = value {
                line.replace(value);
            }
            value.is_some()
        };
        self.lines.retain_mut(&mut keep);
        self.attributes.lines_mut().retain_mut(keep);
        if let Some(value) = left {
            self.push(kind, value);
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
