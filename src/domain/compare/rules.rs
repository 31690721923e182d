//! What the comparison of one route forgives.

/// One rule of a route.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub at: PointerPattern,
    pub forgive: Forgive,
    /// Why the difference is no error; shown wherever the rule is.
    pub why: Option<String>,
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

/// A JSON Pointer in which `*` stands for any one member or element and `**` for any number of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointerPattern {
    text: String,
}

impl PointerPattern {
    /// Why `text` is no pattern, in words, where it is none.
    pub fn parse(text: &str) -> Result<PointerPattern, String> {
        Ok(PointerPattern { text: text.to_owned() })
    }

    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The rules of one route, and which headers it compares.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    headers: Vec<String>,
}

impl Rules {
    /// `headers`: the names, in lower case, that are compared.
    pub fn new(rules: Vec<Rule>, headers: Vec<String>) -> Rules {
        Rules { rules, headers }
    }

    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    pub fn headers(&self) -> &[String] {
        &self.headers
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
];
