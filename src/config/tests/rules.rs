//! Rules as a person writes them: every kind in every shape, and what is told of those that are wrong.

use serde_json::Value;

use super::*;
use crate::domain::{
    compare::rules::{Forgive, Numbers, Reading, Rule, Rules, Tolerance},
    side::Side,
};

/// 2026-12-31T00:00:00Z.
const LAST_OF_2026: u64 = 1_798_675_200_000;

fn read(section: &str) -> Rules {
    super::super::rules("x.yaml", section).unwrap_or_else(|problems| panic!("{section}\n{problems}"))
}

/// As a person reads them.
fn words(section: &str) -> Vec<String> {
    read(section).rules().iter().map(Rule::to_string).collect()
}

/// The section has exactly these problems, each beginning so.
#[track_caller]
fn wrong(section: &str, expected: &[&str]) {
    let found =
        super::super::rules("x.yaml", section).err().map(|problems| problems.list).unwrap_or_default();
    let found: Vec<_> = found.iter().map(|p| p.to_string().lines().next().unwrap().to_owned()).collect();
    let fits = found.len() == expected.len() && found.iter().zip(expected).all(|(f, e)| f.starts_with(e));
    assert!(fits, "{section}\nfound    {found:#?}\nexpected {expected:#?}");
}

fn route(section: &str) -> String {
    format!("routes:\n  - {{ id: a, match: {{ path: / }}, compare: {{ {section} }} }}")
}

#[test]
fn a_kind_without_an_argument_is_a_list_of_places() {
    for (kind, says) in [
        ("ignore", "ignored"),
        ("unordered", "in any order"),
        ("sorted", "sorted"),
        ("same_type", "of the same type"),
        ("case_insensitive", "in any case"),
        ("trim", "with any white space around it"),
        ("null_is_missing", "null as good as missing"),
        ("empty_is_missing", "empty as good as missing"),
        ("number_is_string", "a number as good as its text"),
    ] {
        let section =
            format!("{kind}: [/a/*, {{ at: '$.b[?@.c]', why: so, owner: us, expires: 2026-12-31 }}]");
        assert_eq!(words(&section), [format!("/a/*: {says}"), format!("$.b[?@.c]: {says}, so")]);
        let rules = read(&section);
        let second = &rules.rules()[1];
        assert_eq!((second.owner.as_deref(), second.expires_millis), (Some("us"), Some(LAST_OF_2026)));
    }
}

#[test]
fn a_kind_with_an_argument_is_a_mapping_or_a_list() {
    for (kind, key, argument, says) in [
        ("key_by", "by", "id", "matched by id"),
        ("sorted", "by", "placed_at", "sorted by placed_at"),
        ("tolerance", "within", "0.005", "within 0.005"),
        ("tolerance", "within", "0.5 %", "within 0.5%"),
        ("tolerance", "within", "4 ulp", "within 4 ulp"),
        ("matches", "regex", "'^[A-Z]{3}-\\d+$'", "matches ^[A-Z]{3}-\\d+$"),
        ("format", "is", "uuid", "any uuid"),
        ("time_within", "within", "5s", "a time within 5s"),
        ("bind", "as", "user", "bound one to one as user"),
    ] {
        assert_eq!(words(&format!("{kind}: {{ /a: {argument} }}")), [format!("/a: {says}")]);
        let list = format!("{kind}: [{{ at: /a, {key}: {argument}, why: so, expires: 2026-12-31 }}]");
        assert_eq!(words(&list), [format!("/a: {says}, so")]);
        assert_eq!(read(&list).rules()[0].expires_millis, Some(LAST_OF_2026));
    }
    let both =
        words("rewrite: [{ at: /a, find: x, replace: '' }, { at: /a, find: y, replace: z, side: new }]");
    assert_eq!(both, ["/a: x rewritten to ", "/a: y rewritten to z in new"]);
}

