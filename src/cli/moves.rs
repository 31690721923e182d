//! `readshift advance`, `revert`, `off`, `resume`, `approve`, `drill`, `restart`: a wish, and what came of it.

use std::{env, time::Duration};

use serde_json::{Value, json};

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
    let mut body = body(&args.asked);
    body["override"] = args.past_gate.into();
    tell(&asked(&args.asked.admin)?.post(&target(&args.asked.rollout, "advance"), &body)?)
}

/// A move by this name in the API.
pub fn plain_move(args: &Move, name: &str) -> anyhow::Result<Exit> {
    tell(&asked(&args.admin)?.post(&target(&args.rollout, name), &body(args))?)
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

fn body(args: &Move) -> Value {
    json!({
        "why": args.why,
        "version": args.version,
        "actor": actor(args.who.name.as_deref()),
        "via": "command_line",
    })
}

fn actor(name: Option<&str>) -> Option<String> {
    name.map(str::to_owned).or_else(|| env::var("USER").ok()).filter(|name| !name.is_empty())
}

fn tell(answer: &Answer) -> anyhow::Result<Exit> {
    if answer.status != 200 {
        let (exit, why) = answer.problem();
        out::complain(&format!("readshift: {why}"));
        return Ok(exit);
    }
    let moved: Value = serde_json::from_str(&answer.body)?;
    let all = moved["rollouts"].as_array().map_or_else(|| vec![&moved], |all| all.iter().collect());
    for one in all {
        out::line(&stands(one))?;
    }
    Ok(Exit::Fine)
}

/// The same, and if nobody did it, what does not need the admin listener.
fn tell_way_back(answer: anyhow::Result<Answer>) -> anyhow::Result<Exit> {
    let exit = match answer {
        Ok(answer) => tell(&answer)?,
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

/// `users at shadow, version 8`, and what keeps it there.
fn stands(moved: &Value) -> String {
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let state = &moved["state"];
    let latched = match state["latch"]["why"].as_str() {
        Some(why) => format!("; latched: {}", plain(why)),
        None => String::new(),
    };
    let pending = match state["pending"]["to"].as_str() {
        Some(stage) => format!("; on its way to {}", plain(stage)),
        None => String::new(),
    };
    format!(
        "{} at {}, version {}{pending}{latched}",
        text(&moved["id"]),
        text(&state["stage"]),
        state["version"]
    )
}
