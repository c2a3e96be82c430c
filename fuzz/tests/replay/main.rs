//! Runs every target over the project's own corpus, and over what others wrote when `STRATA_CORPUS` names
//! folders of it (as `PATH` names folders).
//!
//! A broken invariant or a panic in a target fails the test, with the sample's name. So does a sample that
//! is known to be valid (or known not to be) and is refused (or read), a row of [`sources::SOURCES`] that
//! finds no file or of whose samples too few are read, and a parser that no sample reaches. Where the variable
//! is not set, the test says that it has not checked them.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use strata_fuzz::{Body, TARGETS, Target, target};

mod formats;
mod sources;
mod tally;

use sources::{Destination, Expect, NO_FOREIGN_SAMPLES, SOURCES};
use tally::Tally;

#[test]
fn the_projects_own_corpus() {
    let mut tally = Tally::default();
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for target in TARGETS {
        run_folder(target, &corpus.join(target.name), &mut tally);
        // A parser that refuses everything would pass all else.
        if matches!(target.body, Body::Parser(_)) && tally.parsed(target.name) == 0 {
            tally.fail(format!("{}: nothing in the corpus is read", target.name));
        }
    }
    tally.finish("own corpus");
}

#[test]
fn foreign_corpora() {
    let Some(roots) = env::var_os("STRATA_CORPUS") else {
        // Not by `println!`, which is heard of a test that fails only.
        writeln!(
            io::stderr(),
            "NOT CHECKED: samples of other projects (STRATA_CORPUS names no folder of them)"
        )
        .expect("standard error");
        return;
    };
    let mut tally = Tally::default();
    let mut hits = vec![0_usize; SOURCES.len()];
    for root in env::split_paths(&roots) {
        let files = files_below(&root);
        assert!(!files.is_empty(), "no files below {}", root.display());
        for target in TARGETS {
            run_folder(target, &root.join(target.name), &mut tally);
        }
        for file in files {
            run_foreign(&root, &file, &mut hits, &mut tally);
        }
    }
    for (source, hits) in SOURCES.iter().zip(hits) {
        if hits == 0 {
            tally.fail(format!("no file matches {}", source.path));
        }
    }
    for source in SOURCES {
        if let Expect::AtLeast(least) = source.expect {
            let parsed = match source.target {
                Destination::Target(name) => tally.parsed_from(name, source.path),
                Destination::Demultiplexed => continue,
            };
            if parsed < least {
                let (path, target) = (source.path, &source.target);
                tally.fail(format!("{path}, {target:?}: {parsed} read, not {least}"));
            }
        }
    }
    for target in TARGETS {
        let parser = matches!(target.body, Body::Parser(_));
        if parser && !NO_FOREIGN_SAMPLES.contains(&target.name) && tally.samples(target.name) == 0 {
            tally.fail(format!("{}: no foreign sample", target.name));
        }
    }
    tally.finish("foreign corpora");
}

fn run_folder(target: &Target, folder: &Path, tally: &mut Tally) {
    for file in files_below(folder) {
        let name = format!("{}/{}", target.name, file_name(&file));
        let bytes = fs::read(&file).expect("a readable file");
        tally.run(target, "-", &name, &bytes, None);
    }
}

/// Gives a file to every row that wants it.
fn run_foreign(root: &Path, file: &Path, hits: &mut [usize], tally: &mut Tally) {
    let relative = file.strip_prefix(root).expect("a file below its root");
    let relative = relative.to_string_lossy().replace('\\', "/");
    let mut bytes = None;
    for (source, hits) in SOURCES.iter().zip(hits) {
        if !sources::matches(source.path, &relative) || sources::is_shadowed(source, &relative) {
            continue;
        }
        let bytes = bytes.get_or_insert_with(|| fs::read(file).expect("a readable file"));
        for sample in source.format.samples(bytes) {
            *hits += 1;
            let Some(name) = source.target.name(&sample.bytes) else {
                continue;
            };
            let target = target(name).unwrap_or_else(|| panic!("no target {name}"));
            let name = format!("{relative}{}", sample.name);
            let expected = source.expect.of(&name);
            tally.run(target, source.path, &name, &sample.bytes, expected);
        }
    }
}

/// All files below a folder in the order of their paths; none if there is no such folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
