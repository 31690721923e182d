//! What a check asks of a system: the request as this system would get it from the proxy.

use bytes::Bytes;

use crate::config::{HostHeader, System};

/// By which a system tells requests of a check and of probes from those of clients.
const MARKER: &str = "x-readshift-probe";

/// What is asked of both systems alike.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    pub headers: &'a [(String, String)],
    pub body: Option<&'a str>,
}

impl Asked<'_> {
    /// As old and new would be asked for a page of which nothing is known but that there is one.
    pub const ROOT: Asked<'static> = Asked { method: "GET", target: "/", headers: &[], body: None };

    /// The whole message, with what the settings add and take away for this system.
    pub fn to(&self, system: &System) -> Bytes {
        let host = match &system.host {
            HostHeader::Keep => system.url.authority.clone(),
            HostHeader::Named(name) => name.clone(),
        };
        let length = self.body.map(|body| body.len().to_string());
        let agent = concat!("readshift/", env!("CARGO_PKG_VERSION"));
        let set = |name: &str| system.headers.set.iter().any(|(other, _)| other == name);
        let gone =
            |name: &str| system.headers.remove.iter().chain(&system.withhold).any(|other| other == name);
        let own = [("user-agent", agent), ("accept", "*/*")];
        let given = |name: &str| self.headers.iter().any(|(other, _)| other == name);
        let own = own.into_iter().filter(|(name, _)| !given(name));
        let theirs = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kept = own.chain(theirs).filter(|(name, _)| !set(name) && !gone(name));
        let added = system.headers.set.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let framing = length.iter().map(|length| ("content-length", length.as_str()));
        let last = [(MARKER, "1"), ("connection", "close")];

        let mut message = format!("{} {} HTTP/1.1\r\nhost: {host}\r\n", self.method, self.target);
        for (name, value) in kept.chain(added).chain(framing).chain(last) {
            message.push_str(&format!("{name}: {value}\r\n"));
        }
        message.push_str("\r\n");
        message.push_str(self.body.unwrap_or_default());
        Bytes::from(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    #[test]
    fn a_system_is_asked_as_the_proxy_would_ask_it() {
        let yaml = "old: { url: 'http://a:81' }
new: { url: 'http://b', host: users, headers: { set: { x-env: green }, remove: [x-old] }, withhold: [cookie] }";
        let file = Some(("x.yaml".to_owned(), yaml.to_owned()));
        let config = Config::load(&Sources { file, ..Sources::default() }).unwrap().config;
        let headers = [("x-env", "red"), ("x-old", "1"), ("cookie", "a=b"), ("accept", "text/plain")];
        let headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let asked = Asked { method: "POST", target: "/u?x=1", headers: &headers, body: Some("[1]") };
        let text = |system: &System| String::from_utf8(asked.to(system).to_vec()).unwrap();
        let agent = concat!("user-agent: readshift/", env!("CARGO_PKG_VERSION"));
        assert_eq!(
            text(&config.new),
            format!(
                "POST /u?x=1 HTTP/1.1\r\nhost: users\r\n{agent}\r\naccept: text/plain\r\nx-env: green\r\n\
                 content-length: 3\r\nx-readshift-probe: 1\r\nconnection: close\r\n\r\n[1]"
            )
        );
        assert!(text(&config.old).starts_with("POST /u?x=1 HTTP/1.1\r\nhost: a:81\r\n"));
        assert!(text(&config.old).contains("\r\ncookie: a=b\r\n"));
    }
}
