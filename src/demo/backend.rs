//! A backend of the shop as a real HTTP server: connections, time-outs, and the way down.
//!
//! What it answers is in `endpoints`. A demo backend must be as robust as the proxy in front of it,
//! or the demo would show our own toys breaking.

use std::{future::Future, io, pin::pin, sync::Arc, time::Duration};

use http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    endpoints::{self, Asked, Reply},
    flavour::Flavour,
    store::Store,
};
use crate::clock;

/// Past it, callers wait in the listener's queue. A proxy in front keeps far fewer open.
const MAX_CONNECTIONS: usize = 2_048;
/// No write or search of the shop comes near it.
const MAX_BODY: usize = 64 << 10;
/// Longer than a person needs who types a request into telnet.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// A body that does not come is not waited for.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// Replies under way may end; the slow report is the longest of them.
const GRACE: Duration = Duration::from_secs(1);
/// A machine out of descriptors gets some time to find one, and we do not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Answers for that side until `stop` ends, and then until replies under way have ended or a second
/// has passed.
pub async fn serve(
    listener: TcpListener,
    flavour: Flavour,
    store: Arc<Store>,
    stop: impl Future<Output = ()>,
) {
    let (stopping, stopped) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let has_room = connections.len() < MAX_CONNECTIONS;
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = accept(&listener), if has_room => match accepted {
                Ok(stream) => {
                    connections.spawn(converse(stream, flavour, store.clone(), stopped.clone()));
                }
                Err(_) => sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listener);
    let _ = stopping.send(true);
    let _ = timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
    // Dropped with the set, whatever is still open is closed.
}

async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One connection, until either end has enough of it.
async fn converse(
    stream: TcpStream,
    flavour: Flavour,
    store: Arc<Store>,
    mut stopped: watch::Receiver<bool>,
) {
    let service = service_fn(move |request| respond(request, flavour, store.clone()));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .keep_alive(true)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // A caller that hangs up or talks nonsense is no news here.
        _ = connection.as_mut() => return,
        _ = stopped.wait_for(|stopped| *stopped) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn respond(
    request: Request<Incoming>,
    flavour: Flavour,
    store: Arc<Store>,
) -> Result<Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let (head, body) = request.into_parts();
    let body = timeout(BODY_TIMEOUT, Limited::new(body, MAX_BODY).collect()).await??.to_bytes();
    let asked = Asked {
        method: &head.method,
        path: head.uri.path(),
        query: head.uri.query().unwrap_or_default(),
        body: &body,
    };
    let reply = endpoints::answer(&store, flavour, &asked, clock::now());
    if !reply.after.is_zero() {
        sleep(reply.after).await;
    }
    Ok(written(reply)?)
}

