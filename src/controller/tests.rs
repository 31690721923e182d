//! The loop by hand: what comes in is handed to it, what it has published is read from the flags, and what the store
//! would say is said by the test.

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Asked, Controller, Setup, View,
    board::Board,
    carry::{Came, Written},
    evidence::unjudged,
    run::{Judged, Loop},
};
use crate::{
    clock,
    domain::{
        gate::{Call, Criteria, Decision},
        percent::Share,
        plan::Stage,
        rollout::{Actor, Advance, Event, Ladder, Latch, Policy, Refusal, Rollout, State, Via},
    },
    store::{
        archive::{self, Archive, Trouble},
        flags::Flags,
    },
};

mod probes;

pub const HALF: Stage = Stage::Live(match Share::from_ppm(500_000) {
    Some(half) => half,
    None => Share::NONE,
});
pub const ALL: Stage = Stage::Live(Share::ALL);

type Answered = oneshot::Receiver<Result<State, Refusal>>;

/// Two rollouts, `a` and `b`, that climb from shadow to half to all.
struct Desk {
    this: Loop,
    flags: Arc<Flags>,
    board: Arc<Board>,
}

pub fn rollout(id: &str, advance: Advance) -> Rollout {
    Rollout {
        id: id.to_owned(),
        ladder: Ladder::new(Stage::Shadow, vec![HALF, ALL]),
        policy: Policy { hold: Duration::ZERO, advance, ..Policy::default() },
        criteria: Criteria::default(),
        probes: Vec::new(),
        rescue_5xx: false,
    }
}

pub fn in_memory() -> Archive {
    Archive::open(&archive::Settings { dir: None, keep_days: 1, max_bytes: 1 << 20 }).0
}

fn person() -> Actor {
    Actor { name: "ada".to_owned(), via: Via::Api }
}

fn decision(call: Call, from: Stage, to: Stage) -> Decision {
    Decision { call, from, to: Some(to), at_millis: clock::unix_millis(), conditions: Vec::new() }
}

fn advance() -> Event {
    Event::Advance {
        by: person(),
        why: "it looks well".to_owned(),
        version: None,
        past_gate: false,
        decision: decision(Call::Pass, HALF, ALL),
    }
}

fn revert() -> Event {
    Event::Revert { by: person(), why: "it looks ill".to_owned() }
}

fn resume() -> Event {
    Event::Resume { by: person(), why: "mended".to_owned(), version: None }
}

impl Desk {
    /// Two looks with a while between them.
    fn look(&mut self) {
        let now = clock::now();
        self.this.look(now);
        self.this.look(now + Duration::from_secs(1));
    }

    fn at(stage: Stage) -> Desk {
        Desk::of(stage, Advance::Manual)
    }

    fn of(stage: Stage, way: Advance) -> Desk {
        let setup = Setup { rollouts: vec![rollout("a", way), rollout("b", way)], ..Setup::default() };
        let states = vec![State::new(stage, 0), State::new(stage, 0)];
        let flags = Arc::new(Flags::new(states.iter().map(|state| state.stage)));
        let board = Arc::new(Board::new(setup, &states));
        let this = Loop::new(board.clone(), flags.clone(), in_memory(), Arc::default(), states);
        Desk { this, flags, board }
    }

    fn asks(&mut self, event: Event) -> Answered {
        let (answer, answered) = oneshot::channel();
        self.this.hear(Asked { rollout: "a".to_owned(), event, answer, at: clock::now() });
        answered
    }

    fn judges(&mut self, call: Call) {
        let from = self.flags.stage(0);
        let to = if from == Stage::Shadow { HALF } else { ALL };
        let turn = self.board.turn(0);
        self.this.judged(Judged { place: 0, turn, decision: decision(call, from, to) });
    }

    /// The store says so of what waits for it.
    fn store_says(&mut self, came: Came) {
        let write = self.this.writes.pop_front().expect("something is to be written");
        assert!(write.expected.is_some(), "nobody waits for {:?}", write.draft);
        self.this.answered(Written { place: write.place, version: write.state.version, came });
    }

    fn stages(&self) -> [Stage; 2] {
        [self.flags.stage(0), self.flags.stage(1)]
    }

    fn state(&self) -> State {
        State::clone(&self.board.state(0).unwrap())
    }
}

fn told(answered: &mut Answered) -> Result<State, Refusal> {
    answered.try_recv().expect("an answer")
}

fn waits(answered: &mut Answered) -> bool {
    answered.try_recv() == Err(oneshot::error::TryRecvError::Empty)
}

