//! Session descriptions (RFC 8866) with the WebRTC attributes: text in, text out, lossless.
