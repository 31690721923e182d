//! When nothing advances.

use jiff::{civil::date, tz::TimeZone};

use super::{super::Freeze, seconds};

fn weekend() -> Freeze {
    let minute = |day: u16, hour: u16| (day * 24 + hour) * 60;
    Freeze {
        from: minute(4, 16),
        to: minute(0, 8),
        zone: TimeZone::get("Europe/Berlin").unwrap(),
        why: "nobody is there".to_owned(),
    }
}

fn berlin(month: i8, day: i8, hour: i8, minute: i8, second: i8) -> u64 {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let zoned = date(2026, month, day).at(hour, minute, second, 0).to_zoned(zone).unwrap();
    zoned.timestamp().as_millisecond().try_into().unwrap()
}

#[test]
fn a_weekend_goes_from_friday_afternoon_over_the_end_of_the_week() {
    for (month, day, hour, minute, second, covered) in [
        (11, 20, 15, 59, 59, false),
        (11, 20, 16, 0, 0, true),
        (11, 22, 23, 59, 59, true),
        (11, 23, 0, 0, 0, true),
        (11, 23, 7, 59, 59, true),
        (11, 23, 8, 0, 0, false),
        (11, 25, 12, 0, 0, false),
    ] {
        let now = berlin(month, day, hour, minute, second);
        assert_eq!(weekend().covers(now), covered, "{month}-{day} {hour}:{minute}:{second}");
        assert_eq!(weekend().left(now).is_some(), covered);
    }
}

#[test]
fn it_is_over_when_the_clocks_of_its_zone_say_so() {
    assert_eq!(weekend().left(berlin(11, 20, 16, 0, 30)), Some(seconds(64 * 3600 - 30)));
    // The night the clocks go back an hour.
    assert_eq!(weekend().left(berlin(10, 24, 16, 0, 0)), Some(seconds(41 * 3600)));
}

#[test]
fn it_tells_itself_in_words() {
    let words = "no advance from Friday 16:00 to Monday 08:00, Europe/Berlin: nobody is there";
    assert_eq!(weekend().words(), words);
    let now = berlin(11, 21, 12, 0, 0);
    let short = Freeze { from: 5 * 1440, to: 6 * 1440, ..weekend() };
    assert_eq!(Freeze::any(&[short.clone(), weekend(), short], now).as_deref(), Some(words));
    assert_eq!(Freeze::any(&[weekend()], berlin(11, 25, 12, 0, 0)), None);
}

#[test]
fn from_a_minute_to_itself_is_always_and_so_is_a_moment_no_calendar_knows() {
    let always = Freeze { from: 60, to: 60, ..weekend() };
    for now in [0, berlin(11, 25, 12, 0, 0), u64::MAX] {
        assert!(always.covers(now) && always.left(now).is_none());
    }
    assert!(weekend().covers(u64::MAX));
}
