//! Moves: read, ask the controller, answer the state it leads to. Nothing else happens here, so that a revert takes
//! no longer than the controller does.

use axum::{
    extract::{Path, State},
    response::Response,
};
use futures_util::future::join_all;

use super::{
    Doors,
    asked::{self, Asked, AskedAdvance, AskedRevert, Body},
    json,
    rollouts::find,
};
use crate::{
    admin::{
        problem::Problem,
        rollouts::{MovedAllView, MovedView, to_json},
    },
    domain::rollout::{Actor, Event, Refusal},
};

const EXAMPLE: &str = r#"{"why": "the report is clean", "version": 7}"#;
const EXAMPLE_ADVANCE: &str = r#"{"why": "the report is clean", "version": 7, "override": false}"#;

type Answer = Result<Response, Problem>;

pub async fn advance(State(doors): State<Doors>, Path(id): Path<String>, body: Body) -> Answer {
    let AskedAdvance { why, version, r#override: past_gate, actor, via } = body.read(EXAMPLE_ADVANCE)?;
    let (by, why) = (asked::actor(actor.as_deref(), via), asked::reason(&why)?);
    // The controller judges anew before it moves anything; this is what was last seen.
    let decision = find(&doors.controller.view(), &id)?.1.decision.clone();
    moved(&doors, &id, Event::Advance { by, why, version, past_gate, decision }).await
}

pub async fn resume(State(doors): State<Doors>, Path(id): Path<String>, body: Body) -> Answer {
    let (by, why, version) = read(&body)?;
    moved(&doors, &id, Event::Resume { by, why, version }).await
}

pub async fn approve(State(doors): State<Doors>, Path(id): Path<String>, body: Body) -> Answer {
    let (by, why, version) = read(&body)?;
    moved(&doors, &id, Event::Approve { by, why, version }).await
}

pub async fn drill(State(doors): State<Doors>, Path(id): Path<String>, body: Body) -> Answer {
    let (by, why, version) = read(&body)?;
    moved(&doors, &id, Event::Drill { by, why, version }).await
}

pub async fn restart(State(doors): State<Doors>, Path(id): Path<String>, body: Body) -> Answer {
    let (by, why, version) = read(&body)?;
    moved(&doors, &id, Event::Restart { by, why, version }).await
}

pub async fn revert(State(doors): State<Doors>, Path(id): Path<String>, asked: AskedRevert) -> Answer {
    let (by, why, in_flight) = read_revert(&asked);
    to_safety(&doors, &id, Event::Revert { by, why }, in_flight).await.map(|moved| json(to_json(&moved)))
}

pub async fn off(State(doors): State<Doors>, Path(id): Path<String>, asked: AskedRevert) -> Answer {
    let (by, why, in_flight) = read_revert(&asked);
    to_safety(&doors, &id, Event::Off { by, why }, in_flight).await.map(|moved| json(to_json(&moved)))
}

/// Every rollout at once; one that cannot be asked does not keep the others.
pub async fn revert_all(State(doors): State<Doors>, asked: AskedRevert) -> Answer {
    let (by, why, in_flight) = read_revert(&asked);
    let view = doors.controller.view();
    let each = view.rollouts.iter().map(|rollout| {
        let event = Event::Revert { by: by.clone(), why: why.clone() };
        to_safety(&doors, &rollout.id, event, in_flight)
    });
    let rollouts: Result<Vec<MovedView>, Problem> = join_all(each).await.into_iter().collect();
    Ok(json(to_json(&MovedAllView { rollouts: rollouts? })))
}

async fn moved(doors: &Doors, id: &str, event: Event) -> Answer {
    match doors.controller.ask(id, event).await {
        Ok(state) => Ok(json(to_json(&MovedView::of(id, &state)))),
        Err(refusal) => Err(Problem::refused(&refusal)),
    }
}

/// Whether what new is answering already is taken back too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InFlight {
    Ends,
    TakenBack,
}

/// Where there is nothing to do, all is as it was asked for.
async fn to_safety(doors: &Doors, id: &str, event: Event, in_flight: InFlight) -> Result<MovedView, Problem> {
    let answer = doors.controller.ask(id, event).await;
    if in_flight == InFlight::TakenBack
        && let Some(place) = doors.controller.view().rollouts.iter().position(|rollout| rollout.id == id)
    {
        doors.controller.flags().abort_in_flight(place);
    }
    match answer {
        Ok(state) => Ok(MovedView::of(id, &state)),
        Err(refusal @ Refusal::Nothing { .. }) => {
            let view = doors.controller.view();
            let stands = view.rollouts.iter().find(|rollout| rollout.id == id);
            stands.map(|rollout| MovedView::of(id, &rollout.state)).ok_or_else(|| Problem::refused(&refusal))
        }
        Err(refusal) => Err(Problem::refused(&refusal)),
    }
}

fn read(body: &Body) -> Result<(Actor, String, Option<u64>), Problem> {
    let Asked { why, version, actor, via } = body.read(EXAMPLE)?;
    Ok((asked::actor(actor.as_deref(), via), asked::reason(&why)?, version))
}

fn read_revert(asked: &AskedRevert) -> (Actor, String, InFlight) {
    let in_flight = if asked.abort_in_flight { InFlight::TakenBack } else { InFlight::Ends };
    let by = asked::actor(asked.actor.as_deref(), asked.via);
    (by, asked::reason_if_any(asked.why.as_deref()), in_flight)
}
