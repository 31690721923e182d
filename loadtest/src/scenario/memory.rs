//! Resident memory: just started, with 5,000 idle connections, and under 1 MiB bodies at saturation.

use std::fs;
use std::net::TcpStream;

use anyhow::{Result, ensure};

use crate::bodies::Size;
use crate::cli::Flags;
use crate::clock;
use crate::contender::Contender;
use crate::generator::Load;
use crate::http;
use crate::lab::Lab;
use crate::run::{Outcome, Run};
use crate::trial::{New, Standing, Trial, label, measure};
use crate::usage;

pub const IDLE: &str = "idle";
pub const CONNECTED: &str = "5,000 idle connections";
pub const LARGE: &str = "1 MiB at saturation";

const CONNECTIONS: usize = 5_000;

pub fn run(lab: &Lab, flags: &Flags, outcome: &mut Outcome) {
    for contender in Contender::PEERS {
        if contender == Contender::None || !flags.wants(contender) {
            continue;
        }
        for case in if flags.quick { vec![IDLE] } else { vec![IDLE, CONNECTED, LARGE] } {
            outcome.ask("memory", case, contender.name());
        }
        if let Err(missing) = contender.program(&lab.tools) {
            outcome.skip(missing.to_string());
            continue;
        }
        eprintln!("memory: {}", contender.name());
        // Memory repeats well: once is enough, and 5,000 connections a time are dear.
        match one(lab, contender, flags) {
            Ok(runs) => outcome.runs.extend(runs),
            Err(error) => outcome.skip(format!("memory of {}: {error:#}", contender.name())),
        }
    }
}

fn one(lab: &Lab, contender: Contender, flags: &Flags) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    let mut standing = Standing::up(lab, contender, New::Healthy, Size::SMALL)?;
    clock::pause(500);
    runs.push(resident(contender, IDLE, standing.pid));

    // A smoke run must not depend on the limit of open files of a CI machine.
    if !flags.quick {
        let held = connect(&standing)?;
        clock::pause(1_000);
        standing.check_alive(contender.name())?;
        runs.push(resident(contender, CONNECTED, standing.pid));
        drop(held);
        drop(standing);
        let trial = Trial {
            scenario: "memory",
            contender,
            new: New::Healthy,
            size: Size::LARGE,
            load: Load::Saturated,
        };
        runs.push(Run { case: LARGE.to_owned(), ..measure(lab, &trial, flags.seconds(), 1)? });
    }
    Ok(runs)
}

/// Each connection has had one answer: a silent one that never asked would not have cost what a caller's costs.
fn connect(standing: &Standing) -> Result<Vec<TcpStream>> {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap_or_default();
    let most: usize =
        files.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(usize::MAX);
    // The proxy needs a descriptor for each of ours and, at worst, one for each upstream connection.
    ensure!(most >= 2 * CONNECTIONS + 100, "only {most} open files allowed: ulimit -n 20000");
    (0..CONNECTIONS)
        .map(|_| {
            let mut stream = http::connect(standing.at)?;
            let reply = http::ask(&mut stream, &Size::SMALL.path())?;
            ensure!(reply.status == 200, "answered {} to an idle connection", reply.status);
            Ok(stream)
        })
        .collect()
}

fn resident(contender: Contender, case: &str, pid: u32) -> Run {
    let used = usage::of(pid);
    Run {
        scenario: "memory",
        case: case.to_owned(),
        who: label(contender, New::Healthy),
        rep: 1,
        rss_mib: Some(used.rss_kib as f64 / 1_024.0),
        peak_mib: Some(used.peak_kib as f64 / 1_024.0),
        ..Run::default()
    }
}
