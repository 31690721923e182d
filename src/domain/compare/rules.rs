//! What the comparison of one route forgives.

use std::{fmt, time::Duration};

use regex::Regex;

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

/// Which places of a body a rule speaks of.
#[derive(Clone, Debug, PartialEq)]
pub enum Selector {
    Pointer(PointerPattern),
    Path(JsonPath),
}

/// A JSONPath query (RFC 9535), for what a pointer cannot say: filters.
#[derive(Clone, Debug)]
pub struct JsonPath {
    text: String,
    query: serde_json_path::JsonPath,
}

impl JsonPath {
    /// Why `text` is no query, in words, where it is none.
    pub fn parse(text: &str) -> Result<JsonPath, String> {
        let query = serde_json_path::JsonPath::parse(text).map_err(|error| error.to_string())?;
        Ok(JsonPath { text: text.to_owned(), query })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) const fn query(&self) -> &serde_json_path::JsonPath {
        &self.query
    }
}

impl PartialEq for JsonPath {
    fn eq(&self, other: &JsonPath) -> bool {
        self.text == other.text
    }
}

impl Selector {
    pub fn text(&self) -> &str {
        match self {
            Selector::Pointer(pattern) => pattern.text(),
            Selector::Path(path) => path.text(),
        }
    }

    pub const fn pointer(&self) -> Option<&PointerPattern> {
        match self {
            Selector::Pointer(pattern) => Some(pattern),
            Selector::Path(_) => None,
        }
    }
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

/// What a rule forgives at its place.
#[derive(Clone, Debug, PartialEq)]
pub enum Forgive {
    /// Anything.
    Ignore,
    /// The order of an array's elements.
    Unordered,
    /// The order of an array's elements, which are told apart by the value of this member.
    KeyBy(String),
    /// The order among elements that are alike in this member (`None`: in themselves), where both arrays
    /// are sorted by it.
    Sorted(Option<String>),
    /// Numbers no further apart than this.
    Tolerance(Tolerance),
    /// Another value of the same type.
    SameType,
    /// Another text, where both match as a whole.
    Matches(FullMatch),
    /// Another text, where both are of this format.
    Format(Format),
    /// Another moment no further away than this: RFC 3339, an HTTP date, or seconds or milliseconds since 1970.
    TimeWithin(Duration),
    /// What is the same once this is rewritten.
    Rewrite(Rewrite),
    /// Upper and lower case.
    CaseInsensitive,
    /// White space around a text.
    Trim,
    /// `null` where the other side has nothing.
    NullIsMissing,
    /// `""`, `[]` or `{}` where the other side has nothing.
    EmptyIsMissing,
    /// `"12"` where the other side has `12`.
    NumberIsString,
    /// Another identifier, as long as each of old stands for one of new and the other way round. By the name
    /// of the set of identifiers.
    Bind(String),
}

/// How far apart two numbers may lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    Absolute(f64),
    /// Of the larger of the two.
    Relative(f64),
    /// Steps from one 64-bit float to the next.
    Ulp(u32),
}

/// A regular expression.
#[derive(Clone, Debug)]
pub struct Expression(Regex);

impl Expression {
    /// Bytes a compiled expression may take.
    const LARGEST: usize = 1 << 20;

    /// Why `text` is no expression, in words, where it is none.
    pub fn parse(text: &str) -> Result<Expression, String> {
        let built = regex::RegexBuilder::new(text).size_limit(Expression::LARGEST).build();
        built.map(Expression).map_err(|error| error.to_string())
    }

    pub fn text(&self) -> &str {
        self.0.as_str()
    }

    pub(super) const fn regex(&self) -> &Regex {
        &self.0
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Expression) -> bool {
        self.text() == other.text()
    }
}

/// A regular expression that matches a text from its beginning to its end, or not at all: whoever writes
/// `[a-z]+` means what the text is, and not that there is such a run somewhere in it.
#[derive(Clone, Debug)]
pub struct FullMatch {
    text: String,
    whole: Expression,
}

