//! What is wrong with the settings, and how a person is told: where, what, what was expected, and
//! the known name that lies nearest. Nothing here decides whether something is wrong.

use std::fmt;

/// Told in one run; the rest is only counted, so that a broken file cannot fill a terminal.
pub const MOST_PROBLEMS: usize = 100;
/// Characters of a wrong value or source line that are repeated.
const SHOWN: usize = 120;

/// Where a setting, or a part of one, was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: the built-in value holds.
    Default,
    /// Counted from one; columns in characters.
    File {
        line: usize,
        column: usize,
    },
    Flag(&'static str),
    Environment(&'static str),
}

impl Origin {
    pub const fn line(self) -> Option<usize> {
        match self {
            Origin::File { line, .. } => Some(line),
            _ => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { line, .. } => write!(f, "file line {line}"),
            Origin::Flag(name) => write!(f, "flag {name}"),
            Origin::Environment(name) => write!(f, "environment {name}"),
        }
    }
}

/// One thing that is wrong, or, as a warning, one that is allowed and probably not meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub origin: Origin,
    /// `routes[2].match.path`; empty where the whole file is meant.
    pub path: String,
    pub message: String,
    /// The file, line and column, or the flag or variable; empty where nothing was given.
    pub place: String,
    /// The line of the file it is about, unless that line holds a secret.
    pub source: Option<String>,
}

impl Problem {
    pub fn new(origin: Origin, path: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem { origin, path: path.into(), message: message.into(), place: String::new(), source: None }
    }

    /// Completes the problem with the name of the file and the line it is about.
    pub fn placed(mut self, file: &str, source: Option<&str>) -> Problem {
        self.place = match self.origin {
            Origin::Default => String::new(),
            Origin::File { line, column } => format!("{file}:{line}:{column}"),
            given => given.to_string(),
        };
        self.source = source.map(visible);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [&self.place, &self.path] {
            if !part.is_empty() {
                write!(f, "{part}: ")?;
            }
        }
        f.write_str(&self.message)?;
        if let (Origin::File { line, column }, Some(source)) = (self.origin, &self.source) {
            write!(f, "\n{line:>5} | {source}")?;
            if column <= source.chars().count() {
                write!(f, "\n      | {:>column$}", '^')?;
            }
        }
        Ok(())
    }
}

/// Everything that is wrong. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    pub list: Vec<Problem>,
    /// How many more there are.
    pub more: usize,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.list.len() + self.more;
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{count} problem{plural} in the settings:")?;
        for problem in &self.list {
            write!(f, "\n\n{problem}")?;
        }
        if self.more > 0 {
            write!(f, "\n\n… and {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// A value as a message repeats it: quoted, escaped, of bounded length.
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
    }
}

/// What a library says of a wrong text: one line, of bounded length.
pub fn brief(message: &str) -> String {
    visible(message.lines().next().unwrap_or_default())
}

/// ", did you mean `max_body`?", where a known name lies near enough to be meant.
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    // No known name is this long, and the distance costs the product of both lengths.
    if name.len() > 64 {
        return String::new();
    }
    let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_', '.'], "_");
    let name = plain(name);
    let nearest = known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&name, &plain(candidate)), candidate))
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((distance, candidate)) if distance <= 1 + candidate.len() / 4 && distance < candidate.len() => {
            format!(", did you mean `{candidate}`?")
        }
        _ => String::new(),
    }
}

/// A line of the file on one line of a terminal, column for column.
fn visible(line: &str) -> String {
    line.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_points_at_its_place() {
        let problem = Problem::new(Origin::File { line: 12, column: 3 }, "shadow.max_bdy", "unknown key")
            .placed("a.yaml", Some("  max_bdy: 1"));
        assert_eq!(
            problem.to_string(),
            "a.yaml:12:3: shadow.max_bdy: unknown key\n   12 |   max_bdy: 1\n      |   ^"
        );
    }

    #[test]
    fn only_a_near_name_is_suggested() {
        let known = ["max_body", "max_rate", "memory"];
        assert_eq!(did_you_mean("max_bdy", known), ", did you mean `max_body`?");
        assert_eq!(did_you_mean("MaxBody", known), ", did you mean `max_body`?");
        assert_eq!(did_you_mean("colour", known), "");
        assert_eq!(did_you_mean(&"x".repeat(10_000), known), "");
    }

    #[test]
    fn what_a_file_says_cannot_draw_on_the_terminal() {
        assert_eq!(quoted("a\u{1b}[2J"), "\"a\\u{1b}[2J\"");
        assert_eq!(visible("a\u{1b}b\tc"), "a b c");
        assert!(quoted(&"y".repeat(5_000)).len() < 200);
    }
}
