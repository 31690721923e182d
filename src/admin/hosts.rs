//! Under which names the admin listener answers.
//!
//! A page in somebody's browser can make its own name resolve to our address and then read what we
//! answer (DNS rebinding). It cannot make the browser send another name than its own, so a request
//! under a name that is not ours is refused. Only where nobody is asked for a token: such a page has none.
//!
//! Nor may a page of somebody else make the browser change anything here, whether it can read the answer or not: the
//! browser says on whose behalf it asks, and so that is looked at as well.

use std::net::{IpAddr, SocketAddr};

use axum::http::{Method, Request, header};

/// The names of one listener.
#[derive(Clone, Copy, Debug)]
pub struct Hosts {
    listen: IpAddr,
}

impl Hosts {
    pub const fn of(listen: SocketAddr) -> Hosts {
        Hosts { listen: listen.ip() }
    }

    /// Whether every name the request goes by is ours. Without a name it is not.
    pub fn allow<B>(&self, request: &Request<B>) -> bool {
        let mut fields = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (fields.next(), fields.next()) else { return false };
        let named = host.to_str().is_ok_and(|host| self.ours(host));
        named && request.uri().authority().is_none_or(|authority| self.ours(authority.as_str()))
    }

    /// Whether it is no browser that asks on behalf of another page, as far as it could do harm.
    pub fn same_origin<B>(request: &Request<B>) -> bool {
        if request.method() == Method::GET || request.method() == Method::HEAD {
            return true;
        }
        let headers = request.headers();
        let fetch = headers.get_all("sec-fetch-site").iter();
        let mut origins = headers.get_all(header::ORIGIN).iter();
        fetch.into_iter().all(|site| site == "same-origin" || site == "none")
            && origins.all(|origin| is_of(origin.as_bytes(), headers.get(header::HOST)))
    }

    /// Ports are not compared: a forwarded one is another one, and a page cannot choose a name by it.
    fn ours(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        match name.parse::<IpAddr>() {
            Ok(address) => {
                address.is_loopback()
                    || address == self.listen
                    // Bound to every address, ours is any of them; an address cannot be rebound.
                    || self.listen.is_unspecified()
            }
            Err(_) => name.eq_ignore_ascii_case("localhost"),
        }
    }
}

/// Whether a page of this origin was got from under this name, port included.
fn is_of(origin: &[u8], host: Option<&axum::http::HeaderValue>) -> bool {
    let name = origin.strip_prefix(b"http://").or_else(|| origin.strip_prefix(b"https://"));
    name.zip(host).is_some_and(|(name, host)| name.eq_ignore_ascii_case(host.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_is_not_asked_for_by_a_foreign_page() {
        let asked = |method: &str, fields: &[(&str, &str)]| {
            let mut request = Request::builder().method(method).header("host", "localhost:9902");
            for (name, value) in fields {
                request = request.header(*name, *value);
            }
            Hosts::same_origin(&request.body(()).unwrap())
        };
        for fields in [
            &[][..],
            &[("origin", "http://localhost:9902")],
            &[("origin", "https://LOCALHOST:9902"), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(asked("POST", fields), "{fields:?}");
        }
        for fields in [
            &[("origin", "http://evil.example")][..],
            &[("origin", "http://localhost:3000")],
            &[("origin", "http://localhost")],
            &[("origin", "null")],
            &[("origin", "")],
            &[("origin", "http://localhost:9902"), ("origin", "http://evil.example")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        ] {
            assert!(!asked("POST", fields), "{fields:?}");
            assert!(asked("GET", fields), "{fields:?}");
        }
    }

    fn allowed(listen: &str, host: &str) -> bool {
        let request = Request::builder().uri("/api").header("host", host).body(()).unwrap();
        Hosts::of(listen.parse().unwrap()).allow(&request)
    }

    #[test]
    fn loopback_and_the_listen_address_are_ours_on_any_port() {
        for host in
            ["localhost", "LocalHost:9902", "127.0.0.1:80", "127.3.2.1", "[::1]:9902", "10.0.0.5:9902"]
        {
            assert!(allowed("10.0.0.5:9902", host), "{host}");
        }
        assert!(allowed("0.0.0.0:9902", "192.168.7.7:9902"));
    }

    #[test]
    fn any_other_name_is_not() {
        for host in
            ["evil.example:9902", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.6", "", "[::2]"]
        {
            assert!(!allowed("10.0.0.5:9902", host), "{host}");
        }
        assert!(!allowed("0.0.0.0:9902", "evil.example"));
    }

    #[test]
    fn a_request_with_no_name_or_with_two_is_refused() {
        let hosts = Hosts::of("127.0.0.1:1".parse().unwrap());
        let two =
            Request::builder().header("host", "localhost").header("host", "localhost").body(()).unwrap();
        let absolute =
            Request::builder().uri("http://evil.example/").header("host", "localhost").body(()).unwrap();
        assert!(!hosts.allow(&two) && !hosts.allow(&absolute) && !hosts.allow(&Request::new(())));
    }
}
