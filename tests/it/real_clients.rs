//! Clients that people use, where each of them does something its own way.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use flate2::{Compression, write::GzEncoder};
use readshift::domain::outcome::Verdict;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::lab::{ANY, Lab, Step, within};

const SEARCH: &str = "routes:
  - { id: search, match: { method: POST, path: /search }, read: true }
  - { id: all, match: { path: /** } }
shadow: { max_request_body: 4 MiB }
";

/// What the program prints, given this to read. `{at}` in an argument is the proxy's address.
async fn runs(lab: &Lab, program: &'static str, args: &[&str], input: Vec<u8>) -> String {
    let at = lab.address().to_string();
    let args: Vec<_> = args.iter().map(|arg| arg.replace("{at}", &at)).collect();
    let run = spawn_blocking(move || {
        let mut child = Command::new(program)
            .args(&args)
            .env_remove("http_proxy")
            .env("no_proxy", "*")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} cannot be run ({error}): tests/run installs it"));
        let mut stdin = child.stdin.take().unwrap();
        let feeding = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        feeding.join().unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{program}: {err}");
        (String::from_utf8_lossy(&output.stdout).into_owned(), err)
    });
    let (out, err) = within(&format!("{program} is done"), run).await.unwrap();
    out + &err
}

async fn curl(lab: &Lab, args: &[&str]) -> String {
    runs(lab, "curl", &[&["-sS", "--max-time", "8"], args].concat(), Vec::new()).await
}

async fn all_match(lab: &Lab, requests: u64) {
    let settled = lab.settled().await;
    let rows = settled.account.total().rows().filter(|(_, count)| *count > 0).collect::<Vec<_>>();
    assert_eq!((settled.received(), settled.with(Verdict::Match)), (requests, requests), "{rows:?}");
}

#[tokio::test]
async fn curl_gets_the_same_over_http_1_and_2() {
    let lab = Lab::start().await;
    lab.old.replies("/a", json!({"a": 1}));
    lab.new.replies("/a", json!({"a": 1}));
    for version in ["--http1.0", "--http1.1", "--http2-prior-knowledge", "--http2"] {
        let told = curl(&lab, &[version, "-i", "http://{at}/a"]).await;
        assert!(told.contains(" 200") && told.ends_with(r#"{"a":1}"#), "{version}: {told}");
    }
    all_match(&lab, 4).await;
}

#[tokio::test]
async fn curl_heads() {
    let lab = Lab::start().await;
    for version in ["--http1.1", "--http2-prior-knowledge"] {
        let told = curl(&lab, &[version, "-I", "http://{at}/a"]).await.to_lowercase();
        assert!(told.contains("content-length: 2") && !told.contains("ok\n\nok"), "{version}: {told}");
    }
    all_match(&lab, 2).await;
}

#[tokio::test]
async fn curl_posts_a_large_body_once_it_is_told_to_continue() {
    let lab = Lab::with(SEARCH).await;
    for backend in [&lab.old, &lab.new] {
        let proceed = Step::Send(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec());
        let reply = Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec());
        backend.does("/search", [proceed, Step::ReadBody, reply]);
    }
    let args = ["-v", "--http1.1", "--expect100-timeout", "60", "--data-binary", "@-", "http://{at}/search"];
    let told = runs(&lab, "curl", &args, vec![b'x'; 2 << 20]).await;
    assert!(told.contains("Expect: 100-continue") && told.contains("HTTP/1.1 100"), "{told}");
    assert_eq!((lab.old.gets_whole().await.length, lab.new.gets_whole().await.length), (2 << 20, 2 << 20));
    all_match(&lab, 1).await;
}

#[tokio::test]
async fn curl_uploads_in_chunks() {
    let lab = Lab::with(SEARCH).await;
    let args = ["-sS", "-H", "Transfer-Encoding: chunked", "--data-binary", "@-", "http://{at}/search"];
    assert_eq!(runs(&lab, "curl", &args, vec![b'x'; 100_000]).await, "ok");
    let (old, new) = (lab.old.gets_whole().await, lab.new.gets_whole().await);
    assert_eq!((old.length, new.length, old.body == new.body), (100_000, 100_000, true));
    all_match(&lab, 1).await;
}

#[tokio::test]
async fn curl_unpacks_what_old_packed_and_new_need_not_pack_it() {
    let lab = Lab::start().await;
    let text = json!({"name": "Ada"}).to_string();
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(text.as_bytes()).unwrap();
    let packed = packer.finish().unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        packed.len()
    );
    lab.old.replies_raw(ANY, [head.into_bytes(), packed].concat());
    lab.new.replies(ANY, json!({"name": "Ada"}));
    assert_eq!(curl(&lab, &["--compressed", "http://{at}/a"]).await, text);
    all_match(&lab, 1).await;
}

const PYTHON: &str = r#"
import http.client, json, sys, urllib.request
at = sys.argv[1]
told = {"urllib": json.load(urllib.request.urlopen(f"http://{at}/a", timeout=8))}
c = http.client.HTTPConnection(at, timeout=8)
seen = []
def ask(*args, **more):
    c.request(*args, **more)
    reply = c.getresponse()
    seen.append([reply.status, reply.read().decode()])
ask("GET", "/a")
ask("HEAD", "/a")
ask("POST", "/search", body=iter([b"one", b"two"]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
ask("POST", "/search", body=b"one")
ask("GET", "/a?x=%C3%A4")
told["kept"] = seen
print(json.dumps(told))
"#;

const NODE: &str = r#"
const http = require("http");
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 });
const [host, port] = process.argv[1].split(":");
const ask = (method, path, pieces = []) => new Promise((done, fail) => {
  const request = http.request({ host, port, method, path, agent }, (reply) => {
    const body = [];
    reply.on("data", (piece) => body.push(piece));
    reply.on("end", () => done([reply.statusCode, Buffer.concat(body).toString()]));
  });
  request.on("error", fail);
  pieces.forEach((piece) => request.write(piece));
  request.end();
});
(async () => {
  const many = await Promise.all(Array.from({ length: 40 }, (_, n) => ask("GET", `/a?n=${n}`)));
  const head = await ask("HEAD", "/a");
  const post = await ask("POST", "/search", ["one", "two"]);
  agent.destroy();
  console.log(JSON.stringify({ same: new Set(many.map(String)).size, first: many[0], head, post }));
})();
"#;

#[tokio::test]
async fn python_keeps_its_connection_and_posts_in_chunks() {
    let lab = Lab::with(SEARCH).await;
    lab.old.replies("/a", json!({"a": 1}));
    lab.new.replies("/a", json!({"a": 1}));
    let told = runs(&lab, "python3", &["-c", PYTHON, "{at}"], Vec::new()).await;
    let told: Value = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"));
    assert_eq!(told["urllib"], json!({"a": 1}));
    let get = json!([200, r#"{"a":1}"#]);
    assert_eq!(told["kept"], json!([get, [200, ""], [200, "ok"], [200, "ok"], get]));
    all_match(&lab, 6).await;
}

#[tokio::test]
async fn node_asks_on_several_connections_at_once() {
    let lab = Lab::with(SEARCH).await;
    lab.old.replies("/a", json!({"a": 1}));
    lab.new.replies("/a", json!({"a": 1}));
    let told = runs(&lab, "node", &["-e", NODE, "{at}"], Vec::new()).await;
    let told: Value = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"));
    let get = json!([200, r#"{"a":1}"#]);
    assert_eq!(told, json!({"same": 1, "first": get, "head": [200, ""], "post": [200, "ok"]}));
    all_match(&lab, 42).await;
}
