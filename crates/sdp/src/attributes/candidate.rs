//! ICE candidates: RFC 8839 §5.1 and §5.2, RFC 6544 §4.5, RFC 8840 §8.2.

use alloc::{string::String, vec::Vec};
use core::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use super::macros::{flag_attribute, open_words, words};
use crate::{
    Attribute,
    error::FieldError,
    grammar::{self, Cursor},
};

/// `a=candidate:`: a transport address that may reach the author (RFC 8839 §5.1).
///
/// [`FromStr`] takes the value alone, and also what browsers trickle: `candidate:..` and
/// `a=candidate:..`. [`Display`](fmt::Display) writes the value alone;
/// [`to_trickle`](Self::to_trickle) adds the prefix.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Candidate {
    /// The same for candidates of the same type, base, server and transport.
    pub foundation: String,
    /// 1 for RTP (and whatever else there is only one of), 2 for RTCP; 1 to 256.
    pub component: u16,
    /// The transport protocol.
    pub transport: CandidateTransport,
    /// The priority of RFC 8445 §5.1.2.
    pub priority: u32,
    /// The address, or a name: `.local` names hide addresses (mDNS).
    pub address: CandidateAddress,
    /// The port; 9 for active TCP candidates (RFC 6544 §4.5).
    pub port: u16,
    /// How the candidate was come by.
    pub kind: CandidateKind,
    /// The address it was come by from, for all kinds but host.
    pub related_address: Option<CandidateAddress>,
    /// The port of that address.
    pub related_port: Option<u16>,
    /// What follows, in its order, as name and value: `tcptype`, `generation`, `ufrag`,
    /// `network-cost`, ...
    pub extensions: Vec<(String, String)>,
}

/// Where a candidate is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CandidateAddress {
    /// An address.
    Ip(IpAddr),
    /// A name, such as `4cdb6d36-....local`. RFC 8839 §5.1: to be ignored where it is not supported.
    Name(String),
}

open_words! {
    /// The transport protocol of a [`Candidate`].
    pub enum CandidateTransport {
        /// UDP.
        Udp = "udp",
        /// TCP (RFC 6544).
        Tcp = "tcp",
    }
}

open_words! {
    /// How a [`Candidate`] was come by (RFC 8445 §5.1.1).
    pub enum CandidateKind {
        /// An address of the host's own.
        Host = "host",
        /// What a STUN server saw.
        ServerReflexive = "srflx",
        /// What the peer saw.
        PeerReflexive = "prflx",
        /// An address of a TURN server.
        Relay = "relay",
    }
}

words! {
    /// Who opens the connection to a TCP candidate (RFC 6544 §4.5).
    pub enum TcpType, "tcptype" {
        /// The author does.
        Active = "active",
        /// The other side does.
        Passive = "passive",
        /// Both do at once.
        SimultaneousOpen = "so",
    }
}

flag_attribute! {
    /// `a=end-of-candidates`: no more will be trickled (RFC 8840 §8.2).
    EndOfCandidates, "end-of-candidates"
}

/// `a=remote-candidates:`: those the controlling agent chose (RFC 8839 §5.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoteCandidates(pub Vec<RemoteCandidate>);

/// One of [`RemoteCandidates`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RemoteCandidate {
    /// The component.
    pub component: u16,
    /// Its address.
    pub address: CandidateAddress,
    /// Its port.
    pub port: u16,
}

impl Candidate {
    /// A candidate of component 1 with nothing after its kind.
    ///
    /// # Errors
    /// If the foundation is empty, longer than 32 characters, or holds anything but visible ASCII without
    /// the colon.
    pub fn new(
        foundation: &str,
        transport: CandidateTransport,
        priority: u32,
        address: SocketAddr,
        kind: CandidateKind,
    ) -> Result<Self, FieldError> {
        Ok(Self {
            foundation: checked_foundation(foundation)?.into(),
            component: 1,
            transport,
            priority,
            address: address.ip().into(),
            port: address.port(),
            kind,
            related_address: None,
            related_port: None,
            extensions: Vec::new(),
        })
    }

    /// The value of the first extension called `name`.
    pub fn extension(&self, name: &str) -> Option<&str> {
        self.extensions
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Where it is; `None` if that is a name. A `.local` name hides an address: it is looked up by mDNS,
    /// and any other name by DNS.
    pub const fn socket_addr(&self) -> Option<SocketAddr> {
        match self.address {
            CandidateAddress::Ip(address) => Some(SocketAddr::new(address, self.port)),
            CandidateAddress::Name(_) => None,
        }
    }

    /// Who opens the connection, for TCP candidates that say so.
    pub fn tcp_type(&self) -> Option<TcpType> {
        self.extension("tcptype")?.parse().ok()
    }

    /// The user name fragment of the generation it belongs to, which trickled candidates bear.
    pub fn ufrag(&self) -> Option<&str> {
        self.extension("ufrag")
    }

    /// Reads what comes next, if it is called `name`; what cannot be read becomes an extension.
    fn related<T>(
        &mut self,
        name: &str,
        cursor: &mut Cursor<'_>,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        if !cursor.keyword(name) {
            return None;
        }
        let value = extension_value(cursor);
        let read = read(value);
        if read.is_none() {
            self.push_extension(name, value);
        }
        read
    }

