//! Where rollouts stand, and whether one may go on.

use axum::{
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Doors, elsewhere, json, text};
use crate::{
    admin::{
        problem::Problem,
        report::Paint,
        rollouts::{GateView, RolloutView, RolloutsView, Screen, to_json},
    },
    clock,
    controller::{self, View},
    domain::{plan::Stage, rollout::Refusal},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shown {
    #[serde(default)]
    format: Format,
    /// Columns of a text.
    width: Option<u16>,
    /// Lines of a text; what does not fit is summed up.
    height: Option<u16>,
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Text,
    /// With colours for a terminal.
    Colour,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct To {
    /// The stage that is asked about, such as `25%`; the next one where it is left out.
    to: Option<String>,
}

pub async fn all(
    State(doors): State<Doors>,
    shown: Result<Query<Shown>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(shown) = shown.map_err(|_| wrong_shown())?;
    let view = doors.controller.view();
    Ok(elsewhere(move || {
        let paint = match shown.format {
            Format::Json => return json(to_json(&told(&doors, &view))),
            Format::Text => Paint::Plain,
            Format::Colour => Paint::Colour,
        };
        let screen = Screen::new(shown.width, shown.height, paint);
        text(screen.of(&standing(&doors, &view), env!("CARGO_PKG_VERSION")))
    })
    .await)
}

pub async fn one(State(doors): State<Doors>, Path(id): Path<String>) -> Response {
    elsewhere(move || {
        let view = doors.controller.view();
        match find(&view, &id) {
            Ok((place, rollout)) => {
                let forced = doors.controller.flags().is_forced(place);
                let told = RolloutView::of(rollout, clock::unix_millis(), forced);
                json(to_json(&told.with_aggregates(|route| (doors.aggregates)(route))))
            }
            Err(problem) => problem.into_response(),
        }
    })
    .await
}

pub async fn gate(
    State(doors): State<Doors>,
    Path(id): Path<String>,
    to: Result<Query<To>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(To { to }) = to.map_err(|_| {
        Problem::new(StatusCode::BAD_REQUEST, "the query may say to=STAGE and nothing else").of_kind("query")
    })?;
    let view = doors.controller.view();
    let (_, rollout) = find(&view, &id)?;
    let asked: Option<Stage> = to
        .map(|to| to.parse())
        .transpose()
        .map_err(|why| Problem::new(StatusCode::BAD_REQUEST, why).of_kind("query"))?;
    let gate = GateView::of(rollout, asked, clock::unix_millis()).ok_or_else(|| no_stage(rollout))?;
    Ok(json(to_json(&gate)))
}

/// Everything there is to see now.
pub fn told(doors: &Doors, view: &View) -> RolloutsView {
    let mut told = standing(doors, view);
    let with = |rollout: RolloutView| rollout.with_aggregates(|route| (doors.aggregates)(route));
    told.rollouts = told.rollouts.into_iter().map(with).collect();
    told
}

/// As much of it as a screen shows.
fn standing(doors: &Doors, view: &View) -> RolloutsView {
    let flags = doors.controller.flags();
    RolloutsView::of(view, clock::unix_millis(), |place| flags.is_forced(place))
}

pub fn find<'a>(view: &'a View, id: &str) -> Result<(usize, &'a controller::RolloutView), Problem> {
    let found = view.rollouts.iter().enumerate().find(|(_, rollout)| rollout.id == id);
    found.ok_or_else(|| Problem::refused(&Refusal::Unknown { id: id.to_owned() }))
}

fn wrong_shown() -> Problem {
    let detail =
        "the query may say format=json, text or colour, width=COLUMNS and height=LINES, and nothing else";
    Problem::new(StatusCode::BAD_REQUEST, detail).of_kind("query")
}

fn no_stage(rollout: &controller::RolloutView) -> Problem {
    let stages: Vec<_> = rollout.ladder.iter().map(ToString::to_string).collect();
    let detail = format!("that is no stage of {}, which has {}", rollout.id, stages.join(", "));
    Problem::new(StatusCode::BAD_REQUEST, detail).of_kind("query")
}
