//! Header extensions (RFC 8285): elements in the one-byte and the two-byte form, and typed values.

use core::fmt;
use core::num::NonZeroU8;
use core::ops::Range;

#[cfg(test)]
mod tests;
mod typed;
mod writer;

pub use typed::{
    AbsoluteSendTime, AudioLevel, HeaderExtension, Mid, RepairedRid, Rid, Rotation,
    TransmissionOffset, TransportSequenceNumber, VideoOrientation,
};
pub use writer::ExtensionWriter;

/// The local identifier of an extension element, 1 to 255 (RFC 8285 §4.3): what `a=extmap` maps a URI to.
///
/// The one-byte form can carry 1 to 14 only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExtensionId(NonZeroU8);

impl ExtensionId {
    /// The identifier with this number, `None` for 0, which is padding.
    pub const fn new(id: u8) -> Option<Self> {
        match NonZeroU8::new(id) {
            Some(id) => Some(Self(id)),
            None => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0.get()
    }
}

/// How the elements of a header extension are framed (RFC 8285 §4.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum ExtensionForm {
    /// Identifiers 1 to 14, 1 to 16 bytes each. Every receiver understands it.
    #[default]
    OneByte,
    /// Identifiers 1 to 255, 0 to 255 bytes each. Only for sessions that negotiated it
    /// (`a=extmap-allow-mixed`, RFC 8285 §6).
    TwoByte,
}

impl ExtensionForm {
    /// The form that a "defined by profile" field announces; the four appbits are ignored.
    pub const fn from_profile(profile: u16) -> Option<Self> {
        match profile {
            ONE_BYTE_PROFILE => Some(Self::OneByte),
            profile if profile & 0xfff0 == TWO_BYTE_PROFILE => Some(Self::TwoByte),
            _ => None,
        }
    }

    /// The "defined by profile" field that announces this form; appbits are zero.
    pub const fn profile(self) -> u16 {
        match self {
            Self::OneByte => ONE_BYTE_PROFILE,
            Self::TwoByte => TWO_BYTE_PROFILE,
        }
    }
}

/// The header extension of a received packet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Extensions<'a> {
    present: bool,
    profile: u16,
    data: &'a [u8],
}

impl<'a> Extensions<'a> {
    /// The extension of a packet whose extension bit is not set.
    pub(crate) const NONE: Self = Self {
        present: false,
        profile: 0,
        data: &[],
    };

    pub(crate) const fn new(profile: u16, data: &'a [u8]) -> Self {
        Self {
            present: true,
            profile,
            data,
        }
    }

    /// Whether the packet's extension bit is set.
    pub const fn is_present(&self) -> bool {
        self.present
    }

    /// The "defined by profile" field; 0 if there is no extension.
    pub const fn profile(&self) -> u16 {
        self.profile
    }

    /// How the elements are framed; `None` if there is no extension or one that RFC 8285 does not define.
    pub const fn form(&self) -> Option<ExtensionForm> {
        ExtensionForm::from_profile(self.profile)
    }

    /// The bytes behind profile and length.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.data
    }

    /// The elements in the order they were sent. Extensions of another profile have none.
    ///
    /// An element that breaks the rules ends the list; the ones before it count (RFC 8285 §4.1.2, §4.2).
    #[must_use]
    pub const fn iter(&self) -> ExtensionIter<'a> {
        ExtensionIter {
            form: self.form(),
            rest: self.data,
        }
    }

    /// The data of the first element with this identifier.
    #[must_use]
    #[inline]
    pub fn get(&self, id: ExtensionId) -> Option<&'a [u8]> {
        find(self.profile, self.data, id).map(|element| element.data)
    }
}

impl fmt::Debug for Extensions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|(id, data)| (id.get(), data)))
            .finish()
    }
}

impl<'a> IntoIterator for &Extensions<'a> {
    type Item = (ExtensionId, &'a [u8]);
    type IntoIter = ExtensionIter<'a>;

    fn into_iter(self) -> ExtensionIter<'a> {
        self.iter()
    }
}

