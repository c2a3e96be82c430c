//! RE-CONFIG (RFC 6525 §3.1, §4).

use alloc::vec::Vec;

use strata_core::wire::{Reader, TooLong};

use super::{
    ChunkType, Parameter, ParameterType, Parameters, ParseError,
    framing::finish,
    parameter::{without_last_padding, write_parameters},
};
use crate::{RequestNumber, StreamId, Tsn};

/// A stream reconfiguration chunk: requests and responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReConfig<'a> {
    /// The parameters as they stand in the chunk; see [`parameters`](Self::parameters).
    pub raw_parameters: &'a [u8],
}

impl<'a> ReConfig<'a> {
    pub(super) fn parse(mut reader: Reader<'a>) -> Self {
        Self {
            raw_parameters: without_last_padding(reader.all()),
        }
    }

    /// Appends the chunk.
    ///
    /// # Errors
    /// [`TooLong`] if it exceeds 65535 bytes; `out` is then as it was.
    pub fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        write_parameters(out, ChunkType::RE_CONFIG, 0, &[], self.raw_parameters)
    }

    /// The parameters, in order.
    pub const fn parameters(&self) -> ReConfigParameters<'a> {
        ReConfigParameters(Parameters::new(self.raw_parameters))
    }
}

/// The parameters of a RE-CONFIG. Ends after the first error.
#[derive(Clone, Debug)]
pub struct ReConfigParameters<'a>(Parameters<'a>);

impl<'a> Iterator for ReConfigParameters<'a> {
    type Item = Result<ReConfigParameter<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.0.next()?.and_then(ReConfigParameter::parse))
    }
}

/// A request or a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReConfigParameter<'a> {
    /// The sender resets streams it sends on (§4.1).
    OutgoingReset(ResetRequest<'a>),
    /// Any other request: incoming reset (§4.2), TSN reset (§4.3), added streams (§4.5, §4.6).
    Other {
        /// Which.
        kind: ParameterType,
        /// Its number, to answer with.
        number: RequestNumber,
    },
    /// The answer to a request (§4.4).
    Response {
        /// The request answered.
        number: RequestNumber,
        /// How it went.
        result: ReConfigResult,
    },
}

/// Outgoing SSN Reset Request (§4.1).
///
/// ```text
/// |           Re-configuration Request Sequence Number            |
/// |           Re-configuration Response Sequence Number           |
/// |                Sender's Last Assigned TSN                     |
/// |  Stream Number 1 (optional)   |    Stream Number 2 (optional) |  ..
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetRequest<'a> {
    /// The number of this request.
    pub number: RequestNumber,
    /// The request of the other side that this one answers, otherwise one less than the next expected.
    pub response: RequestNumber,
    /// What was sent on the streams before the reset has TSNs up to this one.
    pub last_tsn: Tsn,
    /// The streams; none means all.
    pub streams: StreamList<'a>,
}

/// Stream numbers as they stand in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamList<'a>(&'a [u8]);

impl<'a> StreamList<'a> {
    /// Whether none is listed.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = StreamId> + use<'a> {
        let numbers = self.0.as_chunks().0.iter();
        numbers.map(|bytes| StreamId::new(u16::from_be_bytes(*bytes)))
    }
}

/// How a request went (§4.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReConfigResult(pub u32);

impl ReConfigResult {
    /// Success - Nothing to do.
    pub const NOTHING_TO_DO: Self = Self(0);
    /// Success - Performed.
    pub const PERFORMED: Self = Self(1);
    /// Denied.
    pub const DENIED: Self = Self(2);
    /// Error - Wrong SSN.
    pub const WRONG_SSN: Self = Self(3);
    /// Error - Request already in progress.
    pub const ALREADY_IN_PROGRESS: Self = Self(4);
    /// Error - Bad Sequence Number.
    pub const BAD_SEQUENCE_NUMBER: Self = Self(5);
    /// In progress.
    pub const IN_PROGRESS: Self = Self(6);
}

impl<'a> ReConfigParameter<'a> {
    fn parse(parameter: Parameter<'a>) -> Result<Self, ParseError> {
        let mut reader = Reader::new(parameter.value);
        let number = RequestNumber::new(reader.u32()?);
        Ok(match parameter.kind {
            ParameterType::OUTGOING_RESET => Self::OutgoingReset(ResetRequest {
                number,
                response: RequestNumber::new(reader.u32()?),
                last_tsn: Tsn::new(reader.u32()?),
                streams: StreamList(reader.all()),
            }),
            ParameterType::RESPONSE => Self::Response {
                number,
                result: ReConfigResult(reader.u32()?),
            },
            kind => Self::Other { kind, number },
        })
    }

    /// Appends a response parameter.
    pub(crate) fn write_response(out: &mut Vec<u8>, number: RequestNumber, result: ReConfigResult) {
        let [n0, n1, n2, n3] = number.get().to_be_bytes();
        let [r0, r1, r2, r3] = result.0.to_be_bytes();
        let [k0, k1] = ParameterType::RESPONSE.0.to_be_bytes();
        out.extend_from_slice(&[k0, k1, 0, 12, n0, n1, n2, n3, r0, r1, r2, r3]);
    }

    /// Appends an outgoing reset request.
    pub(crate) fn write_reset(
        out: &mut Vec<u8>,
        number: RequestNumber,
        response: RequestNumber,
        last_tsn: Tsn,
        streams: &[StreamId],
    ) -> Result<(), TooLong> {
        let start = out.len();
        out.extend_from_slice(&ParameterType::OUTGOING_RESET.0.to_be_bytes());
        out.extend_from_slice(&[0; 2]);
        out.extend_from_slice(&number.get().to_be_bytes());
        out.extend_from_slice(&response.get().to_be_bytes());
        out.extend_from_slice(&last_tsn.get().to_be_bytes());
        for stream in streams {
            out.extend_from_slice(&stream.get().to_be_bytes());
        }
        finish(out, start)
    }
}
