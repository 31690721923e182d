//! What an advance takes besides evidence: time, the calendar, persons, a drill, the store.

use std::time::Duration;

use super::{
    Condition, Measure, Standing,
    bar::{Bar, Finding},
};
use crate::domain::{gate::words::span, plan::Stage, rollout::Freeze};

/// None of it matters on the last stage: nothing is to be moved.
pub fn conditions(bar: &Bar<'_>) -> Vec<Condition> {
    let Some(to) = bar.to else { return Vec::new() };
    let mut all = vec![
        hold(bar).about(Measure::HoldTime, None),
        latch(bar).about(Measure::Latch, None),
        store(bar).about(Measure::Store, None),
    ];
    all.extend(freeze(bar).map(|told| told.about(Measure::Freeze, None)));
    all.extend(approval(bar, to).map(|told| told.about(Measure::Approval, None)));
    all.extend(drill(bar, to).map(|told| told.about(Measure::Drill, None)));
    all
}

fn hold(bar: &Bar<'_>) -> Finding {
    let (policy, state) = (bar.case.policy, bar.case.state);
    let need = policy.hold.as_secs_f64();
    match policy.hold_left(state.since_millis, bar.case.now_millis) {
        Some(left) => {
            let says = format!("it stays at {} for {} at least", bar.from, span(policy.hold));
            let have = need - left.as_secs_f64();
            Finding { have, need, eta: Some(left), ..Finding::plain(Standing::Unmet, says) }
        }
        None => {
            let says = format!("it has stayed at {} for {}", bar.from, span(policy.hold));
            Finding { have: need, need, ..Finding::plain(Standing::Met, says) }
        }
    }
}

fn latch(bar: &Bar<'_>) -> Finding {
    match &bar.case.state.latch {
        Some(latch) => {
            let says =
                format!("latched at {}: {}; it waits for a person to resume it", latch.from, latch.why);
            Finding::plain(Standing::Blocked, says)
        }
        None if bar.from == Stage::Off => {
            Finding::plain(Standing::Blocked, "it is off; it waits for a person to resume it")
        }
        None => Finding::plain(Standing::Met, "not latched"),
    }
}

fn store(bar: &Bar<'_>) -> Finding {
    match bar.case.store_trouble {
        Some(why) => Finding::plain(Standing::Blocked, format!("moves cannot be recorded: {why}")),
        None => Finding::plain(Standing::Met, "moves can be recorded"),
    }
}

fn freeze(bar: &Bar<'_>) -> Option<Finding> {
    let freezes = &bar.case.policy.freezes;
    let Some(freeze) = Freeze::longest(freezes, bar.case.now_millis) else {
        return (!freezes.is_empty()).then(|| Finding::plain(Standing::Met, "no freeze at this time"));
    };
    let eta = freeze.left(bar.case.now_millis);
    // A freeze without an end does not pass by waiting.
    let standing = if eta.is_some() { Standing::Unmet } else { Standing::Blocked };
    Some(Finding { eta, ..Finding::plain(standing, freeze.words()) })
}

fn approval(bar: &Bar<'_>, to: Stage) -> Option<Finding> {
    if !bar.case.policy.approval || !to.is_live() {
        return None;
    }
    let approval = bar.case.state.approval.as_ref().filter(|approval| approval.to == to);
    Some(match approval {
        Some(approval) => Finding::plain(
            Standing::Met,
            format!("approved for {to} by {}: {}", approval.by.name, approval.why),
        ),
        None => Finding::plain(Standing::Unmet, format!("it waits for a person to approve {to}")),
    })
}

/// Before anything is live there is nothing a drill could bring back.
fn drill(bar: &Bar<'_>, to: Stage) -> Option<Finding> {
    let within = bar.case.policy.drill_within?;
    if !bar.from.is_live() || !to.is_live() {
        return None;
    }
    let since = bar.case.state.last_drill.as_ref().map(|drill| {
        (Duration::from_millis(bar.case.now_millis.saturating_sub(drill.at_millis)), drill.took)
    });
    Some(match since {
        Some((since, took)) if since <= within => Finding::plain(
            Standing::Met,
            format!("drilled {} ago, every read was back in {took:?}", span(since)),
        ),
        Some((since, _)) => Finding::plain(
            Standing::Unmet,
            format!("the last drill was {} ago, {} is the most", span(since), span(within)),
        ),
        None => Finding::plain(Standing::Unmet, "it has never been drilled"),
    })
}
