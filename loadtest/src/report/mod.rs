//! Tells the result: tables on the screen, all of it as JSON, and the same tables into a Markdown file. Computes
//! nothing of its own.

pub mod table;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::cli::Flags;
use crate::lab::Lab;
use crate::run::{Outcome, Run};
use crate::targets::{Judged, judge};

/// The name of the block that holds the load runs, and of the one that holds the comparison.
const LOAD: &str = "loadtest";
const COMPARED: &str = "compare";
const REVERTED: &str = "revert";

#[derive(Serialize)]
pub struct Report {
    machine: Machine,
    seconds: u64,
    skipped: Vec<String>,
    targets: Vec<Judged>,
    runs: Vec<Run>,
}

#[derive(Serialize)]
struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    pinning: String,
    versions: Vec<(String, String)>,
}

impl Report {
    pub fn new(lab: &Lab, flags: &Flags, outcome: Outcome) -> Report {
        let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name"));
        let machine = Machine {
            cpu: model.unwrap_or("unknown").trim_matches([' ', '\t', ':']).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            pinning: lab.cores.word.clone(),
            versions: lab.tools.versions(),
        };
        Report {
            machine,
            targets: judge(&outcome),
            skipped: outcome.skipped,
            seconds: flags.seconds(),
            runs: outcome.runs,
        }
    }

    /// Of the targets this run was asked about.
    pub fn all_met(&self) -> bool {
        self.targets.iter().all(|judged| judged.met() || !judged.asked)
    }

    pub fn publish(&self, flags: &Flags) -> Result<()> {
        let text = self.markdown();
        show(&text);
        let file = flags.out.join("last.json");
        fs::write(&file, serde_json::to_string_pretty(self)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
        match &flags.write {
            Some(page) => replace_block(page, LOAD, &text),
            None => Ok(()),
        }
    }

    fn markdown(&self) -> String {
        let Machine { cpu, cores, pinning, versions, .. } = &self.machine;
        let versions: Vec<String> =
            versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let reps = self.runs.iter().map(|run| run.rep).max().unwrap_or(0);
        let mut text = format!(
            "{cpu}, {cores} cores; {pinning}; medians of {reps} interleaved repetitions, {} s each; {}.\n",
            self.seconds,
            versions.join(", ")
        );
        text.push_str(&table::runs(&self.runs));
        text.push_str(&table::targets(&self.targets));
        if !self.skipped.is_empty() {
            text.push_str("\nSkipped:\n\n");
            text.extend(self.skipped.iter().map(|word| format!("- {word}\n")));
        }
        text
    }
}

#[expect(clippy::print_stdout, reason = "the tables are what this program is for")]
fn show(text: &str) {
    println!("{text}");
}

/// The table of the comparison, on the screen and where asked into a page.
pub fn publish_compared(flags: &Flags, text: &str) -> Result<()> {
    show(text);
    flags.write.as_deref().map_or(Ok(()), |page| replace_block(page, COMPARED, text))
}

/// How soon a revert holds, likewise.
pub fn publish_reverted(flags: &Flags, text: &str) -> Result<()> {
    show(text);
    flags.write.as_deref().map_or(Ok(()), |page| replace_block(page, REVERTED, text))
}

fn replace_block(page: &Path, name: &str, text: &str) -> Result<()> {
    let whole = fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
    let [begin, end] = markers(name);
    let replaced = with_block(&whole, name, text)
        .with_context(|| format!("{} lacks the lines `{begin}` and `{end}`", page.display()))?;
    fs::write(page, replaced).with_context(|| format!("cannot write {}", page.display()))
}

fn markers(name: &str) -> [String; 2] {
    ["begin", "end"].map(|word| format!("<!-- {name}:{word} -->"))
}

fn with_block(whole: &str, name: &str, text: &str) -> Option<String> {
    let [begin, end] = markers(name);
    let (head, rest) = whole.split_once(&begin)?;
    let (_, foot) = rest.split_once(&end)?;
    Some(format!("{head}{begin}\n{}\n{end}{foot}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_block_between_the_markers_is_replaced() {
        let page = |inside: &str| {
            format!(
                "before\n<!-- a:begin -->\n{inside}\n<!-- a:end -->\nafter <!-- b:begin --><!-- b:end -->\n"
            )
        };
        assert_eq!(with_block(&page("old"), "a", "new\n"), Some(page("new")));
    }

    #[test]
    fn a_page_without_markers_is_left_alone() {
        assert_eq!(with_block("nothing here", "a", "new"), None);
    }
}
