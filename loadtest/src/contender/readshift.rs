//! readshift's own configuration: the only place in this program that knows how it is written.
//!
//! One worker, as the others have one, and no X-Forwarded-* headers, since none of the others adds any here.
//! Everything else at its default, since that is what people run; `stage` is
//! `off` (no shadow) or `shadow` (every read mirrored and compared in full).

use super::Wiring;

pub const READY: &str = "/readyz";

pub fn config(wiring: &Wiring, stage: &str) -> String {
    let Wiring { proxy, status, admin, old, new, .. } = wiring;
    format!(
        "listen: {{ proxy: \"{proxy}\", status: \"{status}\", admin: \"{admin}\" }}\n\
         workers: 1\n\
         old: {{ url: \"http://{old}\" }}\n\
         new: {{ url: \"http://{new}\" }}\n\
         rollouts: [{{ id: r, stages: [{stage}] }}]\n\
         log: {{ level: warn }}\n\
         forwarding: {{ x_forwarded: \"off\" }}\n\
         routes: [{{ id: all, rollout: r, match: {{ method: GET, path: \"/**\" }} }}]\n"
    )
}

/// A ladder from shadow to everyone, for moves made by a person past any gate. The field by which the caller knows
/// new from old is forgiven, or the gate would revert before the person does.
pub fn live(wiring: &Wiring) -> String {
    config(wiring, "shadow, 100%")
        .replace("id: r,", "id: r, hold: 0s,")
        .replace("id: all,", "id: all, compare: { ignore: [/items/*/address/zip] },")
}
