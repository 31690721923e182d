//! Elements that only one side has, explained by the arrays that they were added to or removed from: a
//! page that begins one element later is one cause, and not an element less and another more.

use super::{
    super::{
        difference::{Difference, Kind},
        explain::{self, Cause, Value, cause::Nothing},
        tree::{Document, Id, Type},
    },
    Found,
    path::{Docs, Step},
};

/// Arrays of one pair that are looked into.
const MOST_ARRAYS: usize = 8;
/// Values and keys passed on the way from the root to an array.
const LONGEST_WAY: usize = 10_000;

/// Gives each such element the causes of its array; `differences` stand beside what was `found`.
pub fn explain(docs: Docs<'_>, found: &[Found], differences: &mut [Difference]) {
    let mut known: Vec<(Vec<Step>, Vec<Cause>)> = Vec::new();
    for (found, difference) in found.iter().zip(differences) {
        let (Kind::Added | Kind::Removed, Some((Step::Element { .. }, path))) =
            (found.kind, found.path.split_last())
        else {
            continue;
        };
        // Differences come array by array, so the one before is most often of the same.
        if !known.iter().any(|(at, _)| same_path(at, path)) {
            if known.len() >= MOST_ARRAYS {
                continue;
            }
            known.push((path.to_vec(), causes(docs, path)));
        }
        if let Some((_, causes)) = known.iter().find(|(at, _)| same_path(at, path))
            && !causes.is_empty()
        {
            let missing = [Cause::Lost(Nothing::Missing), Cause::Gained(Nothing::Missing)];
            difference.causes.retain(|cause| !missing.contains(cause));
            difference.causes.extend(causes.iter().cloned());
            difference.causes.sort();
            difference.causes.dedup();
        }
    }
}

fn causes(docs: Docs<'_>, path: &[Step]) -> Vec<Cause> {
    let Some((old, new)) = arrays(docs, path) else { return Vec::new() };
    let old = Value { document: docs.old, id: old };
    let new = Value { document: docs.new, id: new };
    explain::arrays::causes(old, new)
}

fn same_path(one: &[Step], other: &[Step]) -> bool {
    let same = |(one, other): (&Step, &Step)| match (one, other) {
        (Step::OldKey(one), Step::OldKey(other)) | (Step::NewKey(one), Step::NewKey(other)) => one == other,
        (Step::Element { old, new }, Step::Element { old: ours, new: theirs }) => {
            (old, new) == (ours, theirs)
        }
        _ => false,
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}

/// The arrays of both that a path leads to.
fn arrays(docs: Docs<'_>, path: &[Step]) -> Option<(Id, Id)> {
    let (mut old, mut new, mut left) = (Id::ROOT, Id::ROOT, LONGEST_WAY);
    for step in path {
        (old, new) = match *step {
            Step::OldKey(key) => (key.following(), member(docs.new, new, &docs.old.string(key), &mut left)?),
            Step::NewKey(_) => return None,
            Step::Element { old: ours, new: theirs } => {
                (element(docs.old, old, ours, &mut left)?, element(docs.new, new, theirs, &mut left)?)
            }
        };
    }
    let both = docs.old.kind(old) == Type::Array && docs.new.kind(new) == Type::Array;
    both.then_some((old, new))
}

fn member(document: &Document<'_>, object: Id, name: &[u8], left: &mut usize) -> Option<Id> {
    for key in document.keys(object) {
        *left = left.checked_sub(1)?;
        if *document.string(key) == *name {
            return Some(key.following());
        }
    }
    None
}

fn element(document: &Document<'_>, array: Id, position: usize, left: &mut usize) -> Option<Id> {
    *left = left.checked_sub(position)?;
    document.elements(array).nth(position)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, rules};
    use super::*;
    use crate::domain::compare::{Limits, diff::told, formats::json, tree::Bounds};

    fn causes(old: &str, new: &str) -> Vec<Vec<String>> {
        let bounds = Bounds { depth: 100, nodes: 1 << 20, text: 0 };
        let read = |text: &str| json::read(text.as_bytes(), bounds).unwrap().raw(Id::ROOT).to_owned();
        let (old, new) = (read(old), read(new));
        let (ours, theirs) =
            (json::read(old.as_bytes(), bounds).unwrap(), json::read(new.as_bytes(), bounds).unwrap());
        let docs = Docs { old: &ours, new: &theirs };
        let findings = found(&old, &new, &rules(&[]));
        let mut all: Vec<_> =
            findings.found.iter().map(|found| told(docs, found, &Limits::default())).collect();
        explain(docs, &findings.found, &mut all);
        all.iter().map(|one| one.causes.iter().take(1).map(Cause::to_string).collect()).collect()
    }

    #[test]
    fn a_page_that_begins_one_later_is_one_cause_of_both_its_ends() {
        let page = |from: usize| {
            let items: Vec<_> = (from..from + 5).map(|n| format!(r#"{{"id":{n}}}"#)).collect();
            format!(r#"{{"page":[{{"items":[{}]}}]}}"#, items.join(","))
        };
        let ahead = ["one element ahead: it begins with old's second"];
        assert_eq!(causes(&page(1), &page(2)), [ahead, ahead]);
    }

    #[test]
    fn each_array_has_causes_of_its_own() {
        let told = causes(r#"{"a":[1,2,3],"b":[1,2],"c":1}"#, r#"{"b":[1,2,2],"a":[1,2]}"#);
        assert_eq!(told, [["without the last element"], ["one element longer at the end"], ["missing"]]);
    }

    #[test]
    fn a_long_way_is_not_gone() {
        let wide = |last: &str| format!("[{}[1{last}]]", "0,".repeat(20_000));
        assert_eq!(causes(&wide(",2"), &wide("")), [["missing"]]);
    }
}
