//! How soon a revert holds, seen from outside: 32 callers that never stop, a person who reverts again and again, and
//! for each request who answered it. A request that left after the acknowledgement and was served by new breaks the
//! promise, however soon its reply came.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::bodies::{Size, records};
use crate::cli::{Flags, Revert};
use crate::clock;
use crate::contender::{Contender, READSHIFT_READY, Wiring, readshift_live};
use crate::generator::BUSY_CONNECTIONS;
use crate::http;
use crate::lab::{Lab, free_ports};
use crate::process::{Launch, Running};
use crate::trial::answers;

/// The longest an acknowledgement may take, at the 99th percentile.
pub const LONGEST_US: u64 = 5_000;
/// Between a revert and the way back, and the other way round: time for a few hundred requests.
const BETWEEN_MS: u64 = 15;

/// Times in microseconds, in ascending order.
#[derive(Debug, Default)]
pub struct Reverted {
    pub idle: Vec<u64>,
    pub busy: Vec<u64>,
    pub acknowledged: Vec<u64>,
    /// Requests that left between an acknowledgement and the next advance, and those of them that new served.
    pub after: u64,
    pub late: u64,
    pub requests: u64,
    pub by_new: u64,
    pub failed: u64,
}

impl Reverted {
    pub fn in_time(&self) -> bool {
        crate::generator::percentile(&self.acknowledged, 0.99) < LONGEST_US as f64
    }

    pub fn holds(&self) -> bool {
        self.in_time() && self.late == 0 && self.failed == 0 && self.after > 0 && self.by_new > 0
    }
}

/// When a request left at the earliest and was answered, in microseconds since the start, and whether new answered it.
type Seen = (u64, u64, bool);

struct Callers {
    start: Instant,
    stop: Arc<AtomicBool>,
    by_new: Arc<AtomicU64>,
    threads: Vec<thread::JoinHandle<(Vec<Seen>, u64)>>,
}

/// From an acknowledgement to the moment the next advance was asked for.
struct Calm {
    from: u64,
    to: u64,
}

