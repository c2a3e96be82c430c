//! What a server says to the media of a call at its end.

use reqwest::Method;

use super::{answer, caller::Caller, program, request};

/// RFC 3550 §6.6.
#[tokio::test]
async fn a_call_that_is_hung_up_hears_goodbye_before_the_end() {
    let (_server, page) = program::serve();
    let (mut caller, session) = Caller::of(&page).await;
    let stream = caller.echo_of_a_packet(1).await;
    let ended = answer(request(Method::DELETE, &session.url, None, "")).await;
    assert!(ended.status().is_success());
    assert_eq!(caller.goodbye().await, [stream]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_that_ends_says_goodbye_in_every_call() {
    let (server, page) = program::serve();
    let mut callers = [Caller::of(&page).await.0, Caller::of(&page).await.0];
    let mut streams = Vec::new();
    for caller in &mut callers {
        streams.push(caller.echo_of_a_packet(1).await);
    }
    server.signal("INT");
    for (caller, stream) in callers.iter_mut().zip(streams) {
        assert_eq!(caller.goodbye().await, [stream]);
    }
}
