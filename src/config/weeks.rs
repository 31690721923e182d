//! Hours of the week and time zones, as the file says them: `fri 16:00`, `Europe/Vienna`.
//!
//! Zones come from the database that is built in, so that a file means the same on every machine.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde_json::json;

use super::{
    forms::text_forms,
    problem::{did_you_mean, quoted},
    values::write_text,
};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MINUTES_A_DAY: u16 = 24 * 60;

text_forms! {
    /// A minute of the week, counted from Monday 00:00.
    WeekMinute: u16 = "an hour of the week such as fri 16:00", week_minute, |v: &u16| write_week_minute(*v),
        json!({ "type": "string", "pattern": r"^(mon|tue|wed|thu|fri|sat|sun) [0-2]\d:[0-5]\d$" });
    /// A time zone by its name.
    Zone: TimeZone = "a time zone such as Europe/Vienna or UTC", zone,
        |v: &TimeZone| write_text(v.iana_name().unwrap_or("UTC")), json!({ "type": "string" });
}

fn week_minute(text: &str) -> Result<u16, String> {
    let wrong = |nearest: String| {
        format!("expected an hour of the week such as fri 16:00, got {}{nearest}", quoted(text))
    };
    let (day, time) = text.split_once(' ').ok_or_else(|| wrong(String::new()))?;
    let place = DAYS.iter().position(|known| *known == day);
    let day = place.and_then(|day| u16::try_from(day).ok()).ok_or_else(|| wrong(did_you_mean(day, DAYS)))?;
    let two = |text: &str, below: u16| -> Option<u16> {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|number| digits && *number < below)
    };
    let time = time.trim_start_matches(' ').split_once(':');
    let minute = time.and_then(|(hour, minute)| Some(two(hour, 24)? * 60 + two(minute, 60)?));
    Ok(day * MINUTES_A_DAY + minute.ok_or_else(|| wrong(String::new()))?)
}

pub fn write_week_minute(minute: u16) -> String {
    let (day, minute) = (usize::from(minute / MINUTES_A_DAY), minute % MINUTES_A_DAY);
    format!("{} {:02}:{:02}", DAYS.get(day).unwrap_or(&"sun"), minute / 60, minute % 60)
}

fn zone(text: &str) -> Result<TimeZone, String> {
    let zones = TimeZoneDatabase::bundled();
    zones.get(text).map_err(|_| {
        let names: Vec<String> = zones.available().map(|name| name.as_str().to_owned()).collect();
        let nearest = did_you_mean(text, names.iter().map(String::as_str));
        format!("there is no time zone {}{nearest}", quoted(text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_of_the_week_is_written_as_it_is_read() {
        for (text, minute) in [("mon 00:00", 0), ("fri 16:00", 4 * 1_440 + 960), ("sun 23:59", 10_079)] {
            assert_eq!(week_minute(text), Ok(minute));
            assert_eq!(write_week_minute(minute), text);
        }
        for text in
            ["", "fri", "fri 16", "fri 24:00", "fri 1:00", "Friday 16:00", "16:00", "fri 16:60", "fri +1:00"]
        {
            assert!(week_minute(text).is_err(), "{text}");
        }
        assert!(week_minute("fry 16:00").unwrap_err().ends_with("did you mean `fri`?"));
    }

    #[test]
    fn a_zone_is_known_by_its_name_and_a_near_one_is_told() {
        assert_eq!(zone("Europe/Vienna").unwrap().iana_name(), Some("Europe/Vienna"));
        assert_eq!(zone("UTC").unwrap().iana_name(), Some("UTC"));
        assert!(zone("Europe/Viena").unwrap_err().ends_with("did you mean `Europe/Vienna`?"));
        for text in ["", "CET+1", "Vienna", "../etc/passwd"] {
            assert!(zone(text).is_err(), "{text}");
        }
    }
}
