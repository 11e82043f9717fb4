use std::fmt;

use oss_models::{ByteRange, ContentRange};

/// Bytes of an object: from `start` on, before `end`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Span {
    pub(crate) fn new(start: u64, len: u64) -> Self {
        Self { start, end: start.saturating_add(len) }
    }

    pub(crate) fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether these are all of its bytes, or more.
    pub(crate) fn is_filled_by(self, bytes: &[u8]) -> bool {
        bytes.len() as u64 >= self.len()
    }

    pub(crate) fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// As `Content-Range` names it: both ends included.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.start, self.end.saturating_sub(1))
    }
}

impl From<Span> for ByteRange {
    fn from(span: Span) -> Self {
        Self::from(span.start..span.end)
    }
}

/// What of an object is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wanted {
    Whole,
    /// Up to the end.
    From(u64),
    /// Both ends included, or as far as the object goes.
    Between {
        first: u64,
        last: u64,
    },
    /// The last bytes, this many, or as many as there are.
    Last(u64),
}

impl Wanted {
    /// What a request with this range asks for; `None` if it is a range of no bytes.
    pub(crate) fn of(range: Option<ByteRange>) -> Option<Self> {
        match range {
            None => Some(Self::Whole),
            Some(ByteRange::Between { first, last: None }) => Some(Self::From(first)),
            Some(ByteRange::Between { first, last: Some(last) }) if first <= last => {
                Some(Self::Between { first, last })
            }
            Some(ByteRange::Last(count)) if count > 0 => Some(Self::Last(count)),
            Some(_) => None,
        }
    }

    /// The bytes of an object of this size; `None` if they are outside of it.
    pub(crate) fn of_size(self, size: u64) -> Option<Span> {
        let span = |start, end| (start < size).then_some(Span { start, end });
        match self {
            Self::Whole => Some(Span { start: 0, end: size }),
            Self::From(first) => span(first, size),
            Self::Between { first, last } => span(first, size.min(last.saturating_add(1))),
            Self::Last(count) => span(size.saturating_sub(count), size),
        }
    }
}

/// Bytes of an object of a known size, as `Content-Range` says them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Extent {
    pub(crate) span: Span,
    /// Size of the whole object.
    pub(crate) size: u64,
}

impl Extent {
    /// `None` if it is unreadable, or leaves the size open.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let range: ContentRange = text.parse().ok()?;
        let span = Span { start: range.first, end: range.last.checked_add(1)? };
        Some(Self { span, size: range.size? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_content_range_without_a_size_is_none() {
        let read = |text| Extent::parse(text).map(|extent| (extent.span.start, extent.span.end, extent.size));
        assert_eq!(read("bytes 2-3/10"), Some((2, 4, 10)));
        for text in ["bytes 2-3/*", "bytes */10", "bytes 2-10/10", "bytes 0-18446744073709551615/*", ""] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_asked_for_is_cut_at_the_end_of_the_object() {
        let of = |wanted: Wanted, size| wanted.of_size(size).map(|span| (span.start, span.end));
        assert_eq!(of(Wanted::Whole, 0), Some((0, 0)));
        assert_eq!(of(Wanted::From(3), 10), Some((3, 10)));
        assert_eq!(of(Wanted::From(10), 10), None);
        assert_eq!(of(Wanted::Between { first: 2, last: 30 }, 10), Some((2, 10)));
        assert_eq!(of(Wanted::Between { first: 2, last: u64::MAX }, 10), Some((2, 10)));
        assert_eq!(of(Wanted::Last(30), 10), Some((0, 10)));
        assert_eq!(of(Wanted::Last(3), 10), Some((7, 10)));
        assert_eq!(of(Wanted::Last(3), 0), None);
    }

    proptest! {
        #[test]
        fn a_span_is_read_back_from_its_content_range(start in 0..1_000_u64, len in 1..1_000_u64, more in 0..1_000_u64) {
            let span = Span::new(start, len);
            let size = span.end + more;
            prop_assert_eq!(Extent::parse(&format!("bytes {span}/{size}")), Some(Extent { span, size }));
        }
    }
}
