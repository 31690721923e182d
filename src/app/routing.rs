//! From settings to what the live path routes by.

use std::sync::Arc;

use crate::{
    config::Config,
    domain::{account::Heading, route::Table},
    proxy::routing::{Route, Routing},
    shadow::{read, watch::Watch},
    store::watched::Watches,
};

fn watch(config: &Config, place: usize, watches: &Arc<Watches>) -> Watch {
    let Some(settings) = config.routes.get(place) else { return Watch::default() };
    let seeding = config.rollouts.get(settings.rollout).map_or(0, |rollout| rollout.criteria.seeding.one_in);
    let (invariants, aggregates) = (settings.invariants.clone(), settings.aggregates.clone());
    Watch::new(invariants, aggregates, seeding, place, watches.clone())
}

/// The routing of these settings. `epochs`: of each route's settings; 0 where none is given.
pub fn routing(config: &Config, epochs: &[u32], watches: &Arc<Watches>) -> Routing {
    let routes = config.routes.iter().enumerate().map(|(place, settings)| Route {
        rollout: settings.rollout,
        declared_read: settings.route.declared_read,
        sample: settings.sample,
        sample_group: format!("sample/{}", settings.route.id),
        assignment: settings.assignment.clone(),
        rescue_5xx: config.rollouts.get(settings.rollout).is_some_and(|rollout| rollout.rescue_5xx),
        shadow: Arc::new(
            read::Route::new(
                settings.route.id.clone(),
                Heading::route(place),
                settings.rules.clone(),
                settings.reread,
                epochs.get(place).copied().unwrap_or_default(),
            )
            .watching(watch(config, place, watches)),
        ),
    });
    Routing::new(Table::new(config.routes.iter().map(|settings| settings.route.clone()).collect()), routes)
}
