//! The comparison, case by case: what two replies come to under which rules, written as data.
//!
//! Each file of `cases/` speaks of one thing, and the examples of `docs/comparing.md` are cases too. Beside
//! what it says, every case is run with old and new in each other's place, with old on both sides, and
//! without its rules: to forgive is symmetric, a reply is like itself, and no rule makes a difference.

mod case;

use std::{fs, path::Path};

use readshift::{
    config,
    domain::{
        compare::{
            Asked, Judgement, Limits, Terms,
            bindings::Bindings,
            compare,
            difference::Kind,
            rules::{DEFAULT_HEADERS, Forgive, Format, Reading, Rules},
            same_bytes,
        },
        observation::Reply,
        outcome::Verdict,
    },
};
use serde_json::{Map, Value};

use case::Case;

/// As many were promised.
const LEAST: usize = 250;
const DOCS: &str = include_str!("../../docs/comparing.md");
const SCHEMA: &str = include_str!("../../config/readshift.schema.json");
/// What a section says besides rules: it may well tell more differences.
const SETTINGS: [&str; 4] = ["numbers", "read_as", "cookies", "headers"];

#[test]
fn every_case_ends_as_it_says() {
    let cases = cases();
    report(&cases);
    assert!(cases.len() >= LEAST, "{} cases", cases.len());
}

#[test]
fn every_example_of_the_docs_ends_as_it_says() {
    let examples: Vec<_> = blocks().into_iter().filter(|(_, text)| !text.starts_with("compare:")).collect();
    let examples: Vec<_> = examples.iter().map(|(heading, text)| (heading.clone(), example(text))).collect();
    assert!(examples.len() > 30, "{} examples", examples.len());
    report(&examples);
    for (_, section) in blocks().iter().filter(|(_, text)| text.starts_with("compare:")) {
        config::rules("docs/comparing.md", section).unwrap_or_else(|problems| panic!("{problems}"));
    }
}

#[test]
fn the_docs_tell_of_every_rule_with_an_example() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let keys = schema.pointer("/definitions/RouteCompare/properties").unwrap().as_object().unwrap();
    let blocks = blocks();
    for key in keys.keys() {
        let heading = format!("`{key}`");
        assert!(DOCS.contains(&format!("\n### {heading}\n")), "no heading for {key}");
        let shown = blocks.iter().filter(|(under, _)| *under == heading);
        let shown = shown.filter(|(_, text)| example(text).rules.contains_key(key)).count();
        assert!(shown > 0, "no example for {key}");
    }
    assert_eq!(DOCS.matches("\n### `").count(), keys.len(), "a rule is told of that does not exist");
}

#[test]
fn the_docs_name_all_there_is_to_name() {
    let readings = Reading::ALL.iter().map(|(name, _)| *name);
    let formats = Format::ALL.iter().map(|(name, _)| *name);
    let kinds = [
        Kind::Added,
        Kind::Removed,
        Kind::Changed,
        Kind::Type,
        Kind::Order,
        Kind::Number,
        Kind::Text,
        Kind::Encoding,
        Kind::Bytes,
        Kind::RepeatedKey,
    ];
    let all = readings.chain(formats).chain(kinds.map(Kind::name)).chain(DEFAULT_HEADERS.iter().copied());
    let missing: Vec<_> = all.filter(|name| !DOCS.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/comparing.md does not name {missing:?}");
}

/// Every case with the file it stands in.
fn cases() -> Vec<(String, Case)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cases");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect();
    files.sort();
    let mut all = Vec::new();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let read: Vec<Value> = serde_saphyr::from_str(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        for (number, case) in read.into_iter().enumerate() {
            let shown = case["name"].to_string();
            let case: Case = serde_json::from_value(case)
                .unwrap_or_else(|why| panic!("{name}: case {number}, {shown}: {why}"));
            assert!(case.name.contains(' '), "{name}: case {number} has no sentence for its name");
            all.push((name.clone(), case));
        }
    }
    let mut names: Vec<_> = all.iter().map(|(file, case)| (file, &case.name)).collect();
    names.sort();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two cases of one file share a name");
    all
}

