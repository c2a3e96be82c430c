//! RTP and RTCP packets, header extensions and payload formats (RFC 3550).
