//! The shapes of mismatches as text: of each how often, why as far as that is known, and one example.

use super::{
    shapes::{ExplanationView, LAG, REPLY, ShapeView},
    view::{DifferenceView, RouteView, SampleView},
};
use crate::{
    admin::{
        sheet::{Sheet, Tone},
        words::{count, counted, short},
    },
    domain::compare::explain::Cause,
};

/// Shown of each; the JSON has all that are kept.
const SHAPES: usize = 10;
const DIFFERENCES: usize = 5;
/// Of the whole route.
pub const NOTES: usize = 5;
const EXPLANATIONS: usize = 5;
/// Requests named besides the one shown.
const FURTHER: usize = 2;
const INDENT: &str = "             ";

/// `now`: the moment of the report, of whose day only the time is told.
pub fn shapes(sheet: &mut Sheet, route: &RouteView, now: &str) {
    if route.signatures.is_empty() {
        return;
    }
    sheet.line(Tone::Usual, "  mismatches by shape, the heaviest first");
    let mut told = Told::of(route);
    route.signatures.iter().take(SHAPES).for_each(|shape| shape_section(sheet, &mut told, shape, now));
    let more = route.signatures.len().saturating_sub(SHAPES);
    if more > 0 {
        let more = counted(more as u64, "more shape");
        sheet.line(Tone::Aside, &format!("    and {more}, all of them in the JSON report"));
    }
}

/// What was told already, and need not be told of the next shape again.
struct Told<'a> {
    notes: Vec<&'a str>,
    rules: Vec<&'a str>,
    /// By place and cause.
    explained: Vec<(&'a str, &'a str)>,
}

impl<'a> Told<'a> {
    fn of(route: &'a RouteView) -> Told<'a> {
        Told {
            notes: route.notes.iter().take(NOTES).map(|one| one.note.as_str()).collect(),
            rules: route.noise.suggestions.iter().map(|one| one.rule.as_str()).collect(),
            explained: Vec::new(),
        }
    }
}

fn shape_section<'a>(sheet: &mut Sheet, told: &mut Told<'a>, shape: &'a ShapeView, now: &str) {
    sheet.line(Tone::Bad, &format!("{:>10} × {}", count(shape.count), shape.signature));
    explanations(sheet, told, &shape.explanations);
    if let Some(told) = shape.unread_told() {
        sheet.sentence(Tone::Aside, INDENT, &told);
    }
    if let Some(newest) = shape.samples.last() {
        example(sheet, newest, &told.notes);
        others(sheet, shape, newest);
    }
    let (first, last) = (moment(&shape.first_seen, now), moment(&shape.last_seen, now));
    let seen = if first == last { format!("at {first}") } else { format!("from {first} to {last}") };
    sheet.sentence(Tone::Aside, INDENT, &format!("{seen}; {}", shape.class_told()));
}

/// To the second, and without the day where that is today's.
fn moment(moment: &str, now: &str) -> String {
    let (day, time) = (moment.get(..10).unwrap_or_default(), moment.get(11..19).unwrap_or_default());
    if now.starts_with(day) { time.to_owned() } else { format!("{day} {time}") }
}

fn explanations<'a>(sheet: &mut Sheet, told: &mut Told<'a>, all: &'a [ExplanationView]) {
    // What is true of the whole reply is about this shape alone.
    let is_known = |told: &Told<'_>, one: &ExplanationView| {
        one.place != REPLY && told.explained.contains(&(one.place.as_str(), one.cause))
    };
    // That new says what old said is what lag means.
    let is_lag = all.iter().any(|one| one.cause == LAG);
    let all = all.iter().filter(|one| !(is_lag && one.cause == Cause::Stale.name()));
    let (known, fresh): (Vec<_>, Vec<_>) = all.partition(|one| is_known(told, one));
    for one in fresh.iter().take(EXPLANATIONS) {
        explained(sheet, one, &told.rules);
        told.explained.push((one.place.as_str(), one.cause));
    }
    let more = fresh.len().saturating_sub(EXPLANATIONS);
    if more > 0 {
        let more = counted(more as u64, "more explanation");
        sheet.line(Tone::Aside, &format!("{INDENT}and {more} in the JSON report"));
    }
    if !known.is_empty() {
        let places: Vec<_> = known.iter().map(|one| one.place.as_str()).collect();
        sheet.sentence(Tone::Aside, &format!("{INDENT}as above: "), &places.join(", "));
    }
}

/// `known`: rules that were told of the whole route.
fn explained(sheet: &mut Sheet, explanation: &ExplanationView, known: &[&str]) {
    let told = explanation.told();
    match &explanation.bug {
        Some(_) => sheet.sentence(Tone::Bad, &format!("{INDENT}this is a bug: "), &told),
        None => sheet.sentence(Tone::Usual, &format!("{INDENT}why: "), &told),
    }
    if let Some(rule) = explanation.rule.as_deref().filter(|rule| !known.contains(rule)) {
        // Whole, however long: it is there to be copied.
        sheet.sentence(Tone::Usual, &format!("{INDENT}rule: "), rule);
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
        sheet.sentence(Tone::Aside, &format!("{INDENT}also "), &told.join(", "));
    }
}

/// `known`: notes that were told of the whole route.
fn example(sheet: &mut Sheet, sample: &SampleView, known: &[&str]) {
    let new = match sample.new_status {
        Some(status) => format!("new {status} in {}", short(sample.new_us)),
        None => format!("new gave no whole reply in {}", short(sample.new_us)),
    };
    let request = format!("{INDENT}{} {}", sample.method, sample.target);
    let replies = format!("old {} in {}, {new}", sample.old_status, short(sample.old_us));
    if request.chars().count() + 3 + replies.chars().count() <= sheet.width() {
        sheet.line(Tone::Usual, &format!("{request}   {replies}"));
    } else {
        sheet.line(Tone::Usual, &request);
        sheet.line(Tone::Usual, &format!("{INDENT}{replies}"));
    }
    // Both statuses stand there already.
    let shown = |difference: &&DifferenceView| difference.place != "status";
    for difference in sample.differences.iter().filter(shown).take(DIFFERENCES) {
        sheet.line(Tone::Usual, &format!("{INDENT}{}", both_values(difference)));
    }
    let hidden = sample.differences.iter().filter(shown).count().saturating_sub(DIFFERENCES);
    let more = hidden + sample.more_differences;
    if more > 0 {
        sheet.line(Tone::Aside, &format!("{INDENT}and {}", counted(more as u64, "more difference")));
    }
    for note in sample.notes.iter().filter(|note| !known.contains(&note.as_str())) {
        sheet.line(Tone::Aside, &format!("{INDENT}note: {note}"));
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
