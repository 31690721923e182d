//! A rule that the report suggests is one that the config reads.

use std::time::Duration;

use readshift::{
    config::{Config, Sources},
    domain::compare::{
        explain::{
            cause::{Cause, Class, Notation, Nothing, Rounding, Unit, Way, Width},
            suggestion,
            tally::Explanation,
        },
        rules::{Forgive, Format, Tolerance},
    },
};

#[test]
fn every_suggested_rule_is_read_by_the_config() {
    let (utc, ahead) = (Notation::Utc, Notation::Offset(60));
    for cause in [
        Cause::Case,
        Cause::Blanks,
        Cause::NumberAsText(Way::Back),
        Cause::Nothing { old: Nothing::Null, new: Nothing::Missing },
        Cause::Nothing { old: Nothing::EmptyText, new: Nothing::Missing },
        Cause::Gained(Nothing::Missing),
        Cause::Reordered,
        Cause::LineEnds,
        Cause::Beginning { old: "http://a.b/\"$".into(), new: "https://$c\\".into() },
        Cause::Ending { old: String::new(), new: "x".into() },
        Cause::Float { width: Width::Single, way: Way::Forth },
        Cause::Refined { digits: 2, rounding: Rounding::HalfUp },
        Cause::Notation { old: utc, new: ahead },
        Cause::TimeCut(Unit::Second),
        Cause::Minted(Class::Uuid),
        Cause::Minted(Class::Hex(24)),
        Cause::Minted(Class::Jwt),
        Cause::Minted(Class::Now),
    ] {
        for shape in ["/items/*/x", "/users/{}/a b", "/a~1b: ]\"\u{1}\\"] {
            let widest_millis = 900_000;
            let explanation = Explanation {
                cause: cause.clone(),
                accounts_for: 9,
                of: 9,
                varied: true,
                table: Vec::new(),
                widest_millis,
            };
            let rule = suggestion::told(&explanation, Some(shape)).rule.expect("a rule");
            assert_read(&rule);
        }
    }
}

#[test]
fn every_rule_that_noise_suggests_is_read_by_the_config() {
    for forgive in [
        Forgive::Unordered,
        Forgive::SameType,
        Forgive::Format(Format::Uuid),
        Forgive::TimeWithin(Duration::from_secs(3)),
        Forgive::Tolerance(Tolerance::Relative(0.000_123_456_789)),
    ] {
        assert_read(&suggestion::line("/items/*/x", &forgive).expect("a rule"));
        assert_eq!(suggestion::line("header etag", &forgive), None);
    }
}

fn assert_read(rule: &str) {
    let text = format!(
        "old: {{ url: http://a:1 }}\nnew: {{ url: http://b:2 }}\nroutes:\n  - id: x\n    match: {{ path: /x }}\n    compare:\n      {rule}\n"
    );
    let loaded = Config::load(&Sources { file: Some(("x.yaml".into(), text)), ..Sources::default() });
    assert!(loaded.is_ok(), "{rule}\n{:?}", loaded.err());
}
