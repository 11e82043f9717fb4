use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Finds keys that cannot both have a file, among keys that come in their order by bytes, as lists have them.
///
/// Memory grows with the length of the keys, and where letter case is ignored by some 8 bytes for each key.
///
/// ```
/// use oss_transfer::{PathConflict, PathConflicts};
///
/// let mut keys = PathConflicts::new(false);
/// assert_eq!(keys.add("a"), Ok(()));
/// assert_eq!(keys.add("a/b"), Err(PathConflict::BelowFile));
/// ```
#[derive(Debug, Default)]
pub struct PathConflicts {
    /// The keys of files that the latest key begins with, shortest first.
    files: Vec<String>,
    /// Hashes of the files' keys in lower case; `None` where letter case counts.
    folded: Option<HashSet<u64>>,
}

/// Why a key cannot have a file of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PathConflict {
    /// Another key makes a file of one of its folders: `a` and `a/b`.
    BelowFile,
    /// Another key has the same path, letter case apart.
    LetterCase,
}

impl fmt::Display for PathConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BelowFile => "another key makes a file of one of its folders",
            Self::LetterCase => "another key has the same path, letter case apart",
        })
    }
}

impl std::error::Error for PathConflict {}

impl PathConflicts {
    /// For a folder where letter case counts, or is ignored.
    pub fn new(ignores_case: bool) -> Self {
        Self { files: Vec::new(), folded: ignores_case.then(HashSet::new) }
    }

    /// Adds the next key, which must not come before an earlier one.
    ///
    /// # Errors
    /// [`PathConflict`] with an earlier key, which keeps its path.
    pub fn add(&mut self, key: &str) -> Result<(), PathConflict> {
        // Keys with a common beginning follow each other: what this key does not begin with, no later one does.
        while self.files.last().is_some_and(|file| !key.starts_with(file.as_str())) {
            self.files.pop();
        }
        let is_below = |file: &String| key.get(file.len()..).is_some_and(|rest| rest.starts_with('/'));
        if self.files.iter().any(is_below) {
            return Err(PathConflict::BelowFile);
        }
        let is_file = !key.ends_with('/');
        if let Some(folded) = &mut self.folded {
            let folders = key.match_indices('/').filter_map(|(end, _)| key.get(..end));
            if folders.map(fold).any(|folder| folded.contains(&folder)) {
                return Err(PathConflict::BelowFile);
            }
            if is_file && !folded.insert(fold(key)) {
                return Err(PathConflict::LetterCase);
            }
        }
        if is_file {
            self.files.push(key.to_owned());
        }
        Ok(())
    }
}

/// By 64 bits, so that a great many keys have room. Two that differ are taken for one about never.
fn fold(key: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(key.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn added(ignores_case: bool, keys: &[&str]) -> Vec<Option<PathConflict>> {
        let mut conflicts = PathConflicts::new(ignores_case);
        keys.iter().map(|key| conflicts.add(key).err()).collect()
    }

    #[test]
    fn a_key_below_the_file_of_another_is_found() {
        let below = Some(PathConflict::BelowFile);
        assert_eq!(
            added(false, &["a", "a-b", "a/", "a/b", "a0", "b/c", "b/c/d"]),
            [None, None, below, below, None, None, below]
        );
        assert_eq!(added(false, &["a/", "a/b", "aé", "aé/b"]), [None, None, None, below]);
    }

    #[test]
    fn letter_case_is_told_apart_or_not() {
        let keys = ["A", "B/x", "a", "a/b", "b/X", "b/y"];
        let (below, case) = (Some(PathConflict::BelowFile), Some(PathConflict::LetterCase));
        assert_eq!(added(false, &keys), [None, None, None, below, None, None]);
        assert_eq!(added(true, &keys), [None, None, case, below, case, None]);
        assert_eq!(added(true, &["Ä/x", "ä/X"]), [None, case]);
    }

    proptest! {
        #[test]
        fn every_conflict_is_found_whatever_lies_between(keys in prop::collection::btree_set("[a-b/-]{1,5}", 0..40)) {
            let mut conflicts = PathConflicts::new(false);
            let mut files: Vec<String> = Vec::new();
            for key in keys {
                let is_below = files.iter().any(|file| key.starts_with(&format!("{file}/")));
                prop_assert_eq!(conflicts.add(&key).is_err(), is_below, "{}", key);
                if !is_below && !key.ends_with('/') {
                    files.push(key);
                }
            }
        }
    }
}
