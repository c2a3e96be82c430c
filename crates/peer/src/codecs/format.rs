//! Format parameters: which make a codec another codec, and what an answer says of them.

use std::borrow::Cow;

use super::Codec;

/// The value of a parameter of an `a=fmtp` line, `key=value;key=value`.
fn parameter<'a>(format: &'a str, key: &str) -> Option<&'a str> {
    format.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case(key).then(|| value.trim())
    })
}

/// The format parameters of a remote codec, empty if it has none.
pub(super) fn parameters(codec: &strata_sdp::Codec) -> &str {
    codec.fmtp.as_ref().map_or("", |fmtp| &fmtp.parameters)
}

/// Whether the other side's codec is this one of ours.
pub(super) fn same(ours: &Codec, theirs: &strata_sdp::Codec) -> bool {
    ours.name.eq_ignore_ascii_case(&theirs.rtpmap.encoding)
        && ours.clock_rate == theirs.rtpmap.clock_rate
        && u32::from(ours.channels) == theirs.rtpmap.channels.unwrap_or(1)
        && Identity::of(&ours.name, &ours.format) == Identity::of(&ours.name, parameters(theirs))
}

/// What we answer to their parameters.
///
/// Parameters that identify the codec are those of the offer; the others are what *we* want to
/// receive (RFC 3264 §6.1).
pub(super) fn for_answer(ours: &Codec, theirs: &strata_sdp::Codec) -> Cow<'static, str> {
    match Identity::of(&ours.name, parameters(theirs)) {
        Identity::Plain => ours.format.clone(),
        // RFC 6184 §8.2.2: the profile and the packetization mode are symmetric.
        Identity::H264 { .. } | Identity::Vp9(_) | Identity::Av1(_) | Identity::Unknown => {
            Cow::Owned(parameters(theirs).to_owned())
        }
    }
}

/// The part of the parameters that makes two payload types of one name different codecs.
#[derive(Debug, PartialEq, Eq)]
enum Identity {
    Plain,
    H264 {
        profile: H264Profile,
        mode: u8,
    },
    Vp9(u8),
    Av1(u8),
    /// Parameters that cannot be read.
    Unknown,
}

impl Identity {
    fn of(name: &str, format: &str) -> Self {
        let number = |key| parameter(format, key).map_or(Some(0), |value| value.parse().ok());
        if name.eq_ignore_ascii_case("H264") {
            // RFC 6184 §8.1: without profile-level-id, baseline at level 1.
            let id = parameter(format, "profile-level-id").unwrap_or("42000a");
            match (H264Profile::parse(id), number("packetization-mode")) {
                (Some(profile), Some(mode)) => Self::H264 { profile, mode },
                _ => Self::Unknown,
            }
        } else if name.eq_ignore_ascii_case("VP9") {
            // RFC 9628 §6: without profile-id, profile 0.
            number("profile-id").map_or(Self::Unknown, Self::Vp9)
        } else if name.eq_ignore_ascii_case("AV1") {
            number("profile").map_or(Self::Unknown, Self::Av1)
        } else {
            Self::Plain
        }
    }
}

/// The profiles of H.264 that calls use (RFC 6184 §8.1, table 5).
#[derive(Debug, PartialEq, Eq)]
enum H264Profile {
    ConstrainedBaseline,
    Baseline,
    Main,
    /// Any other: its `profile_idc` and `profile-iop`.
    Other(u8, u8),
}

impl H264Profile {
    fn parse(id: &str) -> Option<Self> {
        if id.len() != 6 {
            return None;
        }
        let bits = u32::from_str_radix(id, 16).ok()?;
        let [_, idc, iop, _level] = bits.to_be_bytes();
        let constraint = |bit: u8| iop & (0x80 >> bit) != 0;
        Some(match idc {
            0x42 if constraint(1) => Self::ConstrainedBaseline,
            0x4d if constraint(0) => Self::ConstrainedBaseline,
            0x58 if constraint(0) && constraint(1) => Self::ConstrainedBaseline,
            0x42 => Self::Baseline,
            0x58 if constraint(0) => Self::Baseline,
            0x4d => Self::Main,
            _ => Self::Other(idc, iop),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_by_name() {
        let format = "level-asymmetry-allowed=1; Packetization-Mode=1;x";
        assert_eq!(parameter(format, "packetization-mode"), Some("1"));
        assert_eq!(parameter(format, "mode"), None);
        assert_eq!(parameter(format, "x"), None);
    }

    #[test]
    fn profiles_of_rfc_6184_table_5() {
        use H264Profile as P;
        for (id, profile) in [
            ("42e01f", P::ConstrainedBaseline),
            ("42c00d", P::ConstrainedBaseline),
            ("4d801f", P::ConstrainedBaseline),
            ("58c01f", P::ConstrainedBaseline),
            ("42001f", P::Baseline),
            ("58801f", P::Baseline),
            ("4d001f", P::Main),
            ("640c1f", P::Other(0x64, 0x0c)),
        ] {
            assert_eq!(P::parse(id), Some(profile), "{id}");
        }
        assert_eq!(P::parse("42e0"), None);
        assert_eq!(P::parse("42e01g"), None);
        assert_eq!(P::parse("äää"), None);
    }

    #[test]
    fn parameters_that_cannot_be_read_match_nothing_known() {
        assert_eq!(
            Identity::of("H264", "profile-level-id=zz"),
            Identity::Unknown
        );
        assert_eq!(Identity::of("VP9", "profile-id=x"), Identity::Unknown);
        assert_eq!(Identity::of("AV1", ""), Identity::Av1(0));
    }
}
