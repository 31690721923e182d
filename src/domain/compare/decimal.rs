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

    /// Without regard to the signs.
    fn is_smaller_than(&self, other: &Decimal<'_>) -> bool {
        match (self.is_zero(), other.is_zero()) {
            (_, true) => false,
            (true, false) => true,
            _ => self.scale.cmp(&other.scale).then_with(|| self.digits().cmp(other.digits())).is_lt(),
        }
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
    no_further_apart(old, new, most)
}

fn no_further_apart(old: Decimal<'_>, new: Decimal<'_>, most: Decimal<'_>) -> bool {
    // |old - new| - most, with whichever sign makes the difference positive.
    let turned = |decimal: Decimal<'_>| !decimal.negative;
    let terms = |old_sign, new_sign| [(old, old_sign), (new, new_sign), (most, true)];
    sign_of_sum(terms(old.negative, turned(new))).is_some_and(Ordering::is_le)
        && sign_of_sum(terms(turned(old), new.negative)).is_some_and(Ordering::is_le)
}

/// Whether two numbers lie no further apart than this share of the larger, all of them taken as decimals.
pub fn within_share(old: &str, new: &str, share: &str) -> bool {
    if same_number(old, new) {
        return true;
    }
    let (Some(one), Some(other), Some(share)) =
        (Decimal::read(old), Decimal::read(new), Decimal::read(share))
    else {
        return false;
    };
    let larger = if one.is_smaller_than(&other) { other } else { one };
    let Some((digits, scale)) = product(&larger, &share) else { return false };
    // Leading and trailing zeros are trimmed as in any decimal.
    let digits_of = trim_start(&digits);
    let scale = scale - (digits.len() - digits_of.len()) as i128;
    let most = Decimal { negative: false, whole: trim_end(digits_of), fraction: &[], scale };
    no_further_apart(one, other, most)
}

/// The digits of the sizes multiplied, and their scale. `None` where they are too many.
fn product(one: &Decimal<'_>, other: &Decimal<'_>) -> Option<(Vec<u8>, i128)> {
    let length = one.count() + other.count();
    let scale = one.scale.checked_add(other.scale).filter(|_| length as i128 <= WIDEST)?;
    let mut columns = vec![0u32; length];
    let values =
        |decimal: &Decimal<'_>| decimal.digits().map(|digit| u32::from(digit - b'0')).collect::<Vec<_>>();
    let others = values(other);
    for (shift, digit) in values(one).into_iter().enumerate() {
        for (column, other) in columns.iter_mut().skip(shift + 1).zip(&others) {
            *column += digit * other;
        }
    }
    let mut carry = 0;
    let mut digits = vec![b'0'; length];
    for (slot, column) in digits.iter_mut().zip(&columns).rev() {
        let sum = column + carry;
        *slot = b'0' + (sum % 10) as u8;
        carry = sum / 10;
    }
    Some((digits, scale))
}

/// Whether a text is a number as JSON spells it.
pub fn is_number(text: &str) -> bool {
    let rest = text.strip_prefix('-').unwrap_or(text).as_bytes();
    let digits = |from: &[u8]| from.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(rest);
    if whole == 0 || whole > 1 && rest.first() == Some(&b'0') {
        return false;
    }
    let mut rest = rest.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        rest = fraction.get(count..).unwrap_or_default();
        if count == 0 {
            return false;
        }
    }
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', power @ ..] | [b'e' | b'E', power @ ..] => {
            !power.is_empty() && digits(power) == power.len()
        }
        _ => false,
    }
}

/// A number times a power of ten, where that is whole and fits.
pub fn times_power_of_ten(spelling: &str, power: u8) -> Option<i128> {
    let decimal = Decimal::read(spelling)?;
    if decimal.is_zero() {
        return Some(0);
    }
    let length = decimal.scale.checked_add(i128::from(power)).filter(|length| (1..=37).contains(length))?;
    let zeros = usize::try_from(length).ok()?.checked_sub(decimal.count())?;
    let all = decimal.digits().chain(std::iter::repeat_n(b'0', zeros));
    let size = all.fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    Some(if decimal.negative { -size } else { size })
}

/// Which of two numbers is smaller. `None` where an exponent is beyond counting.
pub fn order(one: &str, other: &str) -> Option<Ordering> {
    let (one, other) = (Decimal::read(one)?, Decimal::read(other)?);
    let sign = |decimal: &Decimal<'_>| match (decimal.is_zero(), decimal.negative) {
        (true, _) => 0,
        (false, true) => -1,
        (false, false) => 1,
    };
    let sizes = match (one.is_smaller_than(&other), other.is_smaller_than(&one)) {
        (true, _) => Ordering::Less,
        (_, true) => Ordering::Greater,
        _ => Ordering::Equal,
    };
    let sizes = if one.negative { sizes.reverse() } else { sizes };
    Some(sign(&one).cmp(&sign(&other)).then(sizes))
}

/// The number as `digits × 10^power`, with no zero at the end of its digits. `None` where they do not fit.
pub fn parts(spelling: &str) -> Option<(i128, i128)> {
    let decimal = Decimal::read(spelling)?;
    let digits = decimal
        .digits()
        .try_fold(0i128, |sum, digit| sum.checked_mul(10)?.checked_add(i128::from(digit - b'0')))?;
    let power = decimal.scale.checked_sub(decimal.count() as i128)?;
    Some((if decimal.negative { -digits } else { digits }, if digits == 0 { 0 } else { power }))
}

/// The number where it is a whole one and fits.
pub fn whole(spelling: &str) -> Option<i128> {
    let (digits, power) = parts(spelling)?;
    digits.checked_mul(10i128.checked_pow(u32::try_from(power).ok()?)?)
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
mod tests;
