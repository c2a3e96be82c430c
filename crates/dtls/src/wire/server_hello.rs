//! The `ServerHello` (RFC 5246 §7.4.1.3) and the `HelloVerifyRequest` (RFC 6347 §4.2.1).

use strata_core::wire::{Reader, TooLong, prefixed_u8, prefixed_u16};

use super::{DTLS_1_0, DTLS_1_2, ParseError, extension, skip_session_id};
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
            skip_session_id(reader)?;
            Ok((version, random, reader.u16()?, reader.u8()?))
        };
        let (version, random, cipher_suite, compression_method) = read(&mut reader)?;
        let mut hello = Self {
            version,
            random,
            cipher_suite,
            compression_method,
            srtp_profile: None,
            extended_master_secret: false,
            renegotiation_info: false,
            point_formats: false,
        };
        let mut unasked = false;
        extension::for_each(reader, |code, content| {
            match code {
                extension::USE_SRTP => hello.srtp_profile = Some(parse_srtp(content)?),
                extension::EXTENDED_MASTER_SECRET => {
                    super::end(content)?;
                    hello.extended_master_secret = true;
                }
                extension::RENEGOTIATION_INFO => {
                    extension::parse_renegotiation(content)?;
                    hello.renegotiation_info = true;
                }
                extension::EC_POINT_FORMATS => {
                    extension::parse_point_formats(content)?;
                    hello.point_formats = true;
                }
                // We have asked, though TLS 1.2 has no answer to it: harmless, because nothing comes of it.
                // RFC 8446 §4.2.7 lets servers tell their groups, and clients not act upon it.
                extension::SUPPORTED_GROUPS | extension::SIGNATURE_ALGORITHMS => {}
                _ => unasked = true,
            }
            Ok(())
        })?;
        // RFC 5246 §7.4.1.4: an extension we did not ask for ends the handshake. Its sender believes something to
        // be agreed that may change what follows: another message, another record layer.
        if unasked {
            return Err(CloseReason::UnsupportedExtension);
        }
        Ok(hello)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&self.random);
        out.push(0); // a session that cannot be resumed
        out.extend_from_slice(&self.cipher_suite.to_be_bytes());
        out.push(self.compression_method);
        prefixed_u16(out, |out| {
            if self.renegotiation_info {
                extension::write_renegotiation(out)?;
            }
            if self.extended_master_secret {
                extension::write_empty(out, extension::EXTENDED_MASTER_SECRET)?;
            }
            if self.point_formats {
                extension::write_point_formats(out)?;
            }
            match self.srtp_profile {
                Some(profile) => extension::write_srtp(out, [profile]),
                None => Ok(()),
            }
        })?
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
pub(crate) fn write_verify_request(out: &mut Vec<u8>, cookie: &[u8]) -> Result<(), TooLong> {
    // RFC 6347 §4.2.1: DTLS 1.0, whatever version will be negotiated.
    out.extend_from_slice(&DTLS_1_0.to_be_bytes());
    prefixed_u8(out, |out| out.extend_from_slice(cookie))
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
            hello.write(&mut wire).unwrap();
            prop_assert_eq!(ServerHello::parse(Reader::new(&wire)), Ok(hello));
        }
    }

    /// How a hello with this session identifier and these extensions is read.
    fn read(session_id: &[u8], extensions: &[u8]) -> Option<CloseReason> {
        let mut wire = vec![0xfe, 0xfd];
        wire.extend_from_slice(&[0; 32]);
        prefixed_u8(&mut wire, |out| out.extend_from_slice(session_id)).unwrap();
        wire.extend_from_slice(&[0xc0, 0x2b, 0]);
        prefixed_u16(&mut wire, |out| out.extend_from_slice(extensions)).unwrap();
        ServerHello::parse(Reader::new(&wire)).err()
    }

    #[test]
    fn answers_are_read_as_strictly_as_they_must_be() {
        let illegal = Some(CloseReason::IllegalParameter);
        for (extensions, refused) in [
            // RFC 5246 §7.4.1.4: ALPN, a session ticket, a status request were not asked for.
            (&[0, 16, 0, 0][..], Some(CloseReason::UnsupportedExtension)),
            (&[0, 35, 0, 0], Some(CloseReason::UnsupportedExtension)),
            (&[0, 5, 0, 0], Some(CloseReason::UnsupportedExtension)),
            // Groups and signature schemes were, and whatever is said of them binds nobody.
            (&[0, 10, 0, 4, 0, 2, 0, 29], None),
            (&[0, 10, 0, 0], None),
            (&[0, 13, 0, 4, 0, 2, 4, 3], None),
            // RFC 5246 §7.4.1.4: nothing comes twice, not even that.
            (&[0, 10, 0, 0, 0, 10, 0, 0], illegal),
            (&[0, 23, 0, 0, 0, 23, 0, 0], illegal),
            // RFC 8422 §5.2: the uncompressed format is among them.
            (&[0, 11, 0, 3, 2, 1, 0], None),
            (&[0, 11, 0, 2, 1, 1], illegal),
            // RFC 5764 §4.1.1: one profile, and the MKI that was offered, which is none.
            (&[0, 14, 0, 5, 0, 2, 0, 7, 0], None),
            (&[0, 14, 0, 7, 0, 4, 0, 7, 0, 1, 0], illegal),
            (&[0, 14, 0, 6, 0, 2, 0, 7, 1, 9], illegal),
        ] {
            assert_eq!(read(&[], extensions), refused, "{extensions:?}");
        }
        // RFC 5246 §7.4.1.3
        assert_eq!(read(&[7; 32], &[]), None);
        assert_eq!(read(&[7; 33], &[]), Some(CloseReason::Decode));
    }
}
