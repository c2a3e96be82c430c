//! A DTLS engine with DTLS-SRTP keying (RFC 6347, 5764).
