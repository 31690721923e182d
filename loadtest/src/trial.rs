//! One trial: stand a contender up, warm it, load it, read what it used, take it down. Nothing here knows which
//! scenario asked.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};

use crate::bodies::Size;
use crate::cli::Fault;
use crate::clock;
use crate::contender::{Contender, READSHIFT_READY, Wiring};
use crate::generator::{Load, saturate};
use crate::http;
use crate::lab::{Lab, free_ports};
use crate::process::{Launch, Running};
use crate::run::Run;
use crate::usage;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum New {
    Healthy,
    Differs,
    Faulty(Fault),
}

#[derive(Debug, Clone, Copy)]
pub struct Trial {
    pub scenario: &'static str,
    pub contender: Contender,
    pub new: New,
    pub size: Size,
    pub load: Load,
}

/// The name under which a contender with this new side stands in tables and targets.
pub fn label(contender: Contender, new: New) -> String {
    match new {
        New::Healthy => contender.name().to_owned(),
        New::Differs => format!("{}, every reply differs", contender.name()),
        New::Faulty(fault) => format!("{}, new {}", contender.name(), fault.name()),
    }
}

/// A contender that answers. Ends, with its faulty new side, when dropped.
pub struct Standing {
    proxy: Option<Running>,
    _faulty: Option<Running>,
    pub at: SocketAddr,
    pub pid: u32,
}

impl Standing {
    pub fn up(lab: &Lab, contender: Contender, new: New, size: Size) -> Result<Standing> {
        let program = contender.program(&lab.tools)?;
        if contender == Contender::None {
            return Ok(Standing { proxy: None, _faulty: None, at: lab.old.at, pid: lab.old.pid() });
        }
        let [proxy, status, admin, broken] = free_ports()?;
        let (new, faulty) = match new {
            New::Healthy => (lab.new.at, None),
            New::Differs => (lab.differs.at, None),
            New::Faulty(Fault::Dead) => (broken, None),
            New::Faulty(fault) => (broken, Some(misbehave(lab, fault, broken, size)?)),
        };
        let wiring = Wiring { proxy, status, admin, old: lab.old.at, new, folder: &lab.folder };
        let args = contender.configure(&wiring)?;
        let launch = Launch { program: &program, args, cores: lab.cores.proxy.as_deref() };
        let mut running = launch.start(&lab.folder, "proxy")?;
        running.until(contender.name(), || {
            (!contender.is_readshift() || answers(status, READSHIFT_READY, 0))
                && answers(proxy, &size.path(), size.0)
        })?;
        let pid = running.pid();
        Ok(Standing { proxy: Some(running), _faulty: faulty, at: proxy, pid })
    }

    pub fn check_alive(&mut self, name: &str) -> Result<()> {
        if let Some(proxy) = &mut self.proxy {
            ensure!(!proxy.has_ended(), "{name} ended under load: {}", proxy.last_words());
        }
        Ok(())
    }
}

pub fn answers(at: SocketAddr, path: &str, length: usize) -> bool {
    http::get(at, path).is_ok_and(|reply| reply.status == 200 && reply.body.len() >= length)
}

fn misbehave(lab: &Lab, fault: Fault, at: SocketAddr, size: Size) -> Result<Running> {
    let body = lab.body_file(size).display().to_string();
    let at = at.to_string();
    let args = ["backend", "--fault", fault.name(), "--listen", &at, "--body", &body].map(str::to_owned);
    let launch = Launch { program: &lab.tools.own, args: args.to_vec(), cores: lab.cores.load.as_deref() };
    let running = launch.start(&lab.folder, "faulty")?;
    clock::pause(100);
    Ok(running)
}

pub fn measure(lab: &Lab, trial: &Trial, seconds: u64, rep: u32) -> Result<Run> {
    let who = label(trial.contender, trial.new);
    let path = trial.size.path();
    let mut standing = Standing::up(lab, trial.contender, trial.new, trial.size)?;
    // Fills connection pools, caches and allocator arenas; not measured.
    saturate(lab, standing.at, &path, 1)?;
    let receiver = match trial.new {
        New::Healthy if trial.contender.mirrors() => Some(&lab.new),
        New::Differs if trial.contender.mirrors() => Some(&lab.differs),
        _ => None,
    };
    clock::pause(200);
    usage::forget_peak(standing.pid);
    let received = receiver.map(|backend| backend.count()).transpose()?;
    let before = usage::of(standing.pid);

    let told = trial.load.run(lab, standing.at, &path, seconds)?;

    // Shadows and comparisons still under way belong to the requests that caused them.
    clock::pause(300);
    let after = usage::of(standing.pid);
    standing.check_alive(&who)?;
    let received = match (receiver, received) {
        (Some(backend), Some(before)) => Some(backend.count()?.saturating_sub(before + 1)),
        _ => None,
    };
    let sent = match trial.load {
        Load::Saturated | Load::Distinct => told.requests,
        // The log leaves the first moments out; the process's CPU does not.
        Load::Rate(_) => told.sent.context("h2load told no number of requests")?,
    };
    let cpu_us = after.cpu_ns.saturating_sub(before.cpu_ns) as f64 / 1_000.0;
    let lasted_us = match trial.load {
        Load::Saturated | Load::Distinct => told.micros as f64,
        Load::Rate(_) => seconds as f64 * 1e6,
    };
    // Silence has no latency to report; no answer within the run is one of at least that length.
    let at_least = |micros: f64| Some(if told.requests > 0 { micros / 1e3 } else { seconds as f64 * 1e3 });
    let mib = |kib: u64| kib as f64 / 1_024.0;
    Ok(Run {
        scenario: trial.scenario,
        case: trial.size.name(),
        who,
        rep,
        requests_per_s: Some(told.requests as f64 * 1e6 / told.micros as f64),
        asked_per_s: match trial.load {
            Load::Saturated | Load::Distinct => None,
            Load::Rate(rps) => Some(f64::from(rps)),
        },
        p50_ms: at_least(told.p50),
        p99_ms: at_least(told.p99),
        p999_ms: at_least(told.p999),
        errors: Some(told.errors),
        cpu_us: (sent > 0).then(|| cpu_us / sent as f64),
        busy: Some(cpu_us / lasted_us),
        waited: Some(after.waited_ns.saturating_sub(before.waited_ns) as f64 / 1_000.0 / lasted_us),
        mirrored: received.filter(|_| sent > 0).map(|count| count as f64 / sent as f64),
        rss_mib: Some(mib(after.rss_kib)),
        peak_mib: Some(mib(after.peak_kib)),
        growth_mib: Some(mib(after.peak_kib.saturating_sub(before.rss_kib))),
    })
}
