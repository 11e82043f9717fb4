use std::fmt;

use oss_models::PartNumber;

pub use oss_models::limits::{MAX_OBJECT_SIZE, MAX_PART_SIZE, MAX_PARTS, MIN_PART_SIZE};

/// One part: its number and the bytes of the object that it holds.
#[expect(clippy::exhaustive_structs, reason = "a value that plans and their tests write out")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Part {
    /// Position of the part, from 1.
    pub number: PartNumber,
    /// Offset in the object, in bytes.
    pub offset: u64,
    /// Length in bytes; at least 1.
    pub len: u64,
}

/// The object would be larger than 48.8 TiB.
#[expect(clippy::exhaustive_structs, reason = "a value that plans and their tests write out")]
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ObjectTooLarge {
    /// Size of the object in bytes.
    pub size: u64,
}

impl fmt::Display for ObjectTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes are more than the {MAX_OBJECT_SIZE} of the largest object", self.size)
    }
}

impl std::error::Error for ObjectTooLarge {}

/// Where the parts of an object of known size begin and end: all of one size, the last one of what is left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PartLayout {
    size: u64,
    part_size: u64,
}

impl PartLayout {
    /// Lays out `size` bytes in parts of `wanted` bytes, or of the smallest multiple of it that needs fewer than 10,000
    /// parts (what the vendor's SDKs do, so that their records of unfinished uploads fit).
    ///
    /// A `wanted` of 0 counts as 1.
    ///
    /// # Errors
    /// [`ObjectTooLarge`] past [`MAX_OBJECT_SIZE`].
    pub fn new(size: u64, wanted: u64) -> Result<Self, ObjectTooLarge> {
        if size > MAX_OBJECT_SIZE {
            return Err(ObjectTooLarge { size });
        }
        let wanted = wanted.max(1);
        let times = size / MAX_PARTS.saturating_mul(wanted) + 1;
        // Near the upper end the multiple may pass 5 GiB while parts of 5 GiB still suffice.
        let part_size = wanted.saturating_mul(times).min(MAX_PART_SIZE.max(wanted));
        Ok(Self { size, part_size })
    }

    /// The layout that another run chose; `None` if it needs more than 10,000 parts.
    pub fn exact(size: u64, part_size: u64) -> Option<Self> {
        (part_size > 0 && size.div_ceil(part_size) <= MAX_PARTS).then_some(Self { size, part_size })
    }

    /// Size of each part in bytes; the last may be smaller.
    pub fn part_size(self) -> u64 {
        self.part_size
    }

    /// Number of parts; 0 for an empty object.
    pub fn count(self) -> usize {
        // At most 10,000 by construction.
        usize::try_from(self.size.div_ceil(self.part_size)).unwrap_or(usize::MAX)
    }

    /// The part at a zero-based position.
    pub fn part(self, index: usize) -> Option<Part> {
        let number = PartNumber::from_index(index)?;
        let offset = u64::try_from(index).ok()?.checked_mul(self.part_size)?;
        let len = self.size.checked_sub(offset)?.min(self.part_size);
        (len > 0).then_some(Part { number, offset, len })
    }

    /// All parts in order.
    pub fn parts(self) -> impl Iterator<Item = Part> {
        (0..self.count()).filter_map(move |index| self.part(index))
    }
}

/// Sizes of the parts of a stream whose length is unknown: after 2,500 parts they double every 250, so that 10,000 numbers
/// reach far and most streams take no more memory than their first parts, and never so much that the buffers would exceed
/// the byte budget.
///
/// In the first half of the numbers the budget is shared by all parts in flight; in the second half only one part is
/// sure of its room, since by then reaching the end matters more than speed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GrowingLayout {
    start: u64,
    shared_cap: u64,
    last_cap: u64,
}

impl GrowingLayout {
    /// Begins with parts of `start` bytes. `parallel` is the number of parts in flight; `byte_budget` the most bytes
    /// that may be held at once, among them the part that is being read.
    pub fn new(start: u64, parallel: usize, byte_budget: u64) -> Self {
        let buffers = u64::try_from(parallel).unwrap_or(u64::MAX).saturating_add(1);
        let shared_cap = (byte_budget / buffers).clamp(start, MAX_PART_SIZE.max(start));
        let last_cap = (byte_budget / 2).clamp(shared_cap, MAX_PART_SIZE.max(shared_cap));
        Self { start, shared_cap, last_cap }
    }

    /// Size of the part at a zero-based position; `None` past 10,000 parts.
    pub fn part_size(self, index: usize) -> Option<u64> {
        let number = PartNumber::from_index(index)?;
        let past_first_size = (number.get() - 1).checked_sub(PARTS_OF_FIRST_SIZE);
        let doublings = past_first_size.map_or(0, |past| 1 + u32::from(past / PARTS_PER_SIZE));
        let cap = if number.get() <= PartNumber::MAX.get() / 2 { self.shared_cap } else { self.last_cap };
        let grown = 1_u64.checked_shl(doublings).and_then(|factor| self.start.checked_mul(factor));
        Some(grown.map_or(cap, |size| size.min(cap)))
    }

