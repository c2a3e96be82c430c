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

pub(super) fn hex_lines(file: &[u8]) -> Vec<Vec<u8>> {
    let text = std::str::from_utf8(file).expect("UTF-8");
    text.lines()
        .map(hex)
        .filter(|bytes| !bytes.is_empty())
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

pub(super) fn base64_csv(file: &[u8]) -> Vec<(String, Vec<u8>)> {
    let text = std::str::from_utf8(file).expect("UTF-8");
    let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines
        .enumerate()
        .filter_map(|(number, line)| {
            let value = line.split(',').nth(1)?;
            Some((format!("#{number}"), base64(value)))
        })
        .collect()
}

fn base64(text: &str) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes().filter(|letter| *letter != b'=') {
        let value = alphabet.iter().position(|other| *other == letter);
        let value = value.unwrap_or_else(|| panic!("{letter} in base64"));
        bits = bits << 6 | u32::try_from(value).expect("below 64");
        count += 6;
        if count >= 8 {
            count -= 8;
            let [.., low] = (bits >> count).to_be_bytes();
            bytes.push(low);
        }
    }
    bytes
}

/// The lines of an attribute, `candidate:` or another, or what is behind its name.
pub(super) fn attribute_lines(file: &[u8], name: &str, values: bool) -> Vec<Vec<u8>> {
    file.split(|byte| matches!(byte, b'\r' | b'\n'))
        .filter_map(|line| line.strip_prefix(b"a="))
        .filter_map(|line| Some((line, line.strip_prefix(name.as_bytes())?)))
        .map(|(line, value)| if values { value } else { line }.to_vec())
        .collect()
}

#[test]
fn base64_of_rfc_4648() {
    // RFC 4648 §10.
    assert_eq!(base64("Zg=="), b"f");
    assert_eq!(base64("Zm8="), b"fo");
    assert_eq!(base64("Zm9vYmFy"), b"foobar");
}
