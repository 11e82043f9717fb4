use std::ops::Range;

use bytes::Bytes;

use super::resume::Layout;
use super::span::{Span, Wanted};

/// A span that is fetched in one piece, and the ranges that lie in it, by their positions in the list that was asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Group {
    pub(crate) span: Span,
    pub(crate) ranges: Vec<usize>,
}

/// Joins ranges that overlap, touch, or have at most `gap` bytes between them, as long as the span has at most `most`
/// bytes: a request costs more than the bytes of a small gap. Empty ranges belong to no group.
pub(crate) fn coalesce(ranges: &[Span], gap: u64, most: u64) -> Vec<Group> {
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    let span = |index: &usize| ranges.get(*index).copied().filter(|span| !span.is_empty());
    order.retain(|index| span(index).is_some());
    order.sort_by_key(|index| span(index).map(|span| (span.start, span.end)));
    let mut groups: Vec<Group> = Vec::new();
    for index in order {
        let Some(range) = span(&index) else { continue };
        match groups.last_mut() {
            Some(group) if joins(group.span, range, gap, most) => {
                group.span.end = group.span.end.max(range.end);
                group.ranges.push(index);
            }
            _ => groups.push(Group { span: range, ranges: vec![index] }),
        }
    }
    groups
}

fn joins(group: Span, range: Span, gap: u64, most: u64) -> bool {
    let overlaps = range.start < group.end;
    let near = range.start <= group.end.saturating_add(gap);
    overlaps || (near && range.end.saturating_sub(group.start) <= most)
}

/// Ranges of one object, as they are fetched: near ones in one group, and each group in pieces.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    groups: Vec<Group>,
    part_size: u64,
}

impl Pieces {
    pub(crate) fn new(ranges: &[Range<u64>], part_size: u64) -> Self {
        let spans: Vec<Span> = ranges.iter().map(|range| Span { start: range.start, end: range.end }).collect();
        Self { groups: coalesce(&spans, GAP, part_size), part_size }
    }

    /// The piece that is asked for first; `None` if no range has any bytes.
    pub(crate) fn first(&self) -> Option<Wanted> {
        let span = self.groups.first()?.span;
        let last = span.end.min(span.start.saturating_add(self.part_size)).checked_sub(1)?;
        Some(Wanted::Between { first: span.start, last })
    }

    /// The groups in an object of this size.
    pub(crate) fn groups(&self, size: u64) -> impl Iterator<Item = Span> {
        self.groups.iter().map(move |group| Span { start: group.span.start, end: group.span.end.min(size) })
    }

    /// The pieces of an object of this size, in order; `None` if a range begins past its end.
    pub(crate) fn spans(&self, size: u64) -> Option<Vec<Span>> {
        let mut spans = Vec::new();
        for group in self.groups(size) {
            let layout = Layout::pieces(group, self.part_size).filter(|_| !group.is_empty())?;
            spans.extend(layout.spans());
        }
        Some(spans)
    }

    /// The bytes of each range, from those of the groups. A range that reaches past the end of the object is cut there.
    pub(crate) fn cut(&self, groups: &[Bytes], ranges: &[Range<u64>]) -> Vec<Bytes> {
        let mut cut = vec![Bytes::new(); ranges.len()];
        for (group, bytes) in self.groups.iter().zip(groups) {
            for index in &group.ranges {
                let Some((slot, range)) = cut.get_mut(*index).zip(ranges.get(*index)) else { continue };
                let at = |position: u64| {
                    let at = usize::try_from(position.saturating_sub(group.span.start)).unwrap_or(usize::MAX);
                    at.min(bytes.len())
                };
                *slot = bytes.slice(at(range.start)..at(range.end));
            }
        }
        cut
    }
}

/// Bytes between two ranges that are fetched rather than left out.
const GAP: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn groups(ranges: &[(u64, u64)], gap: u64, most: u64) -> Vec<(u64, u64, Vec<usize>)> {
        let spans: Vec<_> = ranges.iter().map(|(start, end)| Span { start: *start, end: *end }).collect();
        coalesce(&spans, gap, most).into_iter().map(|g| (g.span.start, g.span.end, g.ranges)).collect()
    }

    #[test]
    fn near_ranges_are_one_request_and_far_ones_are_not() {
        assert_eq!(groups(&[(20, 30), (0, 10)], 9, 100), [(0, 10, vec![1]), (20, 30, vec![0])]);
        assert_eq!(groups(&[(20, 30), (0, 10)], 10, 100), [(0, 30, vec![1, 0])]);
        assert_eq!(groups(&[(0, 10), (10, 20), (20, 30)], 0, 20), [(0, 20, vec![0, 1]), (20, 30, vec![2])]);
        assert_eq!(groups(&[(5, 5), (0, 30), (7, 9), (7, 9)], 0, 10), [(0, 30, vec![1, 2, 3])]);
        assert_eq!(groups(&[], 9, 9), []);
    }

    #[test]
    fn ranges_are_cut_from_their_groups_and_at_the_end_of_the_object() {
        let ranges = [200_000..200_010, 0..4, 5..5, 2..9, 200_005..300_000];
        let pieces = Pieces::new(&ranges, 6);
        assert_eq!(pieces.first(), Some(Wanted::Between { first: 0, last: 5 }));
        let spans = |size| Some(pieces.spans(size)?.iter().map(|span| (span.start, span.end)).collect::<Vec<_>>());
        let expected = [(0, 6), (6, 9), (200_000, 200_006), (200_006, 200_008)];
        assert_eq!(spans(200_008).as_deref(), Some(&expected[..]));
        assert_eq!(spans(200_000), None);
        let groups = [Bytes::from_static(b"012345678"), Bytes::from_static(b"abcdefgh")];
        assert_eq!(pieces.cut(&groups, &ranges), ["abcdefgh", "0123", "", "2345678", "fgh"]);
        assert_eq!(Pieces::new(&[3..3, 9..9], 6).first(), None);
    }

    proptest! {
        #[test]
        fn every_range_lies_in_one_group_and_groups_do_not_overlap(
            ranges in proptest::collection::vec((0..1_000_u64, 0..100_u64), 0..40),
            gap in 0..50_u64,
            most in 1..500_u64,
        ) {
            let spans: Vec<_> = ranges.iter().map(|(start, len)| Span::new(*start, *len)).collect();
            let groups = coalesce(&spans, gap, most);
            for (index, span) in spans.iter().enumerate() {
                let holding: Vec<_> = groups.iter().filter(|group| group.ranges.contains(&index)).collect();
                prop_assert_eq!(holding.len(), usize::from(!span.is_empty()));
                prop_assert!(holding.iter().all(|g| g.span.start <= span.start && span.end <= g.span.end));
            }
            prop_assert!(groups.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start));
        }
    }
}
