//! What the values of a header say, where more than their bytes counts: lists whose order, blanks, repeats
//! or case mean nothing by their definition.
//!
//! What is not certain to mean the same stays apart. Read as Latin-1, so that no two values become one.

/// How the values of a header are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Only whether it is there: its value is each system's own.
    Presence,
    /// A set of names without case (RFC 9110, 5.1 and 8.5; Fetch, 3.3).
    Names,
    /// A set of words with case: methods.
    Words,
    /// Directives, whose names have no case (RFC 9111, 5.2).
    Directives,
    /// Links (RFC 8288, 3).
    Links,
    /// Nothing is known but that blanks around it mean nothing.
    Plain,
}

impl Shape {
    /// By the name of the header, in lower case.
    pub fn of(name: &str) -> Shape {
        match name {
            "etag" => Shape::Presence,
            "vary"
            | "access-control-allow-headers"
            | "access-control-expose-headers"
            | "content-language"
            | "accept-ranges" => Shape::Names,
            "allow" | "access-control-allow-methods" => Shape::Words,
            "cache-control" => Shape::Directives,
            "link" => Shape::Links,
            _ => Shape::Plain,
        }
    }

    /// Whether two runs of values of such a header say the same.
    pub fn is_same<'a>(
        self,
        ours: impl Iterator<Item = &'a [u8]>,
        theirs: impl Iterator<Item = &'a [u8]>,
    ) -> bool {
        match self {
            Shape::Presence => true,
            Shape::Plain => ours.map(<[u8]>::trim_ascii).eq(theirs.map(<[u8]>::trim_ascii)),
            listed => listed.elements(ours) == listed.elements(theirs),
        }
    }

    /// Each element once, in one spelling and in order.
    fn elements<'a>(self, values: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
        let mut all = Vec::new();
        for value in values {
            let value: String = value.iter().map(|byte| char::from(*byte)).collect();
            let elements = parts(&value, ',').into_iter().map(str::trim).filter(|part| !part.is_empty());
            all.extend(elements.map(|element| self.normal(element)));
        }
        match self {
            // Of directives that contradict each other the first may hold.
            Shape::Directives => all.sort_by(|one, other| directive(one).cmp(directive(other))),
            _ => all.sort_unstable(),
        }
        all.dedup();
        all
    }

    fn normal(self, element: &str) -> String {
        match self {
            Shape::Names => element.to_ascii_lowercase(),
            Shape::Directives => match element.split_once('=') {
                Some((name, value)) => format!("{}={value}", name.to_ascii_lowercase()),
                None => element.to_ascii_lowercase(),
            },
            Shape::Links => link(element),
            Shape::Words | Shape::Plain | Shape::Presence => element.to_owned(),
        }
    }
}

fn directive(element: &str) -> &str {
    element.split_once('=').map_or(element, |(name, _)| name)
}

/// A link with its parameters in order of name, those of one name as they came: of some the first one holds.
fn link(element: &str) -> String {
    let mut parts = parts(element, ';').into_iter().map(str::trim);
    let target = parts.next().unwrap_or_default();
    let mut parameters: Vec<(String, String)> =
        parts.filter(|part| !part.is_empty()).map(parameter).collect();
    parameters.sort_by(|one, other| one.0.cmp(&other.0));
    let parameters = parameters.iter().map(|(name, value)| format!("{name}{value:?}"));
    std::iter::once(target.to_owned()).chain(parameters).collect::<Vec<_>>().join("; ")
}

/// The name without case, and the value as a token or a quoted text has it; a name alone is no empty value.
fn parameter(text: &str) -> (String, String) {
    let Some((name, value)) = text.split_once('=') else {
        return (text.to_ascii_lowercase(), String::new());
    };
    let name = name.trim_end().to_ascii_lowercase();
    let mut value = unquoted(value.trim_start());
    if name == "rel" || name == "rev" {
        // A set of relations without case.
        let lower = value.to_ascii_lowercase();
        let mut relations: Vec<&str> = lower.split_ascii_whitespace().collect();
        relations.sort_unstable();
        value = relations.join(" ");
    }
    (name, format!("={value}"))
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut out = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.extend(letters.next()),
            letter => out.push(letter),
        }
    }
    out
}

