//! A real Chromium with fake devices calls a running `peer serve` through its page, and everything it
//! sends comes back: video that decodes, audio with energy, data that is equal.
//!
//! Needs Chromium and its driver (`apt-get install chromium chromium-driver`), so it is behind the
//! feature `external`.

#![cfg(test)]

#[path = "support/program.rs"]
mod program;

use std::{
    process::Command,
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use program::Program;
use serde_json::{Value, json};

#[tokio::test]
async fn everything_comes_back_when_the_browser_offers() {
    echoed("browser").await;
}

#[tokio::test]
async fn everything_comes_back_when_the_server_offers() {
    echoed("server").await;
}

async fn echoed(offerer: &str) {
    let (_server, page) = program::serve();
    let driver = Program::start(
        Command::new("chromedriver").arg("--port=0"),
        "started successfully on port",
        "apt-get install --no-install-recommends chromium chromium-driver",
    );
    let port = driver
        .said
        .trim_end_matches('.')
        .rsplit(' ')
        .next()
        .unwrap();
    let browser = open_browser(port).await;

    browser.goto(&page).await.unwrap();
    let selector = format!("#offerer option[value={offerer}]");
    browser
        .find(Locator::Css(&selector))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    browser
        .find(Locator::Css("#start"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();

    wait_until(
        &browser,
        "return call?.pc.connectionState === 'connected'",
        "the call connects",
    )
    .await;
    wait_until(
        &browser,
        "return call?.channel?.readyState === 'open'",
        "the channel opens",
    )
    .await;
    let data = browser.execute_async(ECHO_MESSAGES, vec![]).await.unwrap();
    wait_until(
        &browser,
        ENOUGH_MEDIA,
        "30 frames and audible sound come back",
    )
    .await;
    let media = browser.execute_async(MEASURE_MEDIA, vec![]).await.unwrap();

    println!("offer by {offerer}: {media} data: {data}");
    assert_eq!(data["equal"], json!([true, true, true, true]), "{data}");
    assert_eq!(data["sizes"], json!([5, 0, 1, 204_800]), "{data}");
    assert!(media["frames"].as_u64().unwrap() >= 30, "{media}");
    assert!(
        media["width"].as_u64().unwrap() > 0 && media["height"].as_u64().unwrap() > 0,
        "{media}"
    );
    assert!(media["energy"].as_f64().unwrap() > 0.0, "{media}");
    assert!(
        media["shown"].as_u64().unwrap() > 0,
        "the page shows the video: {media}"
    );

    page_shows_the_state(&browser).await;
    hanging_up_ends_the_session(&browser).await;
    browser.close().await.unwrap();
}

/// The page's own display is part of what a person sees.
async fn page_shows_the_state(browser: &Client) {
    wait_until(
        browser,
        "return document.getElementById('rtt').textContent.endsWith('ms')",
        "the page shows a round trip",
    )
    .await;
    wait_until(
        browser,
        "return document.getElementById('sctp').textContent === 'connected'",
        "the page shows SCTP",
    )
    .await;
}

/// At the server too.
async fn hanging_up_ends_the_session(browser: &Client) {
    let location = browser
        .execute("return call.location", vec![])
        .await
        .unwrap();
    browser
        .find(Locator::Css("#stop"))
        .await
        .unwrap()
        .click()
        .await
        .unwrap();
    let gone = format!(
        "const done = arguments[0]; fetch({location}, {{ method: 'DELETE' }}).then(r => done(r.status))"
    );
    let deadline = Instant::now() + PATIENCE;
    loop {
        let status = browser.execute_async(&gone, vec![]).await.unwrap();
        if status == json!(404) {
            break;
        }
        assert!(
            Instant::now() < deadline,
            "the session is still there: {status}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn open_browser(driver_port: &str) -> Client {
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
        .connect(&format!("http://127.0.0.1:{driver_port}"))
        .await
        .expect("Chromium starts; apt-get install --no-install-recommends chromium")
}

async fn wait_until(browser: &Client, condition: &str, what: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let value = if condition.contains("arguments[0]") {
            browser.execute_async(condition, vec![]).await
        } else {
            browser.execute(condition, vec![]).await
        };
        if matches!(value, Ok(Value::Bool(true))) {
            return;
        }
        if Instant::now() > deadline {
            let page = "return [document.getElementById('error').textContent, call?.pc.connectionState, call?.pc.iceConnectionState]";
            let state = browser.execute(page, vec![]).await;
            panic!("{what}: not within {PATIENCE:?}; page: {state:?}");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Sends four messages over the page's channel and compares what comes back.
const ECHO_MESSAGES: &str = r"
    const done = arguments[0];
    const bytes = new Uint8Array(200 * 1024).map((_, i) => (i * 31 + (i >> 8)) & 255);
    const messages = ['text!', '', new Uint8Array([42]), bytes];
    const returned = [];
    call.channel.addEventListener('message', ({ data }) => {
        returned.push(data);
        if (returned.length < messages.length) return;
        const same = (a, b) => typeof a === 'string' ? a === b
            : b instanceof ArrayBuffer && b.byteLength === a.length && new Uint8Array(b).every((x, i) => x === a[i]);
        done({
            equal: messages.map((m, i) => same(m, returned[i])),
            sizes: returned.map(r => typeof r === 'string' ? r.length : r.byteLength),
        });
    });
    for (const message of messages) call.channel.send(message);
";

/// Whether enough of the returned media has been decoded.
const ENOUGH_MEDIA: &str = r"
    const done = arguments[0];
    call.pc.getStats().then(stats => {
        const inbound = [...stats.values()].filter(s => s.type === 'inbound-rtp');
        const video = inbound.find(s => s.kind === 'video'), audio = inbound.find(s => s.kind === 'audio');
        done(video?.framesDecoded >= 30 && audio?.totalAudioEnergy > 0);
    });
";

/// What came back, in numbers.
const MEASURE_MEDIA: &str = r"
    const done = arguments[0];
    call.pc.getStats().then(stats => {
        const all = [...stats.values()];
        const inbound = kind => all.find(s => s.type === 'inbound-rtp' && s.kind === kind) ?? {};
        const video = inbound('video'), audio = inbound('audio');
        const transport = all.find(s => s.type === 'transport') ?? {};
        done({
            frames: video.framesDecoded, width: video.frameWidth, height: video.frameHeight,
            codec: stats.get(video.codecId)?.mimeType,
            energy: audio.totalAudioEnergy, seconds: audio.totalSamplesDuration,
            shown: document.getElementById('remote').videoWidth,
            tls: transport.tlsVersion, cipher: transport.dtlsCipher, srtp: transport.srtpCipher,
        });
    });
";

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(40);