    fn push_extension(&mut self, name: &str, value: &str) {
        self.extensions.push((name.into(), value.into()));
    }

    /// `candidate:..`, as browsers trickle it (`RTCIceCandidate.candidate`).
    #[must_use]
    pub fn to_trickle(&self) -> String {
        alloc::format!("candidate:{self}")
    }
}

impl Attribute for Candidate {
    const NAME: &'static str = "candidate";
}

impl FromStr for Candidate {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let value = without_prefix(value.trim_end_matches([' ', '\r', '\n']));
        let mut cursor = Cursor::new(value);
        // ICE-lite servers of Google's have been seen to send none at all.
        let foundation = if value.starts_with(' ') {
            ""
        } else {
            checked_foundation(cursor.word("foundation")?)?
        };
        let mut candidate = Self {
            foundation: foundation.into(),
            component: component(&mut cursor)?,
            transport: cursor.token("transport")?.into(),
            priority: cursor.number("priority")?,
            address: cursor.word("connection-address")?.parse()?,
            port: cursor.number("port")?,
            kind: kind(&mut cursor)?,
            related_address: None,
            related_port: None,
            extensions: Vec::new(),
        };
        // RFC 8839 §5.1: the related address is for diagnostics, so what cannot be read of it does not cost
        // the candidate. It is kept with the extensions, and so is any name of theirs.
        candidate.related_address =
            candidate.related("raddr", &mut cursor, |address| address.parse().ok());
        candidate.related_port = candidate.related("rport", &mut cursor, |port| {
            grammar::number(port, "rel-port").ok()
        });
        while let Ok(name) = cursor.word("extension-att-name") {
            candidate.push_extension(name, extension_value(&mut cursor));
        }
        Ok(candidate)
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} {} {} {} typ {}",
            self.foundation,
            self.component,
            self.transport,
            self.priority,
            self.address,
            self.port,
            self.kind
        )?;
        if let Some(address) = &self.related_address {
            write!(f, " raddr {address}")?;
        }
        if let Some(port) = self.related_port {
            write!(f, " rport {port}")?;
        }
        for (name, value) in &self.extensions {
            write!(f, " {name} {value}")?;
        }
        Ok(())
    }
}

impl CandidateAddress {
    /// The address, if it is one and not a name.
    pub const fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(address) => Some(*address),
            Self::Name(_) => None,
        }
    }
}

impl From<IpAddr> for CandidateAddress {
    fn from(address: IpAddr) -> Self {
        Self::Ip(address)
    }
}

impl FromStr for CandidateAddress {
    type Err = FieldError;

    fn from_str(text: &str) -> Result<Self, FieldError> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Ip(address));
        }
        grammar::checked(text, "connection-address", 1..=255, |c| {
            c.is_ascii_graphic()
        })
        .map(|name| Self::Name(name.into()))
    }
}

impl fmt::Display for CandidateAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => write!(f, "{address}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl Attribute for RemoteCandidates {
    const NAME: &'static str = "remote-candidates";
}

impl FromStr for RemoteCandidates {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let mut candidates = Vec::new();
        loop {
            candidates.push(RemoteCandidate {
                component: component(&mut cursor)?,
                address: cursor.word("connection-address")?.parse()?,
                port: cursor.number("port")?,
            });
            if cursor.is_empty() {
                return Ok(Self(candidates));
            }
        }
    }
}

impl fmt::Display for RemoteCandidates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for candidate in &self.0 {
            write!(
                f,
                "{separator}{} {} {}",
                candidate.component, candidate.address, candidate.port
            )?;
            separator = " ";
        }
        Ok(())
    }
}

/// RFC 8839 §5.1 wants 1 to 32 `ice-char`s, and more characters occur. No colon, or a foundation could look
/// like the attribute's name.
fn checked_foundation(text: &str) -> Result<&str, FieldError> {
    let visible = |c: char| c.is_ascii_graphic() && c != ':';
    grammar::checked(text, "foundation", 1..=32, visible)
}

/// RFC 8839 §5.1: the value may be empty, which is visible only at the end of the line.
fn extension_value<'a>(cursor: &mut Cursor<'a>) -> &'a str {
    cursor.word("extension-att-value").unwrap_or_default()
}

/// The value of what may be a whole attribute, or a line.
fn without_prefix(text: &str) -> &str {
    let line = text.trim_start_matches(' ');
    let attribute = line.strip_prefix("a=").unwrap_or(line);
    attribute.strip_prefix("candidate:").unwrap_or(text)
}

/// RFC 8839 §5.1: between 1 and 256.
fn component(cursor: &mut Cursor<'_>) -> Result<u16, FieldError> {
    match cursor.number("component-id")? {
        component @ 1..=256 => Ok(component),
        _ => Err(FieldError::out_of_range("component-id")),
    }
}

fn kind(cursor: &mut Cursor<'_>) -> Result<CandidateKind, FieldError> {
    if cursor.keyword("typ") {
        cursor.token("candidate-types").map(CandidateKind::from)
    } else if cursor.is_empty() {
        Err(FieldError::missing("cand-type"))
    } else {
        Err(FieldError::malformed("cand-type"))
    }
}
