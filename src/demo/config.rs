//! The demo's config, as the operator of that shop would write it.
//!
//! It forgives what is known to differ and to be right, the ids that each side mints, and nothing
//! else: a rule that hid a defect would make the demo a lie.

use std::net::SocketAddr;

/// What `readshift run` would be given, with these addresses.
pub fn yaml(
    proxy: SocketAddr,
    status: SocketAddr,
    admin: SocketAddr,
    old: SocketAddr,
    new: SocketAddr,
) -> String {
    format!(
        r#"# The shop moves from its old backend to a new one. Nothing is served by new yet.
listen:
  proxy:  {proxy}
  status: {status}
  admin:  {admin}

old: {{ url: "http://{old}", timeout: 2s }}
new: {{ url: "http://{new}", timeout: 2s }}

shadow:
  max_in_flight: 256
  max_body: 1 MiB             # the catalogue has about 200 KiB and is compared field by field

recheck:
  delays: [100ms, 500ms, 2s, 5s]   # a demo is over before a minute has passed

control:
  share: 25%                  # for the same reason: 5 % tell as much of a service that runs for a day

log: {{ format: text, level: warn }}

rollouts:
  - id: shop
    stages: [shadow]

routes:
  - id: get-user
    rollout: shop
    match: {{ method: GET, path: "/users/{{id}}" }}
    compare:
      ignore: [{{ at: /meta/request_id, why: minted per request }}]

  - id: get-order
    rollout: shop
    match: {{ method: GET, path: "/orders/{{id}}" }}
    compare:
      ignore: [{{ at: /meta/request_id, why: minted per request }}]

  - id: list-orders
    rollout: shop
    match: {{ method: GET, path: /orders }}
    compare:
      ignore: [{{ at: /meta/request_id, why: minted per request }}]

  - id: search
    rollout: shop
    match: {{ method: GET, path: /search }}

  - id: search-post
    rollout: shop
    match: {{ method: POST, path: /search }}
    read: true                # a search whose terms do not fit a URL; it changes nothing

  - id: catalogue
    rollout: shop
    match: {{ method: GET, path: /catalogue }}

  - id: get-quote
    rollout: shop
    match: {{ method: GET, path: "/quotes/{{item}}" }}

  - id: daily-report
    rollout: shop
    match: {{ method: GET, path: /reports/daily }}
"#
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::{
        super::defects::{DEFECTS, EVERY_ROUTE, Sign},
        *,
    };

    fn parsed() -> Value {
        let [proxy, status, admin, old, new] =
            [1, 2, 3, 4, 5].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        serde_json::to_value(serde_saphyr::from_str::<Value>(&yaml(proxy, status, admin, old, new)).unwrap())
            .unwrap()
    }

    #[test]
    fn the_config_names_every_address_and_route() {
        let config = parsed();
        assert_eq!(config["listen"]["admin"], "127.0.0.1:3");
        assert_eq!(config["old"]["url"], "http://127.0.0.1:4");
        assert_eq!(config["new"]["url"], "http://127.0.0.1:5");
        assert_eq!(config["routes"].as_array().unwrap().len(), 8);
        assert_eq!(config["routes"][0]["match"]["path"], "/users/{id}");
        assert_eq!(config["routes"][4]["read"], true);
    }

    #[test]
    fn every_defect_names_a_route_of_the_config() {
        let config = parsed();
        let ids: HashSet<_> =
            config["routes"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
        for defect in DEFECTS {
            assert!(defect.route == EVERY_ROUTE || ids.contains(defect.route), "{}", defect.name);
        }
    }

    #[test]
    fn no_rule_hides_a_defect() {
        let config = parsed();
        for route in config["routes"].as_array().unwrap() {
            let ignored = route["compare"]["ignore"].as_array().cloned().unwrap_or_default();
            for defect in DEFECTS.iter().filter(|defect| route["id"] == defect.route) {
                if let Sign::Body(at) | Sign::BodyForAWhile(at) | Sign::Noise(at) = defect.sign {
                    assert!(ignored.iter().all(|rule| rule["at"] != at), "{}", defect.name);
                }
            }
        }
    }
}
