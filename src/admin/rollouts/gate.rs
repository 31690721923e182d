//! Whether a rollout may stand on a stage: one verdict for scripts, and for tools that only know three words.

use schemars::JsonSchema;
use serde::Serialize;

use super::decision::DecisionView;
use crate::{
    admin::words::span,
    controller,
    domain::{
        gate::Call,
        plan::Stage,
        rollout::{Override, State},
    },
};

/// Whether a rollout may stand on a stage.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Gate")]
pub struct GateView {
    pub rollout: String,
    /// The stage asked about; null where the rollout stands on its last one.
    pub to: Option<String>,
    #[schemars(extend("enum" = ["pass", "hold", "breach"]))]
    pub verdict: &'static str,
    /// Why, in words; empty where it passes.
    pub why: Vec<String>,
    /// The same for tools that only know `pass`, `fail` and `inconclusive`.
    pub data: Data,
    /// The decision about the next stage, whichever was asked about.
    pub decision: DecisionView,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Data {
    #[schemars(extend("enum" = ["pass", "fail", "inconclusive"]))]
    pub verdict: &'static str,
}

/// The verdict and its reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub call: Call,
    pub why: Vec<String>,
}

/// A pass that is older than this is none: whoever decides has stopped deciding.
const MOST_AGE_MILLIS: u64 = 60_000;

impl GateView {
    /// `None`: the ladder has no such stage.
    pub fn of(rollout: &controller::RolloutView, asked: Option<Stage>, now_millis: u64) -> Option<GateView> {
        let to = asked.or(rollout.decision.to);
        let verdict = match asked {
            Some(asked) if !rollout.ladder.contains(&asked) => return None,
            Some(asked) => verdict(rollout, asked),
            None => as_decided(rollout),
        };
        let verdict = recent(verdict, now_millis.saturating_sub(rollout.decision.at_millis));
        Some(GateView {
            rollout: rollout.id.clone(),
            to: to.map(|stage| stage.to_string()),
            verdict: verdict.call.name(),
            why: verdict.why,
            data: Data {
                verdict: match verdict.call {
                    Call::Pass => "pass",
                    Call::Hold => "inconclusive",
                    Call::Breach => "fail",
                },
            },
            decision: DecisionView::of(&rollout.decision),
        })
    }
}

fn recent(verdict: Verdict, age_millis: u64) -> Verdict {
    if verdict.call != Call::Pass || age_millis <= MOST_AGE_MILLIS {
        return verdict;
    }
    let why = format!("the gate was last judged {} ago", span(age_millis));
    Verdict { call: Call::Hold, why: vec![why] }
}

fn as_decided(rollout: &controller::RolloutView) -> Verdict {
    Verdict { call: rollout.decision.call, why: unmet(rollout) }
}

/// What is not met, and when it will be.
fn unmet(rollout: &controller::RolloutView) -> Vec<String> {
    let told = rollout.decision.unmet_words();
    match (rollout.decision.call, told.is_empty()) {
        (Call::Hold, true) => vec!["nothing is known yet".to_owned()],
        _ => told,
    }
}

/// A breach fails every question. The next stage is what was decided about; those below are behind us, unless they
/// were entered past an unmet gate or somebody brought the rollout back; those above are not judged yet.
fn verdict(rollout: &controller::RolloutView, asked: Stage) -> Verdict {
    let (state, decision) = (&rollout.state, &rollout.decision);
    if decision.call == Call::Breach || decision.to == Some(asked) {
        return as_decided(rollout);
    }
    let hold = |why: String| Verdict { call: Call::Hold, why: vec![why] };
    if asked > state.stage {
        let next = decision.to.map_or_else(|| state.stage.to_string(), |next| next.to_string());
        let mut why = vec![format!("one stage is judged at a time, and the next is {next}")];
        why.extend(unmet(rollout));
        return Verdict { call: Call::Hold, why };
    }
    if let Some(latch) = &state.latch {
        return hold(format!("latched since it was reverted from {}: {}", latch.from, latch.why));
    }
    match entered_past(state, asked) {
        Some(past) => hold(format!("it went to {} past an unmet gate: {}", past.to, past.why)),
        None => Verdict { call: Call::Pass, why: Vec::new() },
    }
}

fn entered_past(state: &State, asked: Stage) -> Option<&Override> {
    state.overrides.iter().rev().find(|past| past.to == asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        admin::rollouts::scene::{NOW, ada, decision, orders, stage, users},
        domain::rollout::Latch,
    };

    fn asked(rollout: &controller::RolloutView, to: Option<&str>) -> (&'static str, Vec<String>) {
        let gate = GateView::of(rollout, to.map(stage), NOW).unwrap();
        (gate.verdict, gate.why)
    }

    #[test]
    fn the_next_stage_is_judged_and_named_with_what_is_missing() {
        let held = asked(&users(), None);
        assert_eq!(held, asked(&users(), Some("25%")));
        assert_eq!(
            held,
            (
                "hold",
                vec![
                    "get-user: 3,514 of 5,236 distinct reads without a mismatch; about 12 min more"
                        .to_owned(),
                    "get-user: no probe has run (waiting does not help)".to_owned(),
                ]
            )
        );
        assert_eq!(GateView::of(&users(), Some(stage("7%")), NOW), None);
    }

    #[test]
    fn a_pass_is_one_for_the_next_stage_alone() {
        let mut users = users();
        users.decision = decision(Call::Pass, "5%", Some("25%"), Vec::new());
        assert_eq!(asked(&users, None).0, "pass");
        assert_eq!(asked(&users, Some("25%")).0, "pass");
        assert_eq!(
            asked(&users, Some("100%")),
            ("hold", vec!["one stage is judged at a time, and the next is 25%".to_owned()])
        );
    }

    #[test]
    fn a_pass_that_nobody_renews_is_none() {
        let mut users = users();
        users.decision = decision(Call::Pass, "5%", Some("25%"), Vec::new());
        let late = GateView::of(&users, None, NOW + 60_001).unwrap();
        assert_eq!((late.verdict, late.data.verdict), ("hold", "inconclusive"));
        assert_eq!(late.why, ["the gate was last judged 1 min ago"]);
    }

    #[test]
    fn a_stage_that_was_passed_stays_passed_unless_it_was_forced_or_left() {
        let mut users = users();
        assert_eq!(asked(&users, Some("5%")).0, "pass");
        assert_eq!(asked(&users, Some("1%")).0, "pass");
        users.state.overrides = orders().state.overrides;
        assert_eq!(
            asked(&users, Some("1%")),
            ("hold", vec!["it went to 1% past an unmet gate: demo day".to_owned()])
        );
        assert_eq!(asked(&users, Some("5%")).0, "pass");
        let why = "new is slow".to_owned();
        users.state.latch = Some(Latch { by: ada(), why, at_millis: NOW, from: stage("25%") });
        assert_eq!(
            asked(&users, Some("5%")),
            ("hold", vec!["latched since it was reverted from 25%: new is slow".to_owned()])
        );
    }

    #[test]
    fn a_breach_fails_whichever_stage_is_asked_about() {
        for to in [None, Some("shadow"), Some("1%"), Some("25%")] {
            assert_eq!(asked(&orders(), to), ("breach", vec!["orders: new failed 9 of 10".to_owned()]));
        }
    }
}
