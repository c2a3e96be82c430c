//! The `ServerHello` (RFC 5246 §7.4.1.3) and the `HelloVerifyRequest` (RFC 6347 §4.2.1).

use strata_core::wire::{Reader, prefixed_u8, prefixed_u16};

use super::{DTLS_1_0, DTLS_1_2, ParseError, extension, fits};
use crate::CloseReason;

/// A server's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ServerHello {
    pub(crate) version: u16,
    pub(crate) random: [u8; 32],
    pub(crate) cipher_suite: u16,
    pub(crate) compression_method: u8,
    pub(crate) srtp_profile: Option<u16>,
    pub(crate) extended_master_secret: bool,
    pub(crate) renegotiation_info: bool,
    /// Whether the client said which point formats it knows; it is then told so (RFC 8422 §5.2).
    pub(crate) point_formats: bool,
}

impl ServerHello {
    pub(crate) fn parse(mut reader: Reader<'_>) -> Result<Self, CloseReason> {
        let read = |reader: &mut Reader<'_>| -> Result<_, ParseError> {
            let (version, random) = (reader.u16()?, reader.take_array()?);
            let _session_id = reader.prefixed_u8()?;
            Ok((version, random, reader.u16()?, reader.u8()?))
        };
        let (version, random, cipher_suite, compression_method) = read(&mut reader)?;
        let mut unknown = false;
        let (mut srtp, mut ems, mut renegotiation, mut formats) = (None, None, None, None);
        extension::for_each(reader, |code, content| match code {
            extension::USE_SRTP => extension::once(&mut srtp, parse_srtp(content)?),
            extension::EXTENDED_MASTER_SECRET => {
                super::end(content)?;
                extension::once(&mut ems, ())
            }
            extension::RENEGOTIATION_INFO => {
                extension::parse_renegotiation(content)?;
                extension::once(&mut renegotiation, ())
            }
            extension::EC_POINT_FORMATS => extension::once(&mut formats, ()),
            _ => {
                unknown = true;
                Ok(())
            }
        })?;
        // RFC 5246 §7.4.1.4: an extension we did not ask for ends the handshake.
        if unknown {
            return Err(CloseReason::UnsupportedExtension);
        }
        Ok(Self {
            version,
            random,
            cipher_suite,
            compression_method,
            srtp_profile: srtp,
            extended_master_secret: ems.is_some(),
            renegotiation_info: renegotiation.is_some(),
            point_formats: formats.is_some(),
        })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&self.random);
        out.push(0); // a session that cannot be resumed
        out.extend_from_slice(&self.cipher_suite.to_be_bytes());
        out.push(self.compression_method);
        fits(prefixed_u16(out, |out| {
            if self.renegotiation_info {
                extension::write_renegotiation(out);
            }
            if self.extended_master_secret {
                extension::write(out, extension::EXTENDED_MASTER_SECRET, |_| ());
            }
            if self.point_formats {
                extension::write_point_formats(out);
            }
            if let Some(profile) = self.srtp_profile {
                extension::write_srtp(out, [profile]);
            }
        }));
    }
}

/// RFC 5764 §4.1.1: the answer has one profile, and our empty MKI.
fn parse_srtp(content: Reader<'_>) -> Result<u16, ParseError> {
    let (profiles, mki) = extension::parse_srtp(content)?;
    let mut profiles = profiles.iter();
    match (profiles.next(), profiles.next(), mki) {
        (Some(profile), None, []) => Ok(profile),
        _ => Err(ParseError::Illegal),
    }
}

/// Appends a `HelloVerifyRequest`.
pub(crate) fn write_verify_request(out: &mut Vec<u8>, cookie: &[u8]) {
    // RFC 6347 §4.2.1: DTLS 1.0, whatever version will be negotiated.
    out.extend_from_slice(&DTLS_1_0.to_be_bytes());
    fits(prefixed_u8(out, |out| out.extend_from_slice(cookie)));
}

/// Whether the version is ours.
pub(crate) const fn is_dtls_1_2(version: u16) -> bool {
    version == DTLS_1_2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn hellos_read_back(random: [u8; 32], cipher_suite: u16, srtp_profile: Option<u16>, flags: [bool; 3]) {
            let hello = ServerHello {
                version: DTLS_1_2,
                random,
                cipher_suite,
                compression_method: 0,
                srtp_profile,
                extended_master_secret: flags[0],
                renegotiation_info: flags[1],
                point_formats: flags[2],
            };
            let mut wire = Vec::new();
            hello.write(&mut wire);
            prop_assert_eq!(ServerHello::parse(Reader::new(&wire)), Ok(hello));
        }
    }

    #[test]
    fn what_was_not_asked_for_is_refused() {
        let mut wire = vec![0xfe, 0xfd];
        wire.extend_from_slice(&[0; 32]);
        wire.extend_from_slice(&[0, 0xc0, 0x2b, 0, 0, 4, 0, 16, 0, 0]); // ALPN
        assert_eq!(
            ServerHello::parse(Reader::new(&wire)),
            Err(CloseReason::UnsupportedExtension)
        );
    }
}
