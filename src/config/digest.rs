//! Digests of settings: by them it shows whether evidence is still about what is in force.
//!
//! Taken over texts of a fixed order in which nothing can stand for something else. What only measures, shows or
//! explains is not in them, and no secret is.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::domain::{
    assign::BucketBy,
    compare::rules::{Rule, Rules},
};

use super::{RouteSettings, file::File, reader::Setting};

/// Sections that nothing depends on but what is told.
const TOLD_ONLY: [&str; 2] = ["log.", "report."];

/// What the evidence of every route is about besides itself: both systems, and how replies are read.
pub fn shared(file: &File) -> Value {
    let system = |url: &Option<super::Upstream>, host: &super::HostHeader, headers: &super::Headers| {
        // Values of headers may be secrets.
        let set: Vec<&str> = headers.set.iter().map(|(name, _)| name.as_str()).collect();
        json!([url.as_ref().map(ToString::to_string), format!("{host:?}"), set, headers.remove])
    };
    json!([
        system(&file.old.url, &file.old.host, &file.old.headers),
        system(&file.new.url, &file.new.host, &file.new.headers),
        file.new.withhold,
        [file.shadow.max_body, file.compare.decoded, file.compare.depth],
    ])
}

/// What the evidence of one route is about.
pub fn route(settings: &RouteSettings, shared: &Value, now_millis: u64) -> String {
    let route = &settings.route;
    let invariants: Vec<Value> =
        settings.invariants.iter().map(|held| json!([held.name, held.expression.as_ref()])).collect();
    let aggregates: Vec<String> = settings.aggregates.iter().map(|taken| format!("{taken:?}")).collect();
    let whole = json!([
        shared,
        [route.methods, route.host, route.path.to_string(), route.declared_read],
        rules(&settings.rules, now_millis),
        [key(&settings.assignment.by), json!(settings.assignment.group)],
        invariants,
        aggregates,
    ]);
    hex(whole.to_string().as_bytes())
}

fn rules(rules: &Rules, now_millis: u64) -> Value {
    // A rule past its expiry forgives nothing, and to say why or for how long changes nothing that was forgiven.
    let in_force = rules.rules().iter().filter(|rule| !rule.has_expired(now_millis));
    let in_force: Vec<Value> = in_force.map(rule).collect();
    let (read_as, numbers) = (format!("{:?}", rules.read_as), format!("{:?}", rules.numbers));
    json!([in_force, rules.headers(), rules.cookies, read_as, numbers])
}

fn rule(rule: &Rule) -> Value {
    json!([rule.at.text(), format!("{:?}", rule.forgive)])
}

fn key(by: &BucketBy) -> Value {
    // The place of a parameter follows from the path, which is in it already.
    json!(format!("{by:?}"))
}

/// Of everything in force that evidence or moves depend on.
pub fn all(settings: &[Setting]) -> String {
    let counts = |path: &str| !TOLD_ONLY.iter().any(|section| path.starts_with(section));
    let lines = settings.iter().map(|setting| (setting.path(), &setting.value));
    let lines: Vec<_> = lines.filter(|(path, _)| counts(path)).collect();
    hex(json!(lines).to_string().as_bytes())
}

/// The same, and what a file says that the settings name.
pub fn with(digest: &str, content: &[u8]) -> String {
    hex(json!([digest, hex(content)]).to_string().as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
