//! What the comparison of one route forgives.

pub use super::pattern::PointerPattern;

/// One rule of a route.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub at: PointerPattern,
    pub forgive: Forgive,
    /// Why the difference is no error; shown wherever the rule is.
    pub why: Option<String>,
}

impl Rule {
    /// Whether the rule forgives so much that no comparison is left: an ignored root, or wildcards
    /// that name nothing in particular. Evidence under such a rule is worth nothing.
    pub fn is_blinding(&self) -> bool {
        match self.forgive {
            Forgive::Ignore => self.at.is_anything(),
            Forgive::Tolerance(most) => most.is_infinite(),
            Forgive::Unordered | Forgive::KeyBy(_) => false,
        }
    }
}

/// What a rule forgives at its place.
#[derive(Clone, Debug, PartialEq)]
pub enum Forgive {
    /// Anything.
    Ignore,
    /// The order of an array's elements.
    Unordered,
    /// The order of an array's elements, which are told apart by the value of this member.
    KeyBy(String),
    /// Numbers no further apart than this.
    Tolerance(f64),
}

/// The rules of one route, and which headers it compares.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    headers: Vec<String>,
    /// Beside each rule its tolerance as a decimal, spelled once; empty where it has none.
    tolerances: Vec<String>,
}

impl Rules {
    /// `headers`: the names, in lower case, that are compared.
    pub fn new(rules: Vec<Rule>, headers: Vec<String>) -> Rules {
        let tolerances = rules.iter().map(|rule| spelled(&rule.forgive)).collect();
        Rules { rules, headers, tolerances }
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
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

/// The shortest decimal that stands for the same float is the one a person wrote. What is no length
/// (negative, infinite, not a number) forgives nothing.
fn spelled(forgive: &Forgive) -> String {
    match forgive {
        Forgive::Tolerance(most) if most.is_finite() && *most >= 0.0 => format!("{most:e}"),
        _ => "0".to_owned(),
    }
}

/// The headers that are compared unless a route says otherwise.
pub const DEFAULT_HEADERS: &[&str] = &[
    "content-type",
    "location",
    "cache-control",
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
];

#[cfg(test)]
mod tests {
    use super::*;

    fn blinds(at: &str, forgive: Forgive) -> bool {
        Rule { at: PointerPattern::parse(at).unwrap(), forgive, why: None }.is_blinding()
    }

    #[test]
    fn a_rule_that_leaves_nothing_to_compare_is_known() {
        for at in ["", "/**", "/*", "/*/**", "/**/*"] {
            assert!(blinds(at, Forgive::Ignore), "{at}");
        }
        assert!(blinds("/a", Forgive::Tolerance(f64::INFINITY)));
        assert!(!blinds("/a", Forgive::Ignore) && !blinds("/**/id", Forgive::Ignore));
        assert!(!blinds("", Forgive::Unordered) && !blinds("/**", Forgive::Tolerance(0.1)));
    }

    #[test]
    fn a_tolerance_is_spelled_as_a_person_wrote_it() {
        for (most, text) in
            [(0.005, "5e-3"), (1.0, "1e0"), (-1.0, "0"), (f64::NAN, "0"), (f64::INFINITY, "0")]
        {
            assert_eq!(spelled(&Forgive::Tolerance(most)), text);
        }
    }
}
