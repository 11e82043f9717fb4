use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::quote::brief;

/// Most bytes of a document: 4 MiB.
pub const MAX_DOCUMENT: usize = 4 << 20;
/// Most levels of elements.
pub const MAX_DEPTH: usize = 32;
/// Most elements. The longest list of OSS, 1,000 versions of objects, has 14,000; each costs some 150 bytes of memory, so
/// that a document of nothing but elements costs no more than one of nothing but text.
pub const MAX_ELEMENTS: usize = 16_000;
/// Room for a text that begins with a reference, in bytes: an entity tag with its quotes fits.
const REFERENCED: usize = 40;

/// One element with its text or its children. Names and text are those of the document; text is copied only if it had
/// references in it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Element<'a> {
    name: Cow<'a, str>,
    text: Cow<'a, str>,
    children: Vec<Element<'a>>,
}

/// Why a document was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum XmlError {
    /// Longer than allowed.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// Limit in bytes.
        limit: usize,
    },
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// More than [`MAX_DEPTH`] levels.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// More than [`MAX_ELEMENTS`] elements.
    #[error("more than {MAX_ELEMENTS} elements")]
    TooManyElements,
    /// A document type, which OSS never sends.
    #[error("a document type is not allowed")]
    DocumentType,
    /// An entity other than the five predefined ones and numbers of characters.
    #[error("unknown entity")]
    UnknownEntity,
    /// No element at all.
    #[error("no element")]
    Empty,
    /// Not well-formed.
    #[error("not well-formed: {0}")]
    Malformed(String),
}

