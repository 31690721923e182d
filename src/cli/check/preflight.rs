//! Would these settings work here and now? Both systems are asked, off any live path, and each finding is a line.
//!
//! What is printed stays a file that can be given back: the lines are remarks.

use std::{
    collections::BTreeSet,
    net::IpAddr,
    time::{Duration, Instant},
};

use anyhow::bail;
use tokio::{net::lookup_host, time::timeout};

use super::request::Asked;
use crate::{
    cli::{
        Exit,
        ask::exchange,
        diff::told::{Page, Palette},
        out,
        run::runtime,
    },
    clock,
    config::{Config, System},
    domain::{
        compare::{self, Terms, bindings::Bindings},
        moment::http_date,
        noise::Noise,
        observation::Reply,
        outcome::Verdict,
        probe::Probe,
        same_place::SamePlace,
        side::Side,
    },
};

/// The longest a name may take to be looked up.
const LOOKUP: Duration = Duration::from_secs(5);

/// Clocks further apart than this make moments differ that are the same. A Date header is cut to the second, and a reply
/// takes its time.
const SKEW: Duration = Duration::from_secs(3);

/// Requests to each side, where both name the instance that answers: fewer say nothing about whether they share them.
const LOOKS: usize = 20;

/// Lines shown of what differs; `readshift diff` shows all of it.
const SHOWN: usize = 20;

/// What was found, a line each, and whether anything of it is wrong.
#[derive(Debug, Default)]
struct Findings {
    lines: Vec<String>,
    is_wrong: bool,
}

impl Findings {
    fn fine(&mut self, line: String) {
        self.lines.push(line);
    }

    fn wrong(&mut self, line: String) {
        self.lines.push(format!("WRONG: {line}"));
        self.is_wrong = true;
    }

    fn doubt(&mut self, line: String) {
        self.lines.push(format!("warning: {line}"));
    }
}

pub fn run(config: &Config) -> anyhow::Result<Exit> {
    let findings = runtime()?.block_on(look(config));
    for line in findings.lines.iter().flat_map(|text| text.lines()) {
        out::line(&format!("# {line}"))?;
    }
    Ok(if findings.is_wrong { Exit::Fail } else { Exit::Fine })
}

async fn look(config: &Config) -> Findings {
    let mut findings = Findings::default();
    let (old, new) = tokio::join!(root(config, Side::Old), root(config, Side::New));
    let (old, new) =
        (said(Side::Old, config, old, &mut findings), said(Side::New, config, new, &mut findings));
    places(config, &mut findings).await;
    if let (Some(old), Some(new)) = (old, new) {
        clocks(&old, &new, &mut findings);
        instances(config, &old, &new, &mut findings).await;
        for rollout in &config.rollouts {
            for probe in &rollout.probes {
                probed(config, &rollout.id, probe, &mut findings).await;
            }
        }
    } else if config.rollouts.iter().any(|rollout| !rollout.probes.is_empty()) {
        findings.doubt("no probe was asked: that takes both systems".to_owned());
    }
    findings
}

/// What came back, how long it took, and how far its clock is ahead of ours.
struct Seen {
    reply: Reply,
    took: Duration,
    ahead_millis: Option<i128>,
}

const fn system(config: &Config, side: Side) -> &System {
    match side {
        Side::Old => &config.old,
        Side::New => &config.new,
    }
}

async fn root(config: &Config, side: Side) -> anyhow::Result<Seen> {
    ask(config, side, Asked::ROOT).await
}

async fn ask(config: &Config, side: Side, asked: Asked<'_>) -> anyhow::Result<Seen> {
    let system = system(config, side);
    let patience = system.connect_timeout + system.timeout.unwrap_or(system.first_byte_timeout);
    let begun: Instant = clock::now();
    let message = asked.to(system);
    let whole = exchange(&system.url, asked.method.as_bytes(), message, config.compare.decoded);
    let Ok(reply) = timeout(patience, whole).await else { bail!("no whole reply within {patience:?}") };
    let reply = reply?;
    let date = reply.fields.get("date").and_then(|date| http_date(str::from_utf8(date).ok()?));
    let ahead_millis = date.map(|date| date.nanos / 1_000_000 - i128::from(clock::unix_millis()));
    Ok(Seen { reply, took: clock::now().duration_since(begun), ahead_millis })
}

