//! Attributes: raw lines in their order, read and written by type.

mod bundling;
mod candidate;
mod crypto;
mod data_channel;
mod description;
mod direction;
mod dtls;
mod header_extension;
mod ice;
mod key_management;
mod macros;
mod rtcp;
mod rtp;
mod simulcast;
mod source;
mod source_filter;
mod stream;
#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::{fmt, str::FromStr};

pub use bundling::{BundleOnly, Group, GroupSemantics, Mid};
pub use candidate::{
    Candidate, CandidateAddress, CandidateKind, CandidateTransport, EndOfCandidates,
    RemoteCandidate, RemoteCandidates, TcpType,
};
pub use crypto::{Crypto, CryptoSuite, FecOrder, InlineKey, Mki, SrtpParameter};
pub use data_channel::{MaxMessageSize, SctpMap, SctpPort};
pub use description::{
    Category, Charset, ConferenceType, FrameRate, Keywords, Label, Lang, MaxPtime, Orientation,
    Ptime, Quality, SdpLang, Tool,
};
pub use direction::Direction;
pub use dtls::{ConnectionReuse, Fingerprint, HashFunction, Setup, TlsId};
pub use header_extension::{ExtMap, ExtmapAllowMixed};
pub use ice::{IceLite, IceMismatch, IceOptions, IcePacing, IcePwd, IceUfrag};
pub use key_management::KeyMgmt;
pub use rtcp::{Feedback, FeedbackTarget, Rtcp, RtcpFb, RtcpMux, RtcpMuxOnly, RtcpRsize};
pub(crate) use rtp::payload_type;
pub use rtp::{Fmtp, RtpMap};
pub use simulcast::{Rid, RidDirection, Simulcast, SimulcastFormat};
pub use source::{Ssrc, SsrcGroup};
pub use source_filter::{FilterMode, SourceFilter};
pub use stream::{Msid, MsidSemantic};

use crate::{
    error::{AttributeError, FieldError},
    line::Line,
};

/// A type that one kind of `a=` line is read as and written from.
///
/// Reading is [`FromStr`] over the text after the colon (the empty string if there is none), writing
/// is [`Display`](fmt::Display) of the same; nothing written means a line without a colon. Attributes
/// of your own join in with an `impl` of this.
pub trait Attribute: FromStr<Err = FieldError> + fmt::Display {
    /// The name before the colon.
    const NAME: &'static str;

    /// Where the attribute is not a name with a value but one of several bare words, such as
    /// `a=sendonly`: those words. They are what is read and written then.
    const WORDS: &'static [&'static str] = &[];
}

/// The attributes of a session or a media description.
///
/// They are kept as the lines they came in, in their order, so that nothing that is not understood
/// is lost. Typed access reads a line when it is asked for; typed changes write canonical lines and
/// leave the others as they are. A line that is no attribute but came after the first attribute,
/// against RFC 8866 §5, stays where it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attributes {
    lines: Vec<Line>,
}

impl Attributes {
    /// No attributes.
    #[must_use]
    pub const fn new() -> Self {
        Self { lines: Vec::new() }
    }

    /// The first attribute of the type `T`: `None` if there is none, an error if it cannot be read.
    pub fn first<T: Attribute>(&self) -> Option<Result<T, AttributeError>> {
        self.all().next()
    }

    /// The first attribute of the type `T` that can be read.
    pub fn get<T: Attribute>(&self) -> Option<T> {
        self.all().find_map(Result::ok)
    }

    /// All attributes of the type `T`, in their order.
    pub fn all<T: Attribute>(&self) -> impl Iterator<Item = Result<T, AttributeError>> {
        self.lines.iter().filter_map(read)
    }

    /// Whether there is an attribute of the type `T`, readable or not.
    pub fn contains<T: Attribute>(&self) -> bool {
        self.lines.iter().any(|line| text_of::<T>(line).is_some())
    }

    /// Appends an attribute. CR, LF and NUL, which no line can contain, are left out of its text.
    pub fn push<T: Attribute>(&mut self, attribute: &T) {
        self.lines.push(written(attribute));
    }

