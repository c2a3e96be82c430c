//! The `ClientHello` (RFC 6347 §4.2.1, RFC 5246 §7.4.1.2).

use strata_core::wire::{Reader, TooLong, prefixed_u8, prefixed_u16};

use super::{DTLS_1_2, ParseError, U16List, extension, skip_session_id};

/// Not a cipher suite, though it stands among them: it says that the client knows RFC 5746 (§3.3).
pub(crate) const EMPTY_RENEGOTIATION_INFO_SCSV: u16 = 0x00ff;

/// What matters to us of a `ClientHello` that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientHello<'a> {
    pub(crate) version: u16,
    pub(crate) random: [u8; 32],
    pub(crate) cookie: &'a [u8],
    pub(crate) cipher_suites: U16List<'a>,
    pub(crate) compression_methods: &'a [u8],
    pub(crate) extensions: Extensions<'a>,
}

/// The extensions of a `ClientHello`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions<'a> {
    pub(crate) versions: Option<U16List<'a>>,
    pub(crate) groups: Option<U16List<'a>>,
    pub(crate) signature_schemes: Option<U16List<'a>>,
    pub(crate) srtp_profiles: Option<U16List<'a>>,
    pub(crate) point_formats: bool,
    pub(crate) extended_master_secret: bool,
    pub(crate) renegotiation_info: bool,
}

impl<'a> ClientHello<'a> {
    pub(crate) fn parse(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        let version = reader.u16()?;
        let random = reader.take_array()?;
        skip_session_id(&mut reader)?;
        let cookie = reader.prefixed_u8()?.all();
        let cipher_suites = U16List::parse(reader.prefixed_u16()?)?;
        let compression_methods = reader.prefixed_u8()?.all();
        let mut extensions = Extensions::default();
        extension::for_each(reader, |code, content| extensions.read(code, content))?;
        Ok(Self {
            version,
            random,
            cookie,
            cipher_suites,
            compression_methods,
            extensions,
        })
    }

    /// Whether a `renegotiation_info` has to be in the answer (RFC 5746 §3.6).
    pub(crate) fn knows_secure_renegotiation(&self) -> bool {
        self.extensions.renegotiation_info
            || self.cipher_suites.contains(EMPTY_RENEGOTIATION_INFO_SCSV)
    }
}

impl<'a> Extensions<'a> {
    fn read(&mut self, code: u16, content: Reader<'a>) -> Result<(), ParseError> {
        match code {
            extension::SUPPORTED_VERSIONS => {
                self.versions = Some(extension::parse_versions(content)?);
            }
            extension::SUPPORTED_GROUPS => self.groups = Some(extension::parse_u16_list(content)?),
            extension::SIGNATURE_ALGORITHMS => {
                self.signature_schemes = Some(extension::parse_u16_list(content)?);
            }
            extension::USE_SRTP => {
                // RFC 5764 §4.1.3: a server that does not want an MKI leaves it out of its answer.
                let (profiles, _mki) = extension::parse_srtp(content)?;
                self.srtp_profiles = Some(profiles);
            }
            extension::EC_POINT_FORMATS => {
                extension::parse_point_formats(content)?;
                self.point_formats = true;
            }
            extension::EXTENDED_MASTER_SECRET => {
                super::end(content)?;
                self.extended_master_secret = true;
            }
            extension::RENEGOTIATION_INFO => {
                extension::parse_renegotiation(content)?;
                self.renegotiation_info = true;
            }
            _ => {}
        }
        Ok(())
    }
}

/// What we offer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer<'a> {
    pub(crate) random: &'a [u8; 32],
    pub(crate) cookie: &'a [u8],
    pub(crate) cipher_suites: &'a [u16],
    pub(crate) groups: &'a [u16],
    pub(crate) signature_schemes: &'a [u16],
    /// Empty: no `use_srtp`.
    pub(crate) srtp_profiles: &'a [u16],
}

