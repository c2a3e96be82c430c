//! The table of targets, the files in `fuzz_targets/`, the binaries in `Cargo.toml` and the folders in
//! `corpus/` name the same targets.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn names(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("a readable entry").path())
        .map(|path| {
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

fn targets() -> BTreeSet<String> {
    strata_fuzz::TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect()
}

#[test]
fn every_target_is_listed_once() {
    assert_eq!(targets().len(), strata_fuzz::TARGETS.len());
}

#[test]
fn every_target_has_a_file_that_runs_it() {
    assert_eq!(names("fuzz_targets"), targets());
    for name in targets() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fuzz_targets")
            .join(format!("{name}.rs"));
        let text = fs::read_to_string(file).expect("a readable file");
        assert!(text.contains(&format!("strata_fuzz::run(\"{name}\", data)")));
        assert!(text.contains(&format!("strata_fuzz::replay_main!(\"{name}\")")));
    }
}

#[test]
fn every_target_has_a_binary() {
    let manifest = include_str!("../Cargo.toml");
    let binaries: BTreeSet<_> = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("path = \"fuzz_targets/"))
        .filter_map(|rest| rest.strip_suffix(".rs\""))
        .map(str::to_owned)
        .collect();
    assert_eq!(binaries, targets());
}

#[test]
fn every_target_has_a_corpus() {
    assert_eq!(names("corpus"), targets());
}
