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
    pub status: SocketAddr,
    pub admin: SocketAddr,
    child: Child,
}

impl Process {
    /// Started with these flags before two systems.
    pub async fn start(old: &Backend, new: &Backend, flags: &[&str]) -> Process {
        Process::between(old.address, new.address, flags).await
    }

    pub async fn between(old: SocketAddr, new: SocketAddr, flags: &[&str]) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_readshift"))
            .args(["run", "--log-format", "json", "--workers", "2"])
            .args(["--old", &format!("http://{old}"), "--new", &format!("http://{new}")])
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
                let found = ["proxy", "status", "admin"].map(|name| address_in(&line, name));
                let found: Option<Vec<SocketAddr>> = found.into_iter().collect();
                if let (Some(found), true) = (found, sender.is_some()) {
                    let _ = sender.take().unwrap().send(found);
                }
            }
        });
        let found = within("readshift says where it listens", address).await.expect("an address");
        Process { address: found[0], status: found[1], admin: found[2], child }
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

    /// As a power cut ends it: no word, no time.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).unwrap();
    }

    /// What a scraper is told now.
    pub async fn metrics(&self) -> String {
        let mut client = Client::connect(self.status).await;
        client.write("GET /metrics HTTP/1.1\r\nHost: lab\r\n\r\n").await;
        client.reply().await.text()
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

fn address_in(line: &str, name: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once(&format!("\"{name}\":\""))?;
    rest.split('"').next()?.parse().ok()
}
