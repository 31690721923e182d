//! The report as text, for a tired operator: first what happened in one sentence, then route by route
//! where every request went, and last what must not be overlooked.

use super::{
    rereads::unread_told,
    text_shapes::{NOTES, shapes},
    view::{HeaderCount, Quantiles, Report, RouteView, Row},
};
use crate::{
    admin::{
        rollouts::{Each, beside, lines},
        sheet::{Paint, Sheet, Tone},
        words::{count, counted, fit, share, short},
    },
    domain::{
        account::UNROUTED,
        outcome::{Outcome, Verdict},
    },
};

/// Shown of each; the JSON has all that are kept.
const HEADERS: usize = 10;
const NOISY: usize = 5;
/// Lines of what a gate misses; it has a few dozen conditions for each route.
const CONDITIONS: usize = 60;
/// Of each rollout.
const MOVES: usize = 5;
/// Characters of a route's id in the table of all routes.
const LONGEST_ID: usize = 24;

impl Report {
    /// Lines of at most `width` characters; a narrow one is taken for 40.
    pub fn to_text(&self, width: usize, paint: Paint) -> String {
        self.sheet(width).to_text(paint)
    }

    /// What the text says, with headings.
    pub fn to_markdown(&self, width: usize) -> String {
        self.sheet(width).to_markdown()
    }

    /// What the text says, as a page that needs nothing from elsewhere.
    pub fn to_html(&self, width: usize) -> String {
        self.sheet(width).to_html(&self.headline)
    }

    fn sheet(&self, width: usize) -> Sheet {
        let mut sheet = Sheet::new(width);
        sheet.sentence(Tone::Heading, "", &self.headline);
        sheet.line(Tone::Usual, &format!("old {}   new {}", self.old, self.new));
        sheet.line(
            Tone::Aside,
            &format!("{} to {}   readshift {}", self.started_at, self.generated_at, self.version),
        );
        let shadow = &self.shadow;
        sheet.line(
            Tone::Aside,
            &format!(
                "shadows in flight {} of {}, bytes held {} of {}, breaker {}",
                count(shadow.in_flight),
                count(shadow.max_in_flight),
                count(shadow.held_bytes),
                count(shadow.max_held_bytes),
                shadow.breaker
            ),
        );
        rollouts(&mut sheet, self);
        overview(&mut sheet, &self.routes);
        self.routes.iter().for_each(|route| route_section(&mut sheet, route, &self.generated_at));
        sheet.gap();
        if self.warnings.is_empty() {
            sheet.line(Tone::Usual, "no warnings");
        } else {
            sheet.line(Tone::Heading, "warnings");
            self.warnings.iter().for_each(|warning| sheet.sentence(Tone::Bad, "  ! ", &warning.text));
        }
        sheet
    }
}

/// Where each stands, what its gate says and misses, and its last moves.
fn rollouts(sheet: &mut Sheet, report: &Report) {
    for rollout in &report.rollouts {
        lines(sheet, rollout, CONDITIONS, Each::Whole);
        beside(sheet, rollout);
        let mut moves =
            report.moves.iter().filter(|entry| entry.rollout == rollout.id).take(MOVES).peekable();
        if moves.peek().is_some() {
            sheet.line(Tone::Usual, "  last moves, newest first");
        }
        moves.for_each(|entry| sheet.sentence(Tone::Aside, "    ", &entry.told()));
    }
}

/// All routes at a glance, where there are several and the lines are wide enough.
fn overview(sheet: &mut Sheet, routes: &[RouteView]) {
    let with_traffic = || routes.iter().filter(|route| route.account.received > 0);
    let longest = with_traffic().map(|route| route.id.chars().count()).max().unwrap_or(0).min(LONGEST_ID);
    let head = format!(
        "{:<longest$} {:>11} {:>11} {:>11} {:>11} {:>13} {:>13}",
        "", "received", "matched", "forgiven", "mismatched", "", "not compared"
    );
    if with_traffic().count() < 2 || head.chars().count() > sheet.width() {
        return;
    }
    sheet.gap();
    sheet.line(Tone::Aside, &head);
    for route in with_traffic() {
        let account = &route.account;
        let rate =
            if account.compared > 0 { share(account.mismatched, account.compared) } else { String::new() };
        let line = format!(
            "{:<longest$} {:>11} {:>11} {:>11} {:>11} {:>13} {:>13}",
            fit(&route.id, longest),
            count(account.received),
            count(account.matched),
            count(account.forgiven),
            count(account.mismatched),
            rate,
            count(account.incomparable + account.not_mirrored)
        );
        sheet.line(if account.mismatched > 0 { Tone::Bad } else { Tone::Usual }, &line);
    }
}

fn route_section(sheet: &mut Sheet, route: &RouteView, now: &str) {
    sheet.gap();
    let stage = if route.id == UNROUTED { String::new() } else { format!("   stage {}", route.stage) };
    sheet.line(Tone::Heading, &format!("{}   {}{stage}", route.id, route.pattern));
    if route.account.received == 0 {
        sheet.line(Tone::Usual, "  no request");
        return;
    }
    account(sheet, route);
    let unequal =
        |row: &&Row| row.verdict == Verdict::Mismatch.name() && row.reason != Outcome::Differs.reason();
    let uncompared = [Verdict::Incomparable.name(), Verdict::Unpaired.name()];
    reasons(sheet, "mismatched without a comparison field by field", route.rows.iter().filter(unequal));
    let not_compared = route.rows.iter().filter(|row| uncompared.contains(&row.verdict));
    reasons(sheet, "not compared, and why", not_compared);
    rules(sheet, route);
    uncompared_headers(sheet, route);
    notes(sheet, route);
    latency(sheet, route);
    statuses(sheet, route);
    let mut told = route.rereads.told();
    told.extend(unread_told(route.signatures.iter().flat_map(|shape| &shape.unread)));
    told.extend(route.noise.told(NOISY));
    told.iter().for_each(|told| sheet.sentence(Tone::Usual, "  ", told));
    shapes(sheet, route, now);
}

