//! AES in counter mode with HMAC-SHA1 (RFC 3711 §4.1.1 and 4.2.1, RFC 6188).

use strata_crypto::{aes_cm, hmac};

use super::{Position, Salt, TooLong, Trailer, Unauthentic};
use crate::{derivation::upper, header::RTCP_FIXED_LEN};

#[derive(Debug)]
pub(crate) struct CounterMode {
    cipher: aes_cm::Key,
    auth: hmac::Key,
    /// The session salt times 2^16.
    salt: Salt,
    tag_len: usize,
}

impl CounterMode {
    pub(super) fn new(cipher: aes_cm::Key, auth: hmac::Key, salt: &[u8], tag_len: usize) -> Self {
        Self {
            cipher,
            auth,
            salt: Salt(upper(salt)),
            tag_len,
        }
    }

    pub(super) const fn tag_len(&self) -> usize {
        self.tag_len
    }

    pub(super) fn seal_rtp(
        &self,
        position: Position,
        buf: &mut Vec<u8>,
        start: usize,
        header_len: usize,
    ) -> Result<(), TooLong> {
        check_length(buf, start)?;
        self.apply_keystream(position, buf.get_mut(start.saturating_add(header_len)..));
        let packet = buf.get(start..).unwrap_or_default();
        let tag = self.auth.sign(&[packet, &rollover_counter(position)]);
        buf.extend_from_slice(tag.as_ref().get(..self.tag_len).unwrap_or_default());
        Ok(())
    }

    pub(super) fn open_rtp(
        &self,
        position: Position,
        packet: &mut [u8],
        header_len: usize,
    ) -> Result<usize, Unauthentic> {
        let (packet, tag) = self.split_tag(packet)?;
        // RFC 3711 §4.2: M = the authenticated portion || ROC.
        if !self
            .auth
            .verify(&[packet, &rollover_counter(position)], tag)
        {
            return Err(Unauthentic);
        }
        self.apply_keystream(position, packet.get_mut(header_len..));
        Ok(packet.len())
    }

    pub(super) fn seal_rtcp(
        &self,
        position: Position,
        trailer: Trailer,
        buf: &mut Vec<u8>,
        start: usize,
    ) -> Result<(), TooLong> {
        check_length(buf, start)?;
        if trailer.is_encrypted() {
            self.apply_keystream(
                position,
                buf.get_mut(start.saturating_add(RTCP_FIXED_LEN)..),
            );
        }
        buf.extend_from_slice(trailer.as_bytes());
        // RFC 3711 §3.4: the authenticated portion is the packet with the E flag and the index.
        let tag = self.auth.sign(&[buf.get(start..).unwrap_or_default()]);
        buf.extend_from_slice(tag.as_ref().get(..self.tag_len).unwrap_or_default());
        Ok(())
    }

    pub(super) fn open_rtcp(
        &self,
        position: Position,
        trailer: Trailer,
        packet: &mut [u8],
    ) -> Result<usize, Unauthentic> {
        let (packet, tag) = self.split_tag(packet)?;
        if !self.auth.verify(&[packet], tag) {
            return Err(Unauthentic);
        }
        let end = packet.len().checked_sub(Trailer::LEN).ok_or(Unauthentic)?;
        if trailer.is_encrypted() {
            self.apply_keystream(position, packet.get_mut(RTCP_FIXED_LEN..end));
        }
        Ok(end)
    }

    fn split_tag<'a>(&self, packet: &'a mut [u8]) -> Result<(&'a mut [u8], &'a [u8]), Unauthentic> {
        let end = packet.len().checked_sub(self.tag_len).ok_or(Unauthentic)?;
        let (packet, tag) = packet.split_at_mut_checked(end).ok_or(Unauthentic)?;
        Ok((packet, tag))
    }

    fn apply_keystream(&self, position: Position, portion: Option<&mut [u8]>) {
        // RFC 3711 §4.1.1: IV = (k_s * 2^16) XOR (SSRC * 2^64) XOR (i * 2^16).
        let counter =
            self.salt.0 ^ u128::from(position.ssrc) << 64 ^ u128::from(position.index) << 16;
        if let Some(portion) = portion {
            self.cipher.apply_keystream(counter.to_be_bytes(), portion);
        }
    }
}

/// RFC 3711 §4.1.1: the keystream of one packet is 2^16 blocks, then the counter would run into the index.
const fn check_length(buf: &[u8], start: usize) -> Result<(), TooLong> {
    if buf.len().saturating_sub(start) > KEYSTREAM_LEN {
        return Err(TooLong);
    }
    Ok(())
}

const KEYSTREAM_LEN: usize = 1 << 20;

const fn rollover_counter(position: Position) -> [u8; 4] {
    let [_, _, a, b, c, d, _, _] = position.index.to_be_bytes();
    [a, b, c, d]
}
