//! The HTTP exchange as clients meet it, and the native caller: two processes, nothing else.

#![cfg(test)]

#[path = "support/program.rs"]
mod program;

use std::{net::IpAddr, process::Command};

use reqwest::{
    Client, Method, Response, StatusCode,
    header::{CONTENT_TYPE, LOCATION},
};

async fn request(method: Method, url: &str, content_type: Option<&str>, body: &str) -> Response {
    let mut request = Client::new()
        .request(method, url)
        .header("origin", "https://elsewhere.example")
        .body(body.to_owned());
    if let Some(content_type) = content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    let response = request.send().await.unwrap();
    let allowed = response.headers().get("access-control-allow-origin");
    assert_eq!(
        allowed.map(reqwest::header::HeaderValue::as_bytes),
        Some(&b"*"[..]),
        "errors are open to pages too"
    );
    response
}

#[tokio::test]
async fn the_native_caller_gets_every_byte_back() {
    let (_server, page) = program::serve();
    let output = Command::new(env!("CARGO_BIN_EXE_peer"))
        .args(["call", &format!("{page}echo"), "--bytes", "3000000"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complaint}");
    for figure in [
        "set-up",
        "round trip",
        "throughput",
        "3000000 bytes there and back",
    ] {
        assert!(said.contains(figure), "{figure} in: {said}");
    }
}

#[tokio::test]
async fn a_call_that_nobody_answers_fails_with_a_reason() {
    let output = Command::new(env!("CARGO_BIN_EXE_peer"))
        .args(["call", "http://127.0.0.1:9/echo"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(
        complaint.contains("cannot reach http://127.0.0.1:9/echo"),
        "{complaint}"
    );
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    // The kernel accepts; nobody reads.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/echo", silent.local_addr().unwrap());
    let mut call = Command::new(env!("CARGO_BIN_EXE_peer"))
        .args(["call", &url, "--patience", "1"])
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut outcome = None;
    for _ in 0..100 {
        outcome = call.try_wait().unwrap();
        if outcome.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    if outcome.is_none() {
        call.kill().unwrap();
        call.wait().unwrap();
    }
    assert!(!outcome.expect("it does not wait for ever").success());
}

#[tokio::test]
async fn an_empty_post_gives_our_offer_and_delete_ends_it() {
    let (_server, page) = program::serve();
    let response = request(Method::POST, &format!("{page}echo"), None, "").await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/sdp");
    let exposed = response.headers()["access-control-expose-headers"]
        .to_str()
        .unwrap();
    assert!(exposed.eq_ignore_ascii_case("location"), "{exposed}");
    let location = response.headers()[LOCATION].to_str().unwrap().to_owned();
    let offer = response.text().await.unwrap();
    for line in [
        "m=audio",
        "m=video",
        "m=application",
        "a=candidate:",
        "a=end-of-candidates",
        "a=group:BUNDLE",
    ] {
        assert!(offer.contains(line), "{line} in:\n{offer}");
    }

    let session = format!("{}{location}", page.trim_end_matches('/'));
    let ended = request(Method::DELETE, &session, None, "").await;
    assert!(ended.status().is_success(), "{}", ended.status());
    let again = request(Method::DELETE, &session, None, "").await;
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_a_sentence() {
    let (_server, page) = program::serve();
    let (echo, session) = (format!("{page}echo"), format!("{page}echo/0123"));
    let sdp = Some("application/sdp");
    let trickle = Some("application/trickle-ice-sdpfrag");
    let cases = [
        (
            Method::POST,
            &echo,
            sdp,
            "v=0\r\nnonsense\r\n",
            StatusCode::BAD_REQUEST,
            "line 2",
        ),
        (
            Method::POST,
            &echo,
            Some("Application/SDP; charset=utf-8"),
            "v=1\r\n",
            StatusCode::BAD_REQUEST,
            "line 1",
        ),
        (
            Method::POST,
            &echo,
            Some("text/html"),
            "v=0",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "application/sdp",
        ),
        (
            Method::POST,
            &echo,
            None,
            "v=0",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "application/sdp",
        ),
        (
            Method::PATCH,
            &session,
            sdp,
            "v=0",
            StatusCode::NOT_FOUND,
            "no session",
        ),
        (
            Method::PATCH,
            &session,
            trickle,
            "",
            StatusCode::NOT_FOUND,
            "no session",
        ),
        (
            Method::PATCH,
            &session,
            Some("text/html"),
            "",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "sdpfrag",
        ),
        (
            Method::DELETE,
            &session,
            None,
            "",
            StatusCode::NOT_FOUND,
            "no session",
        ),
        (
            Method::PUT,
            &echo,
            None,
            "",
            StatusCode::METHOD_NOT_ALLOWED,
            "POST an offer",
        ),
        (
            Method::GET,
            &session,
            None,
            "",
            StatusCode::METHOD_NOT_ALLOWED,
            "PATCH or DELETE",
        ),
    ];
    for (method, url, content_type, body, status, sentence) in cases {
        let response = request(method.clone(), url, content_type, body).await;
        assert_eq!(response.status(), status, "{method} {url} {content_type:?}");
        let text = response.text().await.unwrap();
        assert!(
            text.contains(sentence),
            "{method} {url}: {sentence:?} in {text:?}"
        );
    }
    let huge = "a".repeat(300 << 10);
    let response = request(Method::POST, &echo, sdp, &huge).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let nowhere = request(Method::GET, &format!("{page}nowhere"), None, "").await;
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_from_other_origins_may_call() {
    let (_server, page) = program::serve();
    for (method, path) in [
        ("POST", "echo"),
        ("PATCH", "echo/0123"),
        ("DELETE", "echo/0123"),
    ] {
        let response = Client::new()
            .request(Method::OPTIONS, format!("{page}{path}"))
            .header("origin", "https://elsewhere.example")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "content-type")
            .send()
            .await
            .unwrap();
        assert!(response.status().is_success());
        let methods = response.headers()["access-control-allow-methods"]
            .to_str()
            .unwrap();
        assert!(methods.contains(method), "{methods}");
        let headers = response.headers()["access-control-allow-headers"]
            .to_str()
            .unwrap();
        assert!(
            headers == "*" || headers.contains("content-type"),
            "{headers}"
        );
    }
}

#[tokio::test]
async fn the_page_is_served_whole() {
    let (_server, page) = program::serve();
    for (file, content_type, text) in [
        ("", "text/html", "<title>strata echo</title>"),
        ("app.js", "text/javascript", "RTCPeerConnection"),
        ("style.css", "text/css", "body"),
    ] {
        let response = request(Method::GET, &format!("{page}{file}"), None, "").await;
        assert_eq!(response.status(), StatusCode::OK);
        assert!(
            response.headers()[CONTENT_TYPE]
                .to_str()
                .unwrap()
                .starts_with(content_type)
        );
        assert!(response.text().await.unwrap().contains(text));
    }
}

/// Firefox and libnice use no loopback address, so a page on this machine needs the others.
#[tokio::test]
async fn on_loopback_every_address_of_the_machine_is_offered() {
    let (_server, page) = program::serve();
    let response = request(Method::POST, &format!("{page}echo"), None, "").await;
    let offer = response.text().await.unwrap();
    let mut offered: Vec<IpAddr> = offer
        .lines()
        .filter_map(|line| line.strip_prefix("a=candidate:")?.split(' ').nth(4))
        .map(|address| address.parse().unwrap())
        .collect();
    assert_eq!(offered[0], IpAddr::from([127, 0, 0, 1]), "{offer}");
    let mut expected: Vec<IpAddr> = if_addrs::get_if_addrs()
        .unwrap()
        .iter()
        .map(if_addrs::Interface::ip)
        .filter(IpAddr::is_ipv4)
        .collect();
    offered.sort_unstable();
    expected.sort_unstable();
    assert_eq!(offered, expected);
}