#[test]
fn rules_stand_in_the_order_of_their_kinds_and_then_of_the_file() {
    let section = "bind: { /b: x }\nunordered: [/d, /c]\nignore: [/a]\n";
    assert_eq!(
        words(section),
        ["/a: ignored", "/d: in any order", "/c: in any order", "/b: bound one to one as x"]
    );
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let keys = schema.pointer("/definitions/RouteCompare/properties").unwrap().as_object().unwrap();
    let settings = ["numbers", "read_as", "cookies", "headers"];
    let listed = keys.keys().map(String::as_str).filter(|key| !settings.contains(key));
    let empty = super::super::file::RouteCompare::default();
    let kinds = super::super::rules::kinds(&empty).map(|(kind, _)| kind);
    assert_eq!(listed.collect::<Vec<_>>(), kinds);
}

#[test]
fn a_section_says_how_replies_are_compared_besides() {
    let rules = read(
        "numbers: spelled\nread_as: json-lines\ncookies: [theme]\nheaders: { add: [X-A], remove: [vary] }",
    );
    assert_eq!((rules.numbers, rules.read_as), (Numbers::Spelled, Some(Reading::Lines)));
    assert_eq!(rules.cookies, ["theme"]);
    assert!(rules.headers().contains(&"x-a".to_owned()) && !rules.headers().contains(&"vary".to_owned()));
    for empty in ["", "{}", "compare:", "ignore:\n", "# nothing\n"] {
        let rules = read(empty);
        assert_eq!((rules.rules().len(), rules.numbers, rules.read_as), (0, Numbers::Exact, None));
        assert!(rules.headers().contains(&"location".to_owned()));
    }
    assert_eq!(words("compare: { ignore: [/a] }"), ["/a: ignored"]);
}

#[test]
fn a_share_and_a_tolerance_are_what_was_written_to_the_last_digit() {
    let tolerance = |text: &str| match &read(&format!("tolerance: {{ /a: {text} }}")).rules()[0].forgive {
        Forgive::Tolerance(tolerance) => *tolerance,
        other => panic!("{other:?}"),
    };
    assert_eq!(tolerance("0.7%"), Tolerance::Relative(0.007));
    assert_eq!(tolerance("99.9%"), Tolerance::Relative(0.999));
    assert_eq!(tolerance("0%"), Tolerance::Relative(0.0));
    assert_eq!(tolerance("1e-9"), Tolerance::Absolute(1e-9));
    assert_eq!(tolerance("4ulp"), Tolerance::Ulp(4));
    let shown = effective(
        &load(&format!("{TWO}{}", route("tolerance: { /a: 0.7%, /b: 12.345%, /c: 1e-9 }"))).unwrap(),
    );
    assert!(shown.contains("tolerance: {/a: 0.7%, /b: 12.345%, /c: 0.000000001}"), "{shown}");
}

#[test]
fn what_is_listed_of_rules_can_be_given_back() {
    let section = "ignore: [/a, { at: '$.b[?@.c]', why: 'so: it is', owner: us, expires: 2026-12-31 }], \
         sorted: [/s, { at: /t, by: k }], key_by: [{ at: /k, by: id, why: x }], matches: { '/m/*': '^a\"b$' }, \
         rewrite: [{ at: /r, find: \"(a)\\\\d\", replace: '${1}$$', side: old }], read_as: cbor";
    let loaded = load(&format!("{TWO}{}", route(section))).unwrap();
    let again = load(&effective(&loaded)).unwrap_or_else(|problems| panic!("{problems}"));
    let (one, other) = (&loaded.config.routes[0].rules, &again.config.routes[0].rules);
    assert_eq!((one.rules(), one.read_as), (other.rules(), other.read_as));
    assert_eq!(one.rules().len(), 7);
    let Forgive::Rewrite(rewrite) = &one.rules()[6].forgive else { panic!("{:?}", one.rules()) };
    assert_eq!((rewrite.side, &*rewrite.replace), (Some(Side::Old), "${1}$$"));
}

