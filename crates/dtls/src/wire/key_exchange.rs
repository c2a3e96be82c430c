//! `ServerKeyExchange` and `ClientKeyExchange` (RFC 8422 §5.4, §5.7).

use strata_core::wire::{Reader, TooLong, prefixed_u8};

use super::{ParseError, certificate::Signed, end};

/// `named_curve`, the only kind of parameters left (RFC 8422 §5.4).
const NAMED_CURVE: u8 = 3;

/// A server's public key and its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ServerKeyExchange<'a> {
    pub(crate) group: u16,
    pub(crate) public_key: &'a [u8],
    /// What is signed, behind the randoms.
    pub(crate) parameters: &'a [u8],
    pub(crate) signed: Signed<'a>,
}

impl<'a> ServerKeyExchange<'a> {
    pub(crate) fn parse(reader: Reader<'a>) -> Result<Self, ParseError> {
        let whole = reader.peek();
        let mut reader = reader;
        if reader.u8()? != NAMED_CURVE {
            return Err(ParseError::Illegal);
        }
        let group = reader.u16()?;
        let public_key = reader.prefixed_u8()?.all();
        let length = whole.len().saturating_sub(reader.remaining());
        Ok(Self {
            group,
            public_key,
            parameters: whole.get(..length).unwrap_or_default(),
            signed: Signed::parse(reader)?,
        })
    }
}

/// Appends a server's parameters, which its signature has to follow.
pub(crate) fn write_parameters(
    out: &mut Vec<u8>,
    group: u16,
    public_key: &[u8],
) -> Result<(), TooLong> {
    out.push(NAMED_CURVE);
    out.extend_from_slice(&group.to_be_bytes());
    write_public_key(out, public_key)
}

/// The client's public key.
pub(crate) fn parse_public_key(mut reader: Reader<'_>) -> Result<&[u8], ParseError> {
    let key = reader.prefixed_u8()?.all();
    end(reader)?;
    Ok(key)
}

pub(crate) fn write_public_key(out: &mut Vec<u8>, public_key: &[u8]) -> Result<(), TooLong> {
    prefixed_u8(out, |out| out.extend_from_slice(public_key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_key_exchange_reads_back() {
        let mut wire = Vec::new();
        write_parameters(&mut wire, 29, &[5; 32]).unwrap();
        let length = wire.len();
        let signed = Signed {
            scheme: 0x0403,
            signature: b"signature",
        };
        signed.write(&mut wire).unwrap();
        let read = ServerKeyExchange::parse(Reader::new(&wire)).unwrap();
        assert_eq!((read.group, read.public_key), (29, &[5; 32][..]));
        assert_eq!(read.parameters, &wire[..length]);
        assert_eq!(read.signed, signed);
        wire[0] = 1;
        assert_eq!(
            ServerKeyExchange::parse(Reader::new(&wire)),
            Err(ParseError::Illegal)
        );
    }
}
