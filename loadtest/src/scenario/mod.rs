//! The scenarios, and the one loop that repeats them: A B C A B C, never A A B B, so that a disturbance of the
//! machine falls on all alike.

mod evidence;
mod faults;
pub mod memory;

use anyhow::Result;

use crate::bodies::Size;
use crate::cli::{Faults, Flags, Rate, Saturated, Task};
use crate::contender::Contender;
use crate::generator::Load;
use crate::lab::Lab;
use crate::run::Outcome;
use crate::trial::{New, Trial, label, measure};

pub fn run(lab: &Lab, task: &Task, flags: &Flags) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let sizes = vec![Size::SMALL, Size::USUAL, Size::MIDDLE, Size::LARGE];
    match task {
        Task::Saturated(wanted) => saturated(lab, wanted, flags, &mut outcome),
        Task::Rate(wanted) => rate(lab, wanted, flags, &mut outcome),
        Task::Faults(wanted) => faults::run(lab, wanted, flags, &mut outcome),
        Task::Memory => memory::run(lab, flags, &mut outcome),
        Task::All => {
            saturated(lab, &Saturated { sizes, mismatch: true }, flags, &mut outcome);
            rate(lab, &Rate { rps: 2_000 }, flags, &mut outcome);
            faults::run(lab, &Faults { faults: Vec::new(), peers: false }, flags, &mut outcome);
            memory::run(lab, flags, &mut outcome);
        }
        Task::Evidence => evidence::run(lab, flags, &mut outcome),
        Task::Install | Task::Backend(_) | Task::Compare | Task::HostilePair { .. } | Task::Revert(_) => {}
    }
    Ok(outcome)
}

fn saturated(lab: &Lab, wanted: &Saturated, flags: &Flags, outcome: &mut Outcome) {
    let sizes = if flags.quick { vec![Size::USUAL] } else { wanted.sizes.clone() };
    for size in sizes {
        let differs = wanted.mismatch.then_some((Contender::ReadshiftShadow, New::Differs));
        let trials: Vec<Trial> = Contender::PEERS
            .map(|contender| (contender, New::Healthy))
            .into_iter()
            .chain(differs)
            .map(|(contender, new)| Trial {
                scenario: "saturated",
                contender,
                new,
                size,
                load: Load::Saturated,
            })
            .collect();
        repeat(lab, &trials, flags, outcome);
    }
}

fn rate(lab: &Lab, wanted: &Rate, flags: &Flags, outcome: &mut Outcome) {
    if lab.tools.h2load.is_none() {
        return outcome.skip("the fixed rate: h2load is missing (apt install nghttp2-client)".to_owned());
    }
    let load = Load::Rate(wanted.rps);
    let trials = Contender::PEERS.map(|contender| Trial {
        scenario: "rate",
        contender,
        new: New::Healthy,
        size: Size::USUAL,
        load,
    });
    repeat(lab, &trials, flags, outcome);
}

/// What cannot start, or breaks, is left out from then on, with a word; the others go on.
fn repeat(lab: &Lab, trials: &[Trial], flags: &Flags, outcome: &mut Outcome) {
    let mut left_out: Vec<usize> = Vec::new();
    for rep in 1..=flags.reps() {
        for (place, trial) in trials.iter().enumerate() {
            if left_out.contains(&place) || !flags.wants(trial.contender) {
                continue;
            }
            let who = label(trial.contender, trial.new);
            if rep == 1 {
                outcome.ask(trial.scenario, &trial.size.name(), &who);
            }
            if let Err(missing) = trial.contender.program(&lab.tools) {
                left_out.push(place);
                outcome.skip(missing.to_string());
                continue;
            }
            eprintln!("{} {} {rep}/{}: {who}", trial.scenario, trial.size.name(), flags.reps());
            match measure(lab, trial, flags.seconds(), rep) {
                Ok(run) => outcome.runs.push(run),
                Err(error) => {
                    left_out.push(place);
                    outcome.skip(format!("{who}: {error:#}"));
                }
            }
        }
    }
}
