//! How much comparisons that belong together are worth (statistics 2.2). For reports: a gate goes by distinct data.

/// Looks at one key, and how many of them differed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cluster {
    pub looks: u64,
    pub mismatches: u64,
}

/// As many independent comparisons as these looks are worth at least (Kish 1965).
pub fn effective(looks: &[f64]) -> f64 {
    let sum: f64 = looks.iter().sum();
    let squares: f64 = looks.iter().map(|one| one * one).sum();
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// By how much comparisons of the same key are alike, from 0 to 1, by the analysis of variance; `None` where there
/// are too few to tell.
pub fn correlation(clusters: &[Cluster]) -> Option<f64> {
    let known: Vec<(f64, f64)> = clusters
        .iter()
        .filter(|cluster| cluster.looks > 0)
        .map(|cluster| (cluster.looks as f64, cluster.mismatches as f64))
        .collect();
    let (looks, mismatches) = known.iter().fold((0.0, 0.0), |(n, k), one| (n + one.0, k + one.1));
    let keys = known.len() as f64;
    if keys < 2.0 || looks <= keys {
        return None;
    }
    let mean = mismatches / looks;
    let between: f64 = known.iter().map(|(n, k)| n * (k / n - mean).powi(2)).sum::<f64>() / (keys - 1.0);
    let within: f64 = known.iter().map(|(n, k)| k * (1.0 - k / n)).sum::<f64>() / (looks - keys);
    let usual = (looks - known.iter().map(|(n, _)| n * n).sum::<f64>() / looks) / (keys - 1.0);
    let whole = between + (usual - 1.0) * within;
    (whole > 0.0).then(|| (between - within) / whole)
}

/// By what factor looks at the same key, `looks` on average, count less than independent ones.
pub fn design_effect(looks: f64, correlation: f64) -> f64 {
    1.0 + (looks - 1.0) * correlation
}

#[cfg(test)]
mod tests {
    use super::{
        super::reference::{close, table},
        *,
    };

    fn looks(described: &serde_json::Value) -> Vec<f64> {
        match described.as_str() {
            None => described.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect(),
            Some("desc:one key 10000 + 1000 keys once") => [vec![1e4], vec![1.0; 1_000]].concat(),
            Some("desc:50 keys x100 + 5000 keys once") => [vec![100.0; 50], vec![1.0; 5_000]].concat(),
            Some("desc:Zipf(1) 1000 keys, m_i=1000/i") => (1..=1_000).map(|i| 1e3 / f64::from(i)).collect(),
            Some(other) => panic!("{other}"),
        }
    }

    #[test]
    fn the_effective_number_is_that_of_the_reference_values() {
        for row in table("kish") {
            close(effective(&looks(&row["m"])), &row["n_eff"], &row["m"].to_string());
        }
        assert_eq!(effective(&[]), 0.0);
    }

    #[test]
    fn the_correlation_within_keys_is_that_of_the_reference_values() {
        let row = table("icc").remove(0);
        let groups = row["groups"].as_array().unwrap();
        let cluster = |group: &serde_json::Value| Cluster {
            looks: group[0].as_u64().unwrap(),
            mismatches: group[1].as_u64().unwrap(),
        };
        let clusters: Vec<Cluster> = groups.iter().map(cluster).collect();
        let correlation = correlation(&clusters).unwrap();
        close(correlation, &row["icc"], "icc");
        let looks: f64 = clusters.iter().map(|one| one.looks as f64).sum();
        let weighted = clusters.iter().map(|one| (one.looks as f64).powi(2)).sum::<f64>() / looks;
        close(weighted, &row["m_weighted"], "weighted looks");
        let effect = design_effect(weighted, correlation);
        close(effect, &row["deff"], "deff");
        close(looks / effect, &row["n_eff"], "n_eff");
    }

    #[test]
    fn the_design_effect_is_that_of_the_reference_values() {
        for row in table("deff") {
            let number = |name: &str| row[name].as_f64().unwrap();
            close(design_effect(number("mbar"), number("rho")), &row["deff"], &row.to_string());
        }
    }

    #[test]
    fn of_one_key_nothing_can_be_said() {
        let one = Cluster { looks: 10, mismatches: 1 };
        assert_eq!((correlation(&[one]), correlation(&[])), (None, None));
        let single = Cluster { looks: 1, mismatches: 0 };
        assert_eq!(correlation(&[single, single]), None);
    }
}
