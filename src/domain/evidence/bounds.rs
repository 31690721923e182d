//! How often new may differ on one route (statistics 1.1 and 2.4).

use crate::domain::gate::Mismatch;

/// Rates, per comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounds {
    /// Proven below this is a pass.
    pub max: f64,
    /// Proven above this is a breach.
    pub abort: f64,
}

impl Bounds {
    /// `next_share`: of the stage the evidence is for. `route_share`: of the reads of the rollout; where it is not
    /// known the bound is the strictest.
    pub fn of(criteria: &Mismatch, next_share: f64, routes: usize, route_share: f64) -> Bounds {
        let budgeted = if next_share > 0.0 { criteria.exposure_budget / next_share } else { criteria.cap };
        // Not `clamp`, which has no answer where a person sets the floor above the cap.
        let pooled = criteria.max.unwrap_or_else(|| budgeted.max(criteria.floor).min(criteria.cap));
        let known = route_share.is_finite() && route_share > 0.0;
        let fair = if known { pooled / (routes.max(1) as f64 * route_share) } else { pooled };
        let max = pooled.max(fair.min(criteria.cap));
        Bounds { max, abort: criteria.abort_factor * max }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::stats::reference::{close, table};

    #[test]
    fn the_bound_of_each_stage_is_that_of_the_reference_values() {
        for row in table("stage_defaults") {
            let share = row["target_share"].as_f64().unwrap();
            let bounds = Bounds::of(&Mismatch::default(), share, 1, 1.0);
            close(bounds.max, &row["p_max"], &row.to_string());
            close(bounds.abort, &row["p_abort"], &row.to_string());
        }
    }

    #[test]
    fn a_route_with_little_traffic_has_the_bound_of_the_reference_values() {
        let budget = table("route_budget").remove(0);
        let criteria = Mismatch { max: budget["p_max"].as_f64(), ..Mismatch::default() };
        let routes = budget["routes"].as_array().unwrap();
        let mut total = 0.0;
        for row in routes {
            let share = row["share"].as_f64().unwrap();
            let bounds = Bounds::of(&criteria, 1.0, routes.len(), share);
            close(bounds.max, &row["p_max_route"], &row.to_string());
            close(bounds.max * share, &row["budget"], &row.to_string());
            total += bounds.max * share;
        }
        close(total, &budget["total_budget"], "all of them");
    }

    #[test]
    fn a_share_that_is_not_known_makes_the_bound_no_wider() {
        let criteria = Mismatch::default();
        for share in [0.0, f64::NAN, -1.0] {
            assert_eq!(Bounds::of(&criteria, 0.01, 6, share).max, 1e-3);
        }
        assert_eq!(Bounds::of(&criteria, 0.0, 1, 1.0).max, criteria.cap);
    }

    proptest! {
        #[test]
        fn no_share_makes_a_bound_stricter_than_that_of_the_rollout_or_wider_than_the_cap(
            next in 0.0..1.0f64, routes in 0usize..100, share in 0.0..1.0f64,
        ) {
            let criteria = Mismatch::default();
            let told = Bounds::of(&criteria, next, routes, share).max;
            prop_assert!(told >= Bounds::of(&criteria, next, 1, 1.0).max && told <= criteria.cap);
        }
    }
}
