//! The numbers of a gate: rates far smaller than a share can say, errors a claim may have, factors, quantiles.
//!
//! A percentage is read as a decimal and never by way of a binary fraction, so that it is written as it was read.

use schemars::{Schema, SchemaGenerator};
use serde_json::json;

use super::{
    forms::text_forms,
    problem::quoted,
    reader::{Form, Reader},
    schema::form,
    tree::Node,
};

/// Of a whole, in which percentages are counted: ten places behind the point of a percent.
const PARTS: u64 = 1_000_000_000_000;
const PLACES: usize = 10;
/// Digits before the point: more than 10,000 % is said by nobody, and a sum of these cannot overflow.
const DIGITS: usize = 5;

text_forms! {
    /// A part of the whole, however small: `0.001%`.
    Rate: f64 = "a rate such as 1%, 0.1% or 0.00001%", |text: &str| part(text, 0, PARTS), write_part,
        json!({ "type": "string", "pattern": PERCENT });
    /// How often a claim may be wrong: more than never, at most half of the time.
    Error: f64 = "how often a claim may be wrong, such as 5% or 1%", |text: &str| part(text, 1, PARTS / 2),
        write_part, json!({ "type": "string", "pattern": PERCENT });
    /// How sure a claim has to be, kept as how often it may be wrong.
    Confidence: f64 = "how sure it has to be, such as 95% or 99%", confidence, |v: &f64| write_part(&(1.0 - v)),
        json!({ "type": "string", "pattern": PERCENT });
    /// How much more, in percent, which may be more than all.
    Growth: f64 = "how much more, such as 20% or 150%", |text: &str| part(text, 0, 100 * PARTS), write_part,
        json!({ "type": "string", "pattern": PERCENT });
    /// A quantile: `p99`.
    QuantileWord: f64 = "a quantile such as p50, p99 or p99.9", quantile, write_quantile,
        json!({ "type": "string", "pattern": r"^p\d{1,2}(\.\d+)?$" });
}

const PERCENT: &str = r"^\d+(\.\d{1,10})? ?%$";

/// The parts that a decimal percentage has.
fn parts(number: &str) -> Option<u64> {
    let (whole, rest) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(rest) || whole.len() > DIGITS || rest.len() > PLACES {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let rest: u64 = format!("{rest:0<PLACES$}").parse().ok()?;
    Some(whole * (PARTS / 100) + rest)
}

fn write_parts(parts: u64) -> String {
    let (whole, rest) = (parts / (PARTS / 100), parts % (PARTS / 100));
    let rest = format!("{rest:0PLACES$}");
    match rest.trim_end_matches('0') {
        "" => whole.to_string(),
        rest => format!("{whole}.{rest}"),
    }
}

fn percent(text: &str) -> Option<u64> {
    parts(text.strip_suffix('%')?.trim_end_matches(' '))
}

fn part(text: &str, least: u64, most: u64) -> Result<f64, String> {
    let wrong = || {
        let (least, most) = (write_parts(least), write_parts(most));
        let above = if least == "0" { "0%".to_owned() } else { format!("above 0% ({least}%)") };
        format!("expected a percentage from {above} to {most}%, got {}", quoted(text))
    };
    let parts = percent(text).filter(|parts| (least..=most).contains(parts)).ok_or_else(wrong)?;
    Ok(parts as f64 / PARTS as f64)
}

fn write_part(value: &f64) -> String {
    format!("{}%", write_parts((value * PARTS as f64).round() as u64))
}

fn confidence(text: &str) -> Result<f64, String> {
    let wrong = || format!("expected a confidence from 50% to less than 100%, got {}", quoted(text));
    let parts = percent(text).filter(|parts| (PARTS / 2..PARTS).contains(parts)).ok_or_else(wrong)?;
    Ok((PARTS - parts) as f64 / PARTS as f64)
}

fn quantile(text: &str) -> Result<f64, String> {
    let wrong = || format!("expected a quantile such as p50, p99 or p99.9, got {}", quoted(text));
    let parts = text.strip_prefix('p').and_then(parts).ok_or_else(wrong)?;
    if parts == 0 || parts >= PARTS {
        return Err(wrong());
    }
    Ok(parts as f64 / PARTS as f64)
}

fn write_quantile(value: &f64) -> String {
    format!("p{}", write_parts((value * PARTS as f64).round() as u64))
}

/// A number within bounds, whole or not.
pub struct Number<const LEAST: u64, const MOST: u64>;

impl<const LEAST: u64, const MOST: u64> Form for Number<LEAST, MOST> {
    type Value = f64;

    fn read(node: &Node, reader: &mut Reader) -> Option<f64> {
        let expected = format!("a number from {LEAST} to {MOST}");
        let (text, plain) = reader.scalar(node, &expected)?;
        let known = |b: u8| b.is_ascii_digit() || b".eE+".contains(&b);
        let number: Option<f64> = text.parse().ok().filter(|_| plain && text.bytes().all(known));
        let number = number.filter(|n| (LEAST as f64..=MOST as f64).contains(n));
        if number.is_none() {
            reader.problem(node.origin, format!("expected {expected}, got {}", quoted(text)));
        }
        number
    }

    fn write(value: &f64) -> Option<String> {
        Some(value.to_string())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        form(json!({ "type": "number", "minimum": LEAST, "maximum": MOST }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_the_nearest_number_and_is_written_as_it_is_read() {
        for (text, value) in
            [("0.1%", 1e-3), ("0.0001%", 1e-6), ("1%", 0.01), ("100%", 1.0), ("0%", 0.0), ("99.5%", 0.995)]
        {
            assert_eq!(part(text, 0, PARTS), Ok(value), "{text}");
            assert_eq!(write_part(&value), text);
        }
        assert_eq!(part("0.0000000001%", 1, PARTS), Ok(1e-12));
        assert_eq!(confidence("99%"), Ok(0.01));
        assert_eq!(confidence("99.9%"), Ok(0.001));
        assert_eq!(write_part(&(1.0 - confidence("99.9%").unwrap())), "99.9%");
        assert_eq!((quantile("p99.9"), write_quantile(&0.999)), (Ok(0.999), "p99.9".to_owned()));
    }

    #[test]
    fn a_percentage_without_a_clear_meaning_is_refused() {
        for text in
            ["", "%", "1", "0.01", "-1%", "1e-3%", "101%", "0.00000000001%", ".5%", "100000%", "1 % x"]
        {
            assert!(part(text, 0, PARTS).is_err(), "{text}");
        }
        for text in ["0%", "50.1%", "100%"] {
            assert!(part(text, 1, PARTS / 2).is_err(), "{text}");
        }
        for text in ["100%", "49%", "95"] {
            assert!(confidence(text).is_err(), "{text}");
        }
        for text in ["99", "p", "p0", "p100", "p-1", "P99", "p99%"] {
            assert!(quantile(text).is_err(), "{text}");
        }
    }
}
