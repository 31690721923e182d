//! The small texts of the file: durations, sizes, shares, header names and values. Each is parsed
//! here and written here, so that what is shown can be given back.

use std::time::Duration;

use crate::domain::percent::Share;

use super::problem::{did_you_mean, quoted};

pub const KIB: usize = 1 << 10;
pub const MIB: usize = 1 << 20;
pub const GIB: usize = 1 << 30;

/// Long enough for every wait in this program, short enough that adding it to a clock cannot overflow.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Longer than anybody waits with a migration.
const LONGEST_SPAN: Duration = Duration::from_secs(366 * 24 * 60 * 60);
const MILLIS_A_DAY: u64 = 24 * 60 * 60 * 1_000;

/// Longest unit first: the first that divides a value writes it.
const TIMES: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const SIZES: [(&str, usize); 7] = [
    ("GiB", GIB),
    ("GB", 1_000_000_000),
    ("MiB", MIB),
    ("MB", 1_000_000),
    ("KiB", KIB),
    ("KB", 1_000),
    ("B", 1),
];

pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("expected a duration such as 500ms, 2s, 5m or 1h, got {}", quoted(text));
    let (number, unit) = number_and_unit(text).ok_or_else(wrong)?;
    let scale = TIMES.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?.1;
    let millis = number.checked_mul(scale).map(Duration::from_millis);
    millis.filter(|d| *d <= LONGEST).ok_or_else(|| format!("{} is longer than 24h", quoted(text)))
}

/// A duration that may be given in days.
pub fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("expected a duration such as 5m, 8h or 7d, got {}", quoted(text));
    let (number, unit) = number_and_unit(text).ok_or_else(wrong)?;
    let times = TIMES.iter().chain([&("d", MILLIS_A_DAY)]);
    let scale = times.into_iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?.1;
    let millis = number.checked_mul(scale).map(Duration::from_millis);
    millis.filter(|d| *d <= LONGEST_SPAN).ok_or_else(|| format!("{} is longer than 366d", quoted(text)))
}

pub fn write_span(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    // A single day is a day's hours: 24h reads as a time of waiting.
    if millis > MILLIS_A_DAY && millis.is_multiple_of(MILLIS_A_DAY) {
        return format!("{}d", millis / MILLIS_A_DAY);
    }
    write_duration(duration)
}

pub fn write_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if millis == 0 {
        return "0s".to_owned();
    }
    let (unit, scale) = TIMES.into_iter().find(|(_, scale)| millis % scale == 0).unwrap_or(("ms", 1));
    format!("{}{unit}", millis / scale)
}

pub fn bytes(text: &str) -> Result<usize, String> {
    let wrong = || format!("expected a size such as 64 KiB, 1 MiB or 10 MB, got {}", quoted(text));
    let (number, unit) = number_and_unit(text).ok_or_else(wrong)?;
    let scale = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or_else(wrong)?.1;
    let number = usize::try_from(number).map_err(|_| wrong())?;
    number.checked_mul(scale).ok_or_else(|| format!("{} is too much", quoted(text)))
}

pub fn write_bytes(bytes: usize) -> String {
    let (unit, scale) =
        SIZES.into_iter().find(|(_, scale)| bytes != 0 && bytes.is_multiple_of(*scale)).unwrap_or(("B", 1));
    format!("{} {unit}", bytes / scale)
}

pub fn share(text: &str) -> Result<Share, String> {
    text.parse().map_err(|problem: String| super::problem::brief(&problem))
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    Some((number.parse().ok()?, unit.trim_start_matches(' ')))
}

/// The one of these that is named so.
pub fn one_of<T: Copy>(text: &str, all: &[(&'static str, T)]) -> Result<T, String> {
    let names = || all.iter().map(|(name, _)| *name);
    let found = all.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let (known, nearest) = (names().collect::<Vec<_>>().join(", "), did_you_mean(text, names()));
        format!("expected one of {known}, got {}{nearest}", quoted(text))
    })
}

