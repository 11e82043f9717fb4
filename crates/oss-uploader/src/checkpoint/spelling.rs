use std::path::{Component, Path, PathBuf};

use oss_transfer::files::FileSystem;

/// The path without `.`, `..` where something precedes it, and double separators. Links are not looked at.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match clean.components().next_back() {
                Some(Component::Normal(_)) => _ = clean.pop(),
                Some(Component::RootDir | Component::Prefix(_)) => {}
                _ => clean.push(component),
            },
            component => clean.push(component),
        }
    }
    if clean.as_os_str().is_empty() {
        clean.push(".");
    }
    clean
}

/// The same file by a path without `..`, so that it is the same upload however its path was put together; `None` if there
/// is no `..`, or its folder cannot be found. Blocks.
///
/// `..` behind a link leads to the parent of the folder that the link names. Only then is the folder's path resolved: any
/// other link stays as the caller wrote it.
pub(crate) fn without_parent_components(files: &dyn FileSystem, path: &Path) -> Option<PathBuf> {
    if !path.components().any(|component| component == Component::ParentDir) {
        return None;
    }
    let (folder, name) = (path.parent()?, path.file_name()?);
    let resolved = files.canonicalize(folder).ok()?;
    let cleaned = clean(folder);
    let is_same = files.canonicalize(&cleaned).is_ok_and(|folder| folder == resolved);
    Some(if is_same { cleaned.join(name) } else { resolved.join(name) })
}
