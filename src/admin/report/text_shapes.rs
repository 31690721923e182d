//! The shapes of mismatches as text: of each how often, why as far as that is known, and one example.

use super::{
    shapes::{ExplanationView, ShapeView},
    sheet::{Sheet, Tone},
    view::{DifferenceView, RouteView, SampleView},
};
use crate::admin::words::{count, counted, short};

/// Shown of each; the JSON has all that are kept.
const SHAPES: usize = 10;
const DIFFERENCES: usize = 5;
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
    route.signatures.iter().take(SHAPES).for_each(|shape| shape_section(sheet, route, shape, now));
    let more = route.signatures.len().saturating_sub(SHAPES);
    if more > 0 {
        let more = counted(more as u64, "more shape");
        sheet.line(Tone::Aside, &format!("    and {more}, all of them in the JSON report"));
    }
}

fn shape_section(sheet: &mut Sheet, route: &RouteView, shape: &ShapeView, now: &str) {
    sheet.line(Tone::Bad, &format!("{:>10} × {}", count(shape.count), shape.signature));
    let known: Vec<_> = route.noise.suggestions.iter().map(|one| one.rule.as_str()).collect();
    shape.explanations.iter().take(EXPLANATIONS).for_each(|one| explained(sheet, one, &known));
    let more = shape.explanations.len().saturating_sub(EXPLANATIONS);
    if more > 0 {
        let more = counted(more as u64, "more explanation");
        sheet.line(Tone::Aside, &format!("{INDENT}and {more} in the JSON report"));
    }
    if let Some(told) = shape.unread_told() {
        sheet.sentence(Tone::Aside, INDENT, &told);
    }
    if let Some(newest) = shape.samples.last() {
        example(sheet, newest);
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

fn example(sheet: &mut Sheet, sample: &SampleView) {
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
    for note in &sample.notes {
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
