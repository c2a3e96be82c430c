//! STUN messages, integrity and transactions (RFC 8489).
