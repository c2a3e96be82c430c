//! Two connections against each other in virtual time.
#![cfg(test)]

mod close;
mod contract;
mod cookies;
mod deadlines;
mod handshake;
mod hostile;
mod identity;
mod leftovers;
mod loss;
mod negotiation;
mod setup;
