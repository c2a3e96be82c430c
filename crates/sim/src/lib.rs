//! A virtual network for testing strata engines.
//!
//! An engine of strata has no socket and no clock, so a test can be both. This crate moves datagrams
//! between engines in virtual time, loses and delays and reorders them as told, and is decided by one
//! seed: what failed once fails again. An hour of silence takes a microsecond.
//!
//! Every [`Endpoint`](strata_core::Endpoint) can be put in, without an adapter: *plain* engines, whose
//! input is `&mut [u8]` and whose transmit is `()`, and *routed* ones, with
//! [`Datagram`](strata_core::Datagram) and [`Transmit`](strata_core::Transmit). See [`Host`].
//!
//! | module       | what is there                                                               |
//! |--------------|-----------------------------------------------------------------------------|
//! | `entropy`    | [`SeededEntropy`]                                                           |
//! | `host`       | [`Host`]: engines of both families; [`Either`]; [`assert_send`]             |
//! | `link`       | [`Link`], [`LinkConfig`]: one direction of a link; filters; statistics      |
//! | `pair`       | [`Pair`]: two engines and a link                                            |
//! | `network`    | [`Network`]: many hosts with addresses, behind a [`Nat`] or not             |
//! | `run`        | [`RunLimits`], [`RunError`]: how runs end; [`START`]                        |
//! | `trace`      | [`Record`]: what was sent; [`pcap`]                                         |
//! | [`contract`] | the rules of `Endpoint`, checked on random schedules                        |
//!
//! | what it simulates                                              | state                          |
//! |----------------------------------------------------------------|--------------------------------|
//! | rate, delay, jitter, drop-tail queue, MTU, cuts                | done                           |
//! | loss (independent and in bursts), duplication, reordering, bit errors | done                    |
//! | ECN marks above a queue length                                 | done                           |
//! | IPv4, IPv6, several addresses per host                         | done; no fragments, no ICMP    |
//! | runs of segments (`segment_size`)                              | done                           |
//! | NAT: full cone, address- and port-restricted, symmetric (RFC 4787 §4, §5) | done; one outer address |
//! | NAT: hairpinning (§6), mapping lifetime (§4.3), UDP blocked, NAT behind NAT | done          |
//! | NAT: port preservation, NAT64, filters for IPv6                | not                            |
//! | TCP and TLS                                                    | not; such datagrams are counted as unroutable |
//! | contract: rules 2 to 8, floods, repaired forgeries             | done; see [`contract`]         |
//!
//! # A scenario
//!
//! ```
//! # use strata_core::{Endpoint, Instant};
//! # #[derive(Debug, Default)]
//! # struct Echo { queue: Vec<Vec<u8>>, got: Option<Vec<u8>> }
//! # impl Echo {
//! #     fn send(&mut self, _now: Instant, bytes: &[u8]) { self.queue.push(bytes.to_vec()); }
//! # }
//! # impl Endpoint for Echo {
//! #     type Input<'a> = &'a mut [u8];
//! #     type Transmit = ();
//! #     type Event = Vec<u8>;
//! #     fn handle_input(&mut self, _now: Instant, datagram: &mut [u8]) {
//! #         if datagram == b"ping" { self.queue.push(b"pong".to_vec()); }
//! #         self.got = Some(datagram.to_vec());
//! #     }
//! #     fn handle_timeout(&mut self, _now: Instant) {}
//! #     fn poll_transmit(&mut self, _now: Instant, out: &mut Vec<u8>) -> Option<()> {
//! #         self.queue.pop().map(|datagram| out.extend_from_slice(&datagram))
//! #     }
//! #     fn poll_event(&mut self) -> Option<Vec<u8>> { self.got.take() }
//! #     fn poll_timeout(&self) -> Option<Instant> { None }
//! # }
//! use core::time::Duration;
//! use strata_sim::{LinkConfig, Pair, RunError, contract};
//!
//! let link = LinkConfig::new().delay(Duration::from_millis(25)).rate(1_000_000);
//! let mut pair = Pair::new(Echo::default(), Echo::default(), link, 42);
//! pair.a.send(pair.now(), b"ping");
//! let took = pair.run_until(|pair| !pair.a_events.is_empty())?;
//! assert_eq!(took, 2 * Duration::from_micros(25_032)); // 4 bytes take 32 µs at 1 Mbit/s
//!
//! pair.cut();
//! pair.a.send(pair.now(), b"ping");
//! pair.run_for(Duration::from_secs(3600))?;
//! assert_eq!(pair.a_to_b.stats().dropped_down, 1);
//!
//! // And does it keep the rules of every engine, whatever arrives?
//! contract::check(|_entropy| (Echo::default(), Echo::default()));
//! # Ok::<(), RunError>(())
//! ```

pub mod contract;
mod drain;
mod entropy;
mod host;
mod link;
mod network;
mod pair;
mod run;
#[cfg(test)]
mod toy;
mod trace;

pub use drain::Violation;
pub use entropy::SeededEntropy;
pub use host::{Arrival, Either, Host, Outgoing, assert_send};
pub use link::{DropReason, Fate, Link, LinkConfig, LinkStats, Sent, Verdict};
pub use network::{Behaviour, HostId, Nat, NatConfig, NatId, Network, NetworkStats};
pub use pair::Pair;
pub use run::{RunError, RunLimits, START};
pub use trace::{Record, pcap};