/// The equation that every account keeps, without the terms that are zero.
fn account(sheet: &mut Sheet, route: &RouteView) {
    let account = &route.account;
    let matched = match account.vacuous {
        0 => String::new(),
        all if all == account.matched => " (they prove nothing)".to_owned(),
        some => format!(" ({} of them prove nothing)", count(some)),
    };
    let noise = route.noise();
    let noise = if noise > 0 { format!(", {} of them noise", count(noise)) } else { String::new() };
    let rate = share(account.mismatched, account.compared);
    let mismatched = format!(" ({rate} of {} compared{noise})", count(account.compared));
    let terms = [
        ("matched", account.matched, matched),
        ("forgiven", account.forgiven, String::new()),
        ("mismatched", account.mismatched, mismatched),
        ("incomparable", account.incomparable, String::new()),
        ("not mirrored", account.not_mirrored, String::new()),
        ("in flight", account.in_flight, String::new()),
    ];
    let told = terms.iter().filter(|(_, number, _)| *number > 0);
    let told: Vec<_> =
        told.map(|(name, number, aside)| format!("{} {name}{aside}", count(*number))).collect();
    let tone = if account.mismatched > 0 { Tone::Bad } else { Tone::Usual };
    sheet.sentence(tone, "  ", &format!("received {} = {}", count(account.received), told.join(" + ")));
}

fn rules(sheet: &mut Sheet, route: &RouteView) {
    if route.forgiven_by.is_empty() {
        return;
    }
    let differing = route.forgiven_places.saturating_add(route.reported_places);
    sheet.line(Tone::Usual, &format!("  forgiven by rule, of {} places that differ", count(differing)));
    for rule in &route.forgiven_by {
        sheet.sentence(Tone::Usual, &rule.weight(differing), &rule.told());
    }
}

fn notes(sheet: &mut Sheet, route: &RouteView) {
    for note in route.notes.iter().take(NOTES) {
        sheet.sentence(
            Tone::Usual,
            "  ",
            &format!("no difference, in {}: {}", counted(note.count, "pair"), note.note),
        );
    }
}

fn reasons<'a>(sheet: &mut Sheet, title: &str, rows: impl Iterator<Item = &'a Row>) {
    let mut rows = rows.peekable();
    if rows.peek().is_some() {
        sheet.line(Tone::Usual, &format!("  {title}"));
    }
    for row in rows {
        sheet.sentence(Tone::Usual, &format!("{:>12}  {}: ", count(row.count), row.reason), row.meaning);
    }
}

fn uncompared_headers(sheet: &mut Sheet, route: &RouteView) {
    let headers = &route.uncompared_headers;
    if headers.is_empty() {
        return;
    }
    // Those of one count together: what a gateway adds, it adds to every reply.
    let shown = headers.get(..HEADERS).unwrap_or(headers);
    let told = |group: &[HeaderCount]| {
        let names: Vec<_> = group.iter().map(|header| header.name.as_str()).collect();
        format!("{} {}×", names.join(", "), count(group.first().map_or(0, |header| header.count)))
    };
    let mut told: Vec<_> = shown.chunk_by(|one, next| one.count == next.count).map(told).collect();
    let hidden: u64 = headers.iter().skip(HEADERS).map(|header| header.count).sum();
    let others = hidden.saturating_add(route.other_uncompared_headers);
    if others > 0 {
        told.push(format!("others {}×", count(others)));
    }
    let told = format!("headers that differ and are not compared: {}", told.join("; "));
    sheet.sentence(Tone::Usual, "  ", &told);
}

fn latency(sheet: &mut Sheet, route: &RouteView) {
    if route.latency.old.count + route.latency.new.count == 0 {
        return;
    }
    let told = |name: &str, told: &Quantiles| {
        let time = |micros: Option<u64>| micros.map_or_else(|| "-".to_owned(), short);
        // Those that one side did not answer, or was not asked, are in no quantile of it.
        let of = match told.count == route.account.received {
            true => String::new(),
            false => format!(" (of {})", count(told.count)),
        };
        format!("{name} {}, {}{of}", time(told.p50_us), time(told.p99_us))
    };
    let both = [told("old", &route.latency.old), told("new", &route.latency.new)];
    sheet.sentence(Tone::Usual, "  ", &format!("took, median and p99: {}", both.join("; ")));
}

fn statuses(sheet: &mut Sheet, route: &RouteView) {
    if route.statuses.is_empty() {
        return;
    }
    let mut told: Vec<_> = route
        .statuses
        .iter()
        .map(|pair| format!("{}/{} {}", pair.old, pair.new, count(pair.count)))
        .collect();
    if route.other_statuses > 0 {
        told.push(format!("other {}", count(route.other_statuses)));
    }
    sheet.sentence(Tone::Usual, "  status old/new: ", &told.join(", "));
}
