//! Records as JSON, the way each side tells them.
//!
//! The only place where a record's defect becomes visible. What new does differently and rightly is
//! here too: its keys come in another order, and its money with two decimals always. JSON says that
//! neither matters, and a comparison that minds them would drown the errors.

use std::{cmp::Reverse, collections::BTreeMap, io};

use serde::Serialize;
use serde_json::{
    Map, Value, json,
    ser::{CompactFormatter, Formatter, Serializer},
};

use super::{
    data::{Item, Line, Order, User},
    dates::{DAY, HOUR, date, rfc3339},
    defects,
    flavour::Flavour,
};

/// Who tells, and what the defects are decided by.
#[derive(Clone, Copy, Debug)]
pub struct Teller {
    pub flavour: Flavour,
    pub seed: u64,
}

impl Teller {
    fn errs(self, hits: bool) -> bool {
        self.flavour == Flavour::New && hits
    }

    /// `name`: what the user is called by now.
    pub fn user(self, user: &User, name: &str) -> Value {
        let mut told = json!({
            "id": user.id,
            "name": name,
            "email": user.email,
            "phone": user.phone,
            "roles": user.roles,
            "created_at": rfc3339(user.created_at),
            "address": {
                "street": user.address.street,
                "postcode": user.address.postcode,
                "city": user.address.city,
                "country": user.address.country,
            },
        });
        if self.errs(defects::loses_email(self.seed, user))
            && let Some(members) = told.as_object_mut()
        {
            members.shift_remove("email");
        }
        told
    }

    pub fn order(self, order: &Order) -> Value {
        let cents = order.cents();
        let rounded = (cents + 50) / 100 * 100;
        let shift = if self.errs(defects::shifts_time(self.seed, order)) { HOUR } else { 0 };
        let total = if self.errs(defects::rounds_total(self.seed, order)) { rounded } else { cents };
        json!({
            "id": order.id,
            "user_id": order.user_id,
            "placed_at": rfc3339(order.placed_at + shift),
            "status": order.status,
            "currency": order.currency,
            "lines": order.lines.iter().map(line).collect::<Vec<_>>(),
            "total": money(total),
        })
    }
}

pub fn item(item: &Item) -> Value {
    json!({
        "sku": item.sku,
        "title": item.title,
        "description": item.description,
        "category": item.category,
        "price": money(item.cents),
        "currency": "EUR",
        "rating": f64::from(item.rating) / 10.0,
        "stock": item.stock,
        "tags": item.tags,
    })
}

/// A found item: less of it than the catalogue has.
pub fn hit(item: &Item) -> Value {
    json!({ "sku": item.sku, "title": item.title, "price": money(item.cents), "in_stock": item.stock > 0 })
}

pub fn quote(item: &Item, id: &str) -> Value {
    json!({ "quote_id": id, "sku": item.sku, "price": money(item.cents), "currency": "EUR" })
}

/// What was ordered on the day that `day` begins.
pub fn report<'a>(day: i64, orders: impl Iterator<Item = &'a Order>) -> Value {
    let mut revenue: BTreeMap<&str, u64> = BTreeMap::new();
    let mut sold: BTreeMap<&str, u32> = BTreeMap::new();
    let mut count = 0;
    for order in orders.filter(|order| (day..day + DAY).contains(&order.placed_at)) {
        count += 1;
        *revenue.entry(order.currency).or_default() += order.cents();
        for line in &order.lines {
            *sold.entry(&line.sku).or_default() += line.quantity;
        }
    }
    let mut best: Vec<_> = sold.into_iter().collect();
    best.sort_by_key(|(sku, quantity)| (Reverse(*quantity), *sku));
    let best = best.into_iter().take(5).map(|(sku, quantity)| json!({ "sku": sku, "quantity": quantity }));
    let revenue: Map<String, Value> =
        revenue.into_iter().map(|(currency, cents)| (currency.to_owned(), money(cents))).collect();
    json!({ "date": date(day), "orders": count, "revenue": revenue, "best_sold": best.collect::<Vec<_>>() })
}

fn line(line: &Line) -> Value {
    json!({
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "unit_price": money(line.unit_cents),
        "total": money(line.cents()),
    })
}

fn money(cents: u64) -> Value {
    Value::from(cents as f64 / 100.0)
}

/// The text of a value, as that side writes it.
pub fn write(flavour: Flavour, value: Value) -> Vec<u8> {
    let mut text = Vec::new();
    // Neither can fail: the text grows in memory, and every key is a string.
    let _ = match flavour {
        Flavour::Old => value.serialize(&mut Serializer::with_formatter(&mut text, CompactFormatter)),
        Flavour::New => backwards(value).serialize(&mut Serializer::with_formatter(&mut text, TwoDecimals)),
    };
    text
}

/// The same value, with the members of each object in reverse order.
fn backwards(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().rev().map(|(k, v)| (k, backwards(v))).collect(),
        Value::Array(elements) => elements.into_iter().map(backwards).collect(),
        other => other,
    }
}

/// Writes 12.5 as 12.50. Right here, where no number has more than two decimals.
struct TwoDecimals;

impl Formatter for TwoDecimals {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        write!(writer, "{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_spells_the_same_value_differently() {
        let value = json!({ "a": 12.5, "b": [{ "c": 1, "d": 12.0 }] });
        let (old, new) = (write(Flavour::Old, value.clone()), write(Flavour::New, value.clone()));
        assert_eq!(old, br#"{"a":12.5,"b":[{"c":1,"d":12.0}]}"#);
        assert_eq!(new, br#"{"b":[{"d":12.00,"c":1}],"a":12.50}"#);
        assert_eq!(serde_json::from_slice::<Value>(&new).unwrap(), value);
    }
}
