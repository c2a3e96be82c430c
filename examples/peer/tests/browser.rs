//! A real Chromium with fake devices calls a running `peer serve` through its page, and everything it
//! sends comes back: video that decodes, audio with energy, data that is equal.
//!
//! Needs Chromium and its driver (`apt-get install chromium chromium-driver`), so it is behind the
//! feature `external`.

#![cfg(test)]

#[path = "support/chromium.rs"]
mod chromium;
#[path = "support/ending.rs"]
mod ending;
#[path = "support/program.rs"]
mod program;

use std::time::{Duration, Instant};

use chromium::Driver;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};

#[tokio::test]
async fn everything_comes_back_when_the_browser_offers() {
    echoed("browser").await;
}

#[tokio::test]
async fn everything_comes_back_when_the_server_offers() {
    echoed("server").await;
}

/// Offers without candidates, four tracks, and a restart of ICE, as a WHIP client does it.
#[tokio::test]
async fn a_client_trickles_and_restarts_ice() {
    let (_server, page) = program::serve();
    let driver = Driver::start();
    let browser = driver.open_browser().await;
    browser.goto(&page).await.unwrap();
    let told = browser.execute_async(WHIP_CLIENT, vec![]).await.unwrap();
    println!("WHIP client: {told}");
    assert_eq!(told["candidatesInOffer"], json!(0), "{told}");
    assert_eq!(told["trickled"], json!(204), "{told}");
    assert_eq!(told["before"], json!("before"), "{told}");
    assert_eq!(told["restarted"], json!(200), "{told}");
    assert_eq!(told["after"], json!("after"), "{told}");
    assert_eq!(told["newCredentialsInUse"], json!(true), "{told}");
    assert_eq!(
        told["streams"],
        json!(["audio", "audio", "video", "video"]),
        "{told}"
    );
    browser.close().await.unwrap();
}

#[tokio::test]
async fn the_page_says_what_has_happened_to_the_call() {
    let (mut server, page) = program::serve();
    let driver = Driver::start();
    let browser = driver.open_browser().await;
    browser.goto(&page).await.unwrap();
    click(&browser, "#start").await;
    wait_until(
        &browser,
        "return document.getElementById('status').textContent === 'Connected'",
        "the page says that it is connected",
    )
    .await;
    server.signal("INT");
    assert!(
        server
            .ended(PATIENCE)
            .is_some_and(|status| status.success())
    );
    wait_until(
        &browser,
        &shows("The server has ended the call."),
        "the page says who has ended the call",
    )
    .await;
    click(&browser, "#start").await;
    wait_until(
        &browser,
        &shows("The server cannot be reached."),
        "the page says that nobody is there",
    )
    .await;
    let restored = "return !document.getElementById('start').disabled && document.getElementById('stop').disabled \
                    && document.getElementById('pair').textContent === 'none'";
    wait_until(&browser, restored, "the page is as it was before").await;
    browser.close().await.unwrap();
}

/// Whether the page shows this error, and no call.
fn shows(error: &str) -> String {
    format!(
        "const error = document.getElementById('error'); \
         return !call && !error.hidden && error.textContent.includes({error:?})"
    )
}

async fn click(browser: &Client, selector: &str) {
    let element = browser.find(Locator::Css(selector)).await.unwrap();
    element.click().await.unwrap();
}

async fn echoed(offerer: &str) {
    let (_server, page) = program::serve();
    let driver = Driver::start();
    let browser = driver.open_browser().await;

    browser.goto(&page).await.unwrap();
    let selector = format!("#offerer option[value={offerer}]");
    click(&browser, &selector).await;
    click(&browser, "#start").await;

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
    click(browser, "#stop").await;
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
const ECHO_MESSAGES: &str = include_str!("support/page/echo_messages.js");

/// Whether enough of the returned media has been decoded.
const ENOUGH_MEDIA: &str = include_str!("support/page/enough_media.js");

/// What came back, in numbers.
const MEASURE_MEDIA: &str = include_str!("support/page/measure_media.js");

/// A WHIP client: trickles, sends a message, restarts ICE, sends another (RFC 9725 §4.3).
const WHIP_CLIENT: &str = r"
    const done = arguments[0];
    const patch = (location, tag, body) => fetch(location, {
        method: 'PATCH', body, headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': tag },
    });
    const of = (sdp, start) => sdp.split('\r\n').filter(line => line.startsWith(start));
    // What is gathered now, as a fragment of the bundle's first section.
    const fragment = pc => {
        const sdp = pc.localDescription.sdp;
        const first = ['m=', 'a=mid:', 'a=ice-ufrag:', 'a=ice-pwd:'].map(start => of(sdp, start)[0]);
        return [...of(sdp, 'a=group:'), ...first, ...of(sdp, 'a=candidate:'), 'a=end-of-candidates', ''].join('\r\n');
    };
    const gathered = pc => new Promise(resolve => {
        const check = () => pc.iceGatheringState === 'complete' && resolve();
        pc.addEventListener('icegatheringstatechange', check);
        check();
    });
    const echoed = (channel, text) => new Promise(resolve => {
        channel.onmessage = ({ data }) => resolve(data);
        channel.send(text);
    });
    (async () => {
        const pc = new RTCPeerConnection();
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
        for (const track of stream.getTracks()) {
            pc.addTrack(track, stream);
            pc.addTrack(track.clone(), stream);
        }
        const channel = pc.createDataChannel('chat');
        const open = new Promise(resolve => { channel.onopen = resolve; });
        await pc.setLocalDescription();
        const offer = pc.localDescription.sdp;
        const response = await fetch('/echo', {
            method: 'POST', body: offer, headers: { 'content-type': 'application/sdp' },
        });
        const [location, tag] = ['location', 'etag'].map(name => response.headers.get(name));
        const answer = await response.text();
        await pc.setRemoteDescription({ type: 'answer', sdp: answer });
        await gathered(pc);
        const trickled = await patch(location, tag, fragment(pc));
        await open;
        const before = await echoed(channel, 'before');

        await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
        await gathered(pc);
        const restarted = await patch(location, '*', fragment(pc));
        const theirs = await restarted.text();
        const ufrag = of(theirs, 'a=ice-ufrag:')[0], pwd = of(theirs, 'a=ice-pwd:')[0];
        await pc.setRemoteDescription({ type: 'answer', sdp: answer
            .replaceAll(/a=ice-ufrag:.*/g, ufrag).replaceAll(/a=ice-pwd:.*/g, pwd)
        });
        const own = of(pc.localDescription.sdp, 'a=ice-ufrag:')[0].slice('a=ice-ufrag:'.length);
        let stats, transport, pair, streams;
        do {
            await new Promise(resolve => setTimeout(resolve, 100));
            stats = await pc.getStats();
            transport = [...stats.values()].find(s => s.type === 'transport');
            pair = stats.get(transport.selectedCandidatePairId);
            streams = [...stats.values()].filter(s => s.type === 'inbound-rtp' && s.packetsReceived > 0);
        } while (streams.length < 4 || stats.get(pair?.localCandidateId)?.usernameFragment !== own);
        const after = await echoed(channel, 'after');
        await fetch(location, { method: 'DELETE' });
        done({
            candidatesInOffer: of(offer, 'a=candidate:').length, trickled: trickled.status, before,
            restarted: restarted.status, after, newCredentialsInUse: transport.iceLocalUsernameFragment === own,
            streams: streams.map(s => s.kind).sort(),
        });
    })().catch(error => done({ error: `${error}` }));
";

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
