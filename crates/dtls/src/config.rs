//! What a connection is told when it is made.

use core::time::Duration;
use std::sync::Arc;

use strata_crypto::{Certificate, key_exchange::Group};

use crate::{CipherSuite, SrtpProfile, wire::record::MAX_PLAINTEXT};

/// Which side of the handshake a connection takes.
///
/// In WebRTC the session descriptions settle it (`a=setup`, RFC 8842 §5): `active` is the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Sends the first `ClientHello`, when [`Connection::start`](crate::Connection::start) is called.
    Client,
    /// Waits for it.
    Server,
}

/// How a [`Connection`](crate::Connection) shall behave. [`Config::new`] gives the defaults.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Which side of the handshake to take.
    pub role: Role,
    /// Our certificate. Any number of connections may share one; RFC 8827 §6.5 wants a new one for
    /// each page origin that a user would not like to see correlated.
    pub certificate: Arc<Certificate>,
    /// SRTP protection profiles to negotiate (RFC 5764 §4.1.1), the preferred first; as server our order
    /// decides. Those without a number in DTLS ([`SrtpProfile::dtls_id`]) are passed over. If none is left, `use_srtp`
    /// is neither offered nor answered. Default: the four that have a number, AES-128-GCM first.
    pub srtp_profiles: Vec<SrtpProfile>,
    /// Cipher suites, the preferred first; as server our order decides. Default: all of
    /// [`CipherSuite`], AES-128-GCM first, suites with RSA certificates last (those are for clients
    /// only: our own certificate is ECDSA).
    pub cipher_suites: Vec<CipherSuite>,
    /// Groups for the key exchange, the preferred first; as server our order decides. Default: X25519,
    /// P-256, P-384.
    pub groups: Vec<Group>,
    /// The largest datagram of a handshake, in octets, without what the layers below add. Default:
    /// 1200, as browsers do. Application data is not fragmented: its sender keeps to its own limit.
    /// [`MIN_MTU`](Self::MIN_MTU) is used instead of less, and [`MAX_MTU`](Self::MAX_MTU) instead of more.
    pub mtu: usize,
    /// Whether the peer must know the extended master secret (RFC 7627). Default: yes, as every browser of
    /// today does. Without it somebody in the middle can make two handshakes end with the same keys (§1); the
    /// fingerprints still say who the peer is. Turn it off to talk to old peers (OpenSSL before 1.1.0, Kurento): the
    /// extension is offered all the same, and where the peer leaves it out, nothing but SRTP keys is exported
    /// (§5.4).
    pub require_extended_master_secret: bool,
    /// Whether a server answers a `ClientHello` only after the client has echoed a cookie (RFC 6347
    /// §4.2.1). Default: no. Behind ICE the client's address is verified before DTLS starts, and the
    /// exchange would cost a round trip; turn it on where the first datagram comes from anybody.
    pub cookie_exchange: bool,
    /// How long a handshake may take in all, from [`Connection::start`](crate::Connection::start) or, of a server
    /// that was not started, from the first `ClientHello`. Then the connection closes: with
    /// [`CloseReason::NoFingerprint`](crate::CloseReason::NoFingerprint) if only our owner's word was missing, else
    /// with [`CloseReason::Timeout`](crate::CloseReason::Timeout). Default: 30 s, a multiple of what a bad path
    /// takes, and about as long as a person waits for a call.
    pub handshake_timeout: Duration,
    /// When unanswered flights are sent again.
    pub retransmission: Retransmission,
    /// What is kept at most.
    pub limits: Limits,
}

impl Config {
    /// The smallest MTU: every record has to fit with some octets of a handshake message.
    pub const MIN_MTU: usize = 128;

    /// The largest MTU: 2¹⁴ octets, what a record holds at most (RFC 5246 §6.2.1).
    pub const MAX_MTU: usize = MAX_PLAINTEXT;

    /// The defaults for this role.
    #[must_use]
    pub fn new(role: Role, certificate: Arc<Certificate>) -> Self {
        Self {
            role,
            certificate,
            srtp_profiles: vec![
                SrtpProfile::AeadAes128Gcm,
                SrtpProfile::AeadAes256Gcm,
                SrtpProfile::Aes128CmHmacSha1_80,
                SrtpProfile::Aes128CmHmacSha1_32,
            ],
            cipher_suites: CipherSuite::ALL.to_vec(),
            groups: vec![Group::X25519, Group::Secp256r1, Group::Secp384r1],
            mtu: 1200,
            require_extended_master_secret: true,
            cookie_exchange: false,
            handshake_timeout: Duration::from_secs(30),
            retransmission: Retransmission::default(),
            limits: Limits::default(),
        }
    }
}

/// The timer of RFC 6347 §4.2.4.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retransmission {
    /// How long the first transmission of a flight waits for its answer. Default: 200 ms. RFC 6347
    /// recommends 1 s and allows less where time matters, as it does in WebRTC (browsers take 50 ms);
    /// a path slower than this costs a few needless datagrams.
    pub initial: Duration,
    /// Where doubling ends. Default: 60 s, the least RFC 6347 allows.
    pub maximum: Duration,
    /// How often a flight is sent again before the connection closes with
    /// [`CloseReason::Timeout`](crate::CloseReason::Timeout). Default: 8, which would be after 102 s in all:
    /// [`Config::handshake_timeout`] comes first.
    pub attempts: u32,
}

impl Default for Retransmission {
    fn default() -> Self {
        Self {
            initial: Duration::from_millis(200),
            maximum: Duration::from_secs(60),
            attempts: 8,
        }
    }
}

/// What is kept at most. What goes beyond is dropped and counted in [`Stats`](crate::Stats), unless it
/// says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest handshake message, in octets. Default: 64 KiB, which holds a chain of a dozen RSA
    /// certificates. A peer that announces a longer one is closed upon.
    pub handshake_message_bytes: usize,
    /// Octets of handshake messages being reassembled, all together. Default: 128 KiB: one message of
    /// the largest size while those after it arrive.
    pub reassembly_bytes: usize,
    /// Records that arrived before their keys, or application data before the handshake's end, kept until
    /// then. Default: 16 records, about what a sender's first congestion window brings.
    pub early_records: usize,
    /// Octets of application data waiting as [`Event::ApplicationData`](crate::Event::ApplicationData), the
    /// events themselves included. Default: 256 KiB. Owners who call
    /// [`handle_input_with`](crate::Connection::handle_input_with) queue nearly none.
    pub event_bytes: usize,
    /// How many records are sealed under one key before the connection closes with
    /// [`CloseReason::KeyExhausted`](crate::CloseReason::KeyExhausted), if that is fewer than the cipher stands
    /// ([`CipherSuite::max_records`](crate::CipherSuite::max_records)). DTLS 1.2 has no key update:
    /// [`Event::KeyRunsOut`](crate::Event::KeyRunsOut) tells in time that another connection is needed. Default:
    /// as many as the cipher stands.
    pub sealed_records: u64,
    /// How many records may fail to authenticate before the connection closes with
    /// [`CloseReason::KeyExhausted`](crate::CloseReason::KeyExhausted). Default: 2³⁶ (RFC 9147 §4.5.3).
    pub forged_records: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake_message_bytes: 64 * 1024,
            reassembly_bytes: 128 * 1024,
            early_records: 16,
            event_bytes: 256 * 1024,
            sealed_records: u64::MAX,
            forged_records: 1 << 36,
        }
    }
}
