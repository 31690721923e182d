//! The program itself, for what only a process of its own can show: signals, exit codes, memory.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
};

use super::{Backend, Client, within};

/// A running `readshift run`.
pub struct Process {
    pub address: SocketAddr,
    child: Child,
}

impl Process {
    /// Started with these flags before two systems.
    pub async fn start(old: &Backend, new: &Backend, flags: &[&str]) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_readshift"))
            .args(["run", "--log-format", "json", "--workers", "2"])
            .args(["--old", &format!("http://{}", old.address), "--new", &format!("http://{}", new.address)])
            .args(["--listen", "127.0.0.1:0", "--status", "127.0.0.1:0", "--admin", "127.0.0.1:0"])
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .expect("readshift starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, address) = tokio::sync::oneshot::channel();
        // Reads to the end, so that the program never waits for somebody to read its log.
        std::thread::spawn(move || {
            let mut sender = Some(sender);
            while let Some(Ok(line)) = lines.next() {
                if let (Some(found), true) = (address_in(&line), sender.is_some()) {
                    let _ = sender.take().unwrap().send(found);
                }
            }
        });
        let address = within("readshift says where it listens", address).await.expect("an address");
        Process { address, child }
    }

    pub async fn raw(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Bytes of memory it holds.
    pub fn resident(&self) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = text.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
    }

    pub fn terminate(&self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    }

    pub async fn exit(mut self) -> ExitStatus {
        within("readshift ends", async {
            loop {
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status;
                }
                tokio::time::sleep(super::LOOK_AGAIN).await;
            }
        })
        .await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("\"proxy\":\"")?;
    rest.split('"').next()?.parse().ok()
}
