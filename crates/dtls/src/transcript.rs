//! The handshake so far, as hashes and signatures see it.

use strata_core::wire::TooLong;
use strata_crypto::digest::{self, Digest};

use crate::{
    flight::Item,
    wire::handshake::{MAX_BODY_LEN, Message, MessageType, header},
};

/// All handshake messages since the `ClientHello` that counts, as if none had been fragmented (RFC 6347
/// §4.2.6).
///
/// The octets themselves: which hash they need is not known before the `ServerHello`, and a signature is over
/// the octets (RFC 5246 §7.4.8).
#[derive(Debug, Default)]
pub(crate) struct Transcript(Vec<u8>);

impl Transcript {
    pub(crate) fn add(&mut self, message: &Message) {
        self.0.extend_from_slice(&message.bytes);
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn hash(&self, algorithm: digest::Algorithm) -> Digest {
        digest::digest(algorithm, &self.0)
    }
}

#[cfg(test)]
impl Transcript {
    /// Makes it as if the message had been another one.
    pub(crate) fn replace(&mut self, old: &[u8], new: &[u8]) {
        let at = self.0.windows(old.len()).position(|window| window == old);
        if let Some(at) = at {
            self.0.splice(at..at + old.len(), new.iter().copied());
        }
    }
}

/// A flight being written; its messages go into the transcript.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    transcript: &'a mut Transcript,
    /// The number of our next handshake message.
    sequence: &'a mut u16,
    items: Vec<Item>,
    protected: bool,
}

impl<'a> Draft<'a> {
    pub(crate) const fn new(transcript: &'a mut Transcript, sequence: &'a mut u16) -> Self {
        Self {
            transcript,
            sequence,
            items: Vec::new(),
            protected: false,
        }
    }

    pub(crate) const fn transcript(&self) -> &Transcript {
        self.transcript
    }

    /// Adds a message with the body that `fill` appends.
    ///
    /// # Errors
    /// What `fill` says, or that the body is too long; the flight is then what it was.
    pub(crate) fn message(
        &mut self,
        message_type: MessageType,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), TooLong>,
    ) -> Result<(), TooLong> {
        let mut body = Vec::new();
        fill(&mut body)?;
        let (limit, actual) = (MAX_BODY_LEN, body.len());
        if actual > limit {
            return Err(TooLong { limit, actual });
        }
        let sequence = *self.sequence;
        *self.sequence = sequence.wrapping_add(1);
        let front = header(message_type, body.len(), sequence, 0, body.len());
        self.transcript.0.extend_from_slice(&front);
        self.transcript.0.extend_from_slice(&body);
        self.items.push(Item::Message {
            message_type,
            sequence,
            body,
            protected: self.protected,
        });
        Ok(())
    }

    /// What follows is protected.
    pub(crate) fn change_cipher_spec(&mut self) {
        self.items.push(Item::ChangeCipherSpec);
        self.protected = true;
    }

    pub(crate) fn finish(self) -> Vec<Item> {
        self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6347 §4.2.2: a message has a length of 24 bits.
    #[test]
    fn a_message_too_long_for_its_length_is_refused_and_leaves_nothing() {
        for (length, fits) in [((1 << 24) - 1, true), (1 << 24, false)] {
            let (mut transcript, mut sequence) = (Transcript::default(), 0);
            let mut draft = Draft::new(&mut transcript, &mut sequence);
            let written = draft.message(MessageType::Certificate, |out| {
                out.resize(length, 0);
                Ok(())
            });
            assert_eq!(written.is_ok(), fits);
            assert_eq!(draft.finish().len(), usize::from(fits));
            assert_eq!(
                (transcript.bytes().is_empty(), sequence == 0),
                (!fits, !fits)
            );
        }
    }
}