fn said(side: Side, config: &Config, seen: anyhow::Result<Seen>, findings: &mut Findings) -> Option<Seen> {
    let url = &system(config, side).url;
    match seen {
        Ok(seen) => {
            let (status, took) = (seen.reply.status, seen.took.as_millis());
            findings.fine(format!("{side} at {url} answers GET / with {status} in {took} ms"));
            Some(seen)
        }
        Err(error) => {
            findings.wrong(format!("{side} at {url} does not answer GET /: {error:#}"));
            None
        }
    }
}

/// Whether both names lead to one machine and port.
async fn places(config: &Config, findings: &mut Findings) {
    let (old, new) = tokio::join!(addresses(&config.old), addresses(&config.new));
    let shared: Vec<String> = old.intersection(&new).map(IpAddr::to_string).collect();
    if config.old.url.port == config.new.url.port && !shared.is_empty() {
        let line =
            format!("old and new are both reached at {}: every comparison may be a match", shared.join(", "));
        // Behind one balancer two hosts may be told apart by their names.
        findings.doubt(line);
    }
}

async fn addresses(system: &System) -> BTreeSet<IpAddr> {
    let found = timeout(LOOKUP, lookup_host((system.url.host.as_str(), system.url.port))).await;
    // What cannot be looked up did not answer either, and that was told.
    let Ok(Ok(found)) = found else { return BTreeSet::new() };
    found.map(|address| address.ip().to_canonical()).collect()
}

fn clocks(old: &Seen, new: &Seen, findings: &mut Findings) {
    let (Some(old), Some(new)) = (old.ahead_millis, new.ahead_millis) else {
        findings.fine("clocks: not both sides say what time it is (no Date header)".to_owned());
        return;
    };
    let far = |millis: i128| millis.unsigned_abs() > SKEW.as_millis();
    let seconds = |millis: i128| (millis.unsigned_abs() + 500) / 1_000;
    let way = |millis: i128| if millis > 0 { "ahead of" } else { "behind" };
    let apart = new - old;
    if far(apart) {
        let line = format!("the clock of new is {} s {} that of old", seconds(apart), way(apart));
        findings.doubt(format!("{line}: moments they make themselves differ by that"));
    } else {
        findings.fine("clocks: those of old and new agree".to_owned());
    }
    for (side, millis) in [(Side::Old, old), (Side::New, new)] {
        if far(millis) {
            findings.doubt(format!(
                "the clock of {side} is {} s {} the one here",
                seconds(millis),
                way(millis)
            ));
        }
    }
}

/// Whether the instances that answer for both sides are the same ones, where they say who they are.
async fn instances(config: &Config, old: &Seen, new: &Seen, findings: &mut Findings) {
    let mut same = SamePlace::default();
    if !SamePlace::names(&old.reply.fields, &new.reply.fields) {
        return;
    }
    for _ in 0..LOOKS {
        let (Ok(old), Ok(new)) = tokio::join!(root(config, Side::Old), root(config, Side::New)) else {
            return;
        };
        same.see(&old.reply.fields, &new.reply.fields);
    }
    if let Some(sentence) = same.verdict(&Noise::default()) {
        if config.self_check { findings.doubt(sentence) } else { findings.wrong(sentence) }
    }
}

async fn probed(config: &Config, rollout: &str, probe: &Probe, findings: &mut Findings) {
    let name = format!("probe {rollout}/{}", probe.name);
    let asked = Asked {
        method: &probe.method,
        target: &probe.target,
        headers: &probe.headers,
        body: probe.body.as_deref(),
    };
    let (old, new) = tokio::join!(ask(config, Side::Old, asked), ask(config, Side::New, asked));
    let (old, new) = match (old, new) {
        (Ok(old), Ok(new)) => (old, new),
        (Err(error), _) => return findings.wrong(format!("{name}: old does not answer: {error:#}")),
        (_, Err(error)) => return findings.wrong(format!("{name}: new does not answer: {error:#}")),
    };
    let asked = compare::Asked { method: probe.method.as_bytes(), target: probe.target.as_bytes() };
    let terms =
        Terms { rules: &probe.rules, limits: &config.compare, asked, now_millis: clock::unix_millis() };
    let judgement = compare::compare(&old.reply, &new.reply, &terms, &mut Bindings::default());
    match judgement.outcome.verdict() {
        Verdict::Match | Verdict::Forgiven => {
            findings.fine(format!("{name}: matches ({})", old.reply.status))
        }
        _ => {
            let page = Page { old: "old", new: "new", judgement: &judgement, rules: &probe.rules };
            let text = page.to_text(Palette::Plain);
            let shown: Vec<&str> = text.lines().take(SHOWN).collect();
            findings.wrong(format!("{name}: differs\n{}", shown.join("\n").trim_end()));
        }
    }
}
