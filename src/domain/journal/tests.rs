//! The chain shows what was done to it.

use proptest::prelude::*;

use super::*;
use crate::domain::{percent::Share, rollout::Via};

pub fn draft(n: u64) -> Draft {
    Draft {
        at_millis: 1_790_000_000_000 + n,
        rollout: "users".to_owned(),
        by: Actor { name: "ada".to_owned(), via: Via::CommandLine },
        what: "advance".to_owned(),
        from: Stage::Shadow,
        to: Stage::Live(Share::from_ppm(50_000).unwrap()),
        why: format!("move {n}"),
        past_gate: false,
        version: n,
        evidence: r#"{"call":"pass"}"#.to_owned(),
        config_digest: "c0ffee".to_owned(),
    }
}

fn chain(length: u64) -> Vec<Entry> {
    let mut head = Head::default();
    let mut entries = Vec::new();
    for n in 1..=length {
        let entry = draft(n).sealed(&head);
        head = entry.head();
        entries.push(entry);
    }
    entries
}

fn broken_at(entries: Vec<Entry>) -> (u64, String) {
    match verify(entries, None) {
        Chain::Broken { number, why } => (number, why),
        Chain::Intact { entries } => panic!("intact with {entries} entries"),
    }
}

#[test]
fn a_chain_as_it_was_sealed_is_intact() {
    let entries = chain(5);
    let head = entries[4].head();
    assert_eq!(verify(entries, Some(&head)), Chain::Intact { entries: 5 });
    assert_eq!(verify([], Some(&Head::default())), Chain::Intact { entries: 0 });
}

#[test]
fn the_seal_is_the_one_written_down() {
    // By hand: sha256 over every field behind its length in eight bytes.
    assert_eq!(
        seal(1, &draft(1), NOTHING_BEFORE),
        "28003c5c6c1dbb31ac6036efd2f7fbd02fce0475314ec5a118a0445a14d341e9"
    );
}

#[test]
fn every_field_that_is_changed_breaks_the_chain_at_its_entry() {
    let changes: [fn(&mut Entry); 14] = [
        |entry| entry.number = 7,
        |entry| entry.draft.at_millis += 1,
        |entry| entry.draft.rollout.push('s'),
        |entry| entry.draft.by.name = "bob".to_owned(),
        |entry| entry.draft.by.via = Via::Gate,
        |entry| entry.draft.what = "revert".to_owned(),
        |entry| entry.draft.from = Stage::Off,
        |entry| entry.draft.to = Stage::Live(Share::ALL),
        |entry| entry.draft.why.clear(),
        |entry| entry.draft.past_gate = true,
        |entry| entry.draft.version += 1,
        |entry| entry.draft.evidence = "{}".to_owned(),
        |entry| entry.draft.config_digest.clear(),
        |entry| entry.seal.replace_range(0..1, "x"),
    ];
    for (n, change) in changes.into_iter().enumerate() {
        let mut entries = chain(5);
        change(&mut entries[2]);
        assert_eq!(broken_at(entries).0, 3, "change {n}");
    }
}

#[test]
fn an_entry_that_is_taken_out_is_named() {
    let mut entries = chain(5);
    entries.remove(1);
    assert_eq!(broken_at(entries), (2, "it is missing: the entry after 1 is 3".to_owned()));
}

#[test]
fn an_entry_that_is_sealed_anew_breaks_the_one_after_it() {
    let mut entries = chain(5);
    entries[1].draft.why = "another reason".to_owned();
    entries[1].seal = seal(2, &entries[1].draft, &entries[1].previous);
    assert_eq!(broken_at(entries), (3, "it is not sealed to entry 2".to_owned()));
}

#[test]
fn an_end_that_is_cut_off_shows_where_it_is_said_how_the_journal_ends() {
    let mut entries = chain(5);
    let head = entries[4].head();
    entries.truncate(3);
    assert_eq!(verify(entries.clone(), None), Chain::Intact { entries: 3 });
    let why = "it is missing: the journal is said to end with entry 5".to_owned();
    assert_eq!(verify(entries, Some(&head)), Chain::Broken { number: 4, why });
}

#[test]
fn a_line_has_no_line_break_and_names_its_fields_as_the_table_does() {
    let mut entry = chain(1).remove(0);
    entry.draft.why = "two\nlines".to_owned();
    let text = line(&entry);
    assert!(!text.contains('\n'), "{text}");
    assert!(text.starts_with(r#"{"number":1,"at":"2026-09-21T"#), "{text}");
    let object: serde_json::Value = serde_json::from_str(&text).unwrap();
    let names: Vec<_> = object.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names.join(","), CSV_HEAD);
    assert_eq!((&object["via"], &object["to_stage"]), (&"command_line".into(), &"5%".into()));
}

#[test]
fn a_reason_that_looks_like_a_formula_is_none_in_a_table() {
    let mut entry = chain(1).remove(0);
    entry.draft.why = r#"=cmd("x"), now"#.to_owned();
    assert!(csv(&entry).contains(r#","'=cmd(""x""), now","#), "{}", csv(&entry));
    assert_eq!(csv(&chain(1)[0]).split(',').count() - 1, CSV_HEAD.split(',').count() - 1);
}

proptest! {
    #[test]
    fn texts_that_are_shifted_between_fields_have_another_seal(text in ".{1,12}", at in 0usize..12) {
        let at = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).nth(at % (text.chars().count() + 1));
        let (left, right) = text.split_at(at.unwrap());
        let split = Draft { rollout: left.to_owned(), what: right.to_owned(), ..draft(1) };
        let whole = Draft { rollout: text.clone(), what: String::new(), ..draft(1) };
        prop_assert_eq!(split == whole, seal(1, &split, "") == seal(1, &whole, ""));
    }
}
