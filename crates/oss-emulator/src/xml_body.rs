//! XML documents of requests: a small, bounded tree.
//!
//! The reader knows no DTD, no entities beyond the five predefined ones, and has limits on depth and
//! number of elements, so a body costs no more than its own length.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::error::{OssError, Outcome, code};

/// Deepest nesting that any request body of OSS needs, with room to spare.
const MAX_DEPTH: usize = 16;
/// A Complete with 10,000 parts has 30,001 elements.
const MAX_ELEMENTS: usize = 40_000;

/// One element of a request body; namespaces and attributes are dropped.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// Parses a document whose root must be `root`.
    ///
    /// # Errors
    /// `MalformedXML` for anything else.
    pub(crate) fn parse(bytes: &[u8], root: &str) -> Outcome<Self> {
        let element = parse(bytes).map_err(|detail| malformed(detail.into_owned()))?;
        if element.name == root { Ok(element) } else { Err(malformed(format!("expected {root}"))) }
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Text of a child that must be there.
    pub(crate) fn child_text(&self, name: &str) -> Outcome<&str> {
        self.child(name)
            .map(|child| child.text.as_str())
            .ok_or_else(|| malformed(format!("{} lacks {name}", self.name)))
    }

    pub(crate) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// `MalformedXML` with its `ErrorDetail`.
pub(crate) fn malformed(detail: impl Into<String>) -> OssError {
    OssError::from(code::MALFORMED_XML).with("ErrorDetail", detail)
}

type Detail = Cow<'static, str>;

fn parse(bytes: &[u8]) -> Result<Element, Detail> {
    let text = std::str::from_utf8(bytes).map_err(|_| Detail::from("not UTF-8"))?;
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut elements = 0_usize;
    loop {
        let event = reader.read_event().map_err(|error| Detail::from(error.to_string()))?;
        match event {
            Event::Start(_) | Event::Empty(_) if root.is_some() => return Err("more than one root".into()),
            Event::Start(start) => {
                elements += 1;
                if open.len() >= MAX_DEPTH || elements > MAX_ELEMENTS {
                    return Err("too deep or too many elements".into());
                }
                open.push(named(start.local_name().into_inner()));
            }
            Event::Empty(start) => {
                elements += 1;
                if elements > MAX_ELEMENTS {
                    return Err("too many elements".into());
                }
                close(named(start.local_name().into_inner()), &mut open, &mut root);
            }
            Event::End(_) => {
                let element = open.pop().ok_or("unexpected end tag")?;
                close(element, &mut open, &mut root);
            }
            Event::Text(piece) => append(&mut open, &piece.xml10_content())?,
            Event::CData(piece) => append(&mut open, &piece.xml10_content())?,
            Event::GeneralRef(reference) => {
                let c = match reference.resolve_char_ref() {
                    Ok(Some(c)) => c,
                    Ok(None) => predefined(&reference.xml10_content()).ok_or("unknown entity")?,
                    Err(error) => return Err(error.to_string().into()),
                };
                append(&mut open, c.encode_utf8(&mut [0; 4]))?;
            }
            Event::DocType(_) => return Err("a document type is not allowed".into()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    if !open.is_empty() {
        return Err("unclosed element".into());
    }
    root.ok_or_else(|| "no root element".into())
}

fn named(name: impl AsRef<str>) -> Element {
    Element { name: name.as_ref().to_owned(), ..Element::default() }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

fn append(open: &mut [Element], text: &str) -> Result<(), Detail> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return Err("text outside the root element".into()),
    }
    Ok(())
}

fn predefined(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::xml::XmlWriter;

    #[test]
    fn references_namespaces_and_cdata_are_understood() {
        let body = br#"<?xml version="1.0"?><x:Delete xmlns:x="u"><Object><Key>a&#x20;&#34;&amp;<![CDATA[<b>]]></Key></Object></x:Delete>"#;
        let root = Element::parse(body, "Delete").unwrap();
        assert_eq!(root.child("Object").unwrap().child_text("Key").unwrap(), "a \"&<b>");
    }

    #[test]
    fn a_document_type_and_unknown_entities_are_refused() {
        for body in [
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "<a>&b;</a>",
            "<a>",
            "<a></b>",
            "</a>",
            "<a/><a/>",
            "text",
            "",
            "<a>&#0;</a>x",
        ] {
            assert!(Element::parse(body.as_bytes(), "a").is_err(), "{body}");
        }
    }

    #[test]
    fn depth_and_number_of_elements_are_bounded() {
        let deep = "<a>".repeat(1000) + &"</a>".repeat(1000);
        assert!(Element::parse(deep.as_bytes(), "a").is_err());
        let many = format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS + 1));
        assert!(Element::parse(many.as_bytes(), "a").is_err());
    }

    proptest! {
        #[test]
        fn what_the_writer_writes_the_reader_reads(text in "[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]*") {
            let mut xml = XmlWriter::document();
            xml.open("Root");
            xml.text("Text", &text);
            xml.close("Root");
            let root = Element::parse(xml.finish().as_bytes(), "Root").unwrap();
            prop_assert_eq!(root.child_text("Text").unwrap(), text);
        }

        #[test]
        fn no_body_makes_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Element::parse(&bytes, "a");
        }

        #[test]
        fn no_markup_soup_makes_the_reader_panic(pieces in proptest::collection::vec(
            prop::sample::select(vec!["<a>", "</a>", "<", ">", "&", "&#x;", "&#99999999;", "]]>", "<![CDATA[", "<!--", "<?", "a=\"", "é"]), 0..60)) {
            let _ = Element::parse(pieces.concat().as_bytes(), "a");
        }
    }
}
