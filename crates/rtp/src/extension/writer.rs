//! Writing extension elements (RFC 8285 §4.2, §4.3).

use alloc::vec::Vec;

use bytes::BufMut as _;
use strata_core::wire::patch;

use super::{ExtensionForm, ExtensionId, HeaderExtension, RESERVED_ONE_BYTE_ID};
use crate::WriteError;

/// Appends extension elements behind a header that is being written; see
/// [`Header::write_with`](crate::Header::write_with).
#[derive(Debug)]
pub struct ExtensionWriter<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    form: ExtensionForm,
}

impl<'a> ExtensionWriter<'a> {
    #[inline]
    pub(crate) fn new(out: &'a mut Vec<u8>, form: ExtensionForm) -> Self {
        Self {
            start: out.len(),
            out,
            form,
        }
    }

    /// Appends a typed element.
    ///
    /// # Errors
    /// [`WriteError::ExtensionId`] or [`WriteError::ElementLength`] if it does not fit the form.
    #[inline]
    pub fn push<'e, T: HeaderExtension<'e>>(
        &mut self,
        id: ExtensionId,
        value: &T,
    ) -> Result<(), WriteError> {
        self.element(id, |out| value.write(out))
    }

    /// Appends an element of raw bytes.
    ///
    /// # Errors
    /// [`WriteError::ExtensionId`] or [`WriteError::ElementLength`] if it does not fit the form.
    #[inline]
    pub fn push_bytes(&mut self, id: ExtensionId, data: &[u8]) -> Result<(), WriteError> {
        self.element(id, |out| out.extend_from_slice(data))
    }

    #[inline]
    pub(crate) fn pad_to_words(&mut self) {
        while !self.out.len().saturating_sub(self.start).is_multiple_of(4) {
            self.out.push(0);
        }
    }

    #[inline]
    fn element(
        &mut self,
        id: ExtensionId,
        fill: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), WriteError> {
        if self.form == ExtensionForm::OneByte && id.get() >= RESERVED_ONE_BYTE_ID {
            return Err(WriteError::ExtensionId(id.get()));
        }
        let at = self.out.len();
        self.out.put_u8(id.get());
        if self.form == ExtensionForm::TwoByte {
            self.out.put_u8(0);
        }
        let data = self.out.len();
        fill(self.out);
        let length = self.out.len().saturating_sub(data);
        let Some(length_byte) = u8::try_from(length).ok().filter(|length| match self.form {
            ExtensionForm::OneByte => matches!(length, 1..=16),
            ExtensionForm::TwoByte => true,
        }) else {
            self.out.truncate(at);
            return Err(WriteError::ElementLength(length));
        };
        match self.form {
            ExtensionForm::OneByte => patch(
                self.out,
                at,
                &[id.get() << 4 | length_byte.saturating_sub(1)],
            ),
            ExtensionForm::TwoByte => patch(self.out, at.saturating_add(1), &[length_byte]),
        }
        Ok(())
    }
}