impl<'a> Element<'a> {
    /// Reads a document of at most `limit` bytes.
    ///
    /// # Errors
    /// [`XmlError`] if a limit is passed or the text is not a well-formed document.
    pub fn parse(document: &'a [u8], limit: usize) -> Result<Self, XmlError> {
        if document.len() > limit {
            return Err(XmlError::TooLong { limit });
        }
        let text = std::str::from_utf8(document).map_err(|_| XmlError::NotUtf8)?;
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let mut tree = Tree::default();
        loop {
            let begin = reader.buffer_position();
            match reader.read_event().map_err(malformed)? {
                Event::Start(start) => tree.open(local_name(text, begin, &start))?,
                Event::End(_) => tree.close()?,
                Event::Text(text) => tree.text(text.xml_content(XmlVersion::Implicit1_0))?,
                Event::CData(text) => tree.text(text.xml_content(XmlVersion::Implicit1_0))?,
                Event::GeneralRef(reference) => tree.character(resolve(&reference)?)?,
                Event::DocType(_) => return Err(XmlError::DocumentType),
                Event::Eof => return tree.finish(),
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    /// Name without namespace.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Text, references resolved; empty for an element with children.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Children in document order.
    pub fn children(&self) -> &[Self] {
        &self.children
    }

    /// First element at a path of names such as `Owner/ID`.
    pub fn find(&self, path: &str) -> Option<&Self> {
        // Most paths are one name. To take those apart as well costs as much as the search.
        if !path.as_bytes().contains(&b'/') {
            return self.child(path);
        }
        path.split('/').try_fold(self, Self::child)
    }

    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All elements at a path of names, in document order.
    pub fn all<'s>(&'s self, path: &'s str) -> impl Iterator<Item = &'s Self> {
        let (parents, name) = path.rsplit_once('/').map_or((None, path), |(parents, name)| (Some(parents), name));
        let parent = parents.map_or(Some(self), |path| self.find(path));
        parent.into_iter().flat_map(|parent| &parent.children).filter(move |child| child.name == name)
    }
}

/// The elements that are still open, outermost first, and the root once it is closed.
#[derive(Default)]
struct Tree<'a> {
    /// Each with the place in `closed` where its children begin.
    open: Vec<(Element<'a>, usize)>,
    /// Elements whose parents are open. They go there together, so that each parent asks for room once.
    closed: Vec<Element<'a>>,
    root: Option<Element<'a>>,
    elements: usize,
}

impl<'a> Tree<'a> {
    fn open(&mut self, name: Cow<'a, str>) -> Result<(), XmlError> {
        if self.root.is_some() {
            return Err(malformed("a second root element"));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(XmlError::TooDeep);
        }
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(XmlError::TooManyElements);
        }
        self.open.push((Element { name, ..Element::default() }, self.closed.len()));
        Ok(())
    }

    fn text(&mut self, text: Cow<'a, str>) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some((element, _)) => element.text += text,
            None if text.trim_ascii().is_empty() => {}
            None => return Err(malformed("text outside the root element")),
        }
        Ok(())
    }

    /// A character that was written as a reference: an entity tag of a list begins with one.
    fn character(&mut self, character: char) -> Result<(), XmlError> {
        let Some((element, _)) = self.open.last_mut() else { return self.text(character.to_string().into()) };
        let text = element.text.to_mut();
        if text.capacity() == 0 {
            text.reserve(REFERENCED);
        }
        text.push(character);
        Ok(())
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let (mut closed, begin) = self.open.pop().ok_or_else(|| malformed("an end without a start"))?;
        if begin < self.closed.len() {
            closed.children = self.closed.drain(begin..).collect();
            // What stands between children is indentation.
            closed.text = Cow::default();
        }
        match self.open.is_empty() {
            false => self.closed.push(closed),
            true => self.root = Some(closed),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element<'a>, XmlError> {
        match self.open.last() {
            Some((element, _)) => Err(malformed(format!("<{}> is not closed", element.name))),
            None => self.root.ok_or(XmlError::Empty),
        }
    }
}

/// The name without namespace of an element that begins at a place of `document`. The reader lends it for a moment only, so
/// it is looked up where it stands: a list has thousands of names, each of which would be copied.
fn local_name<'a>(document: &'a str, begin: u64, start: &BytesStart<'_>) -> Cow<'a, str> {
    let name = start.name();
    let name = name.as_ref();
    // By bytes: names are short, and a search by characters takes longer to set up than to do.
    let colon = name.bytes().position(|byte| byte == b':');
    let local = colon.and_then(|colon| name.get(colon + 1..)).unwrap_or(name);
    let place = || {
        // Behind `<` and the namespace.
        let from = usize::try_from(begin).ok()?.checked_add(1 + name.len() - local.len())?;
        document.get(from..from.checked_add(local.len())?).filter(|place| *place == local)
    };
    place().map_or_else(|| local.to_owned().into(), Cow::Borrowed)
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, XmlError> {
    match reference.resolve_char_ref().map_err(malformed)? {
        Some(character) => Ok(character),
        None => match &**reference {
            "lt" => Ok('<'),
            "gt" => Ok('>'),
            "amp" => Ok('&'),
            "apos" => Ok('\''),
            "quot" => Ok('"'),
            _ => Err(XmlError::UnknownEntity),
        },
    }
}

fn malformed(reason: impl ToString) -> XmlError {
    // It may have names of the document in it.
    XmlError::Malformed(brief(&reason.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(document: &str) -> Result<Element<'_>, XmlError> {
        Element::parse(document.as_bytes(), MAX_DOCUMENT)
    }

    #[test]
    fn namespaces_attributes_comments_and_indentation_are_ignored() {
        let root = parse(
            "\u{feff}<?xml version=\"1.0\"?>\n<o:A xmlns:o=\"x\" b=\"1\">\n <!-- c -->\n <B> &lt;&#34;&#x41;<![CDATA[<&]]> </B>\n <C/>\n</o:A>\n",
        )
        .unwrap();
        assert_eq!((root.name(), root.text()), ("A", ""));
        assert_eq!(root.find("B").map(Element::text), Some(" <\"A<& "));
        assert_eq!(root.find("C").map(Element::text), Some(""));
        assert_eq!(root.find("D"), None);
    }

    #[test]
    fn names_are_those_of_the_document_and_not_copies() {
        let root = parse("<?xml version=\"1.0\"?><!-- c --> <o:A a=\"<\"><o:Bc/>text<D\n>&lt;</D ></o:A>").unwrap();
        let names = [&root, &root.children[0], &root.children[1]].map(|element| &element.name);
        assert_eq!(names, ["A", "Bc", "D"]);
        assert!(names.iter().all(|name| matches!(name, Cow::Borrowed(_))), "{names:?}");
    }

    #[test]
    fn paths_name_elements_below() {
        let root = parse("<R><P><Q>1</Q><Q>2</Q></P></R>").unwrap();
        assert_eq!(root.find("P/Q").map(Element::text), Some("1"));
        assert_eq!(root.all("P/Q").map(Element::text).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(root.all("X/Q").count(), 0);
    }

    /// Rows: R76.
    #[test]
    fn bombs_and_broken_documents_are_refused() {
        assert_eq!(parse("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"), Err(XmlError::DocumentType));
        assert_eq!(parse("<a>&nbsp;</a>"), Err(XmlError::UnknownEntity));
        assert_eq!(parse(&"<a>".repeat(MAX_DEPTH + 1)), Err(XmlError::TooDeep));
        assert_eq!(parse(&format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS))), Err(XmlError::TooManyElements));
        assert_eq!(Element::parse(b"<a/>", 3), Err(XmlError::TooLong { limit: 3 }));
        assert_eq!(Element::parse(b"<a>\xff</a>", MAX_DOCUMENT), Err(XmlError::NotUtf8));
        assert_eq!(parse(""), Err(XmlError::Empty));
        for broken in
            ["<a>", "<a></b>", "</a>", "<a/><b/>", "<a/>text", "text", "{\"a\":1}", "<a>&#0;</a>", "<a>&#xD800;</a>"]
        {
            assert!(matches!(parse(broken), Err(XmlError::Malformed(_))), "{broken}");
        }
    }
}
