//! What is kept of mismatches, what is let go, and what is told of it.

use super::*;
use crate::domain::compare::{
    difference::{Kind, Place},
    explain::Cause,
};

const USERS: Heading = Heading::UNROUTED;

fn shape(n: u16) -> Signature {
    Signature::of_failure(n, "timeout")
}

fn sample(at_millis: u64) -> Sample {
    Sample {
        at_millis,
        method: "GET".into(),
        target: format!("/users/{at_millis}"),
        old_status: 200,
        new_status: Some(404),
        differences: Vec::new(),
        more: 0,
        notes: Vec::new(),
        old_took: Duration::from_millis(1),
        new_took: Duration::from_millis(2),
    }
}

fn samples(signatures: usize) -> Samples {
    Samples::new(Limits { signatures, ..Limits::default() })
}

#[test]
fn only_the_first_sight_of_a_shape_is_told_as_one() {
    let samples = samples(9);
    assert_eq!(samples.record(USERS, &shape(200), sample(1)), FirstSight(true));
    assert_eq!(samples.record(USERS, &shape(200), sample(2)), FirstSight(false));
    assert_eq!(samples.record(Heading::route(0), &shape(200), sample(3)), FirstSight(true));
}

#[test]
fn the_first_sample_and_the_newest_ones_are_kept() {
    let samples = samples(9);
    for at in 1..=20 {
        let _ = samples.record(USERS, &shape(200), sample(at));
    }
    let kept = samples.of(USERS).shapes.remove(0);
    let moments: Vec<_> = kept.samples.iter().map(|sample| sample.at_millis).collect();
    assert_eq!(moments, [1, 17, 18, 19, 20]);
    assert_eq!((kept.count, kept.first_millis, kept.last_millis), (20, 1, 20));
}

#[test]
fn past_the_bound_the_shape_not_seen_for_longest_goes_and_is_counted() {
    let samples = samples(2);
    for (at, n) in [(1, 200), (2, 201), (3, 200), (4, 202)] {
        let _ = samples.record(USERS, &shape(n), sample(at));
    }
    let gallery = samples.of(USERS);
    assert_eq!(gallery.shapes.iter().map(|s| s.count).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(gallery.forgotten, Forgotten { shapes: 1, mismatches: 1 });
    assert_eq!(samples.evicted(), 1);
    assert_eq!(samples.record(USERS, &shape(201), sample(5)), FirstSight(true));
}

#[test]
fn what_a_sample_holds_is_cut_to_a_bound_and_the_rest_is_counted() {
    let difference = Difference {
        place: Place::Body("/a".into()),
        shape: "/a".into(),
        types: None,
        causes: Vec::new(),
        kind: Kind::Changed,
        old: None,
        new: None,
    };
    let wide = Sample {
        target: "/ä".repeat(4000),
        differences: vec![difference; 50],
        more: 7,
        notes: vec!["n".into(); 50],
        ..sample(1)
    };
    let samples = samples(2);
    let _ = samples.record(USERS, &shape(200), wide);
    let kept = samples.of(USERS).shapes.remove(0).samples.remove(0).unwrap();
    assert!(kept.target.len() <= 1024 + '…'.len_utf8());
    assert_eq!((kept.differences.len(), kept.more, kept.notes.len()), (10, 47, 8));
}

#[test]
fn every_mismatch_of_a_shape_speaks_for_its_cause_kept_or_not() {
    let samples = samples(2);
    for n in 0..20 {
        let (old, new) = (format!("\"Name {n}\""), format!("\"NAME {n}\""));
        let place = Place::Body("/name".into());
        let difference = Difference {
            causes: vec![Cause::Case],
            ..Difference::at(place, Kind::Text, Some(old), Some(new))
        };
        let sample = Sample { differences: vec![difference; 50], ..sample(n) };
        let _ = samples.record(USERS, &shape(200), sample);
    }
    let explained = samples.of(USERS).shapes.remove(0).tallies.explained();
    assert_eq!(explained[0].told.says, "the same in another case (1000 of 1000)");
    assert_eq!(explained[0].told.rule.as_deref(), Some("case_insensitive: [/name]"));
}

#[test]
fn many_threads_at_once_never_keep_more_than_the_bound() {
    let samples = samples(10);
    std::thread::scope(|scope| {
        for thread in 0..4_u16 {
            let samples = &samples;
            scope.spawn(move || {
                for n in 0..200 {
                    let _ = samples.record(USERS, &shape(thread * 200 + n), sample(1));
                }
            });
        }
    });
    let gallery = samples.of(USERS);
    assert_eq!(gallery.shapes.len(), 10);
    assert_eq!(gallery.forgotten.mismatches, 790);
}

#[test]
fn what_is_new_of_a_shape_is_handed_out_once_and_only_so_much_at_a_time() {
    let samples = samples(9);
    let see = |n, at| {
        let _ = samples.record(USERS, &shape(n), sample(at));
    };
    let told = |most| -> Vec<(String, u64, Vec<u64>)> {
        let news = samples.take_news(USERS, most).into_iter();
        news.map(|news| {
            let at = news.samples.iter().map(|sample| sample.at_millis);
            (news.signature.text().to_owned(), news.count, at.collect())
        })
        .collect()
    };
    let named = |n: u16| shape(n).text().to_owned();
    (1..=9).for_each(|at| see(200, at));
    see(201, 10);
    see(202, 11);
    let first = [(named(200), 9, vec![1, 6, 7, 8, 9]), (named(201), 1, vec![10])];
    assert_eq!(told(2), first, "those that wait for longest");
    see(200, 12);
    see(200, 13);
    assert_eq!(told(2), [(named(202), 1, vec![11]), (named(200), 11, vec![13])]);
    assert_eq!(told(2), []);
}
