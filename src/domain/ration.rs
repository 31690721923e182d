//! How much may be read again: for one shape of mismatch, for one route, and in all.
//!
//! A mismatch that is read again costs both systems requests that nobody asked for. What a recheck may need
//! at most is taken when it begins, so that its readings fall due when they are due; what it did not need is
//! given back. Time is an argument. Bounded: shapes are remembered up to a number, and forgotten at rest.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use super::{account::Heading, compare::signature::Signature};

/// Rechecks of one shape under way: a few say what the shape is.
const OPEN_OF_A_SHAPE: usize = 3;
/// Rechecks of one shape begun in `SHAPE_WINDOW`: enough to tell lag that hides an error among it, far too few to
/// be load. Lag heals within a reading or two; an error that stays takes a place until the last delay, so that
/// of it far fewer are begun.
pub const OF_A_SHAPE: u32 = 30;
const SHAPE_WINDOW: Duration = Duration::from_secs(60);
/// Shapes remembered over all routes.
const SHAPES: usize = 1024;
/// Where there are several routes, none gets more than this share of what all have.
const ROUTE_SHARE: u32 = 2;

/// What all rechecks together may cost.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Readings a second; at least one.
    pub rate: u32,
    /// Readings that one recheck may need.
    pub readings: u32,
    /// Rechecks under way.
    pub open: usize,
    /// Bytes of replies that are kept while they are.
    pub bytes: usize,
    pub routes: usize,
}

/// Which bound was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// As many under way as may be.
    Waiting,
    /// As many readings a second as may be.
    Rate,
    /// Of this route.
    Route,
    /// Of this shape of mismatch.
    Signature,
    /// Its reply would not fit beside those that are kept.
    Memory,
}

impl Refusal {
    pub const fn name(self) -> &'static str {
        match self {
            Refusal::Waiting => "waiting",
            Refusal::Rate => "rate",
            Refusal::Route => "route",
            Refusal::Signature => "signature",
            Refusal::Memory => "memory",
        }
    }
}

/// So much at once, and so much over time (the generic cell rate algorithm).
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// In which one is earned.
    each: Duration,
    burst: u32,
    /// When everything that was taken has been earned.
    earned: Option<Instant>,
}

impl Allowance {
    pub fn new(burst: u32, window: Duration) -> Allowance {
        let burst = burst.max(1);
        Allowance { each: window / burst, burst, earned: None }
    }

    fn after(&self, times: u32, now: Instant) -> Option<Instant> {
        let from = self.earned.map_or(now, |earned| earned.max(now));
        let earned = from.checked_add(self.each.saturating_mul(times))?;
        (earned.saturating_duration_since(now) <= self.each.saturating_mul(self.burst)).then_some(earned)
    }

    pub fn has(&self, times: u32, now: Instant) -> bool {
        self.after(times, now).is_some()
    }

    /// Whether there was as much.
    pub fn take(&mut self, times: u32, now: Instant) -> bool {
        let earned = self.after(times, now);
        self.earned = earned.or(self.earned);
        earned.is_some()
    }

    pub fn give_back(&mut self, times: u32) {
        self.earned = self.earned.and_then(|earned| earned.checked_sub(self.each.saturating_mul(times)));
    }
}

#[derive(Clone, Copy, Debug)]
struct Part {
    allowance: Allowance,
    open: usize,
}

#[derive(Debug)]
pub struct Ration {
    settings: Settings,
    all: Part,
    routes: HashMap<Heading, Part>,
    shapes: HashMap<(Heading, Signature), Part>,
    bytes: usize,
}

/// What one recheck was given.
#[derive(Debug)]
pub struct Granted {
    key: (Heading, Signature),
    bytes: usize,
    readings: u32,
}

impl Ration {
    pub fn new(settings: Settings) -> Ration {
        // However long the list of delays, one recheck fits.
        let burst = settings.rate.max(1).max(settings.readings);
        let window = Duration::from_secs_f64(f64::from(burst) / f64::from(settings.rate.max(1)));
        Ration {
            all: Part { allowance: Allowance::new(burst, window), open: 0 },
            settings,
            routes: HashMap::new(),
            shapes: HashMap::new(),
            bytes: 0,
        }
    }

