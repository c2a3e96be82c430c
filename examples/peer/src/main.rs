//! The example peer.
fn main() {}
