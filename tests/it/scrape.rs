//! A scrape of `/metrics`, read strictly: a line that a scraper could not read fails the test.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug)]
pub struct Scrape {
    rows: Vec<(String, BTreeMap<String, String>, f64)>,
}

impl Scrape {
    pub fn read(text: &str) -> Scrape {
        let mut declared = BTreeSet::new();
        let mut rows = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("# HELP ")) {
            if let Some(typed) = line.strip_prefix("# TYPE ") {
                declared.insert(typed.split(' ').next().unwrap().to_owned());
                continue;
            }
            let (name, labels, number) = row(line).unwrap_or_else(|| panic!("no metric: {line}"));
            let of = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let known = [Some(&*name), of].into_iter().flatten().any(|name| declared.contains(name));
            assert!(known, "not declared before: {line}");
            rows.push((name, labels, number));
        }
        assert!(!rows.is_empty(), "an empty scrape");
        Scrape { rows }
    }

    /// The sum of all rows of that name whose labels hold these.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let fits = |of: &BTreeMap<String, String>| {
            labels.iter().all(|(name, value)| of.get(*name).is_some_and(|found| found == value))
        };
        let found: Vec<_> = self.rows.iter().filter(|row| row.0 == name && fits(&row.1)).collect();
        assert!(!found.is_empty(), "no {name} {labels:?}");
        found.iter().map(|row| row.2).sum()
    }

    pub fn received(&self) -> u64 {
        self.sum("readshift_requests_received_total", &[]) as u64
    }

    pub fn settled(&self, reason: &str) -> u64 {
        self.sum("readshift_requests_settled_total", &[("reason", reason)]) as u64
    }

    /// Promise 4, for every route: received is settled and in flight.
    #[track_caller]
    pub fn adds_up(&self) {
        let name = "readshift_requests_received_total";
        let routes: Vec<_> =
            self.rows.iter().filter(|row| row.0 == name).map(|row| &row.1["route"]).collect();
        assert!(!routes.is_empty(), "no route in the scrape");
        for route in routes {
            let of = |name: &str| self.sum(name, &[("route", route)]);
            let (received, settled) = (of(name), of("readshift_requests_settled_total"));
            let in_flight = of("readshift_requests_in_flight");
            assert_eq!(received, settled + in_flight, "{route}: settled {settled}, in flight {in_flight}");
        }
    }
}

/// `name{label="value",...} number`
fn row(line: &str) -> Option<(String, BTreeMap<String, String>, f64)> {
    let (series, number) = line.rsplit_once(' ')?;
    let (name, inner) = match series.split_once('{') {
        None => (series, ""),
        Some((name, rest)) => (name, rest.strip_suffix('}')?),
    };
    let is_name =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let mut labels = BTreeMap::new();
    // No label value of ours holds a comma or a quote.
    for pair in inner.split(',').filter(|pair| !pair.is_empty()) {
        let (label, value) = pair.split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        let first = labels.insert(label.to_owned(), value.to_owned()).is_none();
        (is_name(label) && first).then_some(())?;
    }
    let number = if number == "+Inf" { f64::INFINITY } else { number.parse().ok()? };
    is_name(name).then(|| (name.to_owned(), labels, number))
}

#[test]
#[should_panic(expected = "settled 1, in flight 1")]
fn an_account_that_does_not_add_up_is_noticed() {
    let text = "# TYPE readshift_requests_received_total counter\n\
        readshift_requests_received_total{route=\"a\"} 3\n\
        # TYPE readshift_requests_in_flight gauge\n\
        readshift_requests_in_flight{route=\"a\"} 1\n\
        # TYPE readshift_requests_settled_total counter\n\
        readshift_requests_settled_total{route=\"a\",verdict=\"match\",reason=\"exact\"} 1\n";
    Scrape::read(text).adds_up();
}
