//! Two ordered lists beside each other.
//!
//! ```text
//!   push(Source, …) ──► source: next entry, unknown ranges ─┐
//!                                                           ├─ step() ──► Need(side) │ Pair │ Done
//!   push(Destination, …) ──► destination: the same ─────────┘
//! ```
//!
//! A path is called missing on a side only when that side has gone beyond it and no unknown range there has it.

use std::cmp::Ordering;

use crate::{Entry, Item, Unknown};

/// One of the two lists.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Side {
    /// Where things come from.
    Source,
    /// Where they should be.
    Destination,
}

impl Side {
    /// In an error.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Destination => "destination",
        }
    }
}

/// A path, and on which side it is.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Pair {
    /// On both.
    Both {
        /// As the source has it.
        source: Entry,
        /// As the destination has it.
        destination: Entry,
    },
    /// On the source, and certainly not on the destination.
    Missing(Entry),
    /// On the destination, and certainly not on the source.
    Extra(Entry),
    /// On one side; of the other it is not known.
    Unknown {
        /// On which side it is.
        found: Side,
        /// As that side has it.
        entry: Entry,
        /// Why the other side is not known here.
        unknown: Unknown,
    },
}

/// What the merge does next.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "it is taken apart where it is returned and never kept")]
pub enum Step {
    /// It needs the next item of a side: [`Merge::push`], or [`Merge::end`] if there is none.
    Need(Side),
    /// The next path.
    Pair(Pair),
    /// Both lists came to their end.
    Done,
}

/// A list that is not in order.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// What was left out before could come at any place, so nothing can be called missing.
    #[error("the {} is not in order: {path:?} comes after {last:?}", side.word())]
    OutOfOrder {
        /// Which list.
        side: Side,
        /// The path before.
        last: String,
        /// The path that should have come earlier, or came twice.
        path: String,
    },
}

/// Puts two lists beside each other; without IO, and with one entry of each in memory.
///
/// ```
/// use oss_sync::{Entry, Item, Merge, Pair, Side, Step};
///
/// let mut source = ["a", "b"].into_iter();
/// let mut destination = ["b", "c"].into_iter();
/// let mut merge = Merge::default();
/// let mut found = Vec::new();
/// loop {
///     match merge.step() {
///         Step::Need(side) => {
///             let list = if side == Side::Source { &mut source } else { &mut destination };
///             match list.next() {
///                 Some(path) => merge.push(side, Item::Entry(Entry::new(path, 1)))?,
///                 None => merge.end(side),
///             }
///         }
///         Step::Pair(Pair::Both { source, .. }) => found.push(format!("{} on both", source.path)),
///         Step::Pair(Pair::Missing(entry)) => found.push(format!("{} missing", entry.path)),
///         Step::Pair(Pair::Extra(entry)) => found.push(format!("{} extra", entry.path)),
///         _ => break,
///     }
/// }
/// assert_eq!(found, ["a missing", "b on both", "c extra"]);
/// # Ok::<(), oss_sync::MergeError>(())
/// ```
#[derive(Debug, Default)]
pub struct Merge {
    source: List,
    destination: List,
}

/// How far a list was read.
#[derive(Debug, Default)]
struct List {
    /// What comes next. Taken once the merge has come to its place.
    next: Option<Item>,
    /// Ranges that the merge has come to and that have not ended yet.
    unknown: Vec<Unknown>,
    /// Where the item that came last begins, and whether an entry is there.
    last: Option<(String, bool)>,
    ended: bool,
}

impl Merge {
    /// What comes next.
    pub fn step(&mut self) -> Step {
        loop {
            for (side, list) in [(Side::Source, &self.source), (Side::Destination, &self.destination)] {
                if list.next.is_none() && !list.ended {
                    return Step::Need(side);
                }
            }
            let order = match (self.source.place(), self.destination.place()) {
                (None, None) => return Step::Done,
                (Some(source), Some(destination)) => source.cmp(&destination),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
            };
            let source = if order.is_le() { self.source.next.take() } else { None };
            let destination = if order.is_ge() { self.destination.next.take() } else { None };
            let source = source.and_then(|item| self.source.pass(item));
            let destination = destination.and_then(|item| self.destination.pass(item));
            return Step::Pair(match (source, destination) {
                (Some(source), Some(destination)) => Pair::Both { source, destination },
                (Some(entry), None) => match self.destination.doubt(&entry.path) {
                    Some(unknown) => Pair::Unknown { found: Side::Source, entry, unknown },
                    None => Pair::Missing(entry),
                },
                (None, Some(entry)) => match self.source.doubt(&entry.path) {
                    Some(unknown) => Pair::Unknown { found: Side::Destination, entry, unknown },
                    None => Pair::Extra(entry),
                },
                (None, None) => continue,
            });
        }
    }

