//! Runs and targets as Markdown tables that also read well on a screen. Formats; decides nothing.

use std::time::Duration;

use crate::compare::Measured;
use crate::compare::hostile::{LONGEST, MOST_MIB, Went};
use crate::contender::Contender;
use crate::generator::percentile;
use crate::revert::{LONGEST_US, Reverted};
use crate::run::{Field, Run};
use crate::scenario::memory;
use crate::spread::{Key, Spread, paired, spread};
use crate::targets::Judged;

type Rows = Vec<Vec<String>>;

/// A table for each scenario and size, in the order they were run.
pub fn runs(runs: &[Run]) -> String {
    let mut text = String::new();
    let mut done: Vec<(&str, &str)> = Vec::new();
    for run in runs.iter().filter(|run| run.scenario != "memory") {
        let case = (run.scenario, run.case.as_str());
        if !done.contains(&case) {
            done.push(case);
            text.push_str(&format!("\n### {}, {}\n\n{}", title(run.scenario), run.case, loaded(runs, case)));
        }
    }
    if runs.iter().any(|run| run.scenario == "memory") {
        text.push_str(&format!("\n### Resident memory, MiB\n\n{}", resident(runs)));
    }
    text
}

pub fn targets(targets: &[Judged]) -> String {
    let mut rows = vec![["target", "bar", "measured (range)", "verdict"].map(str::to_owned).to_vec()];
    rows.extend(targets.iter().map(|judged| {
        vec![judged.what.clone(), judged.target.clone(), ranged(judged.measured), judged.verdict.clone()]
    }));
    format!("\n### Targets\n\n{}", render(&rows))
}

/// The comparison beside the libraries'.
pub fn compared(all: &[Measured]) -> String {
    let head = [
        "bodies",
        "case",
        "serde_json twice + json_patch µs",
        "readshift µs",
        "times as fast",
        "bar",
        "MB/s",
    ];
    let mut rows: Rows = vec![head.map(str::to_owned).to_vec()];
    let micros = |took: Duration| format!("{:.1}", took.as_secs_f64() * 1e6);
    rows.extend(all.iter().map(|measured| {
        let bar = measured.bar();
        let verdict = match bar {
            None => "–".to_owned(),
            Some(bar) if measured.ratio() >= bar => format!("≥ {bar}: met"),
            Some(bar) => format!("≥ {bar}: missed"),
        };
        vec![
            measured.size.name(),
            measured.case.name().to_owned(),
            micros(measured.library),
            micros(measured.ours),
            format!("{:.1}", measured.ratio()),
            verdict,
            format!("{:.0}", measured.bytes_per_second() / 1e6),
        ]
    }));
    render(&rows)
}

/// Pairs that were made to be costly.
pub fn hostile(all: &[Went]) -> String {
    let bars = format!("≤ {} s, ≤ {MOST_MIB} MiB", LONGEST.as_secs());
    let head = ["a pair made to be costly", "came to", "ms", "MiB above the bodies", &bars];
    let mut rows: Rows = vec![head.map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(|went| {
        let verdict = if went.within_bounds() { "met" } else { "missed" };
        vec![
            went.case.clone(),
            went.came_to.clone(),
            format!("{:.1}", went.micros as f64 / 1e3),
            format!("{:.1}", went.mib),
            verdict.to_owned(),
        ]
    }));
    render(&rows)
}

/// How soon a revert holds.
pub fn reverted(told: &Reverted) -> String {
    let head = ["what", "p50", "p99", "longest", "bar"];
    let mut rows: Rows = vec![head.map(str::to_owned).to_vec()];
    let micros = |value: f64| format!("{:.3} ms", value / 1e3);
    let row = |what: &str, times: &[u64], bar: String| {
        let at = |share| micros(percentile(times, share));
        vec![what.to_owned(), at(0.5), at(0.99), at(1.0), bar]
    };
    let verdict = if told.in_time() { "met" } else { "missed" };
    rows.push(row("idle: GET /livez", &told.idle, "–".to_owned()));
    rows.push(row("busy: GET /livez", &told.busy, "–".to_owned()));
    rows.push(row(
        "busy: POST revert, to its acknowledgement",
        &told.acknowledged,
        format!("p99 < {} ms: {verdict}", LONGEST_US / 1_000),
    ));
    format!(
        "\n{}\nA revert under load takes {:.1} times an idle /livez at p50 and {:.1} times at p99. Of {} reverts, \
         {} requests that left after an acknowledgement were served by new ({}), out of {} that left and were \
         answered before the next advance; {} \
         requests in all, {} of them served by new, {} failed.\n",
        render(&rows),
        percentile(&told.acknowledged, 0.5) / percentile(&told.idle, 0.5),
        percentile(&told.acknowledged, 0.99) / percentile(&told.idle, 0.99),
        told.acknowledged.len(),
        told.late,
        if told.late == 0 { "0 wanted: met" } else { "0 wanted: missed" },
        told.after,
        told.requests,
        told.by_new,
        told.failed,
    )
}

