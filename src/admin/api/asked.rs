//! What the body of a move may say, read into what is asked of the controller.
//!
//! Bounded, and strict toward risk: a key that means nothing here was meant to mean something. Toward safety nothing is
//! refused over a body: what can be read of it is used.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    admin::problem::Problem,
    domain::rollout::{Actor, Refusal, Via},
};

/// Of a body; the longest reason with every letter escaped fits into it many times.
pub const MOST_BYTES: usize = 64 << 10;
/// Characters of a reason: it is shown in one line and kept for ever.
const LONGEST_WHY: usize = 2_000;
const LONGEST_NAME: usize = 200;
/// For the body of a revert. It is small and follows its head at once; one that does not come is not waited for.
const PATIENCE_TO_REVERT: Duration = Duration::from_millis(500);

/// A move toward risk, or one that can wait.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Move")]
pub struct Asked {
    /// The reason; kept in the journal.
    pub why: String,
    /// The version of the state the move is meant for: refused where another move came first.
    #[serde(default)]
    pub version: Option<u64>,
    /// Who asks, as they want to be named in the journal.
    #[serde(default)]
    pub actor: Option<String>,
    #[serde(default)]
    pub via: Way,
}

/// One stage up.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Advance")]
pub struct AskedAdvance {
    /// The reason; kept in the journal.
    pub why: String,
    /// The version of the state the move is meant for: refused where another move came first.
    #[serde(default)]
    pub version: Option<u64>,
    /// Although the gate does not pass: recorded and shown for ever.
    #[serde(default)]
    pub r#override: bool,
    /// Who asks, as they want to be named in the journal.
    #[serde(default)]
    pub actor: Option<String>,
    #[serde(default)]
    pub via: Way,
}

/// A move toward safety: everything may be left out, the body included, and nothing in it gets the move refused. What
/// cannot be read is passed over, whatever it is sent as. It is for whatever version there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(rename = "Revert")]
pub struct AskedRevert {
    /// The reason; kept in the journal.
    #[serde(default)]
    pub why: Option<String>,
    /// Who asks, as they want to be named in the journal.
    #[serde(default)]
    pub actor: Option<String>,
    /// Requests that new is answering just now are answered by old instead, where not a byte was sent yet.
    #[serde(default)]
    pub abort_in_flight: bool,
    #[serde(default)]
    pub via: Way,
}

impl AskedRevert {
    /// As much as can be read, each key for itself.
    fn readable(bytes: &[u8]) -> AskedRevert {
        let Ok(Value::Object(mut keys)) = serde_json::from_slice(bytes) else {
            return AskedRevert::default();
        };
        let mut text = |key: &str| keys.remove(key).and_then(|value| value.as_str().map(str::to_owned));
        AskedRevert {
            why: text("why"),
            actor: text("actor"),
            via: text("via").and_then(|via| serde_json::from_value(via.into()).ok()).unwrap_or_default(),
            abort_in_flight: keys.get("abort_in_flight").and_then(Value::as_bool).unwrap_or_default(),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for AskedRevert {
    type Rejection = Infallible;

    /// A body that is too large, breaks off or does not come is one that says nothing.
    async fn from_request(request: Request, state: &S) -> Result<AskedRevert, Infallible> {
        let bytes = timeout(PATIENCE_TO_REVERT, Bytes::from_request(request, state)).await;
        Ok(bytes.ok().and_then(Result::ok).map(|bytes| AskedRevert::readable(&bytes)).unwrap_or_default())
    }
}

/// By which way somebody asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    #[default]
    Api,
    CommandLine,
    Page,
}

/// The body as it came.
pub struct Body(Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Body, Problem> {
        let kind = content_type(request.headers());
        let bytes = Bytes::from_request(request, state).await.map_err(|error| unread(&error))?;
        // A page can make a browser send what a form can send, and JSON it cannot.
        if kind == Some(false) || (kind.is_none() && !bytes.is_empty()) {
            let detail = "the body has to be JSON: send `Content-Type: application/json`";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        Ok(Body(bytes))
    }
}

/// Whether it is JSON, where it is said what it is.
fn content_type(headers: &HeaderMap) -> Option<bool> {
    let field = headers.get(header::CONTENT_TYPE)?;
    let essence = field.to_str().ok().and_then(|text| text.split(';').next()).unwrap_or_default();
    Some(essence.trim().eq_ignore_ascii_case("application/json"))
}

fn unread(error: &BytesRejection) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body may have 64 KiB at most")
        }
        status => Problem::new(status, "the body did not come to its end"),
    }
}

impl Body {
    pub fn read<T: for<'de> Deserialize<'de>>(&self, example: &str) -> Result<T, Problem> {
        if self.0.trim_ascii().is_empty() {
            return Err(Problem::refused(&Refusal::NoReason));
        }
        serde_json::from_slice(&self.0).map_err(|error| {
            let detail = format!("nothing was done: {error}; send for example {example}");
            Problem::new(StatusCode::BAD_REQUEST, detail).of_kind("body")
        })
    }
}

/// A reason that says something, no longer than it may be.
pub fn reason(why: &str) -> Result<String, Problem> {
    let why = why.trim();
    if why.is_empty() {
        return Err(Problem::refused(&Refusal::NoReason));
    }
    if why.chars().count() > LONGEST_WHY {
        let detail = format!("`why` may have {LONGEST_WHY} characters at most");
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail).of_kind("body"));
    }
    Ok(why.to_owned())
}

/// The reason for a move toward safety: none is needed, and one that is too long is cut.
pub fn reason_if_any(why: Option<&str>) -> String {
    let why = why.map(str::trim).filter(|why| !why.is_empty()).unwrap_or("no readable reason was given");
    why.chars().take(LONGEST_WHY).collect()
}

/// Whoever asks, as they name themselves.
pub fn actor(name: Option<&str>, way: Way) -> Actor {
    let name = name.map(str::trim).filter(|name| !name.is_empty()).unwrap_or("somebody");
    let via = match way {
        Way::Api => Via::Api,
        Way::CommandLine => Via::CommandLine,
        Way::Page => Via::Page,
    };
    Actor { name: name.chars().take(LONGEST_NAME).collect(), via }
}