    /// Leave to begin, or the bound that was reached. Nothing is used up by what is refused.
    pub fn ask(
        &mut self,
        now: Instant,
        route: Heading,
        signature: &Signature,
        bytes: usize,
    ) -> Result<Granted, Refusal> {
        let Settings { readings, open, .. } = self.settings;
        let key = (route, signature.clone());
        let shape = self
            .shapes
            .get(&key)
            .copied()
            .unwrap_or(Part { allowance: Allowance::new(OF_A_SHAPE, SHAPE_WINDOW), open: 0 });
        if shape.open >= OPEN_OF_A_SHAPE || !shape.allowance.has(1, now) {
            return Err(Refusal::Signature);
        }
        if self.all.open >= open {
            return Err(Refusal::Waiting);
        }
        if self.bytes.saturating_add(bytes) > self.settings.bytes {
            return Err(Refusal::Memory);
        }
        let of_route = self.routes.get(&route).copied().unwrap_or_else(|| self.part_of_a_route());
        if of_route.open >= self.open_of_a_route() || !of_route.allowance.has(readings, now) {
            return Err(Refusal::Route);
        }
        if !self.all.allowance.take(readings, now) {
            return Err(Refusal::Rate);
        }
        self.forget_shapes(now);
        self.all.open += 1;
        self.bytes += bytes;
        self.routes.insert(route, begun(of_route, readings, now));
        self.shapes.insert(key.clone(), begun(shape, 1, now));
        Ok(Granted { key, bytes, readings })
    }

    /// Whether one more reading may be made now.
    pub fn read(&mut self, granted: &mut Granted, now: Instant) -> bool {
        if granted.readings > 0 {
            granted.readings -= 1;
            return true;
        }
        self.all.allowance.take(1, now)
    }

    /// Whether so many bytes can be kept in place of those that are.
    pub fn resize(&mut self, granted: &mut Granted, bytes: usize) -> bool {
        let held = self.bytes.saturating_sub(granted.bytes).saturating_add(bytes);
        let fits = bytes <= granted.bytes || held <= self.settings.bytes;
        if fits {
            (self.bytes, granted.bytes) = (held, bytes);
        }
        fits
    }

    /// The recheck has ended.
    pub fn ended(&mut self, granted: Granted) {
        self.bytes = self.bytes.saturating_sub(granted.bytes);
        self.all.open = self.all.open.saturating_sub(1);
        self.all.allowance.give_back(granted.readings);
        if let Some(route) = self.routes.get_mut(&granted.key.0) {
            route.open = route.open.saturating_sub(1);
            route.allowance.give_back(granted.readings);
        }
        if let Some(shape) = self.shapes.get_mut(&granted.key) {
            shape.open = shape.open.saturating_sub(1);
        }
    }

    /// Rechecks under way.
    pub const fn open(&self) -> usize {
        self.all.open
    }

    fn part_of_a_route(&self) -> Part {
        let Settings { rate, readings, routes, .. } = self.settings;
        let rate = if routes > 1 { rate / ROUTE_SHARE } else { rate }.max(1);
        let burst = rate.max(readings);
        let window = Duration::from_secs_f64(f64::from(burst) / f64::from(rate));
        Part { allowance: Allowance::new(burst, window), open: 0 }
    }

    const fn open_of_a_route(&self) -> usize {
        let Settings { open, routes, .. } = self.settings;
        if routes > 1 { open.div_ceil(ROUTE_SHARE as usize) } else { open }
    }

    /// Makes room for one more shape: first goes whatever is as if it had never been seen, then whatever is
    /// not under way.
    fn forget_shapes(&mut self, now: Instant) {
        if self.shapes.len() < SHAPES {
            return;
        }
        self.shapes.retain(|_, shape| shape.open > 0 || !shape.allowance.has(OF_A_SHAPE, now));
        if self.shapes.len() >= SHAPES {
            self.shapes.retain(|_, shape| shape.open > 0);
        }
    }
}

