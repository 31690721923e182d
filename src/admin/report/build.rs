//! How the report is filled from its facts.

use std::time::Duration;

use super::{
    noise::NoiseView,
    rereads::RereadsView,
    rules,
    shapes::ShapeView,
    view::{
        AccountView, DifferenceView, Forgotten, HeaderCount, LatencyView, NoteCount, Quantiles, Report,
        RouteView, Row, SampleView, ShadowView, Status, Statuses,
    },
    warnings,
};
use crate::{
    admin::{
        facts::{Facts, RouteSetting, ShadowState},
        rollouts::to_json,
        words,
    },
    domain::{
        account::{Counts, UNROUTED},
        compare::difference::Difference,
        latency::Latency,
        moment,
        outcome::{Outcome, Verdict},
        plan::Stage,
        recheck::Class,
    },
    store::{
        ledger::Page,
        samples::{Gallery, Sample},
    },
};

/// Rises when a field of the JSON changes its meaning or goes; not when one is added.
const SHAPE: u32 = 1;

impl Report {
    pub fn build(facts: &Facts) -> Report {
        let setting = &facts.setting;
        let observed_ms = facts.now_millis.saturating_sub(setting.started_millis);
        let known = setting.routes.iter().zip(&facts.routes);
        // Where nobody looked for noise, none is known.
        let noise = facts.noise.iter().map(NoiseView::of).chain(std::iter::repeat_with(NoiseView::default));
        let mut routes: Vec<_> = known
            .zip(noise)
            .map(|((route, (page, gallery)), noise)| {
                RouteView::of(route, page, gallery, noise, facts.now_millis)
            })
            .collect();
        routes.push(RouteView::unrouted(&facts.unrouted));
        let mut sum = facts.unrouted.counts.clone();
        facts.routes.iter().for_each(|(page, _)| sum.add(&page.counts));
        let total = AccountView::of(&sum);
        let shadow = ShadowView::of(&facts.shadow);
        Report {
            shape: SHAPE,
            version: setting.version.clone(),
            generated_at: moment::write(facts.now_millis),
            started_at: moment::write(setting.started_millis),
            observed_ms,
            headline: headline(&total, routes.iter().map(RouteView::noise).sum(), observed_ms),
            old: setting.old.clone(),
            new: setting.new.clone(),
            warnings: warnings::same_place(&facts.same_place)
                .into_iter()
                .chain(warnings::of_rollouts(&facts.rollouts))
                .chain(warnings::of(&routes, &total, &shadow))
                .collect(),
            rollouts: facts.rollouts.rollouts.clone(),
            moves: facts.moves.clone(),
            shadow,
            total,
            routes,
        }
    }

    /// Pretty, with a line break at the end; harmless when printed to a terminal.
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    pub fn status(self, phase: &'static str) -> Status {
        Status {
            phase,
            version: self.version,
            generated_at: self.generated_at,
            started_at: self.started_at,
            observed_ms: self.observed_ms,
            headline: self.headline,
            old: self.old,
            new: self.new,
            shadow: self.shadow,
            total: self.total,
            warnings: self.warnings,
        }
    }
}

impl Status {
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

fn headline(total: &AccountView, noise: u64, observed_ms: u64) -> String {
    let seen = format!("{} in {}", words::counted(total.received, "request"), words::span(observed_ms));
    let not_compared = total.incomparable + total.not_mirrored;
    match (total.received, total.compared) {
        (0, _) => {
            format!("no request in {}: nothing was compared, and nothing is known", words::span(observed_ms))
        }
        (_, 0) => format!("{seen}, and none was compared: nothing is known of new"),
        (_, compared) => format!(
            "{seen}: {} compared, {} of them mismatched{}; {} not compared{}",
            words::count(compared),
            words::count(total.mismatched),
            if noise > 0 { format!(" ({} noise)", words::count(noise)) } else { String::new() },
            words::count(not_compared),
            match total.in_flight {
                0 => String::new(),
                some => format!(", {} in flight", words::count(some)),
            },
        ),
    }
}

impl ShadowView {
    const fn of(state: &ShadowState) -> ShadowView {
        ShadowView {
            in_flight: state.in_flight,
            max_in_flight: state.max_in_flight,
            held_bytes: state.held_bytes,
            max_held_bytes: state.max_held_bytes,
            breaker: state.breaker.name(),
        }
    }
}

impl AccountView {
    fn of(counts: &Counts) -> AccountView {
        AccountView {
            received: counts.received,
            matched: counts.with(Verdict::Match),
            forgiven: counts.with(Verdict::Forgiven),
            mismatched: counts.with(Verdict::Mismatch),
            incomparable: counts.with(Verdict::Incomparable),
            not_mirrored: counts.with(Verdict::Unpaired),
            in_flight: counts.in_flight,
            compared: counts.compared(),
            vacuous: counts.of(Outcome::ExactVacuous) + counts.of(Outcome::EqualVacuous),
            adds_up: counts.adds_up(),
        }
    }
}

impl RouteView {
    fn of(
        setting: &RouteSetting,
        page: &Page,
        gallery: &Gallery,
        noise: NoiseView,
        now_millis: u64,
    ) -> RouteView {
        RouteView {
            id: setting.id.clone(),
            pattern: setting.pattern.clone(),
            stage: stage(setting.stage),
            forgiven_by: rules::of(&setting.rules, page, now_millis),
            signatures: gallery.shapes.iter().map(|shape| ShapeView::of(shape, &noise)).collect(),
            noise,
            forgotten: Forgotten {
                signatures: gallery.forgotten.shapes,
                mismatches: gallery.forgotten.mismatches,
            },
            ..RouteView::unrouted(page)
        }
    }

