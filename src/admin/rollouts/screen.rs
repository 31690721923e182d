//! All rollouts on one screen: where each stands, what its gate says, and as much of what is missing as there is room
//! for. The same lines stand in the report.

use super::view::{RolloutView, RolloutsView};
use crate::admin::{
    sheet::{Paint, Sheet, Tone},
    words::{count, counted, share, span},
};

/// Of a terminal that does not say how large it is.
const USUAL: (u16, u16) = (80, 24);
const LARGEST: u16 = 1_000;
/// Unmet conditions of a rollout that are told however little room there is.
const LEAST_CONDITIONS: usize = 1;
/// Overrides told one by one; the JSON has all.
const OVERRIDES: usize = 3;

/// How large a screen is, and whether it has colours.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    width: usize,
    height: usize,
    paint: Paint,
}

impl Screen {
    pub fn new(width: Option<u16>, height: Option<u16>, paint: Paint) -> Screen {
        let within = |given: Option<u16>, usual: u16| usize::from(given.unwrap_or(usual).min(LARGEST));
        Screen { width: within(width, USUAL.0), height: within(height, USUAL.1), paint }
    }

    /// Everything that fits. No condition is left out without a word.
    pub fn of(&self, told: &RolloutsView, version: &str) -> String {
        let mut sheet = Sheet::new(self.width);
        sheet.line(Tone::Aside, &format!("readshift {version}   {}", told.at));
        alarms(&mut sheet, told);
        let fixed: usize = told.rollouts.iter().map(|rollout| self.lines_besides_conditions(rollout)).sum();
        let room = self.height.saturating_sub(sheet.height() + fixed);
        let mut left = told.rollouts.len();
        let mut room = room;
        for rollout in &told.rollouts {
            let fair = room.checked_div(left).unwrap_or(room);
            let before = sheet.height();
            lines(&mut sheet, rollout, fair.max(LEAST_CONDITIONS));
            let used = (sheet.height() - before).saturating_sub(self.lines_besides_conditions(rollout));
            room = room.saturating_sub(used);
            left = left.saturating_sub(1);
        }
        if told.rollouts.is_empty() {
            sheet.line(Tone::Usual, "there is no rollout");
        }
        sheet.to_text(self.paint)
    }

    fn lines_besides_conditions(&self, rollout: &RolloutView) -> usize {
        let mut sheet = Sheet::new(self.width);
        lines(&mut sheet, rollout, 0);
        // The one that sums up what was left out takes the place of a condition.
        sheet.height() - usize::from(rollout.decision.unmet_conditions().next().is_some())
    }
}

/// What concerns all rollouts and must not be overlooked.
pub fn alarms(sheet: &mut Sheet, told: &RolloutsView) {
    if told.killed {
        sheet.sentence(Tone::Bad, "! ", "the kill-switch file is there: old serves every read");
    }
    if let Some(trouble) = &told.store.trouble {
        sheet.sentence(Tone::Bad, "! ", &format!("the store is in trouble, nothing advances: {trouble}"));
    }
    if told.store.waiting > 0 {
        let waiting = counted(told.store.waiting, "move");
        sheet.sentence(Tone::Bad, "! ", &format!("{waiting} in force and not yet written down"));
    }
    if let Some(problem) = told.reload.as_ref().and_then(|reload| reload.problem.as_ref()) {
        sheet.sentence(
            Tone::Bad,
            "! ",
            &format!("the last reload was refused, the old settings stay: {problem}"),
        );
    }
    if told.facts_lost > 0 {
        let lost = count(told.facts_lost);
        sheet.sentence(
            Tone::Bad,
            "! ",
            &format!("{lost} facts were lost for want of room, and are no evidence"),
        );
    }
}

