//! How HTML is laid out, what of it shows the same, and that nothing else is lost.

use super::{
    super::super::{
        Limits, Terms,
        bindings::Bindings,
        diff::{self, path::Docs},
        rules::Rules,
        tree::Id,
    },
    *,
};

const BOUNDS: Bounds = Bounds { depth: 1000, nodes: 1 << 20, text: 1 << 24 };

#[track_caller]
fn laid_out(text: &str) -> String {
    read(text, BOUNDS).unwrap().raw(Id::ROOT).to_owned()
}

/// Where two documents differ, by pointer and kind.
#[track_caller]
pub fn differences(old: &str, new: &str) -> Vec<String> {
    let limits = Limits::default();
    let (old, new) = (read(old, BOUNDS).unwrap(), read(new, BOUNDS).unwrap());
    let (docs, rules) = (Docs { old: &old, new: &new }, Rules::default());
    let terms = Terms::of(&rules, &limits);
    let findings = diff::diff(docs, &terms, &Bindings::default());
    assert!(!findings.costly);
    let told = findings.found.iter().map(|found| diff::told(docs, found, &limits));
    told.map(|found| format!("{} {}", found.place, found.kind.name())).collect()
}

#[test]
fn a_page_is_laid_out_by_its_tokens() {
    for (text, inside) in [
        ("", ""),
        ("x", r#""x""#),
        ("<p>x</p>", r##"{"p":{"#":"x"}}"##),
        ("<P CLASS=A ID='b' hidden>x</P>", r##"{"p":{"@class":"A","@hidden":"","@id":"b","#":"x"}}"##),
        ("<p>a<br>b<img src=x/></p>", r##"{"p":{"#":["a",{"br":{}},"b",{"img":{"@src":"x/"}}]}}"##),
        ("<p>a &amp; b&eacute;</p>", r##"{"p":{"#":"a & bé"}}"##),
        ("<!DOCTYPE html>\n<title>x</title>", r##"{"!doctype":{"@name":"html"}},{"title":{"#":"x"}}"##),
        ("<!DOCTYPE HTML PUBLIC 'a' 'b'>", r#"{"!doctype":{"@name":"html","@public":"a","@system":"b"}}"#),
        ("<!DOCTYPE>", r#"{"!doctype":{"@name":"","@quirks":""}}"#),
        ("<script>a<b && '</p>'\n</script>", r##"{"script":{"#":"a<b && '</p>'\n"}}"##),
        ("<textarea> <b>\n</textarea>", r##"{"textarea":{"#":" <b>\n"}}"##),
        ("<p>a", r##"{"p":{"#":"a","unclosed":true}}"##),
        ("<div><p>a</div>", r##"{"div":{"#":[{"p":{"#":"a","unclosed":true}}]}}"##),
        ("a</p>b", r##""a",{"/p":{}},"b""##),
        ("<b><i>x</b></i>", r##"{"b":{"#":[{"i":{"#":"x","unclosed":true}}]}},{"/i":{}}"##),
        ("</br>", r##"{"/br":{}}"##),
        ("<div/>x</div>", r##"{"div":{"@/":"","#":"x"}}"##),
        ("<svg><path d='x'/><g/></svg>", r##"{"svg":{"#":[{"path":{"@d":"x"}},{"g":{}}]}}"##),
        (
            "<ul><li>a<li>b</ul>",
            r##"{"ul":{"#":[{"li":{"#":"a","unclosed":true}},{"li":{"#":"b","unclosed":true}}]}}"##,
        ),
        ("<svg><![CDATA[a]]></svg>", r##"{"svg":{"#":"[CDATA[a]]"}}"##),
    ] {
        assert_eq!(laid_out(text), format!(r##"{{"#":[{inside}]}}"##), "{text}");
    }
}

#[test]
fn what_shows_the_same_is_laid_out_alike() {
    for (one, other) in [
        ("<p class=a id=b>x</p>", "<P ID=\"b\"\n CLASS='a' >x</P >"),
        ("<p>a</p><p>b</p>", "\n<p>a</p>\n\n  <p>b</p>\n"),
        ("<p>a b</p>", "<p>\n  a\n  b\n</p>"),
        ("<p>a<b>b</b></p>", "<p> <!-- x -->a<!-- y --><b>b</b> </p>"),
        ("<br>", "<br/>"),
        ("<p title='&lt;é'>&copy;</p>", "<p title='<&eacute;'>©</p>"),
        ("<ul><li>a</li><li>b</li></ul>", "<ul>\n <li>a</li>\n <li>b</li>\n</ul>"),
        ("<table><tr><td>a</td></tr></table>", "<table> <tr> <td> a </td> </tr> </table>"),
        (
            "<head><meta a><link b><script>x</script><title>t</title></head>",
            "<head>\n <meta a>\n <link b>\n <script>x</script>\n <title>\nt</title>\n</head>",
        ),
        ("<b>a</b> <script></script><i>b</i>", "<b>a</b><script></script> <i>b</i>"),
        ("<b>a</b> <script></script><i>b</i>", "<b>a</b>\n<script></script>\n<i>b</i>"),
        ("<p>a</p><script></script><p>b</p>", "<p>a</p>\n<script></script>\n<p>b</p>"),
        ("a <script></script>b", "a<script></script> b"),
        ("<select><option>a</option></select>", "<select>\n <option>a</option>\n</select>"),
        ("<svg><g><path/></g></svg>", "<svg>\n <g>\n  <path></path> </g> </svg>"),
        ("<pre>a\n b</pre>", "<pre>a\r\n b</pre>"),
        ("<p a=1 a=2>", "<p a=1>"),
    ] {
        assert_eq!(differences(one, other), [""; 0], "{one} {other}");
        assert_eq!(differences(other, one), [""; 0], "{one} {other}");
    }
}

#[test]
fn what_shows_something_else_differs_where_it_does() {
    for (one, other, found) in [
        ("<p>a</p>", "<p>b</p>", &["/#/0/p/# text"][..]),
        ("<p>a</p>", "<p>A</p>", &["/#/0/p/# text"]),
        ("<p class=a>", "<p class=A>", &["/#/0/p/@class text"]),
        ("<p>a</p>", "<p>a", &["/#/0/p/unclosed added"]),
        ("<b>a</b> <b>b</b>", "<b>a</b><b>b</b>", &["/#/1 removed"]),
        ("<b>a</b>\u{a0}<b>b</b>", "<b>a</b> <b>b</b>", &["/#/1 text"]),
        ("<b>a</b> <script></script><b>b</b>", "<b>a</b><script></script><b>b</b>", &["/#/2 removed"]),
        ("<p>a <b>b</b></p>", "<p>a<b>b</b></p>", &["/#/0/p/#/0 text"]),
        ("<b> </b>", "<b></b>", &["/#/0/b/# removed"]),
        ("<pre>a  b</pre>", "<pre>a b</pre>", &["/#/0/pre/# text"]),
        ("<pre><b> a</b></pre>", "<pre><b>a</b></pre>", &["/#/0/pre/#/0/b/# text"]),
        ("<textarea>a </textarea>", "<textarea>a</textarea>", &["/#/0/textarea/# text"]),
        ("<script>a;  b</script>", "<script>a; b</script>", &["/#/0/script/# text"]),
        ("<p>a</p></p>", "<p>a</p>", &["/#/1 removed"]),
        ("<div/></div>", "<div></div>", &["/#/0/div/@~1 removed"]),
        (
            "<svg><text>a <tspan>b</tspan></text></svg>",
            "<svg><text>a<tspan>b</tspan></text></svg>",
            &["/#/0/svg/#/0/text/#/0 text"],
        ),
        ("<!doctype html>", "", &["/#/0 removed"]),
        ("<svg><![CDATA[a]]></svg>", "<svg><![CDATA[b]]></svg>", &["/#/0/svg/# text"]),
    ] {
        assert_eq!(differences(one, other), found, "{one} {other}");
    }
}

#[test]
fn pages_of_elements_without_an_end_are_read_within_bounds() {
    let rows = "<tr><td>a<td>b".repeat(5_000);
    assert!(read(&format!("<table><tbody>{rows}</table>"), BOUNDS).is_ok());
    assert_eq!(read(&"<b>".repeat(100_000), BOUNDS).unwrap_err(), Unreadable::TooDeep);
    let strays = format!("{}{}", "<b>".repeat(300), "</i>".repeat(100_000));
    assert!(read(&strays, BOUNDS).is_ok());
    assert_eq!(read(&strays, Bounds { nodes: 1000, ..BOUNDS }).unwrap_err(), Unreadable::TooLarge);
}
