//! One media description.

use alloc::{collections::BTreeSet, string::String, vec::Vec};
use core::{
    fmt::{self, Write as _},
    net::IpAddr,
};

use crate::{
    Attribute, Attributes, Bandwidth, BundleOnly, Candidate, Connection, Crypto, EndOfCandidates,
    FieldError, Line, MaxMessageSize, Mid, Number, RemoteCandidates, Rtcp, SctpMap, SctpPort,
    grammar::{self, Cursor, is_token},
    session::Section,
};

/// A media description: an `m=` line, and what holds for it (RFC 8866 §5.14).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Media {
    line: Line,
    /// Everything between the `m=` line and the first attribute.
    lines: Vec<Line>,
    /// The attributes of this media description.
    pub attributes: Attributes,
}

/// What an `m=` line says: `m=<media> <port>[/<number of ports>] <proto> <fmt> ...`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MediaLine<'a> {
    /// `audio`, `video`, `application`, ...
    pub kind: &'a str,
    /// The transport port; 0 for a rejected or, with `a=bundle-only`, a bundled media description.
    pub port: u16,
    /// The transport protocol, such as `UDP/TLS/RTP/SAVPF`.
    pub protocol: &'a str,
    /// What follows the port and a slash.
    count: Option<&'a str>,
    formats: &'a str,
}

impl<'a> MediaLine<'a> {
    /// Reads the value of an `m=` line.
    ///
    /// # Errors
    /// If it does not follow RFC 8866 §5.14. A line without formats is accepted, and one whose number of
    /// ports is none.
    pub fn parse(value: &'a str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let kind = cursor.token("media")?;
        let ports = cursor.word("port")?;
        let (port, count) = match ports.split_once('/') {
            Some((port, count)) => (port, Some(count)),
            None => (ports, None),
        };
        let port = grammar::number(port, "port")?;
        let protocol = cursor.word("proto")?;
        if !protocol.split('/').all(is_token) {
            return Err(FieldError::malformed("proto"));
        }
        // RFC 8866 §5.14 wants at least one format; who has no codec left writes none all the same.
        Ok(Self {
            kind,
            port,
            protocol,
            count,
            formats: cursor.rest(),
        })
    }

    /// How many ports there are, where that is said and can be read.
    pub fn port_count(&self) -> Option<Number> {
        self.count?.parse().ok()
    }

    /// The formats: for RTP, payload types, best first.
    pub fn formats(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.formats.split(' ').filter(|format| !format.is_empty())
    }
}

impl fmt::Display for MediaLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.port)?;
        if let Some(count) = self.count {
            write!(f, "/{count}")?;
        }
        write!(f, " {}", self.protocol)?;
        if self.formats.is_empty() {
            return Ok(());
        }
        write!(f, " {}", self.formats)
    }
}

impl Media {
    /// `m=<kind> <port> <protocol> <formats>`. Without any format, `0` stands in for one, as the
    /// grammar wants one even where the media is rejected.
    #[must_use]
    pub fn new<T: fmt::Display>(
        kind: &str,
        port: u16,
        protocol: &str,
        formats: impl IntoIterator<Item = T>,
    ) -> Self {
        let line = MediaLine {
            kind,
            port,
            protocol,
            count: None,
            formats: &joined(formats),
        };
        Self::from_line(Line::new('m', line))
    }

    /// A media description of nothing but this `m=` line.
    pub(crate) const fn from_line(line: Line) -> Self {
        Self {
            line,
            lines: Vec::new(),
            attributes: Attributes::new(),
        }
    }