impl FullMatch {
    /// Why `text` is no expression, in words, where it is none.
    pub fn parse(text: &str) -> Result<FullMatch, String> {
        // By itself first: `a)(b` is no expression, and between brackets it would be one.
        Expression::parse(text)?;
        let whole = Expression::parse(&format!(r"\A(?:{text})\z"));
        // A comment at its end (`(?x)`) would reach over the bracket.
        let whole = whole.or_else(|_| Expression::parse(&format!("\\A(?:{text}\n)\\z")))?;
        Ok(FullMatch { text: text.to_owned(), whole })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn takes(&self, text: &str) -> bool {
        self.whole.regex().is_match(text)
    }
}

impl PartialEq for FullMatch {
    fn eq(&self, other: &FullMatch) -> bool {
        self.text == other.text
    }
}

/// Every match of an expression replaced, before two texts are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewrite {
    pub find: Expression,
    /// May name groups of the expression: `$1`, `${name}`.
    pub replace: String,
    /// `None`: on both sides.
    pub side: Option<Side>,
}

/// What a text may have to be, whatever it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Uuid,
    Rfc3339,
    HttpDate,
    Date,
    Url,
    Email,
    Hex,
    Base64,
    Ipv4,
    Ipv6,
    Integer,
    Jwt,
}

impl Format {
    pub const ALL: &'static [(&'static str, Format)] = &[
        ("uuid", Format::Uuid),
        ("rfc3339", Format::Rfc3339),
        ("http_date", Format::HttpDate),
        ("date", Format::Date),
        ("url", Format::Url),
        ("email", Format::Email),
        ("hex", Format::Hex),
        ("base64", Format::Base64),
        ("ipv4", Format::Ipv4),
        ("ipv6", Format::Ipv6),
        ("integer", Format::Integer),
        ("jwt", Format::Jwt),
    ];

    pub fn name(self) -> &'static str {
        Format::ALL.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
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

impl fmt::Display for Forgive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Forgive::Ignore => f.write_str("ignored"),
            Forgive::Unordered => f.write_str("in any order"),
            Forgive::KeyBy(member) => write!(f, "matched by {member}"),
            Forgive::Sorted(None) => f.write_str("sorted"),
            Forgive::Sorted(Some(member)) => write!(f, "sorted by {member}"),
            Forgive::Tolerance(Tolerance::Absolute(most)) => write!(f, "within {most}"),
            Forgive::Tolerance(Tolerance::Relative(most)) => write!(f, "within {}%", most * 100.0),
            Forgive::Tolerance(Tolerance::Ulp(most)) => write!(f, "within {most} ulp"),
            Forgive::SameType => f.write_str("of the same type"),
            Forgive::Matches(expression) => write!(f, "matches {}", expression.text()),
            Forgive::Format(format) => write!(f, "any {}", format.name()),
            Forgive::TimeWithin(most) => write!(f, "a time within {most:?}"),
            Forgive::Rewrite(Rewrite { find, replace, side }) => {
                write!(f, "{} rewritten to {replace}", find.text())?;
                side.map_or(Ok(()), |side| write!(f, " in {}", side.name()))
            }
            Forgive::CaseInsensitive => f.write_str("in any case"),
            Forgive::Trim => f.write_str("with any white space around it"),
            Forgive::NullIsMissing => f.write_str("null as good as missing"),
            Forgive::EmptyIsMissing => f.write_str("empty as good as missing"),
            Forgive::NumberIsString => f.write_str("a number as good as its text"),
            Forgive::Bind(set) => write!(f, "bound one to one as {set}"),
        }
    }
}

/// As a person would write the number, so that 0.1 is a tenth and not the float next to it.
fn spelled(forgive: &Forgive) -> String {
    match forgive {
        Forgive::Tolerance(Tolerance::Absolute(most) | Tolerance::Relative(most))
            if most.is_finite() && *most >= 0.0 =>
        {
            format!("{most:e}")
        }
        _ => "0".to_owned(),
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
#[path = "rules_tests.rs"]
mod tests;
