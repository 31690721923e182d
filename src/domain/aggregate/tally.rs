//! Both sides of one aggregate, group by group.

use std::collections::BTreeMap;

use super::{
    Aggregate, Function,
    distinct::Distinct,
    exact::Exact,
    found::{Amount, Found},
};

/// Groups told apart; what comes later is one group together.
const MOST_GROUPS: usize = 1_000;
/// The group of what came later.
const OTHER: &str = "(other)";
/// Hashes of distinct values kept of one side, over all groups.
const MOST_VALUES: usize = 100_000;
/// Groups named in one line.
const NAMED: usize = 3;

/// What both sides came to so far.
#[derive(Clone, Debug)]
pub struct Tally {
    aggregate: Aggregate,
    groups: BTreeMap<String, Both>,
    pairs: u64,
    left_out: u64,
}

#[derive(Clone, Debug, Default)]
struct Both {
    sums: [Exact; 2],
    counts: [u64; 2],
    distinct: Distinct,
    odd: [u64; 2],
}

/// One aggregate as a person sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    pub name: String,
    /// `sum of /total by /currency`
    pub told: String,
    /// The most that new may differ by, as a part of old's.
    pub max: f64,
    /// Pairs that had something to be added, and pairs of which a body could not be looked at.
    pub pairs: u64,
    pub left_out: u64,
    /// By name.
    pub groups: Vec<Group>,
}

/// One group of an aggregate.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub name: String,
    pub old: String,
    pub new: String,
    /// The nearest floats of both.
    pub near: [f64; 2],
    /// By how much they differ, as a part of old's; `None` where that cannot be told.
    pub share: Option<f64>,
    /// They differ by more than they may.
    pub beyond: bool,
    /// Values that were to be added and are no numbers, of old and of new.
    pub odd: [u64; 2],
}

impl Tally {
    pub const fn new(aggregate: Aggregate) -> Tally {
        Tally { aggregate, groups: BTreeMap::new(), pairs: 0, left_out: 0 }
    }

    pub const fn aggregate(&self) -> &Aggregate {
        &self.aggregate
    }

    /// Pairs that had something to be added.
    pub const fn pairs(&self) -> u64 {
        self.pairs
    }

    /// What both replies of one pair have to add.
    pub fn add(&mut self, old: Found, new: Found) {
        // Where neither side has anything to add, nothing was checked.
        self.pairs += u64::from(!old.0.is_empty() || !new.0.is_empty());
        for (side, Found(found)) in [old, new].into_iter().enumerate() {
            for (name, amount) in found {
                self.group(name).see(side, &amount);
            }
        }
    }

    /// A pair that has nothing to add, since a body of it could not be looked at.
    pub const fn leave_out(&mut self) {
        self.left_out += 1;
    }

    fn group(&mut self, name: String) -> &mut Both {
        let full = self.groups.len() >= MOST_GROUPS && !self.groups.contains_key(&name);
        let name = if full { OTHER.to_owned() } else { name };
        if !self.groups.contains_key(&name) {
            // All groups together keep to the bound.
            let each = MOST_VALUES / (self.groups.len() + 1);
            self.groups.values_mut().for_each(|group| group.distinct.bound(each));
            let distinct = Distinct::keeping(each);
            self.groups.insert(name.clone(), Both { distinct, ..Both::default() });
        }
        self.groups.entry(name).or_default()
    }

    pub fn view(&self) -> View {
        View {
            name: self.aggregate.name.clone(),
            told: self.aggregate.told(),
            max: self.aggregate.max,
            pairs: self.pairs,
            left_out: self.left_out,
            groups: self.groups.iter().map(|(name, both)| both.view(name, &self.aggregate)).collect(),
        }
    }

    /// Where new differs by more than it may, in words.
    pub fn beyond(&self) -> Option<String> {
        let view = self.view();
        let mut beyond = view.groups.iter().filter(|group| group.beyond).peekable();
        beyond.peek()?;
        let mut said: Vec<String> = beyond.by_ref().take(NAMED).map(|group| group.told(view.max)).collect();
        let more = beyond.count();
        said.extend((more > 0).then(|| format!("{more} more groups")));
        Some(format!("{} ({}): {}", view.name, view.told, said.join("; ")))
    }
}

impl Both {
    fn see(&mut self, side: usize, amount: &Amount) {
        if let (Some(sum), Some(count), Some(odd)) =
            (self.sums.get_mut(side), self.counts.get_mut(side), self.odd.get_mut(side))
        {
            sum.add(&amount.sum);
            *count += amount.count;
            *odd += amount.odd;
        }
        self.distinct.see(side, &amount.values);
    }

    fn view(&self, name: &str, aggregate: &Aggregate) -> Group {
        let about = if self.distinct.is_exact() { "" } else { "about " };
        let counted = |[old, new]: [u64; 2]| ([old as f64, new as f64], old != new);
        let (texts, (near, differs)) = match aggregate.of {
            Function::Sum => {
                let [old, new] = &self.sums;
                let differs = !new.less(old).is_zero();
                (self.sums.map(|sum| sum.to_string()), ([old.near(), new.less(old).near()], differs))
            }
            Function::Count => (self.counts.map(|count| count.to_string()), counted(self.counts)),
            Function::Distinct => {
                let counts = self.distinct.counts();
                (counts.map(|count| format!("{about}{count}")), counted(counts))
            }
        };
        let [old, second] = near;
        // Of sums the difference itself is known exactly.
        let difference = if aggregate.of == Function::Sum { second } else { second - old };
        let new = old + difference;
        let share = match differs {
            false => Some(0.0),
            true => Some((difference / old).abs()).filter(|share| share.is_finite()),
        };
        let odd = self.odd.iter().any(|count| *count > 0);
        let [old_text, new_text] = texts;
        Group {
            name: name.to_owned(),
            old: old_text,
            new: new_text,
            near: [old, new],
            share,
            beyond: odd || differs && share.is_none_or(|share| share > aggregate.max),
            odd: self.odd,
        }
    }
}

impl Group {
    /// `EUR: old 100.00, new 99.98, apart by 0.02 % (at most 0 %)`
    fn told(&self, max: f64) -> String {
        let name = if self.name.is_empty() { String::new() } else { format!("{}: ", self.name) };
        let [old, new] = self.odd;
        if old + new > 0 {
            return format!("{name}{old} values of old and {new} of new are no numbers");
        }
        let apart = self.share.map_or_else(
            || "cannot be compared".to_owned(),
            |share| format!("apart by {} % (at most {} %)", short(share * 100.0), short(max * 100.0)),
        );
        format!("{name}old {}, new {}, {apart}", self.old, self.new)
    }
}

/// With as many digits as say something.
fn short(number: f64) -> String {
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
