//! All rollouts on one screen: where each stands, what its gate says, and as much of what is missing as there is room
//! for. The same lines stand in the report.

use super::{
    decision::ConditionView,
    view::{RolloutView, RolloutsView},
};
use crate::admin::{
    sheet::{Paint, Sheet, Tone},
    words::{count, counted, fit, plain, share, span},
};

const USUAL_WIDTH: u16 = 80;
/// Where nothing is said of lines, this is everything.
const LARGEST: u16 = 1_000;
/// What was judged longer ago is old: it is done every second.
const MOST_AGE_MILLIS: u64 = 15_000;
/// Unmet conditions of a rollout that are told however little room there is.
const LEAST_CONDITIONS: usize = 1;
/// Of a condition, in characters.
const INDENT: usize = 4;
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
        Screen { width: within(width, USUAL_WIDTH), height: within(height, LARGEST), paint }
    }

    /// Everything that fits. No condition is left out without a word.
    pub fn of(&self, told: &RolloutsView, version: &str) -> String {
        let mut sheet = Sheet::new(self.width);
        sheet.line(Tone::Aside, &format!("readshift {version}   {}", told.at));
        for (_, alarm) in alarms(told) {
            sheet.sentence(Tone::Bad, "! ", &alarm);
        }
        let fixed: usize = told.rollouts.iter().map(|rollout| self.lines_besides_conditions(rollout)).sum();
        let room = self.height.saturating_sub(sheet.height() + fixed);
        let mut left = told.rollouts.len();
        let mut room = room;
        for rollout in &told.rollouts {
            let fair = room.checked_div(left).unwrap_or(room);
            let before = sheet.height();
            lines(&mut sheet, rollout, fair.max(LEAST_CONDITIONS), self.each());
            let used = (sheet.height() - before).saturating_sub(self.lines_besides_conditions(rollout));
            room = room.saturating_sub(used);
            left = left.saturating_sub(1);
        }
        if told.rollouts.is_empty() {
            sheet.line(Tone::Usual, "there is no rollout");
        }
        sheet.cut(self.height);
        sheet.to_text(self.paint)
    }

    /// Where room is short more conditions are worth more than the whole of one.
    const fn each(&self) -> Each {
        if self.height < LARGEST as usize { Each::OneLine } else { Each::Whole }
    }

    fn lines_besides_conditions(&self, rollout: &RolloutView) -> usize {
        let mut sheet = Sheet::new(self.width);
        lines(&mut sheet, rollout, 0, self.each());
        // The one that sums up what was left out takes the place of a condition.
        sheet.height() - usize::from(rollout.decision.unmet_conditions().next().is_some())
    }
}

/// How one condition is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    Whole,
    /// Cut to a line, but for when it will be met.
    OneLine,
}

/// What concerns all rollouts and must not be overlooked: a code, and the words.
pub fn alarms(told: &RolloutsView) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if told.killed {
        found.push(("killed", "the kill-switch file is there: old serves every read".to_owned()));
    }
    if !told.rollouts.is_empty() && told.age_ms > MOST_AGE_MILLIS {
        found.push((
            "stale",
            format!("nothing was judged for {}: what stands here is old", span(told.age_ms)),
        ));
    }
    if let Some(trouble) = &told.store.trouble {
        found.push(("store_trouble", format!("the store is in trouble, nothing advances: {trouble}")));
    }
    if told.store.waiting > 0 {
        let waiting = counted(told.store.waiting, "move");
        found.push(("not_written", format!("{waiting} in force and not yet written down")));
    }
    if let Some(problem) = told.reload.as_ref().and_then(|reload| reload.problem.as_ref()) {
        found.push((
            "reload_refused",
            format!("the last reload was refused, the old settings stay: {problem}"),
        ));
    }
    if told.facts_lost > 0 {
        let lost = counted(told.facts_lost, "fact");
        found.push((
            "facts_lost",
            format!("{lost} lost for want of room: less evidence, never wrong evidence"),
        ));
    }
    found
}