#[test]
fn a_revert_is_published_and_answered_before_anything_is_written() {
    let mut desk = Desk::at(HALF);
    let state = told(&mut desk.asks(revert())).unwrap();
    assert_eq!((state.stage, state.latch.is_some()), (Stage::Shadow, true));
    assert_eq!(desk.stages(), [Stage::Shadow, HALF]);
    assert_eq!(desk.this.writes.len(), 1, "the record waits");
    assert!(desk.board.reverted_millis(0) > 0);
}

#[test]
fn an_advance_is_published_once_it_is_recorded_and_answered_then() {
    let mut desk = Desk::at(Stage::Shadow);
    desk.judges(Call::Pass);
    let mut answered = desk.asks(advance());
    assert!(waits(&mut answered));
    assert_eq!(desk.stages(), [Stage::Shadow; 2]);
    desk.store_says(Came::Done);
    assert_eq!(told(&mut answered).unwrap().stage, HALF);
    assert_eq!(desk.stages(), [HALF, Stage::Shadow]);
    assert_eq!(desk.state().stage, HALF);
}

#[test]
fn what_the_store_does_not_record_does_not_move() {
    for came in [Came::Gone, Came::Failed(Trouble::Behind), Came::Failed(Trouble::Store("full".into()))] {
        let mut desk = Desk::at(Stage::Shadow);
        desk.judges(Call::Pass);
        let mut answered = desk.asks(advance());
        desk.store_says(came);
        assert!(matches!(told(&mut answered), Err(Refusal::NotRecorded { .. })));
        assert_eq!(desk.stages(), [Stage::Shadow; 2]);
        assert_eq!(desk.state().pending, None);
    }
}

#[test]
fn a_revert_overtakes_an_advance_that_is_being_recorded() {
    let mut desk = Desk::at(HALF);
    desk.judges(Call::Pass);
    let mut going_up = desk.asks(advance());
    let write = desk.this.writes.pop_front().unwrap();
    told(&mut desk.asks(revert())).unwrap();
    assert!(matches!(told(&mut going_up), Err(Refusal::Latched { .. })));
    desk.this.answered(Written { place: 0, version: write.state.version, came: Came::Done });
    assert_eq!(desk.stages()[0], Stage::Shadow);
    let last = desk.this.writes.back().unwrap();
    assert_eq!((last.state.stage, last.expected), (Stage::Shadow, None));
    assert!(last.state.version > write.state.version);
}

#[test]
fn what_the_gate_said_before_a_move_says_nothing_after_it() {
    let mut desk = Desk::of(HALF, Advance::Auto);
    let turn = desk.board.turn(0);
    let stale = decision(Call::Pass, HALF, ALL);
    told(&mut desk.asks(revert())).unwrap();
    assert!(desk.board.take_want(), "the stage it came to is judged at once");
    desk.this.judged(Judged { place: 0, turn, decision: stale });
    assert!(desk.this.desks[0].decided.is_none());
}

#[test]
fn an_advance_waits_for_a_decision_of_its_own_moment() {
    let mut desk = Desk::at(Stage::Shadow);
    let mut answered = desk.asks(advance());
    assert!(waits(&mut answered) && desk.board.take_want());
    desk.judges(Call::Hold);
    assert!(matches!(told(&mut answered), Err(Refusal::Held { .. })));
    assert_eq!(desk.stages(), [Stage::Shadow; 2]);
}

#[test]
fn a_gate_that_passes_advances_by_itself_where_that_is_set_and_only_there() {
    for (way, writes) in [(Advance::Auto, 1), (Advance::Manual, 0)] {
        let mut desk = Desk::of(Stage::Shadow, way);
        desk.judges(Call::Pass);
        assert_eq!(desk.this.writes.len(), writes);
        assert_eq!(desk.stages(), [Stage::Shadow; 2]);
    }
}

#[test]
fn a_breach_brings_reads_back_and_only_those_of_its_rollout() {
    let mut desk = Desk::at(HALF);
    desk.judges(Call::Breach);
    assert_eq!(desk.stages(), [Stage::Shadow, HALF]);
}

#[test]
fn while_the_kill_switch_is_there_nothing_goes_up_and_afterwards_the_latch_stays() {
    let mut desk = Desk::at(HALF);
    desk.board.set_killed(true);
    desk.look();
    assert_eq!(desk.stages(), [Stage::Shadow; 2]);
    let by = |state: &State| state.latch.as_ref().map(|latch: &Latch| latch.by.via);
    assert_eq!(by(&desk.state()), Some(Via::KillSwitch));
    for event in [advance(), resume()] {
        assert!(matches!(told(&mut desk.asks(event)), Err(Refusal::Frozen { .. })));
    }
    assert!(told(&mut desk.asks(revert())).is_ok());
    desk.board.set_killed(false);
    desk.look();
    assert_eq!(by(&desk.state()), Some(Via::KillSwitch));
    assert!(!desk.flags.is_forced(0) && desk.stages() == [Stage::Shadow; 2]);
}

