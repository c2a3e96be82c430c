//! Application-defined packets (RFC 3550 §6.7).

use alloc::vec::Vec;

use bytes::BufMut as _;
use strata_core::wire::Reader;

use super::{APP, ParseError, Raw, WriteError, write};
use crate::{Ssrc, WireItem as _};

/// A packet that an application defines for itself (RFC 3550 §6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct App<'a> {
    /// Which of the application's packets it is, 0 to 31.
    pub subtype: u8,
    /// Who sends it.
    pub ssrc: Ssrc,
    /// Four ASCII characters that name the application.
    pub name: [u8; 4],
    /// Its data, whole words.
    pub data: &'a [u8],
}

impl<'a> App<'a> {
    pub(super) fn parse(raw: &Raw<'a>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(raw.body);
        Ok(Self {
            subtype: raw.count,
            ssrc: Ssrc::read(&mut reader)?,
            name: reader.take_array()?,
            data: reader.all(),
        })
    }

    /// Appends the packet.
    ///
    /// # Errors
    /// [`WriteError::TooMany`] if the subtype is over 31, [`WriteError::Length`] if the data is not
    /// whole words.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        write::packet(out, APP, usize::from(self.subtype), |out| {
            out.put_u32(self.ssrc.get());
            out.put_slice(&self.name);
            out.put_slice(self.data);
            Ok(())
        })
    }
}
