//! What each rule of a route forgave: of all places that differ, how many, and what share of them.

use serde::Serialize;

use crate::{
    admin::{
        facts::RuleSetting,
        words::{count, share},
    },
    domain::moment,
    store::ledger::Page,
};

/// In fewer pairs than this, a rule may just not have come up.
const ENOUGH_TO_APPLY: u64 = 20;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rule {
    pub rule: String,
    pub owner: Option<String>,
    /// From then on it forgives nothing.
    pub expires_at: Option<String>,
    pub expired: bool,
    /// Places that it forgave.
    pub places: u64,
    /// Of a million places that differ, those that it forgave.
    pub share_ppm: u64,
}

/// Those that forgave something, the heaviest first; then those that have expired, and those that never applied
/// once enough was compared to wonder why they are there.
pub fn of(rules: &[RuleSetting], page: &Page, now_millis: u64) -> Vec<Rule> {
    let differing = forgiven_places(page).saturating_add(page.reported);
    // Rules past what is told apart may have applied.
    let wonder = page.counts.compared() >= ENOUGH_TO_APPLY && page.forgiven.other() == 0;
    let rule = |(place, places): (usize, u64)| {
        let unknown = || RuleSetting { says: format!("rule {place}"), ..RuleSetting::default() };
        let RuleSetting { says, owner, expires_millis } = rules.get(place).cloned().unwrap_or_else(unknown);
        Rule {
            rule: says,
            owner,
            expires_at: expires_millis.map(moment::write),
            expired: expires_millis.is_some_and(|moment| now_millis >= moment),
            places,
            share_ppm: ppm(places, differing),
        }
    };
    let idle = (0..rules.len()).filter(|place| page.forgiven.of(place) == 0).map(|place| (place, 0));
    let applied = page.forgiven.by_weight().into_iter().map(rule);
    applied.chain(idle.map(rule).filter(|rule| rule.expired || wonder)).collect()
}

/// Places that a rule forgave, over all pairs.
pub fn forgiven_places(page: &Page) -> u64 {
    let told_apart = page.forgiven.by_weight().iter().fold(0_u64, |sum, (_, n)| sum.saturating_add(*n));
    told_apart.saturating_add(page.forgiven.other())
}

fn ppm(part: u64, whole: u64) -> u64 {
    let ppm = u128::from(part) * 1_000_000 / u128::from(whole).max(1);
    u64::try_from(ppm).unwrap_or(u64::MAX)
}

impl Rule {
    /// How much it forgave, to stand before what it says. `differing`: places that differ, forgiven or not.
    pub fn weight(&self, differing: u64) -> String {
        let share = if self.places == 0 { String::new() } else { share(self.places, differing) };
        format!("{:>12}  {share:>7}  ", count(self.places))
    }

    pub fn told(&self) -> String {
        let day = self.expires_at.as_deref().and_then(|moment| moment.get(..10));
        let state = match day.filter(|_| self.expired) {
            Some(day) => format!("expired {day}, forgives nothing: "),
            None if self.places == 0 => "never applied: ".to_owned(),
            None => String::new(),
        };
        let until = day.filter(|_| !self.expired).map(|day| format!("until {day}"));
        let aside: Vec<_> = self.owner.iter().cloned().chain(until).collect();
        let aside = if aside.is_empty() { String::new() } else { format!(" ({})", aside.join(", ")) };
        format!("{state}{}{aside}", self.rule)
    }
}
