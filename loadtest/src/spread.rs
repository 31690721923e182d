//! Medians, ranges and pairs. Pure.

use serde::Serialize;

use crate::run::{Field, Run};

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    pub median: f64,
    pub min: f64,
    pub max: f64,
}

impl Spread {
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Spread> {
        let mut sorted: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let half = sorted.len() / 2;
        let upper = *sorted.get(half)?;
        let median = match sorted.len() % 2 {
            1 => upper,
            _ => f64::midpoint(upper, *sorted.get(half.checked_sub(1)?)?),
        };
        Some(Spread { median, min: *sorted.first()?, max: *sorted.last()? })
    }
}

/// Who is meant: scenario, case and name as they stand in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub scenario: &'static str,
    pub case: String,
    pub who: String,
}

impl Key {
    pub fn names(&self, run: &Run) -> bool {
        run.scenario == self.scenario && run.case == self.case && run.who == self.who
    }
}

pub fn spread(runs: &[Run], key: &Key, field: Field) -> Option<Spread> {
    Spread::of(runs.iter().filter(|run| key.names(run)).filter_map(field))
}

/// Puts two contenders together repetition by repetition: what disturbs the machine for a while disturbs both, and
/// falls out of their ratio but not out of a ratio of two medians.
pub fn paired(
    runs: &[Run],
    top: &Key,
    under: &Key,
    field: Field,
    join: fn(f64, f64) -> f64,
) -> Option<Spread> {
    let pairs = runs.iter().filter(|run| top.names(run)).filter_map(|a| {
        let b = runs.iter().find(|run| under.names(run) && run.rep == a.rep)?;
        Some(join(field(a)?, field(b)?))
    });
    Spread::of(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(who: &str) -> Key {
        Key { scenario: "saturated", case: "4 KiB".into(), who: who.into() }
    }

    fn run(who: &str, rep: u32, cpu: f64) -> Run {
        Run {
            scenario: "saturated",
            case: "4 KiB".into(),
            who: who.into(),
            rep,
            cpu_us: Some(cpu),
            ..Run::default()
        }
    }

    #[test]
    fn a_disturbed_repetition_does_not_move_a_paired_ratio() {
        let runs = [(1, 10.0, 20.0), (2, 30.0, 60.0), (3, 11.0, 22.0)]
            .map(|(rep, a, b)| [run("a", rep, a), run("b", rep, b)])
            .concat();
        let ratio = paired(&runs, &key("a"), &key("b"), |run| run.cpu_us, |a, b| a / b);
        assert_eq!(ratio, Some(Spread { median: 0.5, min: 0.5, max: 0.5 }));
    }

    #[test]
    fn a_repetition_without_its_partner_is_no_pair() {
        let runs = [run("a", 1, 10.0), run("b", 2, 20.0)];
        assert_eq!(paired(&runs, &key("a"), &key("b"), |run| run.cpu_us, |a, b| a / b), None);
    }
}