/// One rollout, with so many lines of what its gate misses.
pub fn lines(sheet: &mut Sheet, rollout: &RolloutView, most: usize) {
    let state = &rollout.state;
    sheet.gap();
    let on_stage = span(rollout.on_stage_ms);
    let version = format!("{}   at {} for {on_stage}   version {}", rollout.id, state.stage, state.version);
    sheet.line(Tone::Heading, &version);
    sheet.line(Tone::Usual, &format!("  {}; {}", ladder(rollout), shares(rollout)));
    notices(sheet, rollout);
    let tone = if rollout.decision.call == "breach" { Tone::Bad } else { Tone::Usual };
    sheet.sentence(tone, "  ", &rollout.decision.says);
    conditions(sheet, rollout, most);
}

/// As many as there is room for, each as a whole, and how many there are besides.
fn conditions(sheet: &mut Sheet, rollout: &RolloutView, most: usize) {
    let told: Vec<_> = rollout.decision.unmet_conditions().collect();
    let until = sheet.height() + most;
    for (place, condition) in told.iter().enumerate() {
        let mut one = Sheet::new(sheet.width());
        one.sentence(Tone::Usual, "    ", &condition.told());
        let is_last = place + 1 == told.len();
        if sheet.height() + one.height() + usize::from(!is_last) > until {
            let rest = (told.len() - place) as u64;
            let more = if place == 0 { counted(rest, "condition") } else { format!("{} more", count(rest)) };
            sheet.line(Tone::Aside, &format!("    {more}: readshift gate {}", rollout.id));
            return;
        }
        let tone =
            if ["breached", "blocked"].contains(&condition.standing) { Tone::Bad } else { Tone::Usual };
        sheet.sentence(tone, "    ", &condition.told());
    }
}

/// `shadow > 1% > [5%] > 25%`.
fn ladder(rollout: &RolloutView) -> String {
    let here = &rollout.state.stage;
    let stages: Vec<_> = rollout
        .ladder
        .iter()
        .map(|stage| if stage == here { format!("[{stage}]") } else { stage.clone() })
        .collect();
    let own = if rollout.ladder.contains(here) { String::new() } else { format!("[{here}], of ") };
    let way = if rollout.automatic { "by itself" } else { "when asked" };
    format!("{own}{}, advances {way}", stages.join(" > "))
}

/// What new serves as set, and as counted.
fn shares(rollout: &RolloutView) -> String {
    let both = &rollout.share;
    let all = both.new_served.saturating_add(both.old_served);
    match (both.configured_ppm, all) {
        (0, _) if both.new_served == 0 => "new serves nothing".to_owned(),
        (_, 0) => "no read served yet".to_owned(),
        (_, all) => {
            format!("new served {} of {}", share(both.new_served, all), counted(all, "read"))
        }
    }
}

/// What a person did or has to do.
fn notices(sheet: &mut Sheet, rollout: &RolloutView) {
    let state = &rollout.state;
    if rollout.forced_old {
        sheet.sentence(Tone::Bad, "  ! ", "old serves every read, whatever the stage says");
    }
    if let Some(latch) = &state.latch {
        let told = format!(
            "latched: reverted from {} at {} by {}: {}; resume it before it can advance",
            latch.from,
            latch.at,
            latch.by.told(),
            latch.why
        );
        sheet.sentence(Tone::Bad, "  ! ", &told);
    }
    if let Some(pending) = &state.pending {
        sheet.sentence(Tone::Usual, "  ", &format!("the advance to {} is being recorded", pending.to));
    }
    if let Some(stage) = &state.drilling {
        sheet.sentence(Tone::Usual, "  ", &format!("a drill is under way, and returns to {stage}"));
    }
    if let Some(approval) = &state.approval {
        let told = format!("{} is approved by {}: {}", approval.to, approval.by.told(), approval.why);
        sheet.sentence(Tone::Usual, "  ", &told);
    }
    for past in state.overrides.iter().rev().take(OVERRIDES) {
        let told = format!(
            "went to {} past an unmet gate at {} by {}: {}",
            past.to,
            past.at,
            past.by.told(),
            past.why
        );
        sheet.sentence(Tone::Bad, "  ! ", &told);
    }
    let more = state.overrides.len().saturating_sub(OVERRIDES);
    if more > 0 {
        sheet.line(Tone::Bad, &format!("  ! and {more} times before that"));
    }
}
