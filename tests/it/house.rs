//! The house (design, section 4): which room may know which, and how its files look.

mod source;

use std::path::Path;

use source::{Named, Source, all};

/// From the ground up. A room imports from floors below its own, and never from its own floor.
const FLOORS: [&[&str]; 8] = [
    &["domain"],
    &["clock"],
    &["config", "net", "store", "metrics", "telemetry", "demo"],
    &["shadow", "controller"],
    &["proxy", "admin"],
    &["app"],
    &["cli"],
    &["lib", "main"],
];

/// Rooms that know less than their floor lets them.
const KNOW_ONLY: [(&str, &[&str]); 6] = [
    ("clock", &[]),
    ("config", &["domain"]),
    ("metrics", &["domain"]),
    ("admin", &["controller", "store", "metrics", "domain", "clock"]),
    ("demo", &["clock"]),
    ("main", &["cli"]),
];

/// Who sees the whole `Config`; every other room gets a value of its own.
const KNOW_CONFIG: [&str; 2] = ["app", "cli"];

/// What the pure room has no hands for.
const NOT_PURE: [&str; 13] = [
    "tokio",
    "hyper",
    "tracing",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "std::sync::Mutex",
    "std::sync::RwLock",
    "std::sync::atomic",
    "std::cell",
    "std::time::SystemTime",
];

const LONGEST: usize = 500;
/// Names that say nothing about what is inside.
const NAMELESS: [&str; 8] = ["util", "utils", "helper", "helpers", "manager", "common", "misc", "service"];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// Fails with every place that breaks the rule.
#[track_caller]
fn holds(rule: &str, broken: impl IntoIterator<Item = String>) {
    let broken: Vec<_> = broken.into_iter().collect();
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

/// Every import of another room of ours.
fn imports() -> Vec<(Source, Named, String)> {
    let mut found = Vec::new();
    for source in all() {
        for named in source.named() {
            let ours = ["crate", "readshift"].contains(&named.path[0].as_str());
            let room = named.path.get(1).filter(|_| ours).cloned();
            if let Some(room) = room.filter(|room| room != source.room() && floor(room).is_some()) {
                let copy = Source::clone(&source);
                found.push((copy, named, room));
            }
        }
    }
    assert!(found.len() > 100, "the house test has lost its sight: {} imports found", found.len());
    found
}

fn place(source: &Source, named: &Named) -> String {
    format!("{}:{}: {}", source.path, named.line, named.path.join("::"))
}

#[test]
fn every_room_stands_on_a_floor() {
    let homeless = all().into_iter().filter(|source| floor(source.room()).is_none());
    holds("a new room needs a floor in this test and in the design", homeless.map(|source| source.path));
}

#[test]
fn an_import_never_runs_upward_nor_to_a_neighbour() {
    let upward = imports().into_iter().filter(|(source, named, room)| {
        // Tests of the ground floor may say what time it is.
        let clock_in_test = named.in_test && room == "clock";
        floor(room) >= floor(source.room()) && !clock_in_test
    });
    holds("an import runs down, floor by floor", upward.map(|(source, named, _)| place(&source, &named)));
}

#[test]
fn some_rooms_know_less_than_they_could() {
    let too_much = imports().into_iter().filter(|(source, named, room)| {
        let known = KNOW_ONLY.iter().find(|(who, _)| *who == source.room());
        !named.in_test && known.is_some_and(|(_, known)| !known.contains(&room.as_str()))
    });
    holds("this room may not know that one", too_much.map(|(source, named, _)| place(&source, &named)));
}

#[test]
fn only_app_and_cli_see_the_config() {
    let others = imports()
        .into_iter()
        .filter(|(source, _, room)| room == "config" && !KNOW_CONFIG.contains(&source.room()));
    holds(
        "a room gets a small settings value of its own",
        others.map(|(source, named, _)| place(&source, &named)),
    );
}

#[test]
fn the_domain_has_no_hands() {
    let handy = all().into_iter().filter(|source| source.room() == "domain").flat_map(|source| {
        let impure =
            |path: &str| NOT_PURE.iter().any(|no| path == *no || path.starts_with(&format!("{no}::")));
        let named: Vec<_> = source.named().into_iter().filter(|named| !named.in_test).collect();
        let bad = named.into_iter().filter(|named| impure(&named.path.join("::")));
        bad.map(|named| place(&source, &named)).collect::<Vec<_>>()
    });
    holds("the domain is pure: no runtime, files, sockets, locks or clocks", handy);
}

#[test]
fn a_file_is_about_one_noun() {
    let long = all().into_iter().filter(|source| source.lines.len() > LONGEST);
    holds(
        "a file past 500 lines becomes two",
        long.map(|source| format!("{}: {}", source.path, source.lines.len())),
    );
}

#[test]
fn every_file_begins_with_what_lives_in_it() {
    let silent =
        all().into_iter().filter(|source| !source.lines.first().is_some_and(|line| line.starts_with("//!")));
    holds("a file begins with a `//!` comment", silent.map(|source| format!("{}:1", source.path)));
}

#[test]
fn the_front_page_passes_nothing_on() {
    let front = all().into_iter().find(|source| source.path == "src/lib.rs").unwrap();
    let lines = front.lines.iter().enumerate().filter(|(_, line)| line.trim_start().starts_with("pub use"));
    holds("lib.rs re-exports nothing", lines.map(|(at, line)| format!("src/lib.rs:{}: {line}", at + 1)));
}

#[test]
fn a_module_has_a_name_that_says_what_is_inside() {
    let nameless =
        all().into_iter().filter(|source| source.modules().iter().any(|name| NAMELESS.contains(name)));
    holds("this name says nothing", nameless.map(|source| source.path));
}

#[test]
fn every_floor_is_lived_on() {
    for room in FLOORS.concat() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room);
        assert!(root.is_dir() || root.with_extension("rs").is_file(), "there is no room {room}");
    }
}
