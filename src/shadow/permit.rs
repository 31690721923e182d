//! Permit or shed: whether a shadow may start, or old be asked once more, decided at once and for the whole
//! process.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    clock,
    domain::{
        breaker::{self, Breaker, Pass, State},
        outcome::Outcome,
    },
    net::capture::Budget,
};

/// Shadows that may start at once although none did for a while, as a share of a second's worth.
const BURST: Duration = Duration::from_millis(100);

/// What is asked for leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The shadow copies of reads that old serves: to new.
    Mirror,
    /// The shadow copies of reads that new serves: to old, which serves others.
    MirrorBack,
    /// What old is asked besides the requests of clients. It serves them, so it is left alone the sooner.
    Reread,
}

impl Purpose {
    const fn pauses(self) -> &'static str {
        match self {
            Purpose::Mirror => "new keeps failing: shadows pause",
            Purpose::MirrorBack => "old keeps failing its shadows: those of reads that new serves pause",
            Purpose::Reread => {
                "old keeps failing when it is read again: it is asked nothing but what clients ask"
            }
        }
    }

    const fn resumes(self) -> &'static str {
        match self {
            Purpose::Mirror => "new replies again: shadows resume",
            Purpose::MirrorBack => "old replies to its shadows again: they resume",
            Purpose::Reread => "old replies again: reading again resumes",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub purpose: Purpose,
    pub max_in_flight: usize,
    /// Shadows a second; `None` for as many as there are reads.
    pub max_rate: Option<u32>,
    pub breaker: breaker::Settings,
}

/// What all threads ask before a shadow starts.
pub struct Admission {
    settings: Settings,
    started: Instant,
    in_flight: AtomicUsize,
    /// When the next shadow is due at the allowed rate, in nanoseconds since `started` (a leaky bucket).
    due: AtomicU64,
    breaker: Mutex<Breaker>,
    /// The breaker is closed and has seen no failure: it need not be asked.
    healthy: AtomicBool,
    budget: Arc<Budget>,
}

impl Admission {
    pub fn new(settings: Settings, budget: Arc<Budget>) -> Arc<Admission> {
        Arc::new(Admission {
            breaker: Mutex::new(Breaker::new(settings.breaker)),
            settings,
            started: clock::now(),
            in_flight: AtomicUsize::new(0),
            due: AtomicU64::new(0),
            healthy: AtomicBool::new(true),
            budget,
        })
    }

    /// A permit, or why there is none. Never waits.
    pub fn ask(self: &Arc<Admission>, now: Instant) -> Result<Permit, Outcome> {
        if self.budget.is_used_up() {
            return Err(Outcome::ShedMemory);
        }
        if self.in_flight.fetch_add(1, Ordering::Relaxed) >= self.settings.max_in_flight {
            self.in_flight.fetch_sub(1, Ordering::Relaxed);
            return Err(Outcome::ShedInFlight);
        }
        // From here on dropping the permit gives its place back.
        let mut permit = Permit { admission: self.clone(), pass: Pass::Granted };
        if !self.healthy.load(Ordering::Relaxed) {
            permit.pass = self.breaker().ask(now);
            if permit.pass == Pass::Refused {
                return Err(Outcome::ShedBreaker);
            }
        }
        // Asked last: what another bound refuses must not use up the rate.
        if !self.within_rate(now) {
            return Err(Outcome::ShedRate);
        }
        Ok(permit)
    }

