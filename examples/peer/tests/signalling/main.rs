//! The HTTP exchange as clients meet it, and the native caller: processes of the program, nothing else.

#![cfg(test)]

mod caller;
mod calling;
#[path = "../support/ending.rs"]
mod ending;
#[cfg(unix)]
mod endings;
mod exchange;
mod goodbye;
mod limits;
mod outages;
mod page;
#[path = "../support/program.rs"]
mod program;
mod trickle;

use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode,
    header::{CONTENT_TYPE, ETAG, HeaderName, LOCATION},
};

/// A request from a page of another origin.
fn request(method: Method, url: &str, content_type: Option<&str>, body: &str) -> RequestBuilder {
    let request = Client::new()
        .request(method, url)
        .header("origin", "https://elsewhere.example")
        .body(body.to_owned());
    match content_type {
        Some(content_type) => request.header(CONTENT_TYPE, content_type),
        None => request,
    }
}

/// Sends a request and checks what holds for every response.
async fn answer(request: RequestBuilder) -> Response {
    let response = request.send().await.unwrap();
    assert_eq!(
        header(&response, "access-control-allow-origin"),
        "*",
        "errors are open to pages too"
    );
    response
}

/// A header, empty if it is not there.
fn header(response: &Response, name: impl TryInto<HeaderName>) -> String {
    let name = name.try_into().ok().unwrap();
    let value = response.headers().get(name);
    value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}

/// What a session has been given.
struct Session {
    url: String,
    tag: String,
    sdp: String,
}

/// Opens a session by this offer; by none, if it is empty.
async fn open(page: &str, offer: &str) -> Session {
    let response = answer(request(Method::POST, &format!("{page}echo"), SDP, offer)).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(header(&response, CONTENT_TYPE), "application/sdp");
    Session {
        url: format!(
            "{}{}",
            page.trim_end_matches('/'),
            header(&response, LOCATION)
        ),
        tag: header(&response, ETAG),
        sdp: response.text().await.unwrap(),
    }
}

const SDP: Option<&str> = Some("application/sdp");
const FRAGMENT: Option<&str> = Some("application/trickle-ice-sdpfrag");

/// An offer of a data channel that will trickle its candidates.
const OFFER: &str = concat!(
    "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n",
    "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=ice-options:trickle\r\n",
    "a=fingerprint:sha-256 DA:7B:57:DC:28:CE:04:4F:31:79:85:C4:31:67:EB:27:",
    "58:29:ED:77:2A:0D:24:AE:ED:AD:30:BC:BD:F1:9C:02\r\n",
    "a=setup:actpass\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n",
);
