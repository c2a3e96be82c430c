//! What the header says: class, method and transaction id (RFC 8489 §5).

use core::fmt;

use strata_core::Entropy;

/// Request, indication, or one of the two responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Wants a response.
    Request,
    /// Wants none.
    Indication,
    /// The request was granted.
    Success,
    /// The request was not granted.
    Error,
}

impl Class {
    /// RFC 8489 §5: the class is bits 4 and 8 of the message type.
    pub(crate) const fn of(message_type: u16) -> Self {
        match (message_type & 0x0100 != 0, message_type & 0x0010 != 0) {
            (false, false) => Self::Request,
            (false, true) => Self::Indication,
            (true, false) => Self::Success,
            (true, true) => Self::Error,
        }
    }

    const fn bits(self) -> u16 {
        match self {
            Self::Request => 0x0000,
            Self::Indication => 0x0010,
            Self::Success => 0x0100,
            Self::Error => 0x0110,
        }
    }
}

/// What is asked: a number of 12 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Method(u16);

impl Method {
    /// Binding (RFC 8489 §18.2).
    pub const BINDING: Self = Self(0x001);

    /// The method with this number; `None` above `0xfff`.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number <= 0x0FFF {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// RFC 8489 §5: the bits of the method lie around those of the class.
    pub(crate) const fn of(message_type: u16) -> Self {
        Self(message_type & 0x000F | (message_type & 0x00E0) >> 1 | (message_type & 0x3E00) >> 2)
    }

    /// The message type of this method in that class.
    pub(crate) const fn with(self, class: Class) -> u16 {
        class.bits() | self.0 & 0x000F | (self.0 & 0x0070) << 1 | (self.0 & 0x0F80) << 2
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Method({:#05x})", self.0)
    }
}

/// What ties a response to its request: 96 bits.
///
/// They are what keeps an attacker off the path from answering, so they come from a cryptographic
/// generator (RFC 8489 §5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId([u8; 12]);

impl TransactionId {
    /// The id with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 12]) -> Self {
        Self(bytes)
    }

    /// A new id.
    pub fn random(entropy: &mut Entropy) -> Self {
        Self(entropy.array())
    }

    /// Its bytes.
    pub const fn octets(self) -> [u8; 12] {
        self.0
    }
}

impl fmt::Debug for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TransactionId(")?;
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}

/// What every message has in bytes 4 to 7 (RFC 8489 §5).
pub const MAGIC_COOKIE: u32 = 0x2112_A442;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_and_method_share_fourteen_bits() {
        for number in 0..=0x0FFF {
            let method = Method::new(number).unwrap();
            for class in [
                Class::Request,
                Class::Indication,
                Class::Success,
                Class::Error,
            ] {
                let message_type = method.with(class);
                assert_eq!(message_type & 0xC000, 0);
                assert_eq!(Class::of(message_type), class);
                assert_eq!(Method::of(message_type), method);
            }
        }
        assert_eq!(Method::new(0x1000), None);
    }

    #[test]
    fn binding_has_the_types_of_the_registry() {
        let types = [
            (Class::Request, 0x0001),
            (Class::Indication, 0x0011),
            (Class::Success, 0x0101),
            (Class::Error, 0x0111),
        ];
        for (class, expected) in types {
            assert_eq!(Method::BINDING.with(class), expected);
        }
    }
}
