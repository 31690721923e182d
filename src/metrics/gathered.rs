//! The metrics that are read from elsewhere at the moment of a scrape. Counts nothing itself.

use std::time::Duration;

use prometheus::{
    core::{Collector, Desc},
    proto,
};

use super::{
    BUILD, CLASSES, CONTROLS, DURATION, EVICTED, IN_FLIGHT, LAG, LINES_LOST, Metric, RECEIVED, SETTLED,
    Sources,
    moves::{self, MOVES},
};
use crate::domain::{lag::Survival, latency::Latency, rereads::Rereads, side::Side};

/// Upper bounds of the duration buckets, in milliseconds. All of them are bounds of `Latency`, so that
/// the counts are exact.
pub const BUCKETS_MILLIS: [u32; 15] =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

/// Asks its sources at every scrape.
pub struct Gathered {
    descs: Vec<Desc>,
    version: String,
    sources: Sources,
}

impl Gathered {
    pub fn new(version: &str, sources: Sources) -> Result<Gathered, prometheus::Error> {
        let desc = |metric: Metric| {
            let labels = metric.labels.iter().map(|label| (*label).to_owned()).collect();
            Desc::new(metric.name.to_owned(), metric.help.to_owned(), labels, Default::default())
        };
        let gathered =
            [RECEIVED, IN_FLIGHT, SETTLED, DURATION, CLASSES, LAG, CONTROLS, EVICTED, LINES_LOST, BUILD];
        let descs = gathered.into_iter().chain(MOVES).map(desc).collect::<Result<_, _>>()?;
        Ok(Gathered { descs, version: version.to_owned(), sources })
    }
}

impl Collector for Gathered {
    fn desc(&self) -> Vec<&Desc> {
        self.descs.iter().collect()
    }

    /// Every row is told, also the empty ones: an alert on the first mismatch needs a zero before it.
    fn collect(&self) -> Vec<proto::MetricFamily> {
        let routes = (self.sources.account)().routes;
        let settled = routes.iter().flat_map(|(route, counts)| {
            counts.rows().map(move |(outcome, count)| {
                row(SETTLED, &[route, outcome.verdict().name(), outcome.reason()], count)
            })
        });
        let durations = (self.sources.durations)();
        let histograms = durations.iter().flat_map(|(route, sides)| {
            Side::BOTH.iter().zip(sides).map(move |(side, latency)| histogram(&[route, side.name()], latency))
        });
        let received = routes.iter().map(|(route, counts)| row(RECEIVED, &[route], counts.received));
        let in_flight = routes.iter().map(|(route, counts)| row(IN_FLIGHT, &[route], counts.in_flight));
        let rereads = (self.sources.rereads)();
        let classes = rereads.iter().flat_map(|(route, rereads)| {
            rereads.classes().map(move |(class, count)| row(CLASSES, &[route, class.name()], count))
        });
        let controls = rereads.iter().flat_map(|(route, rereads)| {
            rereads.controls().map(move |(control, count)| row(CONTROLS, &[route, control.name()], count))
        });
        let lag = rereads.iter().map(|(route, rereads)| lag_histogram(route, rereads));
        let mut families = moves::families(&(self.sources.moves)());
        families.extend([
            family(CLASSES, classes.collect()),
            family(LAG, lag.collect()),
            family(CONTROLS, controls.collect()),
            family(RECEIVED, received.collect()),
            family(IN_FLIGHT, in_flight.collect()),
            family(SETTLED, settled.collect()),
            family(DURATION, histograms.collect()),
            family(EVICTED, vec![row(EVICTED, &[], (self.sources.samples_evicted)())]),
            family(LINES_LOST, vec![row(LINES_LOST, &[], (self.sources.log_lines_lost)())]),
            family(BUILD, vec![row(BUILD, &[&self.version], 1)]),
        ]);
        families
    }
}

pub fn family(metric: Metric, rows: Vec<proto::Metric>) -> proto::MetricFamily {
    let mut family = proto::MetricFamily::default();
    family.set_name(metric.name.to_owned());
    family.set_help(metric.help.to_owned());
    family.set_field_type(metric.kind);
    family.set_metric(rows);
    family
}

fn row(metric: Metric, values: &[&str], count: u64) -> proto::Metric {
    number(metric, values, count as f64)
}

pub fn number(metric: Metric, values: &[&str], number: f64) -> proto::Metric {
    let mut row = labelled(metric, values);
    if metric.kind == proto::MetricType::COUNTER {
        let mut counter = proto::Counter::default();
        counter.set_value(number);
        row.set_counter(counter);
    } else {
        let mut gauge = proto::Gauge::default();
        gauge.set_value(number);
        row.set_gauge(gauge);
    }
    row
}

fn histogram(values: &[&str], latency: &Latency) -> proto::Metric {
    let up_to = |millis: u32| {
        let millis = Duration::from_millis(millis.into());
        bucket(millis, latency.at_most(millis))
    };
    let buckets = BUCKETS_MILLIS.into_iter().map(up_to).collect();
    distribution(labelled(DURATION, values), buckets, latency.count(), latency.sum())
}

fn lag_histogram(route: &str, rereads: &Rereads) -> proto::Metric {
    let mut resolved = 0;
    let up_to = |row: Survival| {
        resolved += row.resolved;
        bucket(row.delay, resolved)
    };
    let buckets = rereads.lag.survival().into_iter().map(up_to).collect();
    distribution(labelled(LAG, &[route]), buckets, resolved, rereads.lagged)
}

fn bucket(upper: Duration, cumulative: u64) -> proto::Bucket {
    let mut bucket = proto::Bucket::default();
    bucket.set_upper_bound(upper.as_secs_f64());
    bucket.set_cumulative_count(cumulative);
    bucket
}

fn distribution(
    mut row: proto::Metric,
    buckets: Vec<proto::Bucket>,
    count: u64,
    sum: Duration,
) -> proto::Metric {
    let mut histogram = proto::Histogram::default();
    histogram.set_bucket(buckets);
    histogram.set_sample_count(count);
    histogram.set_sample_sum(sum.as_secs_f64());
    row.set_histogram(histogram);
    row
}

fn labelled(metric: Metric, values: &[&str]) -> proto::Metric {
    let pair = |(name, value): (&&str, &&str)| {
        let mut pair = proto::LabelPair::default();
        pair.set_name((*name).to_owned());
        pair.set_value((*value).to_owned());
        pair
    };
    proto::Metric::from_label(metric.labels.iter().zip(values).map(pair).collect())
}
