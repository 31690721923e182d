//! What aggregates came to, written down now and then for whoever asks the store. What a gate goes by is in memory.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::{
    clock,
    net::server::Phase,
    store::{
        archive::{Archive, Row},
        watched::Watches,
    },
};

const EVERY: Duration = Duration::from_secs(300);
/// Groups of one aggregate that are written down, those that are too far apart first.
const MOST_GROUPS: usize = 100;

/// Until the program drains. `routes`: their ids, in the order of the config.
pub async fn keep(
    watches: Arc<Watches>,
    routes: Vec<String>,
    archive: Archive,
    mut phase: watch::Receiver<Phase>,
) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = phase.wait_for(|phase| *phase >= Phase::Draining) => break,
            _ = ticks.tick() => note_all(&watches, &routes, &archive),
        }
    }
    note_all(&watches, &routes, &archive);
}

fn note_all(watches: &Watches, routes: &[String], archive: &Archive) {
    let at_millis = clock::unix_millis();
    for (place, route) in routes.iter().enumerate() {
        for mut view in watches.views_of(place) {
            view.groups.sort_by_key(|group| !group.beyond);
            for group in view.groups.into_iter().take(MOST_GROUPS) {
                let ([old, new], name) = (group.near, view.name.clone());
                archive.note(Row::Aggregate {
                    route: route.clone(),
                    at_millis,
                    name,
                    group: group.name,
                    old,
                    new,
                });
            }
        }
    }
}