    /// The next item of a list, when [`Step::Need`] asks for it.
    ///
    /// # Errors
    /// If the list is not in order. What was said so far holds, and nothing more can be said.
    pub fn push(&mut self, side: Side, item: Item) -> Result<(), MergeError> {
        self.list(side).push(item).map_err(|(last, path)| MergeError::OutOfOrder { side, last, path })
    }

    /// A list came to its end. A list that failed has none: drop the merge then.
    pub fn end(&mut self, side: Side) {
        self.list(side).ended = true;
    }

    fn list(&mut self, side: Side) -> &mut List {
        match side {
            Side::Source => &mut self.source,
            Side::Destination => &mut self.destination,
        }
    }
}

impl List {
    /// Where the next item is. Of those at one path, ranges come first: they say what is not known of the other list's entry.
    fn place(&self) -> Option<(&str, bool)> {
        self.next.as_ref().map(|item| (item.position(), matches!(item, Item::Entry(_))))
    }

    /// The merge comes to an item; gives it if it is an entry.
    fn pass(&mut self, item: Item) -> Option<Entry> {
        match item {
            Item::Entry(entry) => Some(entry),
            Item::Unknown(unknown) => {
                self.forget_before(unknown.paths.first());
                self.unknown.push(unknown);
                None
            }
        }
    }

    /// Why it is not known whether the list has a path that it did not show.
    fn doubt(&mut self, path: &str) -> Option<Unknown> {
        self.forget_before(path);
        self.unknown.iter().find(|unknown| unknown.paths.contains(path)).cloned()
    }

    /// The merge goes from path to path in their order, so that no range that has ended is needed again.
    fn forget_before(&mut self, path: &str) {
        self.unknown.retain(|unknown| !unknown.paths.ends_before(path));
    }

