//! Traffic at a steady rate over a few keep-alive connections.
//!
//! Requests are due at fixed moments, whether or not earlier ones were answered, as long as a
//! connection is free: a slow proxy does not get an easier life. It survives what it calls going away
//! and coming back, never spins, and stops when told to.

use std::{
    collections::BTreeMap,
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::watch,
    task::JoinSet,
    time::{sleep, sleep_until},
};

use super::{
    caller::Caller,
    dice::{Dice, scramble},
    mix::{Ask, Mix},
};
use crate::clock;

const CONNECTIONS: u64 = 16;
/// What is later than this is left out, so that a stall is not followed by a flood.
const MAX_LATE: Duration = Duration::from_millis(250);
/// Where nobody answers, each connection tries again after so long, then twice as long, up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(1);
/// How long a request under way may still take at the stop.
const GRACE: Duration = Duration::from_millis(500);

/// What became of the requests: `sent` is the sum of `errors` and of all that `by_status` counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub sent: u64,
    /// Answered in whole, with a status below 400.
    pub ok: u64,
    /// Not answered, or not to the end.
    pub errors: u64,
    pub by_status: BTreeMap<u16, u64>,
}

/// Sends `rate` requests a second until `stop` ends.
pub async fn run(target: SocketAddr, rate: u32, seed: u64, stop: impl Future<Output = ()>) -> Tally {
    let (stopping, stopped) = watch::channel(false);
    let schedule = Arc::new(Schedule::new(clock::now(), rate));
    let mix = Arc::new(Mix::of_the_demo());
    let mut workers = JoinSet::new();
    for n in 0..CONNECTIONS {
        let worker = Worker {
            caller: Caller::of(target),
            schedule: schedule.clone(),
            mix: mix.clone(),
            dice: Dice::new(scramble(seed.wrapping_add(n))),
            stopped: stopped.clone(),
            tally: Tally::default(),
        };
        workers.spawn(worker.work());
    }
    stop.await;
    let _ = stopping.send(true);
    let mut whole = Tally::default();
    while let Some(done) = workers.join_next().await {
        whole.add(&done.unwrap_or_default());
    }
    whole
}

impl Tally {
    /// `None`: no reply, or not to its end.
    fn count(&mut self, status: Option<u16>) {
        self.sent += 1;
        match status {
            Some(status) => {
                self.ok += u64::from(status < 400);
                *self.by_status.entry(status).or_default() += 1;
            }
            None => self.errors += 1,
        }
    }

    fn add(&mut self, other: &Tally) {
        self.sent += other.sent;
        self.ok += other.ok;
        self.errors += other.errors;
        for (status, count) in &other.by_status {
            *self.by_status.entry(*status).or_default() += count;
        }
    }
}

/// When requests are due. All connections take their places from it in turn.
#[derive(Debug)]
struct Schedule {
    start: Instant,
    rate: f64,
    next: AtomicU64,
}

impl Schedule {
    fn new(start: Instant, rate: u32) -> Schedule {
        Schedule { start, rate: f64::from(rate.max(1)), next: AtomicU64::new(0) }
    }

    /// The moment of the next place, which is then taken.
    fn take(&self, now: Instant) -> Instant {
        let missed = now.saturating_duration_since(self.start).saturating_sub(MAX_LATE);
        self.next.fetch_max((missed.as_secs_f64() * self.rate) as u64, Ordering::Relaxed);
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        self.start + Duration::from_secs_f64(place as f64 / self.rate)
    }
}

/// How one request ended.
enum Ending {
    Answered,
    Failed,
    /// The stop came first, and the reply not soon enough after it.
    Stopped,
}

/// One connection and its share of the requests.
struct Worker {
    caller: Caller,
    schedule: Arc<Schedule>,
    mix: Arc<Mix>,
    dice: Dice,
    stopped: watch::Receiver<bool>,
    tally: Tally,
}

impl Worker {
    async fn work(mut self) -> Tally {
        let mut follows: Option<Ask> = None;
        let mut pause = FIRST_PAUSE;
        while !*self.stopped.borrow() {
            let due = self.schedule.take(clock::now());
            let ask = match follows.take() {
                // Uses up a place, for the rate's sake, but does not wait for it.
                Some(ask) => ask,
                None => {
                    if self.stops_before(sleep_until(due.into())).await {
                        break;
                    }
                    self.mix.next(&mut self.dice)
                }
            };
            match self.exchange(&ask).await {
                Ending::Answered => {
                    pause = FIRST_PAUSE;
                    follows = ask.then.map(Ask::get);
                }
                Ending::Failed => {
                    if self.stops_before(sleep(pause)).await {
                        break;
                    }
                    pause = (pause * 2).min(LAST_PAUSE);
                }
                Ending::Stopped => break,
            }
        }
        self.tally
    }

