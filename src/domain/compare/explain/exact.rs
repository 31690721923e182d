//! Small exact decimals to calculate with: what is scaled, rounded or shifted is found without any
//! binary float.
//!
//! Numbers with more digits than fit are not calculated with; they stay what they are, exact, in
//! `decimal`.

use std::{cmp::Ordering, fmt};

/// Bytes of a spelling: everything a person means fits.
const LONGEST: usize = 64;
/// Powers of ten on either side.
const FARTHEST: i32 = 60;

/// `mantissa × 10^power`; the mantissa does not end in a zero, and zero has no power.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exact {
    pub mantissa: i128,
    pub power: i32,
}

impl Exact {
    pub fn new(mut mantissa: i128, mut power: i32) -> Exact {
        if mantissa == 0 {
            return Exact { mantissa: 0, power: 0 };
        }
        while mantissa % 10 == 0 {
            mantissa /= 10;
            power += 1;
        }
        Exact { mantissa, power }
    }

    /// Of a JSON number.
    pub fn read(spelling: &str) -> Option<Exact> {
        if spelling.len() > LONGEST {
            return None;
        }
        let (digits, exponent) = match spelling.split_once(['e', 'E']) {
            None => (spelling, 0),
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        };
        let (negative, digits) = digits.strip_prefix('-').map_or((false, digits), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let mut mantissa = 0i128;
        for digit in whole.bytes().chain(fraction.bytes()) {
            let digit = digit.is_ascii_digit().then(|| i128::from(digit - b'0'))?;
            mantissa = mantissa.checked_mul(10)?.checked_add(digit)?;
        }
        let power = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        let sign = if negative { -1 } else { 1 };
        (power.abs() <= FARTHEST).then(|| Exact::new(sign * mantissa, power))
    }

    /// The digits after the point that it needs; none where it is whole.
    pub fn decimals(self) -> u32 {
        self.power.min(0).unsigned_abs()
    }

    pub fn times(self, factor: u64) -> Option<Exact> {
        Some(Exact::new(self.mantissa.checked_mul(i128::from(factor))?, self.power))
    }

    pub fn negative(self) -> Exact {
        Exact { mantissa: -self.mantissa, ..self }
    }

    pub fn minus(self, other: Exact) -> Option<Exact> {
        let (ours, theirs, power) = self.aligned(other)?;
        Some(Exact::new(ours.checked_sub(theirs)?, power))
    }

    pub fn compare(self, other: Exact) -> Option<Ordering> {
        self.aligned(other).map(|(ours, theirs, _)| ours.cmp(&theirs))
    }

    /// Both as counts of one power of ten, the lesser of theirs.
    fn aligned(self, other: Exact) -> Option<(i128, i128, i32)> {
        let power = self.power.min(other.power);
        let raised = |number: Exact| {
            let by = 10i128.checked_pow(u32::try_from(number.power - power).ok()?)?;
            number.mantissa.checked_mul(by)
        };
        Some((raised(self)?, raised(other)?, power))
    }

    /// The count of 10^-digits in it, towards zero, and what is left of it as a share of one count: its
    /// part, and the whole that this is a part of.
    pub fn divided(self, digits: u32) -> Option<(i128, i128, i128)> {
        let beyond = -self.power - i32::try_from(digits).ok()?;
        let Ok(beyond) = u32::try_from(beyond) else {
            let by = 10i128.checked_pow(beyond.unsigned_abs())?;
            return Some((self.mantissa.checked_mul(by)?, 0, 1));
        };
        let whole = 10i128.checked_pow(beyond)?;
        Some((self.mantissa / whole, self.mantissa % whole, whole))
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        f.write_str(if self.mantissa < 0 { "-" } else { "" })?;
        if self.power >= 0 {
            return write!(f, "{digits}{}", "0".repeat(self.power.unsigned_abs() as usize));
        }
        let decimals = self.decimals() as usize;
        let padded = format!("{digits:0>width$}", width = decimals + 1);
        let (whole, fraction) = padded.split_at(padded.len() - decimals);
        write!(f, "{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(spelling: &str) -> Exact {
        Exact::read(spelling).unwrap()
    }

    #[test]
    fn a_number_is_one_value_however_it_is_spelled() {
        for same in [&["12.5", "12.50", "1250e-2", "0.125E+2"][..], &["0", "-0.0", "0e9"], &["-300", "-3e2"]]
        {
            assert!(same.iter().all(|spelling| exact(spelling) == exact(same[0])));
        }
        for (spelling, told) in
            [("12.50", "12.5"), ("-0.005", "-0.005"), ("3e2", "300"), ("-0", "0"), ("-12", "-12")]
        {
            assert_eq!(exact(spelling).to_string(), told);
        }
    }

    #[test]
    fn what_does_not_fit_is_not_calculated_with() {
        for spelling in ["1e999", "1e99999999999", &"9".repeat(60), &"1".repeat(100), "", "-", "NaN", "1e"] {
            assert_eq!(Exact::read(spelling), None, "{spelling}");
        }
        assert_eq!(exact("1e38").minus(exact("1e-38")), None);
        assert_eq!(exact("1e60").compare(exact("1e-60")), None);
        assert_eq!(exact("12.75").divided(1), Some((127, 5, 10)));
        assert_eq!(exact("12").divided(2), Some((1200, 0, 1)));
    }
}