#[test]
fn a_rule_that_would_hide_everything_is_refused() {
    for place in ["\"\"", "/**", "/*", "/**/**", "$", "$..*"] {
        wrong(&format!("ignore: [{place}]"), &["x.yaml:1:10: ignore[0]: ignores the whole reply"]);
        let place = format!("ignore: [{{ at: {place}, why: x }}]");
        check(&route(&place), &["r.yaml:4:54: routes[0].compare.ignore[0]: ignores the whole reply"]);
    }
    wrong("tolerance: { /a: inf }", &["x.yaml:1:18: tolerance./a: expected a number that is not negative"]);
    for text in [
        "-1",
        "-0",
        "nan",
        "1e400",
        "-1%",
        "inf%",
        "-1 ulp",
        "1.5 ulp",
        "4294967296 ulp",
        "ulp",
        "'%'",
        "x",
        "1 %%",
    ] {
        wrong(
            &format!("tolerance: {{ /a: {text} }}"),
            &["x.yaml:1:18: tolerance./a: expected a number that is"],
        );
    }
    wrong("tolerance: { /a: 100% }", &["x.yaml:1:18: tolerance./a: \"100%\" forgives nearly every number"]);
    wrong(
        "same_type: [/**]",
        &["x.yaml:1:13: same_type[0]: forgives everything, so that nothing is compared"],
    );
}

#[test]
fn a_place_that_is_none_is_told() {
    wrong("ignore: [users]", &["x.yaml:1:10: ignore[0]: expected a JSON Pointer, which starts with '/'"]);
    wrong("ignore: [/a~]", &["x.yaml:1:10: ignore[0]: in `a~`: `~` has to be followed"]);
    wrong("ignore: ['$.a[']", &["x.yaml:1:10: ignore[0]: is no JSONPath: "]);
    wrong("trim: { /a: 1 }", &["x.yaml:1:7: trim: expected a list of places, got a mapping"]);
    wrong(
        "ignore: [[/a]]",
        &["x.yaml:1:10: ignore[0]: expected a place, or { at: place, why: reason }, got a list"],
    );
    wrong("ignore: [{ why: x }]", &["x.yaml:1:10: ignore[0].at: missing"]);
    wrong("ignore: [{ at: /a, way: x }]", &["x.yaml:1:20: ignore[0].way: unknown key, did you mean `why`?"]);
    wrong(
        "bind: { a: x, '$.b[': y }",
        &["x.yaml:1:9: bind.a: expected a JSON Pointer", "x.yaml:1:15: bind.$.b[: is no JSONPath"],
    );
}

#[test]
fn an_argument_that_is_wrong_or_missing_is_told() {
    wrong(
        "key_by: [/a]",
        &["x.yaml:1:10: key_by[0]: expected { at: place, by: the name of a member, why: reason }"],
    );
    wrong(
        "key_by: /a",
        &["x.yaml:1:9: key_by: expected a mapping of places to the name of a member, or a list"],
    );
    wrong("key_by: { /a: '' }", &["x.yaml:1:15: key_by./a: expected a name, got an empty text"]);
    wrong("key_by: { /a: [b] }", &["x.yaml:1:15: key_by./a: expected the name of a member, got a list"]);
    wrong("key_by: [{ at: /a }]", &["x.yaml:1:10: key_by[0].by: missing: the name of a member"]);
    wrong(
        "format: { /a: uuuid, /b: color }",
        &[
            "x.yaml:1:15: format./a: expected one of uuid, rfc3339, http_date, date, url, email, hex, base64, ipv4, \
             ipv6, integer, jwt, got \"uuuid\", did you mean `uuid`?",
            "x.yaml:1:26: format./b: expected one of uuid",
        ],
    );
    wrong("time_within: { /a: 5 }", &["x.yaml:1:20: time_within./a: expected a duration such as"]);
    wrong(
        "matches: { /a: '[' }",
        &["x.yaml:1:16: matches./a: \"[\" is no regular expression: unclosed character class"],
    );
    wrong(
        "rewrite: [{ at: /a, find: '(', replace: x, side: left }, { at: /a, find: x }]",
        &[
            "x.yaml:1:27: rewrite[0].find: \"(\" is no regular expression: unclosed group",
            "x.yaml:1:50: rewrite[0].side: expected old or new, got \"left\"",
            "x.yaml:1:58: rewrite[1].replace: missing: what stands there instead",
        ],
    );
    wrong("rewrite: { /a: b }", &["x.yaml:1:10: rewrite: expected a list of rules, got a mapping"]);
    wrong(
        "numbers: exat",
        &["x.yaml:1:10: numbers: expected one of exact, spelled, got \"exat\", did you mean `exact`?"],
    );
    wrong("read_as: yaml", &["x.yaml:1:10: read_as: expected one of json, json-lines, xml"]);
    wrong("cookies: ['a b']", &["x.yaml:1:11: cookies[0]: expected the name of a cookie"]);
    for day in ["2026-02-30", "31.12.2026", "tomorrow", "2026-13-01"] {
        let found =
            super::super::rules("x.yaml", &format!("trim: [{{ at: /a, expires: {day} }}]")).unwrap_err();
        assert!(found.list[0].path == "trim[0].expires" && found.list.len() == 1, "{found}");
    }
}

