//! Three readings at one place, and whether new is the odd one out more often than chance lets it be.
//!
//! If new behaves like one more copy of old, then old, old again and new may change places. Each test counts
//! events of two kinds whose odds are then known, for the odds test that stays valid at every look. The sign
//! test is McNemar's (1947); for the others see the specification of noise.

use super::{
    super::{
        moment::SECOND,
        stats::{
            ln_threshold,
            odds::{EVEN, ONE_TO_TWO, ln_o_hi},
        },
    },
    moment::Moment,
    value::Value,
};

/// Moments closer than this are the same, in nanoseconds: clocks differ, and so does how long a reply takes.
pub const CLOCKS: i128 = 2 * SECOND;
/// The chance to take a course for one where there is none, in either direction.
const COURSE: f64 = 0.05;

/// Events against new and for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub against: u64,
    pub favour: u64,
}

impl Tally {
    pub const fn count(&mut self, against: bool) {
        if against {
            self.against = self.against.saturating_add(1);
        } else {
            self.favour = self.favour.saturating_add(1);
        }
    }

    /// `ln O⁺`: evidence that events against new are more often than `odds` says.
    pub fn evidence(&self, odds: f64) -> f64 {
        ln_o_hi(self.against, self.favour, odds)
    }

    const fn turned(&self) -> Tally {
        Tally { against: self.favour, favour: self.against }
    }
}

/// How new stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// It differs from old more often than old from itself.
    Oftener,
    /// It lies further from old than old from itself.
    Further,
    /// It is the largest of the three.
    Above,
    /// It is the smallest of the three.
    Below,
}

impl Excess {
    pub const fn meaning(self) -> &'static str {
        match self {
            Excess::Oftener => "new differs from old more often than old differs from itself",
            Excess::Further => "new lies further from old than old lies from itself",
            Excess::Above => "new is larger than both readings of old too often",
            Excess::Below => "new is smaller than both readings of old too often",
        }
    }
}

/// A number or a moment, as something that has an order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    Whole(i128),
    Float(f64),
    /// In nanoseconds.
    Moment(i128),
}

impl Measure {
    /// Of a value; `now_millis`: since 1970.
    pub fn of(value: &Value, now_millis: u64) -> Option<Measure> {
        if let Some(moment) = Moment::of(value, now_millis) {
            return Some(Measure::Moment(moment.nanos));
        }
        let Value::Number(text) = value else { return None };
        let float = || text.parse().ok().filter(|number: &f64| number.is_finite()).map(Measure::Float);
        text.parse().ok().map(Measure::Whole).or_else(float)
    }

    /// How much larger than the other it is; `None` between a moment and a number.
    fn above(self, other: Measure) -> Option<f64> {
        match (self, other) {
            (Measure::Moment(ours), Measure::Moment(theirs))
            | (Measure::Whole(ours), Measure::Whole(theirs)) => Some(ours.saturating_sub(theirs) as f64),
            (Measure::Moment(_), _) | (_, Measure::Moment(_)) => None,
            _ => Some(self.float() - other.float()),
        }
    }

    const fn float(self) -> f64 {
        match self {
            Measure::Whole(number) | Measure::Moment(number) => number as f64,
            Measure::Float(number) => number,
        }
    }

    /// Differences up to this are none.
    const fn slack(self) -> f64 {
        if matches!(self, Measure::Moment(_)) { CLOCKS as f64 } else { 0.0 }
    }
}

/// What the triples say of one path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// Against: new differs and old again does not. For: the other way round.
    pub sign: Tally,
    pub distance: Tally,
    above: Tally,
    below: Tally,
    /// Against: old again is larger than old. A value with a course, like a clock or a counter, puts new,
    /// which is read before old again, where chance would not.
    course: Tally,
}

impl Trial {
    /// Counts one triple in which the place differed: whether new, and whether old again did.
    pub const fn differed(&mut self, new: bool, again: bool) {
        if new != again {
            self.sign.count(new);
        }
    }

