//! What a process and its children used, read from /proc. Never starts or signals anything.

use std::fs;

#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    pub cpu_ns: u64,
    /// Ready to run, but something else had the core.
    pub waited_ns: u64,
    pub rss_kib: u64,
    pub peak_kib: u64,
}

/// The sum over a process and its descendants (nginx does its work in a child).
pub fn of(pid: u32) -> Usage {
    let mut sum = own(pid);
    for child in children(pid) {
        let part = of(child);
        sum.cpu_ns += part.cpu_ns;
        sum.waited_ns += part.waited_ns;
        sum.rss_kib += part.rss_kib;
        sum.peak_kib += part.peak_kib;
    }
    sum
}

/// Makes the present resident size the new peak, so that a peak tells of one run and not of the start.
pub fn forget_peak(pid: u32) {
    // Refused on kernels without CONFIG_PROC_PAGE_MONITOR: the peak is then the one since the start.
    let _may_be_refused = fs::write(format!("/proc/{pid}/clear_refs"), "5");
    for child in children(pid) {
        forget_peak(child);
    }
}

pub fn children(pid: u32) -> Vec<u32> {
    tasks(pid)
        .filter_map(|task| fs::read_to_string(format!("{task}/children")).ok())
        .flat_map(|text| text.split_whitespace().filter_map(|word| word.parse().ok()).collect::<Vec<u32>>())
        .collect()
}

fn own(pid: u32) -> Usage {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    Usage {
        // Nanoseconds on a core, per thread: finer than the ticks of /proc/PID/stat.
        cpu_ns: schedstat(pid, 0),
        waited_ns: schedstat(pid, 1),
        rss_kib: field(&status, "VmRSS:"),
        peak_kib: field(&status, "VmHWM:"),
    }
}

fn schedstat(pid: u32, column: usize) -> u64 {
    tasks(pid)
        .filter_map(|task| fs::read_to_string(format!("{task}/schedstat")).ok())
        .filter_map(|text| text.split_whitespace().nth(column).and_then(|word| word.parse::<u64>().ok()))
        .sum()
}

fn tasks(pid: u32) -> impl Iterator<Item = String> {
    fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().display().to_string())
}

fn field(status: &str, key: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix(key))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|word| word.parse().ok())
        .unwrap_or(0)
}
