//! What the shop's callers ask for: which endpoints, which records, how often.
//!
//! Keys are skewed, as in life: a few records are read all the time and most hardly ever. Nobody here
//! knows what answers, nor what is wrong with it.

use http::Method;
use serde_json::json;

use super::{
    data::{FIRST_ORDER, ITEMS, KINDS, MATERIALS, ORDER_DAYS, ORDERS, USERS, person},
    dates::{DAY, END, date},
    dice::{Dice, Skew},
};

/// One request to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// JSON.
    pub body: Option<String>,
    /// What the same caller reads as soon as this is answered: people look at what they saved.
    pub then: Option<String>,
}

impl Ask {
    pub fn get(target: impl Into<String>) -> Ask {
        Ask { method: Method::GET, target: target.into(), body: None, then: None }
    }

    pub fn send(method: Method, target: impl Into<String>, body: String) -> Ask {
        Ask { method, target: target.into(), body: Some(body), then: None }
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    User,
    Order,
    Orders,
    Search,
    PostSearch,
    Catalogue,
    Quote,
    Report,
    Rename,
}

/// In percent of all requests. The five that are missing are the reads that follow a rename.
const SHARES: &[(Kind, u32)] = &[
    (Kind::User, 36),
    (Kind::Order, 25),
    (Kind::Orders, 8),
    (Kind::Search, 10),
    (Kind::PostSearch, 4),
    (Kind::Catalogue, 2),
    (Kind::Quote, 4),
    (Kind::Report, 1),
    (Kind::Rename, 5),
];

/// Between the flat and the steepest skews that are measured at real key-value stores.
const EXPONENT: f64 = 0.9;
/// One read of a record in so many asks for one that is not there.
const ONE_UNKNOWN_IN: u32 = 100;
/// What nobody sells: some searches find nothing.
const NOT_SOLD: &str = "hovercraft";

/// The callers as a whole.
#[derive(Clone, Debug)]
pub struct Mix {
    users: Skew,
    orders: Skew,
}

impl Mix {
    pub fn of_the_demo() -> Mix {
        Mix { users: Skew::new(USERS, EXPONENT), orders: Skew::new(ORDERS, EXPONENT) }
    }

    pub fn next(&self, dice: &mut Dice) -> Ask {
        match kind(dice) {
            Kind::User => Ask::get(format!("/users/{}", self.user(dice))),
            Kind::Order => Ask::get(format!("/orders/{}", self.order(dice))),
            Kind::Orders => Ask::get(format!("/orders?user={}&page={}", self.user(dice), first_pages(dice))),
            Kind::Search => Ask::get(format!("/search?q={}&page={}", terms(dice, "+"), first_pages(dice))),
            Kind::PostSearch => {
                let wanted = json!({ "q": terms(dice, " "), "page": first_pages(dice) });
                Ask::send(Method::POST, "/search", wanted.to_string())
            }
            Kind::Catalogue => Ask::get("/catalogue"),
            Kind::Quote => Ask::get(format!("/quotes/{}", 1 + dice.below(ITEMS))),
            Kind::Report => {
                let back = i64::from(1 + dice.below(ORDER_DAYS));
                Ask::get(format!("/reports/daily?date={}", date(END - back * DAY)))
            }
            // Whom people rename is not skewed: nobody renames the one whom everybody reads all day.
            Kind::Rename => {
                let target = format!("/users/{}", 1 + dice.below(USERS));
                let body = json!({ "name": person(dice) }).to_string();
                Ask { then: Some(target.clone()), ..Ask::send(Method::PUT, target, body) }
            }
        }
    }

    fn user(&self, dice: &mut Dice) -> u32 {
        let known = 1 + self.users.draw(dice);
        if dice.below(ONE_UNKNOWN_IN) == 0 { known + USERS } else { known }
    }

    fn order(&self, dice: &mut Dice) -> u32 {
        let known = FIRST_ORDER + self.orders.draw(dice);
        if dice.below(ONE_UNKNOWN_IN) == 0 { known + ORDERS } else { known }
    }
}

fn kind(dice: &mut Dice) -> Kind {
    let whole = SHARES.iter().map(|(_, share)| share).sum();
    let mut left = dice.below(whole);
    for (kind, share) in SHARES {
        if left < *share {
            return *kind;
        }
        left -= share;
    }
    Kind::User
}

fn terms(dice: &mut Dice, between: &str) -> String {
    match dice.below(20) {
        0 => NOT_SOLD.to_owned(),
        1..=9 => dice.pick(KINDS).to_owned(),
        _ => format!("{}{between}{}", dice.pick(MATERIALS), dice.pick(KINDS)),
    }
}

/// Most people see the first page only.
fn first_pages(dice: &mut Dice) -> u32 {
    match dice.below(10) {
        0 => 3,
        1 | 2 => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_come_in_their_shares() {
        let (mix, mut dice) = (Mix::of_the_demo(), Dice::new(1));
        let asks: Vec<Ask> = (0..9_500).map(|_| mix.next(&mut dice)).collect();
        let starting = |start: &str| asks.iter().filter(|ask| ask.target.starts_with(start)).count();
        let writes = asks.iter().filter(|ask| ask.method == Method::PUT).count();
        assert!((430..570).contains(&writes), "{writes}");
        assert!((3_400..3_800).contains(&(starting("/users/") - writes)));
        assert!((2_300..2_700).contains(&starting("/orders/")));
        assert!((150..250).contains(&starting("/catalogue")));
    }

    #[test]
    fn a_renamed_user_is_read_at_once() {
        let (mix, mut dice) = (Mix::of_the_demo(), Dice::new(1));
        for ask in (0..1_000).map(|_| mix.next(&mut dice)) {
            let read = (ask.method == Method::PUT).then(|| ask.target.clone());
            assert_eq!(ask.then, read);
        }
    }

    #[test]
    fn the_same_seed_asks_the_same() {
        let asks = |seed| {
            let (mix, mut dice) = (Mix::of_the_demo(), Dice::new(seed));
            (0..100).map(|_| mix.next(&mut dice)).collect::<Vec<_>>()
        };
        assert_eq!(asks(1), asks(1));
        assert_ne!(asks(1), asks(2));
    }
}
