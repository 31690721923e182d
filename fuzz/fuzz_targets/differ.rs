//! What holds of any two documents under any rules, and of the patch between them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use readshift::domain::{
    compare::{Limits, Terms, patch, rules::Rules},
    outcome::Verdict,
};
use readshift_fuzz::{
    Choices, LIMITS, agrees,
    documents::Doc,
    judge, reference,
    rules::{self, Made},
    typed, verdict,
};

const JSON: &str = "application/json";

/// Whether two documents agree under rules.
fn agree(old: &Doc, new: &Doc, rules: &Rules) -> bool {
    let verdict =
        verdict(&typed(JSON, old.text().as_bytes()), &typed(JSON, new.text().as_bytes()), rules, &LIMITS);
    assert!(matches!(verdict, Verdict::Match | Verdict::Forgiven | Verdict::Mismatch), "{verdict:?}");
    agrees(verdict)
}

fn in_x(document: &Doc, beside: &str) -> Doc {
    Doc::Object(vec![("x".to_owned(), document.clone()), ("k".to_owned(), Doc::Number(beside.to_owned()))])
}

fn check_ways_through(old: &Doc, new: &Doc, made: &Rules) {
    let judged = |rules: &Rules| {
        let (old, new) = (typed(JSON, old.text().as_bytes()), typed(JSON, new.text().as_bytes()));
        let judgement = judge(&old, &new, rules, &LIMITS);
        (judgement.outcome, judgement.differences, judgement.more, judgement.forgiven)
    };
    assert_eq!(judged(made), judged(&rules::by_trees(made)), "the walk in step and the trees part");
    assert_eq!(judged(made), judged(made), "another answer the second time");
}

fn check_rules(old: &Doc, new: &Doc, made: &[Made], rules: &Rules) {
    check_ways_through(old, new, rules);
    let spaced = Doc::Array(vec![old.clone()]).text().replace(", ", " ,\n");
    let (text, spaced) = (old.text(), spaced[1..spaced.len() - 1].to_owned() + " ");
    let itself = judge(&typed(JSON, text.as_bytes()), &typed(JSON, spaced.as_bytes()), rules, &LIMITS);
    assert_eq!(itself.outcome.verdict(), Verdict::Match, "{itself:?}");
    let agreed = agree(old, new, rules);
    assert!(agree(old, &old.turned(), rules), "the order of keys matters");
    let unspoken = !made.iter().any(reaches);
    assert!(!unspoken || !agree(&in_x(old, "1"), &in_x(new, "2"), rules), "what no rule speaks of is missed");
    if let Some(deeper) = rules::read(&rules::within_x(made)) {
        assert!(!agree(&in_x(old, "1"), &in_x(new, "2"), &deeper), "what no rule speaks of is missed");
        if !rules::guesses(made) {
            assert_eq!(
                agree(&in_x(old, "1"), &in_x(new, "1.0"), &deeper),
                agreed,
                "another answer deeper down"
            );
        }
    }
    if let (Some(one), Some(other)) = (reference::canonical(old, made), reference::canonical(new, made)) {
        assert!(!agreed || one == other, "a false pass: {one} {other}");
        assert!(agreed || one != other || !reference::is_exact(made), "a false alarm: {one} {other}");
    }
    if rules::guesses(made) {
        return;
    }
    assert_eq!(agreed, agree(&old.turned(), new, rules), "the order of keys matters");
    if let Some(turned) = rules::read(&rules::turned(made)) {
        assert_eq!(agreed, agree(new, old, &turned), "not the same both ways");
    }
}

/// Whether a rule may speak of what stands beside the document.
fn reaches(made: &Made) -> bool {
    made.at.len() < 2 || made.at.contains('*') || made.at.starts_with('$')
}

fn check_more_rules(old: &Doc, new: &Doc, made: &[Made]) {
    let mut before = false;
    for many in 0..=made.len() {
        let some = &made[..many];
        if rules::guesses(some) {
            return;
        }
        let Some(rules) = rules::read(some) else { continue };
        let now = agree(old, new, &rules);
        assert!(now || !before, "one more rule made a match a mismatch");
        before = now;
    }
}

fn check_patch(old: &Doc, new: &Doc) {
    let rules = Rules::default();
    assert_eq!(agree(old, new, &rules), old.equals(new), "not what plain equality says");
    let terms = Terms::of(&rules, &Limits::default());
    let (ours, theirs) = (old.text(), new.text());
    match patch::patch(ours.as_bytes(), theirs.as_bytes(), &terms) {
        Ok(patch) => {
            let mut patched = old.clone();
            for edit in patch.edits() {
                let value = edit.value.as_deref();
                assert!(patched.apply(edit.op.name(), &edit.path, value), "no such place: {edit:?}");
            }
            assert!(patched.equals(new), "{patch} gives {}", patched.text());
            assert_eq!(patch.edits().is_empty(), old.equals(new));
        }
        Err(why) => {
            let no_patch = [&ours, &theirs].iter().any(|text| text.contains("\\ud800"))
                || old.repeats_a_key()
                || new.repeats_a_key();
            assert!(no_patch, "{why}");
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut choices = Choices(bytes);
    let how = choices.below(8);
    let mut made = rules::made(&mut choices);
    if how > 4 {
        made.retain(|made| {
            ["ignore", "unordered", "key_by", "sorted", "trim", "case_insensitive"].contains(&made.kind)
        });
    }
    let wheel: Vec<u8> = choices.0.iter().rev().take(24).copied().collect();
    let old = Doc::of(&mut choices);
    let other = if how == 0 { Doc::of(&mut choices) } else { old.clone() };
    let other = if how % 2 == 0 { other.reversed() } else { other.turned() };
    let new = other.mutated(&mut Choices(&wheel));
    // To see what a finding is about.
    if std::env::var_os("SHOWN").is_some() {
        eprintln!("old {}\nnew {}\n{}", old.text(), new.text(), rules::written(&made));
    }
    check_patch(&old, &new);
    if let Some(rules) = rules::read(&made) {
        check_rules(&old, &new, &made, &rules);
    }
    check_more_rules(&old, &new, &made);
});
