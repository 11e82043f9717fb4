#![cfg(test)]
//! Reading beside a model: an element with either texts or children, written in many ways.

use std::fmt::Write as _;

use expect_test::expect;
use proptest::prelude::*;

use super::*;

fn parse(document: &str) -> Result<Document<'_>, XmlError> {
    Document::parse(document.as_bytes(), MAX_DOCUMENT)
}

fn error(document: &str) -> Option<XmlError> {
    parse(document).err()
}

#[test]
fn namespaces_attributes_comments_and_indentation_are_ignored() {
    let document = parse(
        "\u{feff}<?xml version=\"1.0\"?>\n<o:A xmlns:o=\"x\" b=\"1\">\n <!-- c -->\n <B> &lt;&#34;&#x41;<![CDATA[<&]]> </B>\n <C/>\n</o:A>\n",
    )
    .unwrap();
    let root = document.root();
    assert_eq!((root.name(), root.text()), ("A", ""));
    assert_eq!(root.find("B").map(Element::text), Some(" <\"A<& "));
    assert_eq!(root.find("C").map(Element::text), Some(""));
    assert!(root.find("D").is_none());
    let names = |document| {
        let document = parse(document).unwrap();
        let names: Vec<_> = document.root().children().map(|child| child.name().to_owned()).collect();
        names.join(" ")
    };
    assert_eq!(names("<o:A a=\"<\"><o:Bc/>text<D\n>&lt;</D ><a:b:c></a:b:c ></o:A>"), "Bc D b:c");
}

#[test]
fn ends_of_lines_are_those_of_xml() {
    let text = |document| parse(document).unwrap().root().text().to_owned();
    assert_eq!(text("<a>b\r\nc\rd\ne&#13;</a>"), "b\nc\nd\ne\r");
    assert_eq!(text("<a>b<![CDATA[\r\n]]>c</a>"), "b\nc");
    assert_eq!(text("<a>\r\n<!-- \r -->b<?x \r?></a>\r\n"), "\nb");
}

