//! What all values that old gave at one noisy place have in common, and whether new's has it too.
//!
//! Only what held of every value of old is asked of new: what old itself does not keep to is no class. That
//! new keeps to it proves nothing about the value; that it does not is an error, noisy place or not.

use super::{
    super::moment::{MILLI, SECOND},
    moment::{Moment, Style},
    texts::Texts,
    trial::CLOCKS,
    value::Value,
};

/// A quarter of an hour, in nanoseconds: zones differ by whole ones.
const QUARTER: i128 = 900 * SECOND;
/// Styles of moments told apart; past it any is taken.
const MOST_STYLES: usize = 4;
/// Old's moments are of the time of the reply if none is further from it than this, in nanoseconds.
const FRESH: i128 = 600 * SECOND;
/// How much further from now than any of old's a moment of new may lie: as far again, and this, in nanoseconds.
const LATE: i128 = 5 * SECOND;
/// The least relative difference that is asked of fractions.
const EXACT: f64 = 1e-9;
/// How many times as far from old as 99 of 100 of old's own differences new's may be.
const WIDER: f64 = 3.0;
/// Powers of two that relative differences are told apart by: from 2^-60 on.
const STEPS: usize = 72;
const LEAST_STEP: i32 = -60;

/// What is known of old's values at one place. Of bounded size.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Types seen, as bits.
    kinds: u16,
    texts: Texts,
    numbers: Numbers,
    moments: Moments,
    /// How often old differed from itself by this power of two, relative to the larger value.
    spread: [u32; STEPS],
    /// Whether old changes the order of an array here.
    reorders: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Numbers {
    seen: u64,
    /// Those that are not whole.
    fractions: u64,
    /// Signs seen, as bits: minus, zero, plus.
    signs: u8,
    /// The least and the largest power of ten.
    powers: Option<(i32, i32)>,
}

#[derive(Clone, Debug, Default)]
struct Moments {
    seen: u64,
    /// Texts and numbers that are no moments.
    others: u64,
    styles: Vec<Style>,
    /// The fewest and the most digits of the seconds.
    digits: Option<(u8, u8)>,
    /// How far from now the furthest was, in nanoseconds.
    furthest: i128,
    /// Old once differed from itself by whole quarters of an hour, so that this means nothing here.
    quarters: bool,
}

impl Default for Profile {
    fn default() -> Profile {
        Profile {
            kinds: 0,
            texts: Texts::default(),
            numbers: Numbers::default(),
            moments: Moments::default(),
            spread: [0; STEPS],
            reorders: false,
        }
    }
}

impl Profile {
    /// Takes in a value of old, read at that moment.
    pub fn learn(&mut self, value: &Value, now_millis: u64) {
        self.kinds |= value.kind();
        self.texts.learn(value);
        if let Value::Number(text) = value {
            self.numbers.learn(text);
        }
        match Moment::of(value, now_millis) {
            Some(moment) => self.moments.learn(moment, now_millis),
            None => self.moments.others += u64::from(value.is_said()),
        }
    }

    /// Takes in that old gave these two for one request.
    pub fn learn_pair(&mut self, old: &Value, again: &Value, now_millis: u64) {
        if let (Some(old), Some(again)) = (Moment::of(old, now_millis), Moment::of(again, now_millis)) {
            self.moments.quarters |= is_a_zone_apart(old, again);
        }
        let apart = relative(old, again);
        if let Some(count) = apart.and_then(|apart| self.spread.get_mut(step(apart))) {
            *count = count.saturating_add(1);
        }
    }

    /// Takes in that old gave the elements of an array in another order.
    pub const fn learn_order(&mut self) {
        self.reorders = true;
    }

    pub const fn reorders(&self) -> bool {
        self.reorders
    }

    /// What new's value lacks that every value of old has; `None` where nothing is missing. `old`: the value
    /// that new's stands against.
    pub fn breach(&self, old: &Value, new: &Value, now_millis: u64) -> Option<&'static str> {
        if self.kinds & new.kind() == 0 {
            return Some("a type that old never has here");
        }
        if !new.is_plain() {
            return Some("more than can be checked");
        }
        self.moments
            .breach(old, new, now_millis)
            // A moment's text is judged as a moment; its length says no more.
            .or_else(|| if self.moments.are_all() { None } else { self.texts.breach(new) })
            .or_else(|| if self.moments.are_all() { None } else { self.numbers.breach(new) })
            .or_else(|| if self.moments.are_all() { None } else { self.strays(old, new) })
    }

    /// Fractions that differ by more than old's own.
    fn strays(&self, old: &Value, new: &Value) -> Option<&'static str> {
        let (apart, widest) = (relative(old, new)?, self.widest()?);
        let most = (WIDER * widest).max(EXACT);
        (self.numbers.fractions > 0 && apart > most).then_some("a number much further off than old's own")
    }

    /// What 99 of 100 of old's own relative differences do not exceed, rounded up to a power of two.
    pub fn widest(&self) -> Option<f64> {
        let all: u64 = self.spread.iter().map(|count| u64::from(*count)).sum();
        let rank = (all * 99).div_ceil(100).max(1);
        let mut below = 0;
        for (step, count) in self.spread.iter().enumerate() {
            below += u64::from(*count);
            if below >= rank {
                return Some(2f64.powi(LEAST_STEP + i32::try_from(step).unwrap_or(0)));
            }
        }
        None
    }

    /// Where all values are moments of the time of the reply: how far from now they may lie, in nanoseconds.
    pub fn freshness(&self) -> Option<i128> {
        self.moments.freshness()
    }

    /// Whether rules take all moments for what they are.
    pub fn is_for_rules(&self) -> bool {
        self.moments.styles.iter().all(|style| style.is_for_rules())
    }

    /// The one way in which all moments are written, if all are and there is one.
    pub fn style(&self) -> Option<Style> {
        self.moments
            .styles
            .first()
            .copied()
            .filter(|_| self.moments.are_all() && self.moments.styles.len() == 1)
    }

    pub const fn texts(&self) -> &Texts {
        &self.texts
    }

    /// Whether every value was a number, and some not whole.
    pub const fn is_fractional(&self) -> bool {
        self.numbers.fractions > 0 && self.kinds & !8 == 0
    }

    /// Whether every value was of one type.
    pub const fn is_of_one_type(&self) -> bool {
        self.kinds.count_ones() == 1
    }
}

