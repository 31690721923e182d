//! The made-up shop: its people, their orders and what it sells. All of it follows from a seed.
//!
//! True values only: what new gets wrong about them is decided in `defects` and shown in `views`.
//! Money is whole cents here and becomes a number with a point only where it is written.

use super::{
    dates::{DAY, END},
    dice::{Dice, Skew},
};

pub const USERS: u32 = 2_000;
pub const ORDERS: u32 = 5_000;
pub const ITEMS: u32 = 600;

/// Orders do not start at one, so that nobody takes an order's number for a user's.
pub const FIRST_ORDER: u32 = 10_001;

/// How many days back orders go.
pub const ORDER_DAYS: u32 = 120;

#[derive(Clone, Debug, PartialEq)]
pub struct User {
    pub id: u32,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub roles: Vec<&'static str>,
    /// In seconds since 1970, like every moment here.
    pub created_at: i64,
    pub address: Address,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    pub street: String,
    pub postcode: String,
    pub city: &'static str,
    pub country: &'static str,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub id: u32,
    pub user_id: u32,
    pub placed_at: i64,
    pub status: &'static str,
    pub currency: &'static str,
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub sku: String,
    pub title: String,
    pub quantity: u32,
    pub unit_cents: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub sku: String,
    pub title: String,
    pub description: String,
    pub category: &'static str,
    pub cents: u64,
    /// Tenths of a star.
    pub rating: u32,
    pub stock: u32,
    pub tags: Vec<&'static str>,
}

impl Line {
    pub fn cents(&self) -> u64 {
        self.unit_cents * u64::from(self.quantity)
    }
}

impl Order {
    pub fn cents(&self) -> u64 {
        self.lines.iter().map(Line::cents).sum()
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    pub users: Vec<User>,
    pub orders: Vec<Order>,
    pub items: Vec<Item>,
}

impl Data {
    pub fn generate(seed: u64) -> Data {
        let mut dice = Dice::new(seed);
        let items: Vec<Item> = (1..=ITEMS).map(|n| item(n, &mut dice)).collect();
        let users = (1..=USERS).map(|id| user(id, &mut dice)).collect();
        let buyers = Skew::new(USERS, 0.6);
        let orders = (0..ORDERS).map(|n| order(FIRST_ORDER + n, &buyers, &items, &mut dice)).collect();
        Data { users, orders, items }
    }

    pub fn user(&self, id: u32) -> Option<&User> {
        self.users.get(id.checked_sub(1)? as usize)
    }

