//! What the shop answers: one request in, one reply out.
//!
//! No sockets here, and one clock reading, which is an argument. The same code answers for both
//! sides; what new gets wrong lies in `views`, `store` and `defects`.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{
    data::{Item, ORDER_DAYS, Order},
    dates::{DAY, END, date},
    flavour::Flavour,
    store::Store,
    views::{self, Teller},
};

const ORDERS_PER_PAGE: usize = 5;
const HITS_PER_PAGE: usize = 20;

/// A request as far as an answer depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub method: &'a Method,
    pub path: &'a str,
    pub query: &'a str,
    pub body: &'a [u8],
}

#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub content_type: &'static str,
    pub body: Vec<u8>,
    /// The same id as in the body, where the body has one.
    pub request_id: String,
    /// How long to keep the caller waiting for it.
    pub after: Duration,
}

/// What an endpoint says, before either side writes it down.
enum Said {
    /// A value that tells which request it answers.
    Record(Value),
    Value(Value),
    Problem(StatusCode, String),
}

pub fn answer(store: &Store, flavour: Flavour, asked: &Asked<'_>, now: Instant) -> Reply {
    let request_id = store.mint();
    let is_read = *asked.method != Method::PUT && asked.path != "/health";
    let said = if flavour == Flavour::New && is_read && store.next_read_of_new_fails() {
        Said::Problem(StatusCode::INTERNAL_SERVER_ERROR, "connection pool exhausted".to_owned())
    } else {
        say(store, flavour, asked, now)
    };
    let is_slow = flavour == Flavour::New && asked.path == "/reports/daily";
    let (status, content_type, value) = match said {
        Said::Record(mut value) => {
            if let Some(members) = value.as_object_mut() {
                members.insert("meta".to_owned(), json!({ "request_id": request_id }));
            }
            (StatusCode::OK, "application/json", value)
        }
        Said::Value(value) => (StatusCode::OK, "application/json", value),
        Said::Problem(status, detail) => (status, "application/problem+json", problem(status, &detail)),
    };
    Reply {
        status,
        content_type,
        body: views::write(flavour, value),
        request_id,
        after: if is_slow { store.settings().slower } else { Duration::ZERO },
    }
}

fn say(store: &Store, flavour: Flavour, asked: &Asked<'_>, now: Instant) -> Said {
    let teller = Teller { flavour, seed: store.settings().seed };
    let data = store.data();
    let segments: Vec<&str> = asked.path.split('/').skip(1).collect();
    // A HEAD is answered like the GET; the server leaves the body out.
    let method = if *asked.method == Method::HEAD { "GET" } else { asked.method.as_str() };
    match (method, segments.as_slice()) {
        ("GET", ["health"]) => Said::Value(json!({ "status": "ok" })),
        ("GET", ["users", id]) => user(store, teller, id, now),
        ("PUT", ["users", id]) => rename(store, teller, id, asked.body, now),
        ("GET", ["orders", id]) => match id.parse().ok().and_then(|id| data.order(id)) {
            Some(order) => Said::Record(teller.order(order)),
            None => not_found(format!("no order {id}")),
        },
        ("GET", ["orders"]) => orders(store, teller, asked.query),
        ("GET", ["search"]) => {
            let terms = parameter(asked.query, "q").unwrap_or_default();
            search(&data.items, &terms, page(asked.query))
        }
        ("POST", ["search"]) => match serde_json::from_slice::<Value>(asked.body) {
            Ok(Value::Object(wanted)) => {
                let terms = text(&wanted, "q").unwrap_or_default();
                let page = wanted.get("page").and_then(Value::as_u64).unwrap_or(1);
                search(&data.items, terms, usize::try_from(page).unwrap_or(usize::MAX))
            }
            _ => bad_request("the body is no JSON object"),
        },
        ("GET", ["catalogue"]) => {
            let items: Vec<Value> = data.items.iter().map(views::item).collect();
            Said::Value(json!({ "count": items.len(), "items": items }))
        }
        ("GET", ["quotes", nth]) => quote(store, nth),
        ("GET", ["reports", "daily"]) => report(&data.orders, asked.query),
        _ => not_found(format!("nothing answers {} {}", asked.method, asked.path)),
    }
}

fn user(store: &Store, teller: Teller, id: &str, now: Instant) -> Said {
    let Some(user) = id.parse().ok().and_then(|id| store.data().user(id)) else {
        return not_found(format!("no user {id}"));
    };
    let given = store.name(user.id, teller.flavour, now);
    Said::Record(teller.user(user, given.as_deref().unwrap_or(&user.name)))
}

