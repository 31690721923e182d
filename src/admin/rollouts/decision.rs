//! What a gate says, as values and as its one line.

use schemars::JsonSchema;
use serde::Serialize;

use crate::admin::words::{counted, span};
use crate::domain::{
    gate::{Call, Condition, Decision, Standing},
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
    /// What is not met, in words, the worst first.
    pub unmet: Vec<String>,
    /// All of them, met or not.
    pub conditions: Vec<ConditionView>,
}

/// How one condition of a gate stands.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Condition")]
pub struct ConditionView {
    /// What it is about, such as `mismatch` or `hold_time`.
    pub measure: String,
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
            call: call(decision.call),
            from: decision.from.to_string(),
            to: decision.to.map(|stage| stage.to_string()),
            at: moment::write(decision.at_millis),
            says: headline(decision),
            unmet: decision.unmet_words(),
            conditions: decision.conditions.iter().map(ConditionView::of).collect(),
        }
    }

    pub fn unmet_conditions(&self) -> impl Iterator<Item = &ConditionView> {
        self.conditions.iter().filter(|condition| condition.standing != standing(Standing::Met))
    }
}

impl ConditionView {
    pub fn of(condition: &Condition) -> ConditionView {
        ConditionView {
            measure: measure(condition),
            route: condition.route.clone(),
            standing: standing(condition.standing),
            have: finite(condition.have),
            need: finite(condition.need),
            eta_ms: condition.eta.map(|eta| u64::try_from(eta.as_millis()).unwrap_or(u64::MAX)),
            says: condition.says.clone(),
        }
    }

    /// What it says, and when it will be met.
    pub fn told(&self) -> String {
        match self.eta_ms {
            Some(millis) => format!("{} (in about {})", self.says, span(millis)),
            None if self.standing == standing(Standing::Blocked) => {
                format!("{} (waiting does not help)", self.says)
            }
            None => self.says.clone(),
        }
    }
}

pub const fn call(call: Call) -> &'static str {
    match call {
        Call::Pass => "pass",
        Call::Hold => "hold",
        Call::Breach => "breach",
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

/// As the metrics name it.
fn measure(condition: &Condition) -> String {
    let name = serde_json::to_value(condition.measure).ok();
    name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
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

/// The decision in one line; what is missing stands below it.
fn headline(decision: &Decision) -> String {
    let unmet = decision.unmet().count() as u64;
    let all = counted(decision.conditions.len() as u64, "condition");
    match (decision.call, decision.to) {
        (Call::Breach, _) => format!("breach at {}", decision.from),
        (_, None) => format!("stands on its last stage, {}", decision.from),
        (Call::Pass, Some(to)) => format!("pass: the gate to {to} is open"),
        (Call::Hold, Some(to)) if unmet == 0 => format!("hold before {to}: nothing is known yet"),
        (Call::Hold, Some(to)) => format!("hold before {to}: {unmet} of {all} not met"),
    }
}
