//! Section 9 of the statistics, and what a wish is.

use serde_json::Value;

use super::*;
use crate::domain::{fields::Fields, percent::Share};

fn reference(table: &str) -> Vec<Value> {
    let all: Value =
        serde_json::from_str(include_str!("../../../tests/data/statistics_reference.json")).unwrap();
    all["exact"]["assignment"][table].as_array().unwrap().clone()
}

fn percent(value: &Value) -> Share {
    Share::from_ppm((value.as_f64().unwrap() * 10_000.0).round() as u32).unwrap()
}

fn by_header(group: &str) -> Assignment {
    let by = BucketBy::Header("x-user".to_owned());
    Assignment { by, group: group.to_owned(), ..Assignment::none() }
}

fn bucket(assignment: &Assignment, key: &str) -> Option<Bucket> {
    let fields = Fields::from_pairs([("X-User", key)]);
    assignment.bucket(&Request { target: b"/", fields: &fields, peer: b"" })
}

#[test]
fn keys_fall_and_are_served_as_every_test_vector_says() {
    let vectors = reference("vectors");
    assert_eq!(vectors.len(), 21);
    for vector in &vectors {
        let (group, key) = (vector["salt"].as_str().unwrap(), vector["key"].as_str().unwrap());
        let bucket = by_header(group).bucket_of(key.as_bytes());
        let hash = u64::from_str_radix(vector["h64"].as_str().unwrap(), 16).unwrap();
        assert_eq!(bucket, Bucket::thrown(hash), "{group} {key}");
        assert_eq!(u64::from(bucket.display()), vector["bucket"].as_u64().unwrap(), "{group} {key}");
        for (share, on_new) in vector["on_new"].as_object().unwrap() {
            let share: u32 = share.parse().unwrap();
            let share = Share::from_ppm(share * 10_000).unwrap();
            assert_eq!(share.contains(bucket), on_new.as_bool().unwrap(), "{group} {key} {share}");
        }
    }
}

#[test]
fn without_a_key_there_is_no_bucket_and_with_one_it_is_that_of_the_group() {
    assert_eq!(bucket(&by_header("orders"), ""), None);
    assert_eq!(bucket(&Assignment::none(), "user:42"), None);
    assert_eq!(bucket(&by_header("orders"), "user:42"), Some(Bucket::of("orders", b"user:42")));
    assert_ne!(bucket(&by_header("users"), "user:42"), bucket(&by_header("orders"), "user:42"));
}

/// Pearson's statistic against equal shares.
fn uniformity(buckets: impl Iterator<Item = usize>, cells: usize) -> f64 {
    let mut counts = vec![0u64; cells];
    buckets.for_each(|bucket| counts[bucket] += 1);
    let expected = counts.iter().sum::<u64>() as f64 / cells as f64;
    counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum()
}

/// Pearson's statistic of ten times ten, against the margins.
fn independence(pairs: impl Iterator<Item = (usize, usize)>) -> f64 {
    let mut table = [[0f64; 10]; 10];
    pairs.for_each(|(one, other)| table[one][other] += 1.0);
    let rows = table.map(|row| row.iter().sum::<f64>());
    let columns: [f64; 10] = std::array::from_fn(|column| table.iter().map(|row| row[column]).sum());
    let all: f64 = rows.iter().sum();
    let mut sum = 0.0;
    for (row, cells) in table.iter().enumerate() {
        for (column, seen) in cells.iter().enumerate() {
            let expected = rows[row] * columns[column] / all;
            sum += (seen - expected).powi(2) / expected;
        }
    }
    sum
}

fn of_users(group: &str, keys: usize) -> Vec<Bucket> {
    (0..keys).map(|n| Bucket::of(group, format!("user:{n}").as_bytes())).collect()
}

fn tenth(bucket: &Bucket) -> usize {
    usize::from(bucket.display()) / 1000
}

fn critical(df: u64) -> f64 {
    let row = reference("chi2_critical").into_iter().find(|row| row["df"] == df).unwrap();
    row["upper"]["1e-06"].as_f64().unwrap()
}

#[test]
fn callers_are_spread_evenly_and_as_many_are_on_new_as_the_share_says() {
    for group in ["orders", "users"] {
        let buckets = of_users(group, 100_000);
        let spread = uniformity(buckets.iter().map(|bucket| usize::from(bucket.display()) / 10), 1000);
        assert!(spread <= critical(999), "{group}: {spread}");
        for band in reference("binomial_band") {
            let keys = band["n"].as_u64().unwrap() as usize;
            let Some(first) = buckets.get(..keys) else { continue };
            let share = percent(&band["pct"]);
            let on_new = first.iter().filter(|bucket| share.contains(**bucket)).count() as u64;
            let allowed = band["lo"].as_u64().unwrap()..=band["hi"].as_u64().unwrap();
            assert!(allowed.contains(&on_new), "{group} {share}: {on_new} of {keys}");
        }
    }
}

