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

/// What we answer to their parameters: what *we* want to receive (RFC 3264 §6.1). The parameters that
/// identify the codec are the same in both, by [`same`].
pub(super) fn for_answer(ours: &Codec, theirs: &strata_sdp::Codec) -> Cow<'static, str> {
    match Identity::of(&ours.name, parameters(theirs)) {
        Identity::H264 { .. } => Cow::Owned(h264_answer(&ours.format, parameters(theirs))),
        Identity::Plain | Identity::Vp9(_) | Identity::Av1(_) | Identity::Unknown => {
            ours.format.clone()
        }
    }
}

/// RFC 6184 §8.2.2: profile and packetization mode are symmetric. The level is too, unless both sides
/// say that each may have its own.
fn h264_answer(ours: &str, theirs: &str) -> String {
    let asymmetric = |format| parameter(format, "level-asymmetry-allowed") == Some("1");
    let level = |format| {
        let id = parameter(format, "profile-level-id").unwrap_or(H264Profile::DEFAULT);
        Some((id.get(..4)?, u8::from_str_radix(id.get(4..)?, 16).ok()?))
    };
    let (Some((_, our_level)), Some((profile, their_level))) = (level(ours), level(theirs)) else {
        return ours.to_owned();
    };
    let both = asymmetric(ours) && asymmetric(theirs);
    let level = if both {
        our_level
    } else {
        our_level.min(their_level)
    };
    let answer: Vec<_> = ours
        .split(';')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if name.trim().eq_ignore_ascii_case("profile-level-id") => {
                Cow::Owned(format!("profile-level-id={profile}{level:02x}"))
            }
            _ => Cow::Borrowed(parameter),
        })
        .filter(|parameter| both || !parameter.starts_with("level-asymmetry-allowed"))
        .collect();
    answer.join(";")
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
            let id = parameter(format, "profile-level-id").unwrap_or(H264Profile::DEFAULT);
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
    /// RFC 6184 §8.1: without `profile-level-id`, baseline at level 1.
    const DEFAULT: &str = "42000a";

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
    fn an_answer_for_h264_has_the_profile_of_the_offer_and_our_level() {
        let ours = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";
        for (theirs, answer) in [
            (
                // What the other side's own stream looks like is not ours to repeat.
                "profile-level-id=42c034;packetization-mode=1;level-asymmetry-allowed=1;\
                 sprop-parameter-sets=Z0LA,aM4=",
                "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42c01f",
            ),
            (
                "packetization-mode=1;profile-level-id=42e00d",
                "packetization-mode=1;profile-level-id=42e00d",
            ),
            (
                "level-asymmetry-allowed=0;packetization-mode=1;profile-level-id=42e034",
                "packetization-mode=1;profile-level-id=42e01f",
            ),
        ] {
            assert_eq!(h264_answer(ours, theirs), answer, "{theirs}");
        }
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
