//! What a value becomes under the rules that normalise, and whether two values are then as good as one.
//!
//! Every selection of the normalising rules, in the order of the config, is a form that two values may be
//! compared in: one form in which they agree is enough. So one more rule never parts what agreed.

use std::borrow::Cow;

use super::super::{
    super::side::Side,
    decimal,
    rules::{Forgive, Numbers, Rewrite, Rules, Tolerance, floats, format, moment::Moment},
};

/// Forms that one pair of values is compared in: six rules that each change something.
const MOST_FORMS: usize = 64;
/// Bytes of a text that is normalised or looked into. Longer ones are compared as they are: an expression
/// may take many steps a byte.
pub const LONGEST: usize = 256 << 10;

/// A plain value as the rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form<'t> {
    Text(Cow<'t, str>),
    Number {
        spelled: Cow<'t, str>,
        /// It stood between quotes.
        quoted: bool,
    },
}

/// Both values in one form, and the rules that led there.
#[derive(Clone)]
struct Forms<'t> {
    old: Form<'t>,
    new: Form<'t>,
    by: Vec<usize>,
}

/// The fewest rules that together make one value as good as the other; `None` where all of them do not.
pub fn forgiving(
    old: Form<'_>,
    new: Form<'_>,
    here: &[(usize, &Forgive)],
    rules: &Rules,
) -> Option<Vec<usize>> {
    let mut all = vec![Forms { old, new, by: Vec::new() }];
    for (rule, forgive) in here {
        for n in 0..all.len() {
            if all.len() >= MOST_FORMS {
                break;
            }
            let Some(next) = all.get(n).and_then(|forms| forms.under(*rule, forgive)) else { continue };
            if !all.iter().any(|forms| forms.old == next.old && forms.new == next.new) {
                all.push(next);
            }
        }
    }
    // Stable: of equally many, those that stand first in the config.
    all.sort_by_key(|forms| forms.by.len());
    all.into_iter().filter_map(|forms| forms.agree(here, rules)).min_by_key(Vec::len)
}

/// How many forms these rules may lead to.
pub fn most_forms(here: &[(usize, &Forgive)]) -> usize {
    let normalises = |forgive: &Forgive| {
        matches!(
            forgive,
            Forgive::Rewrite(_) | Forgive::CaseInsensitive | Forgive::Trim | Forgive::NumberIsString
        )
    };
    let count = here.iter().filter(|(_, forgive)| normalises(forgive)).count();
    if count < 6 { 1 << count } else { MOST_FORMS }
}

/// Bytes of a text that one step of work is paid for: to keep the groups of an expression takes far longer
/// than to find where it matches.
pub fn bytes_a_step(here: &[(usize, &Forgive)]) -> usize {
    let keeps_groups =
        |forgive: &Forgive| matches!(forgive, Forgive::Rewrite(rewrite) if names_groups(rewrite));
    if here.iter().any(|(_, forgive)| keeps_groups(forgive)) { 4 } else { 16 }
}

fn names_groups(rewrite: &Rewrite) -> bool {
    rewrite.replace.contains('$')
}

/// The one form in which two values agree wherever they agree in any, where there is such a form: for a
/// hash of what a value is as good as.
pub fn settled<'t>(form: Form<'t>, here: &[&Forgive]) -> Option<Form<'t>> {
    if let [rewrite @ Forgive::Rewrite(Rewrite { side: None, .. })] = here {
        return Some(form.under(rewrite, Side::Old).unwrap_or(form));
    }
    // A rewrite may part again what another rule made one; of the others the order does not matter, as
    // long as it is always the same.
    let order = [Forgive::Trim, Forgive::CaseInsensitive, Forgive::NumberIsString];
    if !here.iter().all(|forgive| order.contains(forgive)) {
        return None;
    }
    let standing = order.iter().filter(|forgive| here.contains(forgive));
    Some(standing.fold(form, |form, forgive| form.under(forgive, Side::Old).unwrap_or(form)))
}