    /// Appends all of some attributes.
    pub fn extend<'a, T: Attribute + 'a>(&mut self, attributes: impl IntoIterator<Item = &'a T>) {
        self.lines.extend(attributes.into_iter().map(written));
    }

    /// Makes this the only attribute of its type: in the place of the first one, or at the end.
    pub fn set<T: Attribute>(&mut self, attribute: &T) {
        let mut replaced = false;
        self.lines.retain_mut(|line| {
            if text_of::<T>(line).is_none() {
                return true;
            }
            if !replaced {
                line.replace(written(attribute).value());
            }
            !core::mem::replace(&mut replaced, true)
        });
        if !replaced {
            self.push(attribute);
        }
    }

    /// Removes all attributes of the type `T`, readable or not, and says how many there were.
    pub fn remove<T: Attribute>(&mut self) -> usize {
        let before = self.lines.len();
        self.lines.retain(|line| text_of::<T>(line).is_none());
        before.saturating_sub(self.lines.len())
    }

    /// Keeps of the attributes of the type `T` those that `keep` accepts; unreadable ones stay.
    pub fn retain<T: Attribute>(&mut self, mut keep: impl FnMut(T) -> bool) {
        self.lines.retain(|line| match read::<T>(line) {
            Some(Ok(attribute)) => keep(attribute),
            Some(Err(_)) | None => true,
        });
    }

    /// All attributes as they are written, known or not: name, and value if there is a colon.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.lines.iter().filter_map(name_and_value)
    }

    /// The value of the first attribute called `name`, empty if it has none.
    pub fn value_of(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(candidate, _)| *candidate == name)
            .map(|(_, value)| value.unwrap_or_default())
    }

    /// Appends an attribute that has no type here. What no line can contain is left out.
    pub fn push_raw(&mut self, name: &str, value: Option<&str>) {
        self.lines.push(match value {
            Some(value) => Line::new('a', format_args!("{name}:{value}")),
            None => Line::new('a', name),
        });
    }

    /// Removes all attributes called `name` and says how many there were.
    pub fn remove_raw(&mut self, name: &str) -> usize {
        let before = self.lines.len();
        self.lines
            .retain(|line| name_and_value(line).is_none_or(|(other, _)| other != name));
        before.saturating_sub(self.lines.len())
    }

    /// How many attributes there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is no attribute.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The lines: attributes, and what stands between them.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(crate) const fn lines_mut(&mut self) -> &mut Vec<Line> {
        &mut self.lines
    }
}

/// Name and value of an attribute line; `None` for a line of another type.
pub(crate) fn name_and_value(line: &Line) -> Option<(&str, Option<&str>)> {
    let text = line.text().strip_prefix("a=")?;
    Some(match text.split_once(':') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    })
}

/// The text that `T` is to be read from, if the line is one of its kind.
fn text_of<T: Attribute>(line: &Line) -> Option<&str> {
    let text = line.text().strip_prefix("a=")?;
    if T::WORDS.is_empty() {
        let rest = text.strip_prefix(T::NAME)?;
        if rest.is_empty() {
            Some(rest)
        } else {
            rest.strip_prefix(':')
        }
    } else {
        let word = text.trim_end_matches(' ');
        T::WORDS.contains(&word).then_some(word)
    }
}

/// The attribute that the line is, if it is one of the kind of `T`.
pub(crate) fn read_line<T: Attribute>(line: &Line) -> Option<Result<T, FieldError>> {
    text_of::<T>(line).map(str::parse)
}

fn read<T: Attribute>(line: &Line) -> Option<Result<T, AttributeError>> {
    let read = read_line::<T>(line)?;
    Some(read.map_err(|error| error.of_attribute(T::NAME)))
}

fn written<T: Attribute>(attribute: &T) -> Line {
    if T::WORDS.is_empty() {
        let mut line = Line::new('a', format_args!("{}:{attribute}", T::NAME));
        if line.value().len() == T::NAME.len().saturating_add(1) {
            line.replace(T::NAME);
        }
        line
    } else {
        Line::new('a', attribute)
    }
}
