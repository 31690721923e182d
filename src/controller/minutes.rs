//! What happened on one route in the present minute, by stage: rows for people who query the store.
//!
//! Counts so far, so that writing them down again replaces what was written before.

use crate::{
    domain::{
        evidence::Looked,
        outcome::{Outcome, Verdict},
        plan::Stage,
        side::Side,
    },
    store::archive::Minute,
};

const MILLIS: u64 = 60_000;

/// One minute. A stage that was left and is come back to within it goes on where it was, so there are at most as many
/// rows as stages of the ladder, off and shadow.
#[derive(Debug, Default)]
pub struct Minutes {
    minute: u64,
    stages: Vec<(Stage, Minute)>,
}

impl Minutes {
    /// Whether this is another minute than the one that is counted.
    pub const fn are_over(&self, now_millis: u64) -> bool {
        now_millis / MILLIS != self.minute
    }

    /// A new minute begins.
    pub fn begin(&mut self, now_millis: u64) {
        *self = Minutes { minute: now_millis / MILLIS, stages: Vec::new() };
    }

    pub fn of(&self, stage: Stage) -> Minute {
        let row = self.stages.iter().find(|(of, _)| *of == stage);
        row.map_or_else(|| self.empty(), |(_, minute)| *minute)
    }

    /// New units, however many requests they came from.
    pub fn add_units(&mut self, stage: Stage, units: u64) {
        if units > 0 {
            self.row(stage).units += units;
        }
    }

    pub fn add(&mut self, stage: Stage, looked: &Looked) {
        let row = self.row(stage);
        row.requests += 1;
        match looked.outcome.verdict() {
            Verdict::Match => row.matched += 1,
            Verdict::Forgiven => row.forgiven += 1,
            Verdict::Mismatch => row.mismatched += 1,
            Verdict::Incomparable | Verdict::Unpaired => {}
        }
        let compared = [Verdict::Match, Verdict::Forgiven, Verdict::Mismatch];
        row.compared += u64::from(compared.contains(&looked.outcome.verdict()));
        row.vacuous += u64::from(matches!(looked.outcome, Outcome::ExactVacuous | Outcome::EqualVacuous));
        row.dropped += u64::from(was_dropped(looked.outcome));
        row.new_served += u64::from(looked.served.by == Side::New);
        row.new_failed += u64::from(looked.served.planned_new && looked.served.failed);
        row.rescued += u64::from(looked.served.rescued);
    }

    fn row(&mut self, stage: Stage) -> &mut Minute {
        let place = self.stages.iter().position(|(of, _)| *of == stage).unwrap_or_else(|| {
            self.stages.push((stage, Minute { minute: self.minute, ..Minute::default() }));
            self.stages.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "it was found there, or put there")]
        &mut self.stages[place].1
    }

    fn empty(&self) -> Minute {
        Minute { minute: self.minute, ..Minute::default() }
    }
}

/// It was to be compared, and a bound was reached.
const fn was_dropped(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::ShedInFlight
            | Outcome::ShedRate
            | Outcome::ShedBreaker
            | Outcome::ShedMemory
            | Outcome::ShedCompare
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        controller::tests::HALF,
        domain::evidence::{Cell, Served, Unit},
    };

    fn looked(outcome: Outcome, served: Served) -> Looked {
        Looked {
            unit: Unit { key: 1, payload: 1 },
            cell: Cell { hash: 1, text: None },
            caller: 0,
            outcome,
            served,
            statuses: [Some(200); 2],
            took: [None; 2],
            size: 2,
            builds: [0; 2],
        }
    }

    const BY_OLD: Served = Served { by: Side::Old, planned_new: false, rescued: false, failed: false };

    #[test]
    fn a_stage_that_is_come_back_to_goes_on_where_it_was_in_its_minute() {
        let mut minutes = Minutes::default();
        minutes.begin(2 * MILLIS + 1);
        for (stage, outcome) in [
            (HALF, Outcome::Exact),
            (Stage::Shadow, Outcome::Differs),
            (HALF, Outcome::ExactVacuous),
            (HALF, Outcome::ShedRate),
            (HALF, Outcome::Unsampled),
        ] {
            minutes.add(stage, &looked(outcome, BY_OLD));
        }
        let (half, shadow) = (minutes.of(HALF), minutes.of(Stage::Shadow));
        assert_eq!((half.minute, half.requests, half.compared), (2, 4, 2));
        assert_eq!((half.matched, half.vacuous, half.dropped, half.mismatched), (2, 1, 1, 0));
        assert_eq!((shadow.requests, shadow.mismatched), (1, 1));
        assert!(minutes.are_over(3 * MILLIS) && !minutes.are_over(3 * MILLIS - 1));
    }

    #[test]
    fn a_rescue_is_a_failure_of_new_that_old_served() {
        let mut minutes = Minutes::default();
        let rescued = Served { planned_new: true, rescued: true, failed: true, ..BY_OLD };
        minutes.add(HALF, &looked(Outcome::NewReset, rescued));
        let half = minutes.of(HALF);
        assert_eq!((half.new_served, half.new_failed, half.rescued), (0, 1, 1));
    }
}
