//! What a client may cost.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{OFFER, SDP, answer, calling::begin_call, header, open, program, request};

#[tokio::test]
async fn when_all_sessions_are_in_use_others_are_told_when_to_come_back() {
    let options = ["--listen", "127.0.0.1:0", "--max-sessions", "2"];
    let (_server, page) = program::serve_with(&options);
    let first = open(&page, OFFER).await;
    let _second = open(&page, "").await;
    let full = || answer(request(Method::POST, &format!("{page}echo"), SDP, OFFER));
    let refused = full().await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(&refused, "retry-after"), "5");
    assert!(refused.text().await.unwrap().contains("all 2 sessions"));

    answer(request(Method::DELETE, &first.url, None, "")).await;
    assert_eq!(full().await.status(), StatusCode::CREATED);
}

/// Whoever asks for sessions and never connects does not keep others out for long; whoever is connected
/// stays.
#[tokio::test]
async fn a_session_that_does_not_connect_makes_room() {
    let options = ["--listen", "127.0.0.1:0", "--max-sessions", "2"];
    let (_server, page) = program::serve_with(&options);
    let call = begin_call(&page, &[]);
    let waiting = open(&page, OFFER).await;
    let post = || answer(request(Method::POST, &format!("{page}echo"), SDP, OFFER));
    assert_eq!(post().await.status(), StatusCode::SERVICE_UNAVAILABLE);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(post().await.status(), StatusCode::CREATED);
    let gone = answer(request(Method::DELETE, &waiting.url, None, "")).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    assert_eq!(post().await.status(), StatusCode::SERVICE_UNAVAILABLE);
    drop(call);
}

#[tokio::test]
async fn a_body_without_end_is_refused() {
    let (_server, page) = program::serve();
    let huge = "a".repeat(300 << 10);
    let response = answer(request(Method::POST, &format!("{page}echo"), SDP, &huge)).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let (_server, page) = program::serve();
    let long = request(Method::GET, &page, None, "").header("x", "a".repeat(20 << 10));
    let refused = long.send().await.unwrap();
    assert_eq!(
        refused.status(),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );
}

/// Neither one that never finishes its request's head nor one that never finishes the body.
#[tokio::test]
async fn slow_clients_are_given_up() {
    let (_server, page) = program::serve();
    let host = page.trim_start_matches("http://").trim_end_matches('/');
    let body = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/sdp\r\ncontent-length: 9\r\n\r\n";
    let mut streams = Vec::new();
    for start in ["", "POST /echo HTTP/1.1\r\nhost:", body] {
        let mut stream = TcpStream::connect(host).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    let mut said = Vec::new();
    for mut stream in streams {
        let mut answer = String::new();
        timeout(Duration::from_secs(40), stream.read_to_string(&mut answer))
            .await
            .expect("the server closes the connection")
            .unwrap();
        said.push(answer);
    }
    assert!(said[2].starts_with("HTTP/1.1 408 "), "{said:?}");
}
