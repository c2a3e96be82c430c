//! Certificate, `CertificateRequest` and `CertificateVerify` (RFC 5246 §7.4.2, §7.4.4, §7.4.8).

use strata_core::wire::{Reader, TooLong, prefixed_u8, prefixed_u16, prefixed_u24};

use super::{ParseError, U16List, end, extension};

/// `ecdsa_sign`; Ed25519 keys count as such too (RFC 8422 §5.5).
const ECDSA_SIGN: u8 = 64;
const RSA_SIGN: u8 = 1;

/// The end entity's certificate of a chain; `None` if the chain is empty.
pub(crate) fn parse_chain(mut reader: Reader<'_>) -> Result<Option<&[u8]>, ParseError> {
    let mut list = reader.prefixed_u24()?;
    end(reader)?;
    let mut first = None;
    while !list.is_empty() {
        let certificate = list.prefixed_u24()?.all();
        first = first.or(Some(certificate));
    }
    Ok(first)
}

/// Appends a chain of one certificate, or of none.
pub(crate) fn write_chain(out: &mut Vec<u8>, certificate: Option<&[u8]>) -> Result<(), TooLong> {
    prefixed_u24(out, |out| match certificate {
        Some(der) => prefixed_u24(out, |out| out.extend_from_slice(der)),
        None => Ok(()),
    })?
}

/// What certificates a server takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CertificateRequest<'a> {
    types: &'a [u8],
    schemes: U16List<'a>,
}

impl<'a> CertificateRequest<'a> {
    pub(crate) fn parse(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        let types = reader.prefixed_u8()?.all();
        let schemes = U16List::parse(reader.prefixed_u16()?)?;
        let _authorities = reader.prefixed_u16()?;
        end(reader)?;
        Ok(Self { types, schemes })
    }

    /// Whether an ECDSA certificate will do that signs by this scheme.
    pub(crate) fn takes_ecdsa(&self, scheme: u16) -> bool {
        self.types.contains(&ECDSA_SIGN) && self.schemes.contains(scheme)
    }

    /// Appends a request for all kinds of certificates there are.
    pub(crate) fn write(
        out: &mut Vec<u8>,
        schemes: impl IntoIterator<Item = u16>,
    ) -> Result<(), TooLong> {
        prefixed_u8(out, |out| out.extend_from_slice(&[ECDSA_SIGN, RSA_SIGN]))?;
        extension::write_u16_list(out, schemes)?;
        out.extend_from_slice(&[0, 0]); // any authority
        Ok(())
    }
}

/// A signature, by the scheme of this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signed<'a> {
    pub(crate) scheme: u16,
    pub(crate) signature: &'a [u8],
}

impl<'a> Signed<'a> {
    /// The last thing in a message.
    pub(crate) fn parse(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        let scheme = reader.u16()?;
        let signature = reader.prefixed_u16()?.all();
        end(reader)?;
        Ok(Self { scheme, signature })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        out.extend_from_slice(&self.scheme.to_be_bytes());
        prefixed_u16(out, |out| out.extend_from_slice(self.signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_read_back() {
        for certificate in [None, Some(&b"certificate"[..])] {
            let mut wire = Vec::new();
            write_chain(&mut wire, certificate).unwrap();
            assert_eq!(parse_chain(Reader::new(&wire)), Ok(certificate));
        }
        let two = [0, 0, 8, 0, 0, 1, b'a', 0, 0, 1, b'b'];
        assert_eq!(parse_chain(Reader::new(&two)), Ok(Some(&b"a"[..])));
        assert!(parse_chain(Reader::new(&two[..10])).is_err());
    }

    #[test]
    fn requests_read_back() {
        let mut wire = Vec::new();
        CertificateRequest::write(&mut wire, [0x0403, 0x0401]).unwrap();
        let request = CertificateRequest::parse(Reader::new(&wire)).unwrap();
        assert!(request.takes_ecdsa(0x0403));
        assert!(!request.takes_ecdsa(0x0503));
    }

    #[test]
    fn signatures_read_back() {
        let signed = Signed {
            scheme: 0x0403,
            signature: b"signature",
        };
        let mut wire = Vec::new();
        signed.write(&mut wire).unwrap();
        assert_eq!(Signed::parse(Reader::new(&wire)), Ok(signed));
        wire.push(0);
        assert_eq!(Signed::parse(Reader::new(&wire)), Err(ParseError::Trailing));
    }
}