/// The fenced blocks of YAML in the docs, each with the heading it stands under.
fn blocks() -> Vec<(String, String)> {
    let (mut heading, mut block) = (String::new(), None::<String>);
    let mut found = Vec::new();
    for line in DOCS.lines() {
        match &mut block {
            Some(text) if line.starts_with("```") => {
                found.push((heading.clone(), std::mem::take(text)));
                block = None;
            }
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
            None if line.starts_with("```yaml") => block = Some(String::new()),
            None if line.starts_with('#') => heading = line.trim_start_matches('#').trim().to_owned(),
            None => {}
        }
    }
    found
}

fn example(text: &str) -> Case {
    let read: Value = serde_saphyr::from_str(text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let mut case: Case = serde_json::from_value(read).unwrap_or_else(|why| panic!("{why}\n{text}"));
    case.name = text.lines().next().unwrap_or_default().to_owned();
    case
}

/// Runs all, and fails with each that went wrong.
fn report(cases: &[(String, Case)]) {
    let mut failed = Vec::new();
    for (file, case) in cases {
        let wrong = wrong(case);
        if !wrong.is_empty() {
            failed.push(format!("{file}: {}\n    {}", case.name, wrong.join("\n    ")));
        }
    }
    let (failures, all) = (failed.len(), cases.len());
    assert!(failed.is_empty(), "{failures} of {all} cases:\n{}", failed.join("\n"));
}

/// What the case came to that it should not have.
fn wrong(case: &Case) -> Vec<String> {
    let rules = match rules(&case.rules) {
        Ok(rules) => rules,
        Err(problems) => return vec![problems],
    };
    let (old, new) = case.replies();
    let found = judge(case, &old, &new, &rules, false);
    let mut wrong = Vec::new();
    let mut expect = |what: &str, found: String, expected: String| {
        if found != expected {
            wrong.push(format!("{what}: {found}, expected {expected}"));
        }
    };

    let expected = case;
    expect("verdict", verdict(&found, &expected.reason), wanted(&expected.verdict, &expected.reason));
    let mut differences = expected.differences.clone();
    differences.sort();
    expect("differences", format!("{:?}", told(&found)), format!("{differences:?}"));
    expect("more", found.more.to_string(), expected.more.to_string());
    if let Some(forgiven_by) = &expected.forgiven_by {
        let mut forgiven_by = forgiven_by.clone();
        forgiven_by.sort();
        expect("forgiven by", format!("{:?}", forgiving(&found, &rules)), format!("{forgiven_by:?}"));
    }
    if let Some(uncompared) = &expected.uncompared {
        expect("uncompared", format!("{:?}", found.uncompared), format!("{uncompared:?}"));
    }
    for note in &expected.notes {
        let noted = found.notes.iter().any(|found| found.contains(note));
        expect("notes", if noted { note.clone() } else { format!("{:?}", found.notes) }, note.clone());
    }

    let (swapped_verdict, swapped_reason) = match &case.swapped {
        Some(swapped) => (&swapped.verdict, &swapped.reason),
        None => (&expected.verdict, &expected.reason),
    };
    let swapped = judge(case, &new, &old, &rules, true);
    expect("swapped", verdict(&swapped, swapped_reason), wanted(swapped_verdict, swapped_reason));
    for (side, reply) in [("old", &old), ("new", &new)] {
        let itself = judge(case, reply, reply, &rules, false).outcome.verdict().name();
        expect(&format!("{side} beside itself"), itself.to_owned(), Verdict::Match.name().to_owned());
    }
    let settings = case.rules.iter().filter(|(key, _)| SETTINGS.contains(&key.as_str()));
    let settings = settings.map(|(key, value)| (key.clone(), value.clone())).collect();
    let bare = self::rules(&settings).map(|rules| judge(case, &old, &new, &rules, false));
    if bare.is_ok_and(|bare| bare.outcome.verdict() == Verdict::Match) {
        let under = found.outcome.verdict().name().to_owned();
        expect("a match without rules", under, Verdict::Match.name().to_owned());
    }
    if let Some(outcome) = same_bytes(&old, &new, &rules) {
        expect("same bytes", format!("{outcome:?}"), format!("{:?}", found.outcome));
    }
    let is_mismatch = found.outcome.verdict() == Verdict::Mismatch;
    expect("told", (!found.differences.is_empty()).to_string(), is_mismatch.to_string());
    wrong
}

fn rules(section: &Map<String, Value>) -> Result<Rules, String> {
    // What is JSON is YAML.
    let text = Value::Object(section.clone()).to_string();
    config::rules("rules", &text).map_err(|problems| problems.to_string())
}

fn judge(case: &Case, old: &Reply, new: &Reply, rules: &Rules, swapped: bool) -> Judgement {
    let limits = Limits {
        decoded: case.limits.decoded.unwrap_or(Limits::default().decoded),
        depth: case.limits.depth.unwrap_or(Limits::default().depth),
        differences: case.limits.differences.unwrap_or(Limits::default().differences),
        ..Limits::default()
    };
    let target = case.target.as_deref().unwrap_or("/").as_bytes();
    let asked = Asked { method: b"GET", target };
    let now_millis = case.on.as_deref().map_or(0, moment);
    let terms = Terms { rules, limits: &limits, asked, now_millis };
    let mut bindings = Bindings::default();
    for (old, new) in case.before() {
        let (old, new) = if swapped { (new, old) } else { (old, new) };
        compare(&old, &new, &terms, &mut bindings);
    }
    compare(old, new, &terms, &mut bindings)
}

/// The beginning of a day: what a rule that ends on it says.
fn moment(day: &str) -> u64 {
    let rules = config::rules("day", &format!("trim: [{{ at: /a, expires: {day} }}]")).unwrap();
    rules.rules()[0].expires_millis.unwrap()
}

fn verdict(judgement: &Judgement, reason: &Option<String>) -> String {
    let found = judgement.outcome.verdict().name();
    wanted(found, &reason.as_ref().map(|_| judgement.outcome.reason().to_owned()))
}

fn wanted(verdict: &str, reason: &Option<String>) -> String {
    format!("{verdict} {}", reason.as_deref().unwrap_or_default())
}

fn told(judgement: &Judgement) -> Vec<String> {
    let told = judgement.differences.iter().map(|d| format!("{} {}", d.place, d.kind.name()));
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

fn forgiving(judgement: &Judgement, rules: &Rules) -> Vec<String> {
    let forgiving = judgement.forgiven.iter().filter(|(_, count)| *count > 0);
    let forgiving = forgiving.map(|(number, _)| &rules.rules()[*number]);
    let mut forgiving: Vec<_> = forgiving
        .map(|rule| format!("{} {}", key(&rule.forgive), rule.at.text()).trim_end().to_owned())
        .collect();
    forgiving.sort();
    forgiving
}

/// The key of the config for this kind of rule.
fn key(forgive: &Forgive) -> &'static str {
    match forgive {
        Forgive::Ignore => "ignore",
        Forgive::Unordered => "unordered",
        Forgive::KeyBy(_) => "key_by",
        Forgive::Sorted(_) => "sorted",
        Forgive::Tolerance(_) => "tolerance",
        Forgive::SameType => "same_type",
        Forgive::Matches(_) => "matches",
        Forgive::Format(_) => "format",
        Forgive::TimeWithin(_) => "time_within",
        Forgive::Rewrite(_) => "rewrite",
        Forgive::CaseInsensitive => "case_insensitive",
        Forgive::Trim => "trim",
        Forgive::NullIsMissing => "null_is_missing",
        Forgive::EmptyIsMissing => "empty_is_missing",
        Forgive::NumberIsString => "number_is_string",
        Forgive::Bind(_) => "bind",
    }
}
