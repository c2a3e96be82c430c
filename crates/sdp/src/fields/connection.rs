//! `c=`: where media is sent to.

use alloc::string::String;
use core::{fmt, net::IpAddr, str::FromStr};

use crate::{
    Number,
    error::FieldError,
    grammar::{self, Cursor},
};

/// Connection information (RFC 8866 §5.7): `c=<nettype> <addrtype> <connection-address>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Connection {
    /// The type of network; `IN` is the internet.
    pub network_type: String,
    /// The type of address: `IP4` or `IP6`.
    pub address_type: String,
    /// The address without what follows a slash, as text: it may be a name.
    pub address: String,
    /// The time to live of an IPv4 multicast group.
    pub ttl: Option<u8>,
    /// How many contiguous multicast groups there are, if that is said.
    pub address_count: Option<Number>,
}

impl Connection {
    /// `IN IP4 <address>` or `IN IP6 <address>`.
    #[must_use]
    pub fn new(address: IpAddr) -> Self {
        Self {
            network_type: "IN".into(),
            address_type: if address.is_ipv4() { "IP4" } else { "IP6" }.into(),
            address: alloc::format!("{address}"),
            ttl: None,
            address_count: None,
        }
    }

    /// The address, if it is one and not a name.
    pub fn ip(&self) -> Option<IpAddr> {
        self.address.parse().ok()
    }
}

impl FromStr for Connection {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let network_type = cursor.token("nettype")?.into();
        let address_type: String = cursor.token("addrtype")?.into();
        let connection_address = cursor.word("connection-address")?;
        cursor.end("connection-address")?;
        let mut parts = connection_address.split('/');
        let address = parts
            .next()
            .filter(|address| !address.is_empty())
            .ok_or(FieldError::missing("connection-address"))?
            .into();
        // RFC 8866 §5.7: a TTL is there for IPv4 multicast only; IPv6 multicast does not use it.
        let ttl = if address_type.eq_ignore_ascii_case("IP6") {
            None
        } else {
            parts
                .next()
                .map(|ttl| grammar::number(ttl, "ttl"))
                .transpose()?
        };
        let address_count = parts
            .next()
            .map(|count| Number::read(count, "numaddr"))
            .transpose()?;
        if parts.next().is_some() {
            return Err(FieldError::malformed("connection-address"));
        }
        Ok(Self {
            network_type,
            address_type,
            address,
            ttl,
            address_count,
        })
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {}",
            self.network_type, self.address_type, self.address
        )?;
        if let Some(ttl) = self.ttl {
            write!(f, "/{ttl}")?;
        }
        if let Some(count) = &self.address_count {
            write!(f, "/{count}")?;
        }
        Ok(())
    }
}
