//! A set of requests, described by method, host and path: the unit of evidence.
//!
//! Matching sees the bytes that are forwarded, and never a normalised form of them: dot segments,
//! encoded slashes and doubled slashes mean here what they mean to the upstream, nothing.

use std::fmt;

/// One route, as far as matching goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub id: String,
    /// Upper case, as on the wire. Empty: any method.
    pub methods: Vec<String>,
    /// Without a port; compared without regard to case.
    pub host: Option<String>,
    pub path: Pattern,
    /// Declares requests of every listed method to be reads, GET and HEAD or not.
    pub declared_read: bool,
}

/// What the table says of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A read of the route at this place.
    Read(usize),
    /// A request of that route which is not declared a read.
    NotARead(usize),
    /// No route.
    Nothing,
}

/// The routes in the order of the config: the first that matches is it.
#[derive(Clone, Debug, Default)]
pub struct Table {
    routes: Vec<Route>,
}

impl Table {
    pub const fn new(routes: Vec<Route>) -> Table {
        Table { routes }
    }

    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// `host` may carry a port; `path` is everything before the query, as it came.
    pub fn find(&self, method: &[u8], host: &[u8], path: &[u8]) -> Found {
        let host = without_port(host);
        let found = self.routes.iter().position(|route| route.matches(method, host, path));
        match found.and_then(|place| Some((place, self.routes.get(place)?))) {
            None => Found::Nothing,
            Some((place, route)) if route.declared_read || is_plain_read(method) => Found::Read(place),
            Some((place, _)) => Found::NotARead(place),
        }
    }
}

impl Route {
    fn matches(&self, method: &[u8], host: &[u8], path: &[u8]) -> bool {
        (self.methods.is_empty() || self.methods.iter().any(|m| m.as_bytes() == method))
            && self.host.as_ref().is_none_or(|h| h.as_bytes().eq_ignore_ascii_case(host))
            && self.path.matches(path)
    }
}

/// Methods that are reads without being declared so.
fn is_plain_read(method: &[u8]) -> bool {
    method == b"GET" || method == b"HEAD"
}

fn without_port(host: &[u8]) -> &[u8] {
    // The colons of a bracketed IPv6 address are no port.
    let after = host.iter().rposition(|b| *b == b']').map_or(0, |at| at + 1);
    let colon = host.iter().rposition(|b| *b == b':').filter(|at| *at >= after);
    colon.and_then(|at| host.get(..at)).unwrap_or(host)
}

/// A path pattern: `/users/{id}`, `/files/{rest*}`, `/**`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    segments: Vec<Segment>,
    /// Whether more segments, or none, may follow.
    open: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    /// One segment that is not empty.
    Any,
}

