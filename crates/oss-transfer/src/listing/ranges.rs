//! Dividing a range of keys among several lists. Pure: what is listed, and when, is told by the caller.

use std::collections::VecDeque;

/// A range of keys that begin with a prefix: after one key, up to another.
///
/// The bounds are those of ListObjectsV2 (`start-after`) and of [`Listing::end_with`](crate::Listing::end_with): the first
/// is not in the range, the second is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct KeyRange {
    /// What every key begins with; empty for all keys.
    pub prefix: String,
    /// What every key comes after, by bytes; `None` from the first.
    pub after: Option<String>,
    /// What no key comes after, by bytes; `None` to the last.
    pub until: Option<String>,
}

impl KeyRange {
    /// All keys with this prefix.
    pub fn with_prefix(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), after: None, until: None }
    }

    /// A key that divides the range: after its beginning, and before its end. `None` if no text is between them.
    ///
    /// Where keys are is not known, so it is a guess: the middle of the letters, digits or other characters that the first
    /// differing character belongs to. A part may well turn out empty; dividing again then comes closer.
    pub fn middle(&self) -> Option<String> {
        let low = match self.after.as_deref() {
            Some(after) if after > self.prefix.as_str() => after.strip_prefix(&self.prefix)?,
            _ => "",
        };
        let high = match self.until.as_deref() {
            Some(until) => match until.strip_prefix(&self.prefix) {
                Some(rest) => Some(rest),
                // All keys with the prefix come before it, or none does.
                None if until > self.prefix.as_str() => None,
                None => return None,
            },
            None => None,
        };
        between(low, high).map(|rest| format!("{}{rest}", self.prefix))
    }

    /// The parts up to this key, itself included, and behind it. The key has to be within the range.
    #[must_use]
    pub fn split_at(self, key: &str) -> (Self, Self) {
        let behind = Self { after: Some(key.to_owned()), ..self.clone() };
        (Self { until: Some(key.to_owned()), ..self }, behind)
    }

    /// The parts between these keys, which are in order; those outside of the range are left out.
    #[must_use]
    pub fn split_at_all<'a>(self, keys: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut rest = self;
        for key in keys {
            let is_behind = rest.after.as_deref().is_none_or(|after| key > after);
            if is_behind && key > rest.prefix.as_str() && rest.until.as_deref().is_none_or(|until| key < until) {
                let (part, behind) = rest.split_at(key);
                parts.push(part);
                rest = behind;
            }
        }
        parts.push(rest);
        parts
    }
}

/// A text after `low` and before `high`, if there is one that is not much longer than both.
fn between(low: &str, high: Option<&str>) -> Option<String> {
    let mut text = String::new();
    let mut lows = low.chars();
    // No longer set once what comes next is before `high` whatever it is.
    let mut highs = high.map(str::chars);
    loop {
        let floor = lows.next();
        let ceiling = match &mut highs {
            // `high` is `low`, or its beginning: nothing is between.
            Some(highs) => Some(highs.next()?),
            None => None,
        };
        if floor.is_some() && floor == ceiling {
            text.extend(floor);
            continue;
        }
        let above = floor.map_or(FIRST - 1, u32::from);
        let below = ceiling.map_or_else(|| end_of_class(above), u32::from);
        let middle = above + below.saturating_sub(above) / 2;
        if middle > above
            && let Some(middle) = char::from_u32(middle)
        {
            text.push(middle);
            return Some(text);
        }
        // The characters are neighbours: what is between begins with the lower one.
        text.push(floor?);
        highs = None;
    }
}

/// The first character that is printed.
const FIRST: u32 = 0x20;

/// The end of the digits, letters or other characters that this one belongs to.
fn end_of_class(character: u32) -> u32 {
    let ends = [('0', '9'), ('A', 'Z'), ('a', 'z')];
    let of_class = ends.iter().find(|(first, last)| (u32::from(*first)..u32::from(*last)).contains(&character));
    match of_class {
        Some((_, last)) => u32::from(*last) + 1,
        None if character < 0x7F => 0x7F,
        None => u32::from(char::MAX) + 1,
    }
}

/// A range that is divided among several lists as they come along.
#[derive(Debug)]
pub(super) struct Division {
    waiting: VecDeque<KeyRange>,
    running: Vec<Running>,
    next_id: u64,
}

/// A range that is being listed.
#[derive(Debug)]
struct Running {
    id: u64,
    /// What is left of it, as far as pages tell.
    left: KeyRange,
    /// Whether a page came since it was divided, so that there is reason to believe in more.
    has_grown: bool,
}

/// A range to list now.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Assignment {
    pub(super) id: u64,
    pub(super) range: KeyRange,
    /// The list that ends earlier from now on, and its new end.
    pub(super) cut: Option<(u64, String)>,
}

impl Division {
    pub(super) fn new(ranges: impl IntoIterator<Item = KeyRange>) -> Self {
        Self { waiting: ranges.into_iter().collect(), running: Vec::new(), next_id: 0 }
    }

