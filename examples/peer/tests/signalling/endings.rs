//! How the program ends, and what becomes of the call it was in.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};

use super::{OFFER, SDP, answer, calling::begin_call, program, program::Program, request};

#[tokio::test]
async fn a_server_that_is_told_to_end_tells_its_callers_and_succeeds() {
    for signal in ["INT", "TERM"] {
        let (mut server, page) = program::serve();
        let mut call = begin_call(&page, &[]);
        server.signal(signal);
        assert_eq!(exit_code(&mut server, SOON), 0, "{signal}");
        assert_eq!(exit_code(&mut call, SOON), 1, "{signal}");
    }
}

#[tokio::test]
async fn a_caller_that_is_told_to_end_ends_its_session() {
    for signal in ["INT", "TERM"] {
        let options = ["--listen", "127.0.0.1:0", "--max-sessions", "1"];
        let (_server, page) = program::serve_with(&options);
        let mut call = begin_call(&page, &[]);
        let open = || answer(request(Method::POST, &format!("{page}echo"), SDP, OFFER));
        assert_eq!(open().await.status(), StatusCode::SERVICE_UNAVAILABLE);
        call.signal(signal);
        assert_eq!(exit_code(&mut call, SOON), 1, "{signal}");
        assert_eq!(open().await.status(), StatusCode::CREATED, "{signal}");
    }
}

#[tokio::test]
async fn a_server_that_vanishes_is_noticed() {
    let (server, page) = program::serve();
    let mut call = begin_call(&page, &["--patience", "2"]);
    drop(server);
    assert_eq!(exit_code(&mut call, Duration::from_secs(10)), 1);
}

/// Its consent ends (RFC 7675 §5.1), and its place is free: whoever was connected does not keep it for ever.
#[tokio::test]
async fn a_caller_that_vanishes_leaves_its_place() {
    let options = ["--listen", "127.0.0.1:0", "--max-sessions", "1"];
    let (_server, page) = program::serve_with(&options);
    drop(begin_call(&page, &[]));
    let deadline = Instant::now() + Duration::from_mins(2);
    let open = || answer(request(Method::POST, &format!("{page}echo"), SDP, OFFER));
    while open().await.status() != StatusCode::CREATED {
        assert!(Instant::now() < deadline, "the place is never free");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// Farewells are not waited for twice.
#[tokio::test]
async fn a_second_signal_ends_the_program_at_once() {
    let (server, page) = program::serve();
    let mut call = begin_call(&page, &[]);
    // The caller cannot tell a server that stands still.
    server.signal("STOP");
    call.signal("INT");
    tokio::time::sleep(Duration::from_millis(300)).await;
    call.signal("INT");
    assert_eq!(exit_code(&mut call, Duration::from_millis(500)), 130);
}

fn exit_code(program: &mut Program, patience: Duration) -> i32 {
    let status = program.ended(patience).expect("it ends");
    status.code().expect("no signal has killed it")
}

const SOON: Duration = Duration::from_secs(3);
