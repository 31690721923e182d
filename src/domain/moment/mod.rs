//! Moments as texts write them, exact to the nanosecond: RFC 3339 and what is near it, and HTTP dates.
//!
//! Read as widely as anybody writes them, and told how they were written: how strict to be is for those to
//! say who ask. What is no moment of the calendar is none to anybody.

pub mod calendar;

/// In nanoseconds, as all of these.
pub const SECOND: i128 = 1_000_000_000;
pub const MILLI: i128 = SECOND / 1_000;
pub const MINUTE: i128 = 60 * SECOND;
pub const DAY: i128 = 1_440 * MINUTE;

/// Digits of a second that are kept.
const NANO_DIGITS: usize = 9;

/// A moment, and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Since 1970 in UTC; without a zone, as if it were UTC.
    pub nanos: i128,
    pub form: Form,
    /// Digits after the point of the second.
    pub digits: u8,
    /// Whether nothing but zeros stands past the nanoseconds.
    pub is_exact: bool,
    /// It stands in the sixtieth second of a minute, which other clocks call the next minute's first.
    pub is_leap: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `2024-02-29T12:00:00.5+02:00`; what stands between day and hour, the zone, and how that is spelled.
    Rfc3339(u8, Zone, Spelling),
    /// `Sun, 06 Nov 1994 08:49:37 GMT`; of the three of RFC 9110, 5.6.7, the one that is not obsolete.
    HttpDate,
    /// `Sunday, 06-Nov-94 08:49:37 GMT`
    Rfc850,
    /// `Sun Nov  6 08:49:37 1994`
    Asctime,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    None,
    /// `Z`
    Zulu,
    /// Minutes east.
    Offset(i16),
}

/// How a zone is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As RFC 3339 has it: `Z`, `+02:00`.
    Full,
    /// `+0200`
    Plain,
    /// `+02`
    Hours,
    Missing,
}

/// `2024-02-29T12:00:00.5+02:00`, with or without a zone; a blank may stand for the `T`, and small letters
/// for large ones.
pub fn rfc3339(text: &str) -> Option<Stamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let between = *rest.as_bytes().first().filter(|byte| matches!(byte, b'T' | b't' | b' '))?;
    let (clock, rest) = clock(rest.get(1..)?)?;
    let (fraction, rest) = fraction(rest)?;
    let (zone, spelling) = zone(rest)?;
    let east = if let Zone::Offset(minutes) = zone { i128::from(minutes) * MINUTE } else { 0 };
    Some(Stamp {
        nanos: i128::from(day(date)?) * DAY + clock.nanos + fraction.nanos - east,
        form: Form::Rfc3339(between, zone, spelling),
        digits: fraction.digits,
        is_exact: fraction.is_exact,
        is_leap: clock.is_leap,
    })
}

/// In any of the three forms. A weekday that is not that of the day makes it none.
pub fn http_date(text: &str) -> Option<Stamp> {
    fixed(text).or_else(|| rfc850(text)).or_else(|| asctime(text))
}

/// Days since 1970 of `2024-02-29`.
pub fn day(text: &str) -> Option<i64> {
    let (year, month, day) = date_parts(text)?;
    calendar::days(year, month, day)
}

/// Year, month and day of what is written like `2024-02-29`, whether there is such a day or not.
pub fn date_parts(text: &str) -> Option<(i64, i64, i64)> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    rest.is_empty().then_some((year, month, day))
}

fn fixed(text: &str) -> Option<Stamp> {
    let (weekday, rest) = text.split_at_checked(3)?;
    let (day, rest) = digits(rest.strip_prefix(", ")?, 2)?;
    let (month, rest) = month(rest.strip_prefix(' ')?)?;
    let (year, rest) = digits(rest.strip_prefix(' ')?, 4)?;
    let (clock, rest) = clock(rest.strip_prefix(' ')?)?;
    let days = calendar::days(year, month, day)?;
    let fits = rest == " GMT" && calendar::weekday(days).get(..3) == Some(weekday);
    fits.then(|| Stamp::of_http(days, clock, Form::HttpDate))
}

