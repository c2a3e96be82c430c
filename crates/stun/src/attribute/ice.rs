//! The attributes of ICE (RFC 8445 §16.1).

use super::{Attribute, AttributeError, AttributeType, exactly};
use crate::TransactionId;

/// The priority that a peer-reflexive candidate found by this check would have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Priority(pub u32);

impl Attribute<'_> for Priority {
    const TYPE: AttributeType = AttributeType::PRIORITY;

    fn parse(value: &[u8], _id: TransactionId) -> Result<Self, AttributeError> {
        exactly(value).map(u32::from_be_bytes).map(Self)
    }

    fn write(&self, _id: TransactionId, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
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

/// The sender is controlled; the number breaks ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IceControlled(pub u64);

impl Attribute<'_> for IceControlled {
    const TYPE: AttributeType = AttributeType::ICE_CONTROLLED;

    fn parse(value: &[u8], _id: TransactionId) -> Result<Self, AttributeError> {
        exactly(value).map(u64::from_be_bytes).map(Self)
    }

    fn write(&self, _id: TransactionId, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
}

/// The sender is controlling; the number breaks ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IceControlling(pub u64);

impl Attribute<'_> for IceControlling {
    const TYPE: AttributeType = AttributeType::ICE_CONTROLLING;

    fn parse(value: &[u8], _id: TransactionId) -> Result<Self, AttributeError> {
        exactly(value).map(u64::from_be_bytes).map(Self)
    }

    fn write(&self, _id: TransactionId, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
}
