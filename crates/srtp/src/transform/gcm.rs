//! AES-GCM (RFC 7714).

use strata_crypto::aead;

use super::{Position, Salt, TooLong, Trailer, Unauthentic};
use crate::{derivation::upper, header::RTCP_FIXED_LEN};

#[derive(Debug)]
pub(crate) struct Gcm {
    key: aead::Key,
    /// The session salt, in the lower 96 bits.
    salt: Salt,
}

impl Gcm {
    pub(super) fn new(key: aead::Key, salt: &[u8]) -> Self {
        Self {
            key,
            salt: Salt(upper(salt) >> 32),
        }
    }

    pub(super) fn seal_rtp(
        &self,
        position: Position,
        buf: &mut Vec<u8>,
        start: usize,
        header_len: usize,
    ) -> Result<(), TooLong> {
        // RFC 7714 §8.2: the associated data is the whole header, with CSRCs and extension.
        let packet = buf.get_mut(start..).unwrap_or_default();
        let (aad, text) = packet.split_at_mut_checked(header_len).ok_or(TooLong)?;
        let tag = self.seal(position, aad, text)?;
        buf.extend_from_slice(&tag);
        Ok(())
    }

    pub(super) fn open_rtp(
        &self,
        position: Position,
        packet: &mut [u8],
        header_len: usize,
    ) -> Result<usize, Unauthentic> {
        let (aad, text) = packet.split_at_mut_checked(header_len).ok_or(Unauthentic)?;
        let opened = self.open(position, aad, text)?;
        Ok(header_len.saturating_add(opened))
    }

    pub(super) fn seal_rtcp(
        &self,
        position: Position,
        trailer: Trailer,
        buf: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), TooLong> {
        let tag = if trailer.is_encrypted() {
            // RFC 7714 §9.2: the first eight octets and the word with the index are associated data.
            let packet = buf.get_mut(start..).unwrap_or_default();
            let (header, text) = packet.split_first_chunk_mut().ok_or(TooLong)?;
            self.seal(position, &aad(*header, trailer), text)?
        } else {
            // RFC 7714 §9.3: the whole packet and the word are.
            let end = buf.len();
            buf.extend_from_slice(trailer.as_bytes());
            let tag = self.seal(position, buf.get(start..).unwrap_or_default(), &mut []);
            buf.truncate(end);
            tag?
        };
        buf.extend_from_slice(&tag);
        buf.extend_from_slice(trailer.as_bytes());
        Ok(())
    }

    pub(super) fn open_rtcp(
        &self,
        position: Position,
        trailer: Trailer,
        packet: &mut [u8],
    ) -> Result<usize, Unauthentic> {
        let end = packet.len().checked_sub(Trailer::LEN).ok_or(Unauthentic)?;
        if trailer.is_encrypted() {
            let sealed = packet.get_mut(..end).unwrap_or_default();
            let (header, text) = sealed
                .split_first_chunk_mut::<RTCP_FIXED_LEN>()
                .ok_or(Unauthentic)?;
            let opened = self.open(position, &aad(*header, trailer), text)?;
            return Ok(RTCP_FIXED_LEN.saturating_add(opened));
        }
        // The tag stands between the two parts of the associated data: bring them together over it.
        let end = end.checked_sub(aead::TAG_LEN).ok_or(Unauthentic)?;
        let tail = packet.get_mut(end..).unwrap_or_default();
        let (tag_place, _) = tail.split_first_chunk_mut().ok_or(Unauthentic)?;
        let mut tag: [u8; aead::TAG_LEN] = *tag_place;
        for (to, from) in tag_place.iter_mut().zip(trailer.as_bytes()) {
            *to = *from;
        }
        let whole = packet
            .get(..end.saturating_add(Trailer::LEN))
            .ok_or(Unauthentic)?;
        self.open(position, whole, &mut tag)?;
        Ok(end)
    }

    fn seal(
        &self,
        position: Position,
        aad: &[u8],
        text: &mut [u8],
    ) -> Result<[u8; aead::TAG_LEN], TooLong> {
        self.key
            .seal_in_place(self.nonce(position), aad, text)
            .map_err(|_| TooLong)
    }

    fn open(&self, position: Position, aad: &[u8], text: &mut [u8]) -> Result<usize, Unauthentic> {
        self.key
            .open_in_place(self.nonce(position), aad, text)
            .map_err(|_| Unauthentic)
    }

    /// RFC 7714 §8.1: 16 zero bits, SSRC, ROC, SEQ; §9.1: 16 zero bits, SSRC, 17 zero bits, index;
    /// exclusive or the salt.
    fn nonce(&self, position: Position) -> [u8; aead::NONCE_LEN] {
        let iv = self.salt.0 ^ u128::from(position.ssrc) << 48 ^ u128::from(position.index);
        let [_, _, _, _, nonce @ ..] = iv.to_be_bytes();
        nonce
    }
}

/// RFC 7714 figure 3: the associated data of an encrypted packet.
fn aad(header: [u8; RTCP_FIXED_LEN], trailer: Trailer) -> [u8; RTCP_FIXED_LEN + Trailer::LEN] {
    let mut aad = [0; RTCP_FIXED_LEN + Trailer::LEN];
    for (to, from) in aad.iter_mut().zip(header.iter().chain(trailer.as_bytes())) {
        *to = *from;
    }
    aad
}