    /// The longest stream that fits, in bytes.
    pub fn capacity(self) -> u64 {
        (0..).map_while(|index| self.part_size(index)).fold(0, u64::saturating_add)
    }
}

const PARTS_OF_FIRST_SIZE: u16 = 2_500;
const PARTS_PER_SIZE: u16 = 250;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MIB: u64 = 1024 * 1024;
    const GIB: u64 = 1024 * MIB;

    /// Rows: W9, W11, R13.
    #[test]
    fn the_part_size_grows_by_multiples_as_the_official_uploaders_do() {
        let part_size = |size, wanted| PartLayout::new(size, wanted).map(PartLayout::part_size);
        assert_eq!(part_size(0, 6 * MIB), Ok(6 * MIB));
        assert_eq!(part_size(10_000 * 6 * MIB - 1, 6 * MIB), Ok(6 * MIB));
        assert_eq!(part_size(10_000 * 6 * MIB, 6 * MIB), Ok(12 * MIB));
        assert_eq!(PartLayout::new(10_000 * 6 * MIB, 6 * MIB).map(PartLayout::count), Ok(5_000));
        assert_eq!(part_size(MAX_OBJECT_SIZE, 3 * GIB), Ok(5 * GIB));
        assert_eq!(PartLayout::new(MAX_OBJECT_SIZE, 6 * MIB).map(PartLayout::count), Ok(10_000));
        let too_large = part_size(MAX_OBJECT_SIZE + 1, MIB).unwrap_err();
        assert_eq!(too_large, ObjectTooLarge { size: MAX_OBJECT_SIZE + 1 });
        let text = format!("{} bytes are more than the {MAX_OBJECT_SIZE} of the largest object", MAX_OBJECT_SIZE + 1);
        assert_eq!(too_large.to_string(), text);
    }

    /// Rows: W10, R13.
    #[test]
    fn a_stream_of_unknown_length_reaches_far_beyond_ten_thousand_first_parts() {
        let fixed = 10_000 * 6 * MIB;
        assert!(GrowingLayout::new(6 * MIB, 3, 256 * MIB).capacity() > 13 * fixed);
        assert!(GrowingLayout::new(6 * MIB, 3, 24 * GIB).capacity() > 24 * 1024 * GIB);
        assert_eq!(GrowingLayout::new(5 * GIB, 3, 0).capacity(), MAX_OBJECT_SIZE);
    }

    /// Rows: R77, W1.
    #[test]
    fn a_stream_of_some_gibibytes_keeps_its_part_size() {
        let layout = GrowingLayout::new(6 * MIB, 3, 256 * MIB);
        let sizes: Vec<_> =
            [0, 2_499, 2_500, 2_749, 2_750, 9_999].map(|part| layout.part_size(part).unwrap() / MIB).into();
        assert_eq!(sizes, [6, 6, 12, 12, 24, 128]);
    }

    proptest! {
        /// Rows: R13, R14.
        #[test]
        fn parts_cover_the_object_once(size in 0..=MAX_OBJECT_SIZE, wanted in 0..=2 * MAX_PART_SIZE) {
            let layout = PartLayout::new(size, wanted).unwrap();
            prop_assert!(layout.count() <= 10_000);
            prop_assert!(layout.part_size() >= wanted);
            let mut end = 0;
            for part in layout.parts() {
                prop_assert_eq!(part.offset, end);
                prop_assert!(part.len > 0 && part.len <= layout.part_size());
                end += part.len;
            }
            prop_assert_eq!(end, size);
            prop_assert_eq!(layout.part(layout.count()), None);
        }

        /// Rows: R14.
        #[test]
        fn no_size_overflows(size: u64, wanted: u64, parallel: usize, budget: u64) {
            if let Ok(layout) = PartLayout::new(size, wanted) {
                prop_assert!(layout.part(usize::MAX).is_none());
            }
            if let Some(layout) = PartLayout::exact(size, wanted) {
                prop_assert!(layout.count() <= 10_000);
            }
            GrowingLayout::new(wanted, parallel, budget).capacity();
        }

        /// Rows: W10, R77.
        #[test]
        fn growing_parts_never_shrink_and_stay_within_the_budget(start in MIN_PART_SIZE..=MAX_PART_SIZE, parallel in 1..=256_usize, spare in 0..=64 * GIB) {
            let buffers = parallel as u64 + 1;
            let budget = start * buffers + spare;
            let layout = GrowingLayout::new(start, parallel, budget);
            let sizes: Vec<_> = (0..10_000).step_by(100).map(|i| layout.part_size(i).unwrap()).collect();
            prop_assert!(sizes.is_sorted());
            prop_assert!(sizes[0] == start && sizes[99] <= MAX_PART_SIZE);
            prop_assert!(sizes[49] * buffers <= budget && sizes[99] * 2 <= budget);
            prop_assert_eq!(layout.part_size(10_000), None);
        }
    }
}