fn written(reply: Reply) -> http::Result<Response<Full<Bytes>>> {
    Response::builder()
        .status(reply.status)
        .header(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type))
        .header("x-request-id", reply.request_id)
        .body(Full::new(Bytes::from(reply.body)))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, net::SocketAddr};

    use http::Method;
    use serde_json::{Value, json};
    use tokio::sync::oneshot;

    use super::*;
    use crate::demo::{
        caller::Caller,
        data::FIRST_ORDER,
        defects::{DEFECTS, EVERY_ROUTE, Sign},
        mix::Ask,
        store::Settings,
    };

    /// Both backends on real sockets, over one store, with no defects that come by chance or by time.
    struct Lab {
        old: Caller,
        new: Caller,
        _stop: Vec<oneshot::Sender<()>>,
    }

    const QUIET: Settings = Settings { seed: 1, lag: Duration::ZERO, slower: Duration::ZERO, failing_ppm: 0 };

    async fn start(flavour: Flavour, store: &Arc<Store>) -> (SocketAddr, oneshot::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async { stopped.await.unwrap_or(()) };
        tokio::spawn(serve(listener, flavour, store.clone(), stopped));
        (at, stop)
    }

    impl Lab {
        async fn with(settings: Settings) -> Lab {
            let store = Arc::new(Store::new(settings));
            let (old, stop_old) = start(Flavour::Old, &store).await;
            let (new, stop_new) = start(Flavour::New, &store).await;
            Lab { old: Caller::of(old), new: Caller::of(new), _stop: vec![stop_old, stop_new] }
        }

        async fn both(&mut self, ask: &Ask) -> [(u16, Value); 2] {
            [told(&mut self.old, ask).await, told(&mut self.new, ask).await]
        }

        /// Where the bodies differ, apart from the ids.
        async fn differences(&mut self, target: &str) -> BTreeSet<String> {
            let [(old_status, mut old), (new_status, mut new)] = self.both(&Ask::get(target)).await;
            assert_eq!((old_status, new_status), (200, 200), "{target}");
            for body in [&mut old, &mut new] {
                body.as_object_mut().unwrap().remove("meta");
            }
            let mut found = BTreeSet::new();
            differing(&old, &new, "", &mut found);
            found
        }
    }

    async fn told(caller: &mut Caller, ask: &Ask) -> (u16, Value) {
        let (status, body) = caller.ask(ask).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    fn rename(name: &str) -> Ask {
        Ask::send(Method::PUT, "/users/7", json!({ "name": name }).to_string())
    }

    /// Pointers to what differs, with `*` for the place in an array.
    fn differing(old: &Value, new: &Value, at: &str, found: &mut BTreeSet<String>) {
        match (old, new) {
            (Value::Object(o), Value::Object(n)) => {
                for key in o.keys().chain(n.keys()) {
                    let (o, n) = (&old[key], &new[key]);
                    differing(o, n, &format!("{at}/{key}"), found);
                }
            }
            (Value::Array(o), Value::Array(n)) if o.len() == n.len() => {
                o.iter().zip(n).for_each(|(o, n)| differing(o, n, &format!("{at}/*"), found));
            }
            _ if old == new => {}
            _ => {
                found.insert(at.to_owned());
            }
        }
    }

    const CLEAN: &[&str] =
        &["/catalogue", "/reports/daily", "/reports/daily?date=2025-05-01", "/search?q=oak+table&page=1"];

    #[tokio::test]
    async fn bodies_differ_where_the_table_of_defects_says_and_nowhere_else() {
        let mut lab = Lab::with(QUIET).await;
        let mut found = BTreeSet::new();
        for n in 1..=300 {
            for (route, target) in [
                ("get-user", format!("/users/{n}")),
                ("get-order", format!("/orders/{}", FIRST_ORDER + n)),
                ("list-orders", format!("/orders?user={n}&page=1")),
            ] {
                found.extend(lab.differences(&target).await.into_iter().map(|at| (route, at)));
            }
        }
        for target in CLEAN {
            assert_eq!(lab.differences(target).await, BTreeSet::new(), "{target}");
        }
        // Noise, and told as such.
        assert_eq!(lab.differences("/quotes/7").await, BTreeSet::from(["/quote_id".to_owned()]));
        let seeded = DEFECTS.iter().filter_map(|defect| match defect.sign {
            Sign::Body(at) => Some((defect.route, at.to_owned())),
            _ => None,
        });
        assert_eq!(found, seeded.collect());
    }

    #[tokio::test]
    async fn most_records_are_the_same_on_both_sides() {
        let mut lab = Lab::with(QUIET).await;
        let mut same = 0;
        for n in 1..=100 {
            same += usize::from(lab.differences(&format!("/users/{n}")).await.is_empty());
            same += usize::from(lab.differences(&format!("/orders/{}", FIRST_ORDER + n)).await.is_empty());
        }
        assert!((170..200).contains(&same), "{same}");
    }

    #[tokio::test]
    async fn both_sides_mint_ids_of_their_own() {
        let mut lab = Lab::with(QUIET).await;
        let ids = lab.both(&Ask::get("/users/1")).await.map(|(_, body)| body["meta"]["request_id"].clone());
        assert!(ids[0].is_string() && ids[0] != ids[1]);
    }

    #[tokio::test]
    async fn a_search_by_post_finds_what_one_by_get_finds() {
        let mut lab = Lab::with(QUIET).await;
        let post = Ask::send(Method::POST, "/search", json!({ "q": "table", "page": 2 }).to_string());
        let get = Ask::get("/search?q=table&page=2");
        let [by_post, by_get] = [lab.both(&post).await, lab.both(&get).await];
        assert_eq!(by_post, by_get);
        assert_eq!(by_post[0], by_post[1]);
        assert!(!by_post[0].1["hits"].as_array().unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_is_not_there_is_a_problem_and_the_same_on_both_sides() {
        let mut lab = Lab::with(QUIET).await;
        for target in ["/users/0", "/users/ada", "/orders/1", "/nowhere", "/reports/daily?date=1999-01-01"] {
            let [old, new] = lab.both(&Ask::get(target)).await;
            assert_eq!((old.0, &old.1["status"]), (404, &json!(404)), "{target}");
            assert_eq!(old, new);
        }
    }

    #[tokio::test]
    async fn a_write_is_read_from_old_at_once_and_from_new_after_the_lag() {
        for (lag, at_new) in [(Duration::from_secs(3_600), false), (Duration::ZERO, true)] {
            let mut lab = Lab::with(Settings { lag, ..QUIET }).await;
            assert_eq!(told(&mut lab.old, &rename("Ida")).await.1["name"], "Ida");
            let [old, new] = lab.both(&Ask::get("/users/7")).await.map(|(_, body)| body["name"].clone());
            assert_eq!(old, "Ida");
            assert_eq!(new == "Ida", at_new);
        }
    }

    #[tokio::test]
    async fn a_write_that_new_takes_reaches_old() {
        let mut lab = Lab::with(Settings { failing_ppm: 1_000_000, ..QUIET }).await;
        assert_eq!(told(&mut lab.new, &rename("Ida")).await.0, 200);
        assert_eq!(told(&mut lab.old, &Ask::get("/users/7")).await.1["name"], "Ida");
    }

    #[tokio::test]
    async fn new_fails_reads_of_every_route_where_old_answers() {
        let mut lab = Lab::with(Settings { failing_ppm: 1_000_000, ..QUIET }).await;
        let seeded = |d: &&super::super::defects::Defect| matches!(d.sign, Sign::Status(_));
        let defect = DEFECTS.iter().find(seeded).unwrap();
        assert_eq!((defect.route, defect.sign), (EVERY_ROUTE, Sign::Status(500)));
        for target in CLEAN.iter().chain(&["/quotes/7", "/users/1", "/orders/10001", "/orders?user=1&page=1"])
        {
            let [old, new] = lab.both(&Ask::get(*target)).await;
            assert_eq!((old.0, new.0, &new.1["status"]), (200, 500, &json!(500)), "{target}");
        }
        assert_eq!(lab.both(&Ask::get("/health")).await.map(|(status, _)| status), [200, 200]);
    }

    #[tokio::test]
    async fn the_daily_report_is_slower_on_new() {
        let slower = Duration::from_millis(80);
        let mut lab = Lab::with(Settings { slower, ..QUIET }).await;
        let start = clock::now();
        told(&mut lab.new, &Ask::get("/reports/daily")).await;
        assert!(clock::now() - start >= slower);
    }

    #[tokio::test]
    async fn the_catalogue_has_about_200_kib() {
        let mut lab = Lab::with(QUIET).await;
        for caller in [&mut lab.old, &mut lab.new] {
            let (_, body) = caller.ask(&Ask::get("/catalogue")).await.unwrap();
            assert!((180 << 10..220 << 10).contains(&body.len()), "{}", body.len());
        }
    }

    #[tokio::test]
    async fn a_body_past_the_bound_is_refused_and_the_next_caller_is_served() {
        let mut lab = Lab::with(QUIET).await;
        let large = Ask::send(Method::POST, "/search", "x".repeat(MAX_BODY + 1));
        assert!(lab.old.ask(&large).await.is_err());
        assert_eq!(told(&mut lab.old, &Ask::get("/health")).await.0, 200);
    }

    #[tokio::test]
    async fn a_stop_closes_connections_that_idle_and_the_door() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let store = Arc::new(Store::new(QUIET));
        let serving =
            tokio::spawn(serve(listener, Flavour::Old, store, async { stopped.await.unwrap_or(()) }));
        let mut caller = Caller::of(at);
        assert_eq!(told(&mut caller, &Ask::get("/health")).await.0, 200);

        let start = clock::now();
        stop.send(()).unwrap();
        serving.await.unwrap();
        assert!(clock::now() - start < GRACE);
        assert!(caller.ask(&Ask::get("/health")).await.is_err());
    }
}
