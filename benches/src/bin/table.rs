//! Turns what criterion has measured into a table of ratios, in Markdown.
//!
//! Reads criterion's folder, `target/criterion` or the first argument. Times are medians.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The rows of a group: what each took of an iteration, in nanoseconds.
#[derive(Default)]
struct Group {
    rows: BTreeMap<String, f64>,
    throughput: Option<Throughput>,
}

/// What an iteration does.
#[derive(Clone, Copy)]
enum Throughput {
    Bytes(f64),
    Elements(f64),
}

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1);
    let folder = folder.map_or_else(|| PathBuf::from("target/criterion"), PathBuf::from);
    let mut groups = BTreeMap::new();
    read(&folder, &mut groups)?;
    if groups.is_empty() {
        return Err(format!("nothing was measured in {}", folder.display()).into());
    }
    println!("| case | strata | throughput | strata / limit | others / strata |");
    println!("|---|---:|---:|---:|---|");
    for (name, group) in &groups {
        println!("{}", line(name, group));
    }
    Ok(())
}

/// Reads all measurements below a folder.
fn read(folder: &Path, groups: &mut BTreeMap<String, Group>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        if path.file_name().is_some_and(|name| name == "new") {
            read_one(&path, groups)?;
        } else {
            read(&path, groups)?;
        }
    }
    Ok(())
}

fn read_one(folder: &Path, groups: &mut BTreeMap<String, Group>) -> Result<()> {
    let json = |name| -> Result<Value> {
        let path = folder.join(name);
        let text = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(serde_json::from_slice(&text)?)
    };
    let (benchmark, estimates) = (json("benchmark.json")?, json("estimates.json")?);
    let text = |key: &str| -> Result<String> {
        let text = benchmark.get(key).and_then(Value::as_str);
        Ok(text.ok_or_else(|| format!("no {key}"))?.to_owned())
    };
    let time = estimates.pointer("/median/point_estimate");
    let time = time.and_then(Value::as_f64).ok_or("no median")?;
    let group = groups.entry(text("group_id")?).or_default();
    let of = |kind: &str| benchmark.pointer(&format!("/throughput/{kind}"))?.as_f64();
    group.throughput = of("Bytes")
        .map(Throughput::Bytes)
        .or_else(|| of("Elements").map(Throughput::Elements));
    group.rows.insert(text("function_id")?, time);
    Ok(())
}

fn line(name: &str, group: &Group) -> String {
    let Some(strata) = group.rows.get("strata") else {
        return format!("| {name} | not measured | | | |");
    };
    let throughput = group.throughput.map(|amount| rate(amount, *strata));
    let limit = group.rows.get("limit");
    let limit = limit.map(|limit| format!("{:.2}", strata / limit));
    let rivals = group
        .rows
        .iter()
        .filter(|(row, _)| !matches!(row.as_str(), "strata" | "limit"))
        .map(|(row, time)| format!("{row} {:.2}", time / strata));
    let rivals: Vec<_> = rivals.collect();
    format!(
        "| {name} | {} | {} | {} | {} |",
        duration(*strata),
        throughput.unwrap_or_default(),
        limit.unwrap_or_default(),
        rivals.join(", ")
    )
}

fn duration(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1.0, "ns")];
    scaled(nanoseconds, &units)
}

fn rate(throughput: Throughput, nanoseconds: f64) -> String {
    let (amount, units) = match throughput {
        Throughput::Bytes(bytes) => (bytes, [(1e9, "GB/s"), (1e6, "MB/s"), (1.0, "B/s")]),
        Throughput::Elements(elements) => (elements, [(1e6, "M/s"), (1e3, "k/s"), (1.0, "/s")]),
    };
    scaled(amount / nanoseconds * 1e9, &units)
}

/// A value with three digits, in the largest unit that it is one of at least.
fn scaled(value: f64, units: &[(f64, &str)]) -> String {
    let fits = units.iter().find(|(size, _)| value >= *size);
    let Some((size, unit)) = fits.or_else(|| units.last()) else {
        return value.to_string();
    };
    let value = value / size;
    let digits = if value < 10.0 {
        2
    } else {
        usize::from(value < 100.0)
    };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_the_ratios_to_the_limit_and_of_the_others() {
        let rows = [("strata", 3000.0), ("limit", 2000.0), ("other", 7500.0)];
        let group = Group {
            rows: rows.map(|(row, time)| (row.to_owned(), time)).into(),
            throughput: Some(Throughput::Bytes(1200.0)),
        };
        assert_eq!(
            line("layer/case", &group),
            "| layer/case | 3.00 µs | 400 MB/s | 1.50 | other 2.50 |"
        );
    }

    #[test]
    fn what_was_not_measured_is_said() {
        let group = Group::default();
        assert_eq!(line("a/b", &group), "| a/b | not measured | | | |");
    }
}
