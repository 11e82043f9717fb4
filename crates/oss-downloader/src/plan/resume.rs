//! What an earlier run left, and what of it is adopted.

use std::collections::BTreeMap;

use oss_models::{Crc64, Crc64Fold};
use oss_transfer::{MAX_PARTS, PartLayout};

use super::object::Object;
use super::span::{Span, Wanted};
use crate::error::DownloadErrorKind;

/// What a record says about an earlier run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Earlier {
    pub(crate) object: Object,
    /// The bytes that were wanted.
    pub(crate) target: Span,
    pub(crate) part_size: u64,
    /// Finished spans, and CRC64 of each.
    pub(crate) finished: Vec<(Span, Crc64)>,
}

impl Earlier {
    /// The layout of the earlier run, if the record is about what is wanted now.
    pub(crate) fn layout(&self, wanted: Wanted) -> Option<Layout> {
        let fits = wanted.of_size(self.object.size) == Some(self.target);
        Layout::exact(self.target, self.part_size).filter(|_| fits)
    }

    /// The finished parts of this layout, by their positions.
    pub(crate) fn parts(&self, layout: &Layout) -> BTreeMap<usize, Crc64> {
        let position = |span: &Span| layout.position(*span);
        self.finished.iter().filter_map(|(span, crc64)| Some((position(span)?, *crc64))).collect()
    }
}

/// Where the parts of a download begin and end, by their positions in the object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Layout {
    target: Span,
    parts: PartLayout,
}

impl Layout {
    /// Parts of `wanted` bytes, or of a multiple of that where there would be 10,000 or more. `None` if the object is
    /// larger than any that OSS has.
    pub(crate) fn new(target: Span, wanted: u64) -> Option<Self> {
        Some(Self { target, parts: PartLayout::new(target.len(), wanted).ok()? })
    }

    fn exact(target: Span, part_size: u64) -> Option<Self> {
        Some(Self { target, parts: PartLayout::exact(target.len(), part_size)? })
    }

    /// Parts of this size, however many.
    pub(crate) fn pieces(target: Span, part_size: u64) -> Option<Self> {
        Self::exact(target, part_size.max(target.len().div_ceil(MAX_PARTS)))
    }

    /// One part for all.
    pub(crate) fn whole(target: Span) -> Option<Self> {
        Self::exact(target, target.len().max(1))
    }

    pub(crate) fn part_size(&self) -> u64 {
        self.parts.part_size()
    }

    pub(crate) fn spans(&self) -> impl Iterator<Item = Span> + use<> {
        let start = self.target.start;
        self.parts.parts().map(move |part| Span::new(start.saturating_add(part.offset), part.len))
    }

    fn position(&self, span: Span) -> Option<usize> {
        let offset = span.start.checked_sub(self.target.start)?;
        let index = usize::try_from(offset / self.parts.part_size()).ok()?;
        let part = self.parts.part(index)?;
        (part.offset == offset && part.len == span.len()).then_some(index)
    }
}

/// What an SDK fetched: the first bytes, up to a position in the object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Imported {
    /// The bytes that are wanted.
    pub(crate) target: Span,
    pub(crate) layout: Layout,
    /// Parts that are there.
    pub(crate) parts: usize,
    /// Whether the bytes are all of the object, so that its CRC64 proves them in the end.
    whole: bool,
}

impl Imported {
    /// What a record says, if it is about what is wanted now: `offset` is the position that was reached.
    pub(crate) fn new(wanted: Wanted, size: u64, offset: u64, part_size: u64) -> Option<Self> {
        let target = wanted.of_size(size)?;
        let layout = Layout::exact(target, part_size)?;
        let there = layout.spans().take_while(|span| span.end <= offset);
        let (parts, bytes) = there.fold((0, 0), |(parts, bytes), span| (parts + 1, bytes + span.len()));
        // The SDKs record whole parts.
        let fits = parts > 0 && target.start.saturating_add(bytes) == offset;
        let whole = target.len() == size;
        fits.then_some(Self { target, layout, parts, whole })
    }

    /// The parts that are adopted, by their positions. `copied` are the CRC64s of those that were there; `recorded` is that
    /// of all of them, if the SDK computed it.
    pub(crate) fn adopt(&self, recorded: Option<Crc64>, copied: &[Crc64], verify: bool) -> BTreeMap<usize, Crc64> {
        let mut fold = Crc64Fold::default();
        self.layout.spans().zip(copied).for_each(|(span, crc64)| fold.push(*crc64, span.len()));
        let adopted = copied.len() == self.parts
            && match recorded {
                Some(recorded) => recorded == fold.value(),
                None => self.whole || !verify,
            };
        if adopted { copied.iter().copied().enumerate().collect() } else { BTreeMap::new() }
    }

