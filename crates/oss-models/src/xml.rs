//! The little XML that OSS speaks: elements with text, no attributes, no document types.
//!
//! Reading is bounded before anything is allocated for long: size, depth and number of elements have limits, document
//! types and unknown entities are refused. Namespaces and attributes are ignored.

mod read;
mod write;

pub use read::{Element, MAX_DEPTH, MAX_DOCUMENT, MAX_ELEMENTS, XmlError};
pub use write::XmlWriter;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(texts in proptest::collection::vec("[^\0]*", 0..8)) {
            let mut writer = XmlWriter::new();
            writer.parent("Root", |root| texts.iter().for_each(|text| root.leaf("Text", text)));
            let written = writer.finish();
            let root = Element::parse(written.as_bytes(), MAX_DOCUMENT).unwrap();
            let read: Vec<_> = root.all("Text").map(Element::text).collect();
            prop_assert_eq!(read, texts);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Element::parse(&bytes, MAX_DOCUMENT);
        }

        #[test]
        fn any_markup_is_read_or_refused(text in "(<[a-c]>|</[a-c]>|<[a-c]/>|&#x?[0-9a-f]{0,7};|&(lt|amp|x);|<!\\[CDATA\\[|\\]\\]>|<!--|-->|<\\?|\\?>|<!|[a-c \u{e9}]){0,40}") {
            let _ = Element::parse(text.as_bytes(), MAX_DOCUMENT);
        }
    }
}