    /// The error has the position before, and that of the item.
    fn push(&mut self, item: Item) -> Result<(), (String, String)> {
        let (position, is_entry) = (item.position(), matches!(item, Item::Entry(_)));
        match &mut self.last {
            None => self.last = Some((position.to_owned(), is_entry)),
            Some((last, had_entry)) => {
                let order = last.as_str().cmp(position);
                if order.is_gt() || (order.is_eq() && is_entry && *had_entry) {
                    return Err((last.clone(), position.to_owned()));
                }
                *had_entry = is_entry || (order.is_eq() && *had_entry);
                last.clear();
                last.push_str(position);
            }
        }
        self.next = Some(item);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;
    use crate::PathRange;

    fn entry(path: &str) -> Item {
        Item::Entry(Entry::new(path, 1))
    }

    /// `d/?` is a folder that could not be read, `f?` a path of which nothing is known.
    fn item(word: &str) -> Item {
        match word.strip_suffix('?') {
            Some(word) if word.ends_with('/') => {
                Item::Unknown(Unknown::unreadable(PathRange::folder(word.trim_end_matches('/')), "unreadable"))
            }
            Some(word) => Item::Unknown(Unknown::unsupported(PathRange::one(word), "special")),
            None => entry(word),
        }
    }

    fn merge(source: Vec<Item>, destination: Vec<Item>) -> Result<Vec<Pair>, MergeError> {
        let (mut source, mut destination) = (source.into_iter(), destination.into_iter());
        let (mut merge, mut pairs) = (Merge::default(), Vec::new());
        loop {
            match merge.step() {
                Step::Need(side) => {
                    let list = if side == Side::Source { &mut source } else { &mut destination };
                    match list.next() {
                        Some(item) => merge.push(side, item)?,
                        None => merge.end(side),
                    }
                }
                Step::Pair(pair) => pairs.push(pair),
                Step::Done => return Ok(pairs),
            }
        }
    }

    fn check(source: &str, destination: &str, expected: Expect) {
        let items = |words: &str| words.split_whitespace().map(item).collect();
        let text = match merge(items(source), items(destination)) {
            Ok(pairs) => pairs.iter().map(show).collect::<Vec<_>>().join(" "),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&text);
    }

    fn show(pair: &Pair) -> String {
        match pair {
            Pair::Both { source, .. } => format!("={}", source.path),
            Pair::Missing(entry) => format!("+{}", entry.path),
            Pair::Extra(entry) => format!("-{}", entry.path),
            Pair::Unknown { entry, unknown, .. } => format!("?{}({})", entry.path, unknown.reason),
        }
    }

    #[test]
    fn each_path_is_on_one_side_or_on_both() {
        check("", "", expect![""]);
        check("a b d", "b c d e", expect!["+a =b -c =d -e"]);
        check("a/b a0", "a.txt a/b", expect!["-a.txt =a/b +a0"]);
    }

    #[test]
    fn what_could_not_be_read_is_missing_nowhere() {
        check(
            "a d/? f",
            "a d d.txt d/x d/y/z d0 f",
            expect!["=a ?d(unreadable) ?d.txt(unreadable) ?d/x(unreadable) ?d/y/z(unreadable) -d0 =f"],
        );
        check("a d/x e", "a d/? e", expect!["=a ?d/x(unreadable) =e"]);
        check("p?", "p p/x", expect!["?p(special) -p/x"]);
        // A range may begin at an entry, and ranges may be in one another.
        check("d d/? d/e/? x", "d d/e/f x", expect!["=d ?d/e/f(unreadable) =x"]);
        check("d/?", "", expect![""]);
    }

    #[test]
    fn ranges_are_kept_only_while_they_may_be_asked_for() {
        let mut merge = Merge::default();
        merge.end(Side::Destination);
        for number in 0..1_000 {
            assert_eq!(merge.step(), Step::Need(Side::Source));
            merge.push(Side::Source, item(&format!("{number:04}?"))).unwrap();
        }
        assert_eq!(merge.step(), Step::Need(Side::Source));
        assert_eq!(merge.source.unknown.len(), 1);
    }

    #[test]
    fn a_list_out_of_order_ends_the_merge() {
        check("a c b", "a", expect![[r#"the source is not in order: "b" comes after "c""#]]);
        check("a", "a b b", expect![[r#"the destination is not in order: "b" comes after "b""#]]);
        check("b? a", "", expect![[r#"the source is not in order: "a" comes after "b""#]]);
        check("a a? a", "", expect![[r#"the source is not in order: "a" comes after "a""#]]);
    }

    fn tree() -> impl Strategy<Value = BTreeSet<String>> {
        proptest::collection::btree_set("[ab.0/]{1,4}", 0..12)
    }

    proptest! {
        /// Whatever the lists are, the merge says of each path what two sets say, and of none in a doubtful range that it
        /// is missing.
        #[test]
        fn the_merge_says_what_two_sets_say(source in tree(), destination in tree(), lost in proptest::collection::btree_set("[ab]{1,2}", 0..3)) {
            let ranges: Vec<_> = lost.iter().map(|folder| PathRange::folder(folder)).collect();
            let is_lost = |path: &str| ranges.iter().any(|range| range.contains(path));
            // The source shows nothing of what is in the ranges that could not be read.
            let shown: Vec<_> = source.iter().filter(|path| !is_lost(path)).collect();
            let mut items: BTreeMap<(String, u8), Item> = shown.iter().map(|path| (((*path).clone(), 1), entry(path))).collect();
            items.extend(lost.iter().map(|folder| ((folder.clone(), 0), item(&format!("{folder}/?")))));
            let pairs = merge(items.into_values().collect(), destination.iter().map(|path| entry(path)).collect()).unwrap();
            let mut model = BTreeMap::new();
            for path in destination.iter().chain(shown.iter().copied()) {
                let (here, there) = (shown.contains(&path), destination.contains(path));
                model.insert(path.as_str(), match (here, there) {
                    (true, true) => '=',
                    (true, false) => '+',
                    (false, _) if is_lost(path) => '?',
                    (false, _) => '-',
                });
            }
            let said: Vec<_> = pairs.iter().map(|pair| {
                let text = show(pair);
                let sign = text.chars().next().unwrap();
                let path = match pair {
                    Pair::Both { source: entry, .. } | Pair::Missing(entry) | Pair::Extra(entry) | Pair::Unknown { entry, .. } => entry.path.clone(),
                };
                (path, sign)
            }).collect();
            let expected: Vec<_> = model.into_iter().map(|(path, sign)| (path.to_owned(), sign)).collect();
            prop_assert_eq!(said, expected);
        }
    }
}
