//! What mismatches looked like: per route and shape, how often, when, and a few examples.
//!
//! Bounded everywhere: when a route has more shapes than are kept, the one not seen for longest is
//! forgotten, and how much was forgotten is counted. Holds excerpts of replies, credentials withheld: shown only to
//! who may read the report, and kept only in the folder of the state (`news`).

mod news;

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use dashmap::DashMap;

use super::exhibits::Exhibits;
use crate::domain::{
    account::Heading,
    compare::{
        difference::Difference,
        explain::{tallies::Tallies, tally::Sight},
        signature::Signature,
    },
    recheck::{Class, Ruling},
};
pub use news::News;

/// What bounds the samples.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Shapes kept per route.
    pub signatures: usize,
    /// Examples kept per shape: the first one and the newest ones.
    pub samples: usize,
    /// Differences kept per example.
    pub differences: usize,
    /// Bytes kept of a request target.
    pub target: usize,
    /// Notes kept per example.
    pub notes: usize,
    /// Bytes of pairs that are kept whole.
    pub exhibits: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { signatures: 200, samples: 5, differences: 10, target: 1024, notes: 8, exhibits: 16 << 20 }
    }
}

/// One pair that mismatched.
#[derive(Clone, Debug)]
pub struct Sample {
    pub at_millis: u64,
    pub method: String,
    /// Path and query, with what lets somebody in replaced.
    pub target: String,
    pub old_status: u16,
    /// `None` where new gave no whole reply.
    pub new_status: Option<u16>,
    pub differences: Vec<Difference>,
    /// How many differences there are besides those kept.
    pub more: usize,
    pub notes: Vec<String>,
    pub old_took: Duration,
    pub new_took: Duration,
}

/// Everything kept of one shape.
#[derive(Clone, Debug)]
pub struct Shape {
    pub signature: Signature,
    /// How many of them are known to be of which class.
    classes: [u64; Class::ALL.len()],
    /// Of those that new caught up with, how long the slowest took until that was seen.
    pub caught_up_within: Duration,
    /// Why the unchecked ones were not read again; one entry for each reason there is.
    pub unread: BTreeMap<&'static str, u64>,
    pub count: u64,
    pub first_millis: u64,
    pub last_millis: u64,
    /// The first one seen since the shape is known, then the newest, oldest first.
    pub samples: VecDeque<Sample>,
    /// Why they differ, from all of them and not only from those kept.
    pub tallies: Tallies,
    /// Rises with every sight; the clock of a shape's last sight may stand still or go back.
    turn: u64,
    /// How many of them were there when it was last handed out to be written down.
    told: u64,
}

/// What is kept of one route.
#[derive(Clone, Debug, Default)]
pub struct Gallery {
    /// The heaviest first.
    pub shapes: Vec<Shape>,
    pub forgotten: Forgotten,
}

/// What was kept once and is no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub shapes: u64,
    pub mismatches: u64,
}

/// Whether a shape was not known before: the moment to tell somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct FirstSight(pub bool);

#[derive(Debug, Default)]
struct Known {
    shapes: HashMap<Signature, Shape>,
    forgotten: Forgotten,
    turn: u64,
}

/// The samples of all routes.
#[derive(Debug)]
pub struct Samples {
    routes: DashMap<Heading, Known>,
    limits: Limits,
    evicted: AtomicU64,
    pub exhibits: Exhibits,
}

impl Samples {
    pub fn new(limits: Limits) -> Samples {
        let exhibits = Exhibits::new(limits.exhibits);
        Samples { routes: DashMap::new(), limits, evicted: AtomicU64::new(0), exhibits }
    }

    pub fn record(&self, heading: Heading, signature: &Signature, sample: Sample) -> FirstSight {
        let mut known = self.routes.entry(heading).or_default();
        known.turn += 1;
        let turn = known.turn;
        if let Some(shape) = known.shapes.get_mut(signature) {
            // From all its differences, also from those that are not kept of it.
            shape.tallies.see(&sample.differences, sample.sight());
            shape.see(self.cut(sample), turn, self.limits.samples);
            return FirstSight(false);
        }
        if known.shapes.len() >= self.limits.signatures.max(1) {
            known.forget_one();
            self.evicted.fetch_add(1, Ordering::Relaxed);
        }
        let mut tallies = Tallies::default();
        tallies.see(&sample.differences, sample.sight());
        let shape = Shape { tallies, ..Shape::first(signature.clone(), self.cut(sample), turn) };
        known.shapes.insert(signature.clone(), shape);
        FirstSight(true)
    }

