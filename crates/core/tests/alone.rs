//! Everything that an owner needs to drive an engine is in this crate: it is enough to import it and `std`.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use strata_core::{
    Datagram, Ecn, Endpoint, Entropy, EntropySource, Instant, Path, Protocol, ReplayError,
    ReplayWindow, Transmit, earliest, serial_number,
    wire::{Reader, TooLong, Truncated, prefixed_u16},
};

serial_number! {
    /// The number of a ping.
    pub struct Number(u16, i16);
}

/// Asks until it is answered, and doubles the time between two tries.
#[derive(Debug)]
struct Asker {
    path: Path,
    cookie: [u8; 4],
    number: Number,
    tries: u32,
    due: Option<Instant>,
    answered: Option<Number>,
    window: ReplayWindow<1>,
    refused: Vec<ReplayError>,
}

impl Asker {
    fn new(now: Instant, path: Path, mut entropy: Entropy) -> Self {
        Self {
            path,
            cookie: entropy.array(),
            number: Number::new(u16::MAX),
            tries: 0,
            due: Some(now),
            answered: None,
            window: ReplayWindow::new(),
            refused: Vec::new(),
        }
    }

    fn read(&self, datagram: &[u8]) -> Result<Option<Number>, Truncated> {
        let mut reader = Reader::new(datagram).prefixed_u16()?;
        let cookie: [u8; 4] = reader.take_array()?;
        let number = Number::new(reader.u16()?);
        Ok((cookie == self.cookie).then_some(number))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        prefixed_u16(out, |out| {
            out.extend_from_slice(&self.cookie);
            out.extend_from_slice(&self.number.get().to_be_bytes());
        })
    }
}

impl Endpoint for Asker {
    type Input<'a> = Datagram<'a>;
    type Transmit = Transmit;
    type Event = Number;

    fn handle_input(&mut self, _now: Instant, input: Datagram<'_>) {
        let Ok(Some(number)) = self.read(input.payload) else {
            return;
        };
        match self.window.check(u64::from(number.get())) {
            Ok(()) => self.window.accept(u64::from(number.get())),
            Err(error) => return self.refused.push(error),
        }
        if !number.newer_than(self.number) && input.ecn != Some(Ecn::Ce) {
            self.answered = Some(number);
            self.due = None;
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.due.is_some_and(|due| due <= now) {
            self.due = None;
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        if self.due.is_some() || self.answered.is_some() || self.tries > 2 {
            return None;
        }
        self.tries += 1;
        self.number = self.number.next();
        self.due = Some(now + Duration::from_secs(1) * 2_u32.pow(self.tries));
        self.write(out).ok()?;
        Some(Transmit::datagram(self.path))
    }

    fn poll_event(&mut self) -> Option<Number> {
        self.answered.take()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        earliest([self.due, None])
    }
}

/// Counts, and gives its forks a number range of their own.
struct Ranges(u8);

impl EntropySource for Ranges {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            *byte = self.0;
            self.0 = self.0.wrapping_add(1);
        }
    }

    fn fork(&mut self) -> Box<dyn EntropySource> {
        Box::new(Self(self.0.wrapping_add(0x80)))
    }
}

fn path() -> Path {
    let [local, remote] = [1, 2].map(|port| SocketAddr::from(([192, 0, 2, 1], port)));
    Path::udp(local, remote)
}

#[test]
fn an_engine_and_its_owner_need_nothing_else() {
    let start = Instant::EPOCH + Duration::from_secs(1);
    let mut asker = Asker::new(start, path(), Entropy::from_source(Ranges(0)).fork());
    assert_eq!(
        (path().protocol, asker.poll_timeout()),
        (Protocol::Udp, Some(start))
    );
    // The owner's loop, with a network that loses the first two.
    let (mut now, mut out, mut sent) = (start, Vec::new(), Vec::new());
    while let Some(due) = asker.poll_timeout() {
        now = due;
        asker.handle_timeout(now);
        while let Some(transmit) = asker.poll_transmit(now, &mut out) {
            assert_eq!(
                (transmit.path, transmit.ecn, transmit.segment_size),
                (path(), None, None)
            );
            sent.push((now - start, std::mem::take(&mut out)));
        }
        if sent.len() == 3 {
            break;
        }
    }
    let ask = |seconds, number| {
        (
            Duration::from_secs(seconds),
            vec![0, 6, 0x80, 0x81, 0x82, 0x83, 0, number],
        )
    };
    assert_eq!(sent, [ask(0, 0), ask(2, 1), ask(6, 2)]);
    // The answer is the question; a copy of it, another's and one cut short are dropped.
    let mut answer = sent[1].1.clone();
    for cut in 0..answer.len() {
        asker.handle_input(now, Datagram::new(path().reversed(), &mut answer[..cut]));
        assert_eq!(asker.poll_event(), None);
    }
    asker.handle_input(now, Datagram::new(path().reversed(), &mut answer));
    asker.handle_input(now, Datagram::new(path().reversed(), &mut answer));
    assert_eq!(asker.poll_event(), Some(Number::new(1)));
    assert_eq!((asker.poll_event(), asker.poll_timeout()), (None, None));
    assert_eq!(asker.refused, [ReplayError::Repeated]);
}

#[test]
fn a_closure_over_the_own_generator_is_randomness_for_all_engines() {
    let shared = Arc::new(AtomicU8::new(1));
    let mut entropy = Entropy::new({
        let shared = Arc::clone(&shared);
        move |out: &mut [u8]| out.fill(shared.fetch_add(1, Ordering::Relaxed))
    });
    let asker = Asker::new(Instant::EPOCH, path(), entropy.fork());
    let other = Asker::new(Instant::EPOCH, path(), entropy.fork());
    assert_eq!((asker.cookie, other.cookie), ([1; 4], [2; 4]));
}
