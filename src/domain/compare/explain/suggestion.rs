//! What to do about an explained difference: the rule to paste where forgiving it is plausible, or the
//! plain word that it is a bug.
//!
//! Only ever a suggestion, and only a firm explanation has one. A rule is one line under `compare:`.

use super::{
    super::rules::{Forgive, Tolerance},
    cause::{Cause, Class, Notation, Nothing, Unit, Way, Width},
    table::Row,
    tally::Explanation,
};

/// Rows of a table that are told.
const ROWS_TOLD: usize = 6;
/// Bounds for moments of a request, of which the next one over twice of what was seen is suggested.
const MOMENTS: [(u64, &str); 7] = [
    (1_000, "1s"),
    (2_000, "2s"),
    (5_000, "5s"),
    (10_000, "10s"),
    (30_000, "30s"),
    (60_000, "1m"),
    (300_000, "5m"),
];
const LONGEST_MOMENT: &str = "10m";

/// What is told of an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// `rounded to 0 decimals (41 of 41)`
    pub says: String,
    /// The line that forgives it.
    pub rule: Option<String>,
    /// That it is a bug, and why.
    pub bug: Option<String>,
}

/// Of what differs at a place of this shape: a pointer with `*` for positions and `{}` for minted keys;
/// `None` outside of a body, where no such rule holds.
pub fn told(explanation: &Explanation, shape: Option<&str>) -> Told {
    let Explanation { cause, accounts_for, of, .. } = explanation;
    let once = if explanation.varied { "" } else { ", all of the same values" };
    let rows = table(&explanation.table);
    let firm = explanation.is_firm();
    Told {
        says: format!("{cause}{rows} ({accounts_for} of {of}{once})"),
        rule: shape.filter(|_| firm).and_then(pattern).and_then(|at| rule(explanation, &at)),
        bug: (firm && is_bug(cause)).then(|| {
            let share = accounts_for.saturating_mul(100) / (*of).max(1);
            format!("in {share} % of {of} differences new is {cause}")
        }),
    }
}

/// A rule of this kind at a place of this shape, as it is pasted; `None` where it cannot be said in a line.
pub fn line(shape: &str, forgive: &Forgive) -> Option<String> {
    // No rule holds outside of a body.
    let at = pattern(shape).filter(|_| shape.starts_with('/'))?;
    let list = |name: &str| Some(format!("{name}: [{at}]"));
    let measured = |name: &str, measure: &str| Some(format!("{name}: {{ {at}: {measure} }}"));
    match forgive {
        Forgive::Unordered => list("unordered"),
        Forgive::SameType => list("same_type"),
        Forgive::Format(format) => measured("format", format.name()),
        Forgive::TimeWithin(most) => measured("time_within", &format!("{}s", most.as_secs())),
        Forgive::Tolerance(Tolerance::Relative(most)) => measured("tolerance", &percent(*most)),
        Forgive::Tolerance(Tolerance::Absolute(most)) => measured("tolerance", &format!("{most}")),
        _ => None,
    }
}