/// The parts between separators that stand neither in quotes nor in angle brackets.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped, mut bracketed) = (false, false, false);
    text.split(|letter: char| {
        let plain = !quoted && !bracketed;
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if !bracketed => quoted = !quoted,
            '<' if plain => bracketed = true,
            '>' if bracketed => bracketed = false,
            _ => {}
        }
        plain && letter == separator
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(name: &str, ours: &[&str], theirs: &[&str]) -> bool {
        let bytes =
            |values: &[&str]| values.iter().map(|value| value.as_bytes().to_vec()).collect::<Vec<_>>();
        let (ours, theirs) = (bytes(ours), bytes(theirs));
        let shape = Shape::of(name);
        shape.is_same(ours.iter().map(Vec::as_slice), theirs.iter().map(Vec::as_slice))
    }

    #[test]
    fn what_means_the_same_by_its_definition_is_the_same() {
        for (name, ours, theirs) in [
            ("vary", &["Accept, Origin"][..], &["origin", "ACCEPT,,accept"][..]),
            ("access-control-allow-methods", &["GET, HEAD"], &["HEAD,GET"]),
            ("access-control-expose-headers", &["X-A,x-b"], &["X-B, x-a"]),
            ("allow", &["GET", "HEAD"], &["HEAD, GET"]),
            ("content-language", &["de, en"], &["EN,de"]),
            ("cache-control", &["max-age=60, Private"], &["private,MAX-AGE=60"]),
            ("cache-control", &[r#"no-cache="a, b", public"#], &[r#"public, no-cache="a, b""#]),
            ("link", &["</a,b>; rel=next, </c>; rel=last"], &[r#"</c>;REL="Last""#, r#"</a,b>;rel="next""#]),
            ("link", &[r#"<a>; title="x; \"y\""; rel="b a""#], &[r#"<a>; rel="A B"; title="x; \"y\"""#]),
            ("location", &["/a "], &["/a"]),
            ("etag", &["1"], &["2"]),
        ] {
            assert!(same(name, ours, theirs), "{name} {ours:?} {theirs:?}");
        }
    }

    #[test]
    fn what_may_mean_something_else_is_apart() {
        for (name, ours, theirs) in [
            ("vary", &["accept"][..], &["accept, origin"][..]),
            ("access-control-allow-methods", &["GET"], &["get"]),
            ("cache-control", &["max-age=60"], &["max-age=600"]),
            ("cache-control", &["max-age=60, max-age=0"], &["max-age=0, max-age=60"]),
            ("cache-control", &["no-cache"], &[r#"no-cache="a""#]),
            ("cache-control", &[r#"no-cache="a, b""#], &[r#"no-cache="b, a""#]),
            ("cache-control", &["max-age=60"], &[r#"max-age="60""#]),
            ("link", &["</a>; rel=next"], &["</a>; rel=prev"]),
            ("link", &["</a>; rel=next"], &["</A>; rel=next"]),
            ("link", &["</a>; rel=next"], &["</a>"]),
            ("link", &["</a>; rel=next; rel=prev"], &["</a>; rel=prev; rel=next"]),
            ("link", &["</a>; rel=next; title=A"], &["</a>; rel=next; title=a"]),
            ("link", &["</a>; crossorigin"], &["</a>; crossorigin=\"\""]),
            ("link", &[r#"<a>; title="b, <c>; d""#], &[r#"<a>; title="b", <c>; d"#]),
            ("www-authenticate", &["Basic realm=a"], &["Basic realm=A"]),
            ("location", &["/a", "/b"], &["/a, /b"]),
        ] {
            assert!(!same(name, ours, theirs), "{name} {ours:?} {theirs:?}");
        }
        let (one, other) = ([&[0xFE][..]], [&[0xFF][..]]);
        assert!(!Shape::Names.is_same(one.into_iter(), other.into_iter()));
    }
}
