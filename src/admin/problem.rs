//! An error as a caller of the API gets it: RFC 9457 problem details.

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::words::json_for_terminals;
use crate::domain::rollout::Refusal;

/// What went wrong with one request to the API, and what to do about it.
#[derive(Clone, Debug)]
pub struct Problem(Box<Told>);

#[derive(Clone, Debug)]
struct Told {
    status: StatusCode,
    /// By which a program tells it from others; the status says enough where there is none.
    kind: Option<&'static str>,
    detail: String,
    unmet: Vec<String>,
    current: Option<u64>,
    field: Option<(HeaderName, &'static str)>,
}

/// Why a request was not followed (RFC 9457).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct Body<'a> {
    /// `urn:readshift:problem:KIND` for one of a kind that programs may want to tell apart, otherwise `about:blank`.
    r#type: String,
    title: &'static str,
    status: u16,
    /// What is wrong and what to do, for a person.
    detail: &'a str,
    /// What the gate misses, where it does not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    unmet: Option<&'a [String]>,
    /// The version the rollout is at, where the caller had seen another.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<u64>,
}

/// What stands before the kind.
pub const TYPE: &str = "urn:readshift:problem:";

impl Problem {
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        let detail = detail.into();
        let told = Told { status, kind: None, detail, unmet: Vec::new(), current: None, field: None };
        Problem(Box::new(told))
    }

    pub fn of_kind(mut self, kind: &'static str) -> Problem {
        self.0.kind = Some(kind);
        self
    }

    /// With a field of the reply's head.
    pub fn with(mut self, name: HeaderName, value: &'static str) -> Problem {
        self.0.field = Some((name, value));
        self
    }

    /// Why a rollout did not move.
    pub fn refused(refusal: &Refusal) -> Problem {
        let (status, kind) = match refusal {
            Refusal::Outdated { .. } => (StatusCode::CONFLICT, "outdated"),
            Refusal::Held { .. } => (StatusCode::CONFLICT, "held"),
            Refusal::Latched { .. } => (StatusCode::CONFLICT, "latched"),
            Refusal::Frozen { .. } => (StatusCode::CONFLICT, "frozen"),
            Refusal::NotApproved => (StatusCode::CONFLICT, "not-approved"),
            Refusal::TooSoon { .. } => (StatusCode::CONFLICT, "too-soon"),
            Refusal::AtTop => (StatusCode::CONFLICT, "at-top"),
            Refusal::Busy => (StatusCode::CONFLICT, "busy"),
            Refusal::Nothing { .. } => (StatusCode::CONFLICT, "nothing-to-do"),
            Refusal::NoReason => (StatusCode::UNPROCESSABLE_ENTITY, "no-reason"),
            Refusal::Unknown { .. } => (StatusCode::NOT_FOUND, "unknown-rollout"),
            Refusal::NotRecorded { .. } => (StatusCode::SERVICE_UNAVAILABLE, "not-recorded"),
            Refusal::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        };
        let mut problem = Problem::new(status, refusal.to_string()).of_kind(kind);
        match refusal {
            Refusal::Held { unmet } => problem.0.unmet.clone_from(unmet),
            Refusal::Outdated { current, .. } => problem.0.current = Some(*current),
            _ => {}
        }
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let told = *self.0;
        let body = Body {
            r#type: told.kind.map_or_else(|| "about:blank".to_owned(), |kind| format!("{TYPE}{kind}")),
            title: told.status.canonical_reason().unwrap_or("Problem"),
            status: told.status.as_u16(),
            detail: &told.detail,
            unmet: Some(told.unmet.as_slice()).filter(|unmet| !unmet.is_empty()),
            current: told.current,
        };
        let text = json_for_terminals(&serde_json::to_string(&body).unwrap_or_default());
        let mut response = (told.status, text).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if let Some((name, value)) = told.field {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