    /// The class of one mismatch of this shape is known. A shape that was forgotten meanwhile stays forgotten.
    pub fn classed(&self, heading: Heading, signature: &Signature, class: Class) {
        self.at(heading, signature, |shape| {
            if let Some(count) = shape.classes.get_mut(class as usize) {
                // A shape that was forgotten and came back has fewer mismatches than are classed.
                *count = count.saturating_add(1).min(shape.count);
            }
        });
    }

    /// The same of one that was read again.
    pub fn ruled(&self, heading: Heading, signature: &Signature, ruling: &Ruling) {
        self.classed(heading, signature, ruling.class);
        self.at(heading, signature, |shape| {
            let (_, seen) = ruling.caught_up.unwrap_or_default();
            shape.caught_up_within = shape.caught_up_within.max(seen);
        });
    }

    /// Why one was not read again.
    pub fn unread(&self, heading: Heading, signature: &Signature, reason: &'static str) {
        self.at(heading, signature, |shape| {
            let count = shape.unread.entry(reason).or_default();
            *count = count.saturating_add(1).min(shape.count);
        });
    }

    fn at(&self, heading: Heading, signature: &Signature, entry: impl FnOnce(&mut Shape)) {
        if let Some(mut known) = self.routes.get_mut(&heading)
            && let Some(shape) = known.shapes.get_mut(signature)
        {
            entry(shape);
        }
    }

    /// What is kept of a route, the heaviest shape first, and of equals by name.
    pub fn of(&self, heading: Heading) -> Gallery {
        let Some(known) = self.routes.get(&heading) else { return Gallery::default() };
        let mut shapes: Vec<_> = known.shapes.values().cloned().collect();
        let forgotten = known.forgotten;
        drop(known);
        shapes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.signature.text().cmp(b.signature.text())));
        Gallery { shapes, forgotten }
    }

    /// How many shapes were forgotten, over all routes.
    pub fn evicted(&self) -> u64 {
        self.evicted.load(Ordering::Relaxed)
    }

    fn cut(&self, mut sample: Sample) -> Sample {
        sample.more += sample.differences.len().saturating_sub(self.limits.differences);
        sample.differences.truncate(self.limits.differences);
        sample.notes.truncate(self.limits.notes);
        shorten(&mut sample.method, self.limits.target);
        shorten(&mut sample.target, self.limits.target);
        sample
    }
}

impl Sample {
    fn sight(&self) -> Sight<'_> {
        Sight { at_millis: self.at_millis, target: &self.target }
    }
}

impl Known {
    fn forget_one(&mut self) {
        let oldest = self.shapes.values().min_by_key(|shape| shape.turn).map(|shape| shape.signature.clone());
        if let Some(shape) = oldest.and_then(|signature| self.shapes.remove(&signature)) {
            self.forgotten.shapes += 1;
            self.forgotten.mismatches += shape.count;
        }
    }
}

impl Shape {
    /// The class that most of those which were read again have; of two as frequent, the worse.
    pub fn class(&self) -> Class {
        let known = self.classes().filter(|(class, count)| *class != Class::Unchecked && *count > 0);
        let rank = |class: Class| std::cmp::Reverse(class as usize);
        known.max_by_key(|(class, count)| (*count, rank(*class))).map_or(Class::Unchecked, |(class, _)| class)
    }

    pub fn classes(&self) -> impl Iterator<Item = (Class, u64)> + '_ {
        Class::ALL.into_iter().zip(self.classes)
    }

    fn first(signature: Signature, sample: Sample, turn: u64) -> Shape {
        Shape {
            signature,
            classes: [0; Class::ALL.len()],
            caught_up_within: Duration::ZERO,
            unread: BTreeMap::new(),
            count: 1,
            first_millis: sample.at_millis,
            last_millis: sample.at_millis,
            samples: VecDeque::from([sample]),
            tallies: Tallies::default(),
            turn,
            told: 0,
        }
    }

    fn see(&mut self, sample: Sample, turn: u64, keep: usize) {
        self.count += 1;
        self.turn = turn;
        self.last_millis = self.last_millis.max(sample.at_millis);
        if keep > 1 {
            if self.samples.len() >= keep {
                self.samples.remove(1);
            }
            self.samples.push_back(sample);
        }
    }
}

fn shorten(text: &mut String, bytes: usize) {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
        text.push('…');
    }
}

#[cfg(test)]
mod tests;
