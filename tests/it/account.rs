//! Promise 4: every request is in the books once, at every moment and to the end, whatever happens.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use readshift::domain::{account::Account, outcome::Outcome, splitmix::SplitMix};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::{JoinHandle, JoinSet, spawn_blocking},
};

use crate::{
    command_line::program,
    lab::{ANY, Backend, Lab, Step, until, within},
    scrape::Scrape,
};

const SETTINGS: &str = "
old: { first_byte_timeout: 150ms }
new: { timeout: 150ms, first_byte_timeout: 100ms }
limits: { body_stall: 300ms }
shadow:
  max_body: 32 KiB
  max_request_body: 1 KiB
  max_in_flight: 8
  memory: 1 MiB
  compare_queue: 2
  breaker: { failures: 3, backoff: 10ms, max_backoff: 30ms }
routes:
  - { id: sampled, match: { path: /f/3 }, sample: 50% }
  - { id: search, match: { method: POST, path: \"/search/{id}\" }, read: true }
  - { id: all, match: { path: \"/f/{id}\" } }
";

/// The same seed, the same day.
struct Dice(SplitMix);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.0.throw() % bound as u64).unwrap()
    }
}

const PATHS: usize = 24;

/// Each path has its own way to go right or wrong; so much of the day is fault.
fn has_a_day(backend: &Backend, dice: &mut Dice) {
    let send = |text: String| Step::Send(text.into_bytes());
    let sized = |body: &str| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    for path in 0..PATHS {
        let steps = match dice.below(12) {
            0 => vec![Step::Hang],
            1 => vec![Step::Close],
            2 => vec![Step::Reset],
            3 => vec![send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc".into()), Step::Reset],
            4 => vec![send("no HTTP at all\r\n\r\n".into()), Step::Close],
            5 => vec![send("HTTP/1.1 103 Early Hints\r\n\r\n".into()), send(sized("[1]"))],
            6 => vec![send(sized(&format!("[\"{}\"]", "x".repeat(60_000))))],
            7 => vec![send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into())],
            n => vec![send(sized(&format!("{{\"a\":{}}}", n % 2)))],
        };
        backend.does(&format!("/f/{path}"), steps);
    }
}

/// One request of some kind that the proxy has surely received when this ends; how many it was.
async fn asks(lab: &Lab, dice: &mut Dice, unique: String) -> u64 {
    let path = format!("/f/{}?{unique}", dice.below(PATHS));
    let search = format!("/search/{unique}");
    match dice.below(16) {
        0 => drop(lab.head(&path).await),
        1 => drop(lab.post(&path, "{}").await),
        2 => drop(lab.post(&search, "{}").await),
        3 => drop(lab.post(&search, &"x".repeat(2_000)).await),
        4 => {
            let chunked = "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
            drop(lab.send(format!("POST {search} HTTP/1.1\r\nHost: a\r\n{chunked}")).await);
        }
        5 => drop(lab.get("/elsewhere").await),
        6 => drop(lab.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n").await),
        7 => drop(
            lab.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"))
                .await,
        ),
        8 => {
            drop(lab.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\nX-Readshift-Opt-Out: 1\r\n\r\n")).await)
        }
        9 => drop(lab.h2().await.get(&path).await),
        10 => leaves(lab, format!("GET /f/held?/{unique} HTTP/1.1\r\nHost: a\r\n\r\n"), &unique).await,
        11 => {
            leaves(lab, format!("POST {search} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"), &unique)
                .await
        }
        12 => {
            drop(lab.send(format!("POST {search} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")).await)
        }
        13 => {
            let mut client = lab.raw().await;
            client.write("GET /ok HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2)).await;
            assert!(client.reply().await.is_whole() && client.reply().await.is_whole());
            return 2;
        }
        _ => drop(lab.get(&path).await),
    }
    1
}

/// Goes away as soon as old has heard of the request.
async fn leaves(lab: &Lab, request: String, unique: &str) {
    let mut client = lab.raw().await;
    client.write(request).await;
    let end = format!("/{unique}");
    until("old has heard of it", || heard_of(&lab.old, &end)).await;
    client.reset();
}

fn heard_of(backend: &Backend, end: &str) -> bool {
    backend.received().iter().any(|request| request.target().ends_with(end))
}

/// Looks at the books all the time until it is told to stop, and says how often it did.
fn audit(lab: &Arc<Lab>, done: &Arc<AtomicBool>) -> JoinHandle<(usize, usize)> {
    let (lab, done) = (lab.clone(), done.clone());
    spawn_blocking(move || {
        let mut before = Account::default();
        let (mut looks, mut scrapes) = (0, 0);
        while !done.load(Ordering::Relaxed) {
            for _ in 0..50 {
                let now = lab.app().account();
                never_goes_back(&before, &now);
                before = now;
                looks += 1;
            }
            if let Some((200, text)) = program::get(lab.app().status, "/metrics") {
                Scrape::read(&text).adds_up();
                scrapes += 1;
            }
        }
        (looks, scrapes)
    })
}

fn never_goes_back(before: &Account, now: &Account) {
    for (at, (route, counts)) in now.routes.iter().enumerate() {
        assert!(counts.adds_up(), "{route}: {counts:?}");
        let Some((_, earlier)) = before.routes.get(at) else { continue };
        assert!(counts.received >= earlier.received, "{route} received less than before");
        assert!(
            counts.rows().zip(earlier.rows()).all(|(now, before)| now.1 >= before.1),
            "{route}: {counts:?}"
        );
    }
}

async fn a_lab_on_a_bad_day(seed: u64) -> Arc<Lab> {
    let lab = Lab::with(SETTINGS).await;
    let mut dice = Dice(SplitMix::new(seed));
    has_a_day(&lab.old, &mut dice);
    has_a_day(&lab.new, &mut dice);
    lab.old.does("/f/held", [Step::Hang]);
    lab.old.does(ANY, [Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec())]);
    Arc::new(lab)
}

fn clients(lab: &Arc<Lab>, seed: u64, each: usize) -> JoinSet<u64> {
    let client = |n: u64| {
        let (lab, mut dice) = (lab.clone(), Dice(SplitMix::new(seed ^ (n << 32))));
        async move {
            let mut sent = 0;
            for request in 0..each {
                sent += asks(&lab, &mut dice, format!("{n}x{request}")).await;
            }
            sent
        }
    };
    (0..8).map(client).collect()
}

#[tokio::test]
async fn promise_4_the_books_balance_at_every_moment_of_a_bad_day() {
    for seed in [1, 2, 3] {
        let lab = a_lab_on_a_bad_day(seed).await;
        let done = Arc::new(AtomicBool::new(false));
        let auditor = audit(&lab, &done);
        let sent: u64 = clients(&lab, seed, 40).join_all().await.into_iter().sum();
        let settled = lab.settled().await;
        done.store(true, Ordering::Relaxed);
        let (looks, scrapes) = within("the auditor is done", auditor).await.unwrap();
        assert!(looks > 100 && scrapes > 2, "{looks} looks, {scrapes} scrapes");
        assert_eq!(settled.received(), sent, "seed {seed}");
        let kinds = settled.account.total().rows().filter(|(_, count)| *count > 0).count();
        assert!(kinds >= 12, "a tame day: {:?}", settled.rows("all"));
        until("nothing is held", || lab.app().facts().shadow.held_bytes == 0).await;

        let stopped = Arc::into_inner(lab).unwrap().stop(Duration::from_secs(5)).await;
        assert!(!stopped.cut_short);
        assert_eq!((stopped.account.total().in_flight, stopped.account.total().received), (0, sent));
    }
}

/// Until nobody takes connections any more; whatever else becomes of them is all right.
async fn keeps_asking(address: SocketAddr) {
    while let Ok(mut stream) = TcpStream::connect(address).await {
        let requests =
            "GET /f/2 HTTP/1.1\r\nHost: a\r\n\r\nGET /f/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let _ = stream.write_all(requests.as_bytes()).await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
}

#[tokio::test]
async fn promise_4_a_stop_in_the_middle_of_a_bad_day_loses_nothing() {
    let lab = Lab::with(SETTINGS).await;
    let (_old, _new) = (lab.old.holds("/f/1"), lab.new.holds("/f/2"));
    let address = lab.address();
    let clients: JoinSet<()> = (0..4).map(|_| keeps_asking(address)).collect();
    lab.old.gets(20).await;
    let stopped = lab.stop(Duration::from_millis(50)).await;
    let total = stopped.account.total();
    assert!(stopped.account.routes.iter().all(|(_, counts)| counts.adds_up() && counts.in_flight == 0));
    assert!(total.received >= 20);
    drop(clients);
}

#[tokio::test]
async fn promise_4_what_the_deadline_cuts_off_is_in_the_books() {
    let lab = Lab::with("routes: [{ id: all, match: { path: /** } }]\n").await;
    let (_old, _new) = (lab.old.holds("/old"), lab.new.holds("/new"));
    let mut waiting = Vec::new();
    for _ in 0..5 {
        let mut client = lab.raw().await;
        client.write("GET /old HTTP/1.1\r\nHost: a\r\n\r\n").await;
        waiting.push(client);
        assert!(lab.get("/new").await.is_whole());
        assert!(lab.get("/well").await.is_whole());
    }
    lab.old.gets(15).await;
    until("only what is held is under way", || lab.app().account().total().in_flight == 10).await;
    let stopped = lab.stop(Duration::ZERO).await;
    let total = stopped.account.total();
    assert!(stopped.cut_short);
    assert_eq!((total.received, total.in_flight, total.of(Outcome::Exact)), (15, 0, 5));
    assert_eq!(total.of(Outcome::Draining), 10, "the clients would have stayed: {total:?}");
    assert_eq!(total.of(Outcome::NewReset) + total.of(Outcome::NewTimeout), 0, "new is not charged");
}
