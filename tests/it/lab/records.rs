//! A system with as many records as anyone asks for: its answer is a function of the target. For tests that need
//! thousands of distinct reads; every byte of single requests is what `Backend` is for.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Status and body for a target; `None` closes the connection without an answer.
type Answer = Box<dyn Fn(&str) -> Option<(u16, String)> + Send>;

pub struct Records {
    pub address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    live: Arc<AtomicU64>,
    shadows: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Records {
    /// `/users/7` is answered with a record that names the target.
    pub async fn start() -> Records {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer: Arc<Mutex<Answer>> = Arc::new(Mutex::new(Box::new(|target| Some((200, record(target))))));
        let (live, shadows) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let task = tokio::spawn({
            let (answer, live, shadows) = (answer.clone(), live.clone(), shadows.clone());
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(converse(stream, answer.clone(), live.clone(), shadows.clone()));
                }
            }
        });
        Records { address, answer, live, shadows, task }
    }

    /// From now on it answers so.
    pub fn answers(&self, answer: impl Fn(&str) -> Option<(u16, String)> + Send + 'static) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(answer);
    }

    /// Requests of clients so far; not those that carry a mark of ours.
    pub fn live(&self) -> u64 {
        self.live.load(Ordering::SeqCst)
    }

    /// Requests so far that carry a mark of ours.
    pub fn shadows(&self) -> u64 {
        self.shadows.load(Ordering::SeqCst)
    }
}

/// What both sides answer where nothing else is said.
pub fn record(target: &str) -> String {
    format!("{{\"id\":{target:?},\"name\":\"Ada\",\"balance\":12.5,\"roles\":[\"reader\",\"owner\"]}}")
}

impl Drop for Records {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(
    mut stream: TcpStream,
    answer: Arc<Mutex<Answer>>,
    live: Arc<AtomicU64>,
    shadows: Arc<AtomicU64>,
) -> Option<()> {
    let mut input = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = input.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut input).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8_lossy(&input[..end]).to_ascii_lowercase();
        input.drain(..end);
        let marked = head.contains("\r\nx-readshift-");
        (if marked { &shadows } else { &live }).fetch_add(1, Ordering::SeqCst);
        let target = head.split(' ').nth(1)?.to_owned();
        let (status, body) = (answer.lock().unwrap_or_else(PoisonError::into_inner))(&target)?;
        let length = body.len();
        let reply = format!(
            "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(reply.as_bytes()).await.ok()?;
    }
}