impl Pattern {
    /// Why `text` is no pattern, in words, where it is none.
    pub fn parse(text: &str) -> Result<Pattern, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(format!("a path pattern starts with '/', got {text:?}"));
        };
        let mut segments = Vec::new();
        let mut parts = rest.split('/').peekable();
        while let Some(part) = parts.next() {
            let last = parts.peek().is_none();
            let inner = part.strip_prefix('{').and_then(|p| p.strip_suffix('}'));
            if part == "**" || inner.is_some_and(|name| name.ends_with('*')) {
                if !last {
                    return Err(format!(
                        "{part:?} takes the rest of the path and can only stand at the end of {text:?}"
                    ));
                }
                return Ok(Pattern { text: text.to_owned(), segments, open: true });
            }
            segments.push(match inner {
                Some(name) if name.is_empty() || name.contains(['{', '}']) => {
                    return Err(format!(
                        "{part:?} in {text:?}: a parameter is written {{name}} or {{name*}}"
                    ));
                }
                Some(_) => Segment::Any,
                None if part == "*" => Segment::Any,
                None if part.contains(['{', '}', '*', '?', '#']) => {
                    return Err(format!(
                        "{part:?} in {text:?}: a segment is literal, {{name}}, or {{name*}} at the end"
                    ));
                }
                None => Segment::Literal(part.to_owned()),
            });
        }
        Ok(Pattern { text: text.to_owned(), segments, open: false })
    }

    /// Every path.
    pub fn everything() -> Pattern {
        Pattern { text: "/**".to_owned(), segments: Vec::new(), open: true }
    }

    fn matches(&self, path: &[u8]) -> bool {
        let Some(rest) = path.strip_prefix(b"/") else { return false };
        if self.open && self.segments.is_empty() {
            return true;
        }
        let mut parts = rest.split(|byte| *byte == b'/');
        let fits = self.segments.iter().all(|segment| match (segment, parts.next()) {
            (_, None) => false,
            (Segment::Literal(literal), Some(part)) => literal.as_bytes() == part,
            (Segment::Any, Some(part)) => !part.is_empty(),
        });
        fits && (self.open || parts.next().is_none())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(pattern: &str, path: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(path.as_bytes())
    }

    #[test]
    fn a_parameter_takes_exactly_one_segment_that_is_not_empty() {
        assert!(hits("/users/{id}", "/users/7"));
        assert!(hits("/users/{id}", "/users/a%2Fb"));
        for path in ["/users/", "/users", "/users/7/", "/users/7/orders", "/Users/7", "users/7", ""] {
            assert!(!hits("/users/{id}", path), "{path}");
        }
    }

    #[test]
    fn a_tail_takes_whatever_follows() {
        for path in ["/files", "/files/", "/files/a/b"] {
            assert!(hits("/files/{rest*}", path), "{path}");
        }
        assert!(!hits("/files/{rest*}", "/filesystem"));
        assert!(hits("/**", "/") && hits("/**", "/a//b/../c"));
    }

    #[test]
    fn nothing_is_normalised() {
        assert!(!hits("/a/b", "/a//b"));
        assert!(!hits("/a/b", "/a/./b"));
        assert!(!hits("/a/b", "/a%2fb"));
        assert!(hits("/", "/") && !hits("/", "//"));
    }

    #[test]
    fn a_pattern_that_cannot_mean_anything_says_why() {
        for text in ["users", "", "/{id", "/{}", "/{a*}/b", "/a?b", "/**/x", "/x*y"] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_first_route_wins_and_only_declared_reads_are_reads() {
        let route = |id: &str, methods: &[&str], path: &str, declared_read| Route {
            id: id.to_owned(),
            methods: methods.iter().map(|m| (*m).to_owned()).collect(),
            host: None,
            path: Pattern::parse(path).unwrap(),
            declared_read,
        };
        let table = Table::new(vec![
            route("search", &["POST"], "/search", true),
            route("get", &["GET", "HEAD"], "/users/{id}", false),
            route("rest", &[], "/**", false),
        ]);
        assert_eq!(table.find(b"POST", b"h", b"/search"), Found::Read(0));
        assert_eq!(table.find(b"GET", b"h", b"/users/1"), Found::Read(1));
        assert_eq!(table.find(b"GET", b"h", b"/search"), Found::Read(2));
        assert_eq!(table.find(b"DELETE", b"h", b"/users/1"), Found::NotARead(2));
        assert_eq!(Table::default().find(b"GET", b"h", b"/"), Found::Nothing);
    }

    #[test]
    fn a_host_is_compared_without_its_port_and_case() {
        let table = Table::new(vec![Route {
            id: "a".into(),
            methods: vec![],
            host: Some("api.example".into()),
            path: Pattern::everything(),
            declared_read: false,
        }]);
        for host in ["api.example", "API.example:8080"] {
            assert_eq!(table.find(b"GET", host.as_bytes(), b"/"), Found::Read(0));
        }
        for host in ["api.example.org", "[::1]:80", ""] {
            assert_eq!(table.find(b"GET", host.as_bytes(), b"/"), Found::Nothing);
        }
    }
}
