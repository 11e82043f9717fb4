use std::fmt;
use std::path::PathBuf;

/// The way from a key to a path below a folder, which no key leads out of.
///
/// What would lead elsewhere, or to the same path as another key, is refused and never changed: two keys never have the
/// same path.
///
/// ```
/// use oss_transfer::{LocalPath, PathRules, UnsafeKey};
///
/// let rules = PathRules::Unix;
/// assert_eq!(rules.local_path("2024/cat.jpg"), Ok(LocalPath::File("2024/cat.jpg".into())));
/// assert_eq!(rules.local_path("2024/"), Ok(LocalPath::Folder("2024".into())));
/// assert_eq!(rules.local_path("../.ssh/id"), Err(UnsafeKey::Dots));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PathRules {
    /// Names are bytes other than NUL and `/`.
    Unix,
    /// Names have neither `\` nor characters such as `:`, end in neither a dot nor a space, and are none of the devices
    /// such as `CON`.
    Windows,
}

/// What a key stands for below a folder.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LocalPath {
    /// A file.
    File(PathBuf),
    /// A folder: the key ends in `/`. Empty for the folder itself.
    Folder(PathBuf),
}

/// Why a key has no path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum UnsafeKey {
    /// It begins with `/` or has two of them in a row.
    EmptyName,
    /// One of its names is `.` or `..`.
    Dots,
    /// It contains a NUL.
    Nul,
    /// One of its names has a character that no name may have on this system.
    Character(char),
    /// One of its names is that of a device of this system, or ends in a dot or a space.
    Reserved,
    /// One of its names is longer than 255 bytes, or on Windows 255 UTF-16 units.
    TooLong,
    /// Its name is one that temporary files of downloads have.
    Temporary,
}

impl PathRules {
    /// The rules of the system that this program runs on.
    pub const HOST: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };

    /// The path for a key, or for what follows a prefix of one.
    ///
    /// # Errors
    /// [`UnsafeKey`].
    pub fn local_path(self, key: &str) -> Result<LocalPath, UnsafeKey> {
        let (names, is_folder) = match key.strip_suffix('/') {
            Some(names) => (names, true),
            None => (key, key.is_empty()),
        };
        if is_folder && key.is_empty() {
            return Ok(LocalPath::Folder(PathBuf::new()));
        }
        let mut path = PathBuf::new();
        for name in names.split('/') {
            self.check(name)?;
            path.push(name);
        }
        Ok(if is_folder { LocalPath::Folder(path) } else { LocalPath::File(path) })
    }

    fn check(self, name: &str) -> Result<(), UnsafeKey> {
        match name {
            "" => return Err(UnsafeKey::EmptyName),
            "." | ".." => return Err(UnsafeKey::Dots),
            _ if name.contains('\0') => return Err(UnsafeKey::Nul),
            _ if is_temporary(name) => return Err(UnsafeKey::Temporary),
            _ => {}
        }
        let len = match self {
            Self::Unix => name.len(),
            Self::Windows => name.encode_utf16().count(),
        };
        if len > MAX_NAME {
            return Err(UnsafeKey::TooLong);
        }
        if self == Self::Windows {
            check_windows(name)?;
        }
        Ok(())
    }
}

fn check_windows(name: &str) -> Result<(), UnsafeKey> {
    let forbidden = |character: char| character < ' ' || "<>:\"\\|?*".contains(character);
    if let Some(character) = name.chars().find(|character| forbidden(*character)) {
        return Err(UnsafeKey::Character(character));
    }
    if name.ends_with(['.', ' ']) || is_device(name) {
        return Err(UnsafeKey::Reserved);
    }
    Ok(())
}

/// Whether Windows takes a name for a device, whatever extension it has.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_ascii_uppercase();
    let numbered = |device: &str| {
        let number = stem.strip_prefix(device).unwrap_or_default();
        number.chars().count() == 1 && number.contains(|digit: char| "123456789¹²³".contains(digit))
    };
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&&*stem) || numbered("COM") || numbered("LPT")
}

/// Whether a name is `.NAME.ossup-` and 16 hexadecimal digits: another download may remove such a file.
fn is_temporary(name: &str) -> bool {
    let digits = name.strip_prefix('.').and_then(|name| name.rsplit_once(TEMPORARY_MARK)).map(|(_, digits)| digits);
    digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

/// What the names of temporary files of downloads have before their last 16 hexadecimal digits.
pub const TEMPORARY_MARK: &str = ".ossup-";

/// Longest name on the file systems in use.
const MAX_NAME: usize = 255;

impl fmt::Display for UnsafeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyName => f.write_str("one of its names is empty"),
            Self::Dots => f.write_str("one of its names is `.` or `..`"),
            Self::Nul => f.write_str("it contains a NUL"),
            Self::Character(character) => write!(f, "a name cannot contain {character:?} on this system"),
            Self::Reserved => f.write_str("one of its names is reserved by this system"),
            Self::TooLong => f.write_str("one of its names is longer than a file name may be"),
            Self::Temporary => f.write_str("its name is one that temporary files of downloads have"),
        }
    }
}