    /// Counts the values of one triple in which not all three are the same.
    pub fn measured(&mut self, old: Measure, again: Measure, new: Measure) {
        let (Some(drift), Some(off), Some(beside)) = (again.above(old), new.above(old), new.above(again))
        else {
            return;
        };
        let slack = old.slack();
        if (off.abs() - drift.abs()).abs() > slack {
            self.distance.count(off.abs() > drift.abs());
        }
        self.above.count(off > slack && beside > slack);
        self.below.count(off < -slack && beside < -slack);
        if drift != 0.0 {
            self.course.count(drift > 0.0);
        }
    }

    /// Whether values were measured at all.
    pub const fn is_measured(&self) -> bool {
        self.above.against.saturating_add(self.above.favour) > 0
    }

    /// How new stands out, at most wrongly with a chance of `alpha`. Where values were measured, each of the
    /// three kinds of test gets a third of it.
    pub fn excess(&self, alpha: f64) -> Option<Excess> {
        let kinds = if self.is_measured() { 3.0 } else { 1.0 };
        let threshold = ln_threshold(alpha / kinds);
        let tests = [
            (Excess::Oftener, &self.sign, EVEN, true),
            (Excess::Further, &self.distance, EVEN, true),
            (Excess::Above, &self.above, ONE_TO_TWO, !self.has_a_course()),
            (Excess::Below, &self.below, ONE_TO_TWO, !self.has_a_course()),
        ];
        let fires =
            |(_, tally, odds, valid): &(_, &Tally, f64, bool)| *valid && tally.evidence(*odds) >= threshold;
        tests.iter().find(|test| fires(test)).map(|(excess, ..)| *excess)
    }

    fn has_a_course(&self) -> bool {
        let threshold = ln_threshold(COURSE);
        self.course.evidence(EVEN) >= threshold || self.course.turned().evidence(EVEN) >= threshold
    }
}

#[cfg(test)]
mod tests {
    use super::{super::super::splitmix::SplitMix, *};

