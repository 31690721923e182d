//! Replies of the formats that are text, judged.

use super::*;

#[test]
fn the_same_text_in_another_charset_is_equal_and_noted() {
    let typed = |kind, body: &[u8]| reply(200, &[("content-type", kind)], body);
    let latin = typed("text/plain; charset=latin1", b"caf\xE9");
    let judgement = judge(&latin, &typed("text/plain", "café".as_bytes()));
    assert_eq!(places(&judgement), ["header content-type changed"]);
    assert_eq!(judgement.notes, ["charset: old windows-1252, new UTF-8"]);
    let xml = |kind, text: &[u8]| typed(kind, text);
    let old = xml("text/plain", b"\xFF\xFEa\0");
    let new = xml("text/plain", b"\xFE\xFF\0a");
    comes_to(&old, &new, Outcome::Equal);
    assert_eq!(judge(&old, &new).notes, ["charset: old UTF-16LE, new UTF-16BE"]);
    comes_to(&old, &xml("text/plain", b"\xFE\xFF\0b"), Outcome::Differs);
    // Whose every reader knows a mark: it is told and no difference.
    let xml = |text: &str| typed("text/xml", text.as_bytes());
    comes_to(&xml("\u{feff}<a/>"), &xml("<a></a>"), Outcome::Equal);
    assert_eq!(
        judge(&xml("\u{feff}<a/>"), &xml("<a></a>")).notes,
        ["only old begins with a byte order mark"]
    );
    comes_to(&typed("text/plain", b"\xFF"), &typed("text/plain", b"a"), Outcome::Undecodable);
}

#[test]
fn a_byte_order_mark_on_one_side_is_a_difference() {
    let marked = json("\u{feff}[1]");
    let judgement = judge(&marked, &json("[1]"));
    assert_eq!(places(&judgement), ["body encoding"]);
    assert_eq!(judgement.differences[0].old.as_deref(), Some("byte order mark of UTF-8"));
    assert_eq!(places(&judge(&json("[1]"), &json("\u{feff}[2]"))), ["body encoding", "/0 number"]);
    comes_to(&marked, &json("\u{feff}[1.0]"), Outcome::Equal);
    let utf_16: Vec<u8> = "\u{feff}[1]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    comes_to(&marked, &reply(200, &[JSON], utf_16), Outcome::Equal);
    let limits = Limits { differences: 1, ..Limits::default() };
    let judgement = under(&marked, &json("[2]"), &limits);
    assert_eq!((places(&judgement).join(""), judgement.more), ("body encoding".into(), 1));
}

#[test]
fn text_is_compared_by_its_lines() {
    let text = |body: &str| reply(200, &[("content-type", "text/plain")], body);
    assert_eq!(places(&judge(&text("a\nb\nc\n"), &text("a\nx\nb\nc\n"))), ["/1 added"]);
    assert_eq!(places(&judge(&text("a\nb\n"), &text("a\nb"))), ["/2 removed"]);
    assert_eq!(places(&judge(&text("a\nb"), &text("a\r\nb"))), ["/0 text"]);
}

#[test]
fn the_parts_of_a_body_are_compared_and_boundaries_are_not() {
    let mixed = |boundary: &str, body: &str| {
        let kind = format!("multipart/mixed; boundary={boundary}");
        let body = body.replace("BOUNDARY", boundary);
        reply(200, &[("content-type", &kind)], body)
    };
    let part =
        |text: &str| format!("--BOUNDARY\r\nContent-Type: application/json\r\n\r\n{text}\r\n--BOUNDARY--");
    let old = mixed("a", &part("{\"a\":1,\"b\":2}"));
    comes_to(&old, &mixed("b", &part("{\"b\":2,\"a\":1.0}")), Outcome::Equal);
    assert_eq!(places(&judge(&old, &mixed("b", &part("{\"a\":1,\"b\":3}")))), ["/0/body/b number"]);
    let cut = mixed("b", &part("{}").replace("BOUNDARY--", ""));
    assert_eq!(places(&judge(&old, &cut)), ["body type"]);
    comes_to(&cut, &old, Outcome::Undecodable);
    // The same bytes, of which one header tells the wrong boundary.
    let wrong = Reply { body: old.body.clone(), ..mixed("b", "") };
    assert_eq!(places(&judge(&old, &wrong)), ["body type"]);
    comes_to(&wrong, &old, Outcome::Undecodable);
}

#[test]
fn elements_are_compared_by_what_they_say() {
    let xml = |body: &str| reply(200, &[("content-type", "application/xml")], body);
    let old = xml("<?xml version='1.0'?><o:order xmlns:o='urn:x' id='1'><o:price>12</o:price></o:order>");
    comes_to(&old, &xml("<order id=\"1\" xmlns='urn:x'>\n  <price>12</price>\n</order>"), Outcome::Equal);
    let judgement = judge(&old, &xml("<order id=\"1\" xmlns='urn:x'><price>13</price></order>"));
    assert_eq!(places(&judgement), ["/{urn:x}order/#/0/{urn:x}price/# text"]);
    let judgement = judge(&old, &xml("<order>"));
    let told = judgement.differences[0].new.as_deref();
    assert_eq!(told, Some("no XML: expected the end tag of an element at byte 7: <order>"));
    comes_to(&xml("<order>"), &old, Outcome::Undecodable);
    comes_to(&xml(&"<a>".repeat(10_000)), &old, Outcome::TooDeep);
    let html = |body: &str| reply(200, &[("content-type", "text/html")], body);
    comes_to(&html("<p>a</p><p>b</p>"), &html("<p>a</p>\n<P>b</P>"), Outcome::Equal);
    assert_eq!(places(&judge(&html("<p>a</p>"), &html("<p>b</p>"))), ["/#/0/p/# text"]);
}

#[test]
fn a_form_is_compared_by_its_keys() {
    let form = |body: &str| reply(200, &[("content-type", "application/x-www-form-urlencoded")], body);
    comes_to(&form("a=1+2&b=%41"), &form("b=A&a=1%202"), Outcome::Equal);
    assert_eq!(places(&judge(&form("a=1&b=2"), &form("a=1&b=3"))), ["/b text"]);
    comes_to(&form("a=1&a=2"), &form("a=2&a=1"), Outcome::Differs);
}
