//! Rules made of choices, written as the config has them and read by it.

use std::{cell::RefCell, collections::HashMap};

use readshift::{
    config,
    domain::compare::rules::{Rule, Rules},
};

use crate::Choices;

/// A rule before it is written: its kind, its place, and what else it is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    pub kind: &'static str,
    pub at: String,
    pub given: &'static [(&'static str, &'static str)],
}

type Given = &'static [(&'static str, &'static str)];

const KINDS: &[(&str, Given)] = &[
    ("ignore", &[]),
    ("unordered", &[]),
    ("key_by", &[("by", "id")]),
    ("key_by", &[("by", "a")]),
    ("sorted", &[]),
    ("sorted", &[("by", "id")]),
    ("tolerance", &[("within", "0.25")]),
    ("tolerance", &[("within", "50 %")]),
    ("tolerance", &[("within", "1 ulp")]),
    ("same_type", &[]),
    ("matches", &[("regex", "'^[a-z0-9]+$'")]),
    ("format", &[("is", "hex")]),
    ("format", &[("is", "integer")]),
    ("time_within", &[("within", "3s")]),
    ("rewrite", &[("find", "'^http://[a-z]+'"), ("replace", "''")]),
    ("rewrite", &[("find", "a"), ("replace", "b")]),
    ("rewrite", &[("find", "a"), ("replace", "'1'"), ("side", "old")]),
    ("rewrite", &[("find", "a"), ("replace", "'1'"), ("side", "new")]),
    ("rewrite", &[("find", "'^$'"), ("replace", "'null'"), ("side", "new")]),
    ("rewrite", &[("find", "'^$'"), ("replace", "'null'"), ("side", "old")]),
    ("case_insensitive", &[]),
    ("trim", &[]),
    ("null_is_missing", &[]),
    ("empty_is_missing", &[]),
    ("number_is_string", &[]),
    ("bind", &[("as", "one")]),
    ("bind", &[("as", "other")]),
];
const SEGMENTS: &[&str] = &["a", "b", "id", "*", "*", "**", "0", "1", "x~1y", "n"];
const ANYWHERE: &[&str] = &["/**", "/**", "/*", "", "", "/*/a", "/*/b", "/*/id", "/**/id", "/**/a"];
const PATHS: &[&str] =
    &["$", "$..id", "$.a", "$[0]", "$[*]", "$..[?@.id]", "$[?@.a==1].b", "$..*", "$[-1]", "$[?@.id=='a']"];
const MOST: usize = 5;
/// Rules kept, once they have been read.
const MOST_KEPT: usize = 2_000;

pub fn made(choices: &mut Choices<'_>) -> Vec<Made> {
    let one = |choices: &mut Choices<'_>| {
        let (kind, given) = choices.of(KINDS);
        let at = match choices.below(8) {
            0 => choices.of(PATHS).to_owned(),
            1..=3 => (0..choices.below(4)).map(|_| format!("/{}", choices.of(SEGMENTS))).collect(),
            _ => choices.of(ANYWHERE).to_owned(),
        };
        Made { kind, at, given }
    };
    (0..choices.below(MOST)).map(|_| one(choices)).collect()
}

/// As the config has them.
pub fn written(all: &[Made]) -> String {
    all.iter().map(one_written).collect()
}

fn one_written(made: &Made) -> String {
    let given: String = made.given.iter().map(|(key, value)| format!(", {key}: {value}")).collect();
    format!("{}: [{{ at: {:?}{given} }}]\n", made.kind, made.at)
}

/// `None` where the config refuses them: rules that leave nothing to compare, or say a thing twice.
pub fn read(all: &[Made]) -> Option<Rules> {
    let says_it_again = |(n, made): (usize, &Made)| {
        let before = all.get(..n).unwrap_or_default();
        let again = |other: &&Made| (other.kind, &other.at) == (made.kind, &made.at);
        before.iter().filter(again).any(|other| made.kind != "rewrite" || other.given == made.given)
    };
    if all.iter().enumerate().any(says_it_again) {
        return None;
    }
    Some(Rules::new(all.iter().map(one_read).collect::<Option<_>>()?, Vec::new()))
}

/// Rules that have been read are kept: to compile an expression takes longer than to compare by it.
fn one_read(made: &Made) -> Option<Rule> {
    thread_local!(static READ: RefCell<HashMap<String, Option<Rule>>> = RefCell::default());
    let text = one_written(made);
    READ.with_borrow_mut(|read| {
        if read.len() > MOST_KEPT {
            read.clear();
        }
        let by_config = |text: &str| config::rules("rules.yaml", text).ok()?.rules().first().cloned();
        read.entry(text).or_insert_with_key(|text| by_config(text)).clone()
    })
}

/// With one more rule, which speaks of nothing and leaves the walk in step nothing to do.
pub fn by_trees(rules: &Rules) -> Rules {
    let made = Made { kind: "ignore", at: "$['~'].nowhere".to_owned(), given: &[] };
    let rule = one_read(&made).expect("a rule");
    Rules::new([rules.rules(), &[rule]].concat(), Vec::new())
}

/// The same rules for the sides exchanged.
pub fn turned(all: &[Made]) -> Vec<Made> {
    let other = |made: &Made| {
        let given: &[(&str, &str)] = match made.given {
            [find, replace, ("side", side)] => {
                let side = if *side == "old" { "new" } else { "old" };
                let turned = [*find, *replace, ("side", side)];
                KINDS.iter().map(|(_, given)| *given).find(|given| **given == turned).expect("both sides")
            }
            given => given,
        };
        Made { given, ..made.clone() }
    };
    all.iter().map(other).collect()
}

/// The same rules for the body as a member `x` of another.
pub fn within_x(all: &[Made]) -> Vec<Made> {
    let deeper = |made: &Made| {
        let at = match made.at.strip_prefix('$') {
            Some(rest) => format!("$.x{rest}"),
            None => format!("/x{}", made.at),
        };
        Made { at, ..made.clone() }
    };
    all.iter().map(deeper).collect()
}

pub fn frees_elements(made: &Made) -> bool {
    ["unordered", "key_by", "sorted"].contains(&made.kind)
}

/// Whether identifiers may be bound within arrays in free order: who is laid beside whom is then found
/// by trying what seems best, and not by trying all.
pub fn guesses(all: &[Made]) -> bool {
    all.iter().any(|made| made.kind == "bind") && all.iter().any(frees_elements)
}
