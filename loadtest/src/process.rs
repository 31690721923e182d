//! A child process that never outlives this one. No scenario may start a process any other way.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::{clock, usage};

/// What to start: a program, its arguments and the cores it may use (`taskset` notation).
pub struct Launch<'a> {
    pub program: &'a Path,
    pub args: Vec<String>,
    pub cores: Option<&'a str>,
}

impl Launch<'_> {
    /// `taskset` and `setpriv` replace themselves by the program, so the process id stays the one we know.
    /// The kernel sends SIGTERM when we are gone, whether by Ctrl-C, by a panic or by SIGKILL.
    fn command(&self) -> Command {
        let pinned = self.cores.map(|cores| vec!["taskset".to_owned(), "-c".to_owned(), cores.to_owned()]);
        let guard = ["setpriv", "--pdeathsig", "TERM"].map(str::to_owned);
        let mut words = pinned.into_iter().flatten().chain(guard);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).arg(self.program).args(&self.args).stdin(Stdio::null());
        command
    }

    pub fn start(&self, folder: &Path, name: &str) -> Result<Running> {
        let log = folder.join(format!("{name}.log"));
        let stderr = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let child = self
            .command()
            .current_dir(folder)
            .stdout(stderr.try_clone()?)
            .stderr(stderr)
            .spawn()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        Ok(Running { child, log })
    }

    /// Runs to the end, at most `seconds` long.
    pub fn finish(mut self, seconds: u64) -> Result<Output> {
        let inner = std::mem::take(&mut self.args);
        let program = self.program.display().to_string();
        self.args = [seconds.to_string(), program.clone()].into_iter().chain(inner).collect();
        self.program = Path::new("timeout");
        let output = self.command().output().with_context(|| format!("cannot start {program}"))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{program} ended with {}: {}", output.status, said.trim());
        }
        Ok(output)
    }
}

pub struct Running {
    child: Child,
    log: std::path::PathBuf,
}

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `ready` says so. A process that ends before is an error with its last words.
    pub fn until(&mut self, name: &str, mut ready: impl FnMut() -> bool) -> Result<()> {
        // Envoy takes about a second on one core; fifteen are for slow machines.
        for _ in 0..300 {
            if ready() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{name} ended before it was ready ({status}) {}", self.last_words());
            }
            clock::pause(50);
        }
        bail!("{name} was not ready within 15 s {}", self.last_words())
    }

    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    pub fn last_words(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
    }
}

impl Drop for Running {
    /// Ends by id, never by name. nginx's workers are ends of their own if their master had to be killed.
    fn drop(&mut self) {
        let workers = usage::children(self.child.id());
        if self.has_ended() {
            return;
        }
        let _gone_already = kill_process(Pid::from_child(&self.child), Signal::TERM);
        for _ in 0..100 {
            if self.has_ended() {
                return;
            }
            clock::pause(20);
        }
        let _gone_already = self.child.kill();
        let _status = self.child.wait();
        for worker in workers.into_iter().filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?)) {
            let _gone_already = kill_process(worker, Signal::KILL);
        }
    }
}