/// The name of this one.
pub fn name_of<T: Copy + PartialEq>(value: &T, all: &[(&'static str, T)]) -> String {
    all.iter().find(|(_, other)| other == value).map_or("", |(name, _)| name).to_owned()
}

/// What only the program itself may say on a connection: which fields end where, and to whom they go.
const OWN_FIELDS: [&str; 13] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-readshift-shadow",
];

/// Whether `text` is a token of HTTP: the form of methods and of header names.
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// A header name in lower case.
pub fn header_name(text: &str) -> Result<String, String> {
    if text.len() > 256 || !is_token(text) {
        return Err(format!("expected the name of a header, got {}", quoted(text)));
    }
    Ok(text.to_ascii_lowercase())
}

/// The name of a cookie, as it is spelled.
pub fn cookie_name(text: &str) -> Result<String, String> {
    if text.len() > 256 || !is_token(text) {
        return Err(format!("expected the name of a cookie, got {}", quoted(text)));
    }
    Ok(text.to_owned())
}

/// A header name that a message to an upstream may be told to carry or to leave out.
pub fn free_header_name(text: &str) -> Result<String, String> {
    let name = header_name(text)?;
    match name.as_str() {
        "host" => Err("the Host header is not set here but by the key `host` of the same system".to_owned()),
        own if OWN_FIELDS.contains(&own) => {
            Err(format!("{own:?} belongs to the connection and is written by the proxy itself"))
        }
        _ => Ok(name),
    }
}

/// A header value. Never repeated in a message: it may be a secret.
pub fn header_value(text: &str) -> Result<String, String> {
    if text.chars().any(|c| c.is_control() && c != '\t') {
        return Err("a header value holds no control characters and no line breaks".to_owned());
    }
    if text.trim() != text {
        return Err("a header value neither begins nor ends with a space".to_owned());
    }
    Ok(text.to_owned())
}

/// An identifier that becomes a label of metrics and a part of addresses.
pub fn identifier(text: &str) -> Result<String, String> {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    if text.is_empty() || text.len() > 64 || !text.bytes().all(known) {
        return Err(format!(
            "expected up to 64 characters of a to z, 0 to 9, '-', '_' and '.', got {}",
            quoted(text)
        ));
    }
    Ok(text.to_owned())
}

/// A text as YAML reads it back: in quotes unless it needs none anywhere.
pub fn write_text(text: &str) -> String {
    let bare = |b: u8| b.is_ascii_alphanumeric() || b"_./%-".contains(&b);
    let colon_inside = text.bytes().enumerate().all(|(at, b)| bare(b) || (b == b':' && at + 1 < text.len()));
    let starts_well = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'/');
    if starts_well && colon_inside {
        return text.to_owned();
    }
    // A JSON string is a quoted scalar of YAML.
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_written_as_they_are_read() {
        for text in ["1ms", "1500ms", "2s", "30m", "1h", "90m", "0s"] {
            assert_eq!(write_duration(duration(text).unwrap()), text);
        }
        for text in ["0 B", "1 B", "64 KiB", "1 MiB", "1 MB", "3 GiB", "1536 KiB"] {
            assert_eq!(write_bytes(bytes(text).unwrap()), text);
        }
        assert_eq!(bytes("64KiB"), Ok(64 * KIB));
        assert_eq!(bytes("1mb"), Ok(1_000_000));
    }

    #[test]
    fn a_long_time_may_be_given_in_days() {
        for text in ["0s", "100ms", "30m", "24h", "36h", "7d", "366d"] {
            assert_eq!(write_span(span(text).unwrap()), text);
        }
        for text in ["", "1", "367d", "1w", "1.5d", "99999999999999999d"] {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_or_size_without_a_clear_meaning_is_refused() {
        for text in ["", "2", "s", "-2s", "2 seconds", "1.5s", "2d", "25h", "99999999999999999999s", "2S"] {
            assert!(duration(text).is_err(), "{text}");
        }
        for text in ["", "64", "KiB", "-1 KiB", "1.5 MiB", "1 TiB", "18446744073709551615 GiB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_is_a_percentage_of_at_most_four_places() {
        for (text, ppm) in [("100%", 1_000_000), ("0.5%", 5_000), ("0%", 0), ("5 %", 50_000), ("0.0001%", 1)]
        {
            assert_eq!(share(text).map(Share::ppm), Ok(ppm), "{text}");
        }
        for text in ["", "%", "5", "0.5", "101%", "100.0001%", "-1%", "1e1%", "0.00001%", ".5%", "5.%"] {
            assert!(share(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_header_that_could_break_a_message_is_refused() {
        assert_eq!(free_header_name("X-Env"), Ok("x-env".to_owned()));
        for name in ["", "a b", "a:b", "a\r\nb", "Host", "content-length", "Transfer-Encoding", "é"] {
            assert!(free_header_name(name).is_err(), "{name}");
        }
        for value in ["a\r\nb", "a\nb", "a\0", " a", "a "] {
            assert!(header_value(value).is_err(), "{value:?}");
        }
    }
}
