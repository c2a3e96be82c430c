//! A real Chromium sends video to a running `peer serve` over a link that carries less than it would like
//! to send. Because it is told how its packets arrive, it comes to send what the link carries. Beside it,
//! the same call from Chromium to Chromium.
//!
//! Needs Chromium and its driver (`apt-get install chromium chromium-driver`), so it is behind the
//! feature `external`. `STRATA_PEER` names another server to be measured.

#![cfg(test)]

#[path = "support/chromium.rs"]
mod chromium;
#[path = "support/ending.rs"]
mod ending;
#[path = "support/program.rs"]
mod program;
#[path = "support/relay.rs"]
mod relay;

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::Command,
    time::Duration,
};

use chromium::Driver;
use fantoccini::Client;
use program::Program;
use relay::{Count, Relay, Shape};
use serde_json::{Value, json};

/// RFC 3550 §6.4, draft-alvestrand-rmcat-remb-03.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_finds_out_what_a_thin_link_carries() {
    let (mut server, page) = serve();
    let driver = Driver::start();
    let browser = driver.open_browser().await;
    browser.goto(&page).await.unwrap();
    browser
        .execute(include_str!("support/page/thin_link.js"), vec![])
        .await
        .unwrap();

    let mut calls = vec![Call::of_server(&browser, "serve", "sendonly").await];
    calls.push(Call::of_server(&browser, "serve, and back", "sendrecv").await);
    calls.push(Call::of_browser(&browser, "Chromium").await);
    for second in 1..=LASTS {
        tokio::time::sleep(Duration::from_secs(1)).await;
        for call in &mut calls {
            call.measure(&browser, second).await;
        }
    }
    for call in &calls {
        println!("{}", call.summary());
        assert_eq!(call.last["state"], json!("connected"), "{}", call.name);
    }
    for call in &calls[..2] {
        // Report blocks that name the last sender report give the sender its round trip.
        assert!(
            call.last["reported"]["rtt"].is_number(),
            "{}: no report has reached the sender: {}",
            call.name,
            call.last
        );
        let steady = call.steady();
        assert!(
            steady.loss_percent() <= 10,
            "{}: {} % of what was sent from second {STEADY_FROM} on was lost",
            call.name,
            steady.loss_percent()
        );
        // Who sends nearly nothing loses nothing. A machine that encodes slowly sends some.
        assert!(
            call.steady_kbps() >= THIN.rate_bps / 1000 / 4,
            "{}: {} kbit/s through",
            call.name,
            call.steady_kbps()
        );
    }
    browser.close().await.unwrap();
    server.signal("INT");
    let ended = server.ended(Duration::from_secs(5)).expect("it ends");
    assert!(ended.success(), "{ended}");
}

/// The server to be measured, and its page.
fn serve() -> (Program, String) {
    let Ok(other) = std::env::var("STRATA_PEER") else {
        return program::serve();
    };
    let server = Program::start(
        Command::new(other).args(["serve", "--listen", "127.0.0.1:0"]),
        "open ",
        "STRATA_PEER is to name a server",
    );
    let words = server.said.split_whitespace();
    let page = words.into_iter().find(|word| word.starts_with("http"));
    let page = page.expect("the page's address").to_owned();
    (server, page)
}

/// A call over a link of its own.
struct Call {
    name: &'static str,
    relay: Relay,
    /// What the sender said last.
    last: Value,
    /// What had been sent by the second before, and by the time that the rate should be steady.
    before: Count,
    steady_from: Count,
    round_trips: Vec<f64>,
}

impl Call {
    async fn of_server(browser: &Client, name: &'static str, direction: &str) -> Self {
        let port = run(browser, "callServer", json!([name, direction])).await;
        let port = u16::try_from(port.as_u64().unwrap()).unwrap();
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let relay = Relay::start(THIN, Some(server)).await;
        run(browser, "connect", json!([name, relay.near])).await;
        Self::over(name, relay)
    }

    async fn of_browser(browser: &Client, name: &'static str) -> Self {
        let relay = Relay::start(THIN, None).await;
        let ends = json!([name, relay.near, relay.far]);
        run(browser, "callBrowser", ends).await;
        Self::over(name, relay)
    }

    fn over(name: &'static str, relay: Relay) -> Self {
        Self {
            name,
            relay,
            last: Value::Null,
            before: Count::default(),
            steady_from: Count::default(),
            round_trips: Vec::new(),
        }
    }

    async fn measure(&mut self, browser: &Client, second: u64) {
        self.last = run(browser, "measure", json!([self.name])).await;
        let sent = self.relay.up();
        let lately = sent.since(self.before);
        self.before = sent;
        if second == STEADY_FROM {
            self.steady_from = sent;
        }
        if second > STEADY_FROM {
            self.round_trips.extend(self.last["rtt"].as_f64());
        }
        println!(
            "{second:2} s  {:16} {:4} kbit/s through, {:2} % lost; {}",
            self.name,
            8 * lately.bytes / 1000,
            lately.loss_percent(),
            self.last
        );
    }

    /// What was sent once the rate should be steady.
    fn steady(&self) -> Count {
        self.before.since(self.steady_from)
    }

    /// The rate at which that came through, in kbit/s.
    fn steady_kbps(&self) -> u64 {
        8 * self.steady().bytes / 1000 / (LASTS - STEADY_FROM)
    }

    fn summary(&self) -> String {
        let steady = self.steady();
        let count = u32::try_from(self.round_trips.len().max(1)).unwrap();
        let mean = self.round_trips.iter().sum::<f64>() / f64::from(count);
        format!(
            "{}: from {STEADY_FROM} s on {} kbit/s through, {} of {} lost ({} %), round trip {:.0} ms",
            self.name,
            self.steady_kbps(),
            steady.dropped,
            steady.offered,
            steady.loss_percent(),
            1000.0 * mean
        )
    }
}

/// Calls a function of the page's script.
async fn run(browser: &Client, function: &str, arguments: Value) -> Value {
    let script = r"
        const [name, rest, done] = arguments;
        calls[name](...rest).then(value => done({ value }), error => done({ error: `${error}` }));
    ";
    let told = browser.execute_async(script, vec![json!(function), arguments]);
    let told = told.await.unwrap();
    assert_eq!(told["error"], Value::Null, "{function}");
    told["value"].clone()
}

/// The links.
const THIN: Shape = Shape {
    rate_bps: 400_000,
    queue: Duration::from_millis(300),
};

/// How long the calls last, in seconds.
const LASTS: u64 = 25;

/// How many seconds a sender has to find out what the link carries.
const STEADY_FROM: u64 = 10;
