//! The built binary as a child process, and a backend for it to talk to.

use std::{
    env,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

use readshift::clock::now;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Our binary, with nothing of the caller's environment that it would read.
pub fn readshift(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_readshift"));
    command.args(args).stdin(Stdio::null());
    env::vars().filter(|(name, _)| name.starts_with("READSHIFT_")).for_each(|(name, _)| {
        command.env_remove(name);
    });
    command
}

/// How a command that ends by itself ended.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn ended(args: &[&str]) -> Ended {
    told(readshift(args).output().unwrap())
}

pub fn told(output: Output) -> Ended {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// A file that is gone with the test.
pub struct File(PathBuf);

impl File {
    pub fn of(text: &str) -> File {
        File::ending("yaml", text)
    }

    /// Whose name ends so.
    pub fn ending(ending: &str, text: impl AsRef<[u8]>) -> File {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("readshift-{}-{number}.{ending}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        File(path)
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// `readshift run` with every listener on a port of its own choice.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    pub proxy: SocketAddr,
    pub status: SocketAddr,
    pub admin: SocketAddr,
}

impl Running {
    pub fn start(args: &[&str]) -> Running {
        let ports = ["--listen", "127.0.0.1:0", "--status", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
        let mut child = readshift(&[&["run"], args, &ports].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut running =
            Running { child, lines, seen: Vec::new(), proxy: nowhere, status: nowhere, admin: nowhere };
        let up = running.line_with("is up");
        let at = |key: &str| address(&up, key);
        (running.proxy, running.status, running.admin) = (at("proxy"), at("status"), at("admin"));
        running
    }

    /// With these two backends.
    pub fn between(old: &Backend, new: &Backend) -> Running {
        Running::start(&["--old", &old.url(), "--new", &new.url()])
    }

    /// The next line of the log that holds this text.
    pub fn line_with(&mut self, text: &str) -> String {
        let until = now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(now())) {
                Ok(line) => self.seen.push(line),
                Err(_) => {
                    let complaints = self.complaints();
                    panic!("no line with {text:?} in {:#?}\n{complaints}", self.seen)
                }
            }
            if let Some(line) = self.seen.last().filter(|line| line.contains(text)) {
                return line.clone();
            }
        }
    }

    fn complaints(&mut self) -> String {
        let _ = self.child.kill();
        let mut text = String::new();
        self.child.stderr.take().map(|mut err| err.read_to_string(&mut text));
        text
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The exit code, and every line of the log.
    pub fn ended(mut self) -> (i32, Vec<String>) {
        let until = now() + PATIENCE;
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code().expect("ended by a signal");
            }
            assert!(now() < until, "still running: {:#?}", self.seen);
            thread::sleep(Duration::from_millis(5));
        };
        self.seen.extend(self.lines.iter());
        (code, std::mem::take(&mut self.seen))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// From a line of the log, in either of its formats.
fn address(line: &str, key: &str) -> SocketAddr {
    let text = match serde_json::from_str::<Value>(line) {
        Ok(line) => line[key].as_str().unwrap().to_owned(),
        Err(_) => {
            let rest = line.split(&format!("{key}=")).nth(1).unwrap_or_else(|| panic!("{key} in {line}"));
            rest.split(' ').next().unwrap().to_owned()
        }
    };
    text.parse().unwrap()
}

/// Answers every request; one whose path holds `held` only when it is let go.
pub struct Backend {
    pub address: SocketAddr,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

#[derive(Default)]
struct Gate {
    open: bool,
    waiting: usize,
    seen: Vec<String>,
}

impl Backend {
    pub fn replying(body: &'static str) -> Backend {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let gate = Arc::<(Mutex<Gate>, Condvar)>::default();
        let all = gate.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let gate = all.clone();
                thread::spawn(move || converse(stream, body, &gate));
            }
        });
        Backend { address, gate }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Until so many requests are held.
    pub fn holds(&self, number: usize) {
        let (gate, changed) = &*self.gate;
        let gate = changed.wait_timeout_while(gate.lock().unwrap(), PATIENCE, |gate| gate.waiting < number);
        assert!(!gate.unwrap().1.timed_out(), "no request came");
    }

    pub fn lets_go(&self) {
        let (gate, changed) = &*self.gate;
        gate.lock().unwrap().open = true;
        changed.notify_all();
    }

    /// The request lines so far.
    pub fn seen(&self) -> Vec<String> {
        self.gate.0.lock().unwrap().seen.clone()
    }
}

fn converse(stream: TcpStream, body: &str, gate: &(Mutex<Gate>, Condvar)) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if !matches!(reader.read_line(&mut head), Ok(1..)) {
                return;
            }
        }
        let (all, changed) = gate;
        let mut now = all.lock().unwrap();
        now.seen.push(head.lines().next().unwrap().to_owned());
        if head.contains("held") {
            now.waiting += 1;
            changed.notify_all();
            now = changed.wait_while(now, |gate| !gate.open).unwrap();
        }
        drop(now);
        let length = body.len();
        let reply = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        if stream.write_all(reply.as_bytes()).is_err() {
            return;
        }
    }
}

/// One GET on a connection of its own: the status and the body. `None`: no whole reply.
pub fn get(address: SocketAddr, target: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").ok()?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).ok()?;
    let (head, body) = reply.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// Until the status listener answers so.
pub fn until_told(address: SocketAddr, target: &str, fits: impl Fn(u16, &str) -> bool) -> String {
    let until = now() + PATIENCE;
    loop {
        let told = get(address, target);
        match told {
            Some((status, body)) if fits(status, &body) => return body,
            other => assert!(now() < until, "{target}: {other:?}"),
        }
        thread::sleep(Duration::from_millis(5));
    }
}
