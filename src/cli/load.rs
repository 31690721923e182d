//! The settings of a command, or what is wrong with them on standard error.

use std::path::Path;

use super::{args::Settings, out};
pub use crate::app::settings::text as read;
use crate::{app::settings::Given, config::Loaded};

/// The settings, or every problem told on standard error.
pub fn load(path: Option<&Path>, settings: &Settings) -> anyhow::Result<Option<Loaded>> {
    match given(path, settings).load()? {
        Ok(loaded) => {
            loaded.warnings.iter().for_each(|warning| out::complain(&format!("warning: {warning}")));
            Ok(Some(loaded))
        }
        Err(problems) => {
            out::complain(&problems.to_string());
            Ok(None)
        }
    }
}

/// Where a command's settings are given.
pub fn given(path: Option<&Path>, settings: &Settings) -> Given {
    Given { file: path.map(Path::to_owned), flags: settings.flags() }
}
