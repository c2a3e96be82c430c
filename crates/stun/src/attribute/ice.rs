//! The attributes that ICE adds (RFC 8445 §16.1).

use super::{Attribute, AttributeError, AttributeType, exactly};
use crate::TransactionId;

/// Defines one attribute whose value is a number in network byte order.
macro_rules! number_attribute {
    ($(#[$meta:meta])* $name:ident($number:ty) = $constant:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name(pub $number);

        impl Attribute<'_> for $name {
            const TYPE: AttributeType = AttributeType::$constant;

            fn parse(value: &[u8], _id: TransactionId) -> Result<Self, AttributeError> {
                exactly(value).map(<$number>::from_be_bytes).map(Self)
            }

            fn write(&self, _id: TransactionId, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.0.to_be_bytes());
            }
        }
    };
}

number_attribute! {
    /// The priority that a peer-reflexive candidate found by this check would have.
    Priority(u32) = PRIORITY
}
number_attribute! {
    /// The sender is controlled; the number breaks ties.
    IceControlled(u64) = ICE_CONTROLLED
}
number_attribute! {
    /// The sender is controlling; the number breaks ties.
    IceControlling(u64) = ICE_CONTROLLING
}

/// The controlling side nominates the pair this check is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UseCandidate;

impl Attribute<'_> for UseCandidate {
    const TYPE: AttributeType = AttributeType::USE_CANDIDATE;

    fn parse(value: &[u8], _id: TransactionId) -> Result<Self, AttributeError> {
        exactly::<0>(value).map(|_| Self)
    }

    fn write(&self, _id: TransactionId, _out: &mut Vec<u8>) {}
}