    fn normal(dice: &mut SplitMix) -> f64 {
        let (radius, turn) = (dice.fraction(), dice.fraction());
        (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
    }

    const HOUR: i128 = 3_600 * SECOND;

    /// Triples until `fires`, of a clock that old itself never tells alike, with new an hour ahead.
    fn triples_until(fires: impl Fn(&Trial) -> bool) -> u32 {
        let mut dice = SplitMix::new(6);
        let mut trial = Trial::default();
        for n in 1..1_000 {
            let mut told = |error| Measure::Moment((dice.fraction() * 300e9) as i128 + error);
            let (old, again, new) = (told(0), told(0), told(HOUR));
            trial.differed(true, true);
            trial.measured(old, again, new);
            if fires(&trial) {
                return n;
            }
        }
        panic!("never");
    }

    #[test]
    fn an_hours_error_on_an_always_noisy_time_stamp_is_found_in_eight_triples_by_the_distance_test_alone() {
        assert_eq!(triples_until(|trial| trial.distance.evidence(EVEN) >= ln_threshold(0.01)), 8);
        assert_eq!(triples_until(|trial| trial.distance.evidence(EVEN) >= ln_threshold(1e-4)), 15);
    }

    #[test]
    fn all_tests_together_find_it_in_seven_triples_and_among_a_hundred_paths_in_eleven() {
        assert_eq!(triples_until(|trial| trial.above.evidence(ONE_TO_TWO) >= ln_threshold(0.01)), 5);
        assert_eq!(triples_until(|trial| trial.excess(0.01).is_some()), 7);
        assert_eq!(triples_until(|trial| trial.excess(0.01 / 100.0).is_some()), 11);
        let distance = |level: f64| {
            triples_until(move |trial| trial.distance.evidence(EVEN) >= ln_threshold(level / 3.0))
        };
        assert_eq!((distance(0.01), distance(0.01 / 100.0)), (10, 17));
    }

    #[test]
    fn counting_differences_alone_never_finds_it() {
        let mut trial = Trial::default();
        (0..100_000).for_each(|_| trial.differed(true, true));
        assert_eq!(trial.excess(0.01), None);
    }

    /// The share of `runs` that ever fire, and the median of the triples it took.
    fn fired(runs: u64, triples: u32, mut one: impl FnMut(&mut SplitMix, &mut Trial) -> bool) -> (f64, u32) {
        let mut at: Vec<u32> = Vec::new();
        for run in 0..runs {
            let (mut dice, mut trial) = (SplitMix::new(run), Trial::default());
            at.extend((1..=triples).find(|_| one(&mut dice, &mut trial)));
        }
        at.sort_unstable();
        (at.len() as f64 / runs as f64, at.get(at.len() / 2).copied().unwrap_or(0))
    }

    fn flips(old: f64, new: f64) -> impl FnMut(&mut SplitMix, &mut Trial) -> bool {
        move |dice, trial| {
            // Copies of old that each flip on their own; what counts is who agrees with the first.
            let [first, again, new] = [old, old, new].map(|rate| dice.fraction() < rate);
            trial.differed(first != new, first != again);
            first != new && trial.sign.evidence(EVEN) >= ln_threshold(0.01)
        }
    }

    #[test]
    fn new_that_flips_like_old_is_seldom_called_worse() {
        let (share, _) = fired(200, 300, flips(0.3, 0.3));
        assert!(share <= 0.02, "{share}");
    }

    #[test]
    fn new_that_always_differs_where_old_seldom_does_is_found_in_about_eight_triples() {
        let (share, median) = fired(300, 60, flips(0.02, 1.0));
        assert_eq!((share, median), (1.0, 8));
    }

    fn shifted(by: f64) -> impl FnMut(&mut SplitMix, &mut Trial) -> bool {
        move |dice, trial| {
            let [old, again, new] = [0.0, 0.0, by].map(|shift| Measure::Float(normal(dice) + shift));
            trial.measured(old, again, new);
            trial.distance.evidence(EVEN) >= ln_threshold(0.01)
        }
    }

    #[test]
    fn the_distance_test_has_the_power_that_was_computed() {
        // Medians of the specification: 14 and 8, from 1,000 runs of another implementation.
        let (share, median) = fired(300, 200, shifted(3.0));
        assert!(share == 1.0 && (11..=17).contains(&median), "{share} {median}");
        assert_eq!(fired(100, 60, shifted(10.0)), (1.0, 8));
        let (share, _) = fired(200, 200, shifted(0.0));
        assert!(share <= 0.025, "{share}");
    }

    #[test]
    fn clocks_a_little_apart_are_no_excess() {
        let mut trial = Trial::default();
        for n in 0..1_000 {
            let at = |offset: i128| Measure::Moment(n * HOUR + offset * SECOND / 1_000);
            trial.measured(at(0), at(5), at(900));
        }
        assert_eq!(trial.excess(0.01), None);
    }

    #[test]
    fn a_counter_that_old_moves_on_does_not_make_new_the_smallest() {
        let mut dice = SplitMix::new(7);
        let mut trial = Trial::default();
        for n in 0..1_000 {
            let new = if dice.fraction() < 0.5 { -1 } else { 1 };
            trial.measured(Measure::Whole(n * 10), Measure::Whole(n * 10 + 5), Measure::Whole(n * 10 + new));
            assert_eq!(trial.excess(0.01), None, "after {n}");
        }
    }

    #[test]
    fn a_moment_and_a_number_are_not_measured_against_each_other() {
        let mut trial = Trial::default();
        trial.measured(Measure::Moment(1), Measure::Whole(2), Measure::Whole(3));
        assert!(!trial.is_measured());
    }
}
