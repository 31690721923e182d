//! The routes: what their sections come to, and what is wrong in them.

use std::collections::HashMap;

use serde_json::Value;

use crate::domain::{
    aggregate::Aggregate,
    assign::{Assignment, Pin, Tester},
    invariant::Invariant,
    percent::Share,
    plan::Stage,
    rollout::Rollout,
    route::{Pattern, Route},
};

use super::{
    RouteSettings,
    assign::KeyOf,
    digest,
    file::{AggregateFile, File, Match, RolloutFile, RouteFile},
    problem::did_you_mean,
    reader::Reader,
    rules,
};

/// What is counted for requests that no route takes.
pub const UNROUTED: &str = "unrouted";

/// What routes take from the rest of the file.
pub struct Around<'f> {
    pub rollouts: &'f [Rollout],
    pub sample: Share,
    /// The headers that are compared.
    pub headers: &'f [String],
    pub trusted_hops: u8,
    pub tester: Option<Tester>,
    /// What the evidence of every route depends on.
    pub shared: Value,
    pub now_millis: u64,
}

/// What a section comes to. `None` where something is missing that a problem was told of.
pub fn of(route: RouteFile, around: &Around<'_>) -> Option<RouteSettings> {
    let place = match &route.rollout {
        None => 0,
        Some(named) => around.rollouts.iter().position(|rollout| rollout.id == *named)?,
    };
    let rollout = around.rollouts.get(place)?;
    let path = route.r#match.path?;
    let pins = route.pin.into_iter().map(|pin| {
        Some(Pin { when: pin.when?.in_route(&path, around.trusted_hops).ok()?, serve: pin.serve? })
    });
    let invariants = route.invariants.iter().filter_map(|(name, text)| Invariant::parse(name, text).ok());
    let mut settings = RouteSettings {
        assignment: Assignment {
            by: route.bucket_by.in_route(&path, around.trusted_hops).ok()?,
            group: route.group.unwrap_or_else(|| rollout.id.clone()),
            pins: pins.collect::<Option<_>>()?,
            tester: around.tester.clone(),
        },
        rollout: place,
        sample: route.sample.unwrap_or(around.sample),
        reread: route.reread,
        rules: rules::of(route.compare, around.headers),
        invariants: invariants.collect(),
        aggregates: route.aggregates.into_iter().map(aggregate).collect::<Option<_>>()?,
        digest: String::new(),
        route: Route {
            id: route.id?,
            methods: route.r#match.method,
            host: route.r#match.host,
            path,
            declared_read: route.read,
        },
    };
    settings.digest = digest::route(&settings, &around.shared, around.now_millis);
    Some(settings)
}

fn aggregate(aggregate: AggregateFile) -> Option<Aggregate> {
    Some(Aggregate {
        name: aggregate.name?,
        of: aggregate.of?,
        at: aggregate.at?,
        by: aggregate.by,
        max: aggregate.max,
    })
}

pub fn check(file: &File, now_millis: u64, reader: &mut Reader) {
    let mut seen = HashMap::new();
    // With a broken id among the rollouts nobody can say which one was meant.
    let known: Option<Vec<&str>> = file.rollouts.iter().map(|rollout| rollout.id.as_deref()).collect();
    let known = known.filter(|_| !reader.is_wrong("rollouts"));
    let mut earlier: HashMap<String, Vec<(usize, &Match)>> = HashMap::new();
    for (place, route) in file.routes.iter().enumerate() {
        let at = format!("routes[{place}]");
        if let Some(id) = &route.id {
            let path = format!("{at}.id");
            if id == UNROUTED {
                reader.problem_at(&path, format!("{id:?} means requests of no route: choose another"));
            }
            if let Some(first) = seen.insert(id, place) {
                reader.problem_at(&path, format!("{id:?} is the id of routes[{first}] already"));
            }
        }
        if let (Some(known), Some(named)) = (&known, &route.rollout)
            && !known.contains(&named.as_str())
        {
            let nearest = did_you_mean(named, known.iter().copied());
            reader.problem_at(&format!("{at}.rollout"), format!("there is no rollout {named:?}{nearest}"));
        }
        declared_reads(&at, route, reader);
        assignment(&at, route, file, reader);
        aggregates(&at, route, reader);
        if route.sample.is_some_and(|share| share.is_none()) {
            reader.warn_at(
                &format!("{at}.sample"),
                "nothing of this route is mirrored: there will be no evidence",
            );
        }
        let section = format!("{at}.compare.");
        rules::check(&section, &route.compare, &file.compare.headers, now_millis, reader);
        covered(&at, &mut earlier, place, route, reader);
    }
    groups(file, reader);
}

