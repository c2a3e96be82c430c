//! Scripts that call a running `peer serve` and tell as JSON what came back.

use std::process::Command;

use serde_json::Value;

/// Runs a script of this folder with these arguments. Its exit code 3 says that something is not installed.
pub(crate) fn run(interpreter: &str, name: &str, arguments: &[&str], install: &str) -> Value {
    let script = format!("{}/tests/support/{name}", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(interpreter)
        .arg(script)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{interpreter}: {error}; install it: {install}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_ne!(
        output.status.code(),
        Some(3),
        "{complaint}install it: {install}"
    );
    assert!(output.status.success(), "{complaint}");
    let told = serde_json::from_slice(&output.stdout).expect("JSON");
    println!("{name} {arguments:?}: {told}");
    told
}
