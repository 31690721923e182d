//! `readshift gate`: may a rollout stand on a stage? For scripts, by exit code.

use serde_json::Value;

use super::{
    Exit,
    admin::Admin,
    args::{Format, Gate},
    out,
};
use crate::admin::words::plain;

pub fn run(args: &Gate) -> anyhow::Result<Exit> {
    let to = args.to.map(|to| format!("?to={}", to.to_string().replace('%', "%25"))).unwrap_or_default();
    let answer = Admin::of(&args.admin)?.get(&format!("/api/v1/rollouts/{}/gate{to}", args.rollout))?;
    let text = answer.text()?;
    let gate: Value = serde_json::from_str(&text)?;
    match args.format {
        Format::Json => out::print(&text)?,
        Format::Text => out::print(&told(&gate))?,
    }
    Ok(match gate["verdict"].as_str() {
        Some("pass") => Exit::Fine,
        Some("breach") => Exit::Fail,
        Some("hold") => Exit::NotEnough,
        _ => Exit::Trouble,
    })
}

fn told(gate: &Value) -> String {
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let to = gate["to"].as_str().map(|to| format!(" to {}", plain(to))).unwrap_or_default();
    let mut told = format!("{}: {}{to}\n", text(&gate["rollout"]), text(&gate["verdict"]));
    for why in gate["why"].as_array().into_iter().flatten() {
        told.push_str(&format!("  {}\n", text(why)));
    }
    told
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_verdict_is_told_with_every_reason() {
        let gate = json!({ "rollout": "users", "to": "25%", "verdict": "hold", "why": ["a", "b\u{1b}"] });
        assert_eq!(told(&gate), "users: hold to 25%\n  a\n  b\\u{1b}\n");
    }
}
