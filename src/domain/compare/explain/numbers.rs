//! What turns one number into another: another sign or unit, rounding, a binary float on the way.

use super::{
    super::decimal::same_number,
    cause::{Cause, Rounding, Way, Width},
    exact::Exact,
};

/// Digits after the point that a number may be rounded to.
const MOST_DIGITS: u32 = 18;
/// Units by which one number is another, besides the powers of ten: hours of days, seconds of minutes,
/// of hours and of days, minutes of days; bits; binary multiples.
const FACTORS: [u64; 9] = [8, 24, 60, 1_024, 1_440, 3_600, 86_400, 1 << 20, 1 << 30];
/// Powers of ten that are units of anything.
const MOST_ZEROS: u32 = 12;

pub fn causes(old: &str, new: &str) -> Vec<Cause> {
    let mut found: Vec<_> = floats().filter(|cause| holds(cause, old, new)).collect();
    let (Some(ours), Some(theirs)) = (Exact::read(old), Exact::read(new)) else { return found };
    if ours == theirs {
        return found;
    }
    let units = FACTORS.into_iter().chain((1..=MOST_ZEROS).map(|zeros| 10u64.pow(zeros)));
    let scales = units.flat_map(|factor| Way::BOTH.map(|way| Cause::Scale { factor, way }));
    let guesses = scales.chain([Cause::Sign]).chain(roundings(ours, theirs));
    found.extend(guesses.filter(|cause| agrees(cause, ours, theirs)));
    found
}

fn floats() -> impl Iterator<Item = Cause> {
    [Width::Double, Width::Single]
        .into_iter()
        .flat_map(|width| Way::BOTH.map(|way| Cause::Float { width, way }))
}

fn roundings(old: Exact, new: Exact) -> Vec<Cause> {
    let mut found = Vec::new();
    for way in Way::BOTH {
        let (exact, rounded) = way.of(old, new);
        // That old is rounded to whole numbers would be said of every new number that is not whole.
        let fewest = if way == Way::Back { 1 } else { 0 };
        for digits in rounded.decimals().max(fewest)..exact.decimals().min(MOST_DIGITS) {
            for rounding in [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down, Rounding::Up] {
                let digits = digits as u8;
                found.push(match way {
                    Way::Forth => Cause::Rounded { digits, rounding },
                    Way::Back => Cause::Refined { digits, rounding },
                });
            }
        }
    }
    found
}

pub fn holds(cause: &Cause, old: &str, new: &str) -> bool {
    if let Cause::Float { width, way } = *cause {
        let (exact, rounded) = way.of(old, new);
        return !same_number(old, new)
            && floated(exact, width).iter().any(|float| same_number(float, rounded));
    }
    match (Exact::read(old), Exact::read(new)) {
        (Some(ours), Some(theirs)) => agrees(cause, ours, theirs),
        _ => false,
    }
}

fn agrees(cause: &Cause, old: Exact, new: Exact) -> bool {
    match *cause {
        Cause::Sign => old.mantissa != 0 && old.negative() == new,
        Cause::Scale { factor, way } => {
            let (one, other) = way.of(old, new);
            old.mantissa != 0 && one.times(factor) == Some(other)
        }
        Cause::Rounded { digits, rounding } => {
            old != new && rounded(old, u32::from(digits), rounding) == Some(new)
        }
        Cause::Refined { digits, rounding } => {
            old != new && rounded(new, u32::from(digits), rounding) == Some(old)
        }
        _ => false,
    }
}

fn rounded(exact: Exact, digits: u32, rounding: Rounding) -> Option<Exact> {
    let (count, rest, whole) = exact.divided(digits)?;
    let (twice, odd) = (rest.checked_abs()?.checked_mul(2)?, count % 2 != 0);
    let away = match rounding {
        Rounding::HalfUp => twice >= whole,
        Rounding::HalfEven => twice > whole || (twice == whole && odd),
        Rounding::Down => false,
        Rounding::Up => rest != 0,
    };
    let step = if exact.mantissa < 0 { -1 } else { 1 };
    let count = if away { count.checked_add(step)? } else { count };
    Some(Exact::new(count, -i32::try_from(digits).ok()?))
}

/// How the float is written: by the fewest digits that tell it from others of its size,
/// and of a single one also as the double that it becomes.
fn floated(number: &str, width: Width) -> Vec<String> {
    let finite = |float: f64, text: String| if float.is_finite() { vec![text] } else { Vec::new() };
    if width == Width::Double {
        return number.parse::<f64>().map(|float| finite(float, format!("{float:e}"))).unwrap_or_default();
    }
    let Ok(float) = number.parse::<f32>() else { return Vec::new() };
    let wide = f64::from(float);
    [finite(wide, format!("{float:e}")), finite(wide, format!("{wide:e}"))].concat()
}
