//! INIT and INIT ACK (RFC 9260 §3.3.2, §3.3.3).
//!
//! ```text
//! |                         Initiate Tag                          |
//! |           Advertised Receiver Window Credit (a_rwnd)          |
//! |  Number of Outbound Streams   |   Number of Inbound Streams   |
//! |                          Initial TSN                          |
//! |              Optional/Variable-Length Parameters ..           |
//! ```

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong};

use super::{
    ChunkType, Parameter, ParameterType, Parameters, ParseError,
    parameter::{without_last_padding, write_parameters},
};
use crate::Tsn;

/// INIT or INIT ACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Init<'a> {
    /// The tag the receiver must put in every packet; never 0.
    pub initiate_tag: u32,
    /// The sender's receive window, in bytes.
    pub a_rwnd: u32,
    /// Streams the sender wants to send on.
    pub outbound_streams: u16,
    /// Streams the sender accepts.
    pub inbound_streams: u16,
    /// The TSN of the sender's first DATA chunk.
    pub initial_tsn: Tsn,
    /// The parameters as they stand in the chunk; see [`parameters`](Self::parameters).
    pub raw_parameters: &'a [u8],
}

impl<'a> Init<'a> {
    pub(super) fn parse(mut reader: Reader<'a>) -> Result<Self, ParseError> {
        Ok(Self {
            initiate_tag: reader.u32()?,
            a_rwnd: reader.u32()?,
            outbound_streams: reader.u16()?,
            inbound_streams: reader.u16()?,
            initial_tsn: Tsn::new(reader.u32()?),
            raw_parameters: without_last_padding(reader.all()),
        })
    }

    /// Appends the chunk as INIT or INIT ACK.
    ///
    /// # Errors
    /// [`TooLong`] if it exceeds 65535 bytes; `out` is then as it was.
    pub fn write(&self, kind: ChunkType, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let [t0, t1, t2, t3] = self.initiate_tag.to_be_bytes();
        let [w0, w1, w2, w3] = self.a_rwnd.to_be_bytes();
        let [o0, o1] = self.outbound_streams.to_be_bytes();
        let [i0, i1] = self.inbound_streams.to_be_bytes();
        let [n0, n1, n2, n3] = self.initial_tsn.get().to_be_bytes();
        let fixed = [
            t0, t1, t2, t3, w0, w1, w2, w3, o0, o1, i0, i1, n0, n1, n2, n3,
        ];
        write_parameters(out, kind, 0, &fixed, self.raw_parameters)
    }

    /// The parameters, in order.
    pub const fn parameters(&self) -> Parameters<'a> {
        Parameters::new(self.raw_parameters)
    }

    /// The value of the first parameter of a type. RFC 9260 §3.2.1: an unknown one may forbid to look at what is
    /// behind it.
    pub fn find(&self, kind: ParameterType) -> Option<&'a [u8]> {
        self.parameters()
            .filter_map(Result::ok)
            .take_while(|Parameter { kind, .. }| {
                kind.is_known_in_init() || kind.unknown_action().skip
            })
            .find(|Parameter { kind: other, .. }| *other == kind)
            .map(|parameter| parameter.value)
    }

    /// Whether the sender lists a chunk type among its extensions (RFC 5061 §4.2.7).
    pub fn supports(&self, chunk: ChunkType) -> bool {
        self.find(ParameterType::SUPPORTED_EXTENSIONS)
            .is_some_and(|types| types.contains(&chunk.0))
    }
}