/// Rows: R76.
#[test]
fn bombs_and_broken_documents_are_refused() {
    assert_eq!(error("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"), Some(XmlError::DocumentType));
    assert_eq!(error("<a>&nbsp;</a>"), Some(XmlError::UnknownEntity));
    assert_eq!(error("<a>&nbsp;<b/></a>"), Some(XmlError::UnknownEntity));
    assert_eq!(error(&"<a>".repeat(MAX_DEPTH + 1)), Some(XmlError::TooDeep));
    assert_eq!(error(&format!("{}{}", "<a>".repeat(MAX_DEPTH), "</a>".repeat(MAX_DEPTH))), None);
    assert_eq!(error(&format!("{}<b/>", "<a>".repeat(MAX_DEPTH))), Some(XmlError::TooDeep));
    assert_eq!(error(&format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS))), Some(XmlError::TooManyElements));
    assert_eq!(error(&format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS - 1))), None);
    assert_eq!(Document::parse(b"<a/>", 3).err(), Some(XmlError::TooLong { limit: 3 }));
    assert_eq!(Document::parse(b"<a>\xff</a>", MAX_DOCUMENT).err(), Some(XmlError::NotUtf8));
    for empty in ["", " \n", "\u{feff}", "<?xml version=\"1.0\"?>", "<!-- a -->", "&#32;"] {
        assert_eq!(error(empty), Some(XmlError::Empty), "{empty}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused_with_what_is_wrong() {
    let mut said = String::new();
    for broken in [
        "<a>",
        "<o:a><b></b>",
        "<a><b/>",
        "<a></b>",
        "<o:a></a>",
        "<a><b></a></b>",
        "</a>",
        "<a/></a>",
        "<a/><b/>",
        "<a></a><a>",
        "<a/>text",
        "<a/>&#97;",
        "<a/><![CDATA[b]]>",
        "text",
        "{\"a\":1}",
        "<a",
        "<a>&lt</a>",
        "<a>b &c d</a>",
        "<a><!-- b</a>",
        "<a><![CDATA[b</a>",
        "<a>&#0;</a>",
        "<a>&#xD800;</a>",
    ] {
        let Some(XmlError::Malformed(reason)) = error(broken) else { panic!("{broken}") };
        writeln!(said, "{broken}: {reason}").unwrap();
    }
    expect![[r#"
        <a>: <a> is not closed
        <o:a><b></b>: <a> is not closed
        <a><b/>: <a> is not closed
        <a></b>: ill-formed document: expected `</a>`, but `</b>` was found
        <o:a></a>: ill-formed document: expected `</o:a>`, but `</a>` was found
        <a><b></a></b>: ill-formed document: expected `</b>`, but `</a>` was found
        </a>: ill-formed document: close tag `</a>` does not match any open tag
        <a/></a>: ill-formed document: close tag `</a>` does not match any open tag
        <a/><b/>: a second root element
        <a></a><a>: a second root element
        <a/>text: text outside the root element
        <a/>&#97;: text outside the root element
        <a/><![CDATA[b]]>: text outside the root element
        text: text outside the root element
        {"a":1}: text outside the root element
        <a: syntax error: tag not closed: `>` not found before end of input
        <a>&lt</a>: ill-formed document: entity or character reference not closed: `;` not found before end of input
        <a>b &c d</a>: ill-formed document: entity or character reference not closed: `;` not found before end of input
        <a><!-- b</a>: syntax error: comment not closed: `-->` not found before end of input
        <a><![CDATA[b</a>: syntax error: CDATA not closed: `]]>` not found before end of input
        <a>&#0;</a>: invalid character reference: 0x0 character is not permitted in XML
        <a>&#xD800;</a>: invalid character reference: `55296` is not a valid codepoint
    "#]]
    .assert_eq(&said);
}

/// What a document says.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Model {
    name: String,
    text: String,
    children: Vec<Model>,
}

impl Model {
    fn of(element: Element<'_>) -> Self {
        let children = element.children().map(Self::of).collect();
        Self { name: element.name().to_owned(), text: element.text().to_owned(), children }
    }
}

/// What says nothing: a comment, an instruction to a program.
fn aside() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "<!--[a<& é\r\n]{0,3}-->", "<\\?[bc] [a<&]{0,3}\\?>"]
}

/// A piece of text, and how it is written.
fn piece() -> impl Strategy<Value = (String, String)> {
    let ends = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    prop_oneof![
        // Two of them beside each other would be one, so that `\r` and `\n` of different pieces do not meet.
        ("[ab \n\"'>é\u{1f600}]{0,6}", aside()).prop_map(|(text, aside)| (text.clone(), format!("{text}{aside}"))),
        "a(\r\n|\r|\n){1,3}b".prop_map(move |text| (ends(&text), text)),
        "[ab<&é]{0,4}".prop_map(|text| (text.clone(), format!("<![CDATA[{text}]]>"))),
        any::<char>()
            .prop_filter("no reference to it", |character| *character != '\0')
            .prop_map(|character| { (character.to_string(), format!("&#x{:x};", u32::from(character))) }),
        Just(("<".to_owned(), "&lt;".to_owned())),
        Just(("\"".to_owned(), "&quot;".to_owned())),
    ]
}

/// An element, and how it is written.
fn element() -> impl Strategy<Value = (Model, String)> {
    let tag = ("[A-C][a-c]{0,3}", "(o:)?", "( a=\"[<>' ]\")?\n?");
    let texts = proptest::collection::vec(piece(), 0..4);
    let leaf = (tag, texts).prop_map(|((name, namespace, attributes), pieces)| {
        let (text, written): (Vec<_>, Vec<_>) = pieces.into_iter().unzip();
        let (text, written) = (text.concat(), written.concat());
        let written = match written.is_empty() {
            true => format!("<{namespace}{name}{attributes}/>"),
            false => format!("<{namespace}{name}{attributes}>{written}</{namespace}{name} >"),
        };
        (Model { name, text, children: Vec::new() }, written)
    });
    leaf.prop_recursive(4, 40, 5, move |element| {
        let between = prop_oneof![aside(), piece().prop_map(|(_, written)| written)];
        let children = proptest::collection::vec((between.clone(), element), 1..5);
        (tag, children, between).prop_map(|((name, namespace, attributes), children, after)| {
            let (written, children): (Vec<_>, Vec<_>) =
                children.into_iter().map(|(before, (child, written))| (before + &written, child)).unzip();
            let written = written.concat();
            let written = format!("<{namespace}{name}{attributes}>{written}{after}</{namespace}{name}>");
            (Model { name, text: String::new(), children }, written)
        })
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(texts in proptest::collection::vec("[^\0]*", 0..8)) {
        let mut writer = XmlWriter::new();
        writer.parent("Root", |root| texts.iter().for_each(|text| root.leaf("Text", text)));
        let written = writer.finish();
        let document = parse(&written).unwrap();
        let read: Vec<_> = document.root().all("Text").map(Element::text).collect();
        prop_assert_eq!(read, texts);
    }

    #[test]
    fn a_document_says_what_its_model_says((model, written) in element(), (before, after) in (aside(), aside())) {
        let document = format!("{before}\r\n{written} {after}");
        prop_assert_eq!(Model::of(parse(&document).unwrap().root()), model);
    }

    /// A response that broke off is no document, wherever it did.
    #[test]
    fn the_beginning_of_a_document_is_refused((_, written) in element(), cut in any::<prop::sample::Index>()) {
        let end = cut.index(written.len());
        prop_assert!(Document::parse(&written.as_bytes()[..end], MAX_DOCUMENT).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Document::parse(&bytes, MAX_DOCUMENT);
    }

    #[test]
    fn any_markup_is_read_or_refused(text in "(<[a-c]>|</[a-c]>|<[a-c]/>|&#x?[0-9a-f]{0,7};|&(lt|amp|x);|<!\\[CDATA\\[|\\]\\]>|<!--|-->|<\\?|\\?>|<!|[a-c \u{e9}]){0,40}") {
        let _ = parse(&text);
    }
}