#[test]
fn what_was_brought_back_past_the_loop_is_followed_and_then_let_go() {
    let mut desk = Desk::at(HALF);
    desk.flags.force_old(0, true);
    desk.this.look(clock::now());
    assert_eq!(desk.stages(), [Stage::Shadow, HALF]);
    assert!(desk.flags.is_forced(0) && desk.state().latch.is_none(), "whose wish it is may be on its way");
    desk.look();
    assert!(!desk.flags.is_forced(0));
    assert_eq!(desk.stages(), [Stage::Shadow, HALF]);
    assert!(desk.state().latch.is_some());
}

#[test]
fn a_drill_comes_back_at_once_and_returns_when_that_is_recorded() {
    let mut desk = Desk::at(HALF);
    let event = Event::Drill { by: person(), why: "practice".to_owned(), version: None };
    let mut answered = desk.asks(event);
    assert_eq!(desk.stages(), [Stage::Shadow, HALF]);
    assert!(waits(&mut answered));
    let back = desk.this.writes.pop_front().unwrap();
    assert_eq!((back.state.stage, back.expected), (Stage::Shadow, None));
    desk.store_says(Came::Done);
    let state = told(&mut answered).unwrap();
    assert_eq!((state.stage, state.last_drill.is_some()), (HALF, true));
    assert_eq!(desk.stages(), [HALF; 2]);
}

#[test]
fn a_stage_that_new_settings_do_not_have_is_left_for_a_lower_one() {
    let mut desk = Desk::at(HALF);
    let mut other = rollout("a", Advance::Manual);
    other.ladder = Ladder::new(Stage::Shadow, vec![ALL]);
    let setup = Setup { rollouts: vec![other, rollout("b", Advance::Manual)], ..Setup::default() };
    desk.board.setup.store(Arc::new(setup));
    desk.look();
    assert_eq!(desk.stages(), [Stage::Shadow, HALF]);
}

#[test]
fn nobody_wishes_for_what_only_the_program_knows() {
    let mut desk = Desk::at(HALF);
    let version = desk.state().version;
    for event in [Event::Recorded { version }, Event::Judged(decision(Call::Pass, HALF, ALL))] {
        assert!(matches!(told(&mut desk.asks(event)), Err(Refusal::Nothing { .. })));
    }
}

/// A door whose mailbox holds one wish and is read by nobody.
fn door(stage: Stage) -> (Controller, mpsc::Receiver<Asked>) {
    let setup = Setup { rollouts: vec![rollout("a", Advance::Manual)], ..Setup::default() };
    let states = [State::new(stage, 0)];
    let (mailbox, asked) = mpsc::channel(1);
    let seen = watch::channel(Arc::new(View::clone(&unjudged(&setup, &states)))).1;
    let flags = Arc::new(Flags::new([stage]));
    (Controller::new(mailbox, seen, flags).with_board(Arc::new(Board::new(setup, &states))), asked)
}

#[tokio::test]
async fn promise_6_a_revert_works_where_the_mailbox_is_full_and_where_nobody_reads_it() {
    for gone in [false, true] {
        let (door, asked) = door(HALF);
        let unread = tokio::spawn({
            let door = door.clone();
            async move { door.ask("a", resume()).await }
        });
        tokio::task::yield_now().await;
        let asked = if gone { None } else { Some(asked) };
        let state = door.ask("a", revert()).await.unwrap();
        assert_eq!((state.stage, door.flags().stage(0)), (Stage::Shadow, Stage::Shadow));
        assert!(state.latch.unwrap().why.contains("does not answer"));
        unread.abort();
        drop(asked);
    }
}

#[tokio::test]
async fn promise_6_a_revert_works_where_the_loop_fails_over_it() {
    let (door, mut asked) = door(ALL);
    let failing = async { drop(asked.recv().await) };
    let (answer, ()) = tokio::join!(door.ask("a", revert()), failing);
    assert_eq!((answer.unwrap().stage, door.flags().stage(0)), (Stage::Shadow, Stage::Shadow));
}

#[tokio::test]
async fn whoever_asks_for_anything_else_hears_that_the_program_is_stopping() {
    let (door, asked) = door(HALF);
    drop(asked);
    assert_eq!(door.ask("a", resume()).await, Err(Refusal::Stopping));
    assert_eq!(door.ask("z", revert()).await, Err(Refusal::Unknown { id: "z".to_owned() }));
    assert_eq!(door.flags().stage(0), HALF);
}
