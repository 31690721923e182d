//! A date as headers and cookies write it, read as browsers read it (RFC 6265, 5.1.1): by what its parts
//! look like, in whatever order and with whatever between them.

use super::super::super::moment::{
    calendar::{MONTHS, days},
    full_year,
};

/// In seconds since 1970.
pub fn read(text: &[u8]) -> Option<i64> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(|byte| is_between(*byte)).filter(|token| !token.is_empty()) {
        if time.is_none()
            && let Some(found) = clock(token)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = number(token, 1..=2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = month_of(token)
        {
            month = Some(found);
        } else if year.is_none() {
            year = number(token, 2..=4);
        }
    }
    let year =
        year.map(|year| if year < 100 { full_year(year) } else { year }).filter(|year| *year >= 1601)?;
    Some(days(year, month?, day?)? * 86_400 + time?)
}

const fn is_between(byte: u8) -> bool {
    !(byte.is_ascii_alphanumeric() || byte == b':' || byte < b' ' && byte != b'\t' || byte >= 0x7F)
}

/// `08:49:37`, in seconds.
fn clock(token: &[u8]) -> Option<i64> {
    let mut parts = token.split(|byte| *byte == b':');
    let mut next = |most| parts.next().and_then(|part| number(part, 1..=2)).filter(|part| *part <= most);
    let (hours, minutes, seconds) = (next(23)?, next(59)?, next(59)?);
    parts.next().is_none().then_some(hours * 3_600 + minutes * 60 + seconds)
}

fn number(token: &[u8], digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let text = str::from_utf8(token).ok()?;
    let fits = digits.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

fn month_of(token: &[u8]) -> Option<i64> {
    let start = token.get(..3)?;
    let place = MONTHS.iter().position(|name| name.as_bytes().eq_ignore_ascii_case(start))?;
    i64::try_from(place + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_date_is_read() {
        for (text, moment) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Sun Nov  6 08:49:37 1994", 784_111_777),
            ("06-nov-1994 8:49:37", 784_111_777),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
            ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
            ("Thu, 31 Dec 2099 23:59:59 GMT", 4_102_444_799),
        ] {
            assert_eq!(read(text.as_bytes()), Some(moment), "{text}");
        }
        for text in [
            "",
            "0",
            "soon",
            "06 Nov 1994",
            "Nov 1994 08:49:37",
            "99 Nov 1994 08:49:37",
            "30 Feb 1994 08:49:37",
            "6 Nov 94 24:00:00",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