fn rfc850(text: &str) -> Option<Stamp> {
    let (weekday, rest) = text.split_once(", ")?;
    let (day, rest) = digits(rest, 2)?;
    let (month, rest) = month(rest.strip_prefix('-')?)?;
    let (year, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (clock, rest) = clock(rest.strip_prefix(' ')?)?;
    let days = calendar::days(full_year(year), month, day)?;
    (rest == " GMT" && calendar::weekday(days) == weekday).then(|| Stamp::of_http(days, clock, Form::Rfc850))
}

fn asctime(text: &str) -> Option<Stamp> {
    let (weekday, rest) = text.split_at_checked(3)?;
    let (month, rest) = month(rest.strip_prefix(' ')?)?;
    let rest = rest.strip_prefix(' ')?;
    let (day, rest) = match rest.strip_prefix(' ') {
        Some(rest) => digits(rest, 1)?,
        None => digits(rest, 2)?,
    };
    let (clock, rest) = clock(rest.strip_prefix(' ')?)?;
    let (year, rest) = digits(rest.strip_prefix(' ')?, 4)?;
    let days = calendar::days(year, month, day)?;
    let fits = rest.is_empty() && calendar::weekday(days).get(..3) == Some(weekday);
    fits.then(|| Stamp::of_http(days, clock, Form::Asctime))
}

impl Stamp {
    fn of_http(days: i64, clock: Clock, form: Form) -> Stamp {
        let nanos = i128::from(days) * DAY + clock.nanos;
        Stamp { nanos, form, digits: 0, is_exact: true, is_leap: clock.is_leap }
    }
}

/// The year that is meant by its last two digits.
pub const fn full_year(short: i64) -> i64 {
    if short < 70 { short + 2_000 } else { short + 1_900 }
}

/// So many digits at the front as a number, and what follows.
fn digits(text: &str, count: usize) -> Option<(i64, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    head.bytes().all(|byte| byte.is_ascii_digit()).then(|| head.parse().ok())?.map(|number| (number, rest))
}

fn month(text: &str) -> Option<(i64, &str)> {
    let (name, rest) = text.split_at_checked(3)?;
    let place = calendar::MONTHS.iter().position(|known| *known == name)?;
    Some((i64::try_from(place).ok()? + 1, rest))
}

/// Since midnight.
struct Clock {
    nanos: i128,
    is_leap: bool,
}

/// `hh:mm:ss`
fn clock(text: &str) -> Option<(Clock, &str)> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let nanos = i128::from(hour * 3_600 + minute * 60 + second) * SECOND;
    (hour < 24 && minute < 60 && second <= 60).then_some((Clock { nanos, is_leap: second == 60 }, rest))
}

/// Of a second.
pub struct Fraction {
    pub nanos: i128,
    /// How many there are.
    pub digits: u8,
    /// Whether nothing but zeros stands past the nanoseconds.
    pub is_exact: bool,
}

/// `.250`, or nothing, and what follows.
pub fn fraction(text: &str) -> Option<(Fraction, &str)> {
    let Some(rest) = text.strip_prefix('.') else {
        return Some((Fraction { nanos: 0, digits: 0, is_exact: true }, text));
    };
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (all, rest) = rest.split_at_checked(count).filter(|_| count > 0)?;
    let (kept, past) = all.split_at_checked(NANO_DIGITS).unwrap_or((all, ""));
    let nanos = kept.bytes().chain(std::iter::repeat(b'0')).take(NANO_DIGITS);
    let nanos = nanos.fold(0, |sum: i128, digit| sum * 10 + i128::from(digit - b'0'));
    let is_exact = past.bytes().all(|digit| digit == b'0');
    Some((Fraction { nanos, digits: u8::try_from(count).unwrap_or(u8::MAX), is_exact }, rest))
}

fn zone(text: &str) -> Option<(Zone, Spelling)> {
    match text {
        "" => return Some((Zone::None, Spelling::Missing)),
        "Z" | "z" => return Some((Zone::Zulu, Spelling::Full)),
        _ => {}
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, rest) = digits(text.strip_prefix(['+', '-'])?, 2)?;
    let (spelling, minutes, rest) = match (rest, rest.strip_prefix(':')) {
        ("", _) => (Spelling::Hours, 0, ""),
        (_, Some(rest)) => digits(rest, 2).map(|(minutes, rest)| (Spelling::Full, minutes, rest))?,
        _ => digits(rest, 2).map(|(minutes, rest)| (Spelling::Plain, minutes, rest))?,
    };
    let east = i16::try_from(sign * (hours * 60 + minutes)).ok()?;
    (rest.is_empty() && hours < 24 && minutes < 60).then_some((Zone::Offset(east), spelling))
}

/// `2026-10-01T10:00:00.250Z`, from milliseconds since 1970.
pub fn write(millis: u64) -> String {
    let (hour, minute) = (millis / 3_600_000 % 24, millis / 60_000 % 60);
    let (second, milli) = (millis / 1_000 % 60, millis % 1_000);
    format!("{}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z", write_day(millis))
}

/// `2026-10-01`, the day of a moment in milliseconds since 1970.
pub fn write_day(millis: u64) -> String {
    let (year, month, day) = calendar::date(i64::try_from(millis / 86_400_000).unwrap_or(i64::MAX));
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests;
