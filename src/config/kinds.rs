//! The kinds of rule: what each is given besides its place, and what it forgives with that.
//!
//! How rules stand in the file is the same for all of them and is in `ruled.rs`.

use std::time::Duration;

use regex::Regex;
use serde_json::json;

use crate::domain::{
    compare::rules::{self, Expression, Forgive, FullMatch},
    side::Side,
};

use super::{
    problem::{brief, quoted},
    ruled::{Argument, RuleKind},
    values::{self, write_text},
};

/// Kinds that are given nothing but their place.
macro_rules! plain {
    ($($name:ident),+ $(,)?) => { $(
        pub struct $name;

        impl RuleKind for $name {
            fn forgive(_: &[Option<&str>]) -> Result<Forgive, Vec<(usize, String)>> {
                Ok(Forgive::$name)
            }

            fn arguments(_: &Forgive) -> Vec<Option<String>> {
                Vec::new()
            }
        }
    )+ };
}

plain! { Ignore, Unordered, SameType, CaseInsensitive, Trim, NullIsMissing, EmptyIsMissing, NumberIsString }

/// Kinds that are given one thing: by which key, what it is, how it is read and written again.
macro_rules! with_one {
    ($( $name:ident { $key:literal: $what:literal, $parse:expr, $write:expr, $schema:expr } )+) => { $(
        pub struct $name;

        impl RuleKind for $name {
            const ARGUMENTS: &'static [Argument] =
                &[Argument { key: $key, needed: true, what: $what, schema: || $schema }];

            fn forgive(given: &[Option<&str>]) -> Result<Forgive, Vec<(usize, String)>> {
                let parse: fn(&str) -> Result<_, String> = $parse;
                let text = given.first().copied().flatten().unwrap_or_default();
                parse(text).map(Forgive::$name).map_err(|message| vec![(0, message)])
            }

            fn arguments(forgive: &Forgive) -> Vec<Option<String>> {
                let Forgive::$name(argument) = forgive else { return Vec::new() };
                vec![Some($write(argument))]
            }
        }
    )+ };
}

with_one! {
    KeyBy { "by": "the name of a member", named, |v: &String| write_text(v), json!({ "type": "string" }) }
    Tolerance { "within": "a tolerance such as 0.005, 0.1% or 4 ulp", tolerance, write_tolerance,
        json!({ "type": ["number", "string"], "minimum": 0, "pattern": r"^\d*\.?\d+([eE][+-]?\d+)? ?(%|ulp)?$" }) }
    Matches { "regex": "a regular expression", full_match, |v: &FullMatch| write_text(v.text()),
        json!({ "type": "string", "format": "regex" }) }
    Format { "is": "a format such as uuid or rfc3339", format, |v: &rules::Format| v.name().to_owned(),
        json!({ "enum": rules::Format::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>() }) }
    TimeWithin { "within": "a duration such as 500ms, 5s or 2m", values::duration,
        |v: &Duration| values::write_duration(*v), json!({ "type": "string", "pattern": r"^\d+ ?(ms|s|m|h)$" }) }
    Bind { "as": "the name of a set of identifiers", named, |v: &String| write_text(v), json!({ "type": "string" }) }
}

/// Names longer than this are a mistake, and each is kept beside every identifier.
const LONGEST_NAME: usize = 256;

fn named(text: &str) -> Result<String, String> {
    match text.len() {
        0 => Err("expected a name, got an empty text".to_owned()),
        length if length > LONGEST_NAME => Err(format!("is longer than {LONGEST_NAME} bytes")),
        _ => Ok(text.to_owned()),
    }
}

fn expression(text: &str) -> Result<Expression, String> {
    Expression::parse(text).map_err(|why| no_expression(text, &why))
}

fn full_match(text: &str) -> Result<FullMatch, String> {
    FullMatch::parse(text).map_err(|why| no_expression(text, &why))
}

fn no_expression(text: &str, why: &str) -> String {
    // The message draws the place over several lines; what is wrong stands in the last one.
    let last = why.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let why = last.strip_prefix("error: ").unwrap_or(last);
    format!("{} is no regular expression: {}", quoted(text), brief(why))
}

fn format(text: &str) -> Result<rules::Format, String> {
    values::one_of(text, rules::Format::ALL)
}

fn tolerance(text: &str) -> Result<rules::Tolerance, String> {
    let wrong = || {
        let expected = "a number that is not negative, such as 0.005, 0.1% or 4 ulp";
        format!("expected {expected}, got {}", quoted(text))
    };
    if let Some(steps) = text.strip_suffix("ulp") {
        let steps = steps.trim_end_matches(' ');
        let digits = steps.bytes().all(|byte| byte.is_ascii_digit());
        let steps = steps.parse().ok().filter(|_| digits);
        return steps.map(rules::Tolerance::Ulp).ok_or_else(wrong);
    }
    let Some(percent) = text.strip_suffix('%') else {
        return number(text).map(rules::Tolerance::Absolute).ok_or_else(wrong);
    };
    let percent = percent.trim_end_matches(' ');
    // Moved by two places as it is spelled: a division would leave 0.7% a little off.
    let share = number(percent).and_then(|_| number(&format!("{percent}e-2"))).ok_or_else(wrong)?;
    if share >= 1.0 {
        return Err(format!("{} forgives nearly every number; `same_type` says so", quoted(text)));
    }
    Ok(rules::Tolerance::Relative(share))
}

