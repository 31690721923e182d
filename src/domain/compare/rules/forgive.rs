//! What a rule may forgive, each kind with what it needs to know.

use std::{fmt, time::Duration};

use regex::Regex;

use super::{super::super::side::Side, format::Format};

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

    pub(in super::super) const fn regex(&self) -> &Regex {
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

    pub(in super::super) fn takes(&self, text: &str) -> bool {
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

/// The tolerance as a decimal, as a person would write the number, so that 0.1 is a tenth and not the float next to it.
pub(super) fn spelled(forgive: &Forgive) -> String {
    match forgive {
        Forgive::Tolerance(Tolerance::Absolute(most) | Tolerance::Relative(most))
            if most.is_finite() && *most >= 0.0 =>
        {
            format!("{most:e}")
        }
        _ => "0".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tolerance_is_spelled_as_a_person_wrote_it() {
        for (most, text) in
            [(0.005, "5e-3"), (1.0, "1e0"), (-1.0, "0"), (f64::NAN, "0"), (f64::INFINITY, "0")]
        {
            assert_eq!(spelled(&Forgive::Tolerance(Tolerance::Absolute(most))), text);
        }
    }
}
