//! One line that sums up what happened since the line before: what an operator sees scroll by.

use super::words::count;
use crate::domain::{
    account::{Account, Counts},
    outcome::{Outcome, Verdict},
};

/// Reasons named in a line; the report names all.
const TOP: usize = 3;

/// What `account` has that `previous` has not, and the mismatches since the start.
pub fn account_line(account: &Account, previous: &Account) -> String {
    let (now, before) = (account.total(), previous.total());
    let since = |of: fn(&Counts) -> u64| of(&now).saturating_sub(of(&before));
    let start = format!(
        "{} in flight; since the start {} seen, {} compared, {} mismatched",
        count(now.in_flight),
        count(now.received),
        count(now.compared()),
        count(now.with(Verdict::Mismatch)),
    );
    if since(|counts| counts.received) == 0 && since(Counts::settled) == 0 {
        return format!("no request; {start}");
    }
    let reasons = uncompared(&now, &before);
    let not_compared: u64 = reasons.iter().map(|(_, times)| times).sum();
    let mut told: Vec<_> =
        reasons.iter().take(TOP).map(|(o, n)| format!("{} {}", o.reason(), count(*n))).collect();
    if reasons.len() > TOP {
        told.push("…".to_owned());
    }
    let why = if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) };
    format!(
        "{} seen, {} compared, {} mismatched, {} not compared{why}; {start}",
        count(since(|counts| counts.received)),
        count(since(Counts::compared)),
        count(since(|counts| counts.with(Verdict::Mismatch))),
        count(not_compared),
    )
}

/// Why requests since then were not compared, the most frequent first.
fn uncompared(now: &Counts, before: &Counts) -> Vec<(Outcome, u64)> {
    let mut rows: Vec<_> = now
        .rows()
        .filter(|(outcome, _)| matches!(outcome.verdict(), Verdict::Incomparable | Verdict::Unpaired))
        .map(|(outcome, count)| (outcome, count.saturating_sub(before.of(outcome))))
        .filter(|(_, count)| *count > 0)
        .collect();
    rows.sort_by(|(a, n), (b, m)| m.cmp(n).then(a.index().cmp(&b.index())));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(outcomes: &[(Outcome, usize)], in_flight: u64) -> Account {
        let mut counts = Counts::default();
        for (outcome, times) in outcomes {
            (0..*times).for_each(|_| {
                counts.open();
                counts.settle(*outcome);
            });
        }
        (0..in_flight).for_each(|_| counts.open());
        Account { routes: vec![("users".into(), counts)] }
    }

    #[test]
    fn a_line_tells_what_is_new_and_why_requests_were_not_compared() {
        let before = account(&[(Outcome::Exact, 1000)], 0);
        let now = account(
            &[
                (Outcome::Exact, 1100),
                (Outcome::Differs, 2),
                (Outcome::NotARead, 1),
                (Outcome::ShedBreaker, 9),
            ],
            4,
        );
        assert_eq!(
            account_line(&now, &before),
            "116 seen, 102 compared, 2 mismatched, 10 not compared (shed_breaker 9, not_a_read 1); \
             4 in flight; since the start 1,116 seen, 1,102 compared, 2 mismatched"
        );
    }

    #[test]
    fn no_traffic_is_said_and_does_not_look_like_success() {
        let same = account(&[(Outcome::Exact, 5)], 0);
        assert!(account_line(&same, &same).starts_with("no request; 0 in flight"));
    }
}
