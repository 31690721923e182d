//! What is wrong with new, on purpose, and what only looks wrong: the table people read, and who is hit.
//!
//! Each defect is decided from the seed and the record, so that the same demo finds the same errors.
//! The proxy never sees this file; a test holds its report against it.

use super::{
    data::{Order, User},
    dice,
};

/// One defect as it can be found from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defect {
    /// One cause has one name, also where it shows at two routes.
    pub name: &'static str,
    /// The route's id in the demo's config, or [`EVERY_ROUTE`].
    pub route: &'static str,
    pub sign: Sign,
    pub says: &'static str,
}

/// How a defect shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// New's body differs here, at any time. `*` stands for any element.
    Body(&'static str),
    /// New's body differs here for a while after a write and agrees later.
    BodyForAWhile(&'static str),
    /// Old differs from itself here, and new does in the same way: no error.
    Noise(&'static str),
    /// New answers with this status where old answers well.
    Status(u16),
    /// New answers the same, later.
    Slower,
}

pub const EVERY_ROUTE: &str = "*";

pub const DEFECTS: &[Defect] = &[
    Defect {
        name: "rounded-totals",
        route: "get-order",
        sign: Sign::Body("/total"),
        says: "about 5% of the orders have their total rounded to whole units",
    },
    Defect {
        name: "rounded-totals",
        route: "list-orders",
        sign: Sign::Body("/orders/*/total"),
        says: "the same orders, where they stand in a list",
    },
    Defect {
        name: "missing-emails",
        route: "get-user",
        sign: Sign::Body("/email"),
        says: "about 3% of the users have no email",
    },
    Defect {
        name: "shifted-times",
        route: "get-order",
        sign: Sign::Body("/placed_at"),
        says: "about 4% of the orders are placed an hour later: a local time was read as UTC",
    },
    Defect {
        name: "shifted-times",
        route: "list-orders",
        sign: Sign::Body("/orders/*/placed_at"),
        says: "the same orders, where they stand in a list",
    },
    Defect {
        name: "lagging-writes",
        route: "get-user",
        sign: Sign::BodyForAWhile("/name"),
        says: "a changed name reaches new 300 ms late; who reads at once sees the one before",
    },
    Defect {
        name: "failing-requests",
        route: EVERY_ROUTE,
        sign: Sign::Status(500),
        says: "one read in 200 is answered with an error, whatever it asks for",
    },
    Defect {
        name: "slow-report",
        route: "daily-report",
        sign: Sign::Slower,
        says: "the daily report takes 250 ms longer and is otherwise right",
    },
    Defect {
        name: "ids-as-noise",
        route: "get-quote",
        sign: Sign::Noise("/quote_id"),
        says: "no error: both sides mint an id for each reply, and no rule says so yet",
    },
];

const ROUNDED_PPM: u32 = 50_000;
const NO_EMAIL_PPM: u32 = 30_000;
const SHIFTED_PPM: u32 = 40_000;

// Purposes keep the draws apart: an order that is rounded is not also shifted more often than others.
const ROUNDED: u64 = 1;
const NO_EMAIL: u64 = 2;
const SHIFTED: u64 = 3;
const FAILS: u64 = 4;

/// A total without cents cannot be rounded wrong, and so is not.
pub fn rounds_total(seed: u64, order: &Order) -> bool {
    !order.cents().is_multiple_of(100) && dice::falls_on(seed, ROUNDED, u64::from(order.id), ROUNDED_PPM)
}

pub fn loses_email(seed: u64, user: &User) -> bool {
    dice::falls_on(seed, NO_EMAIL, u64::from(user.id), NO_EMAIL_PPM)
}

pub fn shifts_time(seed: u64, order: &Order) -> bool {
    dice::falls_on(seed, SHIFTED, u64::from(order.id), SHIFTED_PPM)
}

/// Of the n-th read of new, not of a record: asked again, it would have gone well.
pub fn fails(seed: u64, nth: u64, ppm: u32) -> bool {
    dice::falls_on(seed, FAILS, nth, ppm)
}

#[cfg(test)]
mod tests {
    use super::{super::data::Data, *};

    #[test]
    fn each_defect_hits_about_as_many_records_as_its_sentence_says() {
        let data = Data::generate(1);
        let orders = |hit: fn(u64, &Order) -> bool| data.orders.iter().filter(|o| hit(1, o)).count();
        let no_email = data.users.iter().filter(|u| loses_email(1, u)).count();
        let failing = (0..100_000).filter(|nth| fails(1, *nth, 5_000)).count();
        assert!((200..=300).contains(&orders(rounds_total)), "{}", orders(rounds_total));
        assert!((150..=250).contains(&orders(shifts_time)), "{}", orders(shifts_time));
        assert!((40..=80).contains(&no_email), "{no_email}");
        assert!((430..=570).contains(&failing), "{failing}");
    }
}
