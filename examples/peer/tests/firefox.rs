//! A real Firefox with fake devices calls a running `peer serve` through its page, and everything it sends
//! comes back. It uses no loopback addresses, as it is by default, and the server listens on no other.
//!
//! Needs Firefox and Node with the module that drives it, so it is behind the feature `external`.

#![cfg(test)]

#[path = "support/program.rs"]
mod program;
#[path = "support/script.rs"]
mod script;

use serde_json::{Value, json};

#[test]
fn everything_comes_back_when_the_browser_offers() {
    echoed("browser");
}

#[test]
fn everything_comes_back_when_the_server_offers() {
    echoed("server");
}

fn echoed(offerer: &str) {
    let (_server, page) = program::serve();
    let told = script::run("node", "firefox_call.cjs", &[&page, offerer], INSTALL);

    let (data, media) = (&told["data"], &told["media"]);
    assert_eq!(data["equal"], json!([true, true, true, true]), "{told}");
    assert_eq!(data["sizes"], json!([5, 0, 1, 204_800]), "{told}");
    assert!(media["frames"].as_u64().unwrap() >= 30, "{told}");
    assert!(media["energy"].as_f64().unwrap() > 0.0, "{told}");
    assert!(media["shown"].as_u64().unwrap() > 0, "{told}");
    for (side, loopback) in [("browser", false), ("server", true)] {
        let candidates = told["candidates"][side].as_array().unwrap();
        let on_loopback = |line: &Value| line.as_str().unwrap().contains(" 127.0.0.1 ");
        assert_eq!(candidates.iter().any(on_loopback), loopback, "{told}");
    }
}

const INSTALL: &str = "apt-get install --no-install-recommends firefox-esr nodejs npm; \
                       npm install --prefix examples/peer/tests/support";
