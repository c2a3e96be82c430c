//! `o=`: who made the description, and which version of it this is.

use alloc::string::String;
use core::{fmt, str::FromStr};

use crate::{Number, error::FieldError, grammar::Cursor};

/// The origin of a session (RFC 8866 §5.2): `o=<username> <sess-id> <sess-version> <nettype>
/// <addrtype> <unicast-address>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// The user's login, `-` if there is none.
    pub username: String,
    /// Makes the session unique together with the other fields but the version.
    pub session_id: Number,
    /// Grows by one whenever the description changes (RFC 8866 §5.2, RFC 3264 §8):
    /// [`successor`](Number::successor).
    pub session_version: Number,
    /// The type of network; `IN` is the internet.
    pub network_type: String,
    /// The type of address: `IP4` or `IP6`.
    pub address_type: String,
    /// The address of the machine the session was made on, as text: it may be a name.
    pub address: String,
}

impl Origin {
    /// `- <session_id> <session_version> IN IP4 127.0.0.1`, as RFC 9429 §5.2.1 wants it of browsers:
    /// it tells nothing about the machine.
    #[must_use]
    pub fn new(session_id: u64, session_version: u64) -> Self {
        Self {
            username: "-".into(),
            session_id: session_id.into(),
            session_version: session_version.into(),
            network_type: "IN".into(),
            address_type: "IP4".into(),
            address: "127.0.0.1".into(),
        }
    }
}

impl FromStr for Origin {
    type Err = FieldError;

    fn from_str(value: &str) -> Result<Self, FieldError> {
        let mut cursor = Cursor::new(value);
        let origin = Self {
            username: cursor.word("username")?.into(),
            session_id: cursor.long_number("sess-id")?,
            session_version: cursor.long_number("sess-version")?,
            network_type: cursor.token("nettype")?.into(),
            address_type: cursor.token("addrtype")?.into(),
            address: cursor.word("unicast-address")?.into(),
        };
        cursor.end("unicast-address")?;
        Ok(origin)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {} {} {} {}",
            self.username,
            self.session_id,
            self.session_version,
            self.network_type,
            self.address_type,
            self.address
        )
    }
}