impl std::error::Error for UnsafeKey {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Component, Path};

    fn unix(key: &str) -> Result<LocalPath, UnsafeKey> {
        PathRules::Unix.local_path(key)
    }

    #[test]
    fn a_key_is_a_file_or_a_folder_below() {
        assert_eq!(unix("a/b.txt"), Ok(LocalPath::File("a/b.txt".into())));
        assert_eq!(unix("a/b/"), Ok(LocalPath::Folder("a/b".into())));
        assert_eq!(unix(""), Ok(LocalPath::Folder(PathBuf::new())), "the marker of the prefix itself");
        assert_eq!(unix("C:\\x"), Ok(LocalPath::File("C:\\x".into())), "a name like others");
        assert_eq!(unix(&"x".repeat(255)), Ok(LocalPath::File("x".repeat(255).into())));
    }

    #[test]
    fn what_leads_out_or_to_no_file_is_refused() {
        for (key, reason) in [
            ("/etc/passwd", UnsafeKey::EmptyName),
            ("//server/share", UnsafeKey::EmptyName),
            ("a//b", UnsafeKey::EmptyName),
            ("a//", UnsafeKey::EmptyName),
            ("/", UnsafeKey::EmptyName),
            ("..", UnsafeKey::Dots),
            ("../a", UnsafeKey::Dots),
            ("a/../../b", UnsafeKey::Dots),
            ("a/./b", UnsafeKey::Dots),
            ("a/..", UnsafeKey::Dots),
            ("../", UnsafeKey::Dots),
            ("a\0b", UnsafeKey::Nul),
            ("d/.a.ossup-0123456789abcdef", UnsafeKey::Temporary),
            (".a.ossup-0123456789ABCDEF/x", UnsafeKey::Temporary),
        ] {
            for rules in [PathRules::Unix, PathRules::Windows] {
                assert_eq!(rules.local_path(key), Err(reason), "{key:?}");
            }
        }
        assert_eq!(unix(&format!("a/{}", "é".repeat(128))), Err(UnsafeKey::TooLong));
        assert!(unix(".a.ossup-0123456789abcde").is_ok() && unix("a.ossup-0123456789abcdef").is_ok());
    }

    #[test]
    fn windows_has_names_that_are_none() {
        let windows = |key: &str| PathRules::Windows.local_path(key);
        for (key, reason) in [
            ("C:\\x", UnsafeKey::Character(':')),
            ("C:/x", UnsafeKey::Character(':')),
            ("a\\..\\b", UnsafeKey::Character('\\')),
            ("a:stream", UnsafeKey::Character(':')),
            ("a\u{1}", UnsafeKey::Character('\u{1}')),
            ("what?", UnsafeKey::Character('?')),
            ("CON", UnsafeKey::Reserved),
            ("a/nul.txt/b", UnsafeKey::Reserved),
            ("com1", UnsafeKey::Reserved),
            ("LPT².log", UnsafeKey::Reserved),
            ("con .txt", UnsafeKey::Reserved),
            ("a.", UnsafeKey::Reserved),
            ("a /b", UnsafeKey::Reserved),
        ] {
            assert_eq!(windows(key), Err(reason), "{key:?}");
            assert!(unix(key).is_ok(), "{key:?}");
        }
        for key in ["console", "COM0", "COM10", "a.con", &"é".repeat(255)] {
            assert!(windows(key).is_ok(), "{key:?}");
        }
        for (error, text) in [
            (UnsafeKey::EmptyName, "one of its names is empty"),
            (UnsafeKey::Dots, "one of its names is `.` or `..`"),
            (UnsafeKey::Nul, "it contains a NUL"),
            (UnsafeKey::Reserved, "one of its names is reserved by this system"),
            (UnsafeKey::TooLong, "one of its names is longer than a file name may be"),
            (UnsafeKey::Temporary, "its name is one that temporary files of downloads have"),
        ] {
            assert_eq!(error.to_string(), text);
        }
        let text = "a name cannot contain '\\u{1}' on this system";
        assert_eq!(windows("a\u{1}").unwrap_err().to_string(), text, "written so that no terminal acts on it");
    }

    proptest! {
        #[test]
        fn no_key_leads_out_and_no_two_lead_to_one_path(keys in prop::collection::vec("([./\\\\:a\0]|\\PC){0,9}/?", 2)) {
            for rules in [PathRules::Unix, PathRules::Windows] {
                let [one, two] = [0, 1].map(|index| rules.local_path(&keys[index]));
                for path in [&one, &two] {
                    let Ok(LocalPath::File(path) | LocalPath::Folder(path)) = path else { continue };
                    prop_assert!(path.components().all(|name| matches!(name, Component::Normal(_))));
                    prop_assert!(Path::new("/base").join(path).starts_with("/base"));
                }
                prop_assert!(one.is_err() || one != two || keys[0] == keys[1], "{:?}", keys);
            }
        }
    }
}
