//! JSON numbers as the exact decimals they spell.
//!
//! Never through a binary float: 2^64 and 2^64+1 are two numbers here, 1.0 and 10e-1 are one. Work and
//! memory are bounded by the spelling, never by the exponent.

use std::cmp::Ordering;

/// The digits that are lined up to tell how far two numbers lie apart. Numbers that need more are no
/// JSON that anyone means, and count as too far apart.
const WIDEST: i128 = 4_096;

/// `0.d1d2d3… × 10^scale` with its sign, d1 and the last digit not zero; no digits for zero.
#[derive(Clone, Copy, Debug)]
pub struct Decimal<'t> {
    negative: bool,
    /// The digits before and after the point, without leading and trailing zeros of the whole.
    whole: &'t [u8],
    fraction: &'t [u8],
    scale: i128,
}

impl<'t> Decimal<'t> {
    /// Of a spelling that the reader accepted. `None` where the exponent has more than some 35 digits.
    pub fn read(spelling: &'t str) -> Option<Decimal<'t>> {
        let bytes = spelling.as_bytes();
        let (negative, bytes) = bytes.strip_prefix(b"-").map_or((false, bytes), |rest| (true, rest));
        let mark = bytes.iter().position(|byte| matches!(byte, b'e' | b'E')).unwrap_or(bytes.len());
        let (mantissa, power) = bytes.split_at(mark);
        let point = mantissa.iter().position(|byte| *byte == b'.').unwrap_or(mantissa.len());
        let (whole, fraction) = mantissa.split_at(point);
        let (mut whole, mut fraction) = (trim_start(whole), fraction.get(1..).unwrap_or_default());
        let mut scale = whole.len() as i128;
        if whole.is_empty() {
            let significant = trim_start(fraction);
            scale = significant.len() as i128 - fraction.len() as i128;
            fraction = significant;
        }
        fraction = trim_end(fraction);
        if fraction.is_empty() {
            whole = trim_end(whole);
        }
        if whole.is_empty() && fraction.is_empty() {
            return Some(Decimal { negative: false, whole, fraction, scale: 0 });
        }
        let scale = scale.checked_add(exponent(power.get(1..).unwrap_or_default())?)?;
        Some(Decimal { negative, whole, fraction, scale })
    }

    fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        self.whole.iter().chain(self.fraction).copied()
    }

    fn count(&self) -> usize {
        self.whole.len() + self.fraction.len()
    }

    fn is_zero(&self) -> bool {
        self.count() == 0
    }

    fn same(&self, other: &Decimal<'_>) -> bool {
        self.negative == other.negative
            && self.scale == other.scale
            && self.count() == other.count()
            && self.digits().eq(other.digits())
    }
}

/// Whether two spellings are the same number.
pub fn same_number(old: &str, new: &str) -> bool {
    if old == new {
        return true;
    }
    match (Decimal::read(old), Decimal::read(new)) {
        (Some(old), Some(new)) => old.same(&new),
        // An exponent beyond counting: only the same spelling is the same number for certain.
        _ => false,
    }
}

/// Whether two numbers lie no further apart than `tolerance`, all three taken as decimals.
pub fn within(old: &str, new: &str, tolerance: &str) -> bool {
    if same_number(old, new) {
        return true;
    }
    let (Some(old), Some(new), Some(most)) =
        (Decimal::read(old), Decimal::read(new), Decimal::read(tolerance))
    else {
        return false;
    };
    // |old - new| - most, with whichever sign makes the difference positive.
    let turned = |decimal: Decimal<'_>| !decimal.negative;
    let terms = |old_sign, new_sign| [(old, old_sign), (new, new_sign), (most, true)];
    sign_of_sum(terms(old.negative, turned(new))).is_some_and(Ordering::is_le)
        && sign_of_sum(terms(turned(old), new.negative)).is_some_and(Ordering::is_le)
}

/// Bytes that are the same for two spellings exactly where the numbers are.
pub fn canonical(spelling: &str) -> Vec<u8> {
    let Some(decimal) = Decimal::read(spelling) else { return spelling.as_bytes().to_vec() };
    // No spelling begins with these two signs.
    let sign: &[u8] = if decimal.negative { b"<" } else { b">" };
    [sign, &decimal.scale.to_le_bytes(), decimal.whole, decimal.fraction].concat()
}