#[test]
fn a_replacement_that_names_no_group_is_told_and_not_left_empty() {
    for right in ["", "a$$b", "$1", "${1}x", "$name", "$0", "${name}$1-$$1", "$", "$-"] {
        read(&format!("rewrite: [{{ at: /a, find: '(?P<name>a)', replace: '{right}' }}]"));
    }
    for (replace, group) in [("$1x", "1x"), ("$2", "2"), ("${nam}", "nam"), ("a$$$name_", "name_")] {
        let section = format!("rewrite: [{{ at: /a, find: '(?P<name>a)', replace: '{replace}' }}]");
        let told = super::super::rules("x.yaml", &section).unwrap_err().to_string();
        assert!(
            told.contains(&format!("rewrite[0].replace: the expression has no group \"{group}\"")),
            "{told}"
        );
    }
}

#[test]
fn one_kind_speaks_of_a_place_once_and_several_kinds_compose() {
    wrong(
        "ignore: [/a, { at: /a, why: x }]",
        &["x.yaml:1:14: ignore[1]: \"/a\" has a rule of this kind already, at file line 1"],
    );
    wrong("key_by: { /a: b, /a: c }", &["x.yaml:1:18: key_by./a: given a second time"]);
    wrong(
        "rewrite: [{ at: /a, find: x, replace: y }, { at: /a, find: x, replace: y }]",
        &["x.yaml:1:44: rewrite[1]"],
    );
    assert_eq!(words("unordered: [/a]\nkey_by: { /a: id }\ntrim: [/b]\ncase_insensitive: [/b]").len(), 4);
    assert_eq!(
        warned(&route("ignore: [/x, /a], trim: [/a], read_as: bytes")),
        [
            "routes[0].compare.ignore: bodies are compared as bytes, in which rules have no places",
            "routes[0].compare.trim[0]: says nothing: \"/a\" is ignored altogether, by `ignore[1]`",
        ]
    );
}

#[test]
fn a_rule_past_its_expiry_is_warned_of_and_what_that_means() {
    let text = format!(
        "{TWO}{}",
        route("ignore: [{ at: /a, expires: 2026-12-31 }], bind: [{ at: /b, as: x, expires: 2027-01-01 }]")
    );
    let warned = |now_millis| {
        let sources =
            Sources { file: Some(("r.yaml".into(), text.clone())), now_millis, ..Sources::default() };
        let warnings = Config::load(&sources).unwrap().warnings;
        warnings.iter().map(|w| w.to_string().lines().next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(warned(LAST_OF_2026 - 1), [""; 0]);
    assert_eq!(
        warned(LAST_OF_2026),
        [
            "r.yaml:4:54: routes[0].compare.ignore[0]: expired on 2026-12-31: what it forgave is a difference again; renew it or remove it"
        ]
    );
    assert_eq!(warned(LAST_OF_2026 + 86_400_000).len(), 2);
}

#[test]
fn a_file_of_rules_is_bounded_and_told_of_like_any_other() {
    wrong("nothing: 1", &["x.yaml:1:1: nothing: unknown key"]);
    wrong("[1]", &["x.yaml:1:1: expected a mapping, got a list"]);
    wrong("ignore: [", &["x.yaml:"]);
    wrong(&" ".repeat(MOST_BYTES + 1), &["x.yaml is larger than 1 MiB"]);
    let many: String = (0..1_001).map(|n| format!("/a{n},")).collect();
    wrong(&format!("trim: [{many}]"), &["x.yaml:1:7: trim: expected at most 1000 rules, got 1001"]);
    let shown = super::super::rules("x.yaml", "trim:\n  - a\n").unwrap_err().to_string();
    assert!(shown.contains("    2 |   - a\n      |     ^"), "{shown}");
}
