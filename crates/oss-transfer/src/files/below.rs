use std::io;
use std::path::{Path, PathBuf};

use super::{FileKind, FileSystem, Links};

/// The first name on the way from a folder to a path below it that is a symbolic link: what is written there may land
/// anywhere. `None` if there is none, or where the way does not exist yet. Blocks.
///
/// A process that can change the folder meanwhile can put a link there afterwards.
///
/// # Errors
/// The system's reason.
pub fn first_link(files: &dyn FileSystem, folder: &Path, below: &Path) -> io::Result<Option<PathBuf>> {
    let mut path = folder.to_owned();
    for name in below {
        path.push(name);
        match files.metadata(&path, Links::Refuse) {
            Ok(metadata) if metadata.kind == FileKind::Symlink => return Ok(Some(path)),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            // The rest lies below a file; making it will fail and say so.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether letter case is ignored in a folder that exists, told by its own name; where that has no letters, by what is
/// usual on this system. Blocks.
pub fn ignores_case(files: &dyn FileSystem, folder: &Path) -> bool {
    let usual = cfg!(any(windows, target_os = "macos"));
    let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { return usual };
    let swapped: String = name.chars().map(swap_case).collect();
    if swapped == name {
        return usual;
    }
    let [own, other] =
        [folder.to_owned(), folder.with_file_name(swapped)].map(|path| files.metadata(&path, Links::Refuse));
    match (own, other) {
        (Ok(own), Ok(other)) => own.is_same_file(&other).unwrap_or(usual),
        _ => false,
    }
}

fn swap_case(character: char) -> char {
    if character.is_ascii_lowercase() { character.to_ascii_uppercase() } else { character.to_ascii_lowercase() }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::files::SystemFiles;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_on_the_way_is_found_wherever_it_leads() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::create_dir_all(folder.path().join("real/deep")).unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        symlink(elsewhere.path(), folder.path().join("out")).unwrap();
        symlink("..", folder.path().join("real/up")).unwrap();
        symlink("nowhere", folder.path().join("dangling")).unwrap();
        let files = SystemFiles::shared();
        let find = |below: &str| {
            let found = first_link(files.as_ref(), folder.path(), below.as_ref()).unwrap();
            found.map(|path| path.strip_prefix(folder.path()).unwrap().display().to_string())
        };
        for (below, expected) in [
            ("real/deep/a", None),
            ("missing/a", None),
            ("file/below", None),
            ("out/a", Some("out")),
            ("out", Some("out")),
            ("real/up/a", Some("real/up")),
            ("dangling", Some("dangling")),
        ] {
            assert_eq!(find(below).as_deref(), expected, "{below}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn letter_case_counts_where_two_names_are_two_folders() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["abc", "ABC", "other", "2024"] {
            std::fs::create_dir(parent.path().join(name)).unwrap();
        }
        let files = SystemFiles::shared();
        assert!(!ignores_case(files.as_ref(), &parent.path().join("abc")), "both names exist");
        assert!(!ignores_case(files.as_ref(), &parent.path().join("other")));
        for without_letters in ["/".as_ref(), &*parent.path().join("2024")] {
            assert!(!ignores_case(files.as_ref(), without_letters), "as is usual here");
        }
    }
}
