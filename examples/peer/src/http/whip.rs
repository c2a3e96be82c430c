//! The WHIP exchange (RFC 9725) on `/echo`. Beyond it, an empty `POST` asks for an offer of ours, whose
//! answer comes by `PATCH`.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, ETAG, IF_MATCH, LOCATION},
    },
    response::{IntoResponse as _, Response},
    routing::get,
};
use strata_peer::sdp::Fragment;

use super::refuse;
use crate::{
    driver::{CommandError, Handle, Opening, Precondition, Trickled},
    echo::{self, Echo},
};

/// The endpoint and its sessions.
pub(super) fn routes() -> Router<Arc<Handle>> {
    Router::new()
        .route("/echo", get(nothing).post(open))
        .route("/echo/{id}", get(nothing).patch(update).delete(end))
}

type Driver = State<Arc<Handle>>;

/// `POST /echo`: an offer gets its answer, an empty body gets our offer.
async fn open(
    State(driver): Driver,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    let text = text(body)?;
    let opening = if text.is_empty() {
        Opening::Offer {
            prepare: echo::prepare_offer,
        }
    } else if media_type(&headers).as_deref() == Some(SDP) {
        Opening::Answer { offer: text }
    } else {
        return Err(refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "an offer must come with Content-Type: application/sdp",
        ));
    };
    let opened = driver
        .open(opening, |now| Box::new(Echo::new(now)))
        .await
        .map_err(refusal)?;
    let headers = [
        (CONTENT_TYPE, SDP.to_owned()),
        (LOCATION, format!("/echo/{}", opened.id)),
        (ETAG, opened.tag),
    ];
    Ok((StatusCode::CREATED, headers, opened.sdp).into_response())
}

/// `PATCH /echo/{id}`: the answer to our offer, or candidates, or a restart of ICE.
async fn update(
    State(driver): Driver,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    let text = text(body)?;
    match media_type(&headers).as_deref() {
        Some(SDP) => {
            driver.answer(id, text).await.map_err(refusal)?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        Some(SDP_FRAGMENT) => trickle(&driver, id, &headers, &text).await,
        _ => Err(refuse(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "an answer must come with Content-Type: application/sdp, \
             candidates with application/trickle-ice-sdpfrag",
        )),
    }
}

/// RFC 9725 §4.3.
async fn trickle(
    driver: &Handle,
    id: String,
    headers: &HeaderMap,
    text: &str,
) -> Result<Response, Response> {
    let fragment = Fragment::parse(text)
        .map_err(|error| refuse(StatusCode::BAD_REQUEST, &error.to_string()))?;
    let precondition = precondition(headers).ok_or_else(|| {
        refuse(
            StatusCode::PRECONDITION_REQUIRED,
            "candidates must come with If-Match: the ETag of the session, or * to restart ICE",
        )
    })?;
    let done = driver.trickle(id, precondition, fragment).await;
    Ok(match done.map_err(refusal)? {
        Trickled::Added => StatusCode::NO_CONTENT.into_response(),
        Trickled::Restarted { fragment, tag } => {
            let headers = [(CONTENT_TYPE, SDP_FRAGMENT.to_owned()), (ETAG, tag)];
            (headers, fragment).into_response()
        }
    })
}

/// `DELETE /echo/{id}`: ends the session.
async fn end(State(driver): Driver, Path(id): Path<String>) -> Result<StatusCode, Response> {
    driver.close(id).await.map_err(refusal)?;
    Ok(StatusCode::OK)
}

/// `GET`: RFC 9725 §4.1 wants success without content.
async fn nothing() -> StatusCode {
    StatusCode::NO_CONTENT
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what becomes of an error"
)]
fn refusal(error: CommandError) -> Response {
    let status = match error {
        CommandError::BadDescription(_) => StatusCode::BAD_REQUEST,
        CommandError::Conflict(_) => StatusCode::CONFLICT,
        CommandError::UnknownSession => StatusCode::NOT_FOUND,
        CommandError::Outdated => StatusCode::PRECONDITION_FAILED,
        CommandError::TooManySessions(_) | CommandError::ShuttingDown => {
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    refuse(status, &error.to_string())
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

/// RFC 9110 §13.1.1; `None` if there is no `If-Match`.
fn precondition(headers: &HeaderMap) -> Option<Precondition> {
    let tags: Vec<String> = headers
        .get_all(IF_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().to_owned())
        .collect();
    if tags.is_empty() {
        return None;
    }
    // RFC 9725's example has the star between quotes.
    let any = tags.iter().any(|tag| tag == "*" || tag == "\"*\"");
    Some(if any {
        Precondition::Any
    } else {
        Precondition::OneOf(tags)
    })
}

pub(super) const SDP: &str = "application/sdp";
const SDP_FRAGMENT: &str = "application/trickle-ice-sdpfrag";
