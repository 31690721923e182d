//! A judgement as a person reads it, and as a script does.

use serde_json::{Value, json};
use similar::{ChangeTag, TextDiff};

use crate::{
    admin::words::{counted, json_for_terminals, plain},
    domain::{
        compare::{
            Judgement,
            difference::{Difference, Kind},
            explain::cause::{Cause, Nothing},
            rules::Rules,
        },
        outcome::Verdict,
    },
};

/// Texts up to this long stand beside each other; longer ones are told word by word.
const BESIDE: usize = 48;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    Plain,
    Colour,
}

#[derive(Clone, Copy)]
enum Tone {
    Good,
    Bad,
    Heading,
    Aside,
}

/// All that is said about one pair.
pub struct Page<'a> {
    pub old: &'a str,
    pub new: &'a str,
    pub judgement: &'a Judgement,
    pub rules: &'a Rules,
}

impl Palette {
    fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Heading => "1",
            Tone::Aside => "2",
        };
        if self == Palette::Plain { text.to_owned() } else { format!("\u{1b}[{code}m{text}\u{1b}[0m") }
    }
}

impl Page<'_> {
    pub fn to_text(&self, palette: Palette) -> String {
        let Judgement { outcome, differences, more, notes, uncompared, .. } = self.judgement;
        let tone = match outcome.verdict() {
            Verdict::Match | Verdict::Forgiven => Tone::Good,
            _ => Tone::Bad,
        };
        let mut lines = vec![
            format!("{}: {}", palette.paint(tone, outcome.verdict().name()), outcome.meaning()),
            palette.paint(Tone::Aside, &format!("old {}   new {}", plain(self.old), plain(self.new))),
        ];
        for difference in differences {
            lines.push(String::new());
            difference_lines(difference, palette, &mut lines);
        }
        if *more > 0 {
            lines.push(String::new());
            lines.push(format!("and {} more", counted(*more as u64, "difference")));
        }
        if !self.judgement.forgiven.is_empty() {
            lines.push(String::new());
            lines.push("forgiven by rule".to_owned());
            let told = |(rule, places): (String, usize)| {
                format!("  {} by {}", counted(places as u64, "place"), plain(&rule))
            };
            lines.extend(self.forgiven().map(told));
        }
        if !notes.is_empty() || !uncompared.is_empty() {
            lines.push(String::new());
        }
        lines.extend(notes.iter().map(|note| format!("note: {}", plain(note))));
        if !uncompared.is_empty() {
            lines.push(format!("differ and are not compared: {}", plain(&uncompared.join(", "))));
        }
        lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    pub fn to_json(&self) -> String {
        let Judgement { outcome, differences, more, notes, uncompared, .. } = self.judgement;
        let forgiven = self.forgiven().map(|(rule, places)| json!({ "rule": rule, "places": places }));
        let page = json!({
            "verdict": outcome.verdict().name(),
            "reason": outcome.reason(),
            "meaning": outcome.meaning(),
            "old": self.old,
            "new": self.new,
            "differences": differences.iter().map(difference_json).collect::<Vec<_>>(),
            "more": more,
            "forgiven": forgiven.collect::<Vec<_>>(),
            "notes": notes,
            "uncompared": uncompared,
        });
        json_for_terminals(&format!("{page:#}"))
    }

    /// The rules that forgave something, in words, and at how many places.
    fn forgiven(&self) -> impl Iterator<Item = (String, usize)> {
        let rules = self.rules.rules();
        let named = |(rule, places): &(usize, usize)| {
            let named = rules.get(*rule).map_or_else(|| format!("rule {rule}"), ToString::to_string);
            (named, *places)
        };
        self.judgement.forgiven.iter().map(named)
    }
}

fn difference_json(difference: &Difference) -> Value {
    let causes: Vec<String> = difference.causes.iter().map(ToString::to_string).collect();
    json!({
        "place": difference.place.to_string(),
        "kind": difference.kind.name(),
        "old": difference.old,
        "new": difference.new,
        "shape": difference.shape,
        "causes": causes,
    })
}

fn difference_lines(difference: &Difference, palette: Palette, lines: &mut Vec<String>) {
    let place = palette.paint(Tone::Heading, &plain(&difference.place.to_string()));
    let head = format!("{place}  {}", difference.kind.name());
    let (old, new) = (difference.old.as_deref().map(plain), difference.new.as_deref().map(plain));
    let bad = |text: &str| palette.paint(Tone::Bad, text);
    let good = |text: &str| palette.paint(Tone::Good, text);
    match (old, new) {
        (Some(old), Some(new)) if old.chars().count().max(new.chars().count()) <= BESIDE => {
            lines.push(format!("{head}  {} → {}", bad(&old), good(&new)));
        }
        (Some(old), Some(new)) => {
            lines.push(head);
            if matches!(difference.kind, Kind::Text | Kind::Changed) {
                lines.push(format!("  {}", by_word(&old, &new, palette)));
            } else {
                lines.push(format!("  - {}", bad(&old)));
                lines.push(format!("  + {}", good(&new)));
            }
        }
        (Some(old), None) => lines.push(format!("{head}  {}", bad(&format!("- {old}")))),
        (None, Some(new)) => lines.push(format!("{head}  {}", good(&format!("+ {new}")))),
        (None, None) => lines.push(head),
    }
    // That only one side has it is said by the kind.
    let says_more =
        |cause: &&Cause| !matches!(cause, Cause::Lost(Nothing::Missing) | Cause::Gained(Nothing::Missing));
    for cause in difference.causes.iter().filter(says_more) {
        lines.push(palette.paint(Tone::Aside, &format!("  would follow from {}", plain(&cause.to_string()))));
    }
}

/// Both texts in one, with `[-what only old says-]` and `{+what only new says+}`. Both are excerpts, so the
/// work is bounded.
fn by_word(old: &str, new: &str, palette: Palette) -> String {
    let diff = TextDiff::from_unicode_words(old, new);
    let mut text = String::new();
    let mut run: Option<(ChangeTag, String)> = None;
    let mut close = |run: Option<(ChangeTag, String)>| match run {
        Some((ChangeTag::Delete, words)) => text.push_str(&palette.paint(Tone::Bad, &format!("[-{words}-]"))),
        Some((ChangeTag::Insert, words)) => {
            text.push_str(&palette.paint(Tone::Good, &format!("{{+{words}+}}")));
        }
        Some((ChangeTag::Equal, words)) => text.push_str(&words),
        None => {}
    };
    for change in diff.iter_all_changes() {
        match &mut run {
            Some((tag, words)) if *tag == change.tag() => words.push_str(change.value()),
            _ => close(run.replace((change.tag(), change.value().to_owned()))),
        }
    }
    close(run);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_told_word_by_word() {
        let told = by_word("the quick brown fox", "the slow brown fox jumps", Palette::Plain);
        assert_eq!(told, "the [-quick-]{+slow+} brown fox{+ jumps+}");
        assert!(by_word("a b", "a c", Palette::Colour).contains("\u{1b}[31m[-b-]\u{1b}[0m"));
    }

    #[test]
    fn what_a_body_says_cannot_draw_on_the_terminal() {
        let evil = Difference::at(
            crate::domain::compare::difference::Place::Body("/\u{1b}[2J".into()),
            Kind::Text,
            Some("\u{202e}a".repeat(100)),
            Some("\u{7}b".into()),
        );
        let mut lines = Vec::new();
        difference_lines(&evil, Palette::Plain, &mut lines);
        let foreign = |c: char| c.is_control() || c == '\u{202e}';
        assert!(!lines.concat().contains(foreign), "{lines:?}");
    }
}
