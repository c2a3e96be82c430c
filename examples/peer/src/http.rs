//! Signalling: the WHIP exchange (RFC 9725) on `/echo`, and the web page.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State, rejection::BytesRejection},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse as _, Response},
    routing::{get, patch, post},
};
use tower_http::cors::{Any, CorsLayer};

use crate::{
    driver::{CommandError, Handle, Opening},
    echo::{self, Echo},
};

/// The program's routes.
pub(crate) fn router(driver: Handle) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers(Any)
        .expose_headers([LOCATION]);
    Router::new()
        .route(
            "/",
            get(|| async {
                file(
                    "text/html; charset=utf-8",
                    include_str!("../www/index.html"),
                )
            }),
        )
        .route(
            "/app.js",
            get(|| async {
                file(
                    "text/javascript; charset=utf-8",
                    include_str!("../www/app.js"),
                )
            }),
        )
        .route(
            "/style.css",
            get(|| async { file("text/css; charset=utf-8", include_str!("../www/style.css")) }),
        )
        .route("/echo", post(open).fallback(wrong_method))
        .route(
            "/echo/{id}",
            patch(update).delete(end).fallback(wrong_method),
        )
        .fallback(async || {
            refuse(
                StatusCode::NOT_FOUND,
                "there is nothing here; the page is at /, calls go to /echo",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(cors)
        .with_state(Arc::new(driver))
}

type Driver = State<Arc<Handle>>;

/// `POST /echo`: an offer gets its answer, an empty body gets our offer.
async fn open(
    State(driver): Driver,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let text = match text(body) {
        Ok(text) => text,
        Err(refusal) => return refusal,
    };
    let opening = if text.is_empty() {
        Opening::Offer {
            prepare: echo::prepare_offer,
        }
    } else {
        if media_type(&headers).as_deref() != Some(SDP) {
            return refuse(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "an offer must come with Content-Type: application/sdp",
            );
        }
        Opening::Answer { offer: text }
    };
    match driver.open(opening, |now| Box::new(Echo::new(now))).await {
        Ok(opened) => (
            StatusCode::CREATED,
            [
                (CONTENT_TYPE, SDP.to_owned()),
                (LOCATION, format!("/echo/{}", opened.id)),
            ],
            opened.sdp,
        )
            .into_response(),
        Err(error) => refuse_command(&error),
    }
}

/// `PATCH /echo/{id}`: the answer to our offer, or candidates that were trickled.
async fn update(
    State(driver): Driver,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let text = match text(body) {
        Ok(text) => text,
        Err(refusal) => return refusal,
    };
    let result = match media_type(&headers).as_deref() {
        Some(SDP) => driver.answer(id, text).await,
        Some(SDP_FRAGMENT) => driver.candidates(id, trickled(&text)).await,
        _ => {
            return refuse(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "an answer must come with Content-Type: application/sdp, \
                 candidates with application/trickle-ice-sdpfrag",
            );
        }
    };
    match result {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refuse_command(&error),
    }
}

/// `DELETE /echo/{id}`: ends the session.
async fn end(State(driver): Driver, Path(id): Path<String>) -> Response {
    match driver.close(id).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => refuse_command(&error),
    }
}

async fn wrong_method() -> Response {
    refuse(
        StatusCode::METHOD_NOT_ALLOWED,
        "POST an offer to /echo; PATCH or DELETE the Location that this gave",
    )
}

fn file(content_type: &'static str, text: &'static str) -> Response {
    (
        [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-cache")],
        text,
    )
        .into_response()
}

fn refuse_command(error: &CommandError) -> Response {
    let status = match error {
        CommandError::BadDescription(_) => StatusCode::BAD_REQUEST,
        CommandError::UnknownSession => StatusCode::NOT_FOUND,
        CommandError::TooManySessions(_) | CommandError::ShuttingDown => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    refuse(status, &error.to_string())
}

/// An error: the status and one sentence for the person at the other end.
fn refuse(status: StatusCode, sentence: &str) -> Response {
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    (status, [(CONTENT_TYPE, plain)], format!("{sentence}\n")).into_response()
}

#[expect(
    clippy::result_large_err,
    reason = "a refusal is the answer to be sent, and moves once"
)]
fn text(body: Result<Bytes, BytesRejection>) -> Result<String, Response> {
    let bytes = body.map_err(|rejection| refuse(rejection.status(), &rejection.body_text()))?;
    String::from_utf8(bytes.into()).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        refuse(
            StatusCode::BAD_REQUEST,
            &format!("the body is not UTF-8 text (at byte {at})"),
        )
    })
}

/// The media type without its parameters, in small letters (RFC 9110 §8.3.1: case is of no matter).
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let essence = value.split(';').next()?;
    Some(essence.trim().to_ascii_lowercase())
}

/// The candidate lines of an SDP fragment (RFC 8840 §9).
fn trickled(fragment: &str) -> Vec<String> {
    fragment
        .lines()
        .filter_map(|line| line.trim_end().strip_prefix("a="))
        .filter_map(|attribute| match attribute {
            "end-of-candidates" => Some(String::new()),
            _ => attribute
                .starts_with("candidate:")
                .then(|| attribute.to_owned()),
        })
        .take(MAX_TRICKLED)
        .collect()
}

const SDP: &str = "application/sdp";
const SDP_FRAGMENT: &str = "application/trickle-ice-sdpfrag";

/// Bytes of a request's body. Browsers' largest offers are around 20 KiB.
const MAX_BODY: usize = 256 << 10;

/// Candidates taken from one fragment.
const MAX_TRICKLED: usize = 64;
