//! TURN client and server engines (RFC 8656).
