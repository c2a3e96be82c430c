//! Candidates that are trickled, and restarts of ICE (RFC 9725 §4.3).

use reqwest::{
    Method, Response, StatusCode,
    header::{CONTENT_TYPE, ETAG, IF_MATCH},
};

use super::{FRAGMENT, OFFER, Session, answer, header, open, program, request};

#[tokio::test]
async fn candidates_are_trickled_to_the_session_of_ice_that_the_etag_names() {
    let (_server, page) = program::serve();
    let session = open(&page, OFFER).await;
    assert!(
        session.tag.starts_with('"'),
        "a strong tag: {}",
        session.tag
    );

    let added = patch(&session, &session.tag, &fragment("EsAw")).await;
    assert_eq!(added.status(), StatusCode::NO_CONTENT);
    assert_eq!(header(&added, ETAG), "");
    let outdated = patch(&session, "\"xyzzy\"", &fragment("EsAw")).await;
    assert_eq!(outdated.status(), StatusCode::PRECONDITION_FAILED);
    let missing = answer(request(
        Method::PATCH,
        &session.url,
        FRAGMENT,
        &fragment("EsAw"),
    ))
    .await;
    assert_eq!(missing.status(), StatusCode::PRECONDITION_REQUIRED);

    for (broken, sentence) in [("m=audio\r\n", "line 1"), (NO_CANDIDATE, "candidate:1")] {
        let refused = patch(&session, &session.tag, broken).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
        let text = refused.text().await.unwrap();
        assert!(text.contains(sentence), "{text}");
    }
}

#[tokio::test]
async fn candidates_before_the_answer_are_refused() {
    let (_server, page) = program::serve();
    let session = open(&page, "").await;
    let early = patch(&session, &session.tag, &fragment("EsAw")).await;
    assert_eq!(early.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn new_credentials_restart_ice() {
    let (_server, page) = program::serve();
    let session = open(&page, OFFER).await;
    let restarted = patch(&session, "*", &fragment("ysXw")).await;
    assert_eq!(restarted.status(), StatusCode::OK);
    assert_eq!(header(&restarted, CONTENT_TYPE), FRAGMENT.unwrap());
    let tag = header(&restarted, ETAG);
    assert_ne!(tag, session.tag);
    let ours = restarted.text().await.unwrap();
    for line in [
        "m=application 9 ",
        "a=mid:0",
        "a=candidate:",
        "a=end-of-candidates",
    ] {
        assert!(ours.contains(line), "{line} in:\n{ours}");
    }
    let credentials = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.expect(name).to_owned()
    };
    for name in ["a=ice-ufrag:", "a=ice-pwd:"] {
        assert_ne!(credentials(&ours, name), credentials(&session.sdp, name));
    }

    let late = patch(&session, &session.tag, &fragment("EsAw")).await;
    assert_eq!(late.status(), StatusCode::PRECONDITION_FAILED);
    let more = patch(&session, &tag, &fragment("ysXw")).await;
    assert_eq!(more.status(), StatusCode::NO_CONTENT);
    let ended = answer(request(Method::DELETE, &session.url, None, "")).await;
    assert_eq!(ended.status(), StatusCode::OK);
}

pub(crate) async fn patch(session: &Session, tag: &str, fragment: &str) -> Response {
    let request = request(Method::PATCH, &session.url, FRAGMENT, fragment);
    answer(request.header(IF_MATCH, tag)).await
}

/// What a client trickles, a candidate of a kind that is not supported included.
fn fragment(ufrag: &str) -> String {
    format!(
        "a=ice-options:trickle\r\na=group:BUNDLE 0\r\n\
         m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n\
         a=ice-ufrag:{ufrag}\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
         a=candidate:1 1 udp 2122260223 127.0.0.1 61764 typ host\r\n\
         a=candidate:2 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active\r\n\
         a=candidate:3 1 udp 2122260223 2f3f0b9e-44a0-4d0e-9e57-b9f3f4b8c1c1.local 61764 typ host\r\n\
         a=end-of-candidates\r\n"
    )
}

const NO_CANDIDATE: &str = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n\
                            a=candidate:1 1 udp\r\n";
