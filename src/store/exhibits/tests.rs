//! What is kept, what makes room, and that it stays within its bounds.

use super::*;

const USERS: Heading = Heading::UNROUTED;

fn reply(body: &str) -> Reply {
    Reply {
        status: 200,
        fields: Fields::from_pairs([("set-cookie", "a=hunter2")]),
        body: Payload::Whole(Chunks::from(Bytes::copy_from_slice(body.as_bytes()))),
        trailers: Fields::new(),
    }
}

fn see(exhibits: &Exhibits, kind: &str, at_millis: u64, body: &str) {
    let (old, new) = (reply(body), reply("x"));
    let offered = Offered {
        route: "users",
        at_millis,
        method: b"GET",
        target: b"/",
        outcome: Outcome::Differs,
        old: &old,
        new: &new,
    };
    exhibits.keep(USERS, kind.to_owned(), &offered);
}

fn moments(exhibits: &Exhibits) -> Vec<(String, u64)> {
    exhibits.of(None).iter().map(|s| (s.exhibit.kind.clone(), s.exhibit.at_millis)).collect()
}

#[test]
fn of_each_kind_the_first_and_the_newest_pairs_are_kept() {
    let exhibits = Exhibits::new(1 << 20);
    for second in 0..10 {
        see(&exhibits, "a", second * 1_000, "1");
        see(&exhibits, "a", second * 1_000 + 1, "1");
    }
    let kept: Vec<_> = moments(&exhibits).into_iter().map(|(_, at)| at).collect();
    assert_eq!(kept, [0, 8_000, 9_000]);
    assert!(exhibits.of(None).iter().all(|shown| shown.seen == 20));
    assert!(exhibits.of(Some("other")).is_empty());
}

#[test]
fn the_kind_not_seen_for_longest_makes_room_and_is_counted() {
    let body = "x".repeat(10_000);
    let exhibits = Exhibits::new(40_000);
    for (at, kind) in [(1, "a"), (2, "b"), (3, "c"), (4, "a"), (5, "d")] {
        see(&exhibits, kind, at, &body);
    }
    let kinds: Vec<_> = moments(&exhibits).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["a", "a", "d"]);
    assert_eq!(exhibits.forgotten(), 2);
    assert!(exhibits.held() <= 40_000);
}

#[test]
fn a_large_body_leaves_only_its_length_and_none_is_kept_where_none_are_wanted() {
    let exhibits = Exhibits::new(1 << 20);
    see(&exhibits, "a", 1, &"x".repeat(LARGEST_BODY + 1));
    let shown = exhibits.of(None).remove(0);
    assert_eq!((shown.exhibit.old.body.clone(), shown.exhibit.old.length), (None, 65_537));
    assert_eq!(shown.exhibit.new.body.as_deref(), Some(&b"x"[..]));
    assert!(!format!("{shown:?}").contains("hunter2"));
    let off = Exhibits::new(0);
    see(&off, "a", 1, "x");
    assert!(off.of(None).is_empty());
}

#[test]
fn many_threads_at_once_never_hold_more_than_the_bound() {
    let exhibits = Exhibits::new(50_000);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let exhibits = &exhibits;
            scope.spawn(move || {
                for n in 0..500 {
                    see(exhibits, &format!("{}", (thread * 500 + n) % 37), n * 2_000, &"x".repeat(2_000));
                }
            });
        }
    });
    assert!(exhibits.held() <= 50_000);
    let sizes: usize = exhibits.of(None).iter().map(|shown| shown.exhibit.size()).sum();
    assert_eq!(sizes, exhibits.held());
}
