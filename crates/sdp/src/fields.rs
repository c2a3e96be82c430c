//! The values of the lines that are not attributes.

mod bandwidth;
mod connection;
mod origin;
mod timing;

pub use bandwidth::{Bandwidth, BandwidthKind};
pub use connection::Connection;
pub use origin::Origin;
pub use timing::Timing;
