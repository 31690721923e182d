//! What is looked at in every pair of a route besides the comparison: invariants, aggregates, planted differences.
//!
//! Off the live path. A route with invariants or aggregates pays for it: each of its pairs is queued and read, also
//! where both replies are the same to the byte, since that is no reason for them to be right.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use crate::{
    clock,
    domain::{
        aggregate::{Aggregate, Found},
        compare::{
            self, Judgement, Terms,
            content::{self, Content, Most},
            difference::{Difference, Kind, Place},
            rules::Rules,
        },
        invariant::{Finding, Invariant, Pair},
        observation::Reply,
        outcome::{Outcome, Verdict},
        seeded::{self, Sowing},
        splitmix::SplitMix,
    },
    store::watched::Watches,
};

/// What aggregates look at. A larger reply is left out, and that is counted.
const MOST: Most = Most { bytes: 16 << 20, depth: 1_000, nodes: 1 << 20 };

/// What is watched of one route; nothing by default.
#[derive(Debug, Default)]
pub struct Watch {
    pub invariants: Vec<Invariant>,
    pub aggregates: Vec<Aggregate>,
    /// One in so many comparisons that agree is done again with a difference planted; 0 for none.
    pub seed_one_in: u32,
    /// Where this route is among all, and where it is written down.
    pub route: usize,
    pub watches: Arc<Watches>,
    drawn: AtomicU64,
}

impl Watch {
    pub fn new(
        invariants: Vec<Invariant>,
        aggregates: Vec<Aggregate>,
        seed_one_in: u32,
        route: usize,
        watches: Arc<Watches>,
    ) -> Watch {
        Watch { invariants, aggregates, seed_one_in, route, watches, drawn: AtomicU64::default() }
    }

    /// Whether every pair has to be read, even one of which both replies are the same to the byte.
    pub const fn reads_all(&self) -> bool {
        !self.invariants.is_empty() || !self.aggregates.is_empty()
    }

    /// The number by which a difference is planted into this pair, where it is drawn by lot.
    pub fn draw(&self) -> Option<u64> {
        if self.seed_one_in == 0 {
            return None;
        }
        // Each draw has a number, and its own seed: threads need no dice of their own.
        let thrown =
            SplitMix::new(self.drawn.fetch_add(1, Ordering::Relaxed) ^ (self.route as u64) << 48).throw();
        thrown.is_multiple_of(u64::from(self.seed_one_in)).then_some(thrown / u64::from(self.seed_one_in))
    }

    /// Adds to a judgement what the invariants say of the pair. One that does not hold is a mismatch of its own kind.
    pub fn judge(
        &self,
        mut judgement: Judgement,
        (old, new): (&Reply, &Reply),
        asked: compare::Asked<'_>,
        rules: &Rules,
    ) -> Judgement {
        if self.invariants.is_empty() {
            return judgement;
        }
        let pair = Pair::new(old, new, asked, rules);
        // A pair that proves nothing, or differs anyway, need not say what nobody counts.
        let counts = matches!(judgement.outcome, Outcome::Exact | Outcome::Equal | Outcome::Forgiven);
        let mut broken = Vec::new();
        for invariant in &self.invariants {
            let (kind, why) = match invariant.judge(&pair) {
                Finding::Holds => continue,
                Finding::NotJudged(_) if !counts => continue,
                Finding::Broken => (Kind::Broken, "it does not hold".to_owned()),
                Finding::NotJudged(why) => (Kind::NotJudged, format!("it could not be judged: {why}")),
            };
            let place = Place::Invariant(invariant.name.clone());
            broken.push(Difference::at(place, kind, Some(invariant.expression.to_string()), Some(why)));
        }
        if !broken.is_empty() {
            if judgement.outcome.verdict() != Verdict::Mismatch {
                judgement.outcome = Outcome::InvariantBroken;
            }
            // In front: there are few, and they must not be cut off.
            broken.append(&mut judgement.differences);
            judgement.differences = broken;
        }
        judgement
    }

    /// Writes down what one pair says, once for each pair.
    pub fn enter(&self, judgement: &Judgement, (old, new): (&Reply, &Reply), rules: &Rules) {
        if !self.invariants.is_empty() {
            let broken = judgement.differences.iter().find_map(|difference| match &difference.place {
                Place::Invariant(name) => {
                    Some(format!("{name}: {}", difference.new.as_deref().unwrap_or_default()))
                }
                _ => None,
            });
            self.watches.judged(self.route, broken, clock::unix_millis());
        }
        let answers = old.status / 100 == 2 && new.status / 100 == 2;
        if self.aggregates.is_empty() || !answers {
            return;
        }
        let read = |reply| match content::content(reply, rules.read_as, MOST) {
            Ok(Content::Tree(document)) => Some(document),
            _ => None,
        };
        let found =
            |document: &_| self.aggregates.iter().map(|aggregate| aggregate.found(document)).collect();
        let same = judgement.outcome == Outcome::Exact;
        let old: Option<Vec<Found>> = read(old).as_ref().map(found);
        let new = if same { old.clone() } else { read(new).as_ref().map(found) };
        match old.zip(new) {
            Some((old, new)) => {
                let found = old.into_iter().zip(new).map(|(old, new)| [old, new]).collect();
                self.watches.tallied(self.route, found, clock::unix_millis());
            }
            None => self.watches.untallied(self.route),
        }
    }

    /// Plants a difference into a copy of a pair that agrees, and tells whether it was found; `None` where nothing
    /// could be planted.
    pub fn seed(&self, thrown: u64, (old, new): (&Reply, &Reply), terms: &Terms<'_>) -> Option<bool> {
        let found = match seeded::sow(old, new, terms, thrown) {
            Sowing::Found => true,
            Sowing::Missed(why) => {
                tracing::error!(route = self.route, why, "a planted difference was not found");
                false
            }
            Sowing::Nothing => return None,
        };
        self.watches.seeded(self.route, found);
        Some(found)
    }
}
