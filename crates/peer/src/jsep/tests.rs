//! The session by itself.