/// The sign of a sum of decimals, of which those marked are taken as negative. `None` where they lie
/// too far apart to be lined up.
fn sign_of_sum(terms: [(Decimal<'_>, bool); 3]) -> Option<Ordering> {
    let there = || terms.iter().map(|(decimal, _)| decimal).filter(|decimal| !decimal.is_zero());
    let Some(top) = there().map(|decimal| decimal.scale).max() else { return Some(Ordering::Equal) };
    let bottom = there().map(|decimal| decimal.scale.saturating_sub(decimal.count() as i128)).min()?;
    let width = top.checked_sub(bottom).filter(|width| *width <= WIDEST)?;
    let mut columns = vec![0i32; width as usize];
    for (decimal, negative) in terms.iter().filter(|(decimal, _)| !decimal.is_zero()) {
        let first = usize::try_from(top - decimal.scale).ok()?;
        for (column, digit) in columns.iter_mut().skip(first).zip(decimal.digits()) {
            let digit = i32::from(digit - b'0');
            *column += if *negative { -digit } else { digit };
        }
    }
    let (mut carry, mut any) = (0, false);
    for column in columns.iter().rev() {
        let sum = column + carry;
        any |= sum.rem_euclid(10) != 0;
        carry = sum.div_euclid(10);
    }
    Some(carry.cmp(&0).then(any.cmp(&false)))
}

/// The power of ten; `None` where it cannot be counted with.
fn exponent(text: &[u8]) -> Option<i128> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    // One digit short of what fits, so that adding the length of a mantissa cannot overflow.
    let digits = trim_start(digits);
    if digits.len() > 37 {
        return None;
    }
    let power = digits.iter().fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    Some(if negative { -power } else { power })
}

fn trim_start(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    digits.get(zeros..).unwrap_or_default()
}

fn trim_end(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().rev().take_while(|digit| **digit == b'0').count();
    digits.get(..digits.len() - zeros).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_may_be_spelled_in_many_ways() {
        for same in [
            &["1", "1.0", "1.00", "1e0", "10e-1", "0.1e1", "1E+0", "1000e-3", "0.001e3", "1e-0"][..],
            &["0", "-0", "0.0", "-0.0", "0e5", "0e-5", "0e99999999999999999999999999999999999999999999"],
            &["1e400", "10e399", "0.1e401", "1e+0400"],
            &["-120", "-12e1", "-1.2e2", "-120.000", "-0.00120e5"],
            &["1e999999999999", "10e999999999998"],
            &["18446744073709551616", "1.8446744073709551616e19"],
            &["0.5", "5e-1", "0.50", "0.05e1"],
        ] {
            for (one, other) in same.iter().flat_map(|one| same.iter().map(move |other| (one, other))) {
                assert!(same_number(one, other), "{one} {other}");
            }
        }
    }

    #[test]
    fn different_numbers_are_different_however_close() {
        for (one, other) in [
            ("18446744073709551616", "18446744073709551617"),
            ("9007199254740992", "9007199254740993"),
            ("0.1", "0.1000000000000000055"),
            ("1", "-1"),
            ("1", "10"),
            ("1", "0.1"),
            ("0", "1"),
            ("0", "1e-999"),
            ("101", "110"),
            ("1e400", "1e401"),
            ("1e999999999999", "1e999999999998"),
            ("0.01", "0.001"),
            ("12", "1.2"),
            ("100", "1"),
            ("1e99999999999999999999999999999999999999999", "1e99999999999999999999999999999999999999998"),
        ] {
            assert!(!same_number(one, other) && !same_number(other, one), "{one} {other}");
        }
    }

    #[test]
    fn a_tolerance_is_a_decimal_too() {
        for (old, new, tolerance, forgiven) in [
            ("10.005", "10.00", "0.005", true),
            ("10.00", "10.005", "0.005", true),
            ("10.0050000000000000000001", "10", "0.005", false),
            ("0.3", "0.30000000000000004", "1e-16", true),
            ("0.3", "0.30000000000000004", "1e-17", false),
            ("-0.0025", "0.0025", "0.005", true),
            ("-0.0025", "0.0026", "0.005", false),
            ("1e400", "1e400", "0", true),
            ("1e400", "2e400", "1e400", true),
            ("1e999999999", "1", "5", false),
            ("1e-999999999", "0", "5", false),
            ("99.5", "100.5", "1", true),
            ("99.4", "100.5", "1", false),
            ("1", "2", "0", false),
        ] {
            assert_eq!(within(old, new, tolerance), forgiven, "{old} {new} {tolerance}");
            assert_eq!(within(new, old, tolerance), forgiven, "{new} {old} {tolerance}");
        }
    }

    #[test]
    fn equal_numbers_have_one_canonical_form() {
        assert_eq!(canonical("1.0"), canonical("10e-1"));
        assert_eq!(canonical("12.5"), canonical("1250e-2"));
        assert_ne!(canonical("1"), canonical("-1"));
        assert_ne!(canonical("1"), canonical("10"));
    }
}
