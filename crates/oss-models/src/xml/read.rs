use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::document::{Node, Span, Tape};
use crate::quote::brief;

/// Most bytes of a document: 4 MiB.
pub const MAX_DOCUMENT: usize = 4 << 20;
/// Most levels of elements.
pub const MAX_DEPTH: usize = 32;
/// Most elements. The longest list of OSS, 1,000 versions of objects, has 14,000; each costs 24 bytes of memory, so that a
/// document of nothing but elements costs no more than one of nothing but text.
pub const MAX_ELEMENTS: usize = 16_000;

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

/// The text of a document of at most `limit` bytes, without the mark at its beginning.
pub(super) fn text(document: &[u8], limit: usize) -> Result<&str, XmlError> {
    // The places in a tape are numbers of 32 bits.
    let limit = limit.min(u32::MAX as usize);
    if document.len() > limit {
        return Err(XmlError::TooLong { limit });
    }
    let text = std::str::from_utf8(document).map_err(|_| XmlError::NotUtf8)?;
    Ok(text.trim_start_matches('\u{feff}'))
}

/// Reads a document.
pub(super) fn tape(text: &str) -> Result<Tape, XmlError> {
    let mut reader = Reader::from_str(text);
    // An entry of a list has an element for each 40 bytes or more.
    let nodes = Vec::with_capacity((text.len() / 40).min(MAX_ELEMENTS));
    let tape = Tape { nodes, resolved: String::new() };
    let mut tape = Unfinished { document: text, tape, open: Vec::with_capacity(MAX_DEPTH) };
    // For ends of lines other than `\n`, looked for once instead of in each text.
    let has_returns = text.contains('\r');
    loop {
        let begin = reader.buffer_position();
        match reader.read_event().map_err(malformed)? {
            Event::Start(start) => tape.open(begin, &start)?,
            Event::Empty(start) => {
                tape.open(begin, &start)?;
                tape.close()?;
            }
            Event::End(_) => tape.close()?,
            Event::Text(text) if !has_returns => tape.text(begin, Cow::Borrowed(&text))?,
            Event::Text(text) => tape.text(begin, text.xml_content(XmlVersion::Implicit1_0))?,
            Event::CData(text) => tape.text(begin + CDATA, text.xml_content(XmlVersion::Implicit1_0))?,
            Event::GeneralRef(reference) => tape.resolved(resolve(&reference)?.encode_utf8(&mut [0; 4]))?,
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::Eof => return tape.finish(),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// Bytes of `<![CDATA[`.
const CDATA: u64 = 9;

/// A tape, and the numbers of the elements that are still open, outermost first.
struct Unfinished<'a> {
    document: &'a str,
    tape: Tape,
    open: Vec<u32>,
}

impl Unfinished<'_> {
    /// An element that begins at this byte.
    fn open(&mut self, begin: u64, start: &BytesStart<'_>) -> Result<(), XmlError> {
        let nodes = &mut self.tape.nodes;
        if self.open.is_empty() && !nodes.is_empty() {
            return Err(malformed("a second root element"));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(XmlError::TooDeep);
        }
        if nodes.len() == MAX_ELEMENTS {
            return Err(XmlError::TooManyElements);
        }
        let name = start.name();
        let name: &str = name.as_ref();
        // By bytes: names are short, and a search by characters takes longer to set up than to do.
        let namespace = name.bytes().position(|byte| byte == b':').map_or(0, |colon| colon + 1);
        // Behind `<` and the namespace.
        let name = Span { begin: place(begin) + 1 + count(namespace), len: count(name.len() - namespace) };
        self.open.push(count(nodes.len()));
        nodes.push(Node { name, ..Node::default() });
        Ok(())
    }

    /// The text at this byte. It is a copy if the document has other ends of lines there.
    fn text(&mut self, begin: u64, text: Cow<'_, str>) -> Result<(), XmlError> {
        match self.leaf() {
            Some(leaf) if leaf.text.len == 0 && !leaf.is_resolved && matches!(text, Cow::Borrowed(_)) => {
                leaf.text = Span { begin: place(begin), len: count(text.len()) };
                Ok(())
            }
            _ => self.resolved(&text),
        }
    }

    /// A text that the document does not have as it is, or that continues another.
    fn resolved(&mut self, text: &str) -> Result<(), XmlError> {
        if self.open.is_empty() {
            let is_space = text.trim_ascii().is_empty();
            return if is_space { Ok(()) } else { Err(malformed("text outside the root element")) };
        }
        let before = self.tape.resolved.len();
        // What stands between children is indentation.
        let Some(leaf) = self.leaf() else { return Ok(()) };
        let first = leaf.text;
        leaf.text.len += count(text.len());
        if !std::mem::replace(&mut leaf.is_resolved, true) {
            leaf.text.begin = count(before);
            self.tape.resolved.push_str(first.of(self.document));
        }
        self.tape.resolved.push_str(text);
        Ok(())
    }

    /// The innermost open element, as long as it has no children.
    fn leaf(&mut self) -> Option<&mut Node> {
        let innermost = *self.open.last()? as usize;
        let nodes = &mut self.tape.nodes;
        if innermost + 1 == nodes.len() { nodes.last_mut() } else { None }
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let number = self.open.pop().ok_or_else(|| malformed("an end without a start"))?;
        let end = count(self.tape.nodes.len());
        if let Some(node) = self.tape.nodes.get_mut(number as usize) {
            node.end = end;
            if number + 1 < end {
                (node.text, node.is_resolved) = (Span::default(), false);
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Tape, XmlError> {
        if let Some(node) = self.open.last().and_then(|number| self.tape.nodes.get(*number as usize)) {
            return Err(malformed(format!("<{}> is not closed", node.name.of(self.document))));
        }
        if self.tape.nodes.is_empty() { Err(XmlError::Empty) } else { Ok(self.tape) }
    }
}

/// A place in a document, none of which is longer than this.
fn place(position: u64) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// A number of bytes or elements of a document.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
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
