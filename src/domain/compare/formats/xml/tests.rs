//! How XML is laid out, what of it says the same, and what is refused where.

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
    read(text, BOUNDS).unwrap_or_else(|why| panic!("{text}: {why:?}")).raw(Id::ROOT).to_owned()
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
fn an_element_is_an_object_with_its_name_as_key() {
    for (text, tree) in [
        ("<a/>", r#"{"a":{}}"#),
        ("<a></a>", r#"{"a":{}}"#),
        ("<a>12</a>", r##"{"a":{"#":"12"}}"##),
        ("<a> 1\t</a>", r##"{"a":{"#":" 1\t"}}"##),
        ("<a><b/></a>", r##"{"a":{"#":[{"b":{}}]}}"##),
        ("<a>x<b/>y</a>", r##"{"a":{"#":["x",{"b":{}},"y"]}}"##),
        ("<a x='1' y=\"2\"/>", r#"{"a":{"@x":"1","@y":"2"}}"#),
        (
            r#"<order id="1"><item><price>12</price></item>hi</order>"#,
            r##"{"order":{"@id":"1","#":[{"item":{"#":[{"price":{"#":"12"}}]}},"hi"]}}"##,
        ),
        ("<a xmlns='urn:x' b='1'><c/></a>", r##"{"{urn:x}a":{"@b":"1","#":[{"{urn:x}c":{}}]}}"##),
        ("<p:a xmlns:p='urn:x' p:b='1'/>", r#"{"{urn:x}a":{"@{urn:x}b":"1"}}"#),
        ("<a xml:lang='en'/>", r#"{"a":{"@{http://www.w3.org/XML/1998/namespace}lang":"en"}}"#),
        (
            "<!DOCTYPE  html\nPUBLIC \"a  b\" 'c'><html/>",
            r#"{"!DOCTYPE":"html PUBLIC \"a  b\" 'c'","html":{}}"#,
        ),
    ] {
        assert_eq!(laid_out(text), tree, "{text}");
    }
}

#[test]
fn what_only_looks_different_is_laid_out_alike() {
    for (one, other) in [
        ("<a/>", "<?xml version='1.0' encoding='utf-8'?>\n<a ></a >\n<!-- x -->\n"),
        ("<a x='1' y='2'/>", "<a\n\ty='2'\r\n x='1'\n></a>"),
        ("<a><b/><c/></a>", "<a>\n  <b/>\r\n  <c/>\n</a>"),
        ("<a><b/><c/></a>", "<a><!-- x -->  <b/> <!-- y --> <c/></a>"),
        ("<a><?p x?><c/></a>", "<a> <?p   x?> <c/></a>"),
        ("<a>xy</a>", "<a>x<!-- c -->y</a>"),
        ("<a>x&lt;y</a>", "<a><![CDATA[x<y]]></a>"),
        ("<a>x&lt;y</a>", "<a>x<![CDATA[<]]>&#121;</a>"),
        ("<a>&#233;&#xE9;&amp;&apos;&quot;&gt;</a>", "<a>éé&amp;'\"></a>"),
        ("<a>1\n2\n3</a>", "<a>1\r\n2\r3</a>"),
        ("<a x='1 2 3 4'/>", "<a x='1\n2\t3\r\n4'/>"),
        ("<p:a xmlns:p='u'><p:b/></p:a>", "<a xmlns='u'><q:b xmlns:q='u'/></a>"),
        ("<a xmlns='u'><b xmlns=''/></a>", "<p:a xmlns:p='u'><b/></p:a>"),
        ("<a xmlns:p='u' xmlns:unused='v' p:x='1'/>", "<a q:x='1' xmlns:q='u'/>"),
        (
            "<a><b xmlns:p='u'><p:c/></b><b xmlns:p='v'><p:c/></b></a>",
            "<a><b><c xmlns='u'/></b><b><c xmlns='v'/></b></a>",
        ),
        ("<a>t <b/> <c/></a>", "<a>t <b></b> <c/></a>"),
        (
            "<a xml:space='preserve'><b xml:space='default'><c/></b></a>",
            "<a xml:space='preserve'><b xml:space='default'> <c/> </b></a>",
        ),
    ] {
        assert_eq!(differences(one, other), [""; 0], "{one} {other}");
        assert_eq!(differences(other, one), [""; 0], "{one} {other}");
    }
}

#[test]
fn what_says_something_else_differs_where_it_does() {
    for (one, other, found) in [
        ("<a/>", "<b/>", &["/a removed", "/b added"][..]),
        ("<a>1</a>", "<a>1 </a>", &["/a/# text"]),
        ("<a>1</a>", "<a>1.0</a>", &["/a/# text"]),
        ("<a> </a>", "<a/>", &["/a/# removed"]),
        ("<a x='1'/>", "<a x='2'/>", &["/a/@x text"]),
        ("<a x='1'/>", "<a X='1'/>", &["/a/@x removed", "/a/@X added"]),
        ("<a x=''/>", "<a/>", &["/a/@x removed"]),
        ("<a x='1&#10;2'/>", "<a x='1 2'/>", &["/a/@x text"]),
        ("<a><b/><c/></a>", "<a><c/><b/></a>", &["/a/# order"]),
        ("<a>t <b/> <c/></a>", "<a>t <b/><c/></a>", &["/a/#/2 removed"]),
        ("<a><b/>&#32;<c/></a>", "<a><b/> <c/></a>", &["/a/#/1 removed"]),
        ("<a xml:space='preserve'> <b/></a>", "<a xml:space='preserve'><b/></a>", &["/a/#/0 removed"]),
        ("<a xmlns='u'/>", "<a xmlns='v'/>", &["/{u}a removed", "/{v}a added"]),
        ("<a xmlns='u' x='1'/>", "<p:a xmlns:p='u' p:x='1'/>", &["/{u}a/@x removed", "/{u}a/@{u}x added"]),
        ("<a>&lt;b/&gt;</a>", "<a><b/></a>", &["/a/# type"]),
        ("<!DOCTYPE a><a/>", "<a/>", &["/!DOCTYPE removed"]),
        ("<a>é</a>", "<a>e\u{301}</a>", &["/a/# text"]),
    ] {
        assert_eq!(differences(one, other), found, "{one} {other}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused_where_it_is_wrong() {
    for (text, at) in [
        ("", 0),
        (" ", 1),
        ("a", 0),
        ("<a>", 3),
        ("<a><b></b>", 10),
        ("<a></b>", 3),
        ("<a><b></a></b>", 6),
        ("</a>", 0),
        ("<a/></a>", 4),
        ("<a/><b/>", 4),
        ("<a/>x", 4),
        ("x<a/>", 0),
        (" x<a/>", 1),
        ("<a/>&#32;", 4),
        ("<a/><![CDATA[]]>", 4),
        ("<a", 0),
        ("<a x/>", 0),
        ("<a x=1/>", 0),
        ("<a x='1/>", 0),
        ("<a x='1' x='2'/>", 9),
        ("<a x='1'y='2'/>", 8),
        ("<a x='<'/>", 6),
        ("<a x='1&y'/>", 7),
        ("<a x='&nbsp;'/>", 6),
        ("<a p:x='1'/>", 3),
        ("<p:a/>", 1),
        ("<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>", 35),
        ("<a xmlns:p=''/>", 3),
        ("<a xmlns:xml='u'/>", 3),
        ("<a xmlns:p='http://www.w3.org/XML/1998/namespace'/>", 3),
        ("<a xmlns:xmlns='u'/>", 3),
        ("<a xmlns='u' xmlns='v'/>", 13),
        ("<a:b:c xmlns:a='u'/>", 1),
        ("<:a/>", 1),
        ("<1a/>", 1),
        ("< a/>", 0),
        ("<a>&nbsp;</a>", 3),
        ("<a>&</a>", 3),
        ("<a>x & y</a>", 5),
        ("<a>&#0;</a>", 3),
        ("<a>&#xD800;</a>", 3),
        ("<a>&#+65;</a>", 3),
        ("<a>&#;</a>", 3),
        ("<a>]]></a>", 3),
        ("<a>\u{1}</a>", 3),
        ("<a>\u{FFFE}</a>", 3),
        ("<a><!-- -- --></a>", 8),
        ("<a><!-- ", 3),
        ("<a><![CDATA[", 3),
        (" <?xml version='1.0'?><a/>", 1),
        ("<a/><!DOCTYPE a>", 4),
        ("<!DOCTYPE a><!DOCTYPE a><a/>", 12),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", 33),
    ] {
        let found = read(text, BOUNDS).map(drop);
        assert!(
            matches!(found, Err(Unreadable::Malformed { at: there, .. }) if there == at),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn no_entity_is_expanded_and_no_depth_reaches_the_stack() {
    let lol: String =
        (1..20).map(|n| format!("<!ENTITY l{n} '{}'>", format!("&l{};", n - 1).repeat(10))).collect();
    let bomb = format!("<!DOCTYPE a [<!ENTITY l0 'lol'>{lol}]><a>&l19;</a>");
    assert!(matches!(read(&bomb, BOUNDS), Err(Unreadable::Malformed { at, .. }) if at == bomb.len() - 9));
    let nested = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
    assert!(read(&nested(300), BOUNDS).is_ok());
    for n in [400, 100_000] {
        assert_eq!(read(&nested(n), BOUNDS).unwrap_err(), Unreadable::TooDeep);
    }
    assert_eq!(read(&"<a>".repeat(100_000), BOUNDS).unwrap_err(), Unreadable::TooDeep);
    let wide = |n: usize| format!("<a>{}</a>", "<b/>".repeat(n));
    assert_eq!(read(&wide(1000), Bounds { nodes: 1000, ..BOUNDS }).unwrap_err(), Unreadable::TooLarge);
    assert_eq!(read(&wide(1000), Bounds { text: 1000, ..BOUNDS }).unwrap_err(), Unreadable::TooLarge);
}

#[test]
fn a_tag_with_a_great_many_attributes_and_namespaces_is_read_in_step_with_its_length() {
    let attributes: String = (0..10_000).map(|n| format!(" xmlns:p{n}='u{n}' p{n}:a='1' a{n}='2'")).collect();
    let document = read(&format!("<a{attributes}/>"), BOUNDS).unwrap();
    assert_eq!(document.size(), 3 + 4 * 10_000);
}
