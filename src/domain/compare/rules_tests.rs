use super::*;

fn blinds(at: &str, forgive: Forgive) -> bool {
    Rule::at(PointerPattern::parse(at).unwrap(), forgive).is_blinding()
}

#[test]
fn a_rule_that_leaves_nothing_to_compare_is_known() {
    for at in ["", "/**", "/*", "/*/**", "/**/*"] {
        assert!(blinds(at, Forgive::Ignore), "{at}");
    }
    assert!(blinds("/a", Forgive::Tolerance(Tolerance::Absolute(f64::INFINITY))));
    assert!(blinds("/**", Forgive::SameType) && !blinds("/**/a", Forgive::SameType));
    assert!(!blinds("/a", Forgive::Ignore) && !blinds("/**/id", Forgive::Ignore));
    assert!(!blinds("", Forgive::Unordered) && !blinds("/**", Forgive::Tolerance(Tolerance::Absolute(0.1))));
}

#[test]
fn within_a_side_what_is_rewritten_there_is_rewritten_in_both_replies() {
    let rewrite = |side| {
        let find = Expression::parse("old").unwrap();
        Forgive::Rewrite(Rewrite { find, replace: "new".into(), side })
    };
    let rule = |forgive| Rule::at(PointerPattern::parse("/a").unwrap(), forgive);
    let all = [rewrite(Some(Side::Old)), rewrite(Some(Side::New)), Forgive::Ignore].map(rule);
    let within = Rules::new(all.to_vec(), vec!["vary".into()]).within(Side::Old);
    assert_eq!(within.rules(), [rule(rewrite(None)), rule(Forgive::Ignore)]);
    assert_eq!((within.headers(), within.tolerances.len()), (&["vary".to_owned()][..], 2));
}

#[test]
fn a_tolerance_is_spelled_as_a_person_wrote_it() {
    for (most, text) in [(0.005, "5e-3"), (1.0, "1e0"), (-1.0, "0"), (f64::NAN, "0"), (f64::INFINITY, "0")] {
        assert_eq!(spelled(&Forgive::Tolerance(Tolerance::Absolute(most))), text);
    }
}

#[test]
fn a_text_matches_as_a_whole_or_not_at_all() {
    for (expression, good, bad) in [
        ("[a-z]+", &["abc"][..], &["1abc", "abc!", "", "abc\n"][..]),
        ("^a|ab$", &["a", "ab"], &["aab", "b"]),
        ("(?m)^a$", &["a"], &["a\na", "b\na"]),
        ("(?x) a b # a comment", &["ab"], &["a b", "abc"]),
        ("", &[""], &["a"]),
    ] {
        let full = FullMatch::parse(expression).unwrap();
        assert!(good.iter().all(|text| full.takes(text)), "{expression}");
        assert!(!bad.iter().any(|text| full.takes(text)), "{expression}");
        assert_eq!(full.text(), expression);
    }
    assert!(["[", "a)(b"].map(FullMatch::parse).iter().all(Result::is_err));
}