/// With the last digit rounded up, so that what it was measured on fits.
fn percent(share: f64) -> String {
    let text = format!("{:.6}", (share * 1e8).ceil() / 1e6);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

fn table(rows: &[Row]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let row = |row: &Row| format!("{} → {}", row.old, row.new);
    let mut told: Vec<_> = rows.iter().take(ROWS_TOLD).map(row).collect();
    if rows.len() > ROWS_TOLD {
        told.push(format!("and {} more", rows.len() - ROWS_TOLD));
    }
    format!(": {}", told.join(", "))
}

/// The pattern that names all places of a shape, as YAML; none where the shape does not say it all.
fn pattern(shape: &str) -> Option<String> {
    if shape.contains(['…', '\u{fffd}']) {
        return None;
    }
    let steps: Vec<_> = shape.split('/').map(|step| if step == "{}" { "*" } else { step }).collect();
    Some(quoted(&steps.join("/")))
}

/// As YAML reads it back, also within brackets.
fn quoted(text: &str) -> String {
    let bare = |letter: char| letter.is_ascii_alphanumeric() || "_/.*~-".contains(letter);
    if text.starts_with('/') && text.chars().all(bare) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            control if control.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

fn rule(explanation: &Explanation, at: &str) -> Option<String> {
    let list = |name: &str| Some(format!("{name}: [{at}]"));
    let measured = |name: &str, measure: &str| Some(format!("{name}: {{ {at}: {measure} }}"));
    let rewritten = |find: &str, replace: &str, side: &str| {
        let (find, replace) = (quoted(find), quoted(replace));
        Some(format!("rewrite: [{{ at: {at}, find: {find}, replace: {replace}{side} }}]"))
    };
    // New may hold what is looked for in old, such as nothing at all.
    let in_old = ", side: old";
    match &explanation.cause {
        Cause::Case => list("case_insensitive"),
        Cause::Blanks => list("trim"),
        Cause::NumberAsText(_) => list("number_is_string"),
        Cause::Nothing { old, new } => match (old, new) {
            (Nothing::Null, Nothing::Missing) | (Nothing::Missing, Nothing::Null) => list("null_is_missing"),
            (Nothing::Missing, _) | (_, Nothing::Missing) => list("empty_is_missing"),
            _ => None,
        },
        Cause::Gained(Nothing::Missing) => Some(format!("ignore: [{{ at: {at}, why: only new has it }}]")),
        Cause::Reversed | Cause::Reordered | Cause::Sorted { .. } => list("unordered"),
        Cause::LineEnds => rewritten("\\r\\n?", "\n", ""),
        Cause::Beginning { old, new } => {
            rewritten(&format!("^{}", regex::escape(old)), &literal(new), in_old)
        }
        Cause::Ending { old, new } => rewritten(&format!("{}$", regex::escape(old)), &literal(new), in_old),
        // Half a step of 24 bits of mantissa, with room for a few steps of calculation.
        Cause::Float { width: Width::Single, .. } => measured("tolerance", "0.00001%"),
        Cause::Refined { digits, .. } => measured("tolerance", &half_a_step(*digits)),
        Cause::Notation { old, new } if is_readable(*old) && is_readable(*new) => {
            measured("time_within", "1s")
        }
        Cause::TimeCut(Unit::Second | Unit::Millisecond | Unit::Microsecond) => measured("time_within", "1s"),
        Cause::Minted(Class::Uuid) => measured("format", "uuid"),
        Cause::Minted(Class::Hex(_)) => measured("format", "hex"),
        Cause::Minted(Class::Jwt) => measured("format", "jwt"),
        Cause::Minted(Class::Now) => {
            let enough = |(most, _): &&(u64, &str)| *most >= explanation.widest_millis.saturating_mul(2);
            measured("time_within", MOMENTS.iter().find(enough).map_or(LONGEST_MOMENT, |(_, told)| told))
        }
        _ => None,
    }
}

/// A text as what a regular expression is replaced by.
fn literal(text: &str) -> String {
    text.replace('$', "$$")
}

/// What rounding to so many digits may take away: `0.005` for two.
fn half_a_step(digits: u8) -> String {
    format!("0.{}5", "0".repeat(usize::from(digits)))
}

/// Texts that say which moment they mean. A client that reads the one may not read a number.
const fn is_readable(notation: Notation) -> bool {
    matches!(notation, Notation::Utc | Notation::Offset(_))
}

/// Whether a client of old would be told something wrong by new.
const fn is_bug(cause: &Cause) -> bool {
    match cause {
        Cause::Lost(_)
        | Cause::Truth { .. }
        | Cause::Opposite
        | Cause::Html(Way::Forth)
        | Cause::Percent(Way::Forth)
        | Cause::Mojibake(Way::Forth)
        | Cause::Accents
        | Cause::Unmapped(_)
        | Cause::TimeCut(Unit::Day)
        | Cause::TimeShift(_)
        | Cause::Cut { way: Way::Forth, .. }
        | Cause::Sign
        | Cause::Rounded { .. }
        | Cause::Scale { .. }
        | Cause::Float { width: Width::Double, way: Way::Forth }
        | Cause::Shifted(_)
        | Cause::WithoutLast(_)
        | Cause::Shortened { .. }
        | Cause::Duplicated(_)
        | Cause::Thinned(_)
        | Cause::Constant(_)
        | Cause::Mapped
        | Cause::Offset(_) => true,
        Cause::Notation { old, new } => !(is_readable(*old) && is_readable(*new)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::cause::Rounding, *};

    fn of(cause: Cause) -> Explanation {
        let widest_millis = 1_800;
        Explanation { cause, accounts_for: 41, of: 41, varied: true, table: Vec::new(), widest_millis }
    }

    fn rule_of(cause: Cause) -> String {
        told(&of(cause), Some("/items/*/x")).rule.unwrap_or_default()
    }

    #[test]
    fn what_may_be_forgiven_comes_with_the_rule() {
        let (utc, ahead) = (Notation::Utc, Notation::Offset(60));
        for (cause, rule) in [
            (Cause::Case, "case_insensitive: [/items/*/x]"),
            (Cause::Blanks, "trim: [/items/*/x]"),
            (Cause::NumberAsText(Way::Back), "number_is_string: [/items/*/x]"),
            (Cause::Nothing { old: Nothing::Null, new: Nothing::Missing }, "null_is_missing: [/items/*/x]"),
            (
                Cause::Nothing { old: Nothing::Missing, new: Nothing::EmptyArray },
                "empty_is_missing: [/items/*/x]",
            ),
            (Cause::Nothing { old: Nothing::Null, new: Nothing::EmptyText }, ""),
            (Cause::Gained(Nothing::Missing), "ignore: [{ at: /items/*/x, why: only new has it }]"),
            (Cause::Reversed, "unordered: [/items/*/x]"),
            (Cause::LineEnds, r#"rewrite: [{ at: /items/*/x, find: "\\r\\n?", replace: "\n" }]"#),
            (
                Cause::Beginning { old: "http://a.b".into(), new: "https://$c".into() },
                r#"rewrite: [{ at: /items/*/x, find: "^http://a\\.b", replace: "https://$$c", side: old }]"#,
            ),
            (Cause::Float { width: Width::Single, way: Way::Forth }, "tolerance: { /items/*/x: 0.00001% }"),
            (Cause::Refined { digits: 2, rounding: Rounding::HalfUp }, "tolerance: { /items/*/x: 0.005 }"),
            (Cause::Notation { old: utc, new: ahead }, "time_within: { /items/*/x: 1s }"),
            (Cause::Notation { old: utc, new: Notation::Seconds }, ""),
            (Cause::TimeCut(Unit::Second), "time_within: { /items/*/x: 1s }"),
            (Cause::Minted(Class::Uuid), "format: { /items/*/x: uuid }"),
            (Cause::Minted(Class::Now), "time_within: { /items/*/x: 5s }"),
            (Cause::Rounded { digits: 2, rounding: Rounding::HalfUp }, ""),
            (Cause::TimeShift(3_600_000), ""),
        ] {
            assert_eq!(rule_of(cause), rule);
        }
    }

    #[test]
    fn a_bug_is_called_one_with_its_evidence() {
        let rounded = of(Cause::Rounded { digits: 1, rounding: Rounding::HalfUp });
        let said = told(&rounded, Some("/total"));
        assert_eq!(said.says, "rounded to 1 decimal (41 of 41)");
        assert_eq!(said.bug.unwrap(), "in 100 % of 41 differences new is rounded to 1 decimal");
        for cause in [Cause::TimeShift(-3_600_000), Cause::Lost(Nothing::Missing), Cause::Mapped] {
            assert!(told(&of(cause), Some("/x")).bug.is_some());
        }
        assert!(told(&of(Cause::Case), Some("/x")).bug.is_none());
    }

    #[test]
    fn no_cause_is_both_forgiven_and_a_bug() {
        let (utc, local) = (Notation::Utc, Notation::Local);
        for cause in [
            Cause::Case,
            Cause::TimeCut(Unit::Day),
            Cause::TimeCut(Unit::Second),
            Cause::Notation { old: utc, new: local },
            Cause::Notation { old: utc, new: utc },
            Cause::Float { width: Width::Double, way: Way::Forth },
            Cause::Float { width: Width::Single, way: Way::Forth },
            Cause::Gained(Nothing::Null),
        ] {
            let said = told(&of(cause), Some("/x"));
            assert!(said.rule.is_none() || said.bug.is_none(), "{said:?}");
        }
    }

    #[test]
    fn what_is_not_firm_is_told_and_nothing_is_suggested() {
        let weak = Explanation { accounts_for: 3, of: 5, ..of(Cause::Case) };
        let said = told(&weak, Some("/x"));
        assert_eq!((said.says.as_str(), said.rule), ("the same in another case (3 of 5)", None));
        let same = Explanation { varied: false, ..of(Cause::Sign) };
        let said = told(&same, Some("/x"));
        assert_eq!(said.says, "the negative of old (41 of 41, all of the same values)");
        assert_eq!((said.rule, said.bug), (None, None));
    }

    #[test]
    fn a_place_is_written_so_that_the_config_reads_it_back() {
        for (shape, at) in [
            ("/a/*/b-c_d.e", Some("/a/*/b-c_d.e")),
            ("/users/{}/name", Some("/users/*/name")),
            ("", Some("\"\"")),
            ("/a b", Some("\"/a b\"")),
            ("/a\"\\\n: ]", Some("\"/a\\\"\\\\\\n: ]\"")),
            ("/a~1b", Some("/a~1b")),
            ("/a\u{1b}", Some("\"/a\\u001b\"")),
            ("/long…", None),
        ] {
            assert_eq!(pattern(shape).as_deref(), at, "{shape}");
        }
        assert_eq!(told(&of(Cause::Case), None).rule, None);
    }
}