    /// What the `m=` line says.
    pub fn line(&self) -> MediaLine<'_> {
        // It was parsed when it came in, or written by us; a caller's own bad words show as nothing.
        MediaLine::parse(self.line.value()).unwrap_or(MediaLine {
            kind: "",
            port: 0,
            protocol: "",
            count: None,
            formats: "",
        })
    }

    /// `audio`, `video`, `application`, ...
    pub fn kind(&self) -> &str {
        self.line().kind
    }

    /// The transport port; 0 for a rejected or, with `a=bundle-only`, a bundled media description.
    pub fn port(&self) -> u16 {
        self.line().port
    }

    /// The transport protocol, such as `UDP/TLS/RTP/SAVPF`.
    pub fn protocol(&self) -> &str {
        self.line().protocol
    }

    /// The formats: for RTP, payload types, best first.
    pub fn formats(&self) -> impl Iterator<Item = &str> {
        self.line().formats()
    }

    /// Changes the port, and nothing else.
    ///
    /// Port 0 rejects or stops the media (RFC 3264 §6, §8.2), unless `a=bundle-only` is there (RFC 9143
    /// §6): see [`is_rejected`](Self::is_rejected). What else names ports stays as it is: `a=rtcp` still
    /// sends RTCP to where it was (RFC 3605), and candidates still name the old addresses.
    /// [`set_destination`](Self::set_destination) changes them all.
    pub fn set_port(&mut self, port: u16) {
        let line = MediaLine {
            port,
            ..self.line()
        };
        self.line.replace(alloc::format!("{line}"));
    }

    /// Has this media sent to another address and port, as a gateway does that relays it: writes both, and
    /// removes what else says where it was sent to.
    ///
    /// Removed are other `c=` lines (RFC 8866 §5.7) and a count of ports (§5.14), which would name more than this
    /// one destination; `a=rtcp` (RFC 3605), so that RTCP goes to the next port, or to the same one where
    /// `a=rtcp-mux` is there (RFC 5761 §5.1.1); all candidates, and that they are all; and, unless the port
    /// is 0, `a=bundle-only`, which means something only beside port 0 (RFC 9143 §6). `a=source-filter`
    /// names senders and stays.
    pub fn set_destination(&mut self, address: IpAddr, port: u16) {
        let line = MediaLine {
            port,
            count: None,
            ..self.line()
        };
        self.line.replace(alloc::format!("{line}"));
        self.set_connection(Some(&Connection::new(address)));
        self.attributes.remove::<Rtcp>();
        self.attributes.remove::<Candidate>();
        self.attributes.remove::<RemoteCandidates>();
        self.attributes.remove::<EndOfCandidates>();
        if port != 0 {
            self.attributes.remove::<BundleOnly>();
        }
    }

    /// Changes the transport protocol.
    pub fn set_protocol(&mut self, protocol: &str) {
        let line = MediaLine {
            protocol,
            ..self.line()
        };
        self.line.replace(alloc::format!("{line}"));
    }

    /// Changes the formats; `0` stands in for none.
    pub fn set_formats<T: fmt::Display>(&mut self, formats: impl IntoIterator<Item = T>) {
        let line = MediaLine {
            formats: &joined(formats),
            ..self.line()
        };
        self.line.replace(alloc::format!("{line}"));
    }

    /// Its name (`a=mid`), if it has one that can be read.
    pub fn mid(&self) -> Option<Mid> {
        self.attributes.get()
    }

    /// Where this media goes, if it says so itself (RFC 8866 §5.7): the first `c=` line that can be read;
    /// see also [`Session::connection_of`](crate::Session::connection_of).
    pub fn connection(&self) -> Option<Connection> {
        self.values_of('c').find_map(|value| value.parse().ok())
    }

    /// Changes or removes where this media goes: of several `c=` lines (RFC 8866 §5.7), one is left, or none.
    pub fn set_connection(&mut self, connection: Option<&Connection>) {
        Section::media(&mut self.lines, &mut self.attributes).set('c', connection);
    }

    /// The proposed bandwidths (RFC 8866 §5.8), of the lines that can be read.
    pub fn bandwidths(&self) -> impl Iterator<Item = Bandwidth> {
        self.values_of('b').filter_map(|value| value.parse().ok())
    }

    /// Appends a bandwidth.
    pub fn push_bandwidth(&mut self, bandwidth: &Bandwidth) {
        Section::media(&mut self.lines, &mut self.attributes).push('b', bandwidth);
    }

    /// The values of the lines of one type, in their order.
    pub fn values_of(&self, kind: char) -> impl Iterator<Item = &str> {
        self.lines()
            .skip(1)
            .filter(move |line| line.is(kind))
            .map(Line::value)
    }

    /// All its lines, the `m=` line first.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        core::iter::once(&self.line)
            .chain(&self.lines)
            .chain(self.attributes.lines())
    }

    /// Appends an attribute: [`Attributes::push`], for building in one expression.
    #[must_use]
    pub fn with<T: Attribute>(mut self, attribute: &T) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// Whether it is rejected or stopped: port 0, and not because it is bundled (RFC 9143 §6).
    pub fn is_rejected(&self) -> bool {
        self.port() == 0 && !self.is_bundle_only()
    }

    /// Whether it is there only for those who bundle: port 0, which they do not take for a rejection, and
    /// `a=bundle-only` (RFC 9143 §6).
    ///
    /// That attribute is to be ignored where no bundle names the media description, which
    /// [`Session::bundle_of`](crate::Session::bundle_of) tells; beside another port it means nothing.
    pub fn is_bundle_only(&self) -> bool {
        self.port() == 0 && self.attributes.contains::<BundleOnly>()
    }

    /// The keys of SRTP that may be accepted, best first (RFC 4568 §5.1.2): of its `a=crypto` lines those
    /// that can be read, have no parameter that is unknown and mandatory (§6.3.7), and whose tag no line
    /// before them has (§4.1). If there are lines but none of these, the media is to be rejected.
    pub fn cryptos(&self) -> Vec<Crypto> {
        let mut tags = BTreeSet::new();
        self.attributes
            .all::<Crypto>()
            .flatten()
            .filter(|crypto| tags.insert(crypto.tag))
            .filter(|crypto| crypto.unknown_mandatory_parameter().is_none())
            .collect()
    }

    /// Whether it is media over RTP.
    pub fn is_rtp(&self) -> bool {
        self.protocol().split('/').any(|part| part == "RTP")
    }

    /// Whether it is data channels over SCTP over DTLS, in the words of RFC 8841 or older ones.
    pub fn is_data_channels(&self) -> bool {
        let mut parts = self.protocol().rsplit('/');
        self.kind() == "application" && parts.next() == Some("SCTP") && parts.next() == Some("DTLS")
    }

    /// The SCTP port, from `a=sctp-port` (RFC 8841 §5), `a=sctpmap` or, as drafts had it, the format.
    pub fn sctp_port(&self) -> Option<u16> {
        if let Some(SctpPort(port)) = self.attributes.get() {
            return Some(port);
        }
        if let Some(map) = self.attributes.get::<SctpMap>() {
            return Some(map.port);
        }
        self.formats().next()?.parse().ok()
    }

    /// The largest message the author takes, in bytes; `None` for any (RFC 8841 §6).
    pub fn max_message_size(&self) -> Option<u64> {
        match self.attributes.get().unwrap_or(MaxMessageSize::DEFAULT) {
            MaxMessageSize(0) => None,
            MaxMessageSize(size) => Some(size),
        }
    }

    pub(crate) const fn parts_mut(&mut self) -> (&mut Vec<Line>, &mut Attributes) {
        (&mut self.lines, &mut self.attributes)
    }
}

fn joined<T: fmt::Display>(formats: impl IntoIterator<Item = T>) -> String {
    let mut text = String::new();
    for format in formats {
        let separator = if text.is_empty() { "" } else { " " };
        // Writing to a string does not fail.
        let _ = write!(text, "{separator}{format}");
    }
    if text.is_empty() {
        text.push('0');
    }
    text
}
