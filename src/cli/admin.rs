//! One exchange with the admin listener of a running readshift.
//!
//! HTTP/1.0, so that the answer ends where the connection does; what is not 200 is a problem, told in its own words.

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use serde::Deserialize;
use serde_json::Value;

use super::{Exit, args};

/// An answer is built at once; longer means that nobody is there.
const PATIENCE: Duration = Duration::from_secs(10);
/// No answer is larger: signatures, samples and excerpts are all bounded.
const MOST_BYTES: u64 = 256 << 20;
/// A token is a line.
const LONGEST_TOKEN: usize = 4 << 10;
/// Of what is missing, the first and worst; the gate lists all.
const NAMED: usize = 10;
const TOKEN: &str = "READSHIFT_TOKEN";

/// Which running readshift is asked, and with what token.
pub struct Admin {
    address: SocketAddr,
    token: Option<String>,
    patience: Duration,
}

/// What it said.
pub struct Answer {
    address: SocketAddr,
    pub status: u16,
    pub body: String,
}

impl Admin {
    pub fn of(args: &args::Admin) -> anyhow::Result<Admin> {
        let token = match &args.token_file {
            Some(path) => {
                let name = path.display();
                Some(
                    fs::read_to_string(path)
                        .with_context(|| format!("could not read the token in {name}"))?,
                )
            }
            None => env::var(TOKEN).ok(),
        };
        let token = token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty());
        if token.as_ref().is_some_and(|token| !is_token(token)) {
            bail!("the token is not one line of letters, digits and signs");
        }
        Ok(Admin { address: args.admin, token, patience: PATIENCE })
    }

    /// Waits no longer than this for the connection, and again for the answer.
    pub const fn within(mut self, patience: Duration) -> Admin {
        self.patience = patience;
        self
    }

    pub fn get(&self, target: &str) -> anyhow::Result<Answer> {
        self.exchange("GET", target, "")
    }

    pub fn post(&self, target: &str, body: &Value) -> anyhow::Result<Answer> {
        self.exchange("POST", target, &body.to_string())
    }

    fn exchange(&self, method: &str, target: &str, body: &str) -> anyhow::Result<Answer> {
        let address = self.address;
        let what = || format!("could not ask the admin listener at {address}: is readshift running there?");
        let mut stream = TcpStream::connect_timeout(&address, self.patience).with_context(what)?;
        stream.set_read_timeout(Some(self.patience))?;
        stream.set_write_timeout(Some(self.patience))?;
        let mut head = format!("{method} {target} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n");
        if let Some(token) = &self.token {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        if method == "POST" {
            let length = body.len();
            head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"));
        }
        write!(stream, "{head}\r\n{body}").with_context(what)?;
        let mut reply = String::new();
        stream.take(MOST_BYTES).read_to_string(&mut reply).with_context(what)?;
        let (head, body) = reply.split_once("\r\n\r\n").context("the admin listener's answer is no HTTP")?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.context("the admin listener's answer is no HTTP")?;
        Ok(Answer { address, status, body: body.to_owned() })
    }
}

impl Answer {
    /// The body of an answer that is one.
    pub fn text(self) -> anyhow::Result<String> {
        if self.status == 200 { Ok(self.body) } else { Err(self.problem().1) }
    }

    /// The members that are asked for, of an answer that is one.
    pub fn read<T: for<'de> Deserialize<'de>>(self) -> anyhow::Result<T> {
        let address = self.address;
        let text = self.text()?;
        serde_json::from_str(&text)
            .with_context(|| format!("what {address} answered is not what was asked for"))
    }

    /// What a command ends with that was refused so, and why in words.
    pub fn problem(&self) -> (Exit, anyhow::Error) {
        let Ok(problem) = serde_json::from_str::<Problem>(&self.body) else {
            let (address, status) = (self.address, self.status);
            let body = words_of(self.body.trim_end());
            return (Exit::Trouble, anyhow!("the admin listener at {address} answered {status}: {body}"));
        };
        let exit = match (self.status, problem.kind.rsplit(':').next()) {
            (409, Some("held")) => Exit::NotEnough,
            (409 | 422, _) => Exit::Fail,
            _ => Exit::Trouble,
        };
        (exit, anyhow!(problem.told()))
    }
}

/// As much of a problem as a command goes by (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    #[serde(default, rename = "type")]
    kind: String,
    detail: String,
    #[serde(default)]
    unmet: Vec<String>,
}

impl Problem {
    /// What is missing stands one a line, where the sentence lists it.
    fn told(&self) -> String {
        let listed = self.unmet.join("; ");
        match self.detail.strip_suffix(&listed).filter(|_| !listed.is_empty()) {
            Some(start) => {
                let mut list: Vec<_> =
                    self.unmet.iter().take(NAMED).map(|one| format!("\n  {}", words_of(one))).collect();
                let more = self.unmet.len().saturating_sub(NAMED);
                list.extend((more > 0).then(|| format!("\n  and {more} more, which `readshift gate` lists")));
                format!("{}{}", words_of(start.trim_end()), list.concat())
            }
            None => words_of(&self.detail),
        }
    }
}

fn words_of(text: &str) -> String {
    crate::admin::words::plain(text)
}

/// Fit to stand in a header field.
fn is_token(token: &str) -> bool {
    token.len() <= LONGEST_TOKEN && token.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> (Exit, String) {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let (exit, error) = Answer { address, status, body: body.to_owned() }.problem();
        (exit, error.to_string())
    }

    #[test]
    fn of_much_that_is_missing_the_worst_is_told() {
        let unmet: Vec<_> = (0..36).map(|n| format!("a: {n}")).collect();
        let detail = format!("the gate does not pass: {}", unmet.join("; "));
        let body =
            serde_json::json!({ "type": "urn:readshift:problem:held", "detail": detail, "unmet": unmet });
        let (_, told) = answer(409, &body.to_string());
        assert_eq!(told.lines().count(), 12);
        assert!(told.ends_with("\n  a: 9\n  and 26 more, which `readshift gate` lists"), "{told}");
    }

    #[test]
    fn a_problem_is_told_in_its_own_words_and_by_an_exit_code() {
        let held = r#"{"type":"urn:readshift:problem:held","detail":"the gate does not pass: a: 1; b","unmet":["a: 1","b"]}"#;
        for (status, body, exit, told) in [
            (409, held, Exit::NotEnough, "the gate does not pass:\n  a: 1\n  b"),
            (
                409,
                r#"{"type":"urn:readshift:problem:latched","detail":"no \u001b"}"#,
                Exit::Fail,
                "no \\u{1b}",
            ),
            (422, r#"{"type":"urn:readshift:problem:no-reason","detail":"say why"}"#, Exit::Fail, "say why"),
            (404, r#"{"type":"about:blank","detail":"nobody"}"#, Exit::Trouble, "nobody"),
            (401, r#"{"type":"about:blank","detail":"a token"}"#, Exit::Trouble, "a token"),
            (404, "no\n", Exit::Trouble, "the admin listener at 127.0.0.1:1 answered 404: no"),
        ] {
            assert_eq!(answer(status, body), (exit, told.to_owned()));
        }
    }
}