    /// What one more list may do: a range that waits, or the back half of one that is being listed. For each page at most
    /// one half is split off, so guesses that find nothing cost no more requests than the keys themselves.
    pub(super) fn assign(&mut self) -> Option<Assignment> {
        if let Some(range) = self.waiting.pop_front() {
            return Some(self.start(range, None));
        }
        for running in self.running.iter_mut().filter(|running| running.has_grown) {
            running.has_grown = false;
            if let Some(middle) = running.left.middle() {
                let (front, back) = running.left.clone().split_at(&middle);
                running.left = front;
                let cut = (running.id, middle);
                return Some(self.start(back, Some(cut)));
            }
        }
        None
    }

    fn start(&mut self, range: KeyRange, cut: Option<(u64, String)>) -> Assignment {
        let id = self.next_id;
        self.next_id += 1;
        self.running.push(Running { id, left: range.clone(), has_grown: false });
        Assignment { id, range, cut }
    }

    /// A page of a list that has more ended with this key.
    pub(super) fn on_page(&mut self, id: u64, last: &str) {
        if let Some(running) = self.running.iter_mut().find(|running| running.id == id) {
            running.left.after = Some(last.to_owned());
            running.has_grown = true;
        }
    }

    /// A list is at its end.
    pub(super) fn on_end(&mut self, id: u64) {
        self.running.retain(|running| running.id != id);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(after: &str, until: &str) -> KeyRange {
        let set = |key: &str| Some(key.to_owned()).filter(|key| !key.is_empty());
        KeyRange { prefix: "p/".to_owned(), after: set(after), until: set(until) }
    }

    #[test]
    fn the_middle_is_that_of_digits_or_letters() {
        for (after, until, middle) in [
            ("", "", Some("p/O")),
            ("p/0", "", Some("p/5")),
            ("p/a", "", Some("p/n")),
            ("p/a", "p/c", Some("p/b")),
            ("p/a", "p/b", Some("p/aO")),
            ("p/az", "p/b", Some("p/a|")),
            ("p/file-0100", "p/file-0200", Some("p/file-015")),
            ("p/\u{e9}", "p/\u{eb}", Some("p/\u{ea}")),
            ("p/a", "p/a", None),
            ("p/a", "p/a ", None),
            ("p/a", "o", None),
            ("p/a", "q", Some("p/n")),
            ("a", "", Some("p/O")),
            ("q", "", None),
        ] {
            assert_eq!(range(after, until).middle().as_deref(), middle, "{after:?} to {until:?}");
        }
    }

    #[test]
    fn parts_lie_between_the_keys_that_are_inside() {
        let ends = |after: &str, until: &str, keys: &[&str]| -> Vec<String> {
            let parts = range(after, until).split_at_all(keys.iter().copied());
            let end = |key: Option<String>| key.unwrap_or_default();
            parts.into_iter().map(|part| format!("{}..{}", end(part.after), end(part.until))).collect()
        };
        assert_eq!(ends("", "", &[]), [".."]);
        assert_eq!(ends("", "", &["p/a/", "p/b/"]), ["..p/a/", "p/a/..p/b/", "p/b/.."]);
        assert_eq!(ends("p/a/", "p/c/", &["p/a/", "p/b/", "p/b/", "p/c/"]), ["p/a/..p/b/", "p/b/..p/c/"]);
    }

    proptest! {
        #[test]
        fn a_middle_is_inside(low in "[ -~\u{e9}\u{4e00}\u{1f600}]{0,6}", high in "[ -~\u{e9}\u{4e00}\u{1f600}]{0,6}") {
            if let Some(middle) = between(&low, None) {
                prop_assert!(middle > low);
            }
            if low < high
                && let Some(middle) = between(&low, Some(&high))
            {
                prop_assert!(low < middle && middle < high, "{middle:?}");
            }
        }

        /// Whatever the keys are and however lists alternate, each key is listed once.
        #[test]
        fn each_key_is_listed_once(
            keys in proptest::collection::btree_set("[ab/0-2]{1,4}", 0..60),
            page in 1..5_usize,
            picks in proptest::collection::vec(0..4_usize, 400),
        ) {
            let mut division = Division::new([KeyRange::default()]);
            let mut lists: Vec<Assignment> = Vec::new();
            let mut found = Vec::new();
            for pick in picks.into_iter().cycle() {
                while lists.len() < 4 {
                    let Some(assignment) = division.assign() else { break };
                    if let Some((id, until)) = &assignment.cut {
                        let cut = lists.iter_mut().find(|list| list.id == *id).unwrap();
                        cut.range.until = Some(until.clone());
                    }
                    lists.push(assignment);
                }
                if lists.is_empty() {
                    break;
                }
                let at = pick % lists.len();
                let KeyRange { after, until, .. } = lists[at].range.clone();
                let inside = |key: &&String| {
                    after.as_ref().is_none_or(|after| *key > after) && until.as_ref().is_none_or(|until| *key <= until)
                };
                let listed: Vec<_> = keys.iter().filter(inside).take(page).cloned().collect();
                let has_more = keys.iter().filter(inside).count() > page;
                match listed.last() {
                    Some(last) if has_more => {
                        division.on_page(lists[at].id, last);
                        lists[at].range.after = Some(last.clone());
                    }
                    _ => division.on_end(lists.remove(at).id),
                }
                found.extend(listed);
            }
            found.sort();
            prop_assert_eq!(found, keys.into_iter().collect::<Vec<_>>());
        }
    }
}
