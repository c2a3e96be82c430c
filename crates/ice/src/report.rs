//! Why there is a connection, or none: for people who look for the fault.

use core::{fmt, net::SocketAddr, time::Duration};

use strata_core::{Instant, Path};

use crate::{Candidate, PairError, PairState, Role, State};

/// What an agent knows of its search for a pair: [`Agent::report`](crate::Agent::report).
///
/// It is printed as one sentence, and a line for each pair.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The one thing that matters most.
    pub verdict: Verdict,
    /// How far the agent is.
    pub state: State,
    /// The present role.
    pub role: Role,
    /// How many sockets this side has.
    pub local_candidates: usize,
    /// How many candidates of the other side are known, signalled or found as source addresses of its checks.
    pub remote_candidates: usize,
    /// How many signalled candidates were ignored in this session: TCP, names, other components, unusable addresses,
    /// too many.
    pub remote_candidates_ignored: u64,
    /// The pairs of this session, the best first. After a restart, the one that is still in use from before is the
    /// first.
    pub pairs: Vec<PairReport>,
}

/// What an agent knows of one pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PairReport {
    /// The addresses to send from and to.
    pub path: Path,
    /// The candidate of this side: with the address that the other side sees, once a check was answered; before that,
    /// that of the socket.
    pub local: Candidate,
    /// The candidate of the other side.
    pub remote: Candidate,
    /// Whether it was checked.
    pub state: PairState,
    /// Both sides have agreed on it.
    pub nominated: bool,
    /// Data goes over it.
    pub selected: bool,
    /// It is from before a restart.
    pub previous: bool,
    /// The last round-trip time.
    pub round_trip: Option<Duration>,
    /// When the last check was answered with success.
    pub last_answer: Option<Instant>,
    /// Checks that were sent on it: with repetitions, and with consent checks.
    pub checks_sent: u64,
    /// Of these, those that were answered with success.
    pub checks_answered: u64,
    /// Authentic checks of the other side that came on it.
    pub checks_received: u64,
    /// Why the last check was in vain. `None` if it was answered, or may still be.
    pub last_error: Option<PairError>,
}

