//! The record of moves, as the store has it.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::oneshot;

use super::{Doors, elsewhere, json, rollouts::find, text};
use crate::{
    admin::{
        problem::Problem,
        rollouts::{ChainView, JournalView, to_json},
    },
    store::archive::Trouble,
};

/// Of entries in one answer.
const MOST: u16 = 1_000;
const USUAL: u16 = 50;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Only the moves of this rollout.
    rollout: Option<String>,
    /// So many entries, from 1 to 1000.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u16>,
    #[serde(default)]
    format: Format,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Json,
    Text,
}

pub async fn journal(
    State(doors): State<Doors>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let asked = asked.ok().filter(|Query(asked)| asked.limit.is_none_or(|limit| (1..=MOST).contains(&limit)));
    let Some(Query(Asked { rollout, limit, format })) = asked else {
        let detail =
            "the query may say rollout=ID, limit=1 to 1000 and format=json or text, and nothing else";
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail).of_kind("query"));
    };
    if let Some(id) = &rollout {
        find(&doors.controller.view(), id)?;
    }
    let entries = told(doors.archive.journal(rollout, limit.unwrap_or(USUAL).into())).await?;
    Ok(elsewhere(move || {
        let journal = JournalView::of(&entries);
        match format {
            Format::Json => json(to_json(&journal)),
            Format::Text => text(journal.to_text()),
        }
    })
    .await)
}

pub async fn verify(State(doors): State<Doors>) -> Result<Response, Problem> {
    let chain = told(doors.archive.verify()).await?;
    Ok(json(to_json(&ChainView::of(&chain))))
}

/// What the store answers, where it does.
pub async fn told<T>(answer: oneshot::Receiver<Result<T, Trouble>>) -> Result<T, Problem> {
    let trouble = match answer.await {
        Ok(Ok(told)) => return Ok(told),
        Ok(Err(trouble)) => trouble.to_string(),
        Err(_) => "the store does not answer".to_owned(),
    };
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, trouble).of_kind("store"))
}
