//! The report as text, for a tired operator: first what happened in one sentence, then route by route
//! where every request went, and last what must not be overlooked.

use super::{
    rereads::classes_told,
    view::{
        AccountView, DifferenceView, ExplanationView, HeaderCount, Quantiles, Report, RouteView, Row,
        SampleView, ShapeView,
    },
};
use crate::{
    admin::words::{count, counted, fit, plain, share, short, wrapped},
    domain::{
        account::UNROUTED,
        outcome::{Outcome, Verdict},
    },
};

/// Whether the text may carry colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    Plain,
    Colour,
}

/// Shapes and differences shown; the JSON has all that are kept.
const SHAPES: usize = 10;
const DIFFERENCES: usize = 5;
const HEADERS: usize = 10;
const EXPLANATIONS: usize = 5;
const NOISY: usize = 5;
/// Requests named besides the one shown.
const FURTHER: usize = 2;
const NARROWEST: usize = 40;

#[derive(Clone, Copy)]
enum Tone {
    Usual,
    Heading,
    Bad,
    Aside,
}

struct Sheet {
    text: String,
    width: usize,
    paint: Paint,
}

impl Sheet {
    /// One line. Everything foreign is made harmless here, so that nothing can be forgotten.
    fn line(&mut self, tone: Tone, text: &str) {
        let text = fit(&plain(text), self.width);
        let code = match tone {
            Tone::Usual => "",
            Tone::Heading => "\u{1b}[1m",
            Tone::Bad => "\u{1b}[31m",
            Tone::Aside => "\u{1b}[2m",
        };
        if self.paint == Paint::Plain || code.is_empty() {
            self.text.push_str(text.trim_end());
        } else {
            self.text.extend([code, text.trim_end(), "\u{1b}[0m"]);
        }
        self.text.push('\n');
    }

    /// A sentence over as many lines as it needs.
    fn sentence(&mut self, tone: Tone, mark: &str, text: &str) {
        let indent = " ".repeat(mark.chars().count());
        for (place, line) in wrapped(text, self.width.saturating_sub(indent.len())).iter().enumerate() {
            let start = if place == 0 { mark } else { &indent };
            self.line(tone, &format!("{start}{line}"));
        }
    }

    fn gap(&mut self) {
        self.text.push('\n');
    }
}

impl Report {
    /// Lines of at most `width` characters; a narrow one is taken for 40.
    pub fn to_text(&self, width: usize, paint: Paint) -> String {
        let mut sheet = Sheet { text: String::new(), width: width.max(NARROWEST), paint };
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
        self.routes.iter().for_each(|route| route_section(&mut sheet, route));
        sheet.gap();
        if self.warnings.is_empty() {
            sheet.line(Tone::Usual, "no warnings");
        } else {
            sheet.line(Tone::Heading, "warnings");
            self.warnings.iter().for_each(|warning| sheet.sentence(Tone::Bad, "  ! ", &warning.text));
        }
        sheet.text
    }
}

fn route_section(sheet: &mut Sheet, route: &RouteView) {
    sheet.gap();
    let stage = if route.id == UNROUTED { String::new() } else { format!("   stage {}", route.stage) };
    sheet.line(Tone::Heading, &format!("{}   {}{stage}", route.id, route.pattern));
    if route.account.received == 0 {
        sheet.line(Tone::Usual, "  no request");
        return;
    }
    account(sheet, &route.account);
    let unequal =
        |row: &&Row| row.verdict == Verdict::Mismatch.name() && row.reason != Outcome::Differs.reason();
    let uncompared = [Verdict::Incomparable.name(), Verdict::Unpaired.name()];
    reasons(sheet, "mismatched without a comparison field by field", route.rows.iter().filter(unequal));
    let not_compared = route.rows.iter().filter(|row| uncompared.contains(&row.verdict));
    reasons(sheet, "not compared, and why", not_compared);
    if !route.forgiven_by.is_empty() {
        sheet.line(Tone::Usual, "  forgiven by rule (places)");
        for rule in &route.forgiven_by {
            let never = if rule.places == 0 { "never applied: " } else { "" };
            sheet.line(Tone::Usual, &format!("{:>12}  {never}{}", count(rule.places), rule.rule));
        }
    }
    uncompared_headers(sheet, route);
    latency(sheet, route);
    statuses(sheet, route);
    let told = route.rereads.told().into_iter().chain(route.noise.told(NOISY));
    told.for_each(|told| sheet.sentence(Tone::Usual, "  ", &told));
    shapes(sheet, route);
}

fn account(sheet: &mut Sheet, account: &AccountView) {
    let mut row = |tone, sign: &str, name: &str, number: u64, aside: &str| {
        sheet.line(tone, &format!("  {sign} {name:<13}{:>12}   {aside}", count(number)));
    };
    let vacuous = match account.vacuous {
        0 => String::new(),
        some => format!("{} of them prove nothing", count(some)),
    };
    let rate = match account.compared {
        0 => String::new(),
        compared => format!("{} of {} compared", share(account.mismatched, compared), count(compared)),
    };
    let tone = if account.mismatched > 0 { Tone::Bad } else { Tone::Usual };
    row(Tone::Usual, " ", "received", account.received, "");
    row(Tone::Usual, "=", "matched", account.matched, &vacuous);
    row(Tone::Usual, "+", "forgiven", account.forgiven, "");
    row(tone, "+", "mismatched", account.mismatched, &rate);
    row(Tone::Usual, "+", "incomparable", account.incomparable, "");
    row(Tone::Usual, "+", "not mirrored", account.not_mirrored, "");
    row(Tone::Usual, "+", "in flight", account.in_flight, "");
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
    let told = |header: &HeaderCount| format!("{} {}×", header.name, count(header.count));
    let mut told: Vec<_> = headers.iter().take(HEADERS).map(told).collect();
    let hidden: u64 = headers.iter().skip(HEADERS).map(|header| header.count).sum();
    let others = hidden.saturating_add(route.other_uncompared_headers);
    if others > 0 {
        told.push(format!("others {}×", count(others)));
    }
    let told = format!("headers that differ and are not compared: {}", told.join(", "));
    sheet.sentence(Tone::Usual, "  ", &told);
}

