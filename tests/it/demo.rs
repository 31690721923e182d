//! The demo finds what was seeded, tells the cause of each in words, and raises no false alarm.

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc, time::Duration};

use readshift::{
    admin::report::{Paint, Report},
    app::{App, Stopped},
    config::{Config, Sources},
    demo::{
        backend,
        caller::Caller,
        config::yaml,
        defects::{DEFECTS, Defect, EVERY_ROUTE, Sign},
        flavour::Flavour,
        mix::Ask,
        store::{Settings, Store},
        traffic::{self, Tally},
    },
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    task::{JoinSet, spawn_blocking},
    time::{sleep, timeout},
};

use crate::lab::within;

const SEED: u64 = 7;
const RATE: u32 = 400;
/// An error that stays is one after the last delay of the demo's rechecks, five seconds; the rest is for a busy
/// machine.
const LONGEST: Duration = Duration::from_secs(60);
/// The traffic's connections: a request under way when it stops may be given up.
const CONNECTIONS: u64 = 16;

/// The demo as the command runs it, but for its output; until all is found that was seeded.
async fn demo() -> (Tally, Stopped) {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let (old, new) = (TcpListener::bind(any).await.unwrap(), TcpListener::bind(any).await.unwrap());
    let text = yaml(any, any, any, old.local_addr().unwrap(), new.local_addr().unwrap());
    let store = Arc::new(Store::new(Settings::of_the_demo(SEED)));
    let mut backends = JoinSet::new();
    for (listener, flavour) in [(old, Flavour::Old), (new, Flavour::New)] {
        backends.spawn(backend::serve(listener, flavour, store.clone(), std::future::pending()));
    }
    let loaded = Config::load(&Sources { file: Some(("demo.yaml".to_owned(), text)), ..Sources::default() });
    let app = App::start(&loaded.unwrap(), Box::new(|| 0)).unwrap();
    let tally = traffic::run(app.proxy, RATE, SEED, all_found(&app)).await;
    let stopping = spawn_blocking(move || app.stop(Duration::from_secs(5), || false));
    (tally, within("readshift stops", stopping).await.unwrap())
}

/// Asks for the report as a user does. What is missing in the end, the test tells with the report beside it.
async fn all_found(app: &App) {
    let mut caller = Caller::of(app.admin);
    let looking = async {
        loop {
            let (_, body) = caller.ask(&Ask::get("/api/v1/report")).await.unwrap();
            let report: Value = serde_json::from_slice(&body).unwrap();
            if DEFECTS.iter().all(|defect| is_found(defect, &report)) {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    let _ = timeout(LONGEST, looking).await;
}

/// The cause that the report has to name, its words, and the class. None of what shows in no body.
fn cause_of(defect: &Defect) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match defect.name {
        "rounded-totals" => ("rounded", "rounded to 0 decimals", "persistent"),
        "missing-emails" => ("lost", "missing", "persistent"),
        "shifted-times" => ("time_shift", "1 h later: a time zone", "persistent"),
        "lagging-writes" => ("lag", "lag: new caught up within ", "transient"),
        "ids-as-noise" => ("noise", "old differs from itself at /quote_id", "noise"),
        _ => return None,
    })
}

fn is_found(defect: &Defect, report: &Value) -> bool {
    let of = |route: &&Value| defect.route == EVERY_ROUTE || route["id"] == defect.route;
    list(&report["routes"]).iter().filter(of).any(|route| match defect.sign {
        Sign::Body(at) | Sign::BodyForAWhile(at) | Sign::Noise(at) => {
            list(&route["signatures"]).iter().any(|shape| is_explained(defect, shape, at))
        }
        Sign::Status(status) => failed(route, status),
        Sign::Slower => is_slower(route),
    })
}

fn is_explained(defect: &Defect, shape: &Value, at: &str) -> bool {
    let (cause, words, class) = cause_of(defect).expect("a cause for what shows in a body");
    let told = list(&shape["explanations"]).iter().any(|told| {
        let here = told["place"] == at || told["place"] == "reply";
        // What stays is a bug, and what is noise has a rule.
        let advised = match defect.sign {
            Sign::Body(_) => told["bug"].is_string(),
            Sign::Noise(_) => told["rule"] == format!("format: {{ {at}: uuid }}"),
            _ => true,
        };
        here && advised && told["cause"] == cause && told["says"].as_str().unwrap().contains(words)
    });
    told && shape["class"] == class && places(shape).contains(at)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Every place that an example of this shape shows, with array places as `*`.
fn places(shape: &Value) -> BTreeSet<String> {
    let differences = list(&shape["samples"]).iter().flat_map(|sample| list(&sample["differences"]));
    let collapsed = |place: &str| {
        let step = |step: &str| if step.parse::<usize>().is_ok() { "*".to_owned() } else { step.to_owned() };
        place.split('/').map(step).collect::<Vec<_>>().join("/")
    };
    differences.map(|difference| collapsed(difference["place"].as_str().unwrap())).collect()
}

fn failed(route: &Value, status: u16) -> bool {
    list(&route["statuses"]).iter().any(|row| row["old"] == 200 && row["new"] == status)
}

fn is_slower(route: &Value) -> bool {
    let p50 = |side: &str| route["latency"][side]["p50_us"].as_u64().unwrap_or_default();
    let warned = p50("new") > p50("old") + 200_000;
    warned && route["latency"]["new"]["count"].as_u64() >= Some(10)
}

#[tokio::test]
async fn every_seeded_defect_is_found_classed_and_explained_and_nothing_else_is_told() {
    let (tally, stopped) = demo().await;
    let report = Report::build(&stopped.facts);
    let told = report.to_text(100, Paint::Plain);
    let json: Value = serde_json::from_str(&report.to_json()).unwrap();

    assert!(tally.errors <= CONNECTIONS, "{tally:?}");
    assert!(
        tally.by_status.keys().all(|status| [200, 404].contains(status)),
        "a shadow byte got out: {tally:?}"
    );
    let received = json["total"]["received"].as_u64().unwrap();
    assert!((tally.sent - tally.errors..=tally.sent).contains(&received), "{received} of {tally:?}");
    assert!(json["total"]["adds_up"] == true && json["total"]["in_flight"] == 0, "{told}");

    for defect in DEFECTS {
        assert!(
            is_found(defect, &json),
            "{} was not found, classed and explained at {}:\n{told}",
            defect.name,
            defect.route
        );
    }
    // In the words that a user reads, whatever the width broke.
    let words = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for sentence in [
        "this is a bug: /total is rounded to 0 decimals (",
        "this is a bug: /email is missing (",
        "this is a bug: /orders/*/placed_at is 1 h later: a time zone (",
        "why: lag: new caught up within ",
        "why: noise: old differs from itself at /quote_id as well, and new keeps to the kind of its values in ",
        "a rule that forgives it: format: { /quote_id: uuid }",
        "! route daily-report: new takes ",
    ] {
        assert!(words.contains(sentence), "{sentence}\n{told}");
    }
    for route in list(&json["routes"]) {
        let seeded = |place: &str| {
            let here = |sign| matches!(sign, Sign::Body(at) | Sign::BodyForAWhile(at) | Sign::Noise(at) if at == place);
            place == "status" || DEFECTS.iter().any(|defect| route["id"] == defect.route && here(defect.sign))
        };
        let shown: BTreeSet<_> = list(&route["signatures"]).iter().flat_map(places).collect();
        let alarms: Vec<_> = shown.into_iter().filter(|place| !seeded(place)).collect();
        assert!(alarms.is_empty(), "{}: {alarms:?} were never seeded:\n{told}", route["id"]);
    }
}
