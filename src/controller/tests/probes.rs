//! Probes before an advance, by hand: nobody runs them, so none is known to match.

use std::time::Duration;

use futures_util::StreamExt as _;

use super::*;
use crate::domain::{compare::rules::Rules, probe::Probe};

/// Two rollouts, of which `a` has a probe that nobody runs.
fn probed(stage: Stage, way: Advance) -> Desk {
    let mut desk = Desk::of(stage, way);
    let mut setup = Setup::clone(&desk.this.setup);
    setup.rollouts[0].probes = vec![Probe {
        name: "tricky".to_owned(),
        method: "GET".to_owned(),
        target: "/".to_owned(),
        headers: Vec::new(),
        body: None,
        rules: Rules::default(),
        every: Duration::from_secs(3_600),
    }];
    desk.this.setup = Arc::new(setup);
    desk
}

/// What the run of probes that is waited for comes to.
async fn probes_end(desk: &mut Desk) {
    let ended = desk.this.probing.next().await.expect("a run has ended");
    desk.this.probed(ended);
}

#[tokio::test]
async fn a_gate_that_passes_does_not_advance_by_itself_where_nobody_runs_its_probes() {
    let mut desk = probed(HALF, Advance::Auto);
    for _ in 0..3 {
        desk.judges(Call::Pass);
        assert_eq!((desk.this.writes.len(), desk.this.probing.len()), (0, 1), "one run at a time");
    }
    probes_end(&mut desk).await;
    desk.judges(Call::Pass);
    assert_eq!((desk.this.writes.len(), desk.this.probing.len()), (0, 0), "and not at once again");
    desk.judges(Call::Breach);
    assert!(desk.state().latch.is_some(), "a breach waits for no probe");
}

#[tokio::test]
async fn a_person_whose_probes_nobody_runs_is_told_and_may_override() {
    let mut desk = probed(Stage::Shadow, Advance::Manual);
    desk.judges(Call::Pass);
    let mut answered = desk.asks(advance());
    assert!(waits(&mut answered));
    probes_end(&mut desk).await;
    assert!(waits(&mut answered) && desk.board.take_want(), "it is judged anew");
    desk.judges(Call::Pass);
    let Err(Refusal::Held { unmet }) = told(&mut answered) else { panic!("it is not held") };
    assert_eq!(unmet, ["the probes could not be run within 7 s"]);
    let mut event = advance();
    if let Event::Advance { past_gate, .. } = &mut event {
        *past_gate = true;
    }
    let mut answered = desk.asks(event);
    probes_end(&mut desk).await;
    desk.judges(Call::Pass);
    desk.store_says(Came::Done);
    assert_eq!(told(&mut answered).unwrap().overrides[0].unmet, ["the probes could not be run within 7 s"]);
}

#[test]
fn what_is_refused_whatever_probes_say_is_refused_at_once() {
    let mut desk = probed(Stage::Shadow, Advance::Manual);
    told(&mut desk.asks(revert())).unwrap();
    desk.judges(Call::Pass);
    assert!(matches!(told(&mut desk.asks(advance())), Err(Refusal::Latched { .. } | Refusal::Held { .. })));
    assert!(desk.this.probing.is_empty());
}
