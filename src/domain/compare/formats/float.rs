//! Binary floats as decimals: one spelling for each number, and another one for each other number.

use super::scalar::decimal;

/// The number of a half-precision float (IEEE 754 binary16), which is exact in a double.
pub fn half(bits: u16) -> f64 {
    const BIAS: u64 = 1_023 - 15;
    /// 2^-24: the step of the subnormal halves.
    const STEP: f64 = f64::from_bits((1_023 - 24) << 52);
    let sign = u64::from(bits >> 15) << 63;
    let (exponent, fraction) = (u64::from(bits >> 10 & 0x1F), bits & 0x3FF);
    let magnitude = match exponent {
        0 => f64::from(fraction) * STEP,
        0x1F if fraction == 0 => f64::INFINITY,
        0x1F => f64::NAN,
        normal => f64::from_bits((normal + BIAS) << 52 | u64::from(fraction) << 42),
    };
    f64::from_bits(magnitude.to_bits() | sign)
}

/// The decimal, or what JSON has no number for: `NaN`, whatever its payload says, and the infinities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spelled {
    Number(String),
    Other(&'static str),
}

/// Whole numbers are spelled digit for digit, since an integer beside them is: past 2^53 the shortest
/// spelling of a float is another integer. Of all others it is the shortest decimal from which the
/// float can be read back, since that is what every writer of JSON makes of it. A single is spelled as
/// the double of the same value: its 0.1 is not the double's.
pub fn spelled(value: f64) -> Spelled {
    if value.is_nan() {
        Spelled::Other("NaN")
    } else if value.is_infinite() {
        Spelled::Other(if value > 0.0 { "Infinity" } else { "-Infinity" })
    } else if value.fract() == 0.0 {
        Spelled::Number(whole(value))
    } else {
        Spelled::Number(format!("{value:?}"))
    }
}

/// All digits of a float that is a whole number.
fn whole(value: f64) -> String {
    const FRACTION: u32 = 52;
    const BIAS: u64 = 1_023;
    let bits = value.to_bits();
    // How often the mantissa is doubled; most numbers are their mantissa or less.
    let doubled = (bits >> FRACTION & 0x7FF).checked_sub(BIAS + u64::from(FRACTION));
    let Some(doubled) = doubled.filter(|doubled| *doubled > 8) else { return format!("{value:.1}") };
    let mantissa = bits & ((1 << FRACTION) - 1) | 1 << FRACTION;
    // The standard library takes ten times as long for the largest.
    let mut bytes = (u128::from(mantissa) << (doubled % 8)).to_be_bytes().to_vec();
    bytes.resize(bytes.len() + (doubled / 8) as usize, 0);
    format!("{}{}.0", if value < 0.0 { "-" } else { "" }, decimal(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: f64) -> String {
        match spelled(value) {
            Spelled::Number(text) => text,
            Spelled::Other(name) => panic!("{name}"),
        }
    }

    #[test]
    fn every_half_is_the_number_it_stands_for() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x03FF, 6.097_555_160_522_461e-5),
            (0x0400, 6.103_515_625e-5),
            (0x3555, 0.333_251_953_125),
            (0x3C00, 1.0),
            (0x3C01, 1.000_976_562_5),
            (0xC000, -2.0),
            (0x7BFF, 65_504.0),
            (0x7C00, f64::INFINITY),
            (0xFC00, f64::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:#06x}");
        }
        assert!(half(0x8000) == 0.0 && half(0x8000).is_sign_negative());
        assert!([0x7C01, 0x7E00, 0x7FFF, 0xFE00].iter().all(|bits| half(*bits).is_nan()));
        let mut all: Vec<f64> = (0..0x7C00).map(half).collect();
        assert!(all.is_sorted_by(|one, other| one < other));
        all.dedup();
        assert_eq!(all.len(), 0x7C00);
    }

    #[test]
    fn a_float_is_spelled_as_no_other_number_is() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (f64::from(0.1f32), "0.10000000149011612"),
            (1.5e-7, "1.5e-7"),
            (5e-324, "5e-324"),
            (9_007_199_254_740_991.0, "9007199254740991.0"),
            (9_223_372_036_854_775_808.0, "9223372036854775808.0"),
            (18_446_744_073_709_551_616.0, "18446744073709551616.0"),
            (1e23, "99999999999999991611392.0"),
            (-1e21, "-1000000000000000000000.0"),
        ] {
            assert_eq!(number(value), text);
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
        assert_eq!(number(f64::MAX).len(), 311);
    }

    #[test]
    fn a_large_whole_number_has_all_its_digits() {
        for exponent in 0..1_024 {
            for fraction in [0, 1, 0x000F_FFFF_FFFF_FFFF, 0x0005_5555_5555_5555] {
                let value = f64::from_bits((1_023 + exponent) << 52 | fraction);
                if value.fract() == 0.0 {
                    assert_eq!(number(value), format!("{value:.1}"));
                    assert_eq!(number(-value), format!("{:.1}", -value));
                }
            }
        }
    }

    #[test]
    fn what_is_no_number_has_a_name() {
        for bits in [0x7FF8_0000_0000_0000, 0xFFF8_0000_0000_0000, 0x7FF0_0000_0000_0001, u64::MAX] {
            assert_eq!(spelled(f64::from_bits(bits)), Spelled::Other("NaN"));
        }
        assert_eq!(spelled(f64::INFINITY), Spelled::Other("Infinity"));
        assert_eq!(spelled(f64::NEG_INFINITY), Spelled::Other("-Infinity"));
    }
}