    async fn exchange(&mut self, ask: &Ask) -> Ending {
        let stopped = &mut self.stopped;
        let overdue = async {
            let _ = stopped.wait_for(|stopped| *stopped).await;
            sleep(GRACE).await;
        };
        let (status, ending) = tokio::select! {
            replied = self.caller.ask(ask) => match replied {
                Ok((status, _)) => (Some(status), Ending::Answered),
                Err(_) => (None, Ending::Failed),
            },
            () = overdue => (None, Ending::Stopped),
        };
        self.tally.count(status);
        ending
    }

    async fn stops_before(&mut self, wait: impl Future<Output = ()>) -> bool {
        tokio::select! {
            biased;
            _ = self.stopped.wait_for(|stopped| *stopped) => true,
            () = wait => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, future::pending, io};

    use http::{Request, Response};
    use http_body_util::Empty;
    use hyper::{body::Bytes, server::conn::http1, service::service_fn};
    use hyper_util::rt::TokioIo;
    use tokio::{net::TcpListener, sync::mpsc};

    use super::*;
    use crate::demo::{
        backend::serve,
        flavour::Flavour,
        store::{Settings, Store},
    };

    const SEED: u64 = 1;
    const RATE: u32 = 2_000;

    /// Answers everything, and tells of each request.
    async fn answers(listener: TcpListener, told: mpsc::Sender<String>) -> io::Result<()> {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await?;
            let told = told.clone();
            let service = service_fn(move |request: Request<hyper::body::Incoming>| {
                let told = told.clone();
                async move {
                    let _ = told.send(format!("{} {}", request.method(), request.uri())).await;
                    Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
                }
            });
            connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    }

    async fn count(seen: &mut mpsc::Receiver<String>, end: usize) {
        for _ in 0..end {
            seen.recv().await.unwrap();
        }
    }

    #[tokio::test]
    async fn every_request_is_in_the_tally() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap();
        let (told, mut seen) = mpsc::channel(1_000);
        let _server = JoinSet::from_iter([answers(listener, told)]);

        let tally = run(target, RATE, SEED, count(&mut seen, 200)).await;

        assert!(tally.sent >= 200 && tally.sent < 300, "{tally:?}");
        assert_eq!((tally.ok, tally.errors), (tally.sent, 0));
        assert_eq!(tally.by_status, BTreeMap::from([(200, tally.sent)]));
    }

    #[tokio::test]
    async fn the_shop_knows_every_request_of_the_mix() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap();
        let store = Arc::new(Store::new(Settings::of_the_demo(SEED)));
        let _server = JoinSet::from_iter([serve(listener, Flavour::Old, store, pending())]);

        let tally = run(target, RATE, SEED, async {
            let mut caller = Caller::of(target);
            for _ in 0..60 {
                caller.ask(&Ask::get("/health")).await.unwrap();
            }
        })
        .await;

        assert!(tally.ok > 20 && tally.errors == 0, "{tally:?}");
        assert!(tally.by_status.keys().all(|status| [200, 404].contains(status)), "{tally:?}");
    }

    #[tokio::test]
    async fn a_target_that_goes_away_and_comes_back_gets_its_traffic_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap();
        let (told, mut seen) = mpsc::channel(1_000);
        let mut server = JoinSet::from_iter([answers(listener, told.clone())]);

        let tally = run(target, RATE, SEED, async {
            count(&mut seen, 50).await;
            server.shutdown().await;
            while seen.try_recv().is_ok() {}
            let listener = TcpListener::bind(target).await.unwrap();
            server.spawn(answers(listener, told));
            count(&mut seen, 50).await;
        })
        .await;

        assert!(tally.ok >= 100, "{tally:?}");
        assert_eq!(tally.sent, tally.errors + tally.by_status.values().sum::<u64>());
    }

    #[tokio::test]
    async fn a_target_that_hangs_up_is_counted_and_not_flooded() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap();

        let tally = run(target, RATE, SEED, async {
            for _ in 0..CONNECTIONS * 2 {
                drop(listener.accept().await.unwrap());
            }
            drop(listener);
        })
        .await;

        assert!(tally.errors >= CONNECTIONS && tally.errors <= CONNECTIONS * 4, "{tally:?}");
        assert_eq!((tally.ok, tally.sent), (0, tally.errors));
    }

    #[tokio::test]
    async fn a_target_that_never_answers_does_not_hold_up_the_stop() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = listener.local_addr().unwrap();
        let mut held = Vec::new();
        let start = clock::now();

        let tally = run(target, RATE, SEED, async {
            for _ in 0..CONNECTIONS {
                held.push(listener.accept().await.unwrap());
            }
        })
        .await;

        assert_eq!((tally.ok, tally.errors), (0, CONNECTIONS));
        assert!(clock::now() - start < GRACE * 4);
    }

    #[test]
    fn places_lie_evenly_and_what_was_missed_is_left_out() {
        let start = clock::now();
        let schedule = Schedule::new(start, 100);
        let ms = Duration::from_millis;
        assert_eq!([schedule.take(start), schedule.take(start)], [start, start + ms(10)]);
        let stalled = start + ms(10_000);
        assert_eq!(schedule.take(stalled), stalled - MAX_LATE);
        assert_eq!(schedule.take(stalled), stalled - MAX_LATE + ms(10));
    }
}
