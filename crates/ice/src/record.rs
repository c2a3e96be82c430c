//! What became of the checks of one pair.

use core::{fmt, net::SocketAddr};

use crate::stats::count;

/// What is counted of a pair for its [`PairReport`](crate::PairReport).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Record {
    pub(crate) sent: u64,
    pub(crate) answered: u64,
    pub(crate) received: u64,
    pub(crate) error: Option<PairError>,
    /// The error is one of the check under way, not of one before.
    recent: bool,
}

impl Record {
    /// A new check begins.
    pub(crate) const fn begin(&mut self) {
        self.recent = false;
    }

    pub(crate) const fn answered(&mut self) {
        count(&mut self.answered);
        self.error = None;
    }

    pub(crate) const fn refused(&mut self, error: PairError) {
        self.error = Some(error);
        self.recent = true;
    }

    /// The check was not answered as it should have been. If it was refused, that says more.
    pub(crate) const fn timed_out(&mut self) {
        if !self.recent {
            self.error = Some(PairError::Unanswered);
        }
    }

    /// Consent has expired. If the consent checks were refused, that says more.
    pub(crate) fn consent_lost(&mut self) {
        self.error.get_or_insert(PairError::ConsentLost);
    }
}

/// Why a check was in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PairError {
    /// No answer came, however often it was repeated.
    Unanswered,
    /// The answer was error 401, or was signed with another password than the other side has signalled. It counts as
    /// none (RFC 8489 §9.1.4).
    Unauthenticated,
    /// The answer was this error.
    Refused(u16),
    /// The answer came from this address, and the check had gone to another one. Or it came to another socket of this
    /// side (RFC 8445 §7.2.5.2.1).
    Asymmetric(SocketAddr),
    /// The answer could not be read.
    Unreadable,
    /// The pair worked, and then no check was answered for so long that consent has expired (RFC 7675 §5.1).
    ConsentLost,
}

impl fmt::Display for PairError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unanswered => f.write_str("not answered"),
            Self::Unauthenticated => f.write_str("answered with 401 or a wrong password"),
            Self::Refused(code) => write!(f, "answered with error {code}"),
            Self::Asymmetric(from) => {
                write!(f, "answered from {from}, or to another socket")
            }
            Self::Unreadable => f.write_str("the answer could not be read"),
            Self::ConsentLost => f.write_str("not answered any more, consent lost"),
        }
    }
}