impl<'a> IntoIterator for Extensions<'a> {
    type Item = (ExtensionId, &'a [u8]);
    type IntoIter = ExtensionIter<'a>;

    fn into_iter(self) -> ExtensionIter<'a> {
        self.iter()
    }
}

/// Iterator over the elements of [`Extensions`].
#[derive(Clone, Debug)]
pub struct ExtensionIter<'a> {
    /// `None` once the list has ended.
    form: Option<ExtensionForm>,
    rest: &'a [u8],
}

impl<'a> Iterator for ExtensionIter<'a> {
    type Item = (ExtensionId, &'a [u8]);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let element = match self.form? {
            ExtensionForm::OneByte => one_byte_element(self.rest),
            ExtensionForm::TwoByte => two_byte_element(self.rest),
        };
        let Some(Element { id, data, rest }) = element else {
            self.form = None;
            return None;
        };
        self.rest = rest;
        Some((id, data))
    }
}

/// Where the data of the first element with this identifier lies in `data`.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "the element lies in `data`, right before the rest"
)]
#[inline]
pub(crate) fn locate(profile: u16, data: &[u8], wanted: ExtensionId) -> Option<Range<usize>> {
    let element = find(profile, data, wanted)?;
    let end = data.len() - element.rest.len();
    Some(end - element.data.len()..end)
}

/// The first element with this identifier.
#[inline]
fn find(profile: u16, data: &[u8], wanted: ExtensionId) -> Option<Element<'_>> {
    // One loop for each form: this runs for every packet that is forwarded.
    match ExtensionForm::from_profile(profile)? {
        ExtensionForm::OneByte => first_with_id(data, wanted, one_byte_element),
        ExtensionForm::TwoByte => first_with_id(data, wanted, two_byte_element),
    }
}

#[inline]
fn first_with_id<'a>(
    mut data: &'a [u8],
    wanted: ExtensionId,
    first_element: impl Fn(&'a [u8]) -> Option<Element<'a>>,
) -> Option<Element<'a>> {
    loop {
        let element = first_element(data)?;
        if element.id == wanted {
            return Some(element);
        }
        data = element.rest;
    }
}

/// An element, and what follows it.
struct Element<'a> {
    id: ExtensionId,
    data: &'a [u8],
    rest: &'a [u8],
}

/// The first element in `data` (RFC 8285 §4.2).
#[inline]
fn one_byte_element(data: &[u8]) -> Option<Element<'_>> {
    let (first, behind) = skip_padding(data)?;
    let id = first >> 4;
    // "processing of the entire extension MUST terminate at that point"
    if id == RESERVED_ONE_BYTE_ID {
        return None;
    }
    let (data, rest) = behind.split_at_checked(usize::from(first & 0x0f) + 1)?;
    // RFC 8285 §4.1.2: identifier 0 with a length ends the list too; `new` makes `None` of it.
    let id = ExtensionId::new(id)?;
    Some(Element { id, data, rest })
}

/// The first element in `data` (RFC 8285 §4.3).
#[inline]
fn two_byte_element(data: &[u8]) -> Option<Element<'_>> {
    let (id, behind) = skip_padding(data)?;
    let (&length, behind) = behind.split_first()?;
    let (data, rest) = behind.split_at_checked(usize::from(length))?;
    let id = ExtensionId::new(id)?;
    Some(Element { id, data, rest })
}

/// The first byte that is not padding, which may stand between elements and after the last
/// (RFC 8285 §4.1.2), and what is behind it.
#[inline]
fn skip_padding(mut data: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        let (&first, behind) = data.split_first()?;
        if first != 0 {
            return Some((first, behind));
        }
        data = behind;
    }
}

const ONE_BYTE_PROFILE: u16 = 0xbede;
const TWO_BYTE_PROFILE: u16 = 0x1000;
const RESERVED_ONE_BYTE_ID: u8 = 15;