/// Why data goes over a pair, or why there is none. It is printed as a sentence that says what to try.
///
/// Some of it rests on messages that are not signed, such as answers with error 401. So whoever can see and forge the
/// datagrams can make it wrong; nothing but this report depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// A pair is in use, and it works.
    Connected,
    /// The pair in use does not answer any more, and no other one works. Consent has not expired yet.
    Silent,
    /// The pair that was in use did not answer for so long that nothing may be sent on it any more (RFC 7675 §5.1), and
    /// there is no other.
    ConsentLost,
    /// This side has no socket.
    NoLocalCandidates,
    /// The credentials of the other side are not known yet, so no check can be sent.
    NoRemoteCredentials,
    /// The other side has signalled no candidate, and no check of it has come.
    NoRemoteCandidates,
    /// The other side has signalled candidates, but none of those that can be used here.
    UnusableRemoteCandidates {
        /// How many were ignored.
        ignored: u64,
    },
    /// Both sides have candidates, but none of this side can send to one of the other.
    NoPairs,
    /// Checks are under way or wait for their turn. It is too early to say more.
    Checking,
    /// No check was answered, and none of the other side has come.
    NothingAnswered,
    /// Checks of the other side arrive, but those of this side are not answered.
    OneWay,
    /// Checks were answered with error 401, or with a wrong signature: the credentials that this side uses for the
    /// other one are not those that it has.
    WrongRemoteCredentials,
    /// This side has answered checks of the other one with error 401: it does not use the credentials of this side.
    WrongLocalCredentials,
    /// Both sides claim the same role again and again.
    RoleConflict,
    /// A check was answered from another address than it was sent to.
    Asymmetric {
        /// Where the check was sent.
        to: SocketAddr,
        /// Where the answer came from. If it is the same, the answer came to another socket of this side.
        from: SocketAddr,
    },
    /// Checks were answered with an error.
    Refused {
        /// The error code (RFC 8489 §14.8).
        code: u16,
    },
    /// The agent was closed.
    Closed,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnusableRemoteCandidates { ignored } => {
                return write!(
                    f,
                    "all candidates of the other side were ignored, {ignored} in number (TCP, names, or addresses that \
                     are refused or that no other host can have): let it offer IP addresses over UDP"
                );
            }
            Self::Asymmetric { to, from } if to == from => {
                return write!(
                    f,
                    "a check was sent to {to}, and the answer came to another socket of this side, so it does not \
                     count: pass each datagram on with the address of the socket that has received it"
                );
            }
            Self::Asymmetric { to, from } => {
                return write!(
                    f,
                    "a check was sent to {to} and answered from {from}, so the answer does not count: let the other \
                     side answer from the socket that was asked (one socket for each address)"
                );
            }
            Self::Refused { code: 403 } => {
                "the other side does not want any more data (error 403): ask it before you restart ICE"
            }
            Self::Refused { code } => {
                return write!(
                    f,
                    "the other side has answered checks with error {code}: see what it logs of them"
                );
            }
            Self::Connected => "connected",
            Self::Silent => {
                "the pair in use does not answer any more, and no other one works: wait, or restart ICE if the network \
                 has changed"
            }
            Self::ConsentLost => {
                "the other side has not answered for too long, so nothing may be sent to it any more: see whether it \
                 is still there, and restart ICE"
            }
            Self::NoLocalCandidates => "this side has no candidates: add the address of a socket",
            Self::NoRemoteCredentials => {
                "the credentials of the other side are not known: see whether its description arrives, and set it"
            }
            Self::NoRemoteCandidates => {
                "the other side has signalled no candidates: see whether they get through signalling (a=candidate), \
                 and add each"
            }
            Self::NoPairs => {
                "no candidate of this side can reach one of the other side: one has IPv4 only and the other one IPv6 \
                 only, so add a socket of the other kind"
            }
            Self::Checking => "checks are under way: wait",
            Self::NothingAnswered => {
                "no check was answered: the other side is gone or not reachable, or something on the way drops UDP; \
                 try another network, or have the other side offer a relay (TURN)"
            }
            Self::OneWay => {
                "checks of the other side arrive, but those of this side are not answered: something drops what this \
                 side sends; see whether its firewall lets UDP out, and whether datagrams leave by the right interface"
            }
            Self::WrongRemoteCredentials => {
                "the other side has answered 401: it has other credentials than this side was told; see whether its \
                 last description was set, above all after a restart"
            }
            Self::WrongLocalCredentials => {
                "checks of the other side were refused with 401: it was told other credentials than this side has; \
                 see whether the last description of this side has reached it, above all after a restart"
            }
            Self::RoleConflict => {
                "both sides claim the same role, and neither gives way: make the side that has sent the offer \
                 controlling, and the other one controlled"
            }
            Self::Closed => "this agent was closed: make a new one",
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.verdict)?;
        write!(
            f,
            "{}, {}, candidates: {} local, {} remote, {} ignored",
            self.state,
            role_name(self.role),
            self.local_candidates,
            self.remote_candidates,
            self.remote_candidates_ignored
        )?;
        for pair in &self.pairs {
            write!(f, "\n{pair}")?;
        }
        Ok(())
    }
}

impl fmt::Display for PairReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ({}) to {} ({}): {}",
            self.path.local, self.local.kind, self.path.remote, self.remote.kind, self.state
        )?;
        for (said, word) in [
            (self.selected, "selected"),
            (self.nominated, "nominated"),
            (self.previous, "from before the restart"),
        ] {
            if said {
                write!(f, ", {word}")?;
            }
        }
        write!(
            f,
            ", {} checks sent, {} answered, {} received",
            self.checks_sent, self.checks_answered, self.checks_received
        )?;
        if let Some(round_trip) = self.round_trip {
            write!(f, ", round trip {round_trip:?}")?;
        }
        if let Some(error) = self.last_error {
            write!(f, ", {error}")?;
        }
        Ok(())
    }
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Controlling => "controlling",
        Role::Controlled => "controlled",
    }
}
