//! Signalling over HTTP, and the web page.

mod connections;
mod whip;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MATCH, LINK, LOCATION,
            RETRY_AFTER, WWW_AUTHENTICATE,
        },
    },
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::get,
};
use tower_http::{
    cors::{Any, CorsLayer},
    timeout::TimeoutLayer,
};

pub(crate) use self::connections::serve;
use crate::driver::Handle;

/// The program's routes.
pub(crate) fn router(driver: Handle) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(METHODS)
        .allow_headers(REQUEST_HEADERS)
        .expose_headers(RESPONSE_HEADERS)
        .max_age(PREFLIGHT_AGE);
    Router::new()
        .route("/", page("text/html", include_str!("../www/index.html")))
        .route(
            "/app.js",
            page("text/javascript", include_str!("../www/app.js")),
        )
        .route(
            "/style.css",
            page("text/css", include_str!("../www/style.css")),
        )
        .merge(whip::routes())
        .fallback(async || {
            refuse(
                StatusCode::NOT_FOUND,
                "there is nothing here; the page is at /, calls go to /echo",
            )
        })
        .method_not_allowed_fallback(async || {
            refuse(
                StatusCode::METHOD_NOT_ALLOWED,
                "POST an offer to /echo; PATCH or DELETE the Location that this gave",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            MAX_REQUEST_TIME,
        ))
        .layer(cors)
        .layer(middleware::from_fn(accepted))
        .with_state(Arc::new(driver))
}

fn page(
    content_type: &'static str,
    text: &'static str,
) -> axum::routing::MethodRouter<Arc<Handle>> {
    get(async move || {
        let headers = [
            (CONTENT_TYPE, format!("{content_type}; charset=utf-8")),
            (CACHE_CONTROL, "no-cache".to_owned()),
        ];
        (headers, text)
    })
}

/// Tells those who ask, or sent something else, what is accepted (RFC 9725 §4.2, RFC 5789 §3.1).
async fn accepted(request: Request, next: Next) -> Response {
    let asked = request.method() == Method::OPTIONS;
    let of_echo = request.uri().path().starts_with("/echo");
    let mut response = next.run(request).await;
    if of_echo && (asked || response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE) {
        let headers = response.headers_mut();
        headers.insert(ACCEPT_POST, HeaderValue::from_static(whip::SDP));
        headers.insert(
            ACCEPT_PATCH,
            HeaderValue::from_static("application/sdp, application/trickle-ice-sdpfrag"),
        );
    }
    response
}

/// An error: the status and one sentence for the person at the other end.
fn refuse(status: StatusCode, sentence: &str) -> Response {
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    let mut response = (status, [(CONTENT_TYPE, plain)], format!("{sentence}\n")).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        // RFC 9725 §4.5.
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}

/// What pages from anywhere may ask with. A client of RFC 9725 §4.6 sends `OPTIONS` itself, which a page
/// may only if the preflight names it.
const METHODS: [Method; 6] = [
    Method::OPTIONS,
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PATCH,
    Method::DELETE,
];

/// The headers with which they may ask. The star stands for all but `Authorization`, which clients with a
/// token send (RFC 9725 §4.7.1); what RFC 9725 uses is named for those who take the star for a name.
const REQUEST_HEADERS: [HeaderName; 5] = [
    HeaderName::from_static("*"),
    AUTHORIZATION,
    CONTENT_TYPE,
    IF_MATCH,
    LINK,
];

/// The headers of answers that they may read: all that RFC 9725 gives a meaning to (§4.2, §4.3, §4.5, §4.6).
const RESPONSE_HEADERS: [HeaderName; 8] = [
    LOCATION,
    ETAG,
    LINK,
    ALLOW,
    RETRY_AFTER,
    WWW_AUTHENTICATE,
    ACCEPT_POST,
    ACCEPT_PATCH,
];

/// How long browsers need not ask again: a client that trickles would for every candidate.
const PREFLIGHT_AGE: Duration = Duration::from_hours(1);

const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");

/// Bytes of a request's body. Browsers' largest offers are around 20 KiB.
const MAX_BODY: usize = 256 << 10;

/// How long a request may take, its body included.
const MAX_REQUEST_TIME: Duration = Duration::from_secs(15);
