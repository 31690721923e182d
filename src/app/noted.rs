//! What mismatches looked like, written down now and then for whoever asks the store: shapes, and samples as the report
//! shows them.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::Common;
use crate::{
    admin::report::SampleView,
    domain::account::Heading,
    store::{
        archive::{Archive, Row},
        samples::News,
    },
};

const EVERY: Duration = Duration::from_secs(10);
/// Shapes written down each time. What is left comes the next time.
const MOST: usize = 32;
/// When the program ends, there is no next time.
const MOST_AT_LAST: usize = 256;

/// As long as the program runs.
pub async fn keep(common: &Common) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut first = 0;
    loop {
        ticks.tick().await;
        first = pass(common, first, MOST);
    }
}

/// What came since the last pass. The archive is open still.
pub fn last(common: &Common) {
    pass(common, 0, MOST_AT_LAST);
}

/// From this route on, in turn. Gives the one to begin with the next time.
fn pass(common: &Common, first: usize, most: usize) -> usize {
    let routes = &common.config.routes;
    // In memory nobody could read them, and they would take the room of what is served.
    if common.config.keeping.dir.is_none() {
        return first;
    }
    let mut left = most;
    for (place, settings) in routes.iter().enumerate().cycle().skip(first).take(routes.len()) {
        let news = common.samples.take_news(Heading::route(place), left);
        left -= news.len().min(left);
        news.into_iter().for_each(|news| note(&common.archive, &settings.route.id, news));
        if left == 0 {
            return (place + 1) % routes.len();
        }
    }
    first
}

fn note(archive: &Archive, route: &str, news: News) {
    let signature = news.signature.text();
    archive.note(Row::Signature {
        route: route.to_owned(),
        signature: signature.to_owned(),
        requests: news.count,
        first_millis: news.first_millis,
        last_millis: news.last_millis,
    });
    for sample in &news.samples {
        archive.note(Row::Sample {
            route: route.to_owned(),
            signature: signature.to_owned(),
            at_millis: sample.at_millis,
            sample: serde_json::to_value(SampleView::of(sample)).unwrap_or_default(),
        });
    }
}
