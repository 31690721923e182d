//! `readshift advance`, `revert`, `off`, `resume`, `approve`, `drill`, `restart`: a wish, and what came of it.

use std::{env, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Exit,
    admin::{Admin, Answer},
    args::{self, Advance, Move, Off, Revert},
    out,
};
use crate::admin::words::plain;

/// Whoever wants reads back is told soon that nobody answers, and what else there is.
const PATIENCE_TO_REVERT: Duration = Duration::from_secs(3);

pub fn advance(args: &Advance) -> anyhow::Result<Exit> {
    let body = Body { past_gate: Some(args.past_gate), ..body(&args.asked) };
    tell(asked(&args.asked.admin)?.post(&target(&args.asked.rollout, "advance"), &json!(body))?)
}

/// A move by this name in the API.
pub fn plain_move(args: &Move, name: &str) -> anyhow::Result<Exit> {
    tell(asked(&args.admin)?.post(&target(&args.rollout, name), &json!(body(args)))?)
}

pub fn off(args: &Off) -> anyhow::Result<Exit> {
    let body = json!({ "why": args.why, "actor": actor(args.who.name.as_deref()), "via": "command_line" });
    let admin = asked(&args.admin)?.within(PATIENCE_TO_REVERT);
    tell_way_back(admin.post(&target(&args.rollout, "off"), &body))
}

pub fn revert(args: &Revert) -> anyhow::Result<Exit> {
    let target = match &args.rollout {
        Some(rollout) => target(rollout, "revert"),
        None => "/api/v1/rollouts/revert".to_owned(),
    };
    let body = json!({
        "why": args.why,
        "abort_in_flight": args.abort_in_flight,
        "actor": actor(args.who.name.as_deref()),
        "via": "command_line",
    });
    tell_way_back(asked(&args.admin)?.within(PATIENCE_TO_REVERT).post(&target, &body))
}

fn asked(args: &args::Admin) -> anyhow::Result<Admin> {
    Admin::of(args)
}

fn target(rollout: &str, name: &str) -> String {
    format!("/api/v1/rollouts/{rollout}/{name}")
}

#[derive(Serialize)]
struct Body<'a> {
    why: &'a str,
    version: Option<u64>,
    actor: Option<String>,
    via: &'static str,
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    past_gate: Option<bool>,
}

fn body(args: &Move) -> Body<'_> {
    let actor = actor(args.who.name.as_deref());
    Body { why: &args.why, version: args.version, actor, via: "command_line", past_gate: None }
}

fn actor(name: Option<&str>) -> Option<String> {
    name.map(str::to_owned).or_else(|| env::var("USER").ok()).filter(|name| !name.is_empty())
}

fn tell(answer: Answer) -> anyhow::Result<Exit> {
    if answer.status != 200 {
        let (exit, why) = answer.problem();
        out::complain(&format!("readshift: {why}"));
        return Ok(exit);
    }
    let all = match answer.read()? {
        Told::All { rollouts } => rollouts,
        Told::One(moved) => vec![moved],
    };
    for one in &all {
        out::line(&one.told())?;
    }
    Ok(Exit::Fine)
}

/// As much of the answer to a move as is told here.
#[derive(Deserialize)]
#[serde(untagged)]
enum Told {
    All { rollouts: Vec<Moved> },
    One(Moved),
}

#[derive(Deserialize)]
struct Moved {
    id: String,
    state: State,
}

#[derive(Deserialize)]
struct State {
    stage: String,
    version: u64,
    latch: Option<Latch>,
    pending: Option<Pending>,
}

#[derive(Deserialize)]
struct Latch {
    why: String,
}

#[derive(Deserialize)]
struct Pending {
    to: String,
}

impl Moved {
    /// `users at shadow, version 8`, and what keeps it there.
    fn told(&self) -> String {
        let Moved { id, state } = self;
        let latched = state.latch.as_ref().map(|latch| format!("; latched: {}", latch.why));
        let pending = state.pending.as_ref().map(|pending| format!("; on its way to {}", pending.to));
        let more: String = pending.into_iter().chain(latched).collect();
        plain(&format!("{id} at {}, version {}{more}", state.stage, state.version))
    }
}

/// The same, and if nobody did it, what does not need the admin listener.
fn tell_way_back(answer: anyhow::Result<Answer>) -> anyhow::Result<Exit> {
    let exit = match answer {
        Ok(answer) => tell(answer)?,
        Err(error) => {
            out::complain(&format!("readshift: {error:#}"));
            Exit::Trouble
        }
    };
    if exit != Exit::Fine {
        out::complain(
            "every read comes back to old at once, without the admin listener, by either of:\n  \
             kill -USR1 PID    where PID is that of the running readshift\n  \
             touch FILE        where FILE is what `kill_switch` names in its config",
        );
    }
    Ok(exit)
}
