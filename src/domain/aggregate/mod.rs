//! Sums and counts over many replies, old against new: errors that no single pair shows.
//!
//! `mod` says what is asked and finds it in one body; `exact` adds without rounding; `distinct` counts what differs
//! in bounded memory; `tally` holds both sides and tells them apart.

mod distinct;
mod exact;
mod found;
mod tally;

#[cfg(test)]
mod tests;

pub use found::Found;
pub use tally::{Group, Tally, View};

/// `sum of /total by /currency`
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    pub name: String,
    pub of: Function,
    /// JSON Pointer; with `*` for every element.
    pub at: String,
    /// Groups by the value here. Where it begins as `at` does, the `*` of both are the same element.
    pub by: Option<String>,
    /// The most that new may differ by, as a part of old's.
    pub max: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Sum,
    Count,
    Distinct,
}

impl Function {
    pub const fn name(self) -> &'static str {
        match self {
            Function::Sum => "sum",
            Function::Count => "count",
            Function::Distinct => "distinct",
        }
    }
}

impl Aggregate {
    /// What is wrong with it, in words.
    pub fn check(&self) -> Result<(), String> {
        for pointer in [Some(&self.at), self.by.as_ref()].into_iter().flatten() {
            if !pointer.is_empty() && !pointer.starts_with('/') {
                return Err(format!("expected a JSON Pointer, which begins with /, got {pointer:?}"));
            }
            if pointer.split('/').any(|step| step == "**") {
                return Err(format!(
                    "** would count one value more than once in {pointer}; name the depth with *"
                ));
            }
        }
        if !self.max.is_finite() || self.max < 0.0 {
            return Err("expected a share that is not negative".to_owned());
        }
        let by = self.by.as_deref().unwrap_or_default();
        let shared = found::shared(&found::steps(&self.at), &found::steps(by));
        match found::steps(by).iter().skip(shared).any(|step| *step == found::Step::Any) {
            true => Err(format!("{by} names many values where one is needed to group {} by", self.at)),
            false => Ok(()),
        }
    }

    /// `sum of /items/*/total by /items/*/currency`
    pub fn told(&self) -> String {
        let by = self.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        format!("{} of {}{by}", self.of.name(), if self.at.is_empty() { "the body" } else { &self.at })
    }
}
