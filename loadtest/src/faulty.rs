//! The misbehaving new side: a small threaded server, run as a process of its own. Bounded in threads and in
//! bytes per second, so that it harms the proxy under test and not the machine.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::cli::{Backend, Fault};
use crate::clock;

/// Above what Envoy opens by default (1,024), below what a small machine bears.
const MOST_CONNECTIONS: usize = 1_200;

pub fn serve(backend: &Backend) -> Result<()> {
    let body = fs::read(&backend.body).with_context(|| format!("no body at {}", backend.body.display()))?;
    let replies = match backend.fault {
        Fault::Costly => costly(&body)?,
        _ => vec![whole(&body, "")],
    };
    let reply = Arc::new(replies);
    match backend.fault {
        Fault::Flapping => flap(backend.listen, &reply),
        fault => {
            let stop = Arc::new(AtomicBool::new(false));
            accept(&TcpListener::bind(backend.listen)?, fault, &reply, &stop)
        }
    }
}

fn whole(body: &[u8], more: &str) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{more}Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Replies that are quick to send and dear to compare, in turn: arrays inside each other, a bomb, and the right
/// records in reverse order, each with something in it that cannot be the same.
fn costly(body: &[u8]) -> Result<Vec<Vec<u8>>> {
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..60 {
        bomb.write_all(&blanks)?;
    }
    let mut reversed: Value = serde_json::from_slice(body)?;
    if let Some(items) = reversed.get_mut("items").and_then(Value::as_array_mut) {
        items.reverse();
    }
    Ok(vec![
        whole(deep.as_bytes(), ""),
        whole(&bomb.finish()?, "Content-Encoding: gzip\r\n"),
        whole(reversed.to_string().as_bytes(), ""),
    ])
}

/// A second up, a second with nothing listening and every connection cut.
fn flap(listen: SocketAddr, replies: &Arc<Vec<Vec<u8>>>) -> Result<()> {
    loop {
        let stop = Arc::new(AtomicBool::new(false));
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let timer = Arc::clone(&stop);
        thread::spawn(move || {
            clock::pause(1_000);
            timer.store(true, Ordering::Relaxed);
        });
        accept(&listener, Fault::Flapping, replies, &stop)?;
        drop(listener);
        clock::pause(1_000);
    }
}

fn accept(
    listener: &TcpListener,
    fault: Fault,
    replies: &Arc<Vec<Vec<u8>>>,
    stop: &Arc<AtomicBool>,
) -> Result<()> {
    let open = Arc::new(AtomicUsize::new(0));
    while !stop.load(Ordering::Relaxed) {
        let Ok((stream, _)) = listener.accept() else {
            clock::pause(5);
            continue;
        };
        if open.fetch_add(1, Ordering::Relaxed) >= MOST_CONNECTIONS {
            open.fetch_sub(1, Ordering::Relaxed);
            continue;
        }
        let (open, reply, stop) = (Arc::clone(&open), Arc::clone(replies), Arc::clone(stop));
        thread::Builder::new().stack_size(128 << 10).spawn(move || {
            let _the_peer_went_away = converse(stream, fault, &reply, &stop);
            open.fetch_sub(1, Ordering::Relaxed);
        })?;
    }
    Ok(())
}

fn converse(
    mut stream: TcpStream,
    fault: Fault,
    replies: &[Vec<u8>],
    stop: &AtomicBool,
) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    // Short reads let a connection notice that its second is over.
    if fault == Fault::Flapping {
        stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    }
    let mut head = [0_u8; 8 << 10];
    for reply in replies.iter().cycle() {
        match stream.read(&mut head) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(_) if fault == Fault::Flapping && !stop.load(Ordering::Relaxed) => continue,
            Err(error) => return Err(error),
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        match fault {
            Fault::Slow => {
                clock::pause(2_000);
                stream.write_all(reply)?;
            }
            Fault::Flapping | Fault::Costly => stream.write_all(reply)?,
            Fault::Hung | Fault::Dead => {}
            Fault::Garbage => {
                stream.write_all(&[0x16, 0x03, 0x01, 0xFF, 0x00, b'\n'].repeat(64))?;
                return Ok(());
            }
            Fault::Endless => endless(&mut stream)?,
        }
    }
    Ok(())
}

/// Some 4 MiB/s a connection: enough to fill a memory without a bound within a run, little enough for the core
/// it shares with the load generator.
fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
    )?;
    let mut chunk = b"10000\r\n".to_vec();
    chunk.extend(std::iter::repeat_n(b' ', 0x1_0000));
    chunk.extend_from_slice(b"\r\n");
    loop {
        stream.write_all(&chunk)?;
        clock::pause(16);
    }
}