/// One rollout, with so many lines of what its gate misses.
pub fn lines(sheet: &mut Sheet, rollout: &RolloutView, most: usize, each: Each) {
    let state = &rollout.state;
    sheet.gap();
    let on_stage = span(rollout.on_stage_ms);
    let version = format!("{}   at {} for {on_stage}   version {}", rollout.id, state.stage, state.version);
    sheet.line(Tone::Heading, &version);
    sheet.sentence(Tone::Usual, "  ", &ladder(rollout));
    sheet.sentence(Tone::Usual, "  ", &shares(rollout));
    notices(sheet, rollout);
    let tone = if rollout.decision.call == "breach" { Tone::Bad } else { Tone::Usual };
    sheet.sentence(tone, "  ", &rollout.decision.summary);
    conditions(sheet, rollout, most, each);
}

/// As many as there is room for, and how many there are besides.
fn conditions(sheet: &mut Sheet, rollout: &RolloutView, most: usize, each: Each) {
    let told: Vec<_> = rollout.decision.unmet_conditions().collect();
    let until = sheet.height() + most;
    for (place, (condition, says)) in told.iter().enumerate() {
        let bad = ["breached", "blocked"].contains(&condition.standing);
        let tone = if bad { Tone::Bad } else { Tone::Usual };
        let mut one = Sheet::new(sheet.width());
        match each {
            Each::Whole => one.sentence(tone, "    ", says),
            Each::OneLine => one.line(tone, &in_one_line(condition, says, sheet.width())),
        }
        let is_last = place + 1 == told.len();
        if sheet.height() + one.height() + usize::from(!is_last) > until {
            let rest = (told.len() - place) as u64;
            let more =
                if place == 0 { counted(rest, "condition") } else { format!("and {} more", count(rest)) };
            sheet.line(Tone::Aside, &format!("    {more} (readshift gate {})", rollout.id));
            return;
        }
        sheet.append(one);
    }
}