    /// Mismatches that are no more than how old differs from itself.
    pub fn noise(&self) -> u64 {
        self.rereads
            .classes
            .iter()
            .filter(|known| known.class == Class::Noise.name())
            .map(|known| known.count)
            .sum()
    }

    fn unrouted(page: &Page) -> RouteView {
        let mut rows: Vec<_> = page.counts.rows().filter(|(_, count)| *count > 0).collect();
        rows.sort_by(|(a, n), (b, m)| (a.verdict(), m, a.index()).cmp(&(b.verdict(), n, b.index())));
        let statuses = page.statuses.by_weight().into_iter();
        let uncompared = page.uncompared.by_weight().into_iter();
        let notes = page.notes.by_weight().into_iter();
        RouteView {
            id: UNROUTED.to_owned(),
            pattern: "requests that no route matches".to_owned(),
            stage: stage(Stage::Off),
            account: AccountView::of(&page.counts),
            rows: rows.into_iter().map(Row::of).collect(),
            latency: LatencyView { old: Quantiles::of(&page.old_took), new: Quantiles::of(&page.new_took) },
            statuses: statuses.map(|((old, new), count)| Statuses { old, new, count }).collect(),
            other_statuses: page.statuses.other(),
            forgiven_places: rules::forgiven_places(page),
            reported_places: page.reported,
            forgiven_by: Vec::new(),
            uncompared_headers: uncompared.map(|(name, count)| HeaderCount { name, count }).collect(),
            other_uncompared_headers: page.uncompared.other(),
            notes: notes.map(|(note, count)| NoteCount { note, count }).collect(),
            other_notes: page.notes.other(),
            rereads: RereadsView::of(&page.rereads, page.counts.with(Verdict::Mismatch)),
            noise: NoiseView::default(),
            signatures: Vec::new(),
            forgotten: Forgotten { signatures: 0, mismatches: 0 },
        }
    }
}

fn stage(stage: Stage) -> String {
    match stage {
        Stage::Off => "off".to_owned(),
        Stage::Shadow => "shadow".to_owned(),
        Stage::Live(share) => format!("live({share})"),
    }
}

impl Row {
    const fn of((outcome, count): (Outcome, u64)) -> Row {
        Row { verdict: outcome.verdict().name(), reason: outcome.reason(), meaning: outcome.meaning(), count }
    }
}

impl Quantiles {
    fn of(latency: &Latency) -> Quantiles {
        Quantiles {
            count: latency.count(),
            p50_us: latency.quantile(500).map(micros),
            p99_us: latency.quantile(990).map(micros),
        }
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

impl SampleView {
    pub fn of(sample: &Sample) -> SampleView {
        SampleView {
            at: moment::write(sample.at_millis),
            method: sample.method.clone(),
            target: sample.target.clone(),
            old_status: sample.old_status,
            new_status: sample.new_status,
            old_us: micros(sample.old_took),
            new_us: micros(sample.new_took),
            differences: sample.differences.iter().map(DifferenceView::of).collect(),
            more_differences: sample.more,
            notes: sample.notes.clone(),
        }
    }
}

impl DifferenceView {
    fn of(difference: &Difference) -> DifferenceView {
        DifferenceView {
            place: difference.place.to_string(),
            kind: difference.kind.name(),
            old: difference.old.clone(),
            new: difference.new.clone(),
        }
    }
}
