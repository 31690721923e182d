//! Killed at any instant, under load and in the middle of moves, and started again: it stands where the store says, the
//! store says nothing that nobody asked for, and the record is whole.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use readshift::domain::{percent::Share, plan::Stage, splitmix::SplitMix};
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use tokio::time::sleep;

use crate::lab::{Callers, Client, Process, Records};

/// How often it is killed.
const TIMES: u64 = 200;
/// The longest it may work before it is killed.
const LONGEST_MILLIS: u64 = 60;
const ALL: Stage = Stage::Live(Share::ALL);

/// A folder of its own, gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("readshift-{name}-{}", std::process::id()));
        let _none_yet = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the person at the API has been told, and what they may have caused without being told.
#[derive(Clone, Debug)]
struct Known {
    /// As of the last answer.
    stage: Stage,
    /// Where else it may be recorded to stand: an answer is outstanding, or a revert, which is made at once and written
    /// as soon as it can be, is not on disk yet.
    or: Vec<Stage>,
}

impl Known {
    fn at(stage: Stage) -> Known {
        Known { stage, or: Vec::new() }
    }
}

/// Asks for one move after the other, until nobody answers.
async fn move_about(admin: SocketAddr, seed: u64, known: Arc<Mutex<Known>>) {
    let mut dice = SplitMix::new(seed);
    let Some(mut client) = Client::try_connect(admin).await else { return };
    loop {
        let before = known.lock().unwrap().stage;
        let what = ["advance", "advance", "resume", "revert"][(dice.throw() % 4) as usize];
        let (then, body) = match what {
            "advance" => (above(before), r#"{"why":"test","override":true}"#),
            "revert" => (Stage::Shadow, r#"{"why":"test"}"#),
            _ => (before, r#"{"why":"test"}"#),
        };
        known.lock().unwrap().or.push(then);
        let head = format!(
            "POST /api/v1/rollouts/users/{what} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        client.write(head).await;
        let reply = client.reply().await;
        match (reply.status, what) {
            (0, _) => return,
            (200, "revert") => {
                let mut known = known.lock().unwrap();
                known.or.push(before);
                known.stage = then;
            }
            // Recorded before it was acknowledged, and so is all that came before it.
            (200, _) => *known.lock().unwrap() = Known::at(then),
            (409, _) => drop(known.lock().unwrap().or.pop()),
            (status, _) => panic!("{what} was answered {status}: {}", reply.text()),
        }
    }
}

fn above(stage: Stage) -> Stage {
    let half = Stage::Live(Share::from_ppm(500_000).unwrap());
    if stage < half { half } else { ALL }
}

/// What is on disk: the stage, the units of evidence ever counted, and how many moves. To look tidies nothing up: what
/// the kill left behind is for the next start to recover from.
fn recorded(dir: &Path) -> Option<(Stage, i64, i64)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let store = Connection::open_with_flags(dir.join("readshift.db"), flags).ok()?;
    store.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
    let stage: String =
        store.query_row("SELECT stage FROM rollouts WHERE id = 'users'", [], |row| row.get(0)).ok()?;
    let units =
        store.query_row("SELECT coalesce(sum(units), 0) FROM evidence_state", [], |row| row.get(0)).unwrap();
    let moves = store.query_row("SELECT count(*) FROM journal", [], |row| row.get(0)).unwrap();
    Some((stage.parse().unwrap(), units, moves))
}

async fn stage_of(admin: SocketAddr) -> Stage {
    let mut client = Client::connect(admin).await;
    client.write("GET /api/v1/rollouts/users HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    let rollout = client.reply().await.json();
    rollout["state"]["stage"].as_str().unwrap_or_else(|| panic!("{rollout}")).parse().unwrap()
}

#[tokio::test]
async fn killed_at_two_hundred_instants_it_never_stands_above_what_is_recorded_and_the_record_is_whole() {
    let (old, new) = (Records::start().await, Records::start().await);
    let folder = Folder::new("killed");
    let config = folder.0.join("config.yaml");
    let state = folder.0.join("state");
    std::fs::write(
        &config,
        format!(
            "state_dir: {}\nrollouts: [{{ id: users, stages: [shadow, 50%, 100%], hold: 0s }}]\n\
             routes: [{{ id: get-user, match: {{ method: GET, path: \"/users/{{id}}\" }}, bucket_by: path:id }}]\n",
            state.display()
        ),
    )
    .unwrap();
    let mut dice = SplitMix::new(11);
    let known = Arc::new(Mutex::new(Known::at(Stage::Shadow)));
    let (mut units_before, mut moves_before) = (0, 0);
    for time in 0..TIMES {
        let mut process = Process::between(old.address, new.address, &[config.to_str().unwrap()]).await;
        let stands = stage_of(process.admin).await;
        if let Some((stage, ..)) = recorded(&state) {
            assert!(stands <= stage, "time {time}: stands at {stands}, recorded is {stage}");
        }
        *known.lock().unwrap() = Known::at(stands);
        let callers = Callers::start(process.address, 2, 100_000);
        let moving = tokio::spawn(move_about(process.admin, dice.throw(), known.clone()));
        sleep(Duration::from_millis(dice.throw() % LONGEST_MILLIS)).await;
        process.kill();
        moving.await.unwrap();
        drop(callers);

        let told = known.lock().unwrap().clone();
        let Some((stage, units, moves)) = recorded(&state) else {
            assert_eq!(
                told.stage,
                Stage::Shadow,
                "time {time}: a move was acknowledged and nothing is recorded"
            );
            continue;
        };
        assert!(
            stage == told.stage || told.or.contains(&stage),
            "time {time}: recorded is {stage}, told was {told:?}"
        );
        assert!(units >= units_before && moves >= moves_before, "time {time}: counts went back");
        (units_before, moves_before) = (units, moves);
    }
    let verified = Command::new(env!("CARGO_BIN_EXE_readshift"))
        .args(["journal", "verify", "--state-dir", state.to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success(), "{said}{}", String::from_utf8_lossy(&verified.stderr));
    assert!(moves_before > 100, "only {moves_before} moves were made");
}
