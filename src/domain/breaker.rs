//! Whether new is asked at all: after failures in a row it is given time to recover, longer each time.
//!
//! A state machine over events; the time is an argument.

use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Failures in a row that open the breaker.
    pub failures: u32,
    /// The first pause; doubled after each trial that fails.
    pub backoff: Duration,
    pub max_backoff: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Requests pass.
    Closed { failures: u32 },
    /// None pass until then.
    Open { until: Instant, backoff: Duration },
    /// One trial is under way.
    HalfOpen { backoff: Duration },
}

/// What a request may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    Granted,
    /// Granted, as the one that finds out whether new has recovered.
    Trial,
    Refused,
}

#[derive(Clone, Debug)]
pub struct Breaker {
    settings: Settings,
    state: State,
}

impl Breaker {
    pub const fn new(settings: Settings) -> Breaker {
        Breaker { settings, state: State::Closed { failures: 0 } }
    }

    pub const fn state(&self) -> State {
        self.state
    }

    pub fn ask(&mut self, now: Instant) -> Pass {
        match self.state {
            State::Closed { .. } => Pass::Granted,
            State::Open { until, backoff } if now >= until => {
                self.state = State::HalfOpen { backoff };
                Pass::Trial
            }
            State::Open { .. } | State::HalfOpen { .. } => Pass::Refused,
        }
    }

    /// A reply came, whatever its status. One that was asked for before the breaker opened proves nothing.
    pub const fn replied(&mut self, pass: Pass) {
        match (self.state, pass) {
            (State::HalfOpen { .. }, Pass::Trial) | (State::Closed { .. }, _) => {
                self.state = State::Closed { failures: 0 };
            }
            _ => {}
        }
    }

    /// No reply came.
    pub fn failed(&mut self, pass: Pass, now: Instant) {
        let settings = self.settings;
        match (self.state, pass) {
            (State::HalfOpen { backoff }, Pass::Trial) => {
                let longer = backoff.saturating_mul(2).min(settings.max_backoff);
                self.open(longer, now);
            }
            (State::Closed { failures }, _) if failures + 1 >= settings.failures => {
                self.open(settings.backoff, now)
            }
            (State::Closed { failures }, _) => self.state = State::Closed { failures: failures + 1 },
            _ => {}
        }
    }

    /// The request ended and says nothing about new; a trial is asked again after the same pause.
    pub fn withdrawn(&mut self, pass: Pass, now: Instant) {
        if let (State::HalfOpen { backoff }, Pass::Trial) = (self.state, pass) {
            self.open(backoff, now);
        }
    }

    fn open(&mut self, backoff: Duration, now: Instant) {
        // A time that cannot be told is now: better a trial too early than none at all.
        self.state = State::Open { until: now.checked_add(backoff).unwrap_or(now), backoff };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn breaker() -> Breaker {
        Breaker::new(Settings { failures: 3, backoff: SECOND, max_backoff: 4 * SECOND })
    }

    fn fail(breaker: &mut Breaker, times: u32, now: Instant) {
        (0..times).for_each(|_| breaker.failed(Pass::Granted, now));
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_reply_between_them_does_not() {
        let (mut breaker, now) = (breaker(), crate::clock::now());
        fail(&mut breaker, 2, now);
        breaker.replied(Pass::Granted);
        fail(&mut breaker, 2, now);
        assert_eq!(breaker.ask(now), Pass::Granted);
        fail(&mut breaker, 1, now);
        assert_eq!(breaker.ask(now), Pass::Refused);
    }

    #[test]
    fn after_the_pause_one_trial_passes_and_its_reply_closes_it() {
        let (mut breaker, now) = (breaker(), crate::clock::now());
        fail(&mut breaker, 3, now);
        let later = now + SECOND;
        assert_eq!((breaker.ask(later), breaker.ask(later)), (Pass::Trial, Pass::Refused));
        breaker.replied(Pass::Granted);
        assert_eq!(breaker.ask(later), Pass::Refused, "an old reply closed it");
        breaker.replied(Pass::Trial);
        assert_eq!(breaker.ask(later), Pass::Granted);
    }

    #[test]
    fn each_trial_that_fails_doubles_the_pause_up_to_its_bound() {
        let (mut breaker, mut now) = (breaker(), crate::clock::now());
        fail(&mut breaker, 3, now);
        for pause in [1, 2, 4, 4] {
            now += pause * SECOND;
            assert_eq!(breaker.ask(now - SECOND / 2), Pass::Refused);
            assert_eq!(breaker.ask(now), Pass::Trial);
            breaker.failed(Pass::Trial, now);
        }
    }

    #[test]
    fn a_trial_that_is_withdrawn_is_asked_again() {
        let (mut breaker, now) = (breaker(), crate::clock::now());
        fail(&mut breaker, 3, now);
        assert_eq!(breaker.ask(now + SECOND), Pass::Trial);
        breaker.withdrawn(Pass::Trial, now + SECOND);
        assert_eq!(breaker.ask(now + 2 * SECOND), Pass::Trial);
    }
}
