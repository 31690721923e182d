//! The words by which the file says how a rollout moves.

use serde_json::json;

use crate::domain::rollout::{Advance, OnBreach};

use super::{
    forms::text_forms,
    values::{name_of, one_of},
};

text_forms! {
    /// Who advances.
    AdvanceWord: Advance = "manual or auto", |text: &str| one_of(text, ADVANCES), |v: &Advance| name_of(v, ADVANCES),
        json!({ "enum": ["manual", "auto"] });
    /// Where a breach brings a rollout.
    OnBreachWord: OnBreach = "shadow or down", |text: &str| one_of(text, ON_BREACH),
        |v: &OnBreach| name_of(v, ON_BREACH), json!({ "enum": ["shadow", "down"] });
}

const ADVANCES: &[(&str, Advance)] = &[("manual", Advance::Manual), ("auto", Advance::Auto)];
const ON_BREACH: &[(&str, OnBreach)] = &[("shadow", OnBreach::Shadow), ("down", OnBreach::Down)];
