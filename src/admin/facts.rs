//! What a report is made from. Gathered once, so that every number in a report is of one moment.

use super::rollouts::{EntryView, RolloutsView};
use crate::{
    controller::View,
    domain::{account::Heading, compare::rules::Rule, journal::Entry, noise::Noise, plan::Stage},
    metrics::Breaker,
    store::{
        ledger::{Ledger, Page},
        noise::Noises,
        samples::{Gallery, Samples},
    },
};

/// What does not change while requests come and go.
#[derive(Clone, Debug)]
pub struct Setting {
    pub version: String,
    /// The addresses of both systems, without credentials.
    pub old: String,
    pub new: String,
    pub started_millis: u64,
    /// In the order of the config.
    pub routes: Vec<RouteSetting>,
}

#[derive(Clone, Debug)]
pub struct RouteSetting {
    pub id: String,
    /// What it matches, as a person reads it: `GET /users/{id}`.
    pub pattern: String,
    pub stage: Stage,
    /// In the order of `Rules`.
    pub rules: Vec<RuleSetting>,
}

#[derive(Clone, Debug, Default)]
pub struct RuleSetting {
    /// As a person reads it: `/meta/request_id: ignored, minted per request`.
    pub says: String,
    pub owner: Option<String>,
    /// From then on it forgives nothing.
    pub expires_millis: Option<u64>,
}

impl RuleSetting {
    pub fn of(rule: &Rule) -> RuleSetting {
        RuleSetting { says: rule.to_string(), owner: rule.owner.clone(), expires_millis: rule.expires_millis }
    }
}

/// How the shadow path is doing.
#[derive(Clone, Copy, Debug)]
pub struct ShadowState {
    pub in_flight: u64,
    pub max_in_flight: u64,
    pub held_bytes: u64,
    pub max_held_bytes: u64,
    pub breaker: Breaker,
}

/// Everything a report tells, at one moment.
#[derive(Clone, Debug)]
pub struct Facts {
    pub setting: Setting,
    pub now_millis: u64,
    pub shadow: ShadowState,
    pub unrouted: Page,
    /// In the order of `setting.routes`.
    pub routes: Vec<(Page, Gallery)>,
    /// In the same order; empty where nobody looked.
    pub noise: Vec<Noise>,
    /// Why old and new are taken for one system, in words, as each route tells.
    pub same_place: Vec<String>,
    /// Where every rollout stands; empty where nobody asked.
    pub rollouts: RolloutsView,
    /// The newest moves, newest first.
    pub moves: Vec<EntryView>,
}

impl Facts {
    pub fn gather(
        setting: &Setting,
        ledger: &Ledger,
        samples: &Samples,
        shadow: ShadowState,
        now_millis: u64,
    ) -> Facts {
        let mut pages = ledger.pages().into_iter().map(|(_, page)| page);
        let unrouted = pages.next().unwrap_or_default();
        let with_samples = |(place, page)| (page, samples.of(Heading::route(place)));
        let routes = pages.enumerate().map(with_samples).collect();
        Facts {
            setting: setting.clone(),
            now_millis,
            shadow,
            unrouted,
            routes,
            noise: Vec::new(),
            same_place: Vec::new(),
            rollouts: RolloutsView::default(),
            moves: Vec::new(),
        }
    }

    /// The same, with where the rollouts stand now. The stage of a route is that of its rollout.
    pub fn with_rollouts(mut self, view: &View, told: RolloutsView, moves: &[Entry]) -> Facts {
        for rollout in &view.rollouts {
            let of_it = |route: &&mut RouteSetting| rollout.routes.iter().any(|one| one.route == route.id);
            let routes = self.setting.routes.iter_mut().filter(of_it);
            routes.for_each(|route| route.stage = rollout.state.stage);
        }
        Facts { rollouts: told, moves: moves.iter().map(EntryView::of).collect(), ..self }
    }

    /// The same, with what was learnt of how much old differs from itself.
    pub fn with_noise(self, noises: &Noises) -> Facts {
        let noise = (0..self.routes.len()).map(|place| noises.of(Heading::route(place))).collect();
        let same_place = (0..self.routes.len()).filter_map(|place| noises.same_place(Heading::route(place)));
        Facts { noise, same_place: same_place.collect(), ..self }
    }
}
