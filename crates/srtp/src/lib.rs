//! SRTP and SRTCP protection (RFC 3711, 7714).
