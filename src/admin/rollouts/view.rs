//! Where every rollout stands, as values.

use schemars::JsonSchema;
use serde::Serialize;

use super::{beside::AggregateView, decision::DecisionView, routes::RouteSummary, state::StateView};
use crate::{
    admin::words::json_for_terminals,
    controller::{self, View},
    domain::{aggregate, moment, rollout::State},
    store::archive::Health,
};

/// Everything there is to see of all rollouts, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Rollouts")]
pub struct RolloutsView {
    pub at: String,
    /// How old the decisions are.
    pub age_ms: u64,
    /// In the order of the config.
    pub rollouts: Vec<RolloutView>,
    pub store: StoreView,
    /// What was seen of requests and could not be kept as evidence for want of room.
    pub facts_lost: u64,
    /// The kill-switch file is there: old serves every read.
    pub killed: bool,
    pub reload: Option<ReloadView>,
}

/// One rollout.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Rollout")]
pub struct RolloutView {
    pub id: String,
    pub ladder: Vec<String>,
    /// It advances by itself as soon as the gate passes.
    pub automatic: bool,
    pub state: StateView,
    pub on_stage_ms: u64,
    /// Old serves every read whatever the stage says.
    pub forced_old: bool,
    pub share: ShareView,
    pub decision: DecisionView,
    /// In the order of the config.
    pub routes: Vec<RouteSummary>,
}

/// Which part of the reads new serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Share")]
pub struct ShareView {
    /// Of a million reads, as the stage has it.
    pub configured_ppm: u64,
    /// Of a million reads of the present stage, as counted; null where there were none.
    pub realised_ppm: Option<u64>,
    pub new_served: u64,
    pub old_served: u64,
}

/// How what has to be kept beyond a restart is being kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Store")]
pub struct StoreView {
    /// Null: all is well.
    pub trouble: Option<String>,
    /// Entries of the journal that wait to be written.
    pub waiting: u64,
    pub written: u64,
    pub failed: u64,
    pub lost_batches: u64,
    pub bytes: u64,
}

/// What came of the last reload of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Reload")]
pub struct ReloadView {
    pub at: String,
    /// Why the old settings stayed in force, if they did.
    pub problem: Option<String>,
}

/// The state that a move has led to.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Moved")]
pub struct MovedView {
    pub id: String,
    pub state: StateView,
}

impl RolloutsView {
    /// `forced`: of each rollout by its place in the config.
    pub fn of(view: &View, now_millis: u64, forced: impl Fn(usize) -> bool) -> RolloutsView {
        let rollouts = view.rollouts.iter().enumerate();
        RolloutsView {
            at: moment::write(now_millis),
            age_ms: now_millis.saturating_sub(view.at_millis),
            rollouts: rollouts
                .map(|(place, rollout)| RolloutView::of(rollout, now_millis, forced(place)))
                .collect(),
            store: StoreView::of(&view.store),
            facts_lost: view.facts_lost,
            killed: view.killed,
            reload: view.reload.as_ref().map(|reload| ReloadView {
                at: moment::write(reload.at_millis),
                problem: reload.problem.clone(),
            }),
        }
    }
}

impl RolloutView {
    pub fn of(rollout: &controller::RolloutView, now_millis: u64, forced_old: bool) -> RolloutView {
        RolloutView {
            id: rollout.id.clone(),
            ladder: rollout.ladder.iter().map(ToString::to_string).collect(),
            automatic: rollout.automatic,
            on_stage_ms: now_millis.saturating_sub(rollout.state.since_millis),
            forced_old,
            share: ShareView::of(rollout),
            state: StateView::of(&rollout.state),
            decision: DecisionView::of(&rollout.decision),
            routes: rollout.routes.iter().map(|route| RouteSummary::of(route, &rollout.coverage)).collect(),
        }
    }
}

impl RolloutView {
    /// The same, with what the aggregates of each route came to.
    pub fn with_aggregates(mut self, of_route: impl Fn(&str) -> Vec<aggregate::View>) -> RolloutView {
        for route in &mut self.routes {
            route.aggregated = of_route(&route.route).iter().map(AggregateView::of).collect();
        }
        self
    }
}

impl ShareView {
    fn of(rollout: &controller::RolloutView) -> ShareView {
        let sum = |of: fn(&crate::domain::evidence::ErrorSummary) -> u64| {
            rollout.routes.iter().fold(0_u64, |sum, route| sum.saturating_add(of(&route.errors)))
        };
        let (new_served, old_served) = (sum(|errors| errors.new_served), sum(|errors| errors.old_served));
        let all = u128::from(new_served) + u128::from(old_served);
        let realised = (u128::from(new_served) * 1_000_000).checked_div(all);
        ShareView {
            configured_ppm: rollout.state.stage.share().ppm().into(),
            realised_ppm: realised.and_then(|ppm| u64::try_from(ppm).ok()),
            new_served,
            old_served,
        }
    }
}

impl StoreView {
    fn of(health: &Health) -> StoreView {
        StoreView {
            trouble: health.trouble.clone(),
            waiting: health.waiting,
            written: health.written,
            failed: health.failed,
            lost_batches: health.lost_batches,
            bytes: health.bytes,
        }
    }
}

impl MovedView {
    pub fn of(id: &str, state: &State) -> MovedView {
        MovedView { id: id.to_owned(), state: StateView::of(state) }
    }
}

/// The states that a move of all rollouts has led to.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "MovedAll")]
pub struct MovedAllView {
    pub rollouts: Vec<MovedView>,
}

/// Pretty, with a line break at the end; harmless when printed to a terminal.
pub fn to_json(value: &impl Serialize) -> String {
    // None of our values can fail to be written: what is no number was made one before.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    json_for_terminals(&text) + "\n"
}
