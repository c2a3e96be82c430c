//! MAPPED-ADDRESS and XOR-MAPPED-ADDRESS (RFC 8489 §14.1, §14.2).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |0 0 0 0 0 0 0 0|    Family     |           (X-)Port            |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                 (X-)Address (32 bits or 128 bits)             |
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! ```

use core::net::{IpAddr, SocketAddr};

use super::{Attribute, AttributeError, AttributeType, exactly};
use crate::{MAGIC_COOKIE, TransactionId};

/// The address a request was seen to come from, in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MappedAddress(pub SocketAddr);

impl Attribute<'_> for MappedAddress {
    const TYPE: AttributeType = AttributeType::MAPPED_ADDRESS;

    fn parse(value: &[u8], _id: TransactionId) -> Result<Self, AttributeError> {
        parse_address(value, [0; 16]).map(Self)
    }

    fn write(&self, _id: TransactionId, out: &mut Vec<u8>) {
        write_address(self.0, [0; 16], out);
    }
}

/// The address a request was seen to come from, obfuscated so that no NAT on the way rewrites it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct XorMappedAddress(pub SocketAddr);

impl Attribute<'_> for XorMappedAddress {
    const TYPE: AttributeType = AttributeType::XOR_MAPPED_ADDRESS;

    fn parse(value: &[u8], id: TransactionId) -> Result<Self, AttributeError> {
        Self::parse_xor(value, id).map(Self)
    }

    fn write(&self, id: TransactionId, out: &mut Vec<u8>) {
        Self::write_xor(self.0, id, out);
    }
}

impl XorMappedAddress {
    /// Reads an address written as this attribute writes it, for other attributes that share the form
    /// (TURN's XOR-PEER-ADDRESS and XOR-RELAYED-ADDRESS).
    ///
    /// # Errors
    /// [`AttributeError`] if the length or the family is wrong.
    pub fn parse_xor(value: &[u8], id: TransactionId) -> Result<SocketAddr, AttributeError> {
        parse_address(value, mask(id))
    }

    /// Appends an address in the form of this attribute.
    pub fn write_xor(address: SocketAddr, id: TransactionId, out: &mut Vec<u8>) {
        write_address(address, mask(id), out);
    }
}

/// RFC 8489 §14.2: the magic cookie, followed (for IPv6) by the transaction id.
fn mask(id: TransactionId) -> [u8; 16] {
    let mut mask = [0; 16];
    for (to, from) in mask
        .iter_mut()
        .zip(MAGIC_COOKIE.to_be_bytes().into_iter().chain(id.octets()))
    {
        *to = from;
    }
    mask
}

fn parse_address(value: &[u8], mask: [u8; 16]) -> Result<SocketAddr, AttributeError> {
    let (head, address) = value
        .split_first_chunk::<4>()
        .ok_or(AttributeError::Length {
            expected: 8,
            actual: value.len(),
        })?;
    // RFC 8489 §14.1: the first byte MUST be ignored by receivers.
    let [_, family, high, low] = *head;
    let [mask_high, mask_low, ..] = mask;
    let port = u16::from_be_bytes([high ^ mask_high, low ^ mask_low]);
    let ip = match family {
        FAMILY_IPV4 => IpAddr::from(xor(exactly::<4>(address)?, mask)),
        FAMILY_IPV6 => IpAddr::from(xor(exactly::<16>(address)?, mask)),
        other => return Err(AttributeError::Family(other)),
    };
    Ok(SocketAddr::new(ip, port))
}

fn write_address(address: SocketAddr, mask: [u8; 16], out: &mut Vec<u8>) {
    let [port_high, port_low] = address.port().to_be_bytes();
    let [mask_high, mask_low, ..] = mask;
    let family = match address {
        SocketAddr::V4(_) => FAMILY_IPV4,
        SocketAddr::V6(_) => FAMILY_IPV6,
    };
    out.extend_from_slice(&[0, family, port_high ^ mask_high, port_low ^ mask_low]);
    match address.ip() {
        IpAddr::V4(ip) => out.extend_from_slice(&xor(ip.octets(), mask)),
        IpAddr::V6(ip) => out.extend_from_slice(&xor(ip.octets(), mask)),
    }
}

fn xor<const N: usize>(mut bytes: [u8; N], mask: [u8; 16]) -> [u8; N] {
    for (byte, mask) in bytes.iter_mut().zip(mask) {
        *byte ^= mask;
    }
    bytes
}

const FAMILY_IPV4: u8 = 0x01;
const FAMILY_IPV6: u8 = 0x02;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_family_and_a_short_address_are_refused() {
        let id = TransactionId::new([0; 12]);
        assert_eq!(
            MappedAddress::parse(&[0, 3, 0, 1, 1, 2, 3, 4], id),
            Err(AttributeError::Family(3))
        );
        assert_eq!(
            MappedAddress::parse(&[0, 2, 0, 1, 1, 2, 3, 4], id),
            Err(AttributeError::Length {
                expected: 16,
                actual: 4
            })
        );
        assert_eq!(
            XorMappedAddress::parse(&[0, 1, 0], id),
            Err(AttributeError::Length {
                expected: 8,
                actual: 3
            })
        );
    }

    #[test]
    fn the_mask_is_the_cookie_then_the_transaction() {
        let id = TransactionId::new([0xff; 12]);
        let mut out = Vec::new();
        XorMappedAddress("[::]:0".parse().unwrap()).write(id, &mut out);
        assert_eq!(out[..8], [0, 2, 0x21, 0x12, 0x21, 0x12, 0xa4, 0x42]);
        assert_eq!(out[8..], [0xff; 12]);
    }
}
