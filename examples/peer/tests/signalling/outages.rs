//! Callers whose network is gone for a while.

use std::time::Duration;

use reqwest::StatusCode;
use strata_peer::{
    Credentials, Description,
    sdp::{Fragment, Session as Sdp},
};

use super::{Session, caller::Caller, program, trickle::patch};

/// Longer than consent lasts (RFC 7675 §5.1).
const OUTAGE: Duration = Duration::from_secs(35);

/// A restart finds the session, and what was agreed on before: keys, sources, sections.
#[tokio::test]
async fn a_call_goes_on_by_a_restart_after_35_s_without_network() {
    let (_server, page) = program::serve();
    let (mut caller, session) = Caller::of(&page).await;
    let stream = caller.echo_of_a_packet(1).await;
    // It neither sends nor listens.
    tokio::time::sleep(OUTAGE).await;
    let begun = tokio::time::Instant::now();
    restart(&mut caller, &session).await;
    assert_eq!(caller.echo_of_a_packet(2).await, stream);
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test]
async fn a_failed_session_is_kept_no_longer_than_was_said() {
    let options = ["--listen", "127.0.0.1:0", "--keep-failed", "0"];
    let (_server, page) = program::serve_with(&options);
    let (mut caller, session) = Caller::of(&page).await;
    caller.echo_of_a_packet(1).await;
    // RFC 8863 §4: in a call this young, ICE fails 39.5 s after its beginning at the soonest.
    tokio::time::sleep(OUTAGE + Duration::from_secs(20)).await;
    let fragment = begin_restart(&mut caller);
    let refused = patch(&session, "*", &fragment).await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
}

/// Our credentials and candidates.
fn begin_restart(caller: &mut Caller) -> String {
    let now = caller.now();
    assert!(caller.peer.restart_ice(now));
    let offer = caller.peer.create_offer(now).unwrap();
    caller.peer.set_local_description(now, offer).unwrap();
    let local = Sdp::parse(&caller.peer.local_description().unwrap()).unwrap();
    Fragment::of(&local).to_string()
}

async fn restart(caller: &mut Caller, session: &Session) {
    let fragment = begin_restart(caller);
    let restarted = patch(session, "*", &fragment).await;
    assert_eq!(restarted.status(), StatusCode::OK);
    let fragment = Fragment::parse(&restarted.text().await.unwrap()).unwrap();
    let (ufrag, pwd) = fragment.ice_credentials().unwrap();
    let credentials = Credentials::new(ufrag.as_str(), pwd.as_str()).unwrap();
    let now = caller.now();
    let answer = Description::answer(with_credentials(&session.sdp, &credentials));
    caller.peer.set_remote_description(now, answer).unwrap();
    for (mid, value) in fragment.candidates() {
        let line = format!("candidate:{value}");
        caller.peer.add_remote_candidate(now, mid, &line).unwrap();
    }
}

/// The answer once more, with these credentials and no candidates.
fn with_credentials(answer: &str, credentials: &Credentials) -> String {
    let mut text = String::new();
    for line in answer.lines() {
        if line.starts_with("a=ice-ufrag:") {
            text.push_str("a=ice-ufrag:");
            text.push_str(credentials.ufrag());
        } else if line.starts_with("a=ice-pwd:") {
            text.push_str("a=ice-pwd:");
            text.push_str(credentials.password());
        } else if line.starts_with("a=candidate:") {
            continue;
        } else {
            text.push_str(line);
        }
        text.push_str("\r\n");
    }
    text
}
