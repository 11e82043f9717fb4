//! Where a list is divided among several requests. Pure: what came is told, and where to divide is asked.
//!
//! Keys of a folder are near each other, so folders that are known are the best places; a request with a delimiter tells up to 1,000
//! of them. Where there are none, or where one folder has most of the keys, the middle is guessed from the characters of the
//! keys.

use std::collections::BTreeMap;

use super::alphabet::Alphabets;

/// A folder that takes so many times as long as others is divided itself.
const LAG: f64 = 2.0;
/// What is left of a range to be divided at a guess, in pages, and at a folder, which is certain to have something behind it.
const LEAST_FOR_A_GUESS: f64 = 3.0;
const LEAST_FOR_A_FOLDER: f64 = 2.0;
/// Of each page, one key of so many is looked at.
const SAMPLE: usize = 50;
/// Entries of a full page.
const PAGE: f64 = 1_000.0;
/// So many folders are remembered: some megabytes.
const MOST_FOLDERS: usize = 20_000;

/// What is known of the keys.
#[derive(Debug)]
pub(super) struct Division {
    /// What every key begins with: the outermost folder.
    prefix: String,
    alphabets: Alphabets,
    /// Folders, in order.
    folders: Vec<String>,
    /// Of which folders those inside were asked for, after which key, and up to which; without that, up to the last.
    asked: BTreeMap<String, Vec<(String, Option<String>)>>,
    /// Pages that came, and the folders on them.
    pages: f64,
    passed: f64,
}

/// A range that is listed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed<'a> {
    /// The first key of the page that came last, and the last one.
    pub(super) page: (&'a str, &'a str),
    /// Its end.
    pub(super) until: Option<&'a str>,
    /// Pages since a folder ended.
    pub(super) pages_in_folder: u32,
}

/// How a range can be divided.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Split {
    /// Behind this key.
    At(String),
    /// Once it is known which folders are in this one.
    Ask(String),
}

impl Division {
    pub(super) fn new(prefix: impl Into<String>) -> Self {
        let (folders, asked) = (Vec::new(), BTreeMap::new());
        Self { prefix: prefix.into(), alphabets: Alphabets::default(), folders, asked, pages: 0.0, passed: 0.0 }
    }

    /// A page came with these keys; how many folders began on it.
    pub(super) fn on_page<'a>(&mut self, keys: impl ExactSizeIterator<Item = &'a str> + Clone) -> usize {
        let (first, Some(last)) = (keys.clone().next(), keys.clone().last()) else { return 0 };
        keys.clone().step_by(SAMPLE).chain([last]).for_each(|key| self.alphabets.see(key));
        let begin = first.map_or(0, |first| self.folders.partition_point(|folder| folder.as_str() < first));
        let begun = self.folders.partition_point(|folder| folder.as_str() <= last).saturating_sub(begin);
        self.pages += count(keys.len()) / PAGE;
        self.passed += count(begun);
        begun
    }

    /// Which folders are in one, after a key, and up to the last of them if there are more. What lies before `front` is not asked
    /// about any more.
    pub(super) fn on_folders(
        &mut self,
        folder: String,
        after: String,
        inside: Vec<String>,
        last: Option<String>,
        front: &str,
    ) {
        self.folders.retain(|folder| folder.as_str() > front || front.starts_with(folder));
        self.asked.retain(|folder, _| front.starts_with(folder) || folder.as_str() > front);
        self.asked.entry(folder).or_default().push((after, last));
        self.folders.extend(inside);
        self.folders.sort_unstable();
        self.folders.dedup();
    }

    /// How many pages a range seems to have left, and how it is divided best; `None` if that is not worth a request.
    pub(super) fn plan(&self, listed: Listed<'_>) -> Option<(f64, Split)> {
        let Listed { page: (_, after), until, .. } = listed;
        let begin = self.folders.partition_point(|folder| folder.as_str() <= after);
        let end =
            until.map_or(self.folders.len(), |until| self.folders.partition_point(|folder| folder.as_str() < until));
        let inside = self.folders.get(begin..end).unwrap_or_default();
        let of_folder = (self.pages + 1.0) / (self.passed + 1.0);
        let at_folder = inside
            .get(inside.len() / 2)
            .map(|middle| ((count(inside.len()) + 1.0) * of_folder, Split::At(middle.clone())));
        let at_folder = at_folder.filter(|(pages, _)| *pages >= LEAST_FOR_A_FOLDER);
        // Behind what is known of the outermost folder.
        let known_until = self.known_until(&self.prefix, after).flatten();
        let behind = known_until
            .filter(|known| until.is_none_or(|until| *known < until))
            .and_then(|known| self.guess(listed, known, until));
        let in_folder = self.in_folder(listed, of_folder, inside.is_empty());
        let best = [at_folder, behind, in_folder].into_iter().flatten();
        best.max_by(|(one, _), (other, _)| one.total_cmp(other))
    }

    /// How the rest of the folder that a range is in is divided.
    fn in_folder(&self, listed: Listed<'_>, of_folder: f64, is_last: bool) -> Option<(f64, Split)> {
        let Listed { page: (_, after), until, pages_in_folder } = listed;
        let folder = self.folder_of(after);
        let is_outermost = folder == self.prefix;
        let pages_in_folder = f64::from(pages_in_folder);
        let is_worth_it = if is_outermost { is_last } else { pages_in_folder >= LAG * of_folder };
        if !is_worth_it {
            return None;
        }
        let has_folders = after.get(folder.len()..).is_some_and(|rest| rest.contains('/'));
        if has_folders && self.folders.len() < MOST_FOLDERS && self.known_until(folder, after).is_none() {
            return Some((pages_in_folder.max(LEAST_FOR_A_GUESS), Split::Ask(folder.to_owned())));
        }
        let end = (!is_outermost).then(|| behind(folder));
        let end = match (end.as_deref(), until) {
            (Some(end), Some(until)) => Some(end.min(until)),
            (end, until) => end.or(until),
        };
        let (pages, split) = self.guess(listed, after, end)?;
        // A folder that is known may well end soon.
        let pages = if is_outermost { pages } else { pages.min(2.0 * pages_in_folder) };
        (pages >= LEAST_FOR_A_GUESS).then_some((pages, split))
    }

    fn guess(&self, listed: Listed<'_>, low: &str, high: Option<&str>) -> Option<(f64, Split)> {
        let common = self.prefix.chars().count();
        let estimate = self.alphabets.estimate(common, (low, high), listed.page)?;
        (estimate.pages >= LEAST_FOR_A_GUESS).then_some((estimate.pages, Split::At(estimate.middle)))
    }

    /// The innermost folder that is known, of those that a key is in.
    fn folder_of<'a>(&'a self, key: &'a str) -> &'a str {
        let ends = key.rmatch_indices('/').map(|(at, _)| at + 1);
        let folders = ends.filter_map(|end| key.get(..end));
        let is_known = |folder: &&str| self.folders.binary_search_by(|known| known.as_str().cmp(folder)).is_ok();
        folders.filter(|folder| folder.len() > self.prefix.len()).find(is_known).unwrap_or(&self.prefix)
    }

    /// Whether the folders behind a key in this one are known, and up to which if not to the last.
    fn known_until(&self, folder: &str, key: &str) -> Option<Option<&str>> {
        let mut asked = self.asked.get(folder)?.iter().map(|(after, last)| (after.as_str(), last.as_deref()));
        let covers = |(after, last): &(&str, Option<&str>)| *after <= key && last.is_none_or(|last| key < last);
        asked.find(covers).map(|(_, last)| last)
    }
}

