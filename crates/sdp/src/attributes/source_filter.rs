//! Who may send to an address: RFC 4570.

use alloc::{string::String, vec::Vec};
use core::{fmt, net::IpAddr, str::FromStr};

use super::macros::words;
use crate::{Attribute, Connection, error::FieldError, grammar::Cursor};

/// `a=source-filter:`: from which addresses media is taken (RFC 4570 §3).
///
/// Filters of a media description stand in place of all of the session's:
/// [`Session::source_filters_of`](crate::Session::source_filters_of).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SourceFilter {
    /// Whether the sources are the only ones, or those left out.
    pub mode: FilterMode,
    /// The type of network; `IN` is the internet.
    pub network_type: String,
    /// The type of address: `IP4`, `IP6`, or `*` for both, where names are given.
    pub address_types: String,
    /// The address of the `c=` line that media is sent to, as text, for it may be a name; `*` for all.
    pub destination: String,
    /// The senders, as text, for they may be names.
    pub sources: Vec<String>,
}

words! {
    /// What a [`SourceFilter`] does with its sources (RFC 4570 §3).
    pub enum FilterMode, "filter-mode" {
        /// Only what comes from one of them is taken.
        Include = "incl",
        /// What comes from one of them is not taken.
        Exclude = "excl",
    }
}

impl SourceFilter {
    /// The word for all destinations, and for both types of addresses.
    pub const ANY: &'static str = "*";

    /// A filter for what is sent to `destination`.
    #[must_use]
    pub fn new(
        mode: FilterMode,
        destination: IpAddr,
        sources: impl IntoIterator<Item = IpAddr>,
    ) -> Self {
        let connection = Connection::new(destination);
        Self {
            mode,
            network_type: connection.network_type,
            address_types: connection.address_type,
            destination: connection.address,
            sources: sources
                .into_iter()
                .map(|source| alloc::format!("{source}"))
                .collect(),
        }
    }

    /// The sources that are addresses and no names.
    pub fn source_ips(&self) -> impl Iterator<Item = IpAddr> {
        self.sources.iter().filter_map(|source| source.parse().ok())
    }

    /// Whether it is about what is sent to one of the addresses of `connection`, of which there may be
    /// several (RFC 4570 §3.1). Names are compared as text.
    pub fn covers(&self, connection: &Connection) -> bool {
        let same = |own: &str, other: &str| own == Self::ANY || own.eq_ignore_ascii_case(other);
        if !same(&self.network_type, &connection.network_type)
            || !same(&self.address_types, &connection.address_type)
        {
            return false;
        }
        same(&self.destination, &connection.address)
            || match (self.destination.parse(), connection.ip()) {
                (Ok(own), Some(first)) => {
                    let count = connection.address_count.as_ref();
                    let count = count.map_or(Some(1), crate::Number::to_u64);
                    distance(first, own)
                        .is_some_and(|at| count.is_none_or(|count| at < u128::from(count)))
                }
                (Ok(_) | Err(_), _) => false,
            }
    }
}

/// How far `address` is above `first`; `None` if it is below, or of the other family.
fn distance(first: IpAddr, address: IpAddr) -> Option<u128> {
    match (first, address) {
        (IpAddr::V4(first), IpAddr::V4(address)) => address
            .to_bits()
            .checked_sub(first.to_bits())
            .map(u128::from),
        (IpAddr::V6(first), IpAddr::V6(address)) => address.to_bits().checked_sub(first.to_bits()),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => None,
    }
}

impl Attribute for SourceFilter {
    const NAME: &'static str = "source-filter";
}

impl FromStr for SourceFilter {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let filter = Self {
            mode: cursor.word("filter-mode")?.parse()?,
            network_type: cursor.token("nettype")?.into(),
            // A `*` is a token, too.
            address_types: cursor.token("address-types")?.into(),
            destination: cursor.word("dest-address")?.into(),
            sources: cursor.words().map(Into::into).collect(),
        };
        let is_address = filter.destination.parse::<IpAddr>().is_ok();
        // RFC 4570 §3.1: no TTL and no number of addresses; and both types of addresses only with a name.
        if filter.destination.contains('/') || filter.address_types == Self::ANY && is_address {
            return Err(FieldError::malformed("dest-address"));
        }
        if filter.sources.is_empty() {
            return Err(FieldError::missing("src-list"));
        }
        Ok(filter)
    }
}

impl fmt::Display for SourceFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // RFC 4570, appendix A: a space follows the colon.
        write!(
            f,
            " {} {} {} {}",
            self.mode, self.network_type, self.address_types, self.destination
        )?;
        self.sources
            .iter()
            .try_for_each(|source| write!(f, " {source}"))
    }
}