fn begun(mut part: Part, times: u32, now: Instant) -> Part {
    part.allowance.take(times, now);
    part.open += 1;
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const SETTINGS: Settings = Settings { rate: 20, readings: 5, open: 256, bytes: 1000, routes: 1 };

    fn shape(n: u16) -> Signature {
        Signature::of(200, n, &[])
    }

    const USERS: Heading = Heading::UNROUTED;

    #[test]
    fn over_time_no_more_readings_are_granted_than_the_rate_allows() {
        let (mut ration, start) = (Ration::new(SETTINGS), clock::now());
        let granted = (0..10_000u16)
            .filter(|n| {
                let now = start + Duration::from_millis(u64::from(*n));
                ration.ask(now, USERS, &shape(*n), 0).map(|granted| ration.ended(spent(granted))).is_ok()
            })
            .count();
        assert!(
            (40..=44).contains(&granted),
            "{granted} of five readings each in ten seconds at 20 a second"
        );
    }

    fn spent(granted: Granted) -> Granted {
        Granted { readings: 0, ..granted }
    }

    #[test]
    fn what_a_recheck_did_not_need_is_given_back() {
        let (mut ration, now) = (Ration::new(SETTINGS), clock::now());
        for n in 0..100 {
            let granted = ration.ask(now, USERS, &shape(n), 0).unwrap();
            ration.ended(granted);
        }
        assert_eq!(ration.open(), 0);
    }

    #[test]
    fn past_what_was_granted_each_reading_has_to_fit_the_rate() {
        let (mut ration, now) = (Ration::new(SETTINGS), clock::now());
        let mut granted = ration.ask(now, USERS, &shape(1), 0).unwrap();
        let made = (0..100).filter(|_| ration.read(&mut granted, now)).count();
        assert_eq!(made, 20);
    }

    #[test]
    fn one_shape_is_read_again_a_few_times_and_then_rarely() {
        let (mut ration, start) = (Ration::new(SETTINGS), clock::now());
        let open: Vec<_> = (0..3).map(|_| ration.ask(start, USERS, &shape(1), 0).unwrap()).collect();
        assert_eq!(ration.ask(start, USERS, &shape(1), 0).unwrap_err(), Refusal::Signature);
        open.into_iter().for_each(|granted| ration.ended(granted));
        let later = |n: u32| start + Duration::from_millis(500 * u64::from(n));
        let granted = (0..120).filter(|n| {
            ration.ask(later(*n), USERS, &shape(1), 0).map(|granted| ration.ended(granted)).is_ok()
        });
        assert!((54..=58).contains(&granted.count()), "27 at once, then thirty a minute");
        assert!(ration.ask(later(120), USERS, &shape(2), 0).is_ok(), "another shape has its own");
    }

    #[test]
    fn one_of_several_routes_leaves_room_for_the_others() {
        let (mut ration, now) = (Ration::new(Settings { routes: 2, ..SETTINGS }), clock::now());
        let granted = (0..50).filter(|n| ration.ask(now, USERS, &shape(*n), 0).is_ok()).count();
        assert_eq!(granted, 2);
        assert_eq!(ration.ask(now, USERS, &shape(99), 0).unwrap_err(), Refusal::Route);
        assert!(ration.ask(now, Heading::route(1), &shape(99), 0).is_ok());
    }

    #[test]
    fn what_is_kept_and_what_waits_is_bounded() {
        let (mut ration, now) = (Ration::new(Settings { open: 1, ..SETTINGS }), clock::now());
        assert_eq!(ration.ask(now, USERS, &shape(1), 1001).unwrap_err(), Refusal::Memory);
        let granted = ration.ask(now, USERS, &shape(1), 1000).unwrap();
        assert_eq!(ration.ask(now, USERS, &shape(2), 0).unwrap_err(), Refusal::Waiting);
        ration.ended(granted);
        assert!(ration.ask(now, USERS, &shape(2), 1000).is_ok());
    }

    #[test]
    fn a_reply_that_grows_while_it_is_read_again_has_to_fit_as_well() {
        let (mut ration, now) = (Ration::new(SETTINGS), clock::now());
        let mut one = ration.ask(now, USERS, &shape(1), 600).unwrap();
        let mut two = ration.ask(now, USERS, &shape(2), 100).unwrap();
        assert!(!ration.resize(&mut two, 401) && ration.resize(&mut two, 400));
        assert!(ration.resize(&mut one, 10) && ration.resize(&mut two, 990));
        [one, two].into_iter().for_each(|granted| ration.ended(granted));
        assert_eq!(ration.bytes, 0);
    }

    #[test]
    fn shapes_are_forgotten_at_a_bound() {
        let settings = Settings { rate: 1_000_000, ..SETTINGS };
        let (mut ration, now) = (Ration::new(settings), clock::now());
        for n in 0..5000 {
            let granted = ration.ask(now, USERS, &shape(n), 0).unwrap();
            ration.ended(granted);
            assert!(ration.shapes.len() <= SHAPES);
        }
    }
}
