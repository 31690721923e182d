//! What is told is what the table says, and what the sources say.

use std::{collections::BTreeSet, time::Duration};

use super::{gathered::BUCKETS_MILLIS, *};
use crate::domain::{
    account::Counts,
    gate::{Call, Measure},
    outcome::Outcome,
    plan::Stage,
    recheck::{Class, Ruling},
};

fn metrics() -> Metrics {
    let mut counts = Counts::default();
    counts.open();
    counts.open();
    counts.settle(Outcome::Differs);
    let account = Account { routes: vec![("users".into(), counts)] };
    let mut took = Latency::default();
    [3, 5, 700].into_iter().for_each(|ms| took.observe(Duration::from_millis(ms)));
    let durations = vec![("users".to_owned(), [took, Latency::default()])];
    Metrics::new(
        "1.2.3",
        Sources {
            account: Box::new(move || account.clone()),
            durations: Box::new(move || durations.clone()),
            rereads: Box::new(|| vec![("users".to_owned(), lagging())]),
            samples_evicted: Box::new(|| 4),
            moves: Box::new(moves),
            log_lines_lost: Box::new(|| 0),
        },
    )
    .unwrap()
}

fn moves() -> Moves {
    let five = "5%".parse().unwrap();
    let moved = Moved {
        id: "users".into(),
        ladder: vec![Stage::Shadow, five],
        stage: five,
        published: five,
        is_latched: false,
        reverted_millis: 0,
        call: Call::Hold,
        age_millis: 500,
        unmet: vec![Measure::Soak, Measure::Soak],
    };
    Moves { rollouts: vec![moved], facts_lost: 3, ..Moves::default() }
}

fn lagging() -> Rereads {
    let delays = [100, 500].map(Duration::from_millis);
    let mut rereads = Rereads::new(&delays);
    let caught_up = Some((delays[0], delays[1]));
    rereads.ruled(&Ruling { class: Class::Transient, caught_up, interval: 1, ..Ruling::UNCHECKED });
    rereads
}

fn has(text: &str, line: &str) -> bool {
    text.lines().any(|found| found == line)
}

#[test]
fn the_account_is_told_row_by_row_the_empty_rows_too() {
    let text = metrics().render();
    for line in [
        r#"readshift_requests_received_total{route="users"} 2"#,
        r#"readshift_requests_in_flight{route="users"} 1"#,
        r#"readshift_requests_settled_total{route="users",verdict="mismatch",reason="differs"} 1"#,
        r#"readshift_requests_settled_total{route="users",verdict="match",reason="exact"} 0"#,
        r#"readshift_samples_evicted_total 4"#,
        r#"readshift_build_info{version="1.2.3"} 1"#,
    ] {
        assert!(has(&text, line), "{line}\n{text}");
    }
    assert_eq!(text.matches("\nreadshift_requests_settled_total{").count(), Outcome::COUNT);
}

#[test]
fn a_rollout_tells_where_it_stands_and_what_its_gate_says() {
    let text = metrics().render();
    for line in [
        r#"readshift_rollout_stage{rollout="users",stage="5%"} 1"#,
        r#"readshift_rollout_stage{rollout="users",stage="off"} 0"#,
        r#"readshift_rollout_share_ratio{rollout="users"} 0.05"#,
        r#"readshift_gate_call{rollout="users",call="hold"} 1"#,
        r#"readshift_gate_call{rollout="users",call="breach"} 0"#,
        r#"readshift_gate_decision_age_seconds{rollout="users"} 0.5"#,
        r#"readshift_gate_unmet_conditions{rollout="users",measure="soak"} 2"#,
        r#"readshift_gate_unmet_conditions{rollout="users",measure="mismatch"} 0"#,
        r#"readshift_facts_lost_total 3"#,
    ] {
        assert!(has(&text, line), "{line}\n{text}");
    }
}

#[test]
fn a_duration_is_counted_in_every_bucket_it_fits_in() {
    assert!(BUCKETS_MILLIS.iter().all(|ms| Latency::is_bound(Duration::from_millis((*ms).into()))));
    let text = metrics().render();
    for (bound, count) in [("0.002", 0), ("0.005", 2), ("0.5", 2), ("1", 3), ("+Inf", 3)] {
        let line = format!(
            r#"readshift_request_duration_seconds_bucket{{route="users",side="old",le="{bound}"}} {count}"#
        );
        assert!(has(&text, &line), "{line}\n{text}");
    }
}

#[test]
fn what_reading_again_came_to_is_told_by_class_and_by_delay() {
    let text = metrics().render();
    for line in [
        r#"readshift_mismatch_classes_total{route="users",class="transient"} 1"#,
        r#"readshift_mismatch_classes_total{route="users",class="persistent"} 0"#,
        r#"readshift_recheck_lag_seconds_bucket{route="users",le="0.1"} 0"#,
        r#"readshift_recheck_lag_seconds_bucket{route="users",le="0.5"} 1"#,
        r#"readshift_control_pairs_total{route="users",result="skipped"} 0"#,
    ] {
        assert!(has(&text, line), "{line}\n{text}");
    }
}

#[test]
fn what_is_counted_through_a_handle_is_told() {
    let metrics = metrics();
    metrics.upstream_retries.of(Side::New).inc();
    metrics.requests_refused.of("bad_framing").inc();
    metrics.set_breaker(Breaker::Open);
    let text = metrics.render();
    assert!(has(&text, r#"readshift_upstream_retries_total{side="new"} 1"#));
    assert!(has(&text, r#"readshift_requests_refused_total{reason="bad_framing"} 1"#));
    assert!(has(&text, "readshift_shadow_breaker_state 2"));
}

#[test]
fn what_is_told_is_what_the_table_says() {
    let metrics = metrics();
    metrics.requests_refused.of("bad_framing").inc();
    metrics.rereads.of(Side::Old, true).inc();
    metrics.rereads_skipped.of("rate").inc();
    metrics.rescues.of("users", "timeout").inc();
    let text = metrics.render();
    for metric in TABLE {
        assert!(has(&text, &format!("# HELP {} {}", metric.name, metric.help)), "{}", metric.name);
    }
    assert_eq!(text.matches("# TYPE readshift_").count(), TABLE.len());
}

#[test]
fn every_metric_is_documented_with_its_labels_and_nothing_else_is() {
    let page = include_str!("../../docs/metrics.md");
    let told: BTreeSet<_> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `readshift_"))
        .map(|line| format!("| `readshift_{line}"))
        .collect();
    let known: BTreeSet<_> = TABLE
        .iter()
        .map(|metric| {
            let kind = format!("{:?}", metric.kind).to_lowercase();
            let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
            format!("| `{}` | {kind} | {} | {} |", metric.name, labels.join(", "), metric.help)
        })
        .collect();
    assert_eq!(told, known);
}
