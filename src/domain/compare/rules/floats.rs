//! How many steps lie between two numbers once both are 64-bit floats: the one comparison in which
//! numbers are not the decimals they spell, because a rule asks for it.

/// Whether two spellings are no more than `most` steps apart, from one float to the next. What is too
/// large for a float is close to nothing.
pub fn within_steps(old: &str, new: &str, most: u32) -> bool {
    let (Some(old), Some(new)) = (rank(old), rank(new)) else { return false };
    old.abs_diff(new) <= u64::from(most)
}

/// The place among all floats in ascending order, with both zeros at 0.
fn rank(spelling: &str) -> Option<i64> {
    let float: f64 = spelling.parse().ok().filter(|float: &f64| float.is_finite())?;
    let size = (float.to_bits() & (u64::MAX >> 1)) as i64;
    Some(if float.is_sign_negative() { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted_across_zero_and_powers_of_two() {
        for (old, new, steps) in [
            ("0.3", "0.30000000000000004", 1),
            ("1", "1.0000000000000002", 1),
            ("1", "0.9999999999999999", 1),
            ("0", "-0.0", 0),
            ("5e-324", "-5e-324", 2),
            ("9007199254740992", "9007199254740993", 0),
            ("1", "1.0000000000000004", 2),
        ] {
            assert!(within_steps(old, new, steps) && within_steps(new, old, steps), "{old} {new}");
            assert!(steps == 0 || !within_steps(old, new, steps - 1), "{old} {new}");
        }
    }

    #[test]
    fn far_apart_is_far_apart_and_infinity_is_no_number() {
        assert!(!within_steps("1", "2", u32::MAX) && !within_steps("-1", "1", u32::MAX));
        assert!(!within_steps("1e400", "1e401", u32::MAX) && !within_steps("1e308", "1e309", 1));
    }
}
