//! Samples written as text.

use crate::sources::matches;

/// Which of an array's entries are wanted; `*` in a pattern stands for anything.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pick {
    /// The test source they come from.
    pub(crate) file: &'static str,
    /// The name of the literal.
    pub(crate) name: &'static str,
    /// The test around it.
    pub(crate) context: &'static str,
}

pub(super) fn json(file: &[u8], pick: &Pick) -> Vec<(String, Vec<u8>)> {
    let entries: Vec<serde_json::Value> = serde_json::from_slice(file).expect("an array");
    entries
        .iter()
        .filter_map(|entry| {
            let field = |name: &str| entry[name].as_str().unwrap_or_default();
            let (file, name, context) = (field("file"), field("name"), field("context"));
            let wanted = matches(pick.file, file)
                && matches(pick.name, name)
                && matches(pick.context, context);
            let label = format!("#{file}:{}:{name}:{context}", entry["line"]);
            wanted.then(|| (label, hex(field("hex"))))
        })
        .collect()
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text
        .chars()
        .filter_map(|c| c.to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    digits
        .chunks_exact(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}