impl Numbers {
    fn learn(&mut self, text: &str) {
        let Some(number) = finite(text) else { return };
        self.seen += 1;
        self.fractions += u64::from(number.fract() != 0.0);
        self.signs |= sign(number);
        if let Some(power) = power(number) {
            let (least, most) = self.powers.unwrap_or((power, power));
            self.powers = Some((least.min(power), most.max(power)));
        }
    }

    fn breach(&self, new: &Value) -> Option<&'static str> {
        let Value::Number(text) = new else { return None };
        if self.seen == 0 {
            return None;
        }
        let Some(number) = finite(text) else { return Some("a number beyond all bounds") };
        if self.signs & sign(number) == 0 {
            return Some(if number == 0.0 { "zero, where old never is" } else { "another sign than old's" });
        }
        if self.fractions == 0 && number.fract() != 0.0 {
            return Some("a fraction, where old has whole numbers");
        }
        // One power beyond old's own is no news: after 99 comes 100.
        let strange =
            |power: i32| self.powers.is_none_or(|(least, most)| power < least - 1 || power > most + 1);
        power(number).is_some_and(strange).then_some("a number of another magnitude than old's")
    }
}

impl Moments {
    fn learn(&mut self, moment: Moment, now_millis: u64) {
        self.seen += 1;
        if self.styles.len() < MOST_STYLES && !self.styles.contains(&moment.style) {
            self.styles.push(moment.style);
        }
        let (least, most) = self.digits.unwrap_or((moment.digits, moment.digits));
        self.digits = Some((least.min(moment.digits), most.max(moment.digits)));
        self.furthest = self.furthest.max(age(moment, now_millis));
    }

    const fn are_all(&self) -> bool {
        self.seen > 0 && self.others == 0
    }

    fn freshness(&self) -> Option<i128> {
        (self.are_all() && self.furthest <= FRESH).then_some(self.furthest * 2 + LATE)
    }

    fn breach(&self, old: &Value, new: &Value, now_millis: u64) -> Option<&'static str> {
        // Null and nothing at all are judged by their type.
        if !self.are_all() || !new.is_said() {
            return None;
        }
        let Some(moment) = Moment::of(new, now_millis) else { return Some("no moment, where old has one") };
        if self.styles.len() < MOST_STYLES && !self.styles.contains(&moment.style) {
            return Some("a moment written in another way than old's");
        }
        // Where old drops zeros at the end, any number of digits up to the most may come.
        let precise = match self.digits {
            Some((least, most)) if least == most => moment.digits == most,
            Some((_, most)) => moment.digits <= most,
            None => true,
        };
        if !precise {
            return Some("a moment of another precision than old's");
        }
        let zone = Moment::of(old, now_millis).is_some_and(|old| is_a_zone_apart(old, moment));
        if zone && !self.quarters {
            return Some("whole quarters of an hour apart, as time zones are");
        }
        let late = self.freshness().is_some_and(|most| age(moment, now_millis) > most);
        late.then_some("further from now than old ever is")
    }
}

/// How far from now, in nanoseconds.
fn age(moment: Moment, now_millis: u64) -> i128 {
    (moment.nanos - i128::from(now_millis) * MILLI).abs()
}

/// Whether two moments differ by whole quarters of an hour, give or take what clocks differ by.
fn is_a_zone_apart(old: Moment, new: Moment) -> bool {
    let apart = (new.nanos - old.nanos).abs();
    let over = apart % QUARTER;
    apart > QUARTER - CLOCKS && over.min(QUARTER - over) < CLOCKS
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn sign(number: f64) -> u8 {
    match number {
        0.0 => 2,
        below if below < 0.0 => 1,
        _ => 4,
    }
}

fn power(number: f64) -> Option<i32> {
    (number != 0.0).then(|| number.abs().log10().floor() as i32)
}

/// How far two numbers are apart, relative to the larger one.
fn relative(old: &Value, new: &Value) -> Option<f64> {
    let (Value::Number(old), Value::Number(new)) = (old, new) else { return None };
    let (old, new) = (finite(old)?, finite(new)?);
    let larger = old.abs().max(new.abs());
    // Halved first: the difference of two large numbers need not be a number.
    (larger > 0.0).then(|| 2.0 * (old / 2.0 / larger - new / 2.0 / larger).abs())
}

/// The place of the least power of two that is not exceeded.
fn step(apart: f64) -> usize {
    let power = if apart > 0.0 { apart.log2().ceil() as i32 } else { LEAST_STEP };
    usize::try_from(power.saturating_sub(LEAST_STEP)).unwrap_or(0).min(STEPS - 1)
}

#[cfg(test)]
mod tests;
