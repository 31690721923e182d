//! What two documents have in common under the plainest rules, told in a way of its own: one text for all
//! documents that are equal under them.

use crate::{
    documents::{Doc, by_key, decimal, plain},
    rules::Made,
};

/// Where rules stand: what is left of the place of each.
type States<'m> = Vec<(&'m str, Vec<&'m str>)>;

/// The text, where the rules are plain enough: some that ignore or normalise and some that free the order
/// of elements, all by pointers that name no position. Every freed order counts as free in full, so
/// documents that agree have one text, but by `is_exact` only is it the other way round too.
pub fn canonical(document: &Doc, all: &[Made]) -> Option<String> {
    const PLAIN: &[&str] = &["ignore", "unordered", "key_by", "sorted", "case_insensitive", "trim"];
    let is_plain = |made: &Made| {
        let names_a_position = made.at.split('/').any(|part| part == "0" || part == "1");
        PLAIN.contains(&made.kind) && !made.at.starts_with('$') && !names_a_position
    };
    if !all.iter().all(is_plain) {
        return None;
    }
    let states: States<'_> =
        all.iter().map(|made| (made.kind, made.at.split('/').skip(1).collect())).collect();
    let mut out = String::new();
    write(document, &states, &mut out);
    Some(out)
}

pub fn is_exact(all: &[Made]) -> bool {
    all.iter().all(|made| made.kind != "key_by" && made.kind != "sorted")
}

fn stands(states: &States<'_>, kinds: &[&str]) -> bool {
    states.iter().any(|(kind, rest)| kinds.contains(kind) && rest.iter().all(|part| *part == "**"))
}

fn advanced<'m>(states: &States<'m>, key: Option<&str>) -> States<'m> {
    let mut out: States<'m> = Vec::new();
    for (kind, rest) in states {
        step(kind, rest, key, &mut out);
    }
    out
}

fn step<'m>(kind: &'m str, rest: &[&'m str], key: Option<&str>, out: &mut States<'m>) {
    let Some((first, after)) = rest.split_first() else { return };
    match *first {
        "**" => {
            out.push((kind, rest.to_vec()));
            step(kind, after, key, out);
        }
        "*" => out.push((kind, after.to_vec())),
        named if key == Some(&named.replace("~1", "/")) => out.push((kind, after.to_vec())),
        _ => {}
    }
}

fn write(document: &Doc, states: &States<'_>, out: &mut String) {
    match document {
        Doc::Word(word) => out.push_str(word),
        Doc::Number(number) => out.push_str(&format!("{:?}", decimal(number))),
        Doc::Text(text) => {
            let mut text = plain(text);
            // Half of a surrogate pair is no text that could be normalised.
            if !text.contains("\\ud800") {
                if stands(states, &["trim"]) {
                    text = text.strip_suffix("\\n").unwrap_or(&text).trim().to_owned();
                }
                if stands(states, &["case_insensitive"]) {
                    text = text.to_lowercase();
                }
            }
            out.push_str(&format!("{text:?}"));
        }
        Doc::Array(all) => {
            let inside = advanced(states, None);
            let kept = if stands(&inside, &["ignore"]) { &[][..] } else { all };
            let one = |value| {
                let mut out = String::new();
                write(value, &inside, &mut out);
                out
            };
            let mut texts: Vec<String> = kept.iter().map(one).collect();
            if stands(states, &["unordered", "key_by", "sorted"]) {
                texts.sort();
            }
            out.push_str(&format!("[{}]", texts.join(",")));
        }
        Doc::Object(all) => {
            out.push('{');
            for (key, values) in by_key(all) {
                let inside = advanced(states, Some(&key));
                if !stands(&inside, &["ignore"]) {
                    out.push_str(&format!("{key:?}:"));
                    for value in values {
                        write(value, &inside, out);
                        out.push(';');
                    }
                }
            }
            out.push('}');
        }
    }
}
