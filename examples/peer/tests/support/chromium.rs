//! Chromium, as tests drive it.

use std::{
    io::Write as _,
    net::{Ipv4Addr, TcpStream},
    process::Command,
    time::Duration,
};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::program::Program;

/// The program that drives the browser. It takes the browser with it when it ends, if it is asked to:
/// killed, it would leave it behind.
pub(crate) struct Driver {
    program: Program,
    port: u16,
}

impl Driver {
    /// Starts it on a port that the system chooses.
    pub(crate) fn start() -> Self {
        let program = Program::start(
            Command::new("chromedriver").arg("--port=0"),
            "started successfully on port",
            "apt-get install --no-install-recommends chromium chromium-driver",
        );
        let said = program.said.trim_end_matches('.');
        let port = said.rsplit(' ').next().unwrap().parse().unwrap();
        Self { program, port }
    }

    /// A browser with a false camera and microphone, to which pages may listen.
    pub(crate) async fn open_browser(&self) -> Client {
        let Value::Object(capabilities) = json!({
            "goog:chromeOptions": { "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
                "--autoplay-policy=no-user-gesture-required",
                "--allow-loopback-in-peer-connection",
                "--disable-features=WebRtcHideLocalIpsWithMdns",
            ] }
        }) else {
            unreachable!("an object literal is an object")
        };
        ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("Chromium starts; apt-get install --no-install-recommends chromium")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let asked = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).and_then(|mut stream| {
            stream.write_all(b"GET /shutdown HTTP/1.1\r\nhost: localhost\r\n\r\n")
        });
        if asked.is_ok() {
            self.program.ended(PATIENCE);
        }
    }
}

/// How long Chromium and its driver may take to end.
const PATIENCE: Duration = Duration::from_secs(40);
