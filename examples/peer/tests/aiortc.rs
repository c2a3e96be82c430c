//! aiortc, a WebRTC stack in Python over OpenSSL, libsrtp, libvpx and Opus, calls a running `peer serve`:
//! what it sends over data channels comes back equal, and the media that comes back decodes.
//!
//! Needs aiortc (`pip install aiortc`) in the `python3` of the search path, so it is behind the feature
//! `external`.

#![cfg(test)]

#[path = "support/program.rs"]
mod program;
#[path = "support/script.rs"]
mod script;

use serde_json::{Value, json};

#[test]
fn everything_comes_back_when_aiortc_offers() {
    let told = call("aiortc");
    assert_eq!(
        told["data"],
        json!({ "announced": true, "negotiated": true }),
        "{told}"
    );
}

#[test]
fn everything_comes_back_when_the_server_offers() {
    let told = call("server");
    assert_eq!(told["data"], json!({ "chat": true }), "{told}");
}

fn call(offerer: &str) -> Value {
    let (_server, page) = program::serve();
    let arguments = [&format!("{page}echo"), offerer];
    let told = script::run("python3", "aiortc_call.py", &arguments, INSTALL);
    assert_eq!(told["state"], "connected", "{told}");
    for kind in ["audio", "video"] {
        assert!(told["frames"][kind].as_u64().unwrap() >= 20, "{told}");
    }
    assert_eq!(told["ended"], true, "hanging up ends the session: {told}");
    told
}

const INSTALL: &str = "apt-get install python3-venv; python3 -m venv ~/aiortc; \
                       ~/aiortc/bin/pip install aiortc==1.16.0; PATH=~/aiortc/bin:$PATH";
