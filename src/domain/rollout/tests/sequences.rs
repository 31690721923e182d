//! Any sequence of events, with a store that answers late, wrongly or not at all, and a program that dies in between.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::{super::*, *};
use crate::domain::journal::Draft;

#[derive(Clone, Copy, Debug)]
enum Op {
    Advance {
        call: u8,
        past_gate: bool,
        stale: bool,
    },
    Judged {
        call: u8,
        of_another: bool,
    },
    Revert,
    Off,
    Resume,
    Approve,
    Restart,
    Drill,
    Drilled,
    /// The store takes up the oldest thing it was handed.
    Write,
    /// It is written, and the answer says it is not; the truth may come later.
    WriteAndDeny,
    /// It is not written.
    Fail,
    /// What waits to be recorded first comes after everything that was handed in later.
    Delay,
    /// One of the answers that are on their way arrives.
    Answer(usize),
    /// One of them never does.
    Lose(usize),
    Crash,
    Reload {
        shorter: bool,
    },
    Time(u8),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0u8..3, any::<bool>(), proptest::bool::weighted(0.1))
            .prop_map(|(call, past_gate, stale)| Op::Advance { call, past_gate, stale }),
        6 => (0u8..3, proptest::bool::weighted(0.2))
            .prop_map(|(call, of_another)| Op::Judged { call, of_another }),
        2 => Just(Op::Revert),
        1 => Just(Op::Off),
        4 => Just(Op::Resume),
        3 => Just(Op::Approve),
        1 => Just(Op::Restart),
        2 => Just(Op::Drill),
        3 => Just(Op::Drilled),
        14 => Just(Op::Write),
        2 => Just(Op::WriteAndDeny),
        2 => Just(Op::Fail),
        1 => Just(Op::Delay),
        14 => (0usize..4).prop_map(Op::Answer),
        1 => (0usize..4).prop_map(Op::Lose),
        1 => Just(Op::Crash),
        1 => any::<bool>().prop_map(|shorter| Op::Reload { shorter }),
        6 => (0u8..4).prop_map(Op::Time),
    ]
}

struct Handed {
    draft: Draft,
    state: State,
    expected: Option<u64>,
}

struct World {
    rollout: Rollout,
    state: State,
    published: Stage,
    now: u64,
    handed: VecDeque<Handed>,
    answers: Vec<Event>,
    /// What the store holds.
    kept: State,
    journal: Vec<Draft>,
    /// Reverted, and nobody has resumed.
    reverted: bool,
}

impl World {
    fn new(rollout: Rollout) -> World {
        let state = State::begun(&rollout.ladder, NOON);
        World {
            rollout,
            published: state.stage,
            kept: state.clone(),
            state,
            now: NOON,
            handed: VecDeque::new(),
            answers: Vec::new(),
            journal: Vec::new(),
            reverted: false,
        }
    }

    fn take(&mut self, event: Event) {
        if let Ok((state, effects)) = step(&self.rollout, &self.state, event, self.now) {
            self.carry_out(state, effects);
        }
    }

    fn carry_out(&mut self, state: State, effects: Vec<Effect>) {
        let before = std::mem::replace(&mut self.state, state);
        for effect in effects {
            match effect {
                Effect::Publish(stage) => {
                    assert!(stage <= self.published || before.latch.is_none() || before.stage == Stage::Off);
                    self.published = stage;
                }
                Effect::Record { draft, state, expected } => {
                    if expected.is_some() && state.stage > before.stage {
                        self.may_go_up(&before, &state, draft.past_gate);
                    }
                    assert!(state.version > before.version && state.version > before.handed);
                    self.handed.push_back(Handed { draft: *draft, state: *state, expected });
                }
                Effect::Forget => assert_eq!(self.state.restarts, before.restarts + 1),
            }
            // As it is if the program dies between two effects.
            assert!(self.published <= self.kept.stage, "{} above {}", self.published, self.kept.stage);
        }
    }

    fn may_go_up(&self, before: &State, to: &State, past_gate: bool) {
        if before.stage == Stage::Off {
            return assert_eq!(to.stage, Stage::Shadow);
        }
        if let Some(drilled) = before.drilling {
            return assert!(to.stage <= drilled);
        }
        assert_eq!(Some(to.stage), self.rollout.ladder.above(before.stage), "a rung was skipped");
        assert!(before.latch.is_none() && before.pending.is_none());
        let frozen = Freeze::any(&self.rollout.policy.freezes, self.now).is_some();
        assert!(past_gate || !frozen);
    }

    /// The store takes up what it was handed first.
    fn write(&mut self, denied: bool) {
        let Some(Handed { draft, state, expected }) = self.handed.pop_front() else { return };
        let version = state.version;
        let no = || Event::NotRecorded { version, why: "no".to_owned() };
        if expected.is_some_and(|expected| expected != self.kept.version) {
            return self.answers.push(no());
        }
        assert!(version > self.kept.version, "versions rise");
        self.kept = state;
        self.journal.push(draft);
        if expected.is_some() {
            if denied {
                self.answers.push(no());
            }
            self.answers.push(Event::Recorded { version });
        }
    }