    fn within_rate(&self, now: Instant) -> bool {
        let Some(rate) = self.settings.max_rate else { return true };
        let step = 1_000_000_000 / u64::from(rate.max(1));
        let now = u64::try_from(now.saturating_duration_since(self.started).as_nanos()).unwrap_or(u64::MAX);
        let ahead = (BURST.as_nanos() as u64).max(step);
        let claim = |due: u64| (due <= now.saturating_add(ahead) - step).then(|| due.max(now) + step);
        self.due.fetch_update(Ordering::Relaxed, Ordering::Relaxed, claim).is_ok()
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    pub fn breaker_state(&self) -> State {
        self.breaker().state()
    }

    /// Whether nothing at all passes now, because the side keeps failing.
    pub fn is_paused(&self, now: Instant) -> bool {
        matches!(self.breaker_state(), State::Open { until, .. } if now < until)
    }

    pub const fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn told(&self, tell: impl FnOnce(&mut Breaker)) {
        let mut breaker = self.breaker();
        let before = breaker.state();
        tell(&mut breaker);
        let after = breaker.state();
        self.healthy.store(after == State::Closed { failures: 0 }, Ordering::Relaxed);
        drop(breaker);
        match (before, after) {
            (State::Closed { .. }, State::Open { backoff, .. }) => {
                let pause_ms = backoff.as_millis() as u64;
                tracing::warn!(pause_ms, "{}", self.settings.purpose.pauses());
            }
            (State::HalfOpen { .. }, State::Closed { .. }) => {
                tracing::info!("{}", self.settings.purpose.resumes());
            }
            _ => {}
        }
    }
}

/// One request under way.
pub struct Permit {
    admission: Arc<Admission>,
    pass: Pass,
}

impl Permit {
    /// The side replied; to a shadow, whatever its status.
    pub fn replied(mut self) {
        let pass = std::mem::replace(&mut self.pass, Pass::Refused);
        if pass == Pass::Trial || !self.admission.healthy.load(Ordering::Relaxed) {
            self.admission.told(|breaker| breaker.replied(pass));
        }
    }

    /// The side did not reply.
    pub fn failed(mut self, now: Instant) {
        let pass = std::mem::replace(&mut self.pass, Pass::Refused);
        self.admission.told(|breaker| breaker.failed(pass, now));
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.admission.in_flight.fetch_sub(1, Ordering::Relaxed);
        if self.pass == Pass::Trial {
            self.admission.told(|breaker| breaker.withdrawn(Pass::Trial, clock::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(max_in_flight: usize, max_rate: Option<u32>) -> Arc<Admission> {
        let breaker = breaker::Settings {
            failures: 2,
            backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(8),
        };
        let purpose = Purpose::Mirror;
        Admission::new(Settings { purpose, max_in_flight, max_rate, breaker }, Budget::new(1000))
    }

    #[test]
    fn past_the_bound_in_flight_a_shadow_is_shed_until_one_ends() {
        let (admission, now) = (admission(2, None), clock::now());
        let first = admission.ask(now).ok();
        let _second = admission.ask(now).ok();
        assert_eq!(admission.ask(now).err(), Some(Outcome::ShedInFlight));
        drop(first);
        assert!(admission.ask(now).is_ok());
        assert_eq!(admission.in_flight(), 1);
    }

    #[test]
    fn past_the_rate_a_shadow_is_shed_and_the_rate_is_kept_over_time() {
        let admission = admission(10_000, Some(100));
        let start = clock::now();
        let granted = (0..5_000u32)
            .filter(|n| admission.ask(start + Duration::from_millis(u64::from(*n))).is_ok())
            .count();
        assert!((495..=515).contains(&granted), "{granted} in five seconds at 100 a second");
    }

    #[test]
    fn failures_in_a_row_stop_shadows_and_a_trial_that_replies_resumes_them() {
        let (admission, now) = (admission(10, None), clock::now());
        for _ in 0..2 {
            admission.ask(now).ok().unwrap().failed(now);
        }
        assert_eq!(admission.ask(now).err(), Some(Outcome::ShedBreaker));
        assert!(admission.is_paused(now));
        let later = now + Duration::from_secs(1);
        assert!(!admission.is_paused(later), "somebody has to find out");
        admission.ask(later).ok().unwrap().replied();
        assert!(admission.ask(later).is_ok());
    }
}
