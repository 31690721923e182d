//! A system behind the proxy: does to each request what it was told to, and remembers every byte of it.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use serde_json::Value;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

use super::{
    until,
    wire::{self, Framing, Wire},
};

/// The target that stands for all that have no reply of their own.
pub const ANY: &str = "*";

/// How soon a request that nobody waits for any more has to be given up.
const LEFT_WITHIN: Duration = Duration::from_secs(3);

/// What is done with a request, one thing after another.
#[derive(Clone)]
pub enum Step {
    /// Reads the body; done at first where it is not said when.
    ReadBody,
    Send(Vec<u8>),
    /// So many bytes of `x`.
    Fill(u64),
    /// Goes on when the gate is open, or ends when the peer has gone.
    Wait(Gate),
    /// Sends back whatever comes until the peer has ended, then closes.
    Echo,
    /// Says nothing more, and waits for the peer to go.
    Hang,
    Close,
    Reset,
}

/// Holds replies back until it is opened.
#[derive(Clone)]
pub struct Gate(watch::Sender<bool>);

impl Gate {
    pub fn new() -> Gate {
        Gate(watch::Sender::new(false))
    }

    pub fn open(&self) {
        self.0.send_replace(true);
    }

    async fn opened(&self) {
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

/// A request, byte for byte.
#[derive(Clone, Debug, Default)]
pub struct RawRequest {
    /// The request line and the fields, with the empty line.
    pub head: Vec<u8>,
    /// What followed, framing included; of a large body only the beginning.
    pub raw_body: Vec<u8>,
    /// The same with the framing undone.
    pub body: Vec<u8>,
    /// Of the body, whether or not all of it was kept.
    pub length: u64,
    pub trailers: Vec<u8>,
    /// The body has come to the end that its framing says.
    pub whole: bool,
    /// The connection has ended.
    pub left: bool,
    /// Which of the backend's connections it came on.
    pub connection: usize,
}

impl RawRequest {
    pub fn line(&self) -> String {
        wire::first_line(&self.head)
    }

    pub fn target(&self) -> String {
        self.line().split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// The field lines, as they came.
    pub fn lines(&self) -> Vec<String> {
        wire::lines(&self.head).split_off(1)
    }

    /// The values of a field, in their order.
    pub fn all(&self, name: &str) -> Vec<String> {
        wire::values(&self.head, name)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

#[derive(Default)]
struct State {
    scripts: HashMap<String, Vec<Step>>,
    received: Vec<RawRequest>,
    /// Connections accepted so far.
    accepted: usize,
    open: usize,
    /// Bytes that `Fill` has written.
    filled: u64,
    /// Every connection is cut after so many bytes.
    cut_after: Option<usize>,
}

pub struct Backend {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: JoinHandle<()>,
    /// Ends every connection when it is dropped or told.
    ending: watch::Sender<bool>,
}

impl Backend {
    pub async fn start() -> Backend {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state: Arc<Mutex<State>> = Arc::default();
        let ending = watch::Sender::new(false);
        let accepting = tokio::spawn(accept(listener, state.clone(), ending.clone()));
        Backend { address, state, accepting, ending }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Does this with every request for `path`, its query left aside; `ANY` is every path without a script.
    pub fn does(&self, path: &str, steps: impl IntoIterator<Item = Step>) {
        self.state().scripts.insert(path.to_owned(), steps.into_iter().collect());
    }

    /// 200 with this JSON.
    pub fn replies(&self, path: &str, json: Value) {
        self.replies_with(path, 200, &json);
    }

    pub fn replies_with(&self, path: &str, status: u16, json: &Value) {
        let body = json.to_string();
        let length = body.len();
        self.replies_raw(
            path,
            format!("HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"),
        );
    }

    /// These bytes; the connection stays open.
    pub fn replies_raw(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.does(path, [Step::Send(bytes.into())]);
    }

    /// These bytes; then the connection is closed in order.
    pub fn replies_and_closes(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.does(path, [Step::Send(bytes.into()), Step::Close]);
    }

    /// These bytes; then the connection is reset.
    pub fn replies_and_resets(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.does(path, [Step::Send(bytes.into()), Step::Reset]);
    }

    /// The reply that `path` has goes out when the gate is opened.
    pub fn holds(&self, path: &str) -> Gate {
        let gate = Gate::new();
        let mut steps = vec![Step::Wait(gate.clone())];
        let mut state = self.state();
        steps.extend(state.scripts.get(path).cloned().unwrap_or_else(|| default_script().to_vec()));
        state.scripts.insert(path.to_owned(), steps);
        gate
    }

    /// Takes every request and never says a word.
    pub fn hangs(&self) {
        self.state().scripts.clear();
        self.does(ANY, [Step::Hang]);
    }

    /// Nobody listens any more, and every connection is cut.
    pub fn refuses(&self) {
        self.accepting.abort();
        self.closes_all();
    }

    /// Closes every connection that is open now, used or not.
    pub fn closes_all(&self) {
        self.ending.send_replace(true);
        self.ending.send_replace(false);
    }

    /// Closes every connection after it has sent so many bytes of a reply.
    pub fn closes_after(&self, bytes: usize) {
        self.state().cut_after = Some(bytes);
    }

    /// Every request so far, whole or not.
    pub fn received(&self) -> Vec<RawRequest> {
        self.state().received.clone()
    }

    /// The only request there was.
    pub fn only(&self) -> RawRequest {
        let received = self.received();
        assert_eq!(received.len(), 1, "{received:#?}");
        received.into_iter().next().unwrap()
    }

    /// Waits until so many requests have come.
    pub async fn gets(&self, requests: usize) -> Vec<RawRequest> {
        until(&format!("{requests} requests have come"), || self.state().received.len() >= requests).await;
        self.received()
    }

    /// Waits until the latest request has ended as its framing says.
    pub async fn gets_whole(&self) -> RawRequest {
        let whole = || self.state().received.last().is_some_and(|request| request.whole);
        until("a whole request has come", whole).await;
        self.received().pop().unwrap()
    }

    /// Waits until every connection has ended, which has to be soon.
    pub async fn is_left(&self) {
        let left = until("every connection has ended", || self.state().open == 0);
        timeout(LEFT_WITHIN, left).await.expect("every connection ends within three seconds");
    }

    /// Connections accepted so far.
    pub fn accepted(&self) -> usize {
        self.state().accepted
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.state().open
    }

    /// Bytes that `Step::Fill` could write so far.
    pub fn filled(&self) -> u64 {
        self.state().filled
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.refuses();
    }
}

/// What is done where nothing was said.
fn default_script() -> [Step; 1] {
    [Step::Send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok".to_vec())]
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>, ending: watch::Sender<bool>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        let number = {
            let mut state = state.lock().unwrap();
            state.accepted += 1;
            state.open += 1;
            state.accepted - 1
        };
        let (state, mut ends) = (state.clone(), ending.subscribe());
        tokio::spawn(async move {
            let connection = Connection { state: state.clone(), number, current: None };
            tokio::select! {
                () = connection.serve(stream) => {}
                _ = ends.changed() => {}
            }
            let mut state = state.lock().unwrap();
            state.open -= 1;
            state.received.iter_mut().filter(|one| one.connection == number).for_each(|one| one.left = true);
        });
    }
}

struct Connection {
    state: Arc<Mutex<State>>,
    number: usize,
    /// The place of the request that is answered now.
    current: Option<usize>,
}

impl Connection {
    async fn serve(mut self, stream: TcpStream) {
        let mut wire = Wire::new(stream);
        while let Ok(head) = wire.head().await {
            let framing = wire::framing(&head, Framing::None);
            let mut steps = self.begin(head);
            if !steps.iter().any(|step| matches!(step, Step::ReadBody)) {
                steps.insert(0, Step::ReadBody);
            }
            for step in steps {
                if !self.step(step, &mut wire, framing).await {
                    return;
                }
            }
        }
    }

    fn begin(&mut self, head: Vec<u8>) -> Vec<Step> {
        let mut state = self.state.lock().unwrap();
        let request = RawRequest { head, connection: self.number, ..RawRequest::default() };
        let target = request.target();
        let path = target.split('?').next().unwrap_or_default();
        let script = state.scripts.get(path).or_else(|| state.scripts.get(ANY));
        let steps = script.cloned().unwrap_or_else(|| default_script().to_vec());
        self.current = Some(state.received.len());
        state.received.push(request);
        steps
    }

    fn note(&self, what: impl FnOnce(&mut RawRequest)) {
        let mut state = self.state.lock().unwrap();
        if let Some(request) = self.current.and_then(|place| state.received.get_mut(place)) {
            what(request);
        }
    }

    /// Whether the connection goes on.
    async fn step(&self, step: Step, wire: &mut Wire, framing: Framing) -> bool {
        match step {
            Step::ReadBody => {
                let body =
                    wire.body(framing, |_, data| self.note(|request| request.length += data.len() as u64));
                let body = body.await;
                self.note(|request| {
                    request.whole = body.ending == wire::Ending::Whole;
                    request.raw_body = body.raw;
                    request.body = body.data;
                    request.trailers = body.trailers;
                });
                body.ending == wire::Ending::Whole
            }
            Step::Send(bytes) => {
                let cut = self.state.lock().unwrap().cut_after.filter(|cut| *cut < bytes.len());
                let sent = wire.write(&bytes[..cut.unwrap_or(bytes.len())]).await;
                sent.is_ok() && cut.is_none()
            }
            Step::Fill(mut left) => {
                let filler = [b'x'; 64 << 10];
                while left > 0 {
                    let piece = &filler[..filler.len().min(usize::try_from(left).unwrap())];
                    if wire.write(piece).await.is_err() {
                        return false;
                    }
                    left -= piece.len() as u64;
                    self.state.lock().unwrap().filled += piece.len() as u64;
                }
                true
            }
            Step::Wait(gate) => tokio::select! {
                () = gate.opened() => true,
                () = wire.gone() => false,
            },
            Step::Echo => {
                while let Ok(byte) = wire.bytes(1).await {
                    if wire.write(&byte).await.is_err() {
                        break;
                    }
                }
                false
            }
            Step::Hang => {
                wire.end().await;
                false
            }
            Step::Close => false,
            Step::Reset => {
                wire.stream.set_zero_linger().unwrap();
                false
            }
        }
    }
}