fn title(scenario: &str) -> &str {
    match scenario {
        "saturated" => "Saturated, 32 connections",
        "rate" => "Fixed rate, open loop",
        "evidence" => "Distinct reads, 32 connections",
        "faults" => "New misbehaves, 32 connections",
        other => other,
    }
}

fn loaded(runs: &[Run], (scenario, case): (&'static str, &str)) -> String {
    let head = [
        "contender",
        "requests/s",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "CPU µs",
        "core",
        "waited",
        "mirrored",
        "peak MiB",
        "grown MiB",
        "errors",
    ];
    let versus = match scenario {
        "faults" => ["requests/s / own plain", "p50 / own plain"],
        _ => ["CPU / nginx", "CPU / nginx mirror"],
    };
    let mut rows: Rows = vec![head.into_iter().chain(versus).map(str::to_owned).collect()];
    for who in names(runs, |run| run.scenario == scenario && run.case == case) {
        let key = Key { scenario, case: case.to_owned(), who };
        let cell = |field: Field, digits| number(spread(runs, &key, field), digits);
        let mut row = vec![
            key.who.clone(),
            cell(|run| run.requests_per_s, 0),
            cell(|run| run.p50_ms, 2),
            cell(|run| run.p99_ms, 2),
            cell(|run| run.p999_ms, 2),
            cell(|run| run.cpu_us, 1),
            cell(|run| run.busy, 2),
            cell(|run| run.waited, 2),
            cell(|run| run.mirrored, 2),
            cell(|run| run.peak_mib, 1),
            cell(|run| run.growth_mib, 1),
            cell(|run| run.errors.map(|count| count as f64), 0),
        ];
        row.extend(ratios(runs, &key));
        rows.push(row);
    }
    render(&rows)
}

fn ratios(runs: &[Run], key: &Key) -> [String; 2] {
    let over = |under: Contender, field: Field| {
        let under = Key { who: under.name().to_owned(), ..key.clone() };
        ranged(paired(runs, key, &under, field, |a, b| a / b))
    };
    if key.scenario == "faults" {
        let plain = Contender::plain_of(&key.who);
        return [over(plain, |run| run.requests_per_s), over(plain, |run| run.p50_ms)];
    }
    // Without a proxy the CPU is the backend's, which is no proxy's rival.
    if key.who == Contender::None.name() {
        return [String::from("–"), String::from("–")];
    }
    [over(Contender::Nginx, |run| run.cpu_us), over(Contender::NginxMirror, |run| run.cpu_us)]
}

fn resident(runs: &[Run]) -> String {
    let cases: [(&str, Field); 3] = [
        (memory::IDLE, |run| run.rss_mib),
        (memory::CONNECTED, |run| run.rss_mib),
        (memory::LARGE, |run| run.peak_mib),
    ];
    let mut rows: Rows =
        vec![["contender"].into_iter().chain(cases.map(|(case, _)| case)).map(str::to_owned).collect()];
    for who in names(runs, |run| run.scenario == "memory") {
        let cells = cases.map(|(case, field)| {
            let key = Key { scenario: "memory", case: case.to_owned(), who: who.clone() };
            number(spread(runs, &key, field), 1)
        });
        rows.push([who].into_iter().chain(cells).collect());
    }
    render(&rows)
}

fn names(runs: &[Run], of: impl Fn(&Run) -> bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for run in runs.iter().filter(|run| of(run)) {
        if !names.contains(&run.who) {
            names.push(run.who.clone());
        }
    }
    names
}

fn number(found: Option<Spread>, digits: usize) -> String {
    found.map_or_else(|| "–".to_owned(), |found| format!("{:.digits$}", found.median))
}

fn ranged(found: Option<Spread>) -> String {
    let Some(Spread { median, min, max }) = found else { return "–".to_owned() };
    format!("{median:.2} ({min:.2}–{max:.2})")
}

fn render(rows: &Rows) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for (place, row) in rows.iter().enumerate() {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
        if place == 0 {
            let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
            text.push_str(&format!("| {} |\n", rule.join(" | ")));
        }
    }
    text
}
