//! SCTP for data channels (RFC 9260, 8831, 8832).
