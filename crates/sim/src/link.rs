//! One direction of a link: a queue in virtual time.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BinaryHeap, VecDeque},
    fmt,
    time::Duration,
};

use strata_core::{Datagram, Ecn, Entropy, Instant, Path};

pub use config::LinkConfig;

use crate::{
    SeededEntropy,
    entropy::{happens, index},
};

mod config;
#[cfg(test)]
mod tests;

/// One direction of a link. The same seed and the same datagrams give the same fates.
pub struct Link {
    config: LinkConfig,
    entropy: Entropy,
    stats: LinkStats,
    filter: Option<Box<Filter>>,
    /// When the datagrams that wait will have left, and how long each is.
    backlog: VecDeque<(Instant, usize)>,
    backlog_bytes: usize,
    busy_until: Instant,
    /// The latest arrival so far of a datagram that was not held back; no other overtakes it.
    in_order: Instant,
    flying: BinaryHeap<Reverse<Flying>>,
    flown: u64,
    /// Whether a burst of losses goes on.
    bursting: bool,
    spare: Vec<Vec<u8>>,
}

/// What became of a datagram that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Arrives {
        /// When.
        at: Instant,
        /// When its duplicate does, if it has one.
        duplicate: Option<Instant>,
    },
    /// It was dropped.
    Dropped(DropReason),
}

/// Why a datagram was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DropReason {
    /// The link was cut.
    Down,
    /// The test's own filter said so.
    Filter,
    /// It was longer than the MTU.
    Mtu,
    /// The queue had no room.
    Queue,
    /// By chance.
    Loss,
    /// Nobody has the address it went to, or its own source address is not the sender's.
    Unroutable,
    /// A network address translator, or firewall, had no mapping that lets it in or out.
    Nat,
}

/// What a link did so far, in datagrams unless the name says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkStats {
    /// Given to the link.
    pub sent: u64,
    /// Given to the link, in bytes.
    pub sent_bytes: u64,
    /// Taken out at the other end, duplicates included.
    pub arrived: u64,
    /// Taken out at the other end, in bytes.
    pub arrived_bytes: u64,
    /// Dropped because the link was cut.
    pub dropped_down: u64,
    /// Dropped by the test's filter.
    pub dropped_filter: u64,
    /// Dropped because they were longer than the MTU.
    pub dropped_mtu: u64,
    /// Dropped because the queue had no room.
    pub dropped_queue: u64,
    /// Lost by chance.
    pub dropped_loss: u64,
    /// Sent twice.
    pub duplicated: u64,
    /// Held back.
    pub reordered: u64,
    /// With a flipped bit.
    pub corrupted: u64,
    /// Marked "congestion experienced".
    pub marked: u64,
    /// The longest the queue ever was, in bytes.
    pub peak_queue_bytes: usize,
}

/// A datagram as a test's filter sees it.
#[derive(Debug)]
pub struct Sent<'a> {
    /// When it is sent.
    pub now: Instant,
    /// How many were given to this link before it.
    pub index: u64,
    /// Its addresses, as the sender sees them.
    pub path: Path,
    /// Its bytes, which the filter may change.
    pub payload: &'a mut Vec<u8>,
}

/// What a test's filter decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on, and may still be lost by chance.
    Pass,
    /// It is dropped.
    Drop,
    /// It goes on, but arrives this much later than it would have; others overtake it.
    Hold(Duration),
}

/// A datagram that arrived.
#[derive(Debug)]
pub(crate) struct Arrived {
    /// Its addresses, as the sender sees them.
    pub(crate) path: Path,
    pub(crate) ecn: Option<Ecn>,
    pub(crate) payload: Vec<u8>,
}

impl Arrived {
    /// The datagram as its receiver sees it.
    pub(crate) fn datagram(&mut self) -> Datagram<'_> {
        Datagram::new(self.path.reversed(), &mut self.payload).with_ecn(self.ecn)
    }
}

