//! What holds for any documents and any rules.

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

use super::{
    super::{
        formats::json,
        rules::{Forgive, Numbers, PointerPattern, Rule, Rules},
        tree::{Bounds, Id},
    },
    generated::{Doc, Made, any_rules, built, documents, guesses, pairs, turned},
    tests::found,
};

fn agree(old: &Doc, new: &Doc, rules: &Rules) -> bool {
    let findings = found(&old.text(), &new.text(), rules);
    assert!(!findings.costly);
    findings.found.is_empty()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn promise_10_the_same_pair_and_rules_give_the_same_differences(old in documents(), new in documents(), all in any_rules()) {
        let (old, new, rules) = (old.text(), new.text(), built(&all));
        let (once, again) = (found(&old, &new, &rules), found(&old, &new, &rules));
        prop_assert_eq!((format!("{:?}", once.found), once.more, once.costly), (format!("{:?}", again.found), again.more, again.costly));
    }

    #[test]
    fn a_document_matches_itself_under_any_rules(document in documents(), all in any_rules()) {
        let text = document.text();
        let findings = found(&text, &format!(" {} ", text.replace(", ", " ,\n")), &built(&all));
        prop_assert!(findings.found.is_empty() && !findings.costly);
        prop_assert_eq!(findings.forgiven.iter().sum::<usize>(), 0);
    }

    #[test]
    fn the_order_of_keys_never_matters((one, near, all) in pairs(), turn in 0..5usize) {
        let rules = built(&all);
        prop_assert!(agree(&one, &one.shuffled(false, turn), &rules));
        if !guesses(&all) {
            let verdict = agree(&one, &near, &rules);
            prop_assert_eq!(verdict, agree(&one.shuffled(false, turn + 1), &near, &rules));
        }
    }

    #[test]
    fn the_order_of_elements_does_not_matter_where_a_rule_says_so(
        document in documents(), mut all in any_rules(), turn in 0..9usize,
    ) {
        // What speaks of a position says that order does matter there, and whoever is bound by his place
        // is bound to another elsewhere.
        all.retain(|(at, forgive)| !at.contains(['0', '1', '$']) && !matches!(forgive, Forgive::Bind(_)));
        all.push(("/**".to_owned(), Forgive::Unordered));
        prop_assert!(agree(&document, &document.shuffled(true, turn), &built(&all)));
    }

    #[test]
    fn judging_is_the_same_both_ways((one, near, all) in pairs()) {
        let (rules, turned) = (built(&all), built(&turned(&all)));
        if !guesses(&all) {
            prop_assert_eq!(agree(&one, &near, &rules), agree(&near, &one, &turned), "{} {}", one.text(), near.text());
        }
    }

    #[test]
    fn what_agrees_is_found_wherever_it_stands_in_a_bag((one, near, mut all) in pairs(), others in prop::collection::vec(documents(), 1..4)) {
        all.retain(|(at, forgive)| !at.starts_with('$') && !matches!(forgive, Forgive::Bind(_)));
        if agree(&one, &near, &built(&all)) {
            let mut deeper: Vec<_> = all.into_iter().map(|(at, forgive)| (format!("/*{at}"), forgive)).collect();
            deeper.push((String::new(), Forgive::Unordered));
            let list = |first: &[Doc], last: &[Doc]| Doc::Array([first, last].concat());
            let (old, new) = (list(&[one], &others), list(&others, &[near]));
            prop_assert!(agree(&old, &new, &built(&deeper)), "{} {} {:?}", old.text(), new.text(), deeper);
        }
    }

    #[test]
    fn without_rules_it_agrees_with_plain_equality(one in documents(), other in documents(), turn in 0..9usize) {
        for (old, new) in [(&one, &other), (&one, &one.shuffled(true, turn))] {
            prop_assert_eq!(agree(old, new, &Rules::default()), old.equals(new), "{} {}", old.text(), new.text());
        }
    }

    #[test]
    fn what_runs_abreast_to_the_end_is_equal_and_what_is_equal_and_in_order_runs_abreast(
        one in documents(), other in documents(), (at, how) in (0..12usize, 0..400usize),
    ) {
        let abreast = |old: &Doc, new: &Doc| {
            let (old, new) = (old.text(), new.text());
            let bounds = Bounds { depth: 100, nodes: 1 << 16, text: 0 };
            let (old, new) = (json::read(old.as_bytes(), bounds).unwrap(), json::read(new.as_bytes(), bounds).unwrap());
            old.abreast(Id::ROOT, &new, Id::ROOT, Numbers::Exact) == old.after(Id::ROOT)
        };
        let mut near = one.clone();
        near.mutate(&mut { at }, how);
        for other in [&other, &near, &one.shuffled(false, how), &one.shuffled(true, how)] {
            prop_assert!(!abreast(&one, other) || one.equals(other), "{} {}", one.text(), other.text());
        }
        prop_assert!(abreast(&one, &one.respelled()));
    }

    #[test]
    fn patterns_are_read_or_refused_and_never_more(text in "[/a*~0-3]{0,12}") {
        if let Ok(at) = PointerPattern::parse(&text) {
            let rules = Rules::new(vec![Rule::at(at, Forgive::Ignore)], Vec::new());
            found(r#"{"a": [1]}"#, r#"{"a": [2]}"#, &rules);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn one_more_rule_never_turns_a_match_into_a_mismatch(
        (one, near, all) in pairs(), more in any_rules(),
    ) {
        let mut both: Vec<Made> = all.clone();
        for rule in more {
            let before = agree(&one, &near, &built(&both));
            both.push(rule);
            if guesses(&both) {
                break;
            }
            prop_assert!(!before || agree(&one, &near, &built(&both)), "{} {} {:?}", one.text(), near.text(), both);
        }
    }
}

#[test]
fn of_ten_thousand_mutations_none_is_missed() {
    let (mut runner, mut seen) = (TestRunner::deterministic(), 0);
    while seen < 10_000 {
        let document = documents().new_tree(&mut runner).unwrap().current();
        for n in 0..24 {
            let mut changed = document.clone();
            if changed.mutate(&mut (n % 7), seen + n * 5) && !changed.equals(&document) {
                seen += 1;
                let (old, new) = (document.text(), changed.text());
                for (one, other) in [(&old, &new), (&new, &old)] {
                    assert!(!found(one, other, &Rules::default()).found.is_empty(), "{one} {other}");
                }
            }
        }
    }
}
