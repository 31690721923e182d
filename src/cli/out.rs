//! What a person reads: results on standard output, complaints on standard error.

use std::io::{self, Write as _};

/// A reader that has seen enough (a closed pipe) is no error.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

pub fn line(text: &str) -> anyhow::Result<()> {
    print(&format!("{text}\n"))
}

pub fn complain(text: &str) {
    // Where even this cannot be written there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "{text}");
}
