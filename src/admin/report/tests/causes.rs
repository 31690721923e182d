//! What a report says of causes: lag, races, noise, and rules that end.

use std::time::Duration;

use super::{
    super::{Paint, Report},
    START, Scene, sample,
};
use crate::{
    admin::facts::RuleSetting,
    domain::{
        account::Heading,
        compare::{
            difference::{Difference, Kind, Place},
            explain::Cause,
            signature::Signature,
        },
        noise::{Noise, triple::Triple},
        outcome::Outcome,
        recheck::{Class, Ruling},
    },
    store::samples::Sample,
};

#[test]
fn a_rule_that_has_expired_is_told_with_the_day_and_its_owner_from_the_first_pair_on() {
    let mut facts = Scene::with(Outcome::Exact, 1).facts();
    let rules = &mut facts.setting.routes[0].rules;
    for (rule, expires) in rules.iter_mut().zip([START, START + 1_000_000_000]) {
        *rule = RuleSetting { owner: Some("team-a".into()), expires_millis: Some(expires), ..rule.clone() };
    }
    facts.routes[0].0.forgiven.count(&1, 7);
    let text = Report::build(&facts).to_text(100, Paint::Plain);
    for part in [
        "           7    100 %  /took_ms: ignored (team-a, until 2026-10-03)\n",
        "           0           expired 2026-09-21, forgives nothing: /meta/request_id: ignored, minted per\n                       request (team-a)\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

/// A shape of so many mismatches, ruled as told; the others are past the allowance.
fn ruled(count: u64, rulings: &[Ruling]) -> (Scene, Signature) {
    let (scene, signature) = (Scene::with(Outcome::Differs, count as usize), Signature::of(200, 200, &[]));
    for n in 0..count {
        let name = format!("\"{n}\"");
        let _ = scene.samples.record(Heading::route(0), &signature, sample("/users/7", &name));
        match rulings.get(n as usize) {
            Some(ruling) => scene.samples.ruled(Heading::route(0), &signature, ruling),
            None => {
                scene.samples.classed(Heading::route(0), &signature, Class::Unchecked);
                scene.samples.unread(Heading::route(0), &signature, "signature");
            }
        }
    }
    (scene, signature)
}

fn caught_up(millis: u64) -> Ruling {
    let caught_up = Some((Duration::ZERO, Duration::from_millis(millis)));
    Ruling { class: Class::Transient, caught_up, ..Ruling::UNCHECKED }
}

#[test]
fn lag_is_told_in_words_with_how_many_it_is_known_of() {
    let persistent = Ruling { class: Class::Persistent, ..Ruling::UNCHECKED };
    let (scene, _) = ruled(9, &[caught_up(104), caught_up(503), persistent]);
    let (text, report) = (scene.text(), Report::build(&scene.facts()));
    for part in [
        "             why: lag: new caught up within 503 ms in 2 of 3 that were read again\n",
        "             6 of 9 mismatches were not read again: of one shape at most 30 a minute are; there may\n",
        "  not read again: 6 (of one shape at most 30 a minute are)\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let told = &report.routes[0].signatures[0].explanations[0];
    assert_eq!((told.place.as_str(), told.cause, told.accounts_for, told.of), ("reply", "lag", 2, 3));
}

#[test]
fn a_race_is_told_in_words_and_an_error_that_stays_with_how_often_it_was_read_again() {
    let of = |class| Ruling { class, ..Ruling::UNCHECKED };
    let (scene, _) = ruled(2, &[of(Class::Racing), of(Class::Racing)]);
    let text = scene.text();
    let part = "             why: a race: old itself gave another answer in 2 of 2 that were read again\n";
    assert!(text.contains(part) && !text.contains("not read again"), "{text}");
    let (scene, _) = ruled(5, &[of(Class::Persistent), of(Class::Persistent), caught_up(1)]);
    let text = scene.text();
    assert!(text.contains("persistent in 2 of 3 that were read again, 1 transient\n"), "{text}");
}

#[test]
fn noise_is_told_in_words_with_the_rule_to_paste_and_is_no_alarm_that_old_keeps_moving() {
    let of = |class| Ruling { class, ..Ruling::UNCHECKED };
    let (scene, _) = ruled(4, &[of(Class::Noise), of(Class::Noise), of(Class::Noise), of(Class::Racing)]);
    let mut facts = scene.facts();
    let id = |n: u32| format!("\"0bc1c6a6-51c1-4f6c-9e1c-{n:012}\"");
    let at = |old: u32, new: u32| {
        let place = Place::Body("/name".into());
        Difference {
            shape: "/name".into(),
            ..Difference::at(place, Kind::Text, Some(id(old)), Some(id(new)))
        }
    };
    let mut noise = Noise::default();
    for n in (0..60).step_by(3) {
        noise.see(&Triple::of(&[at(n, n + 1)], &[at(n, n + 2)], false, START));
    }
    facts.noise = vec![noise];
    let moved = Ruling { indeterminate: true, ..of(Class::Racing) };
    facts.routes[0].0.rereads.ruled(&moved);
    (0..3).for_each(|_| facts.routes[0].0.rereads.classed(Class::Noise));
    let report = Report::build(&facts);
    let text = report.to_text(100, Paint::Plain);
    for part in [
        "  old differs from itself at /name in 20 of 20 reads",
        "  a rule that forgives it: format: { /name: uuid }\n",
        "             why: noise: old differs from itself at /name as well, and new keeps to the kind of its\n",
        "4 compared, 4 of them mismatched (3 noise); 0 not compared",
        "4 mismatched (100 % of 4 compared, 3 of them noise)",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let told = &report.routes[0].signatures[0].explanations[0];
    assert_eq!(told.rule.as_deref(), Some("format: { /name: uuid }"));
    assert_eq!((told.place.as_str(), told.cause, told.accounts_for, told.of), ("/name", "noise", 3, 4));
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
}

#[test]
fn what_several_shapes_of_a_route_have_in_common_is_told_once() {
    let scene = Scene::with(Outcome::Differs, 4);
    for (n, more) in [(0, false), (1, false), (2, true), (3, true)] {
        let (old, new) = (Some(format!("\"at{n}\"")), Some(format!("\"AT{n}\"")));
        let state = Difference {
            causes: vec![Cause::Case],
            ..Difference::at(Place::Body("/state".into()), Kind::Text, old, new)
        };
        let gone = Difference::at(Place::Body("/b".into()), Kind::Removed, Some(n.to_string()), None);
        let differences = if more { vec![state, gone] } else { vec![state] };
        let signature = Signature::of(200, 200, &differences);
        let sample = Sample { differences, notes: vec!["a note".into()], ..sample("/users/7", "") };
        let _ = scene.samples.record(Heading::route(0), &signature, sample);
    }
    let told = |text: &str, part: &str| text.matches(part).count();
    let text = scene.text();
    assert_eq!(told(&text, "rule: case_insensitive: [/state]"), 1, "{text}");
    assert_eq!((told(&text, "as above: /state\n"), told(&text, "note: a note")), (1, 2), "{text}");
    let mut facts = scene.facts();
    facts.routes[0].0.notes.count("a note", 4);
    let text = Report::build(&facts).to_text(100, Paint::Plain);
    let notes = (told(&text, "no difference, in 4 pairs: a note"), told(&text, "note: a note"));
    assert_eq!(notes, (1, 0), "{text}");
}
