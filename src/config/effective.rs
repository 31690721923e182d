//! The effective settings as a person reads them: the file they amount to, each line with where its
//! value was given. What it prints can be given back as a file.

use std::fmt::Write;

use super::{
    Loaded,
    reader::{Setting, Step},
    values::write_text,
};

/// Where the remarks stand, unless a line is longer.
const COLUMN: usize = 48;

/// Every setting with its value and its origin. Secrets are not in it.
pub fn effective(loaded: &Loaded) -> String {
    let mut out = String::new();
    let mut before: &[Step] = &[];
    for setting in &loaded.origins {
        let shared = setting.steps.iter().zip(before).take_while(|(a, b)| a == b).count();
        lines(&mut out, setting, shared);
        before = &setting.steps;
    }
    out
}

/// The line of a setting, and before it those of the sections that begin with it.
fn lines(out: &mut String, setting: &Setting, shared: usize) {
    let last = setting.steps.len().saturating_sub(1);
    let mut lead = String::new();
    for (at, step) in setting.steps.iter().enumerate().skip(shared) {
        let indent = "  ".repeat(at);
        match step {
            // An item begins with its first key, on the same line.
            Step::Item(_) => lead = format!("{indent}- "),
            Step::Key(key) => {
                let lead = if lead.is_empty() { indent } else { std::mem::take(&mut lead) };
                let key = write_text(key);
                if at == last {
                    let line = format!("{lead}{key}: {}", setting.value);
                    let _ = writeln!(out, "{line:<COLUMN$} # {}", setting.origin);
                } else {
                    let _ = writeln!(out, "{lead}{key}:");
                }
            }
        }
    }
}