fn number(text: &str) -> Option<f64> {
    // `inf` and `nan` would parse, and would forgive everything.
    let spelled = text.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    text.parse().ok().filter(|number: &f64| spelled && number.is_finite() && !number.is_sign_negative())
}

fn write_tolerance(tolerance: &rules::Tolerance) -> String {
    match tolerance {
        rules::Tolerance::Absolute(most) => most.to_string(),
        rules::Tolerance::Ulp(steps) => format!("{steps} ulp"),
        rules::Tolerance::Relative(share) => {
            let spelled = format!("{share:e}");
            let moved = spelled.split_once('e').and_then(|(digits, exponent)| {
                let exponent: i32 = exponent.parse().ok()?;
                format!("{digits}e{}", exponent + 2).parse::<f64>().ok()
            });
            format!("{}%", moved.unwrap_or(share * 100.0))
        }
    }
}

/// Arrays that are sorted: by a member of their elements, or by the elements themselves.
pub struct Sorted;

impl RuleKind for Sorted {
    const ARGUMENTS: &'static [Argument] = &[Argument {
        key: "by",
        needed: false,
        what: "the name of a member",
        schema: || json!({ "type": "string" }),
    }];

    fn forgive(given: &[Option<&str>]) -> Result<Forgive, Vec<(usize, String)>> {
        let member = given.first().copied().flatten().map(named).transpose();
        member.map(Forgive::Sorted).map_err(|message| vec![(0, message)])
    }

    fn arguments(forgive: &Forgive) -> Vec<Option<String>> {
        let Forgive::Sorted(member) = forgive else { return Vec::new() };
        vec![member.as_deref().map(write_text)]
    }
}

/// Texts that are the same once they are rewritten.
pub struct Rewrite;

impl RuleKind for Rewrite {
    const ARGUMENTS: &'static [Argument] = &[
        Argument {
            key: "find",
            needed: true,
            what: "a regular expression",
            schema: || json!({ "type": "string", "format": "regex" }),
        },
        Argument {
            key: "replace",
            needed: true,
            what: "what stands there instead; ${1} and ${name} are groups of the expression",
            schema: || json!({ "type": "string" }),
        },
        Argument {
            key: "side",
            needed: false,
            what: "old or new; left out: both",
            schema: || json!({ "enum": ["old", "new"] }),
        },
    ];

    fn forgive(given: &[Option<&str>]) -> Result<Forgive, Vec<(usize, String)>> {
        let argument = |number: usize| given.get(number).copied().flatten();
        let (find, replace) = (argument(0).unwrap_or_default(), argument(1).unwrap_or_default());
        let mut wrong = Vec::new();
        let side = match argument(2) {
            None => Ok(None),
            Some("old") => Ok(Some(Side::Old)),
            Some("new") => Ok(Some(Side::New)),
            Some(other) => Err(format!("expected old or new, got {}", quoted(other))),
        };
        let side = side.map_err(|message| wrong.push((2, message)));
        let find = expression(find).map_err(|message| wrong.push((0, message)));
        if let Some(group) = find.as_ref().ok().and_then(|find| unknown_group(find, replace)) {
            let hint = "write ${1} where a letter or a digit follows, and $$ for the sign itself";
            wrong.push((1, format!("the expression has no group {}: {hint}", quoted(&group))));
        }
        match (find, side) {
            (Ok(find), Ok(side)) if wrong.is_empty() => {
                Ok(Forgive::Rewrite(rules::Rewrite { find, replace: replace.to_owned(), side }))
            }
            _ => Err(wrong),
        }
    }

    fn arguments(forgive: &Forgive) -> Vec<Option<String>> {
        let Forgive::Rewrite(rewrite) = forgive else { return Vec::new() };
        vec![
            Some(write_text(rewrite.find.text())),
            Some(write_text(&rewrite.replace)),
            rewrite.side.map(|side| side.name().to_owned()),
        ]
    }
}

/// A group that `replace` names and the expression lacks. It would be replaced by nothing without a
/// word, and `$1x` means the group `1x`.
fn unknown_group(find: &Expression, replace: &str) -> Option<String> {
    let expression = Regex::new(find.text()).ok()?;
    let known = |group: &str| match group.parse::<usize>() {
        Ok(number) => number < expression.captures_len(),
        Err(_) => expression.capture_names().flatten().any(|name| name == group),
    };
    let mut rest = replace;
    while let Some((_, after)) = rest.split_once('$') {
        if let Some(after) = after.strip_prefix('$') {
            rest = after;
            continue;
        }
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let group = match after.strip_prefix('{').and_then(|inside| inside.split_once('}')) {
            Some((group, _)) => group,
            None => after.split(|c: char| !is_part(c)).next().unwrap_or_default(),
        };
        if !group.is_empty() && !known(group) {
            return Some(group.to_owned());
        }
        rest = after;
    }
    None
}
