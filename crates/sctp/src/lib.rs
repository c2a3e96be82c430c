//! SCTP for data channels: reliable and partially reliable messages over DTLS, sans-IO.
//!
//! [`DataChannels`] is what WebRTC calls data channels; [`Association`] is the SCTP below it, for those
//! who want streams of messages without DCEP. Both are engines of [`strata_core::Endpoint`]: one packet
//! in, one packet out, no socket, no clock. They know no cryptography; whoever owns them puts DTLS
//! under them, or nothing, where the path is trusted.
//!
//! | module         | what is there                                                                  |
//! |----------------|--------------------------------------------------------------------------------|
//! | `channels`     | [`DataChannels`], [`Channel`]: DCEP, opening, closing                          |
//! | `association`  | [`Association`]: set-up, transfer, stream reset, shutdown, by RFC procedure    |
//! | `send`         | message queues, chunks in flight, congestion window, RTO                       |
//! | `reassembly`   | which TSNs have arrived, reassembly, order within streams                      |
//! | [`wire`]       | packets, chunks, parameters, causes, DCEP messages                             |
//! | `config`       | [`Config`], [`Limits`], [`Timing`]: every value with its reason                |
//!
//! | section                    | what                                | where                     | state |
//! |----------------------------|-------------------------------------|---------------------------|-------|
//! | RFC 9260 §3                | packets, chunks, causes             | `wire`                    | done  |
//! | RFC 9260 §5.1, §5.2        | set-up, crossing INITs, old cookies | `association/connect`     | partial: a restart (§5.2.4 A) closes the association; an ERROR for parameters of INIT ACK is not sent |
//! | RFC 9260 §6.1, §6.9, §6.10 | DATA, fragmentation, bundling       | `association/transmit`    | done; DATA is not bundled with COOKIE ECHO |
//! | RFC 9260 §6.2              | SACK, delayed SACK, windows         | `association/incoming_data` | done  |
//! | RFC 9260 §6.3              | RTO, T3-rtx                         | `send/rto`                | done  |
//! | RFC 9260 §6.4, §7.3        | multi-homing, path MTU discovery    |                           | not: one path, the MTU is configured |
//! | RFC 9260 §7.2              | congestion control                  | `send/congestion`         | done; Westwood+ by default, slow start ends as in RFC 9406 |
//! | RFC 9260 §8.2, §8.3        | failure detection, HEARTBEAT        | `association/heartbeat`   | done  |
//! | RFC 9260 §8.4              | packets out of the blue             | `association/incoming_packet` | partial: dropped and counted, not answered |
//! | RFC 9260 §9                | SHUTDOWN, ABORT                     | `association/shutdown`    | done, with T5-shutdown-guard |
//! | RFC 3758, RFC 7496         | partial reliability: count, time    | `send/outstanding/abandon`| done  |
//! | RFC 6525                   | stream reset                        | `association/reset`       | partial: outgoing reset; other requests are denied. A request that is repeated under a new number is known again |
//! | RFC 7053                   | I bit                               | `association/incoming_data`, `association/transmit` | done; set on retransmissions and on the last chunk there is |
//! | RFC 8985                   | losses at the tail, lost retransmissions | `association/tail_loss`, `send/outstanding` | partial: as far as they help SCTP |
//! | RFC 8261                   | SCTP over DTLS                      |                           | done: nothing of it is in packets |
//! | RFC 8831, RFC 8832         | data channels, DCEP                 | `channels`                | done; priorities are told, not obeyed; no PPID 52 and 54 |
//! | RFC 8260, RFC 9653         | I-DATA, zero checksum               |                           | not   |
//!
//! A message is copied once on its way out, from the caller's `Bytes` into the packet, and once on its
//! way in. The crate is `no_std` with `alloc`; without the feature `std` the checksum is computed by table.
//!
//! # Example
//!
//! ```
//! use strata_core::{Endpoint, Instant};
//! use strata_sctp::{ChannelConfig, Config, DataChannels, Event, MessageKind, Role};
//! use strata_sim::{LinkConfig, Pair, SeededEntropy};
//!
//! let mut client = DataChannels::new(Config::default(), SeededEntropy::entropy(1));
//! let mut server = DataChannels::new(Config::default(), SeededEntropy::entropy(2));
//! client.set_role(Instant::EPOCH, Role::Client);
//! server.set_role(Instant::EPOCH, Role::Server);
//! let mut pair = Pair::new(client, server, LinkConfig::new(), 3);
//!
//! let now = pair.now();
//! pair.a.connect(now);
//! pair.b.connect(now);
//! let chat = pair.a.open(now, ChannelConfig::new("chat"))?;
//! pair.a.channel(chat).expect("just opened").send(now, MessageKind::Text, "hello")?;
//! let said = |event: &Event| matches!(event, Event::Message { data, .. } if &data[..] == b"hello");
//! pair.run_until(|pair| pair.b_events.iter().any(|(_, event)| said(event)))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod association;
mod channels;
mod config;
mod error;
mod event;
mod ids;
mod message;
mod reassembly;
mod send;
mod stats;
mod stream_table;
mod tsn;
pub mod wire;

pub use association::Association;
pub use channels::{
    Channel, ChannelConfig, ChannelId, ChannelState, DataChannels, Event, MessageKind, Role,
};
pub use config::{Config, CongestionControl, Limits, Timing};
pub use error::{CloseReason, OpenError, SendError};
pub use event::AssociationEvent;
pub use ids::{Ppid, RequestNumber, Ssn, StreamId, Tsn};
pub use message::{Incoming, Outgoing, Reliability};
pub use stats::{Dropped, Stats, Traffic};
