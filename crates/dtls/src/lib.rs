//! A DTLS engine with DTLS-SRTP keying (RFC 6347, 5764).

mod alert;
mod config;
mod connection;
mod error;
mod event;
mod srtp;
mod stats;
mod suite;

pub use alert::AlertDescription;
pub use config::{Config, Limits, Retransmission, Role};
pub use connection::Connection;
pub use error::{CloseReason, ExportError, SealError};
pub use event::Event;
pub use srtp::{SrtpKeys, SrtpProfile};
pub use stats::{Drops, Stats};
pub use strata_crypto::{Certificate, Fingerprint, key_exchange::Group};
pub use suite::CipherSuite;