impl Offer<'_> {
    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        out.extend_from_slice(&DTLS_1_2.to_be_bytes());
        out.extend_from_slice(self.random);
        out.push(0); // no session to resume
        prefixed_u8(out, |out| out.extend_from_slice(self.cookie))?;
        extension::write_u16_list(out, self.cipher_suites.iter().copied())?;
        out.extend_from_slice(&[1, 0]); // no compression
        prefixed_u16(out, |out| self.write_extensions(out))?
    }

    fn write_extensions(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        extension::write_empty(out, extension::EXTENDED_MASTER_SECRET)?;
        extension::write_renegotiation(out)?;
        extension::write(out, extension::SUPPORTED_GROUPS, |out| {
            extension::write_u16_list(out, self.groups.iter().copied())
        })?;
        extension::write_point_formats(out)?;
        extension::write(out, extension::SIGNATURE_ALGORITHMS, |out| {
            extension::write_u16_list(out, self.signature_schemes.iter().copied())
        })?;
        if self.srtp_profiles.is_empty() {
            return Ok(());
        }
        extension::write_srtp(out, self.srtp_profiles.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> Vec<u8> {
        let mut wire = Vec::new();
        Offer {
            random: &[7; 32],
            cookie: b"cookie",
            cipher_suites: &[0xc02b, 0xcca9],
            groups: &[29, 23],
            signature_schemes: &[0x0403],
            srtp_profiles: &[7, 1],
        }
        .write(&mut wire)
        .unwrap();
        wire
    }

    #[test]
    fn what_we_offer_reads_back() {
        let wire = offer();
        let hello = ClientHello::parse(Reader::new(&wire)).unwrap();
        assert_eq!((hello.version, hello.random), (DTLS_1_2, [7; 32]));
        assert_eq!(hello.cookie, b"cookie");
        assert!(hello.cipher_suites.iter().eq([0xc02b, 0xcca9]));
        assert_eq!(hello.compression_methods, [0]);
        let extensions = hello.extensions;
        assert!(extensions.groups.unwrap().iter().eq([29, 23]));
        assert!(extensions.signature_schemes.unwrap().iter().eq([0x0403]));
        assert!(extensions.srtp_profiles.unwrap().iter().eq([7, 1]));
        assert!(extensions.extended_master_secret);
        assert!(hello.knows_secure_renegotiation());
        assert_eq!(extensions.versions, None);
    }

    #[test]
    fn every_cut_is_an_error_but_the_one_before_the_extensions() {
        let wire = offer();
        let without = 2 + 32 + 1 + 7 + 6 + 2;
        for length in 0..wire.len() {
            let result = ClientHello::parse(Reader::new(&wire[..length]));
            assert_eq!(result.is_ok(), length == without, "{length}");
        }
    }

    /// How a hello with this session identifier and these extensions is read.
    fn read(session_id: &[u8], extensions: &[u8]) -> Option<ParseError> {
        let mut wire = vec![0xfe, 0xfd];
        wire.extend_from_slice(&[0; 32]);
        prefixed_u8(&mut wire, |out| out.extend_from_slice(session_id)).unwrap();
        wire.extend_from_slice(&[0, 0, 2, 0xc0, 0x2b, 1, 0]);
        prefixed_u16(&mut wire, |out| out.extend_from_slice(extensions)).unwrap();
        ClientHello::parse(Reader::new(&wire)).err()
    }

    /// RFC 5246 §7.4.1.4
    #[test]
    fn an_extension_may_not_come_twice() {
        for [high, low] in [[0, 23], [0x2a, 0x2a]] {
            let one = [high, low, 0, 0];
            assert_eq!(read(&[], &one), None);
            assert_eq!(read(&[], &one.repeat(2)), Some(ParseError::Illegal));
            let apart = [one, [0x3a, 0x3a, 0, 0], one].concat();
            assert_eq!(read(&[], &apart), Some(ParseError::Illegal));
        }
    }

    /// RFC 8422 §5.1.2
    #[test]
    fn the_uncompressed_point_format_may_not_be_missing() {
        assert_eq!(read(&[], &[0, 11, 0, 2, 1, 0]), None);
        assert_eq!(read(&[], &[0, 11, 0, 4, 3, 1, 2, 0]), None);
        for formats in [&[0, 11, 0, 1, 0][..], &[0, 11, 0, 3, 2, 1, 2]] {
            assert_eq!(read(&[], formats), Some(ParseError::Illegal));
        }
        assert!(read(&[], &[0, 11, 0, 0]).is_some());
    }

    /// RFC 5246 §7.4.1.2
    #[test]
    fn a_session_identifier_has_32_octets_at_most() {
        assert_eq!(read(&[7; 32], &[]), None);
        assert_eq!(read(&[7; 33], &[]), Some(ParseError::TooLong));
    }
}
