//! Media streams and their tracks: RFC 8830.

use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use crate::{
    Attribute,
    error::FieldError,
    grammar::{self, Cursor},
};

/// `a=msid:`: a media stream that the track of this media description belongs to (RFC 8830 §2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Msid {
    /// The media stream; `-` for a track that is in none.
    pub stream: String,
    /// The track. Offers of RFC 9429 §5.2.1 leave it out, older ones do not.
    pub track: Option<String>,
}

/// `a=msid-semantic:`: what media stream identifiers mean (drafts before RFC 8830).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MsidSemantic {
    /// The meaning: `WMS`.
    pub semantic: String,
    /// The media streams, or `*`.
    pub streams: Vec<String>,
}

impl Msid {
    /// A stream that the track of this media description belongs to; the track has no name, as RFC 9429
    /// §5.2.1 has it.
    #[must_use]
    pub fn new(stream: &str) -> Self {
        Self {
            stream: stream.into(),
            track: None,
        }
    }

    /// The stream of a track that is in none (RFC 8830 §2).
    pub const NO_STREAM: &'static str = "-";
}

impl Attribute for Msid {
    const NAME: &'static str = "msid";
}

impl FromStr for Msid {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let stream = cursor.word("msid-id")?.into();
        let track = match cursor.word("msid-appdata") {
            Ok(track) => Some(track.into()),
            Err(_) => None,
        };
        cursor.end("msid-appdata")?;
        Ok(Self { stream, track })
    }
}

impl fmt::Display for Msid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stream)?;
        self.track
            .as_ref()
            .map_or(Ok(()), |track| write!(f, " {track}"))
    }
}

impl Attribute for MsidSemantic {
    const NAME: &'static str = "msid-semantic";
}

impl FromStr for MsidSemantic {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let word = |word: &str| Ok(word.into());
        let (semantic, streams) = grammar::named_list(value, "msid-semantic", word)?;
        Ok(Self {
            semantic: semantic.into(),
            streams,
        })
    }
}

impl fmt::Display for MsidSemantic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        grammar::write_named_list(&self.semantic, &self.streams, f)
    }
}
