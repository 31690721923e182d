//! The demo finds what was seeded, names it, and raises no false alarm.

use std::{collections::BTreeSet, net::SocketAddr, sync::Arc, time::Duration};

use readshift::{
    admin::report::{Paint, Report},
    app::{App, Stopped},
    config::{Config, Sources},
    demo::{
        backend,
        config::yaml,
        defects::{DEFECTS, EVERY_ROUTE, Sign},
        flavour::Flavour,
        store::{Settings, Store},
        traffic::{self, Tally},
    },
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    task::{JoinSet, spawn_blocking},
    time::sleep,
};

use crate::lab::within;

const SEED: u64 = 7;
const RATE: u32 = 600;
/// Enough to see every defect several times.
const REQUESTS: u64 = 3_600;
/// The traffic's connections: a request under way when it stops may be given up.
const CONNECTIONS: u64 = 16;

/// The demo as the command runs it, but for its output.
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
    let tally = traffic::run(app.proxy, RATE, SEED, enough(&app)).await;
    let stopping = spawn_blocking(move || app.stop(Duration::from_secs(5), || false));
    (tally, within("readshift stops", stopping).await.unwrap())
}

/// However long that takes on a busy machine.
async fn enough(app: &App) {
    while app.account().total().received < REQUESTS {
        sleep(Duration::from_millis(20)).await;
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Every place that an example of this route shows, with array places as `*`.
fn places(route: &Value) -> BTreeSet<String> {
    let samples = list(&route["signatures"]).iter().flat_map(|shape| list(&shape["samples"]));
    let differences = samples.flat_map(|sample| list(&sample["differences"]));
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
    p50("new") > p50("old") + 200_000
}

#[tokio::test]
async fn every_seeded_defect_is_named_and_nothing_else_is() {
    let (tally, stopped) = demo().await;
    let report = Report::build(&stopped.facts);
    let told = report.to_text(100, Paint::Plain);
    let json: Value = serde_json::from_str(&report.to_json()).unwrap();
    let routes = list(&json["routes"]);

    assert!(tally.errors <= CONNECTIONS, "{tally:?}");
    assert!(
        tally.by_status.keys().all(|status| [200, 404].contains(status)),
        "a shadow byte got out: {tally:?}"
    );
    let received = json["total"]["received"].as_u64().unwrap();
    assert!((tally.sent - tally.errors..=tally.sent).contains(&received), "{received} of {tally:?}");
    assert!(json["total"]["adds_up"] == true && json["total"]["in_flight"] == 0, "{told}");

    for defect in DEFECTS {
        let of = |route: &&Value| defect.route == EVERY_ROUTE || route["id"] == defect.route;
        let found = routes.iter().filter(of).any(|route| match defect.sign {
            Sign::Body(at) | Sign::BodyForAWhile(at) => places(route).contains(at),
            Sign::Status(status) => failed(route, status),
            Sign::Slower => is_slower(route),
        });
        assert!(found, "{} was not found at {}:\n{told}", defect.name, defect.route);
    }
    for route in routes {
        let seeded = |place: &str| {
            place == "status"
                || DEFECTS.iter().any(|defect| {
                    let at = matches!(defect.sign, Sign::Body(at) | Sign::BodyForAWhile(at) if at == place);
                    route["id"] == defect.route && at
                })
        };
        let alarms: Vec<_> = places(route).into_iter().filter(|place| !seeded(place)).collect();
        assert!(alarms.is_empty(), "{}: {alarms:?} were never seeded:\n{told}", route["id"]);
    }
}
