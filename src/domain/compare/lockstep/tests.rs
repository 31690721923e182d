//! The walk in step never says more than the trees do, and is decided where it should be.

use proptest::prelude::*;

use super::{super::Asked, *};

fn terms_of(rules: &Rules) -> Terms<'_> {
    const LIMITS: Limits = Limits { decoded: 1 << 20, depth: 50, differences: 10, excerpt: 50 };
    Terms { rules, limits: &LIMITS, asked: Asked::default(), now_millis: 1_000 }
}

fn rules(all: &[(&str, Forgive)]) -> Rules {
    let rule =
        |(at, forgive): &(&str, Forgive)| Rule::at(PointerPattern::parse(at).unwrap(), forgive.clone());
    Rules::new(all.iter().map(rule).collect(), Vec::new())
}

fn decided(old: &str, new: &str, rules: &Rules) -> Option<Vec<(usize, usize)>> {
    equal(old.as_bytes(), new.as_bytes(), &terms_of(rules)).map(|equal| equal.forgiven)
}

/// What the trees say: what was forgiven, where they are equal.
fn by_trees(old: &str, new: &str, rules: &Rules) -> Option<Vec<(usize, usize)>> {
    let bounds = Bounds { depth: 50, nodes: MOST_NODES, text: 0 };
    let (old, new) = (json::read(old.as_bytes(), bounds).ok()?, json::read(new.as_bytes(), bounds).ok()?);
    let found = diff::diff(Docs { old: &old, new: &new }, &terms_of(rules), &Bindings::default());
    let counted = found.forgiven.iter().copied().enumerate().filter(|(_, count)| *count > 0);
    (found.found.is_empty() && !found.costly).then(|| counted.collect())
}

#[test]
fn another_spelling_in_the_same_order_is_equal() {
    for (old, new) in [
        (r#"{"a":1,"b":[true,null,"x"]}"#, "{ \"a\" : 1.0 ,\n\"b\": [ true , null , \"\\u0078\" ] }\n"),
        (r#"[1e2,-0.0,"é",{"":{}}]"#, r#"[100,0,"é",{"":{ }}]"#),
        ("  7 ", "7.00"),
        (r#""aé😀""#, r#""a\u00e9\ud83d\ude00""#),
    ] {
        assert_eq!(decided(old, new, &Rules::default()), Some(Vec::new()), "{old} {new}");
        assert_eq!(decided(new, old, &Rules::default()), Some(Vec::new()), "{old} {new}");
    }
}

#[test]
fn what_is_ignored_is_skipped_and_counted_where_it_differs() {
    let ignoring = rules(&[("/meta", Forgive::Ignore), ("/items/*/id", Forgive::Ignore)]);
    for (old, new, forgiven) in [
        (
            r#"{"meta":{"t":[1]},"items":[{"id":1},{"id":2}]}"#,
            r#"{"meta":7,"items":[{"id":3},{"id":2.0}]}"#,
            &[(0, 1), (1, 1)][..],
        ),
        (r#"{"meta":{"t":[1],"u":2}}"#, r#"{"meta":{"u":2,"t":[1.0]}}"#, &[]),
        (r#"{"meta":"a"}"#, r#"{"meta":"\u0061"}"#, &[]),
    ] {
        assert_eq!(decided(old, new, &ignoring).as_deref(), Some(forgiven), "{old} {new}");
    }
}

#[test]
fn what_is_not_equal_at_a_glance_is_left_undecided() {
    let none = Rules::default();
    for (old, new) in [
        ("1", "2"),
        (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#),
        (r#"{"a":1}"#, r#"{"a":1,"b":2}"#),
        ("[1]", "[1,2]"),
        ("[1,2]", "[1]"),
        (r#"{"a":1,"a":1 }"#, r#"{"a":1, "a":1}"#),
        (r#"{"a":1,"\u0061":1 }"#, r#"{"a":1,"\u0061":1}"#),
        ("{}", "{ }"),
        ("null", " null"),
        ("[1}", "[1 }"),
        ("[1,]", "[1, ]"),
        ("[01]", "[01 ]"),
        (r#"["\x"]"#, r#"["\x" ]"#),
        ("[tru]", "[tru ]"),
        ("[1] x", "[1]  x"),
        ("\"a", "\"a "),
        ("true", "null"),
        (r#""1""#, "1"),
        ("", " "),
    ] {
        assert_eq!(decided(old, new, &none), None, "{old} {new}");
    }
    let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    assert_eq!(decided(&deep(50), &format!("{} ", deep(50)), &none), Some(Vec::new()));
    assert_eq!(decided(&deep(51), &format!("{} ", deep(51)), &none), None);
    let mut spelled = Rules::default();
    spelled.numbers = Numbers::Spelled;
    assert_eq!(decided("[1.0]", "[1]", &spelled), None);
    let expired =
        Rule { expires_millis: Some(1_000), ..rules(&[("/a", Forgive::Ignore)]).rules()[0].clone() };
    assert_eq!(decided(r#"{"a":1}"#, r#"{"a":2}"#, &Rules::new(vec![expired], Vec::new())), None);
}

fn texts() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "1",
        "1.0",
        "-0",
        "10e-1",
        "2",
        "null",
        "true",
        "false",
        "\"a\"",
        "\"\\u0061\"",
        "\"\"",
        "{}",
        "[]",
        "01",
        "tru",
        "\"\\q\"",
        "[1,]",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop::sample::select(vec!["\"a\"", "\"b\"", "\"\\u0061\"", "\"id\""]);
        let blank = prop::sample::select(vec!["", " ", "\n"]);
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..4), blank.clone())
                .prop_map(|(all, blank)| format!("[{blank}{}{blank}]", all.join(&format!(",{blank}")))),
            (prop::collection::vec((key, inner), 0..4), blank).prop_map(|(all, blank)| {
                let members: Vec<_> =
                    all.iter().map(|(key, value)| format!("{key}{blank}:{value}")).collect();
                format!("{{{}{blank}}}", members.join(&format!("{blank},")))
            }),
        ]
    })
}

fn any_rules() -> impl Strategy<Value = Rules> {
    let at = prop::sample::select(vec!["/a", "/*", "/**/id", "/*/a", "/0", "/b/1", "/**/b/*"]);
    let forgive = prop::sample::select(vec![
        Forgive::Ignore,
        Forgive::Ignore,
        Forgive::Unordered,
        Forgive::KeyBy("id".into()),
    ]);
    prop::collection::vec((at, forgive), 0..4).prop_map(|all| rules(&all))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]
    #[test]
    fn it_never_says_equal_where_the_trees_do_not(old in texts(), new in texts(), rules in any_rules()) {
        for new in [&new, &old, &format!(" {old}\n")] {
            if let Some(forgiven) = decided(&old, new, &rules) {
                prop_assert_eq!(Some(forgiven), by_trees(&old, new, &rules), "{} {}", old, new);
            }
        }
    }

    #[test]
    fn a_change_of_one_byte_is_never_taken_for_equal(old in texts(), at in any::<prop::sample::Index>(), byte in 32u8..127) {
        let mut new = old.clone().into_bytes();
        *at.get_mut(&mut new[..]) = byte;
        let Ok(new) = String::from_utf8(new) else { return Ok(()) };
        if decided(&old, &new, &Rules::default()).is_some() {
            prop_assert!(by_trees(&old, &new, &Rules::default()).is_some(), "{} {}", old, new);
        }
    }
}
