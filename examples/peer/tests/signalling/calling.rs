//! `peer call`.

use std::{process::Command, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{OFFER, program, program::Program};

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
async fn a_server_on_every_address_is_reached_on_one() {
    let (_server, page) = program::serve_with(&["--listen", "0.0.0.0:0"]);
    assert!(page.starts_with("http://127.0.0.1:"), "{page}");
    let (success, said) = call(&[&format!("{page}echo"), "--bytes", "1000"]).await;
    assert!(success, "{said}");
}

/// Each says what is wrong, exits with a failure, and does not take for ever.
#[tokio::test]
async fn a_call_that_cannot_be_made_says_why() {
    let (_server, page) = program::serve();
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}/echo", silent.local_addr().unwrap());
    let refusing = scripted("HTTP/1.1 503 Service Unavailable\r\n", "come back tomorrow").await;
    let nonsense = scripted("HTTP/1.1 201 Created\r\n", "v=0\r\nnonsense\r\n").await;
    let unreachable = scripted(
        "HTTP/1.1 201 Created\r\n",
        &OFFER.replace("actpass", "passive"),
    )
    .await;
    let endless = "x".repeat(300 << 10);
    let endless = scripted("HTTP/1.1 201 Created\r\n", &endless).await;
    for (url, sentence) in [
        (
            "http://127.0.0.1:9/echo",
            "cannot reach http://127.0.0.1:9/echo",
        ),
        (&silent, "cannot reach http://127.0.0.1"),
        (&page, "405 Method Not Allowed: POST an offer to /echo"),
        (&refusing, "503 Service Unavailable: come back tomorrow"),
        (
            &nonsense,
            "the other side's answer: the description cannot be read: line 2",
        ),
        (&unreachable, "no path to the other side within 1s"),
        (&endless, "more than 262144 bytes"),
        ("https://127.0.0.1:9/echo", "only http is spoken here"),
        ("nowhere", "invalid value 'nowhere'"),
    ] {
        let (success, said) = call(&[url, "--patience", "1"]).await;
        assert!(!success, "{url}");
        assert!(said.contains(sentence), "{url}: {sentence:?} in {said:?}");
    }
    let (success, said) = call(&[&page, "--bytes", "0"]).await;
    assert!(!success);
    assert!(said.contains("--bytes"), "{said}");
}

/// A call that is under way and has much left to do.
pub(crate) fn begin_call(page: &str, options: &[&str]) -> Program {
    Program::start(
        Command::new(env!("CARGO_BIN_EXE_peer"))
            .args(["call", &format!("{page}echo"), "--bytes", "1000000000000"])
            .args(options),
        "round trip",
        "cargo build -p example-peer",
    )
}

/// Runs `peer call`: whether it succeeded, and what it complained of.
async fn call(options: &[&str]) -> (bool, String) {
    let options: Vec<String> = options.iter().map(|&option| option.into()).collect();
    let run = tokio::task::spawn_blocking(move || {
        Command::new(env!("CARGO_BIN_EXE_peer"))
            .arg("call")
            .args(options)
            .output()
            .unwrap()
    });
    let output = tokio::time::timeout(Duration::from_secs(30), run)
        .await
        .expect("it does not wait for ever")
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.success(), said)
}

/// The address of a server that always says the same.
async fn scripted(head: &str, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/echo", listener.local_addr().unwrap());
    let response = format!(
        "{head}location: /echo/1\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let response = response.clone();
            tokio::spawn(async move {
                let mut request = [0; 16 << 10];
                if stream.read(&mut request).await.unwrap_or(0) > 0 {
                    let _ = stream.write_all(response.as_bytes()).await;
                    // Until the other side has read it all.
                    while stream.read(&mut request).await.unwrap_or(0) > 0 {}
                }
            });
        }
    });
    url
}
