//! Hello extensions: numbers, and the contents that both hellos share.

use strata_core::wire::{Reader, TooLong, prefixed_u8, prefixed_u16};

use super::{ParseError, U16List, end};

pub(crate) const SUPPORTED_GROUPS: u16 = 10;
pub(crate) const EC_POINT_FORMATS: u16 = 11;
pub(crate) const SIGNATURE_ALGORITHMS: u16 = 13;
pub(crate) const USE_SRTP: u16 = 14;
pub(crate) const EXTENDED_MASTER_SECRET: u16 = 23;
pub(crate) const SUPPORTED_VERSIONS: u16 = 43;
pub(crate) const RENEGOTIATION_INFO: u16 = 0xff01;

/// The uncompressed point format, the only one left (RFC 8422 §5.1.2).
const UNCOMPRESSED: u8 = 0;

/// Calls `each` with the number and content of every extension in the rest of a hello.
///
/// RFC 5246 §7.4.1.4: a hello may end before its extensions, and none of them comes twice, known or not.
pub(crate) fn for_each<'a>(
    mut reader: Reader<'a>,
    mut each: impl FnMut(u16, Reader<'a>) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    if reader.is_empty() {
        return Ok(());
    }
    let mut extensions = reader.prefixed_u16()?;
    let mut codes = Vec::new();
    while !extensions.is_empty() {
        let code = extensions.u16()?;
        each(code, extensions.prefixed_u16()?)?;
        codes.push(code);
    }
    // Sorted, because a hello of 64 KiB holds 16,384 of them.
    codes.sort_unstable();
    if codes.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(ParseError::Illegal);
    }
    end(reader)
}

/// A list of 16-bit numbers behind a 16-bit length, and nothing else.
pub(crate) fn parse_u16_list(mut content: Reader<'_>) -> Result<U16List<'_>, ParseError> {
    let list = U16List::parse(content.prefixed_u16()?)?;
    end(content)?;
    Ok(list)
}

/// The versions a client offers (RFC 8446 §4.2.1).
pub(crate) fn parse_versions(mut content: Reader<'_>) -> Result<U16List<'_>, ParseError> {
    let list = U16List::parse(content.prefixed_u8()?)?;
    end(content)?;
    Ok(list)
}

/// `use_srtp` (RFC 5764 §4.1.1): the profiles and the MKI.
pub(crate) fn parse_srtp(mut content: Reader<'_>) -> Result<(U16List<'_>, &[u8]), ParseError> {
    let profiles = U16List::parse(content.prefixed_u16()?)?;
    let mki = content.prefixed_u8()?.all();
    end(content)?;
    Ok((profiles, mki))
}

/// `renegotiation_info` (RFC 5746 §3.2), which is empty in the first handshake.
pub(crate) fn parse_renegotiation(mut content: Reader<'_>) -> Result<(), ParseError> {
    let connection = content.prefixed_u8()?;
    end(content)?;
    if connection.is_empty() {
        Ok(())
    } else {
        Err(ParseError::Illegal)
    }
}

/// `ec_point_formats` (RFC 8422 §5.1.2, §5.2), which must name the only format that is left.
pub(crate) fn parse_point_formats(mut content: Reader<'_>) -> Result<(), ParseError> {
    let formats = content.prefixed_u8()?.all();
    end(content)?;
    if formats.contains(&UNCOMPRESSED) {
        Ok(())
    } else {
        Err(ParseError::Illegal)
    }
}

/// Appends one extension.
pub(crate) fn write(
    out: &mut Vec<u8>,
    code: u16,
    content: impl FnOnce(&mut Vec<u8>) -> Result<(), TooLong>,
) -> Result<(), TooLong> {
    out.extend_from_slice(&code.to_be_bytes());
    prefixed_u16(out, content)?
}

/// Appends an extension that says all by being there.
pub(crate) fn write_empty(out: &mut Vec<u8>, code: u16) -> Result<(), TooLong> {
    write(out, code, |_| Ok(()))
}

pub(crate) fn write_u16_list(
    out: &mut Vec<u8>,
    list: impl IntoIterator<Item = u16>,
) -> Result<(), TooLong> {
    prefixed_u16(out, |out| {
        for code in list {
            out.extend_from_slice(&code.to_be_bytes());
        }
    })
}

pub(crate) fn write_srtp(
    out: &mut Vec<u8>,
    profiles: impl IntoIterator<Item = u16>,
) -> Result<(), TooLong> {
    write(out, USE_SRTP, |out| {
        write_u16_list(out, profiles)?;
        out.push(0); // no MKI
        Ok(())
    })
}

pub(crate) fn write_renegotiation(out: &mut Vec<u8>) -> Result<(), TooLong> {
    write(out, RENEGOTIATION_INFO, |out| {
        out.push(0);
        Ok(())
    })
}

pub(crate) fn write_point_formats(out: &mut Vec<u8>) -> Result<(), TooLong> {
    write(out, EC_POINT_FORMATS, |out| {
        prefixed_u8(out, |out| out.push(UNCOMPRESSED))
    })
}
