//! The two load generators and what they tell. wrk for saturation, h2load for a fixed rate.
//!
//! Why h2load: wrk is closed-loop, and answers that come late make it ask less. h2load (HTTP/1.1, `--rps` for each
//! connection) asks on a timer. With connections = rate × 32 ms each connection asks every 32 ms, so the rate does
//! not bend as long as no answer takes longer than that; whether it was kept is recorded. Its connections must start
//! spread over those 32 ms (`-r`, `--rate-period`): started together, they ask in bursts of 64, and the p50 of a bare
//! nginx reads 1.6 ms and not 0.15.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::lab::Lab;
use crate::process::Launch;

/// Connections of a saturated run: enough to keep one worker busy, as in the recorded anchors.
pub const BUSY_CONNECTIONS: u32 = 32;
/// Milliseconds between two requests of one connection at a fixed rate.
const TURN_MS: u32 = 32;
/// Left out at the start of a fixed-rate run, while connections are opened.
const SETTLING_US: u64 = 250_000;

/// wrk's own report has no 99.9th percentile.
pub const WRK_SCRIPT: &str = r#"done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'LOADTEST {"requests":%d,"micros":%d,"p50":%.1f,"p99":%.1f,"p999":%.1f,"errors":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9), e.connect + e.read + e.write + e.status + e.timeout))
end
"#;

/// Latencies in microseconds.
#[derive(Debug, Clone, Deserialize)]
pub struct Told {
    /// Answered within the measured time.
    pub requests: u64,
    /// Sent in all, where some were left out of the measured time.
    #[serde(default)]
    pub sent: Option<u64>,
    pub micros: u64,
    pub p50: f64,
    pub p99: f64,
    pub p999: f64,
    pub errors: u64,
}

/// Before `WRK_SCRIPT`: each request asks for another one of a million keys, in a query the backends do not look at.
const WRK_DISTINCT: &str = r#"local n = 0
local path = nil
request = function()
  path = path or wrk.path
  n = (n * 1103515245 + 12345) % 2147483648
  return wrk.format("GET", path .. "?id=" .. (n % 1000000))
end
"#;

#[derive(Debug, Clone, Copy)]
pub enum Load {
    Saturated,
    /// The same, with another query each time.
    Distinct,
    Rate(u32),
}

impl Load {
    pub fn run(self, lab: &Lab, to: SocketAddr, path: &str, seconds: u64) -> Result<Told> {
        match self {
            Load::Saturated => saturate(lab, to, path, seconds),
            Load::Distinct => busy(lab, to, path, seconds, WRK_DISTINCT),
            Load::Rate(rps) => keep_rate(lab, to, path, seconds, rps),
        }
    }
}

pub fn saturate(lab: &Lab, to: SocketAddr, path: &str, seconds: u64) -> Result<Told> {
    busy(lab, to, path, seconds, "")
}

fn busy(lab: &Lab, to: SocketAddr, path: &str, seconds: u64, requests: &str) -> Result<Told> {
    let program = lab.tools.wrk.as_deref().context("missing wrk: apt install wrk")?;
    let script = lab.wrk_script(requests)?.display().to_string();
    let args =
        ["-t1", &format!("-c{BUSY_CONNECTIONS}"), &format!("-d{seconds}s"), "--latency", "-s", &script]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("http://{to}{path}")])
            .collect();
    let launch = Launch { program, args, cores: lab.cores.load.as_deref() };
    let output = launch.finish(seconds + 20)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("LOADTEST ")).context("wrk told no result")?;
    serde_json::from_str(line).context("wrk's result has another shape")
}

fn keep_rate(lab: &Lab, to: SocketAddr, path: &str, seconds: u64, rps: u32) -> Result<Told> {
    let program = lab.tools.h2load.as_deref().context("missing h2load: apt install nghttp2-client")?;
    let log = lab.folder.join("h2load.log");
    let _none_yet = fs::remove_file(&log);
    let connections = (rps * TURN_MS / 1_000).max(1);
    let requests = u64::from(connections) * seconds * 1_000 / u64::from(TURN_MS);
    let (starts, period) = if rps >= 1_000 { (rps / 1_000, 1) } else { (1, 1_000 / rps) };
    let words = format!(
        "--h1 -t1 -c{connections} -n{requests} --rps={} -r{starts} --rate-period={period}ms --log-file={} http://{to}{path}",
        f64::from(rps) / f64::from(connections),
        log.display(),
    );
    let args = words.split(' ').map(str::to_owned).collect();
    let launch = Launch { program, args, cores: lab.cores.load.as_deref() };
    launch.finish(seconds * 2 + 20)?;
    read_log(&log)
}

/// One line a request: start in µs since the epoch, status, µs to its end.
fn read_log(log: &Path) -> Result<Told> {
    let text = fs::read_to_string(log).context("h2load wrote no log")?;
    let rows: Vec<(u64, i32, u64)> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split('\t');
            Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
        })
        .collect();
    let first = rows.iter().map(|row| row.0).min().context("h2load's log is empty")? + SETTLING_US;
    let last = rows.iter().map(|row| row.0).max().unwrap_or(first);
    let mut times: Vec<u64> =
        rows.iter().filter(|row| row.0 >= first && row.1 == 200).map(|row| row.2).collect();
    times.sort_unstable();
    let errors = rows.iter().filter(|row| row.0 >= first && row.1 != 200).count();
    Ok(Told {
        requests: times.len() as u64,
        sent: Some(rows.len() as u64),
        micros: last.saturating_sub(first),
        p50: percentile(&times, 0.5),
        p99: percentile(&times, 0.99),
        p999: percentile(&times, 0.999),
        errors: errors as u64,
    })
}

/// Of values in ascending order; no number where there are none.
pub fn percentile(sorted: &[u64], share: f64) -> f64 {
    let rank = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).map_or(f64::NAN, |value| *value as f64)
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn a_percentile_is_the_least_value_that_covers_its_share() {
        let values: Vec<u64> = (1..=1_000).collect();
        assert_eq!([0.5, 0.99, 0.999].map(|share| percentile(&values, share)), [500.0, 990.0, 999.0]);
    }
}
