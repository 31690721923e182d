//! What the replies of one reading say to each other. Runs where it may take its time.

use crate::{
    clock,
    domain::{
        compare::{Judgement, Limits},
        noise::triple::Triple,
        observation::Reply,
        outcome::{Outcome, Verdict},
        recheck::Sandwich,
        rereads::Control,
        side::Side,
    },
    shadow::read::{Asked, Both, Route},
};

/// Statuses that say something about the asking, and nothing of what the answer would have been: credentials
/// that have run out meanwhile, a wait that was too long, too many requests.
const ABOUT_THE_ASKING: [u16; 5] = [401, 403, 407, 408, 429];

/// Three replies in the order in which they came, and what is known from before.
pub struct Reading {
    pub first: Reply,
    pub new: Reply,
    pub second: Reply,
    /// What new said the time before.
    pub before: Reply,
    /// What old said when the difference was first seen.
    pub old_status: u16,
}

/// Which of the replies agree under the rules; `None` where the reading says nothing. `is_noise`: whether a
/// mismatch is no more than old differing from itself, which would look like old being written to.
pub fn sandwich(
    reading: &Reading,
    route: &Route,
    asked: &Asked,
    limits: &Limits,
    is_noise: impl Fn(&Judgement) -> bool,
) -> Option<Sandwich> {
    let Reading { first, new, second, before, old_status } = reading;
    // Old that answered before and now does not has not changed its mind.
    if [first, second].iter().any(|old| is_trouble(old.status) && !is_trouble(*old_status)) {
        return None;
    }
    // Nor has new: an error that comes and goes is another thing than a wrong answer that stays.
    if is_trouble(new.status) && !is_trouble(before.status) {
        return None;
    }
    let asked = asked.as_seen();
    let agree = |judgement: Judgement| match judgement.outcome.verdict() {
        Verdict::Match | Verdict::Forgiven => Some(true),
        Verdict::Mismatch => Some(is_noise(&judgement)),
        Verdict::Incomparable | Verdict::Unpaired => None,
    };
    let first_old_new = agree(route.judge(first, new, asked, limits))?;
    let new_second_old = first_old_new || agree(route.judge(second, new, asked, limits))?;
    // Where new agrees with one of them, nobody asks whether they agree with each other.
    let agrees = first_old_new || new_second_old;
    let new_as_before = agree(route.judge_twice(Side::New, (before, new), asked, limits))?;
    // Both say something of another kind now: moved, gone, to be logged in to. That they agree on it says nothing of
    // the answer on which they did not.
    let other_kind = [first, second].iter().any(|old| old.status / 100 != old_status / 100);
    if agrees && other_kind && !new_as_before {
        return None;
    }
    Some(Sandwich {
        first_old_new,
        new_second_old,
        olds: agrees || agree(route.judge_twice(Side::Old, (first, second), asked, limits))?,
        new_as_before,
    })
}

/// Whether old said the same to a read that it was asked twice, and what that tells of noise. `second`: `None`
/// where it was not asked, or gave no whole reply. `test`: what old and new came to.
pub fn control(
    both: &Both,
    second: Option<Option<Reply>>,
    test: &Judgement,
    limits: &Limits,
) -> (Control, Option<Triple>) {
    let Some(second) = second else { return (Control::Skipped, None) };
    let (Ok(first), Some(second)) = (&both.old.observation.result, second) else {
        return (Control::Lost, None);
    };
    if is_trouble(second.status) && !is_trouble(first.status) {
        return (Control::Lost, None);
    }
    let judgement = both.route.judge_twice(Side::Old, (first, &second), both.asked.as_seen(), limits);
    let control = match judgement.outcome.verdict() {
        Verdict::Match | Verdict::Forgiven => Control::Agreed,
        Verdict::Mismatch => Control::Disagreed,
        Verdict::Incomparable | Verdict::Unpaired => return (Control::Lost, None),
    };
    // Of what cannot be told apart place by place, nothing is learnt.
    let has_places = [&judgement, test].iter().all(|judgement| {
        judgement.outcome != Outcome::TooLargeUndiffed && judgement.outcome.verdict() != Verdict::Incomparable
    });
    let is_cut = judgement.more + test.more > 0;
    let triple = || Triple::of(&test.differences, &judgement.differences, is_cut, clock::unix_millis());
    (control, has_places.then(triple))
}

fn is_trouble(status: u16) -> bool {
    status >= 500 || ABOUT_THE_ASKING.contains(&status)
}

/// Whether a side says so that it has too much to do, or cannot do it.
pub const fn is_overload(status: u16) -> bool {
    status >= 500 || matches!(status, 408 | 429)
}
