use std::time::SystemTime;

use oss_models::{Crc64, Etag};

/// A file or an object, by its path below the root of its side.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// The path below the root, names with `/` between them. Both sides are in the order of its bytes.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Last modification: of a file by this machine's clock, of an object by the server's, in whole seconds.
    pub modified: Option<SystemTime>,
    /// Last change of a file's attributes, which no program sets back as it may the time of the last modification.
    pub changed: Option<SystemTime>,
    /// Entity tag of an object.
    pub etag: Option<Etag>,
    /// CRC64 of the content, where it is known.
    pub crc64: Option<Crc64>,
}

impl Entry {
    /// An entry of which no more than this is known.
    pub fn new(path: impl Into<String>, size: u64) -> Self {
        Self { path: path.into(), size, modified: None, changed: None, etag: None, crc64: None }
    }
}

/// What a side has at a place.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// A file or an object.
    Entry(Entry),
    /// Nothing is known of these paths.
    Unknown(Unknown),
}

impl Item {
    /// The first path that it concerns.
    pub fn position(&self) -> &str {
        match self {
            Self::Entry(entry) => &entry.path,
            Self::Unknown(unknown) => unknown.paths.first(),
        }
    }
}

/// Paths of which a side could not tell whether it has them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Unknown {
    /// Which.
    pub paths: PathRange,
    /// Why, for people.
    pub reason: String,
    /// What kind of reason that is.
    pub cause: Cause,
}

/// Why nothing is known of some paths.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// They are left out on purpose: by their size or time.
    LeftOut,
    /// What is there is neither a file nor a folder for us: a link that is not followed, a device, a name that no key has.
    Unsupported,
    /// They could not be read.
    Unreadable,
}

impl Unknown {
    /// What is there is no file for us, for this reason.
    pub fn unsupported(paths: PathRange, reason: impl Into<String>) -> Self {
        Self { paths, reason: reason.into(), cause: Cause::Unsupported }
    }

    /// These paths could not be read.
    pub fn unreadable(paths: PathRange, reason: impl Into<String>) -> Self {
        Self { paths, reason: reason.into(), cause: Cause::Unreadable }
    }

    /// This path is left out by its size or time.
    pub fn left_out(path: impl Into<String>) -> Self {
        let reason = "left out by its size or time".to_owned();
        Self { paths: PathRange::one(path), reason, cause: Cause::LeftOut }
    }
}

/// A run of paths in the order of their bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PathRange {
    first: String,
    /// The first that is not in it any more; `None` for a range without end.
    until: Option<String>,
}

impl PathRange {
    /// One path alone.
    pub fn one(path: impl Into<String>) -> Self {
        let first = path.into();
        // No text is between them.
        let until = format!("{first}\0");
        Self { first, until: Some(until) }
    }

    /// All that begins with this text; all there is if it is empty.
    pub fn beginning_with(prefix: impl Into<String>) -> Self {
        let first = prefix.into();
        let until = successor(&first);
        Self { first, until }
    }

    /// A folder: what stands for itself (`path`) and all below it (`path/…`).
    ///
    /// What sorts between the two, such as `path.txt`, is in the range as well: to know too little keeps it from being
    /// deleted.
    pub fn folder(path: &str) -> Self {
        let until = successor(&format!("{path}/"));
        Self { first: path.to_owned(), until }
    }

    /// What is in a folder behind one of its names; `folder` is empty or ends in `/`, and the name of a folder in it does too.
    pub(crate) fn rest_of(folder: &str, name: Option<&str>) -> Self {
        let first = match name {
            None => folder.to_owned(),
            // All that is in the folder of this name came already.
            Some(name) if name.ends_with('/') => successor(&format!("{folder}{name}")).unwrap_or_default(),
            Some(name) => format!("{folder}{name}\0"),
        };
        Self { first, until: successor(folder) }
    }

    /// The first path.
    pub fn first(&self) -> &str {
        &self.first
    }

    /// Whether a path is in it.
    pub fn contains(&self, path: &str) -> bool {
        self.first.as_str() <= path && !self.ends_before(path)
    }

    /// Whether it has no path from this one on.
    pub fn ends_before(&self, path: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until <= path)
    }
}

/// The first text behind all that begin with `prefix`, if there is one.
fn successor(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        // The order of characters is that of their bytes. Between U+D7FF and U+E000 there is no character.
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_range_begins_with_its_first_path_and_ends_before_the_next() {
        let one = PathRange::one("a");
        assert_eq!(["", "a", "a\0", "a.txt", "b"].map(|path| one.contains(path)), [false, true, false, false, false]);
        let folder = PathRange::folder("d");
        let paths = ["c", "d", "d.txt", "d/", "d/x/y", "d0", "e"];
        assert_eq!(paths.map(|path| folder.contains(path)), [false, true, true, true, true, false, false]);
        assert!(PathRange::beginning_with("").contains("\u{10ffff}"));
        assert!(PathRange::beginning_with("\u{d7ff}").ends_before("\u{e000}"));
    }

    #[test]
    fn the_rest_of_a_folder_begins_behind_a_name() {
        let rest = |name| {
            ["d/", "d/a", "d/b", "d/b/x", "d/b0", "d/c", "d0"].map(|path| PathRange::rest_of("d/", name).contains(path))
        };
        assert_eq!(rest(None), [true, true, true, true, true, true, false]);
        assert_eq!(rest(Some("b")), [false, false, false, true, true, true, false]);
        assert_eq!(rest(Some("b/")), [false, false, false, false, true, true, false]);
        assert!(PathRange::rest_of("", Some("b")).contains("\u{10ffff}"));
    }

    proptest! {
        #[test]
        fn a_range_of_a_prefix_has_what_begins_with_it_and_nothing_else(prefix in "[a-c/\u{ff}\u{10ffff}]{0,3}", path in "[a-c/\u{ff}\u{10ffff}]{0,5}") {
            prop_assert_eq!(PathRange::beginning_with(prefix.as_str()).contains(&path), path.starts_with(&prefix));
        }
    }
}
