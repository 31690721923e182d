//! Which cause is the one, from many differences at one place: each is held against every cause known.
//!
//! Bounded, whatever is seen: a cause that is not among those kept counts from anew when it comes again,
//! so that too little may be said of it, and never too much.

use std::collections::VecDeque;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::{
    super::difference::{Difference, Place},
    cause::Cause,
    causes_of_texts,
    exact::Exact,
    minted,
    table::{Row, Table},
};

/// Causes that are counted. One that accounts for most differences is never among the rarest of so many.
const MOST_CAUSES: usize = 24;
/// Values of old remembered, to know them when new says them later.
const MOST_EARLIER: usize = 32;
/// Bytes of a value that a cause may hold.
const LONGEST: usize = 64;
/// Differences that have a thing in common before it is no accident.
const LEAST: u64 = 2;
/// The same of what many things have in common by accident.
const LEAST_OF_MANY: u64 = 3;

/// When and of what request a difference was found.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    pub at_millis: u64,
    pub target: &'a str,
}

/// What is known of the differences at one place.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    seen: u64,
    known: Vec<Known>,
    table: Table,
    /// The thing that was read, and what old said of it.
    earlier: VecDeque<(u64, u64)>,
    /// Between two moments of requests.
    widest_millis: u64,
}

#[derive(Clone, Debug)]
struct Known {
    cause: Cause,
    count: u64,
    /// The first pair of values, and whether there was another.
    first: u64,
    varied: bool,
}

/// The cause of most differences at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    pub cause: Cause,
    pub accounts_for: u64,
    pub of: u64,
    /// Differences of more than one pair of values speak for it; the same pair again and again does not.
    pub varied: bool,
    /// What stands for what, where that is the cause.
    pub table: Vec<Row>,
    /// How far apart moments of requests lay at most.
    pub widest_millis: u64,
}

impl Tally {
    pub fn see(&mut self, difference: &Difference, sight: Sight<'_>) {
        self.seen += 1;
        let (old, new) = (difference.old.as_deref(), difference.new.as_deref());
        let pair = print(old) ^ print(new).rotate_left(1);
        let body = matches!(difference.place, Place::Body(_));
        if body {
            difference.causes.iter().for_each(|cause| self.count(cause, pair));
        } else {
            causes_of_texts(old, new).iter().for_each(|cause| self.count(cause, pair));
        }
        let (Some(old), Some(new)) = (old, new) else { return };
        if !is_cut(old) && !is_cut(new) {
            self.table.see(old, new);
            self.over_many(old, new, pair, sight);
        }
        self.against_earlier(difference, old, new, pair, sight);
    }

    /// What only shows over many differences.
    fn over_many(&mut self, old: &str, new: &str, pair: u64, sight: Sight<'_>) {
        if new.len() <= LONGEST {
            self.count(&Cause::Constant(new.to_owned()), pair);
        }
        if let (Some(old), Some(new)) = (Exact::read(old), Exact::read(new))
            && let Some(by) = new.minus(old)
        {
            self.count(&Cause::Offset(by.to_string()), pair);
        }
        if let Some((class, gap)) = minted::class(unquoted(old), unquoted(new), sight.at_millis) {
            self.widest_millis = self.widest_millis.max(gap);
            self.count(&Cause::Minted(class), pair);
        }
    }

    fn against_earlier(
        &mut self,
        difference: &Difference,
        old: &str,
        new: &str,
        pair: u64,
        sight: Sight<'_>,
    ) {
        let thing = xxh3_64_with_seed(difference.place.to_string().as_bytes(), print(Some(sight.target)));
        let (says, lags) = ((thing, print(Some(old))), (thing, print(Some(new))));
        if self.earlier.contains(&lags) {
            self.count(&Cause::Stale, pair);
        }
        if !self.earlier.contains(&says) {
            if self.earlier.len() >= MOST_EARLIER {
                self.earlier.pop_front();
            }
            self.earlier.push_back(says);
        }
    }

    fn count(&mut self, cause: &Cause, pair: u64) {
        if let Some(known) = self.known.iter_mut().find(|known| known.cause == *cause) {
            known.count += 1;
            known.varied |= known.first != pair;
            return;
        }
        if self.known.len() >= MOST_CAUSES {
            // The rarest goes, and of equals the one known for longest.
            let rarest = self.known.iter().enumerate().min_by_key(|(place, known)| (known.count, *place));
            let Some((place, _)) = rarest.filter(|(_, known)| self.is_rare(known.count)) else { return };
            self.known.remove(place);
        }
        self.known.push(Known { cause: cause.clone(), count: 1, first: pair, varied: false });
    }

    const fn is_rare(&self, count: u64) -> bool {
        count <= 1 || count * (MOST_CAUSES as u64 / 2) < self.seen
    }

    pub const fn seen(&self) -> u64 {
        self.seen
    }

    /// The simplest of the causes that account for most; one that accounts for less than four of five
    /// is told where there is none that does, and half are of it.
    pub fn best(&self) -> Option<Explanation> {
        let most = |count: u64| count * 5 >= self.seen * 4;
        self.heaviest(|known| !known.cause.is_of_many() && known.count >= LEAST && most(known.count))
            .or_else(|| self.of_many(most))
            .or_else(|| self.heaviest(|known| known.cause == Cause::Stale && known.count >= LEAST))
            .or_else(|| {
                let half = |known: &Known| known.count >= LEAST && known.count * 2 >= self.seen;
                self.heaviest(|known| !known.cause.is_of_many() && half(known))
            })
    }

    fn of_many(&self, most: impl Fn(u64) -> bool) -> Option<Explanation> {
        let enough = |known: &Known| {
            known.cause.is_of_many() && known.varied && known.count >= LEAST_OF_MANY && most(known.count)
        };
        let plain = self.heaviest(enough);
        // A table of one value is a constant, and one of any values is no explanation beside an offset.
        plain.or_else(|| {
            let count = self.table.accounts_for().filter(|count| most(*count))?;
            Some(Explanation { table: self.table.rows(), ..self.explained(Cause::Mapped, count, true) })
        })
    }

    fn heaviest(&self, which: impl Fn(&Known) -> bool) -> Option<Explanation> {
        let simpler = |a: &&Known, b: &&Known| a.count.cmp(&b.count).then_with(|| b.cause.cmp(&a.cause));
        let known = self.known.iter().filter(|known| which(known)).max_by(simpler)?;
        Some(self.explained(known.cause.clone(), known.count, known.varied))
    }

    fn explained(&self, cause: Cause, accounts_for: u64, varied: bool) -> Explanation {
        let widest_millis = self.widest_millis;
        let varied = varied || cause.is_of_few_values();
        Explanation { cause, accounts_for, of: self.seen, varied, table: Vec::new(), widest_millis }
    }
}

impl Explanation {
    /// Takes in what the same cause accounts for elsewhere.
    pub fn join(&mut self, other: Explanation) {
        self.accounts_for += other.accounts_for;
        self.of += other.of;
        self.varied |= other.varied;
        self.widest_millis = self.widest_millis.max(other.widest_millis);
    }

    /// Whether it is sure enough to act on.
    pub const fn is_firm(&self) -> bool {
        self.varied && self.accounts_for >= LEAST && self.accounts_for * 5 >= self.of * 4
    }
}

fn print(value: Option<&str>) -> u64 {
    value.map_or(0, |value| xxh3_64(value.as_bytes()))
}

/// Whether an excerpt is not the whole value.
fn is_cut(excerpt: &str) -> bool {
    excerpt.ends_with('…')
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

#[cfg(test)]
mod tests;
