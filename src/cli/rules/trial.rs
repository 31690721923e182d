//! Kept pairs judged anew, and what that changes: kind by kind, with an example of what would newly differ.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    super::Exit,
    exhibit::{Exhibit, Verdict, bytes},
};
use crate::{
    admin::words::{count, counted, plain},
    domain::{
        compare::{self, Asked, Judgement, Limits, Terms, bindings::Bindings, rules::Rules},
        outcome,
    },
};

/// Differences shown of one kind.
const SHOWN: usize = 5;

/// What other rules say of the pairs of one route.
#[derive(Default)]
struct Route {
    kinds: BTreeMap<String, Kind>,
}

/// What they say of the pairs of one kind.
#[derive(Default)]
struct Kind {
    seen: u64,
    kept: usize,
    /// How many pairs came to what.
    turns: BTreeMap<Turn, usize>,
    /// In words: what forgives them, or what differs.
    why: BTreeSet<String>,
}

/// From a verdict to another one, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    NewlyDiffers,
    NowForgiven,
    NowMatches,
    StillDiffers,
    StillForgiven,
    /// What was forgiven is no difference any more.
    NeedsNoRule,
    /// The rules do not know the route.
    NoRoute,
    /// A body is missing.
    NotKept,
    /// Under the changed rules nothing can be said.
    CannotTell,
}

impl Turn {
    const fn words(self) -> &'static str {
        match self {
            Turn::NewlyDiffers => "would newly differ",
            Turn::NowForgiven => "would be forgiven",
            Turn::NowMatches => "would match",
            Turn::StillDiffers => "differs as before",
            Turn::StillForgiven => "is forgiven as before",
            Turn::NeedsNoRule => "would match without being forgiven anything",
            Turn::NoRoute => "not judged: the rules have no such route",
            Turn::NotKept => "not judged: a body was too large to be kept",
            Turn::CannotTell => "could no longer be judged",
        }
    }

    const fn is_judged(self) -> bool {
        !matches!(self, Turn::NoRoute | Turn::NotKept)
    }

    const fn of(before: Verdict, now: outcome::Verdict) -> Turn {
        match (before, now) {
            (Verdict::Mismatch, outcome::Verdict::Mismatch) => Turn::StillDiffers,
            (Verdict::Mismatch, outcome::Verdict::Forgiven) => Turn::NowForgiven,
            (Verdict::Mismatch, outcome::Verdict::Match) => Turn::NowMatches,
            (Verdict::Forgiven, outcome::Verdict::Mismatch) => Turn::NewlyDiffers,
            (Verdict::Forgiven, outcome::Verdict::Forgiven) => Turn::StillForgiven,
            (Verdict::Forgiven, outcome::Verdict::Match) => Turn::NeedsNoRule,
            (_, outcome::Verdict::Incomparable | outcome::Verdict::Unpaired) => Turn::CannotTell,
        }
    }
}

/// All pairs so far.
pub struct Trial {
    now_millis: u64,
    routes: BTreeMap<String, Route>,
    /// What stands for what, learnt anew under the changed rules.
    bindings: HashMap<String, Bindings>,
}

impl Trial {
    pub fn new(now_millis: u64) -> Trial {
        Trial { now_millis, routes: BTreeMap::new(), bindings: HashMap::new() }
    }

    pub fn judge(&mut self, exhibit: &Exhibit, rules: Option<&Rules>, limits: &Limits) -> anyhow::Result<()> {
        let replies = exhibit.old.reply()?.zip(exhibit.new.reply()?);
        let (method, target) = (bytes(&exhibit.method)?, bytes(&exhibit.target)?);
        let route = self.routes.entry(exhibit.route.clone()).or_default();
        let kind = route.kinds.entry(exhibit.kind.clone()).or_default();
        kind.seen = exhibit.seen;
        kind.kept += 1;
        let turn = match (rules, replies) {
            (None, _) => Turn::NoRoute,
            (Some(_), None) => Turn::NotKept,
            (Some(rules), Some((old, new))) => {
                let asked = Asked { method: &method, target: &target };
                let terms = Terms { rules, limits, asked, now_millis: self.now_millis };
                let bindings = self.bindings.entry(exhibit.route.clone()).or_default();
                let judgement = compare::compare(&old, &new, &terms, bindings);
                let turn = Turn::of(exhibit.verdict, judgement.outcome.verdict());
                kind.explain(turn, &judgement, rules);
                turn
            }
        };
        *kind.turns.entry(turn).or_default() += 1;
        Ok(())
    }

    pub fn exit(&self) -> Exit {
        let turns =
            || self.routes.values().flat_map(|route| route.kinds.values()).flat_map(|k| k.turns.keys());
        if turns().any(|turn| *turn == Turn::NewlyDiffers) {
            Exit::Fail
        } else if turns().any(|turn| turn.is_judged() && *turn != Turn::CannotTell) {
            Exit::Fine
        } else {
            // Nothing was seen, so nothing is known.
            Exit::Trouble
        }
    }

    pub fn to_text(&self, forgotten: u64) -> String {
        let mut text = String::new();
        for (id, route) in &self.routes {
            text.push_str(&format!("{}\n", plain(id)));
            let turns: BTreeSet<Turn> =
                route.kinds.values().flat_map(|kind| kind.turns.keys().copied()).collect();
            for turn in turns {
                text.push_str(&format!("  {}\n", turn.words()));
                let of_it = |(name, kind): (&_, &_)| kind_lines(name, kind, turn);
                route.kinds.iter().for_each(|(name, kind)| text.push_str(&of_it((name, kind))));
            }
            text.push('\n');
        }
        if self.routes.is_empty() {
            text.push_str("no pair was kept that could be judged: nothing is known of these rules\n");
        } else {
            text.push_str(
                "judged: some pairs of each kind that differed or was forgiven. Matches are not kept.\n",
            );
        }
        if forgotten > 0 {
            let kinds = counted(forgotten, "kind");
            text.push_str(&format!("{kinds} of pairs had to make room for others and cannot be judged\n"));
        }
        text
    }
}

impl Kind {
    fn explain(&mut self, turn: Turn, judgement: &Judgement, rules: &Rules) {
        match turn {
            Turn::NowForgiven => {
                let named =
                    |(rule, _): &(usize, usize)| rules.rules().get(*rule).map(|rule| format!("by {rule}"));
                self.why.extend(judgement.forgiven.iter().filter_map(named));
            }
            Turn::NewlyDiffers => {
                self.why.extend(judgement.differences.iter().take(SHOWN).map(|difference| {
                    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
                    let (place, kind) = (&difference.place, difference.kind.name());
                    format!("{place} {kind}: {} → {}", side(&difference.old), side(&difference.new))
                }))
            }
            Turn::CannotTell => {
                self.why.insert(judgement.outcome.meaning().to_owned());
            }
            _ => {}
        }
    }
}

fn kind_lines(name: &str, kind: &Kind, turn: Turn) -> String {
    let Some(pairs) = kind.turns.get(&turn) else { return String::new() };
    let seen =
        if kind.seen > kind.kept as u64 { format!(", {} seen", count(kind.seen)) } else { String::new() };
    let mut text = format!("    {} of {} kept{seen}   {}\n", pairs, kind.kept, plain(name));
    if matches!(turn, Turn::NowForgiven | Turn::NewlyDiffers | Turn::CannotTell) {
        for why in kind.why.iter().take(SHOWN) {
            text.push_str(&format!("        {}\n", plain(why)));
        }
    }
    text
}
