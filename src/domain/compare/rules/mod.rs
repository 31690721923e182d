//! What the comparison of one route forgives.

pub mod floats;
mod forgive;
pub mod format;
pub mod moment;
mod selector;

use std::fmt;

use forgive::spelled;
pub use forgive::{Expression, Forgive, FullMatch, Rewrite, Tolerance};
pub use format::Format;
pub use selector::{JsonPath, Selector};

use super::super::side::Side;
pub use super::{formats::descriptors::Descriptors, media::Reading, pattern::PointerPattern};

/// One rule of a route.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub at: Selector,
    pub forgive: Forgive,
    /// Why the difference is no error; shown wherever the rule is.
    pub why: Option<String>,
    /// Who answers for the rule.
    pub owner: Option<String>,
    /// From this moment on it forgives nothing, in milliseconds since 1970.
    pub expires_millis: Option<u64>,
}

impl Rule {
    /// A rule for a pointer, with nothing said about it.
    pub const fn at(pattern: PointerPattern, forgive: Forgive) -> Rule {
        Rule { at: Selector::Pointer(pattern), forgive, why: None, owner: None, expires_millis: None }
    }

    pub fn has_expired(&self, now_millis: u64) -> bool {
        self.expires_millis.is_some_and(|moment| now_millis >= moment)
    }

    /// Whether the rule forgives so much that no comparison is left: an ignored root, or wildcards
    /// that name nothing in particular. Evidence under such a rule is worth nothing.
    pub fn is_blinding(&self) -> bool {
        match &self.forgive {
            // All of the root, of the same type, is all of the body.
            Forgive::Ignore | Forgive::SameType => match &self.at {
                Selector::Pointer(pattern) => pattern.is_anything(),
                Selector::Path(path) => ["$", "$.*", "$[*]", "$..*", "$..[*]"].contains(&path.text()),
            },
            Forgive::Tolerance(Tolerance::Absolute(most) | Tolerance::Relative(most)) => most.is_infinite(),
            _ => false,
        }
    }
}

/// What makes two numbers one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// The same decimal, however it is spelled: 1.0 = 1.00 = 1e0.
    #[default]
    Exact,
    /// The same spelling.
    Spelled,
}

/// The rules of one route, and how it is compared besides.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    headers: Vec<String>,
    /// Names of cookies whose values are compared; of others only that they are set, and how.
    pub cookies: Vec<String>,
    /// How bodies are read, whatever their content type says.
    pub read_as: Option<Reading>,
    pub numbers: Numbers,
    /// What the messages of gRPC calls mean.
    pub messages: Option<Descriptors>,
    /// Beside each rule its tolerance as a decimal, spelled once; empty where it has none.
    tolerances: Vec<String>,
}

impl Rules {
    /// `headers`: the names, in lower case, that are compared.
    pub fn new(rules: Vec<Rule>, headers: Vec<String>) -> Rules {
        let tolerances = rules.iter().map(|rule| spelled(&rule.forgive)).collect();
        Rules { rules, headers, tolerances, ..Rules::default() }
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The same, to compare two replies of one side: what is rewritten on this side is rewritten in both, and
    /// what is rewritten on the other side in neither.
    pub fn within(&self, side: Side) -> Rules {
        let keep = |rule: &Rule| match &rule.forgive {
            Forgive::Rewrite(Rewrite { side: Some(of), .. }) if *of != side => None,
            Forgive::Rewrite(rewrite) => {
                let forgive = Forgive::Rewrite(Rewrite { side: None, ..rewrite.clone() });
                Some(Rule { forgive, ..rule.clone() })
            }
            _ => Some(rule.clone()),
        };
        let rules: Vec<Rule> = self.rules.iter().filter_map(keep).collect();
        let tolerances = rules.iter().map(|rule| spelled(&rule.forgive)).collect();
        Rules { rules, tolerances, ..self.clone() }
    }

    /// Whether any rule binds identifiers, so that what was seen before counts.
    pub fn binds(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.forgive, Forgive::Bind(_)))
    }

    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    pub(super) fn rule(&self, number: usize) -> Option<&Rule> {
        self.rules.get(number)
    }

    pub(super) fn tolerance(&self, number: usize) -> &str {
        self.tolerances.get(number).map_or("0", String::as_str)
    }
}

/// As a person reads it: `/meta/request_id: ignored, minted per request`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.at.text();
        write!(f, "{}: {}", if place.is_empty() { "the body" } else { place }, self.forgive)?;
        self.why.as_ref().map_or(Ok(()), |why| write!(f, ", {why}"))
    }
}

/// The headers that are compared unless a route says otherwise.
pub const DEFAULT_HEADERS: &[&str] = &[
    "content-type",
    "location",
    "cache-control",
    "etag",
    "vary",
    "link",
    "retry-after",
    "www-authenticate",
    "content-language",
    "content-disposition",
    "content-location",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
    "set-cookie",
];

#[cfg(test)]
mod tests {
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
        assert!(
            !blinds("", Forgive::Unordered) && !blinds("/**", Forgive::Tolerance(Tolerance::Absolute(0.1)))
        );
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
}
