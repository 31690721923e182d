//! Numbers and moments as the database holds them.

use crate::domain::moment;

const NANOS_A_MILLI: i128 = moment::MILLI;

/// SQLite counts to 2^63, and nothing here counts further.
pub fn int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub fn count(int: i64) -> u64 {
    u64::try_from(int).unwrap_or(0)
}

/// `2026-10-01T10:00:00.250Z`: as people read it, and in the order of time.
pub fn at(millis: u64) -> String {
    moment::write(millis)
}

/// Back to milliseconds since 1970.
pub fn millis(text: &str) -> Option<u64> {
    u64::try_from(moment::rfc3339(text)?.nanos / NANOS_A_MILLI).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_was_written() {
        for moment in [0, 1, 999, 1_790_000_000_123, 4_102_444_799_999] {
            assert_eq!(millis(&at(moment)), Some(moment));
        }
        assert_eq!(millis("yesterday"), None);
    }
}