    pub fn order(&self, id: u32) -> Option<&Order> {
        self.orders.get(id.checked_sub(FIRST_ORDER)? as usize)
    }
}

/// A person's name, as a generator of writes needs it too.
pub fn person(dice: &mut Dice) -> String {
    format!("{} {}", dice.pick(GIVEN_NAMES), dice.pick(FAMILY_NAMES))
}

fn user(id: u32, dice: &mut Dice) -> User {
    let name = person(dice);
    let mut roles = vec!["customer"];
    roles.extend(["newsletter", "wholesale", "reviewer", "staff"].into_iter().filter(|_| dice.below(6) == 0));
    User {
        id,
        email: format!("{}{id}@example.com", name.to_lowercase().replace(' ', ".")),
        name,
        phone: format!("+49 30 {:07}", dice.below(10_000_000)),
        roles,
        created_at: END - i64::from(dice.below(1_500)) * DAY - i64::from(dice.below(86_400)),
        address: Address {
            street: format!("{} {}", dice.pick(STREETS), 1 + dice.below(180)),
            postcode: format!("{:05}", 10_000 + dice.below(80_000)),
            city: dice.pick(CITIES),
            country: dice.pick(&["DE", "DE", "DE", "AT", "CH", "NL"]),
        },
    }
}

fn order(id: u32, buyers: &Skew, items: &[Item], dice: &mut Dice) -> Order {
    let count = 1 + dice.below(5);
    let lines = (0..count).filter_map(|_| {
        let item = items.get(dice.below(ITEMS) as usize)?;
        Some(Line {
            sku: item.sku.clone(),
            title: item.title.clone(),
            quantity: 1 + dice.below(3),
            unit_cents: item.cents,
        })
    });
    Order {
        id,
        lines: lines.collect(),
        user_id: 1 + buyers.draw(dice),
        placed_at: END - i64::from(1 + dice.below(ORDER_DAYS * 86_400)),
        status: dice.pick(&["delivered", "delivered", "delivered", "shipped", "paid", "cancelled"]),
        currency: dice.pick(&["EUR", "EUR", "EUR", "CHF"]),
    }
}

fn item(n: u32, dice: &mut Dice) -> Item {
    let (category, kind) = (dice.pick(CATEGORIES), dice.pick(KINDS));
    let (quality, material) = (dice.pick(QUALITIES), dice.pick(MATERIALS));
    let sentences: Vec<&str> = (0..4).map(|_| dice.pick(SENTENCES)).collect();
    Item {
        sku: format!("{}-{n:04}", material.chars().take(3).collect::<String>().to_uppercase()),
        title: format!("{quality} {material} {kind}"),
        description: sentences.join(" "),
        category,
        // Shops end their prices this way; it also gives a total cents to lose.
        cents: u64::from(1 + dice.below(150)) * 100 + if dice.below(3) == 0 { 49 } else { 95 },
        rating: 20 + dice.below(31),
        stock: dice.below(400),
        tags: vec![dice.pick(TAGS), dice.pick(TAGS)],
    }
}

const GIVEN_NAMES: &[&str] = &[
    "Ada", "Alan", "Barbara", "Carl", "Clara", "David", "Edith", "Emmy", "Felix", "Frida", "Grace", "Hanna",
    "Hugo", "Ida", "Jonas", "Karin", "Lena", "Linus", "Maria", "Nora", "Otto", "Paula", "Rosa", "Sofia",
];
const FAMILY_NAMES: &[&str] = &[
    "Bauer", "Becker", "Brandt", "Fischer", "Frank", "Haas", "Hoffmann", "Huber", "Keller", "Klein", "Koch",
    "Lang", "Maier", "Meyer", "Noether", "Roth", "Schmidt", "Schulz", "Vogel", "Wagner", "Weber", "Wolf",
];
const STREETS: &[&str] = &[
    "Hauptstrasse",
    "Gartenweg",
    "Lindenallee",
    "Bahnhofstrasse",
    "Am Markt",
    "Schillerplatz",
    "Bergstrasse",
];
const CITIES: &[&str] = &["Berlin", "Hamburg", "Leipzig", "Wien", "Graz", "Basel", "Bern", "Utrecht", "Kiel"];
const CATEGORIES: &[&str] = &["furniture", "kitchen", "lighting", "textiles", "garden", "office"];
/// What is sold, and what is searched for.
pub const KINDS: &[&str] = &[
    "table", "chair", "lamp", "shelf", "bowl", "blanket", "stool", "mirror", "basket", "desk", "vase", "tray",
];
pub const MATERIALS: &[&str] =
    &["oak", "walnut", "steel", "linen", "wool", "glass", "ceramic", "bamboo", "brass", "cork"];
const QUALITIES: &[&str] = &["Plain", "Folding", "Round", "Tall", "Low", "Narrow", "Heavy", "Small"];
const TAGS: &[&str] = &["new", "sale", "bestseller", "handmade", "outdoor", "gift", "limited", "recycled"];
const SENTENCES: &[&str] = &[
    "Made to be used every day and repaired when needed.",
    "Arrives flat, and is put together without tools.",
    "The surface is oiled and can be sanded again.",
    "Cleans with warm water and a soft cloth.",
    "Comes with a guarantee of five years.",
    "Goes well with the rest of the series.",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_shop_and_another_seed_another() {
        assert_eq!(Data::generate(1), Data::generate(1));
        assert_ne!(Data::generate(1), Data::generate(2));
    }

    #[test]
    fn every_record_is_found_by_its_id() {
        let data = Data::generate(1);
        assert!((1..=USERS).all(|id| data.user(id).unwrap().id == id));
        assert!((FIRST_ORDER..FIRST_ORDER + ORDERS).all(|id| data.order(id).unwrap().id == id));
        assert!(data.user(0).is_none() && data.user(USERS + 1).is_none() && data.order(1).is_none());
    }

    #[test]
    fn orders_belong_to_people_there_are_and_lie_in_the_past() {
        let data = Data::generate(1);
        for order in &data.orders {
            assert!(data.user(order.user_id).is_some());
            assert!(order.placed_at < END && order.cents() > 0);
        }
    }
}
