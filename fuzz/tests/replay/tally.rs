//! What became of every sample.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use strata_fuzz::{Body, Outcome, Target};

/// Counts by target and source, and everything that went wrong.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    counts: BTreeMap<(&'static str, &'static str), Counts>,
    failures: Vec<String>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Operations on engines count as parsed.
    parsed: usize,
    refused: usize,
    panicked: usize,
    reasons: BTreeMap<String, usize>,
}

impl Tally {
    /// Runs a target on a sample, and checks what is expected of it: `Some(true)` that it is read.
    pub(crate) fn run(
        &mut self,
        target: &Target,
        source: &'static str,
        name: &str,
        bytes: &[u8],
        expected: Option<bool>,
    ) {
        let counts = self.counts.entry((target.name, source)).or_default();
        let outcome = catch_unwind(AssertUnwindSafe(|| match target.body {
            Body::Parser(body) => body(bytes),
            Body::Engine(body) => {
                body(bytes);
                Outcome::Parsed
            }
        }));
        let failure = match (outcome, expected) {
            (Err(_), _) => {
                counts.panicked += 1;
                Some("panicked".to_owned())
            }
            (Ok(Outcome::Parsed), expected) => {
                counts.parsed += 1;
                (expected == Some(false)).then(|| "was read, although it is malformed".to_owned())
            }
            (Ok(Outcome::Refused(reason)), expected) => {
                counts.refused += 1;
                *counts.reasons.entry(generalised(&reason)).or_default() += 1;
                (expected == Some(true)).then(|| format!("was refused: {reason}"))
            }
        };
        if let Some(failure) = failure {
            self.fail(format!("{}: {name} {failure}", target.name));
        }
    }

    pub(crate) fn fail(&mut self, failure: String) {
        self.failures.push(failure);
    }

    /// How many samples a target had.
    pub(crate) fn samples(&self, target: &str) -> usize {
        self.of(target)
            .map(|counts| counts.parsed + counts.refused)
            .sum()
    }

    /// How many of them it read.
    pub(crate) fn parsed(&self, target: &str) -> usize {
        self.of(target).map(|counts| counts.parsed).sum()
    }

    /// How many samples of one source a target read.
    pub(crate) fn parsed_from(&self, target: &'static str, source: &'static str) -> usize {
        self.counts
            .get(&(target, source))
            .map_or(0, |counts| counts.parsed)
    }

    fn of<'a>(&'a self, target: &'a str) -> impl Iterator<Item = &'a Counts> {
        self.counts
            .iter()
            .filter(move |((name, _), _)| *name == target)
            .map(|(_, counts)| counts)
    }

    /// Prints the counts, then fails if anything did.
    pub(crate) fn finish(self, what: &str) {
        println!("== {what}");
        for ((target, source), counts) in &self.counts {
            let Counts {
                parsed,
                refused,
                panicked,
                reasons,
            } = counts;
            println!(
                "{target:20} {source:45} {parsed:6} parsed {refused:6} refused {panicked} panicked"
            );
            let mut reasons: Vec<_> = reasons.iter().collect();
            reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            for (reason, count) in reasons.into_iter().take(3) {
                println!("{count:>60} x {reason}");
            }
        }
        assert!(
            self.failures.is_empty(),
            "{} failures in {what}:\n{}",
            self.failures.len(),
            self.failures.join("\n")
        );
    }
}

/// A reason without its numbers, so that like ones are counted together.
fn generalised(reason: &str) -> String {
    let mut out = String::new();
    for c in reason.chars() {
        match c {
            '0'..='9' if out.ends_with('N') => {}
            '0'..='9' => out.push('N'),
            c => out.push(c),
        }
    }
    out
}
