//! The rules of one route: what its section comes to, and what is wrong or of no use in it.
//!
//! A file that holds nothing but such a section is read here too, for whoever tries rules out.

use std::collections::HashMap;

use crate::domain::{
    compare::rules::{DEFAULT_HEADERS, Reading, Rules},
    moment::write_day,
};

use super::{
    MOST_BYTES,
    file::RouteCompare,
    problem::{Origin, Problem, Problems, quoted},
    reader::{Form, Reader},
    ruled::Placed,
    tree::{self, Kind, Node},
};

/// Rules of every kind, in the order in which the section lists the kinds.
pub fn kinds(compare: &RouteCompare) -> [(&'static str, &[Placed]); 16] {
    [
        ("ignore", &compare.ignore),
        ("unordered", &compare.unordered),
        ("key_by", &compare.key_by),
        ("sorted", &compare.sorted),
        ("tolerance", &compare.tolerance),
        ("same_type", &compare.same_type),
        ("matches", &compare.matches),
        ("format", &compare.format),
        ("time_within", &compare.time_within),
        ("rewrite", &compare.rewrite),
        ("case_insensitive", &compare.case_insensitive),
        ("trim", &compare.trim),
        ("null_is_missing", &compare.null_is_missing),
        ("empty_is_missing", &compare.empty_is_missing),
        ("number_is_string", &compare.number_is_string),
        ("bind", &compare.bind),
    ]
}

/// What a section comes to, with the headers that are compared elsewhere.
pub fn of(compare: RouteCompare, headers: &[String]) -> Rules {
    let all = kinds(&compare).into_iter().flat_map(|(_, rules)| rules);
    let all = all.map(|placed| placed.rule.clone()).collect();
    let mut names: Vec<String> = Vec::new();
    for name in headers.iter().chain(&compare.headers.add) {
        if !compare.headers.remove.contains(name) && !names.contains(name) {
            names.push(name.clone());
        }
    }
    let mut rules = Rules::new(all, names);
    rules.cookies = compare.cookies;
    rules.read_as = compare.read_as;
    rules.numbers = compare.numbers;
    rules
}

/// The rules of a text that is the `compare` section of a route, with or without that name above it. The
/// headers compared are the built-in ones, and what the section adds and removes.
pub fn rules(name: &str, text: &str) -> Result<Rules, Problems> {
    let mut reader = Reader::default();
    if text.len() > MOST_BYTES {
        reader.problem(Origin::Default, format!("{name} is larger than 1 MiB"));
    }
    let tree = if text.len() > MOST_BYTES { Ok(Node::empty(Origin::Default)) } else { tree::parse(text) };
    let root = tree.unwrap_or_else(|(origin, message)| {
        reader.problem(origin, message);
        Node::empty(Origin::Default)
    });
    let section = match &root.kind {
        Kind::Map(entries) if entries.len() == 1 => root.get("compare").unwrap_or(&root),
        _ => &root,
    };
    let headers: Vec<String> = DEFAULT_HEADERS.iter().map(|header| (*header).to_owned()).collect();
    let compare = RouteCompare::read(section, &mut reader);
    if let Some(compare) = &compare {
        check("", compare, &headers, 0, &mut reader);
    }
    reader.finish(name, text)?;
    let missing = || Problems { list: vec![Problem::new(Origin::Default, "", "no rules")], more: 0 };
    compare.map(|compare| of(compare, &headers)).ok_or_else(missing)
}

/// Looks at rules together. `at`: the path of the section, with a dot behind it, or nothing.
pub fn check(at: &str, compare: &RouteCompare, headers: &[String], now_millis: u64, reader: &mut Reader) {
    let ignored: HashMap<&str, String> =
        compare.ignore.iter().map(|placed| (placed.rule.at.text(), placed.path("ignore"))).collect();
    for (kind, rules) in kinds(compare) {
        for placed in rules {
            let path = placed.path(&format!("{at}{kind}"));
            let place = placed.rule.at.text();
            if let Some(moment) = placed.rule.expires_millis.filter(|_| placed.rule.has_expired(now_millis)) {
                let day = write_day(moment);
                reader.warn_at(
                    &path,
                    format!("expired on {day}: what it forgave is a difference again; renew it or remove it"),
                );
            }
            if let Some(by) = ignored.get(place).filter(|_| kind != "ignore") {
                let place = quoted(place);
                reader.warn_at(&path, format!("says nothing: {place} is ignored altogether, by `{by}`"));
            }
        }
    }
    if compare.read_as == Some(Reading::Bytes)
        && let Some((kind, _)) = kinds(compare).into_iter().find(|(_, rules)| !rules.is_empty())
    {
        let message = "bodies are compared as bytes, in which rules have no places".to_owned();
        reader.warn_at(&format!("{at}{kind}"), message);
    }
    for (place, name) in compare.headers.remove.iter().enumerate() {
        let path = format!("{at}headers.remove[{place}]");
        if compare.headers.add.contains(name) {
            reader.problem_at(&path, format!("{name:?} is added and removed: one of them"));
        } else if !headers.contains(name) {
            reader.warn_at(&path, format!("{name:?} is not compared anyway"));
        }
    }
}
