use std::fmt;

use super::read::{self, XmlError};

/// A document that was read. It lends its elements, and asks for no memory for each of them.
///
/// ```
/// use oss_models::xml::{Document, MAX_DOCUMENT};
///
/// let document = Document::parse(b"<Tag><Key>a&lt;b</Key></Tag>", MAX_DOCUMENT)?;
/// assert_eq!(document.root().find("Key").map(|key| key.text()), Some("a<b"));
/// # Ok::<(), oss_models::xml::XmlError>(())
/// ```
#[derive(Clone, Default)]
pub struct Document<'a> {
    text: &'a str,
    tape: Tape,
}

/// The elements of a document in the order in which they begin, as places in its text.
#[derive(Clone, Default)]
pub(crate) struct Tape {
    pub(super) nodes: Vec<Node>,
    /// The texts that the document does not have in one piece: with references in them, for one.
    pub(super) resolved: String,
}

/// One element.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Node {
    /// The name without namespace.
    pub(super) name: Span,
    pub(super) text: Span,
    /// Whether the text is one of those that the document does not have in one piece.
    pub(super) is_resolved: bool,
    /// The number of the first element behind all that are in this one.
    pub(super) end: u32,
}

/// A place in a text. Half as large as a range of `usize`, since there are many.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) begin: u32,
    pub(super) len: u32,
}

impl Span {
    fn range(self) -> std::ops::Range<usize> {
        let begin = self.begin as usize;
        begin..begin + self.len as usize
    }

    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }
}

impl<'a> Document<'a> {
    /// Reads a document of at most `limit` bytes.
    ///
    /// # Errors
    /// [`XmlError`] if a limit is passed or the text is not a well-formed document.
    pub fn parse(document: &'a [u8], limit: usize) -> Result<Self, XmlError> {
        let text = read::text(document, limit)?;
        Ok(Self { text, tape: read::tape(text)? })
    }

    /// The document that was read to this tape before.
    pub(crate) fn read_before(document: &'a [u8], limit: usize, tape: Tape) -> Result<Self, XmlError> {
        Ok(Self { text: read::text(document, limit)?, tape })
    }

    pub(crate) fn into_tape(self) -> Tape {
        self.tape
    }

    /// The outermost element.
    pub fn root(&self) -> Element<'_> {
        // Only a default document has none.
        const NOTHING: &Node =
            &Node { name: Span { begin: 0, len: 0 }, text: Span { begin: 0, len: 0 }, is_resolved: false, end: 0 };
        Element { document: self, node: self.tape.nodes.first().unwrap_or(NOTHING), number: 0 }
    }
}

/// One element of a [`Document`] with its text or its children.
#[derive(Clone, Copy)]
pub struct Element<'d> {
    document: &'d Document<'d>,
    node: &'d Node,
    /// Its place among the elements of the document.
    number: u32,
}

impl<'d> Element<'d> {
    /// Name without namespace.
    pub fn name(self) -> &'d str {
        self.node.name.of(self.document.text)
    }

    /// Text, references resolved; empty for an element with children.
    pub fn text(self) -> &'d str {
        let Document { text, tape } = self.document;
        self.node.text.of(if self.node.is_resolved { &tape.resolved } else { text })
    }

    /// Children in document order.
    pub fn children(self) -> impl Iterator<Item = Self> + Clone {
        let Self { document, node: Node { end, .. }, number } = self;
        let mut next = number + 1;
        let after = move |number: u32| {
            let node = document.tape.nodes.get(number as usize).filter(|_| number < *end)?;
            Some(Self { document, node, number })
        };
        std::iter::from_fn(move || {
            let child = after(next)?;
            next = child.node.end;
            Some(child)
        })
    }

    /// First element at a path of names such as `Owner/ID`.
    pub fn find(self, path: &str) -> Option<Self> {
        // Most paths are one name, and to look for a `/` in each takes a third of the search. No name of XML has one.
        self.child(path).or_else(|| {
            let (name, rest) = path.split_once('/')?;
            self.child(name)?.find(rest)
        })
    }

    /// All elements at a path of names, in document order.
    pub fn all<'p>(self, path: &'p str) -> impl Iterator<Item = Self> + use<'d, 'p> {
        let (parents, name) = path.rsplit_once('/').map_or((None, path), |(parents, name)| (Some(parents), name));
        let parent = parents.map_or(Some(self), |path| self.find(path));
        parent.into_iter().flat_map(Self::children).filter(move |child| child.is_named(name))
    }

    fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.is_named(name))
    }

    fn is_named(self, name: &str) -> bool {
        // Most names differ in length already.
        self.node.name.len as usize == name.len()
            && self.document.text.as_bytes().get(self.node.name.range()) == Some(name.as_bytes())
    }
}

impl fmt::Debug for Document<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Document").field(&self.root()).finish()
    }
}

impl fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let children: Vec<_> = self.children().collect();
        f.debug_struct("Element")
            .field("name", &self.name())
            .field("text", &self.text())
            .field("children", &children)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::MAX_DOCUMENT;

    #[test]
    fn paths_name_elements_below() {
        let document = Document::parse(b"<R><P><Q>1</Q><X/><Q>2</Q></P><P/></R>", MAX_DOCUMENT).unwrap();
        let root = document.root();
        assert_eq!(root.find("P/Q").map(Element::text), Some("1"));
        assert_eq!(root.all("P/Q").map(Element::text).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(root.all("P").count(), 2);
        assert!(root.find("Q").is_none() && root.find("X/Q").is_none() && root.find("P/Q/Q").is_none());
        assert_eq!(root.all("X/Q").count(), 0);
    }

    #[test]
    fn a_document_that_was_never_read_has_nothing() {
        let document = Document::default();
        let root = document.root();
        assert_eq!((root.name(), root.text(), root.children().count()), ("", "", 0));
    }
}
