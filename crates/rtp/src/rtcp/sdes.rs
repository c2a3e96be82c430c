//! Source descriptions (RFC 3550 §6.5).

use alloc::vec::Vec;
use core::fmt;

use bytes::BufMut as _;
use strata_core::wire::Reader;

use super::{ParseError, Raw, SOURCE_DESCRIPTION, WriteError, finished, write};
use crate::{Ssrc, WireItem as _};

/// Who sources are: texts about each (RFC 3550 §6.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceDescription<'a> {
    /// One chunk for each source, at most 31.
    pub chunks: SdesChunks<'a>,
}

/// The texts about one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdesChunk<'a> {
    /// The source.
    pub ssrc: Ssrc,
    /// The texts.
    pub items: SdesItems<'a>,
}

/// One text about a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdesItem<'a> {
    /// What it is: [`CNAME`](Self::CNAME), ... Never 0, which ends a chunk.
    pub kind: u8,
    /// The text, at most 255 bytes; UTF-8 except in [`PRIV`](Self::PRIV), which has a prefix in front.
    pub text: &'a [u8],
}

impl<'a> SdesItem<'a> {
    /// Canonical name (RFC 3550 §6.5.1).
    pub const CNAME: u8 = 1;
    /// User name (RFC 3550 §6.5.2).
    pub const NAME: u8 = 2;
    /// Private extension (RFC 3550 §6.5.8).
    pub const PRIV: u8 = 8;
    /// RTP stream identifier (RFC 8852 §4.1).
    pub const RTP_STREAM_ID: u8 = 12;
    /// Repaired RTP stream identifier (RFC 8852 §4.2).
    pub const REPAIRED_RTP_STREAM_ID: u8 = 13;
    /// Identifier of the media section (RFC 9143 §15).
    pub const MID: u8 = 15;

    /// The canonical name of a source.
    #[must_use]
    pub const fn cname(name: &'a str) -> Self {
        Self {
            kind: Self::CNAME,
            text: name.as_bytes(),
        }
    }
}

/// The chunks of a [`SourceDescription`]: received, or about to be sent.
#[derive(Clone, Copy)]
pub struct SdesChunks<'a>(Chunks<'a>);

#[derive(Clone, Copy)]
enum Chunks<'a> {
    /// So many chunks, checked.
    Wire(usize, &'a [u8]),
    Slice(&'a [SdesChunk<'a>]),
}

/// The items of a [`SdesChunk`]: received, or about to be sent.
#[derive(Clone, Copy)]
pub struct SdesItems<'a>(ItemList<'a>);

#[derive(Clone, Copy)]
enum ItemList<'a> {
    /// Checked, without the null that ends the list.
    Wire(&'a [u8]),
    Slice(&'a [SdesItem<'a>]),
}

impl<'a> SourceDescription<'a> {
    pub(super) fn parse(raw: &Raw<'a>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(raw.body);
        for _ in 0..raw.count {
            SdesChunk::parse(&mut reader)?;
        }
        finished(&reader)?;
        Ok(Self {
            chunks: SdesChunks(Chunks::Wire(usize::from(raw.count), raw.body)),
        })
    }

    /// Appends the packet.
    ///
    /// # Errors
    /// [`WriteError::TooMany`] over 31 chunks, [`WriteError::TextLength`] over 255 bytes of text,
    /// [`WriteError::ItemKind`] for an item of type 0.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        write::packet(out, SOURCE_DESCRIPTION, self.chunks.len(), |out| {
            self.chunks.iter().try_for_each(|chunk| chunk.write(out))
        })
    }
}

impl<'a> SdesChunk<'a> {
    fn parse(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let ssrc = Ssrc::read(reader)?;
        let list = reader.peek();
        let mut length = 0_usize;
        while reader.u8()? != 0 {
            let text = reader.prefixed_u8()?;
            length = length.saturating_add(text.remaining().saturating_add(2));
        }
        // RFC 3550 §6.5: the list ends with one or more nulls, up to the next word boundary.
        let padding = length
            .saturating_add(1)
            .next_multiple_of(4)
            .saturating_sub(length.saturating_add(1));
        reader.take(padding)?;
        Ok(Self {
            ssrc,
            items: SdesItems(ItemList::Wire(list.get(..length).unwrap_or_default())),
        })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let start = out.len();
        out.put_u32(self.ssrc.get());
        for item in self.items.iter() {
            if item.kind == 0 {
                return Err(WriteError::ItemKind);
            }
            out.put_u8(item.kind);
            write::text(out, item.text)?;
        }
        out.put_u8(0);
        write::pad_to_words(out, start);
        Ok(())
    }

    /// The canonical name of the source, if it is among the items and is UTF-8.
    #[must_use]
    pub fn cname(&self) -> Option<&'a str> {
        let item = self
            .items
            .iter()
            .find(|item| item.kind == SdesItem::CNAME)?;
        core::str::from_utf8(item.text).ok()
    }
}

impl<'a> SdesChunks<'a> {
    /// How many chunks there are.
    pub const fn len(&self) -> usize {
        match self.0 {
            Chunks::Wire(count, _) => count,
            Chunks::Slice(chunks) => chunks.len(),
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The chunks in order.
    pub fn iter(&self) -> impl Iterator<Item = SdesChunk<'a>> + use<'a> {
        let mut chunks = self.0;
        core::iter::from_fn(move || match &mut chunks {
            Chunks::Wire(count, bytes) => {
                *count = count.checked_sub(1)?;
                let mut reader = Reader::new(bytes);
                let chunk = SdesChunk::parse(&mut reader).ok()?;
                *bytes = reader.all();
                Some(chunk)
            }
            Chunks::Slice(chunks) => {
                let (chunk, rest) = chunks.split_first()?;
                *chunks = rest;
                Some(*chunk)
            }
        })
    }
}

impl<'a> SdesItems<'a> {
    /// The items in order.
    pub fn iter(&self) -> impl Iterator<Item = SdesItem<'a>> + use<'a> {
        let mut items = self.0;
        core::iter::from_fn(move || match &mut items {
            ItemList::Wire(bytes) => {
                let mut reader = Reader::new(bytes);
                let kind = reader.u8().ok()?;
                let text = reader.prefixed_u8().ok()?.all();
                *bytes = reader.all();
                Some(SdesItem { kind, text })
            }
            ItemList::Slice(items) => {
                let (item, rest) = items.split_first()?;
                *items = rest;
                Some(*item)
            }
        })
    }
}

impl<'a> From<&'a [SdesChunk<'a>]> for SdesChunks<'a> {
    fn from(chunks: &'a [SdesChunk<'a>]) -> Self {
        Self(Chunks::Slice(chunks))
    }
}

impl<'a> From<&'a [SdesItem<'a>]> for SdesItems<'a> {
    fn from(items: &'a [SdesItem<'a>]) -> Self {
        Self(ItemList::Slice(items))
    }
}

impl PartialEq for SdesChunks<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for SdesChunks<'_> {}

impl PartialEq for SdesItems<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for SdesItems<'_> {}

impl fmt::Debug for SdesChunks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl fmt::Debug for SdesItems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