/// The first text behind all that are in a folder.
fn behind(folder: &str) -> String {
    // `0` comes after `/`.
    format!("{}0", folder.strip_suffix('/').unwrap_or(folder))
}

#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn division(keys: &[&str], pages: usize) -> Division {
        let mut division = Division::new("");
        for _ in 0..pages {
            let keys: Vec<_> = std::iter::repeat_n(keys, 1_000 / keys.len()).flatten().copied().collect();
            division.on_page(keys.iter().copied());
        }
        division
    }

    fn listed<'a>(first: &'a str, last: &'a str, until: Option<&'a str>, pages_in_folder: u32) -> Listed<'a> {
        Listed { page: (first, last), until, pages_in_folder }
    }

    #[test]
    fn a_flat_list_is_divided_at_a_guess() {
        let division = division(&["0000000000", "0000000999"], 2);
        let (pages, split) = division.plan(listed("0000000000", "0000000999", None, 2)).unwrap();
        assert!(pages > 1_000.0 && split == Split::At("5".to_owned()), "{pages} {split:?}");
        assert_eq!(division.plan(listed("0000000000", "0000000999", Some("0000001999"), 2)), None);
    }

    #[test]
    fn folders_that_are_known_are_where_a_list_is_divided() {
        let mut division = division(&["d1/a", "d1/b"], 2);
        division.on_folders(
            String::new(),
            "d1/b".to_owned(),
            ["d1/", "d2/", "d3/", "d4/"].map(str::to_owned).into(),
            None,
            "",
        );
        let split = division.plan(listed("d1/a", "d1/b", None, 1)).map(|(_, split)| split);
        assert_eq!(split, Some(Split::At("d3/".to_owned())));
        // One that takes longer than others is looked into, if something is in it.
        let mut one = division;
        for _ in 0..40 {
            one.on_page(["d4/x/1"; 1_000].iter().copied());
        }
        one.passed = 4.0;
        let split = one.plan(listed("d4/x/0", "d4/x/1", None, 40)).map(|(_, split)| split);
        assert_eq!(split, Some(Split::Ask("d4/".to_owned())));
        assert_eq!(one.plan(listed("d4/x/0", "d4/x/1", None, 1)), None);
    }

    /// Without folders in it, and whatever ends it: the folder itself, or what is listed by another request already.
    #[test]
    fn a_large_folder_is_divided_at_a_guess_within_it() {
        let mut division = division(&["hot/0000000000", "hot/0000000999"], 40);
        let folders = ["cold/", "hot/", "rest/"].map(str::to_owned);
        division.on_folders(String::new(), String::new(), folders.into(), None, "");
        division.passed = 40.0;
        for (until, middle) in
            [(None, "hot/5"), (Some("rest/"), "hot/5"), (Some("hot/2"), "hot/1"), (Some("hot/0000500999"), "hot/00002")]
        {
            let split = division.plan(listed("hot/0000000000", "hot/0000000999", until, 40));
            assert_eq!(split.map(|(_, split)| split), Some(Split::At(middle.to_owned())), "until {until:?}");
        }
        // What is left is not worth a request.
        assert_eq!(division.plan(listed("hot/0000000000", "hot/0000000999", Some("hot/0000001999"), 40)), None);
    }

    #[test]
    fn what_the_front_has_passed_is_forgotten() {
        let mut division = Division::new("");
        division.on_folders(String::new(), String::new(), ["a/", "b/", "c/"].map(str::to_owned).into(), None, "");
        division.on_folders("b/".to_owned(), "b/1".to_owned(), vec!["b/2/".to_owned()], None, "b/1");
        assert_eq!(division.folders, ["b/", "b/2/", "c/"]);
        assert_eq!(division.asked.keys().collect::<Vec<_>>(), ["", "b/"]);
    }
}
