//! The address of one system. Only what has been parsed here is ever connected to.

use std::{fmt, net::IpAddr};

use super::problem::quoted;

/// Where a system is reached: `http://host:port` and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// A name in lower case or an address; an IPv6 address without its brackets.
    pub host: String,
    pub port: u16,
    /// `host:port` as a Host header says it: brackets kept, the default port left out.
    pub authority: String,
}

impl Upstream {
    pub fn parse(text: &str) -> Result<Upstream, String> {
        let wrong = |why: &str| format!("expected http://host:port, {why}");
        // First, and without repeating the text: what stands before an `@` may be a password.
        if text.contains('@') {
            return Err(wrong("without user and password"));
        }
        if text.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) {
            return Err("TLS to upstreams is not available yet: use http://".to_owned());
        }
        let Some(rest) = text.strip_prefix("http://") else {
            return Err(wrong(&format!("got {}", quoted(text))));
        };
        if rest.contains(['?', '#']) {
            return Err(wrong("without query and fragment"));
        }
        let place = rest.strip_suffix('/').unwrap_or(rest);
        if place.contains('/') {
            return Err(wrong("without a path: requests keep the path they came with"));
        }
        let (host, port) = match place.strip_prefix('[') {
            Some(inner) => {
                let (address, after) = inner.split_once(']').ok_or_else(|| wrong("the `[` is not closed"))?;
                if address.parse::<std::net::Ipv6Addr>().is_err() {
                    return Err(wrong(&format!("{} is no IPv6 address", quoted(address))));
                }
                let port = after.strip_prefix(':');
                if port.is_none() && !after.is_empty() {
                    return Err(wrong(&format!("got {} after the address", quoted(after))));
                }
                (address, port)
            }
            None => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        if !place.starts_with('[') {
            host_name(host)?;
        }
        let port = match port {
            None => 80,
            Some(text) => text
                .parse()
                .ok()
                .filter(|port| *port != 0 && text.bytes().all(|b| b.is_ascii_digit()))
                .ok_or_else(|| wrong(&format!("{} is no port from 1 to 65535", quoted(text))))?,
        };
        let host = host.to_ascii_lowercase();
        let shown = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let authority = if port == 80 { shown } else { format!("{shown}:{port}") };
        Ok(Upstream { host, port, authority })
    }

    /// Whether both certainly are one place, by whichever of its names.
    pub fn is_same_place(&self, other: &Upstream) -> bool {
        self.port == other.port && self.place() == other.place()
    }

    /// Whether a listener at `ip` and `port` is what answers here.
    pub fn is_listener(&self, ip: IpAddr, port: u16) -> bool {
        let place = self.place();
        self.port == port && (place == place_of(ip) || (ip.is_unspecified() && place == "loopback"))
    }

    fn place(&self) -> String {
        let name = self.host.trim_end_matches('.');
        match name.parse() {
            Ok(ip) => place_of(ip),
            Err(_) if name == "localhost" => "loopback".to_owned(),
            Err(_) => name.to_owned(),
        }
    }
}

/// One word for every way to say "this machine".
fn place_of(ip: IpAddr) -> String {
    let ip = ip.to_canonical();
    let this = ip.is_unspecified() || ip == IpAddr::from([127, 0, 0, 1]) || ip.to_string() == "::1";
    if this { "loopback".to_owned() } else { ip.to_string() }
}

/// A host name or IPv4 address, without a port.
pub fn host_name(text: &str) -> Result<String, String> {
    let known = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    let bracketed = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    if bracketed.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok()) {
        return Ok(text.to_ascii_lowercase());
    }
    let labels_hold = text.trim_end_matches('.').split('.').all(|label| !label.is_empty());
    if text.is_empty() || text.len() > 253 || !text.bytes().all(known) || !labels_hold {
        return Err(format!("expected a host name without a port, got {}", quoted(text)));
    }
    Ok(text.to_ascii_lowercase())
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Upstream {
        Upstream::parse(text).unwrap()
    }

    #[test]
    fn an_upstream_is_a_host_and_a_port() {
        for (text, host, port, authority) in [
            ("http://users-v1.internal:8080", "users-v1.internal", 8080, "users-v1.internal:8080"),
            ("http://Users/", "users", 80, "users"),
            ("http://[::1]:9001", "::1", 9001, "[::1]:9001"),
            ("http://[2001:DB8::1]", "2001:db8::1", 80, "[2001:db8::1]"),
            ("http://10.0.0.1:80", "10.0.0.1", 80, "10.0.0.1"),
        ] {
            let found = at(text);
            assert_eq!((&*found.host, found.port, &*found.authority), (host, port, authority));
            assert_eq!(at(&found.to_string()), found);
        }
    }

    #[test]
    fn anything_more_or_less_than_a_place_is_refused() {
        for (text, part) in [
            ("https://users", "not available yet"),
            ("HTTPS://users", "not available yet"),
            ("users:8080", "expected http://"),
            ("http://", "host name"),
            ("http://a/b", "without a path"),
            ("http://a?b", "without query"),
            ("http://a:0", "no port"),
            ("http://a:+1", "no port"),
            ("http://a:99999", "no port"),
            ("http://a:", "no port"),
            ("http://[::1", "not closed"),
            ("http://[::1]x", "after the address"),
            ("http://[zz]", "no IPv6"),
            ("http://::1", "host name"),
            ("http://a b", "host name"),
            ("http://a\r\nb", "host name"),
            ("http://a..b", "host name"),
        ] {
            let message = Upstream::parse(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_not_repeated() {
        assert!(!Upstream::parse("http://ada:geheim@users").unwrap_err().contains("geheim"));
    }

    #[test]
    fn one_place_has_many_names() {
        let here = at("http://localhost:9001");
        for name in ["127.0.0.1", "[::1]", "LOCALHOST.", "0.0.0.0", "[::ffff:127.0.0.1]"] {
            assert!(here.is_same_place(&at(&format!("http://{name}:9001"))), "{name}");
        }
        assert!(!here.is_same_place(&at("http://localhost:9002")));
        assert!(!here.is_same_place(&at("http://127.0.0.2:9001")));
        assert!(here.is_listener("0.0.0.0".parse().unwrap(), 9001));
        assert!(!at("http://users:9001").is_listener("0.0.0.0".parse().unwrap(), 9001));
    }
}