type Filter = dyn FnMut(&mut Sent<'_>) -> Verdict + Send;

impl Link {
    /// An empty link.
    #[must_use]
    pub fn new(config: LinkConfig, seed: u64) -> Self {
        Self {
            config,
            entropy: SeededEntropy::entropy(seed),
            stats: LinkStats::default(),
            filter: None,
            backlog: VecDeque::new(),
            backlog_bytes: 0,
            busy_until: Instant::EPOCH,
            in_order: Instant::EPOCH,
            flying: BinaryHeap::new(),
            flown: 0,
            bursting: false,
            spare: Vec::new(),
        }
    }

    /// What it does to datagrams.
    pub const fn config(&self) -> LinkConfig {
        self.config
    }

    /// Changes what it does to the datagrams sent from now on.
    pub const fn set_config(&mut self, config: LinkConfig) {
        self.config = config;
    }

    /// Lets nothing pass from now on. What is under way still arrives.
    pub const fn cut(&mut self) {
        self.config.up = false;
    }

    /// Ends a [`cut`](Self::cut).
    pub const fn restore(&mut self) {
        self.config.up = true;
    }

    /// Loses everything that is under way; counted as [`LinkStats::dropped_down`].
    pub fn lose_all(&mut self) {
        while let Some(Reverse(flying)) = self.flying.pop() {
            self.stats.dropped_down += 1;
            self.recycle(flying.payload);
        }
    }

    /// Asks `filter` about every datagram sent from now on, before anything else happens to it.
    pub fn set_filter(&mut self, filter: impl FnMut(&mut Sent<'_>) -> Verdict + Send + 'static) {
        self.filter = Some(Box::new(filter));
    }

    /// Drops the datagrams of which `predicate` is true; a filter.
    pub fn drop_if(&mut self, mut predicate: impl FnMut(&Sent<'_>) -> bool + Send + 'static) {
        self.set_filter(move |sent| {
            if predicate(sent) {
                Verdict::Drop
            } else {
                Verdict::Pass
            }
        });
    }

    /// Drops the next `count` datagrams; a filter.
    pub fn drop_next(&mut self, count: u64) {
        let end = self.stats.sent.saturating_add(count);
        self.drop_if(move |sent| sent.index < end);
    }

    /// Drops the datagrams with these indices, counted from the first ever sent as 0; a filter.
    pub fn drop_indices(&mut self, indices: impl IntoIterator<Item = u64>) {
        let indices: Vec<u64> = indices.into_iter().collect();
        self.drop_if(move |sent| indices.contains(&sent.index));
    }

    /// Takes the filter away.
    pub fn clear_filter(&mut self) {
        self.filter = None;
    }

    /// What it did so far.
    pub const fn stats(&self) -> LinkStats {
        self.stats
    }

    /// How many datagrams are under way.
    pub fn in_flight(&self) -> usize {
        self.flying.len()
    }

    /// How many bytes wait in the queue at `now`.
    pub fn queued_bytes(&mut self, now: Instant) -> usize {
        while let Some((departure, bytes)) = self.backlog.front().copied() {
            if departure > now {
                break;
            }
            self.backlog.pop_front();
            self.backlog_bytes -= bytes;
        }
        self.backlog_bytes
    }

    /// When the next datagram arrives.
    pub fn next_arrival(&self) -> Option<Instant> {
        self.flying.peek().map(|Reverse(flying)| flying.arrival)
    }

    /// Sends one datagram.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        path: Path,
        ecn: Option<Ecn>,
        bytes: &[u8],
    ) -> Fate {
        let mut payload = self.spare.pop().unwrap_or_default();
        payload.extend_from_slice(bytes);
        let index = self.stats.sent;
        self.stats.sent += 1;
        self.stats.sent_bytes += length(bytes);
        let admitted = self
            .filtered(now, index, path, &mut payload)
            .and_then(|hold| Ok((hold, self.queued(now, ecn, payload.len())?)));
        match admitted {
            Ok((hold, (departure, ecn))) => {
                self.fly(departure, hold, Arrived { path, ecn, payload })
            }
            Err(reason) => {
                self.recycle(payload);
                Fate::Dropped(reason)
            }
        }
    }

    /// The next datagram that has arrived by `now`.
    pub(crate) fn receive(&mut self, now: Instant) -> Option<Arrived> {
        if self.next_arrival()? > now {
            return None;
        }
        let Reverse(flying) = self.flying.pop()?;
        self.stats.arrived += 1;
        self.stats.arrived_bytes += length(&flying.payload);
        Some(Arrived {
            path: flying.path,
            ecn: flying.ecn,
            payload: flying.payload,
        })
    }

    /// Gives a received datagram's buffer back for the next one.
    pub(crate) fn recycle(&mut self, mut payload: Vec<u8>) {
        if self.spare.len() < SPARE_BUFFERS {
            payload.clear();
            self.spare.push(payload);
        }
    }

    fn filtered(
        &mut self,
        now: Instant,
        index: u64,
        path: Path,
        payload: &mut Vec<u8>,
    ) -> Result<Duration, DropReason> {
        let verdict = self.filter.as_mut().map_or(Verdict::Pass, |filter| {
            filter(&mut Sent {
                now,
                index,
                path,
                payload,
            })
        });
        match verdict {
            Verdict::Pass => Ok(Duration::ZERO),
            Verdict::Hold(hold) => Ok(hold),
            Verdict::Drop => {
                self.stats.dropped_filter += 1;
                Err(DropReason::Filter)
            }
        }
    }

    /// Puts `bytes` into the queue: when they will have left it, and with which ECN mark.
    fn queued(
        &mut self,
        now: Instant,
        ecn: Option<Ecn>,
        bytes: usize,
    ) -> Result<(Instant, Option<Ecn>), DropReason> {
        if !self.config.up {
            self.stats.dropped_down += 1;
            return Err(DropReason::Down);
        }
        if bytes > self.config.mtu {
            self.stats.dropped_mtu += 1;
            return Err(DropReason::Mtu);
        }
        let Some(rate) = self.config.rate else {
            return Ok((now.max(self.busy_until), ecn));
        };
        let waiting = self.queued_bytes(now).saturating_add(bytes);
        if waiting > self.config.queue_bytes {
            self.stats.dropped_queue += 1;
            return Err(DropReason::Queue);
        }
        let mut marked = ecn;
        if ecn.is_some() && waiting > self.config.ecn_threshold_bytes {
            self.stats.marked += 1;
            marked = Some(Ecn::Ce);
        }
        self.busy_until = now.max(self.busy_until) + transmission_time(bytes, rate);
        self.backlog.push_back((self.busy_until, bytes));
        self.backlog_bytes = waiting;
        self.stats.peak_queue_bytes = self.stats.peak_queue_bytes.max(waiting);
        Ok((self.busy_until, marked))
    }

    fn fly(&mut self, departure: Instant, hold: Duration, mut datagram: Arrived) -> Fate {
        if self.in_burst() || happens(&mut self.entropy, self.config.loss) {
            self.stats.dropped_loss += 1;
            self.recycle(datagram.payload);
            return Fate::Dropped(DropReason::Loss);
        }
        if happens(&mut self.entropy, self.config.corrupt) {
            self.stats.corrupted += 1;
            self.flip_a_bit(&mut datagram.payload);
        }
        let duplicate = happens(&mut self.entropy, self.config.duplicate).then(|| {
            self.stats.duplicated += 1;
            let mut payload = self.spare.pop().unwrap_or_default();
            payload.extend_from_slice(&datagram.payload);
            let (path, ecn) = (datagram.path, datagram.ecn);
            Arrived { path, ecn, payload }
        });
        let at = self.launch(departure, hold, datagram);
        let duplicate = duplicate.map(|copy| self.launch(departure, hold, copy));
        Fate::Arrives { at, duplicate }
    }

    fn in_burst(&mut self) -> bool {
        let lost = self.bursting || happens(&mut self.entropy, self.config.burst);
        if lost {
            self.bursting = !happens(&mut self.entropy, self.config.burst_end);
        }
        lost
    }

    fn launch(&mut self, departure: Instant, mut hold: Duration, datagram: Arrived) -> Instant {
        let jitter = u64::try_from(self.config.jitter.as_nanos()).unwrap_or(u64::MAX);
        if happens(&mut self.entropy, self.config.reorder) {
            self.stats.reordered += 1;
            hold += self.config.hold;
        }
        let jitter = match jitter {
            0 => 0,
            most => self.entropy.below(most.saturating_add(1)),
        };
        let mut arrival = departure + self.config.delay + Duration::from_nanos(jitter);
        if hold.is_zero() {
            arrival = arrival.max(self.in_order);
            self.in_order = arrival;
        } else {
            arrival = arrival.max(self.in_order) + hold;
        }
        self.flying.push(Reverse(Flying {
            arrival,
            sequence: self.flown,
            path: datagram.path,
            ecn: datagram.ecn,
            payload: datagram.payload,
        }));
        self.flown += 1;
        arrival
    }

    fn flip_a_bit(&mut self, payload: &mut [u8]) {
        let at = index(&mut self.entropy, payload.len());
        let bit = 1u8 << self.entropy.below(8);
        if let Some(byte) = payload.get_mut(at) {
            *byte ^= bit;
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link")
            .field("config", &self.config)
            .field("stats", &self.stats)
            .field("in_flight", &self.flying.len())
            .finish_non_exhaustive()
    }
}

/// A datagram under way; the order is that of arrival, then that of sending.
#[derive(Debug)]
struct Flying {
    arrival: Instant,
    sequence: u64,
    path: Path,
    ecn: Option<Ecn>,
    payload: Vec<u8>,
}

impl Ord for Flying {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.arrival, self.sequence).cmp(&(other.arrival, other.sequence))
    }
}

impl PartialOrd for Flying {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Flying {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Flying {}

/// How long `bytes` take at `rate` bits per second.
fn transmission_time(bytes: usize, rate: u64) -> Duration {
    let nanos = u128::from(length_of(bytes)) * 8 * 1_000_000_000 / u128::from(rate);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

fn length(bytes: &[u8]) -> u64 {
    length_of(bytes.len())
}

fn length_of(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// How many empty buffers a link keeps, so that a long run does not allocate per datagram.
const SPARE_BUFFERS: usize = 1024;
