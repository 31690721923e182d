//! Sums of decimals that are not rounded. What does not fit says so for ever.

use std::fmt;

use crate::domain::compare::content::parts;

/// `digits × 10^power`; `None` once it has grown past what fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact(Option<(i128, i32)>);

impl Default for Exact {
    fn default() -> Exact {
        Exact(Some((0, 0)))
    }
}

impl Exact {
    /// Of a number as JSON spells it. `None` where its digits do not fit.
    pub fn read(spelling: &str) -> Option<Exact> {
        let (digits, power) = parts(spelling)?;
        Some(Exact(Some((digits, i32::try_from(power).ok()?))))
    }

    /// Adds another.
    pub fn add(&mut self, other: &Exact) {
        self.0 = self.0.zip(other.0).and_then(|(one, other)| {
            let ((one, other), power) = lined_up(one, other)?;
            Some((one.checked_add(other)?, power))
        });
    }

    /// How much larger it is than another.
    pub fn less(&self, other: &Exact) -> Exact {
        let mut turned = Exact(other.0.and_then(|(digits, power)| Some((digits.checked_neg()?, power))));
        turned.add(self);
        turned
    }

    pub const fn fits(&self) -> bool {
        self.0.is_some()
    }

    pub fn is_zero(&self) -> bool {
        self.0.is_some_and(|(digits, _)| digits == 0)
    }

    /// The nearest float, for shares. Not to be added.
    pub fn near(&self) -> f64 {
        self.0.map_or(f64::NAN, |(digits, power)| format!("{digits}e{power}").parse().unwrap_or(f64::NAN))
    }
}

/// Both as multiples of the smaller power.
fn lined_up(one: (i128, i32), other: (i128, i32)) -> Option<((i128, i128), i32)> {
    // Zero has whichever power is asked for.
    let power = match (one.0, other.0) {
        (0, _) => other.1,
        (_, 0) => one.1,
        _ => one.1.min(other.1),
    };
    let at = |(digits, own): (i128, i32)| match digits {
        0 => Some(0),
        digits => digits.checked_mul(10i128.checked_pow(u32::try_from(own.checked_sub(power)?).ok()?)?),
    };
    Some(((at(one)?, at(other)?), power))
}

/// As a decimal, in full.
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((digits, power)) = self.0 else { return f.write_str("too large to be added exactly") };
        let sign = if digits < 0 { "-" } else { "" };
        let digits = digits.unsigned_abs().to_string();
        let after = usize::try_from(-i64::from(power)).unwrap_or_default();
        // Wider than any amount is meant to be: as it is counted.
        if power > 40 || after > 40 {
            return write!(f, "{sign}{digits}e{power}");
        }
        if after == 0 {
            let zeros = if digits == "0" { 0 } else { usize::try_from(power).unwrap_or_default() };
            return write!(f, "{sign}{digits}{}", "0".repeat(zeros));
        }
        let padded = format!("{digits:0>width$}", width = after + 1);
        let (whole, fraction) = padded.split_at(padded.len() - after);
        write!(f, "{sign}{whole}.{fraction}")
    }
}
