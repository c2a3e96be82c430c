//! A thin link: datagrams between two sides, at a limited rate in each direction.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::UdpSocket,
    sync::mpsc,
    time::{Instant, sleep_until},
};

/// How a link treats what is sent.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Bits per second, with the headers of IPv4 and UDP.
    pub(crate) rate_bps: u64,
    /// How long the queue may be. What does not fit is dropped (drop-tail).
    pub(crate) queue: Duration,
}

/// What happened to the datagrams of one direction.
#[derive(Clone, Copy, Default)]
pub(crate) struct Count {
    pub(crate) offered: u64,
    pub(crate) dropped: u64,
    /// Bytes that went through.
    pub(crate) bytes: u64,
}

impl Count {
    /// What has happened since `before`.
    pub(crate) const fn since(self, before: Self) -> Self {
        Self {
            offered: self.offered - before.offered,
            dropped: self.dropped - before.dropped,
            bytes: self.bytes - before.bytes,
        }
    }

    /// The share that was dropped, in percent.
    pub(crate) const fn loss_percent(self) -> u64 {
        if self.offered == 0 {
            return 0;
        }
        100 * self.dropped / self.offered
    }
}

/// A link between two sides. Each sends to a port of the link's own, and hears from it.
pub(crate) struct Relay {
    /// Where the near side sends to.
    pub(crate) near: u16,
    /// Where the far side sends to.
    pub(crate) far: u16,
    up: Arc<Counters>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

#[derive(Default)]
struct Counters {
    offered: AtomicU64,
    dropped: AtomicU64,
    bytes: AtomicU64,
}

/// One end: a socket, and who is there.
struct End {
    socket: UdpSocket,
    /// The first address that anything came from, unless it is given.
    peer: Mutex<Option<SocketAddr>>,
}

impl Relay {
    /// A link, to `far` if that is known already.
    pub(crate) async fn start(shape: Shape, far: Option<SocketAddr>) -> Self {
        let (near, far) = (End::bind(None).await, End::bind(far).await);
        let port = |end: &End| end.socket.local_addr().unwrap().port();
        let ports = (port(&near), port(&far));
        let up = Arc::new(Counters::default());
        let down = Arc::new(Counters::default());
        let mut tasks = carry(shape, &near, &far, &up);
        tasks.extend(carry(shape, &far, &near, &down));
        Self {
            near: ports.0,
            far: ports.1,
            up,
            tasks,
        }
    }

    /// What the near side has sent.
    pub(crate) fn up(&self) -> Count {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Count {
            offered: read(&self.up.offered),
            dropped: read(&self.up.dropped),
            bytes: read(&self.up.bytes),
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl End {
    async fn bind(peer: Option<SocketAddr>) -> Arc<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let peer = Mutex::new(peer);
        Arc::new(Self { socket, peer })
    }

    /// Whether a datagram is from who is at this end.
    fn knows(&self, from: SocketAddr) -> bool {
        *self.peer.lock().unwrap().get_or_insert(from) == from
    }

    async fn deliver(&self, datagram: &[u8]) {
        let peer = *self.peer.lock().unwrap();
        if let Some(peer) = peer {
            // One that is gone is no fault of the link's.
            let _ = self.socket.send_to(datagram, peer).await;
        }
    }
}

/// One direction of a link.
fn carry(
    shape: Shape,
    from: &Arc<End>,
    to: &Arc<End>,
    counters: &Arc<Counters>,
) -> Vec<tokio::task::JoinHandle<()>> {
    let (queue, mut head) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let (from, to, counters) = (Arc::clone(from), Arc::clone(to), Arc::clone(counters));
    let take = async move {
        let mut bottleneck = Bottleneck::new(shape, Instant::now());
        let mut buffer = vec![0; 65_535];
        loop {
            let Ok((length, source)) = from.socket.recv_from(&mut buffer).await else {
                continue;
            };
            if !from.knows(source) {
                continue;
            }
            counters.offered.fetch_add(1, Ordering::Relaxed);
            if let Some(leaves) = bottleneck.take(Instant::now(), length) {
                let bytes = u64::try_from(length).unwrap();
                counters.bytes.fetch_add(bytes, Ordering::Relaxed);
                let _ = queue.send((leaves, buffer[..length].to_vec()));
            } else {
                counters.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    let give = async move {
        while let Some((leaves, datagram)) = head.recv().await {
            sleep_until(leaves).await;
            to.deliver(&datagram).await;
        }
    };
    vec![tokio::spawn(take), tokio::spawn(give)]
}

/// When datagrams have passed.
struct Bottleneck {
    shape: Shape,
    /// When all that was taken has passed.
    free: Instant,
}

impl Bottleneck {
    const fn new(shape: Shape, now: Instant) -> Self {
        Self { shape, free: now }
    }

    /// When a datagram leaves, or `None` if there is no room for it.
    fn take(&mut self, now: Instant, length: usize) -> Option<Instant> {
        let begins = self.free.max(now);
        if begins - now > self.shape.queue {
            return None;
        }
        let bits = 8 * u64::try_from(length + HEADER_BYTES).unwrap();
        self.free = begins + Duration::from_nanos(bits * 1_000_000_000 / self.shape.rate_bps);
        Some(self.free)
    }
}

/// Of IPv4 and UDP.
const HEADER_BYTES: usize = 28;

#[test]
fn a_bottleneck_keeps_its_rate_and_drops_what_its_queue_has_no_room_for() {
    let shape = Shape {
        rate_bps: 400_000,
        queue: Duration::from_millis(50),
    };
    let start = Instant::now();
    let mut bottleneck = Bottleneck::new(shape, start);
    // 1000 bytes with their headers take 20 ms.
    let mut take = |after| {
        let now = start + Duration::from_millis(after);
        let leaves = bottleneck.take(now, 972);
        leaves.map(|leaves| (leaves - start).as_millis())
    };
    assert_eq!([take(0), take(0), take(0)], [Some(20), Some(40), Some(60)]);
    assert_eq!(take(0), None);
    assert_eq!(take(10), Some(80));
    assert_eq!(take(500), Some(520));
}
