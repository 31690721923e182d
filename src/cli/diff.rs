//! `readshift diff`: two bodies, from files or URLs, judged by the engine that judges live pairs.
//!
//! For people who write rules: what differs, why, what the rules forgave, and an exit code for scripts.

mod fetch;
mod source;
pub mod told;

use std::path::Path;

use anyhow::{Context as _, bail};
use source::{Source, Taken};
use told::{Page, Palette};

use super::{
    Exit,
    args::{Color, Diff, Format},
    load::read,
    out,
    report::wants_colour,
};
use crate::{
    clock,
    config::rules,
    domain::{
        compare::{
            self, Asked, Judgement, Limits, Terms,
            bindings::Bindings,
            patch,
            rules::{DEFAULT_HEADERS, Reading, Rules},
        },
        outcome::Verdict,
    },
};

/// Characters shown of a value: a person looks at one pair here, not at a table of many.
const EXCERPT: usize = 2_000;

pub fn run(args: &Diff) -> anyhow::Result<Exit> {
    let (old, new) = (Source::parse(&args.old)?, Source::parse(&args.new)?);
    if matches!((&old, &new), (Source::Stdin, Source::Stdin)) {
        bail!("only one of the two can be read from standard input");
    }
    if !args.headers.is_empty() && old.url().or(new.url()).is_none() {
        bail!("--header is sent with a request, and neither side is a URL");
    }
    let rules = match &args.rules {
        Some(path) => match rules_of(path)? {
            Some(rules) => rules,
            None => return Ok(Exit::Trouble),
        },
        None => built_in(),
    };
    let both_fetched = old.url().is_some() && new.url().is_some();
    let asked = old.url().or(new.url()).map_or_else(String::new, |url| url.target.clone());
    let (old, new) = source::take(&old, &new, &args.headers)?;
    let rules = fitted(rules, args.read_as, both_fetched);
    let limits = Limits { decoded: source::MOST_BYTES, excerpt: EXCERPT, ..Limits::default() };
    let asked = Asked { method: b"GET", target: asked.as_bytes() };
    let terms = Terms { rules: &rules, limits: &limits, asked, now_millis: clock::unix_millis() };
    let judgement = compare::compare(&old.reply, &new.reply, &terms, &mut Bindings::default());
    if args.patch {
        return print_patch(&old, &new, &terms, &judgement);
    }
    let page = Page { old: &old.name, new: &new.name, judgement: &judgement, rules: &rules };
    match args.format {
        Format::Text => out::print(&page.to_text(palette(args.color)))?,
        Format::Json => out::line(&page.to_json())?,
    }
    Ok(exit(&judgement))
}

fn exit(judgement: &Judgement) -> Exit {
    match judgement.outcome.verdict() {
        Verdict::Match | Verdict::Forgiven => Exit::Fine,
        Verdict::Mismatch => Exit::Fail,
        Verdict::Incomparable | Verdict::Unpaired => Exit::Trouble,
    }
}

fn print_patch(old: &Taken, new: &Taken, terms: &Terms<'_>, judgement: &Judgement) -> anyhow::Result<Exit> {
    let patch = patch::of_replies(&old.reply, &new.reply, terms)
        .map_err(anyhow::Error::msg)
        .context("there is no patch")?;
    out::line(&patch.to_string())?;
    Ok(exit(judgement))
}

fn palette(color: Color) -> Palette {
    let coloured = match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => wants_colour(),
    };
    if coloured { Palette::Colour } else { Palette::Plain }
}

/// The rules of a file, or every problem told on standard error.
fn rules_of(path: &Path) -> anyhow::Result<Option<Rules>> {
    let (name, text) = read("rules", path)?;
    match rules(&name, &text) {
        Ok(rules) => Ok(Some(rules)),
        Err(problems) => {
            out::complain(&problems.to_string());
            Ok(None)
        }
    }
}

/// What holds for a route of which nothing is said.
fn built_in() -> Rules {
    Rules::new(Vec::new(), DEFAULT_HEADERS.iter().map(|name| (*name).to_owned()).collect())
}

/// The rules for this pair: a file has no headers that could be compared.
fn fitted(rules: Rules, read_as: Option<Reading>, heads_too: bool) -> Rules {
    let headers = if heads_too { rules.headers().to_vec() } else { Vec::new() };
    let mut fitted = Rules::new(rules.rules().to_vec(), headers);
    fitted.numbers = rules.numbers;
    fitted.read_as = read_as.or(rules.read_as);
    fitted.cookies = rules.cookies;
    fitted.messages = rules.messages;
    fitted
}