    /// Whether what is adopted is taken on trust: neither the record nor, in the end, the CRC64 of the object proves it.
    pub(crate) fn is_trusted(&self, recorded: Option<Crc64>) -> bool {
        recorded.is_none() && !self.whole
    }
}

/// An object that no layout has room for.
pub(crate) fn too_large(target: Span) -> DownloadErrorKind {
    let reason = format!("the object has {} bytes, more than any that OSS stores", target.len());
    DownloadErrorKind::InvalidResponse { reason }
}

/// Whether a part of an earlier run is adopted: its bytes on the disk, where they were read, must be those that the record
/// is about. A record may be ahead of its data after a loss of power.
pub(crate) fn adopts(recorded: Crc64, found: OnDisk) -> bool {
    match found {
        OnDisk::Unread => true,
        OnDisk::Unreadable => false,
        OnDisk::Bytes(found) => found == recorded,
    }
}

/// What reading a part of an earlier run from the disk gave.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OnDisk {
    /// It was not read: the record is trusted.
    Unread,
    Unreadable,
    /// Bytes with this CRC64.
    Bytes(Crc64),
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn earlier(size: u64, target: Span, finished: &[Span]) -> Earlier {
        let object = Object { size, etag: None, version_id: None, last_modified: None, crc64: None };
        let finished = finished.iter().map(|span| (*span, Crc64::EMPTY)).collect();
        Earlier { object, target, part_size: 10, finished }
    }

    #[test]
    fn only_whole_parts_of_what_is_wanted_now_are_adopted() {
        let target = Span { start: 5, end: 40 };
        let spans = [Span::new(5, 10), Span::new(35, 5), Span::new(16, 10), Span::new(15, 9), Span::new(0, 10)];
        let earlier = earlier(40, target, &spans);
        let layout = earlier.layout(Wanted::From(5)).unwrap();
        assert_eq!(earlier.parts(&layout).into_keys().collect::<Vec<_>>(), [0, 3]);
        assert_eq!(earlier.layout(Wanted::Whole), None);
        assert_eq!(earlier.layout(Wanted::Last(35)), Some(layout));
    }

    #[test]
    fn a_part_with_other_bytes_than_recorded_is_fetched_again() {
        let [a, b] = [1, 2].map(Crc64::from_u64);
        assert!(adopts(a, OnDisk::Bytes(a)) && adopts(a, OnDisk::Unread));
        assert!(!adopts(a, OnDisk::Bytes(b)) && !adopts(a, OnDisk::Unreadable));
    }

    /// Rows: W42.
    #[test]
    fn what_an_sdk_fetched_is_adopted_if_it_is_proved_or_will_be() {
        let wanted = Wanted::Between { first: 5, last: 29 };
        let imported = |wanted| Imported::new(wanted, 30, 25, 10);
        let ranged = imported(wanted).unwrap();
        assert_eq!(ranged.parts, 2);
        assert!(imported(Wanted::Whole).is_none(), "25 is not the end of a part");
        assert!(Imported::new(wanted, 30, 5, 10).is_none() && Imported::new(wanted, 30, 31, 10).is_none());
        let copied = [Crc64::of(b"0123456789"), Crc64::of(b"abcdefghij")];
        let whole_crc = Some(Crc64::of(b"0123456789abcdefghij"));
        assert_eq!(ranged.adopt(whole_crc, &copied, true).len(), 2);
        assert_eq!(ranged.adopt(Some(Crc64::EMPTY), &copied, true).len(), 0);
        assert_eq!(ranged.adopt(whole_crc, &copied[..1], true).len(), 0, "the file is shorter than the record says");
        assert_eq!(ranged.adopt(None, &copied, false).len(), 2, "on trust");
        assert_eq!(ranged.adopt(None, &copied, true).len(), 0);
        let whole = Imported::new(Wanted::Whole, 30, 20, 10).unwrap();
        assert_eq!(whole.adopt(None, &copied, true).len(), 2, "the CRC64 of the object will tell");
    }

    proptest! {
        #[test]
        fn spans_cover_the_target_once_and_are_found_again(start in 0..1_000_u64, len in 0..5_000_u64, size in 1..700_u64) {
            let target = Span::new(start, len);
            let layout = Layout::new(target, size).unwrap();
            let mut end = start;
            for (index, span) in layout.spans().enumerate() {
                prop_assert_eq!(span.start, end);
                prop_assert_eq!(layout.position(span), Some(index));
                end = span.end;
            }
            prop_assert_eq!(end, target.end);
        }
    }
}