impl<'t> Forms<'t> {
    /// Both under one more rule, where that changes any of them.
    fn under(&self, rule: usize, forgive: &Forgive) -> Option<Forms<'t>> {
        let (old, new) = (self.old.under(forgive, Side::Old), self.new.under(forgive, Side::New));
        let erases = |next: &Option<Form<'_>>, other: &Form<'_>| {
            matches!(forgive, Forgive::Rewrite(_))
                && other.is_empty()
                && next.as_ref().is_some_and(Form::is_empty)
        };
        // A text of which a rewrite leaves nothing is none that was empty: a link that got lost.
        if old.is_none() && new.is_none() || erases(&old, &self.new) || erases(&new, &self.old) {
            return None;
        }
        let by = self.by.iter().copied().chain([rule]).collect();
        Some(Forms {
            old: old.unwrap_or_else(|| self.old.clone()),
            new: new.unwrap_or_else(|| self.new.clone()),
            by,
        })
    }

    fn agree(self, here: &[(usize, &Forgive)], rules: &Rules) -> Option<Vec<usize>> {
        if !self.by.is_empty() && self.old.equals(&self.new, rules.numbers) {
            return Some(self.by);
        }
        let (rule, _) = here
            .iter()
            .find(|(rule, forgive)| self.old.passes_for(&self.new, forgive, rules.tolerance(*rule)))?;
        Some(self.by.into_iter().chain([*rule]).collect())
    }
}

impl<'t> Form<'t> {
    /// `None` where the rule changes nothing.
    fn under(&self, forgive: &Forgive, side: Side) -> Option<Form<'t>> {
        let Form::Text(text) = self else { return None };
        let changed = |new: String| (new != **text).then_some(Form::Text(Cow::Owned(new)));
        match forgive {
            Forgive::Rewrite(rewrite) if rewrite.side.is_none_or(|only| only == side) => {
                changed(rewritten(text, rewrite)?)
            }
            Forgive::CaseInsensitive => changed(folded(text)),
            Forgive::Trim => changed(text.trim().to_owned()),
            Forgive::NumberIsString if decimal::is_number(text) => {
                Some(Form::Number { spelled: text.clone(), quoted: true })
            }
            _ => None,
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Form::Text(text) if text.is_empty())
    }

    fn equals(&self, other: &Form<'_>, numbers: Numbers) -> bool {
        match (self, other) {
            (Form::Text(one), Form::Text(other)) => one == other,
            (Form::Number { spelled: one, quoted }, Form::Number { spelled: other, quoted: also }) => {
                // Between quotes "1.0" and "1.00" are two texts: a version is no number.
                let to_the_letter = *quoted && *also || numbers == Numbers::Spelled;
                if to_the_letter { one == other } else { decimal::same_number(one, other) }
            }
            _ => false,
        }
    }

    /// Whether a rule that looks at both takes one for the other.
    fn passes_for(&self, other: &Form<'_>, forgive: &Forgive, tolerance: &str) -> bool {
        match (forgive, self, other) {
            (Forgive::TimeWithin(most), ..) => match (self.moment(), other.moment()) {
                (Some(one), Some(other)) => one.is_within(*most, other),
                _ => false,
            },
            (Forgive::Matches(expression), Form::Text(one), Form::Text(other))
            | (
                Forgive::Matches(expression),
                Form::Number { spelled: one, .. },
                Form::Number { spelled: other, .. },
            ) => expression.takes(one) && expression.takes(other),
            (Forgive::Format(format), Form::Text(one), Form::Text(other)) => {
                format.accepts(one) && format.accepts(other)
            }
            (
                Forgive::Format(super::super::rules::Format::Integer),
                Form::Number { spelled: one, .. },
                Form::Number { spelled: other, .. },
            ) => format::is_integer(one) && format::is_integer(other),
            (
                Forgive::Tolerance(how_far),
                Form::Number { spelled: one, .. },
                Form::Number { spelled: other, .. },
            ) => match how_far {
                Tolerance::Absolute(_) => decimal::within(one, other, tolerance),
                Tolerance::Relative(_) => decimal::within_share(one, other, tolerance),
                Tolerance::Ulp(most) => floats::within_steps(one, other, *most),
            },
            _ => false,
        }
    }

    fn moment(&self) -> Option<Moment> {
        match self {
            Form::Text(text) => Moment::of_text(text),
            Form::Number { spelled, .. } => Moment::of_number(spelled),
        }
    }
}

/// Every match replaced; `None` where the text grows out of bounds.
fn rewritten(text: &str, rewrite: &Rewrite) -> Option<String> {
    let (mut out, mut end) = (String::new(), 0);
    if !names_groups(rewrite) {
        for found in rewrite.find.regex().find_iter(text) {
            out.push_str(text.get(end..found.start()).unwrap_or_default());
            out.push_str(&rewrite.replace);
            end = found.end();
            if out.len() > LONGEST {
                return None;
            }
        }
        out.push_str(text.get(end..).unwrap_or_default());
        return Some(out);
    }
    for groups in rewrite.find.regex().captures_iter(text) {
        let whole = groups.get(0)?;
        out.push_str(text.get(end..whole.start()).unwrap_or_default());
        groups.expand(&rewrite.replace, &mut out);
        end = whole.end();
        if out.len() > LONGEST {
            return None;
        }
    }
    out.push_str(text.get(end..).unwrap_or_default());
    Some(out)
}

