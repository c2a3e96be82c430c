//! Alerts (RFC 5246 §7.2).

use core::fmt::Write as _;

use strata_core::wire::{Reader, Truncated};

/// What an alert says: TLS's number for it, and its name if it is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AlertDescription(u8);

macro_rules! descriptions {
    ($($(#[$meta:meta])* $name:ident = $code:literal;)*) => {
        impl AlertDescription {
            $($(#[$meta])* pub const $name: Self = Self($code);)*

            const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

descriptions! {
    /// The sender sends nothing more.
    CLOSE_NOTIFY = 0;
    /// A message at the wrong time.
    UNEXPECTED_MESSAGE = 10;
    /// A record that does not authenticate.
    BAD_RECORD_MAC = 20;
    /// A record that is too long.
    RECORD_OVERFLOW = 22;
    /// No common parameters.
    HANDSHAKE_FAILURE = 40;
    /// A certificate that is corrupt or not the one expected.
    BAD_CERTIFICATE = 42;
    /// A certificate of a kind that is not supported.
    UNSUPPORTED_CERTIFICATE = 43;
    /// A certificate that its issuer has taken back.
    CERTIFICATE_REVOKED = 44;
    /// A certificate whose time is over, by the sender's clock.
    CERTIFICATE_EXPIRED = 45;
    /// A certificate that is not accepted for another reason.
    CERTIFICATE_UNKNOWN = 46;
    /// A field out of range.
    ILLEGAL_PARAMETER = 47;
    /// A certificate whose issuer is not known.
    UNKNOWN_CA = 48;
    /// A good certificate of somebody who may not.
    ACCESS_DENIED = 49;
    /// A message that could not be read.
    DECODE_ERROR = 50;
    /// A signature or Finished that does not verify.
    DECRYPT_ERROR = 51;
    /// No common version.
    PROTOCOL_VERSION = 70;
    /// Nothing in common that the sender holds secure.
    INSUFFICIENT_SECURITY = 71;
    /// Something unrelated to the peer went wrong.
    INTERNAL_ERROR = 80;
    /// The user gave up.
    USER_CANCELED = 90;
    /// Renegotiation is refused.
    NO_RENEGOTIATION = 100;
    /// An extension in an answer that was not asked for.
    UNSUPPORTED_EXTENSION = 110;
    /// A certificate was wanted and there was none.
    CERTIFICATE_REQUIRED = 116;
}

impl AlertDescription {
    /// The number on the wire.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// Whether an alert of this kind leaves the connection standing, whatever level it came with.
    pub(crate) fn is_warning(self) -> bool {
        self == Self::NO_RENEGOTIATION || self == Self::USER_CANCELED
    }
}

impl core::fmt::Debug for AlertDescription {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "ALERT_{}", self.0),
        }
    }
}

/// The name in small letters, and the number.
impl core::fmt::Display for AlertDescription {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Some(name) = self.name() else {
            return write!(f, "number {}", self.0);
        };
        for letter in name.chars() {
            match letter {
                '_' => f.write_char(' ')?,
                letter => f.write_char(letter.to_ascii_lowercase())?,
            }
        }
        write!(f, " ({})", self.0)
    }
}

/// An alert on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(crate) fatal: bool,
    pub(crate) description: AlertDescription,
}

impl Alert {
    /// An alert at the level RFC 5246 §7.2.2 gives it.
    pub(crate) fn new(description: AlertDescription) -> Self {
        let warning = description == AlertDescription::CLOSE_NOTIFY || description.is_warning();
        Self {
            fatal: !warning,
            description,
        }
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Truncated> {
        let mut reader = Reader::new(bytes);
        Ok(Self {
            fatal: reader.u8()? == FATAL,
            description: AlertDescription(reader.u8()?),
        })
    }

    pub(crate) fn write(self, out: &mut Vec<u8>) {
        out.push(if self.fatal { FATAL } else { WARNING });
        out.push(self.description.0);
    }
}

const WARNING: u8 = 1;
const FATAL: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_of_rfc_5246_section_7_2_2() {
        for code in 0..=u8::MAX {
            let alert = Alert::new(AlertDescription(code));
            assert_eq!(alert.fatal, !matches!(code, 0 | 90 | 100));
            let mut wire = Vec::new();
            alert.write(&mut wire);
            assert_eq!(Alert::parse(&wire), Ok(alert));
        }
    }

    #[test]
    fn unknown_alerts_show_their_number() {
        assert_eq!(format!("{:?}", AlertDescription(0)), "CLOSE_NOTIFY");
        assert_eq!(format!("{:?}", AlertDescription(200)), "ALERT_200");
        assert_eq!(AlertDescription(40).to_string(), "handshake failure (40)");
        assert_eq!(AlertDescription(200).to_string(), "number 200");
    }
}