/// Tells of keys that the route's path does not have, and of reads that could not be told apart.
fn assignment(at: &str, route: &RouteFile, file: &File, reader: &mut Reader) {
    let nothing = Pattern::everything();
    let known = route.r#match.path.as_ref();
    let pattern = known.unwrap_or(&nothing);
    let by = format!("{at}.bucket_by");
    if let Err(message) = route.bucket_by.in_route(pattern, 0)
        && known.is_some()
    {
        reader.problem_at(&by, message);
    }
    for (place, pin) in route.pin.iter().enumerate() {
        let lacking = pin.when.as_ref().and_then(|when| when.in_route(pattern, 0).err());
        if let Some(message) = lacking.filter(|_| known.is_some()) {
            reader.problem_at(&format!("{at}.pin[{place}].when"), message);
        }
    }
    let live = rollout_of(route, file).map(|rollout| rollout.stages.as_slice()).unwrap_or_default();
    let part =
        live.iter().find(|stage| matches!(stage, Stage::Live(share) if !share.is_none() && !share.is_all()));
    if let (KeyOf::Nothing, Some(stage)) = (&route.bucket_by, part)
        && !reader.is_wrong(&by)
    {
        let message = format!(
            "nothing tells callers apart: at {stage} old still serves every read of this route, until 100%"
        );
        reader.warn_at(&by, message);
    }
}

fn aggregates(at: &str, route: &RouteFile, reader: &mut Reader) {
    let mut seen = HashMap::new();
    for (place, name) in
        route.aggregates.iter().enumerate().filter_map(|(at, a)| Some((at, a.name.as_ref()?)))
    {
        if let Some(first) = seen.insert(name, place) {
            let message = format!("is the name of aggregates[{first}] already");
            reader.problem_at(&format!("{at}.aggregates[{place}].name"), message);
        }
    }
    for (place, file) in route.aggregates.iter().enumerate() {
        if let Some(why) = aggregate(file.clone()).and_then(|aggregate| aggregate.check().err()) {
            reader.problem_at(&format!("{at}.aggregates[{place}].at"), why);
        }
    }
}

/// The rollout that a route belongs to.
fn rollout_of<'f>(route: &RouteFile, file: &'f File) -> Option<&'f RolloutFile> {
    match &route.rollout {
        None => file.rollouts.first(),
        Some(named) => file.rollouts.iter().find(|rollout| rollout.id.as_ref() == Some(named)),
    }
}

/// Tells of routes of one group that may send one caller to both sides.
fn groups(file: &File, reader: &mut Reader) {
    let mut first: HashMap<&str, (usize, &RouteFile, &RolloutFile)> = HashMap::new();
    for (place, route) in
        file.routes.iter().enumerate().filter(|(_, route)| route.bucket_by != KeyOf::Nothing)
    {
        let Some(rollout) = rollout_of(route, file) else { continue };
        let Some(group) = route.group.as_deref().or(rollout.id.as_deref()) else { continue };
        let (other, before, moves_with) = *first.entry(group).or_insert((place, route, rollout));
        let at = format!("routes[{place}]");
        if before.bucket_by != route.bucket_by {
            let by = &before.bucket_by;
            let message =
                format!("routes[{other}] of the same group goes by {by}: one caller may be on both sides");
            reader.warn_at(&format!("{at}.bucket_by"), message);
        }
        if moves_with.id != rollout.id {
            let message = format!(
                "routes[{other}] of the same group moves with another rollout: one caller may be on both sides"
            );
            reader.warn_at(&format!("{at}.group"), message);
        }
    }
}

fn declared_reads(at: &str, route: &RouteFile, reader: &mut Reader) {
    let path = format!("{at}.read");
    let methods = &route.r#match.method;
    if !route.read {
        return;
    }
    if methods.is_empty() {
        if !reader.is_wrong(&format!("{at}.match")) {
            reader.problem_at(&path, "declares every method a read: name the methods under `match.method`");
        }
    } else if methods.iter().all(|m| m == "GET" || m == "HEAD") {
        reader.warn_at(&path, "GET and HEAD are reads without being declared so");
    }
    for method in methods.iter().filter(|m| ["PUT", "PATCH", "DELETE"].contains(&m.as_str())) {
        reader.warn_at(&path, format!("{method} is declared a read: it will be sent to both systems"));
    }
}

/// Tells of a route that an earlier one leaves nothing to. Sees only patterns that say the same.
fn covered<'f>(
    at: &str,
    earlier: &mut HashMap<String, Vec<(usize, &'f Match)>>,
    place: usize,
    route: &'f RouteFile,
    reader: &mut Reader,
) {
    let this = &route.r#match;
    let Some(path) = &this.path else { return };
    let shape = shape(&path.to_string());
    let takes_all = |other: &Match| {
        let methods = other.method.is_empty()
            || (!this.method.is_empty() && this.method.iter().all(|m| other.method.contains(m)));
        methods && (other.host.is_none() || other.host == this.host)
    };
    let before = ["/**", shape.as_str()].into_iter().filter_map(|shape| earlier.get(shape)).flatten();
    if let Some((first, _)) = before.filter(|(_, other)| takes_all(other)).min_by_key(|(first, _)| *first) {
        let message = format!("never matches: routes[{first}] takes all its requests first");
        reader.warn_at(&format!("{at}.match.path"), message);
    }
    earlier.entry(shape).or_default().push((place, this));
}

/// A pattern without the names of its parameters.
fn shape(pattern: &str) -> String {
    let step = |segment: &str| match segment {
        "**" => "**".to_owned(),
        s if s.starts_with('{') && s.ends_with("*}") => "**".to_owned(),
        s if s.starts_with('{') => "*".to_owned(),
        s => s.to_owned(),
    };
    pattern.split('/').map(step).collect::<Vec<_>>().join("/")
}
