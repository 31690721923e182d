//! `readshift rules`: pairs that a running readshift kept, and what other rules would say of them.

mod exhibit;
mod trial;

use std::{fs::File, io::Read as _, path::Path};

use anyhow::{Context as _, bail};
use exhibit::Kept;
use serde_json::Value;
use trial::Trial;

use super::{
    Exit,
    admin::Admin,
    args::{Export, Pairs, Rules as Command, Settings, Try},
    load::{load, read},
    out,
};
use crate::{
    clock,
    config::{self, RouteSettings},
    domain::compare::{Limits, rules::Rules},
};

/// No answer of the admin listener is larger: pairs are bounded in bytes there.
const MOST_BYTES: u64 = 4 << 30;
/// Keys at the top that a config has and the `compare` section of a route has not.
const OF_A_CONFIG: &[&str] = &["routes", "old", "new", "listen", "rollouts"];

pub fn run(command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Try(args) => try_out(args),
        Command::Export(args) => export(args),
    }
}

fn export(args: &Export) -> anyhow::Result<Exit> {
    out::print(&Admin::of(&args.admin)?.get(&target(args.route.as_deref()))?.text()?)?;
    Ok(Exit::Fine)
}

fn target(route: Option<&str>) -> String {
    route.map_or_else(|| "/api/v1/exhibits".to_owned(), |route| format!("/api/v1/exhibits?route={route}"))
}

fn try_out(args: &Try) -> anyhow::Result<Exit> {
    let Some(changed) = Changed::read(&args.rules, args.route.as_deref())? else {
        return Ok(Exit::Trouble);
    };
    let text = match &args.from {
        Pairs { exhibits: Some(path), .. } => text_of(path)?,
        Pairs { admin, .. } => Admin::of(admin)?.get(&target(args.route.as_deref()))?.text()?,
    };
    let Kept { exhibits, forgotten } = Kept::read(&text)?;
    let mut trial = Trial::new(clock::unix_millis());
    for exhibit in &exhibits {
        if args.route.as_ref().is_none_or(|route| *route == exhibit.route) {
            trial.judge(exhibit, changed.rules_of(&exhibit.route), &changed.limits)?;
        }
    }
    out::print(&trial.to_text(forgotten))?;
    Ok(trial.exit())
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    let name = path.display();
    let file = File::open(path).with_context(|| format!("could not open {name}"))?;
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).with_context(|| format!("could not read {name}"))?;
    Ok(text)
}

/// The rules that are tried.
struct Changed {
    rules: Vec<(String, Rules)>,
    limits: Limits,
}

impl Changed {
    /// Of a whole config, or of the one route a section is meant for. `None`: the problems were told.
    fn read(path: &Path, route: Option<&str>) -> anyhow::Result<Option<Changed>> {
        let (name, text) = read("rules", path)?;
        let read: Option<Value> = serde_saphyr::from_str(&text).ok();
        let is_config = read.is_some_and(|value| OF_A_CONFIG.iter().any(|key| value.get(key).is_some()));
        match route {
            _ if is_config => {
                let Some(loaded) = load(Some(path), &Settings::default())? else { return Ok(None) };
                let rules = |settings: RouteSettings| (settings.route.id, settings.rules);
                let config = loaded.config;
                let rules: Vec<_> = config.routes.into_iter().map(rules).collect();
                if let Some(route) = route.filter(|route| rules.iter().all(|(id, _)| id != route)) {
                    bail!("{name} has no route {route:?}");
                }
                Ok(Some(Changed { rules, limits: config.compare }))
            }
            None => {
                bail!("{name} is no config; if it is the `compare` section of a route, name that by --route")
            }
            Some(route) => match config::rules(&name, &text) {
                Ok(rules) => {
                    Ok(Some(Changed { rules: vec![(route.to_owned(), rules)], limits: Limits::default() }))
                }
                Err(problems) => {
                    out::complain(&problems.to_string());
                    Ok(None)
                }
            },
        }
    }

    fn rules_of(&self, route: &str) -> Option<&Rules> {
        self.rules.iter().find(|(id, _)| id == route).map(|(_, rules)| rules)
    }
}
