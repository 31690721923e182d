//! Hashes of values as the rules see them: equal values hash the same.
//!
//! Only ever a hint. A hash says which elements to lay beside each other; whether they are equal is
//! decided by comparing them, so a collision, forged or not, never passes for a match.

use xxhash_rust::xxh3::xxh3_64;

use super::{
    super::{
        super::side::Side,
        decimal,
        pattern::{Place, Step},
        rules::{Forgive, Numbers},
        tree::{Document, Id, Type},
    },
    basis::Basis,
    budget::{Budget, Stop},
    forgive::{self, Vacancy},
    forms::{self, Form},
    selected::Spot,
};

/// Of everything that is forgiven a closer look.
const ANYTHING: u64 = 0x616e_7974;
const ANY_ARRAY: u64 = 0x6172_7279;

/// The hashes of one document, each computed once where they can be kept.
#[derive(Debug)]
pub struct Digests {
    side: Side,
    keep: bool,
    /// No rule stands anywhere.
    bare: bool,
    known: Vec<u64>,
}

/// A container whose children are being hashed.
struct Open {
    id: Id,
    next: Id,
    end: Id,
    from: usize,
    to: usize,
    sum: u64,
    key: u64,
    gather: Gather,
}

#[derive(Clone, Copy, PartialEq)]
enum Gather {
    InOrder,
    InAnyOrder,
    ByKey,
}

/// One value, and where the rules stand at it.
#[derive(Clone, Copy)]
struct At<'p> {
    id: Id,
    places: &'p [Place],
    from: usize,
    to: usize,
    /// A member of an object, which may be as good as missing.
    member: bool,
}

/// What a value counts for.
enum Count {
    /// For nothing: as if it were missing.
    Nothing,
    As(u64),
    /// For what it holds.
    Open(Gather),
}

impl Digests {
    pub const fn new(side: Side, keep: bool) -> Digests {
        Digests { side, keep, bare: false, known: Vec::new() }
    }

    /// Whatever the rules say.
    pub const fn to_the_letter(side: Side) -> Digests {
        Digests { side, keep: false, bare: true, known: Vec::new() }
    }

    /// The hash of one value that stands at these places of the rules.
    pub fn of(
        &mut self,
        basis: &Basis<'_>,
        id: Id,
        places: &[Place],
        budget: &mut Budget,
    ) -> Result<u64, Stop> {
        let document = basis.docs.of(self.side);
        if self.keep && self.known.is_empty() {
            budget.spend(document.size() / 16)?;
            self.known = vec![0; document.size()];
        }
        let mut places = places.to_vec();
        let mut open: Vec<Open> = Vec::new();
        let root = At { id, places: &places, from: 0, to: places.len(), member: false };
        let mut done = self.begin(basis, root, &mut open, budget)?;
        loop {
            let Some(top) = open.last_mut() else { return Ok(done.unwrap_or_default()) };
            if let Some(hash) = done.take() {
                top.take(hash);
            }
            places.truncate(top.to);
            if top.next >= top.end {
                let hash = mix(top.sum, top.gather as u64 + 1).max(1);
                if let Some(known) = self.known.get_mut(top.id.index()) {
                    *known = hash;
                }
                done = Some(hash);
                open.pop();
                continue;
            }
            let (from, to, member) = (top.from, top.to, top.gather == Gather::ByKey);
            let child = if member {
                let key = document.string(top.next);
                budget.spend_bytes(key.len())?;
                top.key = xxh3_64(&key);
                basis.advance(Step::Key(&key), from, to, &mut places);
                top.next.following()
            } else {
                basis.advance(Step::Index { old: 0, new: 0 }, from, to, &mut places);
                top.next
            };
            top.next = document.after(child);
            let at = At { id: child, places: &places, from: to, to: places.len(), member };
            done = self.begin(basis, at, &mut open, budget)?;
        }
    }

    /// The hash at once, or a container opened.
    fn begin(
        &mut self,
        basis: &Basis<'_>,
        at: At<'_>,
        open: &mut Vec<Open>,
        budget: &mut Budget,
    ) -> Result<Option<u64>, Stop> {
        budget.spend(1 + (at.to - at.from) / 4)?;
        let gather = match self.count(basis, at, budget)? {
            Count::Nothing => return Ok(None),
            Count::As(hash) => return Ok(Some(hash)),
            Count::Open(gather) => gather,
        };
        if let Some(hash) = self.known.get(at.id.index()).filter(|hash| **hash != 0) {
            return Ok(Some(*hash));
        }
        let (next, end) = (at.id.following(), basis.docs.of(self.side).after(at.id));
        open.push(Open { id: at.id, next, end, from: at.from, to: at.to, sum: 0, key: 0, gather });
        Ok(None)
    }

