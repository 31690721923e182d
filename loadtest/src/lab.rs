//! What a whole run stands on: the tools, the cores, the work folder and the three backends (old, new, and a new
//! that differs). Knows no contender and no scenario.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::bodies::{self, Size};
use crate::cli::Flags;
use crate::contender::nginx_backend;
use crate::http;
use crate::process::{Launch, Running};
use crate::tools::Tools;

pub struct Lab {
    pub tools: Tools,
    pub cores: Cores,
    pub old: Backend,
    pub new: Backend,
    pub differs: Backend,
    pub folder: PathBuf,
}

impl Lab {
    pub fn open(tools: Tools, flags: &Flags) -> Result<Lab> {
        let folder = flags.out.join("work");
        // What an interrupted run left lies here, and only that.
        let _nothing_there = fs::remove_dir_all(&folder);
        let [same, differs] = ["same", "differs"].map(|name| folder.join(name));
        bodies::write_all(&same, &differs)?;
        let folder = folder.canonicalize()?;
        let cores = Cores::choose(flags);
        let nginx = tools.nginx.clone().context("nginx is missing")?;
        let start =
            |name: &str, root: &str| Backend::start(&nginx, &folder, name, root, cores.load.as_deref());
        Ok(Lab {
            old: start("old", "same")?,
            new: start("new", "same")?,
            differs: start("new-differs", "differs")?,
            cores,
            tools,
            folder,
        })
    }

    /// `requests`: what is asked, where it is not the same each time.
    pub fn wrk_script(&self, requests: &str) -> Result<PathBuf> {
        let path = self.folder.join("percentiles.lua");
        fs::write(&path, format!("{requests}{}", crate::generator::WRK_SCRIPT))?;
        Ok(path)
    }

    pub fn body_file(&self, size: Size) -> PathBuf {
        self.folder.join("same").join(format!("{}.json", size.0))
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _left_for_the_next_run = fs::remove_dir_all(&self.folder);
    }
}

pub struct Backend {
    running: Running,
    pub at: SocketAddr,
}

impl Backend {
    fn start(nginx: &Path, folder: &Path, name: &str, root: &str, cores: Option<&str>) -> Result<Backend> {
        let [at] = free_ports()?;
        let config = folder.join(format!("{name}.conf"));
        fs::write(&config, nginx_backend(at, &folder.join(root), name))?;
        let args = ["-p", ".", "-c"].map(str::to_owned).into_iter().chain([config.display().to_string()]);
        let mut running = Launch { program: nginx, args: args.collect(), cores }.start(folder, name)?;
        running.until(&format!("the backend `{name}`"), || http::get(at, &Size::USUAL.path()).is_ok())?;
        Ok(Backend { running, at })
    }

    pub fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// Requests so far, this question among them.
    pub fn count(&self) -> Result<u64> {
        let reply = http::get(self.at, "/__count")?;
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        let numbers = text.lines().nth(2).context("stub_status has another shape")?;
        numbers
            .split_whitespace()
            .nth(2)
            .and_then(|word| word.parse().ok())
            .context("no count in stub_status")
    }
}

/// The proxy alone on the first core; generator and backends on the others.
pub struct Cores {
    pub proxy: Option<String>,
    pub load: Option<String>,
    pub word: String,
}

impl Cores {
    fn choose(flags: &Flags) -> Cores {
        let free = |word: &str| Cores { proxy: None, load: None, word: word.to_owned() };
        if flags.no_pin {
            return free("not pinned (--no-pin)");
        }
        if crate::tools::on_path("taskset").is_none() {
            return free("not pinned: taskset is missing (apt install util-linux)");
        }
        let allowed = allowed_cores();
        let Some((first, rest)) = allowed.split_first().filter(|(_, rest)| !rest.is_empty()) else {
            return free("not pinned: only one core, so proxy and load disturb each other");
        };
        let rest = rest.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let word = format!("proxy on core {first}, generator and backends on {rest}");
        Cores { proxy: Some(first.to_string()), load: Some(rest), word }
    }
}

fn allowed_cores() -> Vec<u32> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or_default();
    list.trim()
        .split(',')
        .filter_map(|part| {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            Some(from.parse::<u32>().ok()?..=to.parse::<u32>().ok()?)
        })
        .flatten()
        .collect()
}

/// Ports nobody listens on now. All are held until all are found, so that no two are the same.
pub fn free_ports<const N: usize>() -> Result<[SocketAddr; N]> {
    let mut held = Vec::new();
    let mut ports = [SocketAddr::from(([127, 0, 0, 1], 0)); N];
    for port in &mut ports {
        let listener = TcpListener::bind(*port).context("no free port on 127.0.0.1")?;
        *port = listener.local_addr()?;
        held.push(listener);
    }
    Ok(ports)
}
