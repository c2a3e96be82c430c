//! What a test tells the check about its engines.

use strata_core::{Entropy, Instant};

use super::Culprit;

/// What a test may need to repair a forged datagram.
#[derive(Debug)]
pub struct Forgery<'s, A, B> {
    /// Who will get it.
    pub to: Culprit,
    /// The first engine.
    pub a: &'s A,
    /// The second engine.
    pub b: &'s B,
    /// The last datagram that the other engine sent to it; empty if there was none.
    pub honest: &'s [u8],
}

/// The functions that a test has given.
pub(super) struct Hooks<'m, A, B> {
    pub(super) drive: Box<Drive<'m, A, B>>,
    pub(super) closing: Box<dyn Fn(&str) -> bool + 'm>,
    pub(super) kind: Box<Kind<'m>>,
    pub(super) repair: Option<Box<Repair<'m, A, B>>>,
    pub(super) dropped: Option<Of<'m, A, B, u64>>,
    pub(super) states: Option<Of<'m, A, B, String>>,
    pub(super) heap: Option<(i64, Box<Measure<'m>>)>,
    pub(super) undrained: usize,
}

type Drive<'m, A, B> = dyn Fn(&mut A, &mut B, Instant, &mut Entropy) + 'm;
type Kind<'m> = dyn Fn(&[u8]) -> String + 'm;
type Repair<'m, A, B> = dyn Fn(Forgery<'_, A, B>, &mut Vec<u8>) + 'm;
type Of<'m, A, B, T> = (Box<dyn Fn(&A) -> T + 'm>, Box<dyn Fn(&B) -> T + 'm>);
type Measure<'m> = dyn Fn(&mut dyn FnMut()) -> i64 + 'm;

impl<A, B> Hooks<'_, A, B> {
    /// Does it, and says by how many bytes the heap has grown, if the test can tell.
    pub(super) fn measured(&self, work: impl FnOnce()) -> i64 {
        let mut work = Some(work);
        let mut once = || {
            if let Some(work) = work.take() {
                work();
            }
        };
        if let Some((_, measure)) = &self.heap {
            measure(&mut once)
        } else {
            once();
            0
        }
    }
}

impl<A, B> Default for Hooks<'_, A, B> {
    fn default() -> Self {
        Self {
            drive: Box::new(|_, _, _, _| ()),
            closing: Box::new(|event| event.starts_with("Closed")),
            kind: Box::new(|_| "datagram".to_owned()),
            repair: None,
            dropped: None,
            states: None,
            heap: None,
            undrained: 1024,
        }
    }
}