    fn run(&mut self, op: Op) {
        let why = || "because".to_owned();
        let version = None;
        match op {
            Op::Advance { call, past_gate, stale } => {
                let at = if stale { self.now - HOUR } else { self.now };
                let decision = judged(&self.rollout, self.state.stage, call_of(call), at);
                self.take(Event::Advance { by: ada(), why: why(), version, past_gate, decision });
            }
            Op::Judged { call, of_another } => {
                let stage = if of_another { live(50) } else { self.state.stage };
                self.take(Event::Judged(judged(&self.rollout, stage, call_of(call), self.now)));
            }
            Op::Revert => {
                self.take(Event::Revert { by: ada(), why: String::new() });
                self.reverted = true;
            }
            Op::Off => {
                self.take(Event::Off { by: ada(), why: String::new() });
                self.reverted = true;
            }
            Op::Resume => self.take(Event::Resume { by: ada(), why: why(), version }),
            Op::Approve => self.take(Event::Approve { by: ada(), why: why(), version }),
            Op::Restart => self.take(Event::Restart { by: ada(), why: why(), version }),
            Op::Drill => self.take(Event::Drill { by: ada(), why: why(), version }),
            Op::Drilled => self.take(Event::Drilled { took: seconds(1) }),
            Op::Write => self.write(false),
            Op::WriteAndDeny => self.write(true),
            Op::Fail => {
                // What has happened already is tried until it is written.
                if self.handed.front().is_some_and(|handed| handed.expected.is_some())
                    && let Some(handed) = self.handed.pop_front()
                {
                    let version = handed.state.version;
                    self.answers.push(Event::NotRecorded { version, why: "disk full".to_owned() });
                }
            }
            Op::Delay => {
                if self.handed.front().is_some_and(|handed| handed.expected.is_some()) {
                    self.handed.rotate_left(1);
                }
            }
            Op::Answer(which) => {
                if which < self.answers.len() {
                    let answer = self.answers.remove(which);
                    self.take(answer);
                }
            }
            Op::Lose(which) => {
                if which < self.answers.len() {
                    self.answers.remove(which);
                }
            }
            Op::Crash => self.crash(),
            Op::Reload { shorter } => {
                let rest =
                    if shorter { vec![live(1), live(50)] } else { users().ladder.stages().skip(1).collect() };
                self.rollout.ladder = Ladder::new(Stage::Shadow, rest);
                let (state, effects) = admit(&self.rollout, &self.state, Via::Api, self.now);
                self.carry_out(state, effects);
            }
            Op::Time(much) => self.now += [1_000, 31_000, HOUR, 11 * HOUR][usize::from(much)],
        }
        self.reverted &= self.state.latch.is_some() || self.state.stage == Stage::Off;
        self.check();
    }

    fn crash(&mut self) {
        self.handed.clear();
        self.answers.clear();
        // A revert that was not recorded is forgotten: what is recorded is what there is.
        self.reverted = false;
        self.state = self.kept.clone();
        let (state, effects) = admit(&self.rollout, &self.state, Via::Start, self.now);
        self.published = state.stage;
        self.carry_out(state, effects);
    }

    fn check(&self) {
        assert!(self.published <= self.kept.stage, "{} above {}", self.published, self.kept.stage);
        assert_eq!(self.published, self.state.stage);
        assert!(!self.reverted || !self.published.is_live(), "live after a revert");
        assert!(self.state.drilling.is_none() || self.published == Stage::Shadow);
        assert!(self.state.overrides.len() <= 100);
        let last = replay(&self.journal);
        let told = Replayed {
            version: self.kept.version,
            stage: self.kept.stage,
            latched: self.kept.latch.is_some(),
        };
        assert!(last.is_none_or(|last| last == told), "{last:?} is not {told:?}");
        assert!(self.journal.iter().map(|draft| draft.version).is_sorted_by(|a, b| a < b));
    }
}

fn call_of(call: u8) -> Call {
    [Call::Pass, Call::Hold, Call::Breach][usize::from(call)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_in_whatever_order_nothing_is_published_above_what_is_recorded(
        ops in prop::collection::vec(op(), 1..120),
        auto: bool,
        approval: bool,
        down: bool,
        frozen_by_day: bool,
    ) {
        let mut rollout = users();
        rollout.policy.advance = if auto { Advance::Auto } else { Advance::Manual };
        rollout.policy.approval = approval;
        rollout.policy.on_breach = if down { OnBreach::Down } else { OnBreach::Shadow };
        if frozen_by_day {
            let zone = jiff::tz::TimeZone::UTC;
            rollout.policy.freezes = vec![Freeze { from: 6 * 1440, to: 1440, zone, why: String::new() }];
        }
        let mut world = World::new(rollout);
        for op in ops {
            world.run(op);
        }
    }
}

#[test]
fn when_everything_goes_well_it_climbs_rung_by_rung_to_the_top() {
    let mut rollout = users();
    rollout.policy.advance = Advance::Auto;
    let mut world = World::new(rollout);
    let mut climbed = vec![world.published];
    for _ in 0..10 {
        for op in [Op::Time(2), Op::Judged { call: 0, of_another: false }, Op::Write, Op::Answer(0)] {
            world.run(op);
        }
        if climbed.last() != Some(&world.published) {
            climbed.push(world.published);
        }
    }
    assert_eq!(climbed, world.rollout.ladder.stages().collect::<Vec<_>>());
}
