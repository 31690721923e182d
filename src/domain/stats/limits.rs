//! How often the tests of rare events err, and how long they take, from exact equations: events come as in a Poisson
//! process whose time is what would have been expected at the bound, and one looks all the time.

use super::{
    rare::{lower, upper},
    reference::{close, table},
};

/// Of each number of events how likely it is, while nothing has been claimed.
struct Chances {
    by_events: Vec<f64>,
    time: f64,
}

impl Chances {
    const fn new(by_events: Vec<f64>) -> Chances {
        Chances { by_events, time: 0.0 }
    }

    /// Time goes on to then, in which events come at this rate.
    fn pass_to(&mut self, time: f64, rate: f64) {
        let mean = rate * (time - self.time);
        self.time = time;
        let mut jumps = vec![(-mean).exp()];
        while jumps.last().is_some_and(|last| *last > 1e-18) || (jumps.len() as f64) < mean {
            jumps.push(jumps[jumps.len() - 1] * mean / jumps.len() as f64);
        }
        let mut after = vec![0.0; self.by_events.len() + jumps.len() - 1];
        for (events, chance) in self.by_events.iter().enumerate().filter(|(_, chance)| **chance > 0.0) {
            for (jump, likely) in jumps.iter().enumerate() {
                after[events + jump] += chance * likely;
            }
        }
        self.by_events = after;
    }
}

/// When a pass comes and how likely that is, up to a time.
fn passes(alpha: f64, rate: f64, until: f64) -> Vec<(f64, f64)> {
    let mut chances = Chances::new(vec![1.0]);
    let times = (0u32..).map(|k| (k as usize, upper(f64::from(k), alpha)));
    let told = times.take_while(|(_, time)| *time <= until).map(|(k, time)| {
        chances.pass_to(time, rate);
        (time, chances.by_events.get_mut(k).map_or(0.0, std::mem::take))
    });
    told.collect()
}

/// How likely a breach is up to the last time before then at which it takes one event more.
fn breach(alpha: f64, rate: f64, until: f64) -> f64 {
    let mut chances = Chances::new(vec![1.0]);
    let mut claimed = 0.0;
    let times = (1u32..).map(|k| (k as usize, lower(f64::from(k), alpha)));
    // At the very beginning no time has passed in which events could come.
    for (k, time) in times.filter(|(_, time)| *time > 0.0).take_while(|(_, time)| *time <= until) {
        chances.pass_to(time, rate);
        claimed += chances.by_events.drain(k.min(chances.by_events.len())..).sum::<f64>();
    }
    claimed
}

fn ours(name: &str) -> Vec<serde_json::Value> {
    table(name).into_iter().filter(|row| row["method"] == "ours").collect()
}

const UNTIL: [(f64, &str); 3] = [(3.0, "H3"), (10.0, "H10"), (100.0, "H100")];

#[test]
fn looking_all_the_time_passes_falsely_as_seldom_as_the_reference_values_say() {
    for row in ours("false_pass_exact_poisson_limit") {
        let (alpha, rate) = (row["alpha"].as_f64().unwrap(), row["rho"].as_f64().unwrap());
        for (until, name) in UNTIL {
            let told: f64 = passes(alpha, rate, until).iter().map(|(_, chance)| chance).sum();
            close(told, &row[name], &format!("{name} of {row}"));
            assert!(told <= alpha);
        }
    }
}

#[test]
fn looking_all_the_time_breaches_falsely_as_seldom_as_the_reference_values_say() {
    for row in ours("false_fail_exact") {
        let (alpha, rate) = (row["alpha"].as_f64().unwrap(), row["rho"].as_f64().unwrap());
        for (until, name) in UNTIL {
            let told = breach(alpha, rate, until);
            close(told, &row[name], &format!("{name} of {row}"));
            assert!(told <= alpha);
        }
    }
}

#[test]
fn a_pass_takes_as_long_on_average_as_the_reference_values_say() {
    // The slow ones take hundreds of events, and as much again of this test's time.
    for row in table("esn_pass_exact").iter().filter(|row| row["rho"].as_f64().unwrap() <= 0.5) {
        let (alpha, rate) = (row["alpha"].as_f64().unwrap(), row["rho"].as_f64().unwrap());
        let passes = passes(alpha, rate, 400.0);
        let mean: f64 = passes.iter().map(|(time, chance)| time * chance).sum();
        let expected = row["mean_lambda"].as_f64().unwrap();
        assert!((mean - expected).abs() < 1e-6 * expected, "{mean} in {row}");
    }
}
