//! What a gate says, as values and as its one line.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::{
    gate::{Condition, Decision, Standing},
    moment,
};

/// What a gate says of one advance.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Decision")]
pub struct DecisionView {
    /// `pass`, `hold` or `breach`.
    #[schemars(extend("enum" = ["pass", "hold", "breach"]))]
    pub call: &'static str,
    pub from: String,
    /// The stage it is about; null on the last one, where only breaches matter.
    pub to: Option<String>,
    pub at: String,
    /// The whole of it in one line.
    pub says: String,
    /// The same without what is not met.
    pub summary: String,
    /// What is not met, in words and with when it will be, the worst first.
    pub unmet: Vec<String>,
    /// All of them, met or not.
    pub conditions: Vec<ConditionView>,
}

/// How one condition of a gate stands.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Condition")]
pub struct ConditionView {
    /// What it is about, such as `mismatch` or `hold_time`.
    pub measure: &'static str,
    /// Null where it is about the rollout as a whole.
    pub route: Option<String>,
    /// `met`; `unmet`: time and traffic may still meet it; `blocked`: somebody has to look; `breached`.
    #[schemars(extend("enum" = ["met", "unmet", "blocked", "breached"]))]
    pub standing: &'static str,
    /// What there is and what is needed, in the unit that `says` names.
    pub have: f64,
    pub need: f64,
    /// When it will be met at the present rate.
    pub eta_ms: Option<u64>,
    pub says: String,
}

impl DecisionView {
    pub fn of(decision: &Decision) -> DecisionView {
        DecisionView {
            call: decision.call.name(),
            from: decision.from.to_string(),
            to: decision.to.map(|stage| stage.to_string()),
            at: moment::write(decision.at_millis),
            says: decision.headline(),
            summary: decision.summary(),
            unmet: decision.unmet_words(),
            conditions: decision.conditions.iter().map(ConditionView::of).collect(),
        }
    }

    /// With what `unmet` says of each.
    pub fn unmet_conditions(&self) -> impl Iterator<Item = (&ConditionView, &str)> {
        let unmet = self.conditions.iter().filter(|condition| condition.standing != standing(Standing::Met));
        unmet.zip(self.unmet.iter().map(String::as_str))
    }
}

impl ConditionView {
    pub fn of(condition: &Condition) -> ConditionView {
        ConditionView {
            measure: condition.measure.name(),
            route: condition.route.clone(),
            standing: standing(condition.standing),
            have: finite(condition.have),
            need: finite(condition.need),
            eta_ms: condition.eta.map(|eta| u64::try_from(eta.as_millis()).unwrap_or(u64::MAX)),
            says: condition.says.clone(),
        }
    }
}

pub const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Met => "met",
        Standing::Unmet => "unmet",
        Standing::Blocked => "blocked",
        Standing::Breached => "breached",
    }
}

/// JSON has no others, and a schema that says number means one.
const fn finite(number: f64) -> f64 {
    if number.is_finite() {
        number
    } else if number.is_nan() {
        0.0
    } else if number > 0.0 {
        f64::MAX
    } else {
        f64::MIN
    }
}
