//! Session descriptions as the application carries them.

use core::fmt;

/// What a [`Description`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DescriptionKind {
    /// A proposal (RFC 9429 §4.1.8).
    Offer,
    /// The final answer to an offer.
    Answer,
    /// Takes an offer back (RFC 9429 §4.1.10.2); its text is empty.
    Rollback,
}

impl DescriptionKind {
    /// The word for it in W3C's `RTCSdpType`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Answer => "answer",
            Self::Rollback => "rollback",
        }
    }

    /// The word as a sentence has it.
    pub(crate) const fn with_article(self) -> &'static str {
        match self {
            Self::Offer => "an offer",
            Self::Answer => "an answer",
            Self::Rollback => "a rollback",
        }
    }

    /// The kind that W3C's `RTCSdpType` calls by this word; `None` for other words.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Offer, Self::Answer, Self::Rollback]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for DescriptionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A session description and what it is: the two members of W3C's `RTCSessionDescription`.
///
/// Its text has the password of ICE, so `Debug` shows only its length.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Description {
    /// Offer, answer or rollback.
    pub kind: DescriptionKind,
    /// The text of the session description (RFC 8866).
    pub sdp: String,
}

impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Description")
            .field("kind", &self.kind)
            .field("sdp_len", &self.sdp.len())
            .finish()
    }
}

impl Description {
    /// A description of this kind.
    pub fn new(kind: DescriptionKind, sdp: impl Into<String>) -> Self {
        Self {
            kind,
            sdp: sdp.into(),
        }
    }

    /// An offer.
    pub fn offer(sdp: impl Into<String>) -> Self {
        Self::new(DescriptionKind::Offer, sdp)
    }

    /// An answer.
    pub fn answer(sdp: impl Into<String>) -> Self {
        Self::new(DescriptionKind::Answer, sdp)
    }

    /// Takes the offer that is not answered yet back.
    #[must_use]
    pub const fn rollback() -> Self {
        Self {
            kind: DescriptionKind::Rollback,
            sdp: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_the_words_of_the_browser() {
        for kind in [
            DescriptionKind::Offer,
            DescriptionKind::Answer,
            DescriptionKind::Rollback,
        ] {
            assert_eq!(DescriptionKind::from_word(kind.as_str()), Some(kind));
        }
        assert_eq!(DescriptionKind::from_word("pranswer"), None);
    }
}