/// Without regard to case: sign by sign, since what a sign becomes may not depend on its neighbours.
fn folded(text: &str) -> String {
    let fold = |sign: char| if sign == 'ς' { 'σ' } else { sign };
    text.chars().flat_map(char::to_lowercase).map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::super::rules::{Expression, FullMatch},
        *,
    };

    fn text(text: &str) -> Form<'_> {
        Form::Text(Cow::Borrowed(text))
    }

    fn number(spelled: &str) -> Form<'_> {
        Form::Number { spelled: Cow::Borrowed(spelled), quoted: false }
    }

    fn rewrite(find: &str, replace: &str, side: Option<Side>) -> Forgive {
        let find = Expression::parse(find).unwrap();
        Forgive::Rewrite(Rewrite { find, replace: replace.to_owned(), side })
    }

    fn by<const N: usize>(old: Form<'_>, new: Form<'_>, rules: [&Forgive; N]) -> Option<Vec<usize>> {
        forgiving(old, new, &rules.into_iter().enumerate().collect::<Vec<_>>(), &Rules::default())
    }

    #[test]
    fn one_rule_that_suffices_is_named_alone_and_otherwise_all_that_it_takes() {
        use Forgive::{CaseInsensitive, NumberIsString, Trim};
        assert_eq!(by(text(" a"), text("a "), [&CaseInsensitive, &Trim]), Some(vec![1]));
        assert_eq!(by(text(" a"), text("A "), [&CaseInsensitive, &Trim]), Some(vec![0, 1]));
        assert_eq!(by(text(" 12"), number("12.0"), [&Trim, &NumberIsString]), Some(vec![0, 1]));
        assert_eq!(by(number("12"), text("12.0"), [&NumberIsString]), Some(vec![0]));
        assert_eq!(by(text("12.0"), text("12"), [&NumberIsString]), None);
        assert_eq!(by(text("012"), number("12"), [&NumberIsString]), None);
        assert_eq!(by(text("ΑΣ"), text("ας"), [&CaseInsensitive]), Some(vec![0]));
        let near = Forgive::Tolerance(Tolerance::Ulp(1));
        assert_eq!(
            by(text("0.3"), number("0.30000000000000004"), [&NumberIsString, &near]),
            Some(vec![0, 1])
        );
    }

    #[test]
    fn rewrites_follow_the_config_and_never_part_what_another_form_joins() {
        let host = rewrite(r"^https?://[^/]+", "", None);
        assert_eq!(by(text("http://a/x"), text("https://b/x"), [&host]), Some(vec![0]));
        let one_sided = rewrite(r"^v1-(\d+)$", "$1", Some(Side::Old));
        assert_eq!(by(text("v1-7"), text("7"), [&one_sided]), Some(vec![0]));
        assert_eq!(by(text("7"), text("v1-7"), [&one_sided]), None);
        assert_eq!(by(text("http://a"), text("https://b"), [&host]), Some(vec![0]));
        assert_eq!(by(text("http://a"), text(""), [&host]), None);
        assert_eq!(by(text(""), text("http://a"), [&host]), None);
        let chain = (rewrite("a", "b", None), rewrite("b", "c", None));
        assert_eq!(by(text("a"), text("c"), [&chain.0, &chain.1]), Some(vec![0, 1]));
        let parting = rewrite("F", "G", None);
        assert_eq!(by(text("Foo"), text("foo"), [&parting, &Forgive::CaseInsensitive]), Some(vec![1]));
        let growing = rewrite("", &"long".repeat(1_000), None);
        assert_eq!(by(text(&"a".repeat(2_000)), text("b"), [&growing]), None);
    }

    #[test]
    fn types_stay_apart_where_no_rule_makes_one_of_the_other() {
        let digits = Forgive::Matches(FullMatch::parse(r"\d+").unwrap());
        assert_eq!(by(text("12"), text("13"), [&digits]), Some(vec![0]));
        assert_eq!(by(number("12"), number("13"), [&digits]), Some(vec![0]));
        assert_eq!(by(number("12"), number("1.5"), [&digits]), None);
        assert_eq!(by(text("12"), number("13"), [&digits]), None);
        assert_eq!(by(text("12"), number("13"), [&digits, &Forgive::NumberIsString]), Some(vec![1, 0]));
        let moment = Forgive::TimeWithin(std::time::Duration::from_secs(5));
        assert_eq!(by(text("1970-01-01T00:00:04Z"), number("0"), [&moment]), Some(vec![0]));
        assert_eq!(by(text("1970-01-01T00:00:06Z"), number("0"), [&moment]), None);
    }
}