#[test]
fn who_is_first_in_one_group_is_not_first_in_another() {
    let (orders, users) = (of_users("orders", 50_000), of_users("users", 50_000));
    let statistic = independence(orders.iter().map(tenth).zip(users.iter().map(tenth)));
    assert!(statistic <= critical(81), "{statistic}");
}

/// As the specification has it, to show that the test can fail.
#[test]
fn a_checksum_in_place_of_the_hash_fails_the_test_of_independence() {
    let checksum = |group: &str, n: usize| {
        let text = format!("readshift/v1\0{group}\0user:{n}");
        let mut crc = u32::MAX;
        for byte in text.bytes() {
            crc ^= u32::from(byte);
            (0..8).for_each(|_| crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()));
        }
        tenth(&Bucket::thrown(u64::from(!crc) << 32))
    };
    let pairs = (0..50_000).map(|n| (checksum("orders", n), checksum("users", n)));
    assert!(independence(pairs) > 100.0 * critical(81));
    assert!(uniformity((0..50_000).map(|n| checksum("orders", n)), 10) <= critical(9));
}

#[test]
#[ignore = "two million hashes take a while without optimisation"]
fn a_million_callers_fall_exactly_as_the_reference_counted_them() {
    let (orders, users) = (of_users("orders", 1_000_000), of_users("users", 1_000_000));
    for (name, buckets) in [("sha256:orders", &orders), ("sha256:users", &users)] {
        let row = reference("uniformity").into_iter().find(|row| row["hash"] == name).unwrap();
        let spread = uniformity(buckets.iter().map(|bucket| usize::from(bucket.display())), 10_000);
        assert!((spread / row["chi2"].as_f64().unwrap() - 1.0).abs() < 1e-9, "{name}: {spread}");
        for (share, count) in row["counts"].as_object().unwrap() {
            let share = Share::from_ppm(share.parse::<u32>().unwrap() * 10_000).unwrap();
            let on_new = buckets.iter().filter(|bucket| share.contains(**bucket)).count() as u64;
            assert_eq!(Some(on_new), count.as_u64(), "{name} {share}");
        }
    }
    let row = reference("independence").into_iter().next().unwrap();
    let statistic = independence(orders.iter().map(tenth).zip(users.iter().map(tenth)));
    assert!((statistic / row["chi2_81"].as_f64().unwrap() - 1.0).abs() < 1e-9, "{statistic}");
    let both = |share: Share| {
        let pairs = orders.iter().zip(&users);
        pairs.filter(|(one, other)| share.contains(**one) && share.contains(**other)).count() as u64
    };
    assert_eq!(Some(both(Share::from_ppm(50_000).unwrap())), row["at5"]["both"].as_u64());
    assert_eq!(Some(both(Share::from_ppm(500_000).unwrap())), row["at50"]["both"].as_u64());
}

fn wishes(fields: &[(&str, &str)]) -> Option<Side> {
    let when = |value: &str| Condition {
        of: BucketBy::Header("x-tenant".to_owned()),
        is_any_of: vec![value.to_owned(), format!("{value}-test")],
    };
    let assignment = Assignment {
        pins: vec![
            Pin { when: when("acme"), serve: Side::New },
            Pin { when: when("bank"), serve: Side::Old },
            Pin { when: when("acme"), serve: Side::Old },
        ],
        tester: Some(Tester { header: "x-side".to_owned(), secret: "s3cret".to_owned() }),
        ..Assignment::none()
    };
    let fields = Fields::from_pairs(fields.iter().copied());
    assignment.wish(&Request { target: b"/", fields: &fields, peer: b"" })
}

#[test]
fn the_first_pin_that_holds_decides() {
    assert_eq!(wishes(&[("X-Tenant", "acme")]), Some(Side::New));
    assert_eq!(wishes(&[("X-Tenant", "acme-test")]), Some(Side::New));
    assert_eq!(wishes(&[("X-Tenant", "bank")]), Some(Side::Old));
    assert_eq!(wishes(&[("X-Tenant", "acm")]), None);
    assert_eq!(wishes(&[]), None);
}

#[test]
fn who_knows_the_secret_chooses_and_nobody_else_does() {
    assert_eq!(wishes(&[("X-Side", "new s3cret"), ("X-Tenant", "bank")]), Some(Side::New));
    assert_eq!(wishes(&[("X-Side", "old s3cret"), ("X-Tenant", "acme")]), Some(Side::Old));
    for wrong in
        ["new", "new ", "new s3cre", "new s3cret ", "NEW s3cret", "new s3cretx", "s3cret", "new  s3cret"]
    {
        assert_eq!(wishes(&[("X-Side", wrong)]), None, "{wrong}");
    }
    let open = Tester { header: "x-side".to_owned(), secret: String::new() };
    let fields = Fields::from_pairs([("X-Side", "new ")]);
    assert_eq!(open.wish(&Request { target: b"/", fields: &fields, peer: b"" }), None);
    assert!(!format!("{open:?}").contains("secret"));
}
