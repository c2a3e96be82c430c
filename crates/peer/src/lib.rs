//! A WebRTC peer connection without I/O (RFC 9429).
