//! Pairs made to cost as much as they can, each judged in a process of its own: how long it took, and how far
//! memory rose above the bodies themselves.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use flate2::Compression;
use flate2::write::GzEncoder;
use readshift::domain::compare::bindings::Bindings;
use readshift::domain::compare::rules::{Forgive, PointerPattern, Rule, Rules};
use readshift::domain::compare::{Limits, Terms, compare};
use readshift::domain::fields::Fields;
use readshift::domain::observation::Reply;
use readshift::domain::payload::{Chunks, Payload};
use serde::{Deserialize, Serialize};

use super::on_core;
use crate::usage;

/// What every pair has to stay within.
pub const LONGEST: Duration = Duration::from_secs(2);
pub const MOST_MIB: f64 = 64.0;
/// A plain body as large as this is compared field by field here, whatever is usual. What a coded body may grow to
/// stays what it is unless the config says otherwise.
const DECODED: usize = 64 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Hostile {
    /// 100,000 arrays inside each other, and another value in the last
    Nested,
    /// 1 GiB of blanks in a gzip stream of 1 MiB
    Bomb,
    /// Strings of 50 MB that differ in the last letter
    LongString,
    /// 1,000,000 keys, of which the last differs
    ManyKeys,
    /// 50,000 keys in reverse order
    KeysReversed,
    /// Arrays of 10,000 records in reverse order
    Reversed,
    /// The same, where a rule says that order does not matter
    ReversedUnordered,
    /// Arrays of 2,000 numbers, each within the tolerance of many others, in any order
    NearlyAlike,
    /// 100,000 elements that all differ
    AllDiffer,
}

/// How one pair went.
#[derive(Debug, Serialize, Deserialize)]
pub struct Went {
    pub case: String,
    pub came_to: String,
    pub micros: u64,
    pub mib: f64,
}

impl Went {
    pub fn within_bounds(&self) -> bool {
        Duration::from_micros(self.micros) <= LONGEST && self.mib <= MOST_MIB
    }
}

/// All pairs, each in a child of this process.
pub fn all() -> Result<Vec<Went>> {
    let program = std::env::current_exe()?;
    Hostile::value_variants()
        .iter()
        .map(|case| {
            let name = case.to_possible_value().context("every pair has a name")?;
            let ended = Command::new(&program).args(["hostile-pair", name.get_name()]).output()?;
            ensure!(
                ended.status.success(),
                "{}: {}",
                name.get_name(),
                String::from_utf8_lossy(&ended.stderr)
            );
            Ok(serde_json::from_slice(&ended.stdout)?)
        })
        .collect()
}

/// One pair in this process, told as one line of JSON.
#[expect(clippy::print_stdout, reason = "the parent reads it there")]
pub fn one(case: Hostile) -> Result<()> {
    let (old, new, rules) = pair(case);
    let rules = Rules::new(rules, Vec::new());
    let usual = Limits::default();
    let decoded = if case == Hostile::Bomb { usual.decoded } else { DECODED };
    let limits = Limits { decoded, ..usual };
    let terms = Terms::of(&rules, &limits);
    let own = std::process::id();
    usage::forget_peak(own);
    let (rss, began) = (usage::of(own).rss_kib, on_core());
    let judged = compare(&old, &new, &terms, &mut Bindings::default());
    let (took, peak) = (on_core().saturating_sub(began), usage::of(own).peak_kib);
    let help = case.to_possible_value().and_then(|value| value.get_help().map(ToString::to_string));
    let went = Went {
        case: help.unwrap_or_default(),
        came_to: format!("{}: {}", judged.outcome.verdict().name(), judged.outcome.reason()),
        micros: u64::try_from(took.as_micros())?,
        mib: peak.saturating_sub(rss) as f64 / 1024.0,
    };
    println!("{}", serde_json::to_string(&went)?);
    Ok(())
}

fn pair(case: Hostile) -> (Reply, Reply, Vec<Rule>) {
    let plain = |old: String, new: String| {
        (reply(old.into_bytes(), false), reply(new.into_bytes(), false), Vec::new())
    };
    let ruled = |(old, new, _): (Reply, Reply, Vec<Rule>), forgive| {
        let rule = PointerPattern::parse("").map(|at| Rule::at(at, forgive));
        (old, new, rule.into_iter().collect())
    };
    let nested = |inside: &str| format!("{}{inside}{}", "[".repeat(100_000), "]".repeat(100_000));
    let keys = |all: &mut dyn Iterator<Item = usize>, last: &str| {
        let mut text = String::from("{");
        for n in all {
            let _ = write!(text, "\"key{n:07}\":{n},");
        }
        text + last + "}"
    };
    match case {
        Hostile::Nested => plain(nested("1"), nested("2")),
        Hostile::Bomb => (reply(bomb(b' '), true), reply(bomb(b'\n'), true), Vec::new()),
        Hostile::LongString => {
            let long = |last: &str| format!("\"{}{last}\"", "x".repeat(50_000_000));
            plain(long("a"), long("b"))
        }
        Hostile::ManyKeys => plain(keys(&mut (0..999_999), "\"z\":1"), keys(&mut (0..999_999), "\"z\":2")),
        Hostile::KeysReversed => {
            plain(keys(&mut (0..50_000), "\"z\":1"), keys(&mut (0..50_000).rev(), "\"z\":1"))
        }
        Hostile::Reversed => plain(records(&mut (0..10_000)), records(&mut (0..10_000).rev())),
        Hostile::ReversedUnordered => {
            ruled(plain(records(&mut (0..10_000)), records(&mut (0..10_000).rev())), Forgive::Unordered)
        }
        Hostile::NearlyAlike => {
            let numbers = |from: usize| {
                let all: Vec<_> = (0..2_000).map(|n| format!("{}.{}", n / 10, (n + from) % 10)).collect();
                format!("[{}]", all.join(","))
            };
            let (old, new, mut rules) = ruled(plain(numbers(0), numbers(5)), Forgive::Unordered);
            let near = Forgive::Tolerance(readshift::domain::compare::rules::Tolerance::Absolute(50.0));
            rules.extend(PointerPattern::parse("/*").map(|at| Rule::at(at, near)));
            (old, new, rules)
        }
        Hostile::AllDiffer => {
            let numbers = |from: usize| {
                let all: Vec<_> = (from..from + 100_000).map(|n| n.to_string()).collect();
                format!("[{}]", all.join(","))
            };
            plain(numbers(0), numbers(1_000_000))
        }
    }
}

fn records(all: &mut dyn Iterator<Item = usize>) -> String {
    let all: Vec<_> =
        all.map(|n| format!("{{\"id\":{n},\"tags\":[\"a\",\"b{n}\"],\"sum\":{n}.5}}")).collect();
    format!("[{}]", all.join(","))
}

fn bomb(blank: u8) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let chunk = vec![blank; 1 << 20];
    (0..1_024).for_each(|_| drop(encoder.write_all(&chunk)));
    encoder.finish().unwrap_or_default()
}

fn reply(body: Vec<u8>, coded: bool) -> Reply {
    let kind = ("content-type", "application/json");
    let fields = [kind, ("content-encoding", "gzip")];
    Reply {
        status: 200,
        fields: Fields::from_pairs(fields.into_iter().take(if coded { 2 } else { 1 })),
        body: Payload::Whole(Chunks::from(bytes::Bytes::from(body))),
        trailers: Fields::new(),
    }
}