/// When it will be met stands at the end, and is never cut.
fn in_one_line(condition: &ConditionView, told: &str, width: usize) -> String {
    let when = told.strip_prefix(condition.says.as_str()).unwrap_or_default();
    let room = width.saturating_sub(INDENT + plain(when).chars().count());
    format!("{:INDENT$}{}{when}", "", fit(&plain(&condition.says), room))
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
    let set = match both.configured_ppm {
        0 => "new serves nothing",
        _ => &format!("new serves {}", rollout.state.stage),
    };
    match all {
        0 => format!("{set}; no read was served on this stage yet"),
        all if both.configured_ppm == 0 && both.new_served == 0 => {
            format!("{set}; {} on this stage", counted(all, "read"))
        }
        all => format!("{set}; counted {} of {}", share(both.new_served, all), counted(all, "read")),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        admin::rollouts::scene,
        controller::{Reload, View},
        domain::gate::Standing,
    };

    fn shown(view: &View, width: u16, height: u16) -> String {
        let told = RolloutsView::of(view, scene::NOW, |place| place == 1);
        Screen::new(Some(width), Some(height), Paint::Plain).of(&told, "0.1.0")
    }

    #[test]
    fn a_rollout_is_told_with_its_share_its_time_and_what_is_missing() {
        assert_eq!(
            shown(&scene::view(vec![scene::users()]), 80, 24),
            "\
readshift 0.1.0   2026-09-21T14:13:20.000Z

users   at 5% for 2 h 0 min   version 7
  shadow > 1% > [5%] > 25% > 100%, advances by itself
  new serves 5%; counted 4.9 % of 10,000 reads
  hold: 2 of 3 conditions are not met
    get-user: 3,514 of 5,236 distinct reads without a mismat…; about 12 min more
    get-user: no probe has run (waiting does not help)
"
        );
    }

    #[test]
    fn everything_a_person_did_or_has_to_do_is_told() {
        let told = shown(&scene::view(vec![scene::users(), scene::orders()]), 80, 40);
        assert_eq!(
            told.split_once("orders").unwrap().1,
            "   at shadow for 1 min   version 12
  [shadow] > 1% > 25%, advances when asked
  new serves nothing; no read was served on this stage yet
  ! old serves every read, whatever the stage says
  ! latched: reverted from 25% at 2026-09-21T14:12:20.000Z by ada (command
    line): new is down; resume it before it can advance
  the advance to 1% is being recorded
  a drill is under way, and returns to 25%
  1% is approved by ada (command line): ok
  ! went to 25% past an unmet gate at 2026-09-21T11:43:20.000Z by ada (command
    line): demo day
  ! went to 1% past an unmet gate at 2026-09-21T11:43:20.000Z by ada (command
    line): demo day
  breach: 1 of 1 condition is not met
    orders: new failed 9 of 10
"
        );
    }

    #[test]
    fn one_screen_is_enough_and_what_is_left_out_is_said() {
        let mut users = scene::users();
        users.decision.conditions =
            (0..40).map(|n| scene::condition(Standing::Unmet, &format!("a: {n}"), None)).collect();
        for height in [10, 16, 24] {
            let told = shown(&scene::view(vec![users.clone(), users.clone()]), 80, height);
            assert!(told.lines().count() <= height.into(), "{height}: {told}");
            if height > 12 {
                assert_eq!(told.matches(" more (readshift gate users)").count(), 2, "{told}");
                assert!(told.lines().count() + 2 > height.into(), "{told}");
            } else {
                assert!(told.ends_with("for which there is no room\n"), "{told}");
            }
            assert!(told.lines().all(|line| line.chars().count() <= 80));
        }
        let all = RolloutsView::of(&scene::view(vec![users]), scene::NOW, |_| false);
        let all = Screen::new(None, None, Paint::Plain).of(&all, "0.1.0");
        assert!(all.contains("a: 39") && !all.contains("more"), "{all}");
    }

    #[test]
    fn fifteen_long_conditions_stand_one_a_line_with_when_they_will_be_met() {
        let mut users = scene::users();
        let says = |n| {
            format!(
                "get-user-{}: {n} of the reads that this gate asks for so that it passes, and so on",
                n % 3
            )
        };
        users.decision.conditions =
            (0..15).map(|n| scene::condition(Standing::Unmet, &says(n), Some(60 * (n + 1)))).collect();
        let told = shown(&scene::view(vec![users.clone()]), 80, 23);
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines.len(), 21, "{told}");
        assert_eq!(
            lines[6],
            "    get-user-0: 0 of the reads that this gate asks for so tha…; about 1 min more"
        );
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{told}");
        let short = shown(&scene::view(vec![users]), 80, 15);
        assert_eq!(short.lines().count(), 15);
        assert!(short.ends_with("    and 7 more (readshift gate users)\n"), "{short}");
    }

    #[test]
    fn what_concerns_all_rollouts_stands_first() {
        let mut view = scene::view(vec![scene::users()]);
        view.at_millis = scene::NOW - 60_000;
        view.killed = true;
        view.facts_lost = 3;
        view.store.trouble = Some("the disk is full".into());
        view.store.waiting = 1;
        view.reload = Some(Reload { at_millis: 1, problem: Some("line 3: no".into()) });
        let told = shown(&view, 80, 24);
        let alarms: Vec<_> = told.lines().filter(|line| line.starts_with("! ")).collect();
        assert_eq!(
            alarms,
            [
                "! the kill-switch file is there: old serves every read",
                "! nothing was judged for 1 min: what stands here is old",
                "! the store is in trouble, nothing advances: the disk is full",
                "! 1 move in force and not yet written down",
                "! the last reload was refused, the old settings stay: line 3: no",
                "! 3 facts lost for want of room: less evidence, never wrong evidence",
            ]
        );
        assert_eq!(told.lines().nth(1), Some(alarms[0]));
    }
}
