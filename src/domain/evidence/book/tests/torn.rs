//! What was written down and then damaged is read, or begins anew; it never ends the program.

use proptest::{prelude::*, sample::Index};
use serde_json::{Value, json};

use super::*;

/// What stands where something else should.
fn odd() -> impl Strategy<Value = Value> {
    let whole = prop_oneof![Just(0), Just(1), Just(u64::MAX), Just(1 << 53), any::<u64>()];
    let text = prop_oneof![
        Just("NaN"),
        Just("inf"),
        Just("-inf"),
        Just("1e308"),
        Just("-1"),
        Just("5e-324"),
        Just(""),
        Just("x")
    ];
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        4 => whole.prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        4 => text.prop_map(Value::from),
        1 => Just(json!([])),
        1 => Just(json!({})),
        1 => Just(json!([[1, 2]])),
    ]
}

/// One step down at a time, until there is no more.
fn damage(place: &mut Value, way: &[Index], odd: Value, removed: bool) {
    let Some((step, rest)) = way.split_first() else { return *place = odd };
    match place {
        Value::Array(all) if !all.is_empty() => {
            let at = step.index(all.len());
            if removed && rest.is_empty() {
                all.remove(at);
            } else {
                damage(&mut all[at], rest, odd, removed);
            }
        }
        Value::Object(all) if !all.is_empty() => {
            let key = all.keys().nth(step.index(all.len())).unwrap().clone();
            if removed && rest.is_empty() {
                all.remove(&key);
            } else {
                damage(&mut all[&key], rest, odd, removed);
            }
        }
        _ => *place = odd,
    }
}

/// A book of a few minutes in which everything happened once.
fn lived() -> Kept {
    let mut book = book();
    for n in 0..400 {
        let outcome = if n % 50 == 0 { Outcome::Differs } else { Outcome::Exact };
        let failing = if n % 70 == 0 { failed(n) } else { with(n, outcome) };
        let cell = Cell { hash: n % 7, text: Some("GET /users/{id}".into()) };
        book.see(Looked { cell, ..failing }, n * SECOND);
        if n % 100 == 0 {
            book.enter(&ended(n, Class::Persistent), n * SECOND + 1);
        }
    }
    book.enter(&Fact::Seeded { found: true }, 400 * SECOND);
    book.enter(&Fact::Probed { failed: Some("x".to_owned()) }, 400 * SECOND);
    book.keep()
}

/// Goes on with what was read, as the program does.
fn goes_on(state: &Value, words: Vec<u64>) -> bool {
    let now = 500 * SECOND;
    let Some(mut book) = Book::restored(settings(), state, words, now) else { return false };
    let _ = book.summary(now);
    for n in 0..200 {
        book.see(if n % 9 == 0 { with(n, Outcome::Differs) } else { looked(n) }, now + n * SECOND);
        book.enter(&ended(n, Class::Persistent), now + n * SECOND);
    }
    book.see(failed(1), now);
    book.enter(&Fact::Seeded { found: false }, now);
    let _ = book.summary(now + 200 * SECOND);
    book.stage_began(settings(), now + 200 * SECOND);
    book.tick(now + 4_000 * SECOND);
    let _ = book.summary(now + 4_000 * SECOND);
    book.begin_anew(true, now);
    let _ = book.keep();
    true
}

#[test]
fn what_was_not_damaged_is_gone_on_with() {
    let kept = lived();
    assert!(goes_on(&kept.state, kept.new_units));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_book_with_any_value_in_any_place_is_read_or_begins_anew(
        damages in proptest::collection::vec(
            (proptest::collection::vec(any::<Index>(), 1..8), odd(), proptest::bool::weighted(0.1)), 1..4),
        words in proptest::collection::vec(any::<u64>(), 0..50),
    ) {
        let mut state = lived().state;
        for (way, odd, removed) in damages {
            damage(&mut state, &way, odd, removed);
        }
        goes_on(&state, words);
    }

    #[test]
    fn a_book_whose_text_was_cut_or_changed_is_read_or_begins_anew(
        at in any::<Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let kept = lived();
        let mut text = kept.state.to_string().into_bytes();
        let at = at.index(text.len());
        if cut {
            text.truncate(at);
        } else {
            text[at] = byte;
        }
        if let Ok(state) = serde_json::from_slice(&text) {
            goes_on(&state, kept.new_units);
        }
    }
}
