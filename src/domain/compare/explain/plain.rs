//! The same value as another type or another way to say nothing: null and missing, numbers and truth
//! as text.

use super::{
    super::decimal::same_number,
    Seen,
    cause::{Cause, Nothing, Way, Words},
};

/// Words that stand for true and false, in lower case.
const WORDS: [(Words, &str, &str); 6] = [
    (Words::Digits, "1", "0"),
    (Words::TrueFalse, "true", "false"),
    (Words::YesNo, "yes", "no"),
    (Words::YN, "y", "n"),
    (Words::TF, "t", "f"),
    (Words::OnOff, "on", "off"),
];

pub fn causes(old: &Seen<'_>, new: &Seen<'_>) -> Vec<Cause> {
    let nothing = match (nothing(old), nothing(new)) {
        (Some(old), Some(new)) if old != new => Some(Cause::Nothing { old, new }),
        (None, Some(new)) => Some(Cause::Lost(new)),
        (Some(old), None) => Some(Cause::Gained(old)),
        _ => None,
    };
    let truth = match (truth(old), truth(new)) {
        (Some((ours, _)), Some((theirs, _))) if ours != theirs => Some(Cause::Opposite),
        (Some((_, old)), Some((_, new))) => Some(Cause::Truth { old, new }),
        _ => None,
    };
    let numbers = Way::BOTH.map(Cause::NumberAsText);
    let guesses = nothing.into_iter().chain(truth).chain(numbers);
    guesses.filter(|cause| holds(cause, old, new)).collect()
}

pub fn holds(cause: &Cause, old: &Seen<'_>, new: &Seen<'_>) -> bool {
    match *cause {
        Cause::Nothing { old: ours, new: theirs } => {
            ours != theirs && nothing(old) == Some(ours) && nothing(new) == Some(theirs)
        }
        Cause::Lost(how) => nothing(old).is_none() && nothing(new) == Some(how),
        Cause::Gained(how) => nothing(old) == Some(how) && nothing(new).is_none(),
        Cause::NumberAsText(Way::Forth) => is_text_of(new, old),
        Cause::NumberAsText(Way::Back) => is_text_of(old, new),
        Cause::Opposite => match (truth(old), truth(new)) {
            (Some((ours, our_words)), Some((theirs, their_words))) => {
                // A one that became a zero is a number that changed.
                let a_boolean = our_words != Words::Numbers && our_words != Words::Digits;
                ours != theirs && our_words == their_words && a_boolean
            }
            _ => false,
        },
        Cause::Truth { old: our_words, new: their_words } => match (truth(old), truth(new)) {
            (Some((ours, one)), Some((theirs, other))) => {
                (one, other) == (our_words, their_words)
                    && ours == theirs
                    && one != other
                    && !is_text_of(old, new)
                    && !is_text_of(new, old)
            }
            _ => false,
        },
        _ => false,
    }
}

fn nothing(value: &Seen<'_>) -> Option<Nothing> {
    match value {
        Seen::Missing => Some(Nothing::Missing),
        Seen::Null => Some(Nothing::Null),
        Seen::Text(text) if text.is_empty() => Some(Nothing::EmptyText),
        Seen::Array(array) if array.document.elements(array.id).next().is_none() => Some(Nothing::EmptyArray),
        Seen::EmptyObject => Some(Nothing::EmptyObject),
        _ => None,
    }
}

fn truth(value: &Seen<'_>) -> Option<(bool, Words)> {
    match value {
        Seen::Boolean(truth) => Some((*truth, Words::Json)),
        Seen::Number("1") => Some((true, Words::Numbers)),
        Seen::Number("0") => Some((false, Words::Numbers)),
        Seen::Text(text) => WORDS.iter().find_map(|(words, yes, no)| {
            let truth = text.eq_ignore_ascii_case(yes);
            (truth || text.eq_ignore_ascii_case(no)).then_some((truth, *words))
        }),
        _ => None,
    }
}

/// Whether one is the other, a number, as a text.
fn is_text_of(text: &Seen<'_>, number: &Seen<'_>) -> bool {
    let (Seen::Text(text), Seen::Number(number)) = (text, number) else { return false };
    is_number(text) && same_number(text, number)
}

/// The grammar of JSON numbers; leading zeros are an identifier's, not a number's.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) =
        unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}