    fn count(&self, basis: &Basis<'_>, at: At<'_>, budget: &mut Budget) -> Result<Count, Stop> {
        let document = basis.docs.of(self.side);
        let here = at.places.get(at.from..at.to).unwrap_or_default();
        let kind = document.kind(at.id);
        if self.bare || here.is_empty() && !basis.selects() {
            return plain(document, at.id, basis.rules.numbers, budget);
        }
        let spot = match self.side {
            Side::Old => Spot { old: Some(at.id), new: None },
            Side::New => Spot { old: None, new: Some(at.id) },
        };
        let rules: Vec<_> = basis.at(here, spot).map(|(_, forgive)| forgive).collect();
        if rules.iter().any(|forgive| matches!(forgive, Forgive::Ignore)) {
            return Ok(Count::Nothing);
        }
        if at.member && may_be_missing(document, at.id, &rules) {
            return Ok(Count::Nothing);
        }
        let vacant = |forgive: &&Forgive| matches!(forgive, Forgive::NullIsMissing | Forgive::EmptyIsMissing);
        let of_type = |forgive: &&Forgive| matches!(forgive, Forgive::SameType);
        if rules.iter().any(|forgive| of_type(forgive) || !at.member && vacant(forgive)) {
            return Ok(Count::As(ANYTHING));
        }
        let free = |forgive: &&Forgive| {
            matches!(forgive, Forgive::Unordered | Forgive::KeyBy(_) | Forgive::Sorted(_))
        };
        match kind {
            Type::Array if basis.names_a_position(here) => Ok(Count::As(ANY_ARRAY)),
            Type::Array if rules.iter().any(free) => Ok(Count::Open(Gather::InAnyOrder)),
            Type::String | Type::Number => leaf(document, at.id, &rules, basis.rules.numbers, budget),
            _ => plain(document, at.id, basis.rules.numbers, budget),
        }
    }
}

/// What a value counts for where no rule stands.
fn plain(document: &Document<'_>, id: Id, numbers: Numbers, budget: &mut Budget) -> Result<Count, Stop> {
    let raw = document.raw(id);
    let spend = |budget: &mut Budget| budget.spend_bytes(raw.len());
    Ok(match document.kind(id) {
        Type::Null => Count::As(1),
        Type::False => Count::As(2),
        Type::True => Count::As(3),
        Type::String => {
            spend(budget)?;
            Count::As(mix(xxh3_64(&document.string(id)), 4))
        }
        Type::Number => {
            spend(budget)?;
            Count::As(match numbers {
                Numbers::Exact => number(raw),
                Numbers::Spelled => mix(xxh3_64(raw.as_bytes()), 5),
            })
        }
        Type::Bytes | Type::Other => {
            spend(budget)?;
            Count::As(mix(xxh3_64(raw.as_bytes()), 6))
        }
        Type::Object => Count::Open(Gather::ByKey),
        Type::Array => Count::Open(Gather::InOrder),
    })
}

fn number(spelled: &str) -> u64 {
    mix(xxh3_64(&decimal::canonical(spelled)), 5)
}

/// What a text or a number counts for under these rules: as what it becomes where that decides, and
/// otherwise like everything that may be forgiven.
fn leaf(
    document: &Document<'_>,
    id: Id,
    rules: &[&Forgive],
    numbers: Numbers,
    budget: &mut Budget,
) -> Result<Count, Stop> {
    let quotes = |forgive: &&Forgive| matches!(forgive, Forgive::NumberIsString);
    let counts = rules.iter().any(quotes);
    let text = document.kind(id) == Type::String;
    let touches = |forgive: &&&Forgive| match forgive {
        // Order is for arrays, and what may be missing was seen to.
        Forgive::Unordered | Forgive::KeyBy(_) | Forgive::Sorted(_) => false,
        Forgive::NullIsMissing | Forgive::EmptyIsMissing => false,
        Forgive::Tolerance(_) => !text || counts,
        Forgive::Trim | Forgive::CaseInsensitive | Forgive::Rewrite(_) => text || counts,
        _ => true,
    };
    let touching: Vec<_> = rules.iter().filter(touches).copied().collect();
    if touching.is_empty() {
        return plain(document, id, numbers, budget);
    }
    budget.spend(1 + document.raw(id).len() / 16)?;
    let hash = match forgive::form(document, id) {
        _ if touching.iter().any(|forgive| matches!(forgive, Forgive::Bind(_))) => ANYTHING,
        Some(form) => match forms::settled(form, &touching) {
            Some(Form::Text(text)) => mix(xxh3_64(text.as_bytes()), 4),
            Some(Form::Number { spelled, .. }) => number(&spelled),
            None => ANYTHING,
        },
        // Too long or no text: compared as it is, by whatever is as it is too.
        None => return plain(document, id, numbers, budget),
    };
    Ok(Count::As(hash))
}

/// Whether a member may be equal to nothing at all, be it by way of another value.
fn may_be_missing(document: &Document<'_>, id: Id, rules: &[&Forgive]) -> bool {
    let (mut null, mut empty, mut other) = (false, false, false);
    for forgive in rules {
        match forgive {
            Forgive::NullIsMissing => null = true,
            Forgive::EmptyIsMissing => empty = true,
            Forgive::Unordered | Forgive::KeyBy(_) | Forgive::Sorted(_) => {}
            _ => other = true,
        }
    }
    if !null && !empty {
        return false;
    }
    // Another rule may make this one as good as an empty one. So may rules for what a container holds.
    let container = matches!(document.kind(id), Type::Array | Type::Object);
    other
        || empty && container
        || match Vacancy::of(document, id) {
            Some(Vacancy::Null) => null,
            Some(Vacancy::Empty) => empty,
            None => false,
        }
}

impl Open {
    fn take(&mut self, hash: u64) {
        self.sum = match self.gather {
            Gather::InOrder => mix(self.sum, hash),
            Gather::InAnyOrder => self.sum.wrapping_add(mix(hash, 7)),
            Gather::ByKey => self.sum.wrapping_add(mix(self.key, hash)),
        };
    }
}

fn mix(one: u64, other: u64) -> u64 {
    let product =
        u128::from(one ^ 0x9E37_79B9_7F4A_7C15) * u128::from(other.rotate_left(32) ^ 0xD1B5_4A32_D192_ED03);
    (product as u64) ^ (product >> 64) as u64 ^ one.rotate_left(17)
}