pub fn run(lab: &Lab, wanted: &Revert, flags: &Flags) -> Result<Reverted> {
    let rounds = if flags.quick { 5 } else { wanted.rounds };
    let [proxy, status, admin, _] = free_ports()?;
    let wiring = Wiring { proxy, status, admin, old: lab.old.at, new: lab.differs.at, folder: &lab.folder };
    let mut running = start(lab, &wiring)?;
    let mut told = Reverted { idle: livez(status, rounds)?, ..Reverted::default() };

    let callers = Callers::start(proxy);
    let mut person = http::connect(admin)?;
    let mut calms = Vec::new();
    for round in 1..=rounds {
        if round % 50 == 0 {
            eprintln!("revert {round}/{rounds}");
        }
        let before = callers.by_new.load(Ordering::Relaxed);
        order(&mut person, "advance", r#"{"why":"load","override":true,"actor":"load"}"#)?;
        // Only a revert from where new really serves shows anything.
        for _ in 0..400 {
            if callers.by_new.load(Ordering::Relaxed) > before {
                break;
            }
            clock::pause(5);
        }
        ensure!(callers.by_new.load(Ordering::Relaxed) > before, "new never served after an advance");
        clock::pause(BETWEEN_MS);
        let called = callers.now();
        order(&mut person, "revert", r#"{"why":"load","actor":"load"}"#)?;
        let from = callers.now();
        told.acknowledged.push(from.saturating_sub(called));
        clock::pause(BETWEEN_MS);
        told.busy.extend(livez(status, 1)?);
        calms.push(Calm { from, to: callers.now() });
        order(&mut person, "resume", r#"{"why":"load","actor":"load"}"#)?;
    }
    ensure!(!running.has_ended(), "readshift ended under load: {}", running.last_words());
    callers.finish(&calms, &mut told)?;
    [&mut told.idle, &mut told.busy, &mut told.acknowledged]
        .into_iter()
        .for_each(|times| times.sort_unstable());
    Ok(told)
}

fn start(lab: &Lab, wiring: &Wiring) -> Result<Running> {
    let program = Contender::ReadshiftShadow.program(&lab.tools)?;
    let config = lab.folder.join("revert.yaml");
    std::fs::write(&config, readshift_live(wiring))?;
    let args = vec!["run".to_owned(), config.display().to_string()];
    let launch = Launch { program: &program, args, cores: lab.cores.proxy.as_deref() };
    let mut running = launch.start(&lab.folder, "revert")?;
    let (proxy, status) = (wiring.proxy, wiring.status);
    running.until("readshift", || {
        answers(status, READSHIFT_READY, 0) && answers(proxy, &Size::USUAL.path(), Size::USUAL.0)
    })?;
    Ok(running)
}

fn order(person: &mut std::net::TcpStream, what: &str, json: &str) -> Result<()> {
    let reply = http::post(person, &format!("/api/v1/rollouts/r/{what}"), json)?;
    let said = String::from_utf8_lossy(&reply.body).into_owned();
    ensure!(reply.status == 200, "{what} was answered {}: {said}", reply.status);
    Ok(())
}

fn livez(status: SocketAddr, times: u32) -> Result<Vec<u64>> {
    let mut stream = http::connect(status)?;
    (0..times)
        .map(|_| {
            let began = clock::now();
            let reply = http::ask(&mut stream, "/livez")?;
            ensure!(reply.status == 200, "/livez was answered {}", reply.status);
            Ok(micros_since(began))
        })
        .collect()
}

fn micros_since(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX)
}

impl Callers {
    fn start(proxy: SocketAddr) -> Callers {
        let (start, stop) = (clock::now(), Arc::new(AtomicBool::new(false)));
        let by_new = Arc::new(AtomicU64::new(0));
        let old = Arc::new(records(Size::USUAL.0).into_bytes());
        let threads = (0..BUSY_CONNECTIONS)
            .map(|_| {
                let (stop, by_new, old) = (stop.clone(), by_new.clone(), old.clone());
                thread::spawn(move || call(proxy, start, &stop, &by_new, &old))
            })
            .collect();
        Callers { start, stop, by_new, threads }
    }

    fn now(&self) -> u64 {
        micros_since(self.start)
    }

    fn finish(self, calms: &[Calm], told: &mut Reverted) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            let (seen, failed) = thread.join().ok().context("a caller broke off")?;
            told.failed += failed;
            told.requests += seen.len() as u64;
            for (left, answered, by_new) in seen {
                // One that is answered later may have left later than it says, after the next advance.
                let calm = calms.iter().any(|calm| calm.from <= left && answered <= calm.to);
                told.by_new += u64::from(by_new);
                told.after += u64::from(calm);
                told.late += u64::from(calm && by_new);
            }
        }
        Ok(())
    }
}

/// Asks without a pause until told to stop; a failed request is counted, and its connection is made anew.
fn call(
    proxy: SocketAddr,
    start: Instant,
    stop: &AtomicBool,
    by_new: &AtomicU64,
    old: &[u8],
) -> (Vec<Seen>, u64) {
    let (mut seen, mut failed, mut stream) = (Vec::new(), 0, None);
    while !stop.load(Ordering::Relaxed) {
        let Some(open) = stream.as_mut() else {
            stream = http::connect(proxy).ok();
            failed += u64::from(stream.is_none());
            continue;
        };
        let left = micros_since(start);
        match http::ask(open, &Size::USUAL.path()) {
            Ok(reply) if reply.status == 200 => {
                let from_new = reply.body != old;
                by_new.fetch_add(u64::from(from_new), Ordering::Relaxed);
                seen.push((left, micros_since(start), from_new));
            }
            Ok(_) | Err(_) => {
                failed += 1;
                stream = None;
            }
        }
    }
    (seen, failed)
}
