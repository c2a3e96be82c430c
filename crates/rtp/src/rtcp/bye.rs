//! Goodbyes (RFC 3550 §6.6).

use alloc::vec::Vec;

use strata_core::wire::Reader;

use super::{BYE, ParseError, Raw, WriteError, finished, write};
use crate::{Items, Ssrc, WireItem as _};

/// Sources that are no longer active (RFC 3550 §6.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bye<'a> {
    /// The sources, at most 31.
    pub ssrcs: Items<'a, Ssrc>,
    /// Why they left: at most 255 bytes, which should be UTF-8.
    pub reason: Option<&'a [u8]>,
}

impl<'a> Bye<'a> {
    pub(super) fn parse(raw: &Raw<'a>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(raw.body);
        let ssrcs = reader.take(usize::from(raw.count) * Ssrc::SIZE)?;
        let reason = if reader.is_empty() {
            None
        } else {
            let text = reader.prefixed_u8()?.all();
            // What fills the last word is null and says nothing.
            if reader.remaining() < 4 {
                reader.all();
            }
            Some(text)
        };
        finished(&reader)?;
        Ok(Self {
            ssrcs: Items::from_wire(ssrcs),
            reason,
        })
    }

    /// Appends the packet.
    ///
    /// # Errors
    /// [`WriteError::TooMany`] over 31 sources, [`WriteError::TextLength`] over 255 bytes of reason.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        write::packet(out, BYE, self.ssrcs.len(), |out| {
            self.ssrcs.write(out);
            if let Some(reason) = self.reason {
                let start = out.len();
                write::text(out, reason)?;
                write::pad_to_words(out, start);
            }
            Ok(())
        })
    }
}
