//! `readshift gate`: may a rollout stand on a stage? For scripts, by exit code.

use anyhow::Context as _;
use serde::Deserialize;

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
    let told: Told = serde_json::from_str(&text).context("what was answered is no verdict")?;
    match args.format {
        Format::Json => out::print(&text)?,
        Format::Text => out::print(&told.to_text())?,
    }
    Ok(match told.verdict {
        Verdict::Pass => Exit::Fine,
        Verdict::Breach => Exit::Fail,
        Verdict::Hold => Exit::NotEnough,
    })
}

/// As much of the answer as is told here.
#[derive(Deserialize)]
struct Told {
    rollout: String,
    to: Option<String>,
    verdict: Verdict,
    why: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Pass,
    Hold,
    Breach,
}

impl Told {
    fn to_text(&self) -> String {
        let verdict = match self.verdict {
            Verdict::Pass => "pass",
            Verdict::Hold => "hold",
            Verdict::Breach => "breach",
        };
        let to = self.to.as_ref().map(|to| format!(" to {}", plain(to))).unwrap_or_default();
        let why = self.why.iter().map(|why| format!("  {}\n", plain(why)));
        format!("{}{to}: {verdict}\n{}", plain(&self.rollout), why.collect::<String>())
    }
}
