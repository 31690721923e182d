//! What reports say of the settings.

use crate::{
    admin::facts::{RouteSetting, RuleSetting, Setting},
    clock,
    config::Config,
    domain::{route::Route, side::Side},
    store::flags::Flags,
};

pub fn setting(config: &Config, flags: &Flags) -> Setting {
    Setting {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        old: address(config, Side::Old),
        new: address(config, Side::New),
        started_millis: clock::unix_millis(),
        routes: config
            .routes
            .iter()
            .map(|settings| RouteSetting {
                id: settings.route.id.clone(),
                pattern: pattern(&settings.route),
                stage: flags.stage(settings.rollout),
                rules: settings.rules.rules().iter().map(RuleSetting::of).collect(),
            })
            .collect(),
    }
}

/// The same of other settings, by a program that goes on.
pub fn anew(setting: &Setting, then: &Config, flags: &Flags) -> Setting {
    Setting { started_millis: setting.started_millis, ..self::setting(then, flags) }
}

fn address(config: &Config, side: Side) -> String {
    let system = match side {
        Side::Old => &config.old,
        Side::New => &config.new,
    };
    system.url.to_string()
}

/// As a person reads it: `GET /users/{id}`.
fn pattern(route: &Route) -> String {
    let methods = if route.methods.is_empty() { "any".to_owned() } else { route.methods.join(", ") };
    let host = route.host.as_deref().unwrap_or_default();
    format!("{methods} {host}{}", route.path)
}