fn latency(sheet: &mut Sheet, route: &RouteView) {
    if route.latency.old.count + route.latency.new.count == 0 {
        return;
    }
    sheet.line(Tone::Usual, "  took         p50       p99   over");
    let mut row = |name: &str, told: &Quantiles| {
        let time = |micros: Option<u64>| micros.map_or_else(|| "-".to_owned(), short);
        let line = format!(
            "    {name:<4}{:>8}  {:>8}   {}",
            time(told.p50_us),
            time(told.p99_us),
            count(told.count)
        );
        sheet.line(Tone::Usual, &line);
    };
    row("old", &route.latency.old);
    row("new", &route.latency.new);
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

fn shapes(sheet: &mut Sheet, route: &RouteView) {
    if route.signatures.is_empty() {
        return;
    }
    sheet.line(Tone::Usual, "  mismatches by shape, the heaviest first");
    route.signatures.iter().take(SHAPES).for_each(|shape| shape_section(sheet, shape));
    let more = route.signatures.len().saturating_sub(SHAPES);
    if more > 0 {
        sheet.line(
            Tone::Aside,
            &format!("    and {}, all of them in the JSON report", counted(more as u64, "more shape")),
        );
    }
}

fn shape_section(sheet: &mut Sheet, shape: &ShapeView) {
    sheet.line(Tone::Bad, &format!("{:>10} × {}", count(shape.count), shape.signature));
    let seen = format!("first {}, last {}, {}", shape.first_seen, shape.last_seen, shape.class);
    sheet.line(Tone::Aside, &format!("             {seen}"));
    if let Some(classes) = classes_told(&shape.classes) {
        sheet.line(Tone::Aside, &format!("             {classes}"));
    }
    if let Some(newest) = shape.samples.last() {
        example(sheet, newest);
        others(sheet, shape, newest);
    }
    shape.explanations.iter().take(EXPLANATIONS).for_each(|explanation| explained(sheet, explanation));
    let more = shape.explanations.len().saturating_sub(EXPLANATIONS);
    if more > 0 {
        let more = counted(more as u64, "more explanation");
        sheet.line(Tone::Aside, &format!("             and {more} in the JSON report"));
    }
}

fn explained(sheet: &mut Sheet, explanation: &ExplanationView) {
    let ExplanationView { place, says, rule, bug, .. } = explanation;
    sheet.sentence(Tone::Usual, "             why: ", &format!("{place} is {says}"));
    if let Some(rule) = rule {
        // Whole, however long: it is there to be copied.
        sheet.sentence(Tone::Usual, "             rule: ", rule);
    }
    if let Some(bug) = bug {
        sheet.sentence(Tone::Bad, "             this is a bug: ", bug);
    }
}

/// Other requests of the shape: it may have more than one cause, and the request often tells them apart.
fn others(sheet: &mut Sheet, shape: &ShapeView, shown: &SampleView) {
    let mut seen = vec![(&shown.method, &shown.target)];
    for sample in &shape.samples {
        let request = (&sample.method, &sample.target);
        if seen.len() <= FURTHER && !seen.contains(&request) {
            seen.push(request);
        }
    }
    let told: Vec<_> = seen.iter().skip(1).map(|(method, target)| format!("{method} {target}")).collect();
    if !told.is_empty() {
        sheet.sentence(Tone::Aside, "             also ", &told.join(", "));
    }
}

fn example(sheet: &mut Sheet, sample: &SampleView) {
    let new = match sample.new_status {
        Some(status) => format!("new {status} in {}", short(sample.new_us)),
        None => format!("new gave no whole reply in {}", short(sample.new_us)),
    };
    sheet.line(Tone::Usual, &format!("             {} {}", sample.method, sample.target));
    sheet.line(
        Tone::Usual,
        &format!("             old {} in {}, {new}", sample.old_status, short(sample.old_us)),
    );
    for difference in sample.differences.iter().take(DIFFERENCES) {
        sheet.line(Tone::Usual, &format!("             {}", both_values(difference)));
    }
    let more = sample.differences.len().saturating_sub(DIFFERENCES) + sample.more_differences;
    if more > 0 {
        sheet.line(Tone::Aside, &format!("             and {}", counted(more as u64, "more difference")));
    }
    for note in &sample.notes {
        sheet.line(Tone::Aside, &format!("             note: {note}"));
    }
}

fn both_values(difference: &DifferenceView) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    format!(
        "{} {}: {} → {}",
        difference.place,
        difference.kind,
        value(&difference.old),
        value(&difference.new)
    )
}
