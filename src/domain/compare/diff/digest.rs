//! Hashes of values as the rules see them: equal values hash the same.
//!
//! Only ever a hint. A hash says which elements to lay beside each other; whether they are equal is
//! decided by comparing them, so a collision, forged or not, never passes for a match.

use xxhash_rust::xxh3::xxh3_64;

use super::{
    super::{
        decimal,
        pattern::{self, Place, Step},
        rules::{Forgive, PointerPattern, Rules},
        tree::{Document, Id, Type},
    },
    budget::{Budget, Stop},
};

/// Of everything that is forgiven a closer look.
const ANY_NUMBER: u64 = 0x6e75_6d62;
const ANY_ARRAY: u64 = 0x6172_7279;

/// The hashes of one document, each computed once where they can be kept.
#[derive(Debug)]
pub struct Digests {
    keep: bool,
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

/// What the rules say about the values at some places.
pub struct Named<'r> {
    pub rules: &'r Rules,
}

impl<'r> Named<'r> {
    /// The rules that name exactly this.
    pub fn at<'p>(&self, places: &'p [Place]) -> impl Iterator<Item = (usize, &'r Forgive)> + use<'r, 'p> {
        let rules = self.rules;
        places.iter().filter_map(move |place| {
            let rule = rules.rule(place.pattern())?;
            place.is_at_end(rule.at.pointer()?).then_some((place.pattern(), &rule.forgive))
        })
    }

    pub fn ignored(&self, places: &[Place]) -> Option<usize> {
        self.at(places).find(|(_, forgive)| matches!(forgive, Forgive::Ignore)).map(|(number, _)| number)
    }

    /// Whether a rule ahead names a position in an array.
    pub fn positions(&self, places: &[Place]) -> bool {
        places
            .iter()
            .any(|place| self.pattern(place.pattern()).is_some_and(|pattern| place.names_a_position(pattern)))
    }

    /// Whether equality under the rules ahead may hold between values that hash alike and differ, or
    /// hold from one to the next without holding from end to end.
    pub fn is_coarse(&self, places: &[Place]) -> bool {
        let coarse = |place: &Place| {
            self.rules.rule(place.pattern()).is_some_and(|rule| {
                matches!(rule.forgive, Forgive::Tolerance(_) | Forgive::KeyBy(_))
                    || rule.at.pointer().is_some_and(|pattern| place.names_a_position(pattern))
            })
        };
        places.iter().any(coarse)
    }

    pub fn advance(&self, step: Step<'_>, from: usize, to: usize, places: &mut Vec<Place>) {
        if from < to {
            pattern::advance(|number| self.pattern(number), step, from, to, places);
        }
    }

    fn pattern(&self, number: usize) -> Option<&'r PointerPattern> {
        self.rules.rule(number)?.at.pointer()
    }
}

impl Digests {
    pub const fn new(keep: bool) -> Digests {
        Digests { keep, known: Vec::new() }
    }

    /// The hash of one value that stands at these places of the rules.
    pub fn of(
        &mut self,
        document: &Document<'_>,
        id: Id,
        places: &[Place],
        named: &Named<'_>,
        budget: &mut Budget,
    ) -> Result<u64, Stop> {
        if self.keep && self.known.is_empty() {
            budget.spend(document.size() / 16)?;
            self.known = vec![0; document.size()];
        }
        let mut places = places.to_vec();
        let mut open: Vec<Open> = Vec::new();
        let mut done = self.begin(document, id, (0, places.len()), &places, named, &mut open, budget)?;
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
                open.pop();
                done = Some(hash);
                continue;
            }
            let (from, to) = (top.from, top.to);
            let child = if top.gather == Gather::ByKey {
                let key = document.string(top.next);
                budget.spend_bytes(key.len())?;
                top.key = xxh3_64(&key);
                named.advance(Step::Key(&key), from, to, &mut places);
                top.next.following()
            } else {
                named.advance(Step::Index { old: 0, new: 0 }, from, to, &mut places);
                top.next
            };
            top.next = document.after(child);
            if named.ignored(places.get(to..).unwrap_or_default()).is_some() {
                continue;
            }
            let range = (to, places.len());
            done = self.begin(document, child, range, &places, named, &mut open, budget)?;
        }
    }

    /// The hash at once, or a container opened.
    #[expect(clippy::too_many_arguments, reason = "the state of one loop, split where it reads best")]
    fn begin(
        &mut self,
        document: &Document<'_>,
        id: Id,
        (from, to): (usize, usize),
        places: &[Place],
        named: &Named<'_>,
        open: &mut Vec<Open>,
        budget: &mut Budget,
    ) -> Result<Option<u64>, Stop> {
        budget.spend(1 + (to - from) / 4)?;
        let here = places.get(from..to).unwrap_or_default();
        let gather = match document.kind(id) {
            Type::Null => return Ok(Some(1)),
            Type::False => return Ok(Some(2)),
            Type::True => return Ok(Some(3)),
            Type::String => {
                let text = document.string(id);
                budget.spend_bytes(text.len())?;
                return Ok(Some(mix(xxh3_64(&text), 4)));
            }
            Type::Number => {
                if named.at(here).any(|(_, forgive)| matches!(forgive, Forgive::Tolerance(_))) {
                    return Ok(Some(ANY_NUMBER));
                }
                budget.spend_bytes(document.raw(id).len())?;
                return Ok(Some(mix(xxh3_64(&decimal::canonical(document.raw(id))), 5)));
            }
            Type::Bytes | Type::Other => {
                budget.spend_bytes(document.raw(id).len())?;
                return Ok(Some(mix(xxh3_64(document.raw(id).as_bytes()), 6)));
            }
            Type::Object => Gather::ByKey,
            Type::Array if named.positions(here) => return Ok(Some(ANY_ARRAY)),
            Type::Array => {
                let free = |forgive: &Forgive| matches!(forgive, Forgive::Unordered | Forgive::KeyBy(_));
                match named.at(here).any(|(_, forgive)| free(forgive)) {
                    true => Gather::InAnyOrder,
                    false => Gather::InOrder,
                }
            }
        };
        match self.known.get(id.index()) {
            Some(0) | None => {}
            Some(hash) => return Ok(Some(*hash)),
        }
        let (next, end) = (id.following(), document.after(id));
        open.push(Open { id, next, end, from, to, sum: 0, key: 0, gather });
        Ok(None)
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
