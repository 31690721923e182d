//! What turns one moment into another: a shift, another notation, less of it.

use super::{
    super::super::moment::{DAY, MILLI, SECOND},
    Seen,
    cause::{Cause, Notation, Unit},
    times::Moment,
};

/// A longer shift is another moment, not the same one shifted.
const LONGEST_SHIFT: i128 = 3_660 * DAY;
/// Two bare counts may be anything, so only what zones differ by is called a shift there.
const ZONE_STEP: i128 = 900 * SECOND;
const WIDEST_ZONES: i128 = DAY + 2 * 3_600 * SECOND;
const UNITS: [(Unit, i128); 4] = [
    (Unit::Day, DAY),
    (Unit::Second, SECOND),
    (Unit::Millisecond, MILLI),
    (Unit::Microsecond, MILLI / 1_000),
];

pub fn causes(old: &Seen<'_>, new: &Seen<'_>) -> Option<Cause> {
    both(old, new).and_then(|(old, new)| cause(old, new))
}

pub fn holds(cause: &Cause, old: &Seen<'_>, new: &Seen<'_>) -> bool {
    let Some((old, new)) = both(old, new) else { return false };
    match *cause {
        Cause::TimeShift(millis) => {
            may_shift(old, new) && new.nanos - old.nanos == i128::from(millis) * MILLI && millis != 0
        }
        Cause::Notation { old: ours, new: theirs } => {
            old.nanos == new.nanos && (old.notation, new.notation) == (ours, theirs)
        }
        Cause::TimeCut(unit) => cut(old, new) == Some(unit),
        _ => false,
    }
}

/// What relates the two is determined by them, so that there is at most one.
fn cause(old: Moment, new: Moment) -> Option<Cause> {
    if old.nanos == new.nanos {
        return Some(Cause::Notation { old: old.notation, new: new.notation });
    }
    if let Some(unit) = cut(old, new) {
        return Some(Cause::TimeCut(unit));
    }
    let shift = new.nanos - old.nanos;
    let millis = may_shift(old, new).then(|| i64::try_from(shift / MILLI).ok())??;
    (shift % MILLI == 0).then_some(Cause::TimeShift(millis))
}

/// Two moments; at least one of them written so that it can be nothing else, or two counts of one kind.
fn both(old: &Seen<'_>, new: &Seen<'_>) -> Option<(Moment, Moment)> {
    let moment = |value: &Seen<'_>| match value {
        Seen::Text(text) => Moment::of_text(text),
        Seen::Number(number) => Moment::of_number(number),
        _ => None,
    };
    let (ours, theirs) = (moment(old)?, moment(new)?);
    let alike = matches!((old, new), (Seen::Text(_), Seen::Text(_)) | (Seen::Number(_), Seen::Number(_)));
    let count = |moment: Moment| matches!(moment.notation, Notation::Seconds | Notation::Millis);
    let counts = count(ours) && count(theirs);
    (!counts || (alike && ours.notation == theirs.notation)).then_some((ours, theirs))
}

fn may_shift(old: Moment, new: Moment) -> bool {
    let (shift, count) = ((new.nanos - old.nanos).abs(), [Notation::Seconds, Notation::Millis]);
    let dates = [old, new].iter().filter(|moment| moment.notation == Notation::Date).count();
    let counts = count.contains(&old.notation) && count.contains(&new.notation);
    // A day beside a moment says nothing of the clock.
    dates != 1 && shift <= LONGEST_SHIFT && (!counts || (shift % ZONE_STEP == 0 && shift <= WIDEST_ZONES))
}

fn cut(old: Moment, new: Moment) -> Option<Unit> {
    let counts = old.notation == Notation::Seconds && new.notation == Notation::Seconds;
    let finer = new.notation == Notation::Date || (old.digits > new.digits && !counts);
    // A day is that of the clock which old shows.
    let shown = match (old.notation, new.notation) {
        (Notation::Offset(minutes), Notation::Date) => old.nanos + i128::from(minutes) * 60 * SECOND,
        _ => old.nanos,
    };
    let unit = match (new.notation, new.digits) {
        (Notation::Date, _) if old.notation != Notation::Date => Unit::Day,
        (Notation::Date, _) => return None,
        (_, 0) => Unit::Second,
        (_, 3) => Unit::Millisecond,
        (_, 6) => Unit::Microsecond,
        _ => return None,
    };
    let size = UNITS.iter().find(|(known, _)| *known == unit)?.1;
    (finer && old.nanos != new.nanos && shown.div_euclid(size) * size == new.nanos).then_some(unit)
}
