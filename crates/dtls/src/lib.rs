//! A DTLS engine with DTLS-SRTP keying (RFC 6347, 5764).

mod alert;
mod config;
mod connection;
mod error;
mod event;
mod flight;
mod identity;
mod negotiation;
mod outbox;
mod protection;
mod reassembly;
mod shared;
mod srtp;
mod state;
mod stats;
mod suite;
mod transcript;
mod v12;
mod window;
mod wire;

pub use alert::AlertDescription;
pub use config::{Config, Limits, Retransmission, Role};
pub use connection::Connection;
pub use error::{CloseReason, ExportError, SealError};
pub use event::Event;
pub use srtp::{SrtpKeys, SrtpProfile};
pub use stats::{Drops, Stats};
pub use strata_crypto::{Certificate, Fingerprint, key_exchange::Group};
pub use suite::CipherSuite;