fn rename(store: &Store, teller: Teller, id: &str, body: &[u8], now: Instant) -> Said {
    let changed: Option<Map<String, Value>> = serde_json::from_slice(body).ok();
    let Some(name) = changed.as_ref().and_then(|members| text(members, "name")) else {
        return bad_request("the body is no JSON object with a name");
    };
    // Whoever takes the write, old is the system of record; an unknown user shows below.
    if let Ok(id) = id.parse() {
        store.rename(id, name, now);
    }
    user(store, teller, id, now)
}

fn orders(store: &Store, teller: Teller, query: &str) -> Said {
    let Some(user) = parameter(query, "user").and_then(|id| id.parse::<u32>().ok()) else {
        return bad_request("the query names no user");
    };
    let theirs: Vec<&Order> = store.data().orders.iter().filter(|order| order.user_id == user).collect();
    let page = page(query);
    let shown: Vec<Value> =
        on_page(&theirs, page, ORDERS_PER_PAGE).map(|order| teller.order(order)).collect();
    Said::Record(json!({ "user_id": user, "page": page, "count": theirs.len(), "orders": shown }))
}

/// Items whose title has every term, in the order of the catalogue.
fn search(items: &[Item], terms: &str, page: usize) -> Said {
    let wanted = terms.to_lowercase();
    let fits = |item: &&Item| {
        let title = item.title.to_lowercase();
        wanted.split_whitespace().all(|term| title.contains(term))
    };
    let found: Vec<&Item> = items.iter().filter(fits).collect();
    let hits: Vec<Value> = on_page(&found, page, HITS_PER_PAGE).map(views::hit).collect();
    Said::Value(json!({ "q": terms, "page": page, "count": found.len(), "hits": hits }))
}

/// The price of an item, under an id of its own: who asks again gets another one.
fn quote(store: &Store, nth: &str) -> Said {
    let place = nth.parse().ok().and_then(|nth: usize| nth.checked_sub(1));
    match place.and_then(|place| store.data().items.get(place)) {
        Some(item) => Said::Value(views::quote(item, &uuid(&store.mint()))),
        None => not_found(format!("no item {nth}")),
    }
}

fn report(orders: &[Order], query: &str) -> Said {
    let wanted = parameter(query, "date").unwrap_or_else(|| date(END - DAY));
    let day = (1..=i64::from(ORDER_DAYS)).map(|back| END - back * DAY).find(|day| date(*day) == wanted);
    match day {
        Some(day) => Said::Value(views::report(day, orders.iter())),
        None => not_found(format!("no report of {wanted:?}")),
    }
}

/// Pages count from one.
fn on_page<'a, T>(all: &'a [&'a T], page: usize, size: usize) -> impl Iterator<Item = &'a T> {
    all.iter().skip(page.saturating_sub(1).saturating_mul(size)).take(size).copied()
}

fn page(query: &str) -> usize {
    parameter(query, "page").and_then(|page| page.parse().ok()).unwrap_or(1)
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}

fn parameter(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(found, _)| *found == name).map(|(_, value)| decoded(value)).next()
}

/// Percent-decoded; what is no escape stays as it is.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after.get(..2).and_then(|two| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok());
        let (byte, used) = match (first, escape) {
            (b'%', Some(byte)) => (byte, 2),
            (b'+', _) => (b' ', 0),
            (byte, _) => (*byte, 0),
        };
        bytes.push(byte);
        rest = after.get(used..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// 32 hex digits as a UUID of random digits.
fn uuid(hex: &str) -> String {
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

fn problem(status: StatusCode, detail: &str) -> Value {
    json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "detail": detail,
    })
}

fn not_found(detail: String) -> Said {
    Said::Problem(StatusCode::NOT_FOUND, detail)
}

fn bad_request(detail: &str) -> Said {
    Said::Problem(StatusCode::BAD_REQUEST, detail.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_with_its_escapes() {
        assert_eq!(parameter("q=oak%20table+x&page=2", "q").as_deref(), Some("oak table x"));
        assert_eq!(parameter("q=100%&q=2", "q").as_deref(), Some("100%"));
        assert_eq!(parameter("page=2", "q"), None);
    }

    #[test]
    fn a_quote_has_an_id_of_the_common_form() {
        assert_eq!(uuid(&"0123456789abcdef".repeat(2)), "01234567-89ab-4def-a123-456789abcdef");
    }

    #[test]
    fn pages_count_from_one_and_end() {
        let all = [&1, &2, &3, &4, &5];
        let on = |page| on_page(&all, page, 2).copied().collect::<Vec<i32>>();
        assert_eq!((on(0), on(1), on(3)), (vec![1, 2], vec![1, 2], vec![5]));
        assert!(on(4).is_empty() && on(usize::MAX).is_empty());
    }
}
