//! The log: how it is set up.
//!
//! Lines leave through a bounded queue and a thread of their own. Whoever reads our output may stop
//! reading, and a full pipe must never hold a thread that serves requests: then lines are lost, and
//! counted.

use std::{
    io::{self, IsTerminal, Write},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use tracing_subscriber::{
    EnvFilter, filter::LevelFilter, fmt::MakeWriter, layer::SubscriberExt, util::SubscriberInitExt,
};

/// Lines that may wait for a slow reader; at some 200 bytes each, about a megabyte.
const LINES: usize = 4096;
/// How long a stopping program waits for its last lines to be read.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Readable text on a terminal, JSON lines elsewhere.
    #[default]
    Auto,
    Text,
    Json,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Format, String> {
        match text {
            "auto" => Ok(Format::Auto),
            "text" => Ok(Format::Text),
            "json" => Ok(Format::Json),
            other => Err(format!("a log format is auto, text or json, got {other:?}")),
        }
    }
}

/// The log is already set up, or its level means nothing.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    #[error("log level {level:?}: {why}")]
    Level { level: String, why: String },
    #[error("the log cannot be set up: {0}")]
    Setup(String),
}

/// Sets up the log on stdout. `level` is one word, or directives such as `info,readshift=debug`. Before
/// the program ends, what is returned has to be flushed.
pub fn init(format: Format, level: &str) -> Result<Log, Trouble> {
    let filter = filter(level)?;
    let terminal = io::stdout().is_terminal();
    let log = Log::to(io::stdout());
    let lines = tracing_subscriber::fmt::layer().with_writer(log.clone()).with_target(false);
    let registry = tracing_subscriber::registry().with(filter);
    let text = match format {
        Format::Auto => terminal,
        Format::Text => true,
        Format::Json => false,
    };
    if text {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        registry.with(lines.with_ansi(terminal && !no_color)).try_init()
    } else {
        registry.with(lines.json().flatten_event(true).with_current_span(false)).try_init()
    }
    .map_err(|why| Trouble::Setup(why.to_string()))?;
    Ok(log)
}

/// One word has to be a level: taken for a directive, a misspelt one would silence everything else.
fn filter(level: &str) -> Result<EnvFilter, Trouble> {
    let trouble =
        |why: &dyn std::fmt::Display| Trouble::Level { level: level.to_owned(), why: why.to_string() };
    let word = !level.contains(['=', ',']);
    if level.is_empty() || word && level.parse::<LevelFilter>().is_err() {
        return Err(trouble(
            &"it is one of error, warn, info, debug, trace and off, or directives as in a=info",
        ));
    }
    EnvFilter::try_new(level).map_err(|why| trouble(&why))
}

/// The way out for log lines.
#[derive(Clone, Debug)]
pub struct Log {
    queue: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

enum Message {
    Line(Vec<u8>),
    /// Answered when everything before it is written.
    Flush(SyncSender<()>),
}

impl Log {
    fn to(out: impl Write + Send + 'static) -> Log {
        let (queue, lines) = sync_channel(LINES);
        // Without its thread the queue has no reader, and every line counts as lost.
        let _ = thread::Builder::new().name("log".to_owned()).spawn(move || write_all(&lines, out));
        Log { queue, lost: Arc::default() }
    }

    /// How many lines were dropped so far.
    pub fn lines_lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Waits until the lines so far are written, but not for long.
    pub fn flush(&self) {
        let (done, wait) = sync_channel(1);
        if self.queue.try_send(Message::Flush(done)).is_ok() {
            let _ = wait.recv_timeout(PATIENCE);
        }
    }
}

fn write_all(lines: &Receiver<Message>, mut out: impl Write) {
    for message in lines {
        // Nobody is left to tell when the log itself cannot be written.
        match message {
            Message::Line(line) => drop(out.write_all(&line)),
            Message::Flush(done) => {
                drop(out.flush());
                let _ = done.try_send(());
            }
        }
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { log: self, text: Vec::new() }
    }
}

/// One line in the making; sent when it is dropped.
#[derive(Debug)]
pub struct Line<'a> {
    log: &'a Log,
    text: Vec<u8>,
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() && self.log.queue.try_send(Message::Line(text)).is_err() {
            self.log.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Hands over what was written, or blocks for as long as somebody holds its lock.
    #[derive(Clone, Default)]
    struct Pipe(Arc<Mutex<Vec<u8>>>);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_are_written_whole_and_in_order() {
        let pipe = Pipe::default();
        let log = Log::to(pipe.clone());
        for n in 0..3 {
            writeln!(log.make_writer(), "line {n}").unwrap();
        }
        log.flush();
        assert_eq!(*pipe.0.lock().unwrap(), b"line 0\nline 1\nline 2\n");
        assert_eq!(log.lines_lost(), 0);
    }

    #[test]
    fn a_reader_that_stopped_costs_lines_and_never_time() {
        let pipe = Pipe::default();
        let log = Log::to(pipe.clone());
        let stuck = pipe.0.lock().unwrap();
        for _ in 0..LINES + 100 {
            log.make_writer().write_all(b"x\n").unwrap();
        }
        // One line is in the hands of the blocked thread, or is not yet.
        assert!((99..=100).contains(&log.lines_lost()), "{}", log.lines_lost());
        drop(stuck);
    }

    #[test]
    fn a_misspelt_level_is_refused_and_does_not_silence_the_log() {
        assert!(filter("warn").is_ok() && filter("info,readshift=debug").is_ok());
        for level in ["verbose", "", "readshift=loud"] {
            assert!(filter(level).is_err(), "{level:?}");
        }
    }

    #[test]
    fn a_format_is_known_by_its_name() {
        assert_eq!("json".parse(), Ok(Format::Json));
        assert!("JSON ".parse::<Format>().is_err());
    }
}
