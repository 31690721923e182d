//! What has to hold of every pair of replies, whatever they differ in: an expression in CEL over both.
//!
//! An invariant that cannot be judged never passes in silence: it says why, and counts as one that does not hold.

mod pair;
mod survey;
mod value;

#[cfg(test)]
mod tests;

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use cel::{Context, Env, Program, Value, common::types::CelBool};

use super::compare::difference::cut;
use survey::Survey;

pub use pair::Pair;

/// Bytes of an expression. A long one is a program, and belongs into a test of its own.
const LONGEST: usize = 2_000;
/// Brackets of any kind inside each other, those in texts as well: each takes up to 160 KiB of the stack of the thread
/// that reads the expression.
const MOST_BRACKETS: usize = 8;
/// Values and keys that may be gone through for one invariant and one pair. Some seconds of a thread that nobody
/// waits for, at the very most.
const MOST_WORK: usize = 50_000_000;
/// Characters kept of why something cannot be judged: it may show values.
const LONGEST_REASON: usize = 300;

/// Functions and macros of the language as its standard has them, without optional values.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib().with_optional_support(false)));

/// `new.body.balance >= 0`
#[derive(Clone)]
pub struct Invariant {
    pub name: String,
    pub expression: Arc<str>,
    program: Arc<Program>,
    survey: Survey,
}

/// What one invariant came to for one pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    Holds,
    Broken,
    /// Why, in words.
    NotJudged(String),
}

impl fmt::Debug for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invariant").field("name", &self.name).field("expression", &self.expression).finish()
    }
}

impl Invariant {
    /// Why it is no expression, in words, where it is none.
    pub fn parse(name: &str, expression: &str) -> Result<Invariant, String> {
        if expression.len() > LONGEST {
            return Err(format!(
                "an invariant has at most {LONGEST} bytes, this one has {}",
                expression.len()
            ));
        }
        if brackets(expression) > MOST_BRACKETS {
            return Err(format!("its brackets stand inside each other more than {MOST_BRACKETS} deep"));
        }
        let program = LANGUAGE.compile(expression).map_err(|errors| {
            let first = errors.errors.first();
            first.map_or_else(
                || "no expression".to_owned(),
                |error| {
                    let (line, column) = error.pos;
                    let what = error.msg.lines().next().unwrap_or_default();
                    format!("no expression of CEL at line {line}, column {column}: {what}")
                },
            )
        })?;
        let survey = Survey::of(program.expression())?;
        let invariant = Invariant {
            name: name.to_owned(),
            expression: expression.into(),
            program: Arc::new(program),
            survey,
        };
        invariant.try_out()?;
        Ok(invariant)
    }

    /// Whether it holds of these replies.
    pub fn judge(&self, pair: &Pair) -> Finding {
        if self.survey.needs_bodies
            && let Some(why) = pair.unread()
        {
            return Finding::NotJudged(why.to_owned());
        }
        if self.survey.work(pair.size()) > MOST_WORK {
            return Finding::NotJudged("to judge it would take more work than the limit allows".to_owned());
        }
        match self.evaluate(pair) {
            Ok(finding) => finding,
            Err(error) => Finding::NotJudged(cut(&error.to_string(), LONGEST_REASON)),
        }
    }

    fn evaluate(&self, pair: &Pair) -> Result<Finding, cel::ExecutionError> {
        let mut context = Context::with_env(LANGUAGE.clone());
        pair.put_into(&mut context);
        let value = Value::resolve_val(self.program.expression(), &context)?;
        Ok(match value.downcast_ref::<CelBool>().map(|truth| *truth.inner()) {
            Some(true) => Finding::Holds,
            Some(false) => Finding::Broken,
            None => {
                Finding::NotJudged(format!("it is neither true nor false but a {}", value.get_type().name()))
            }
        })
    }

    /// What is wrong with it whatever the replies say.
    fn try_out(&self) -> Result<(), String> {
        match self.evaluate(&Pair::example()) {
            Err(cel::ExecutionError::UndeclaredReference(name)) => {
                Err(format!("there is no function {name}"))
            }
            Ok(Finding::NotJudged(why)) => Err(why),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// How many brackets stand inside each other, at most.
fn brackets(expression: &str) -> usize {
    let deeper = |(depth, most): (usize, usize), letter| match letter {
        '(' | '[' | '{' => (depth + 1, most.max(depth + 1)),
        ')' | ']' | '}' => (depth.saturating_sub(1), most),
        _ => (depth, most),
    };
    expression.chars().fold((0, 0), deeper).1
}
