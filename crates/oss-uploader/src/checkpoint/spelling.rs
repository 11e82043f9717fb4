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
/// is no `..`, or it cannot be told what it leads to. Blocks.
///
/// `..` behind a link leads to the parent of the folder that the link names, so such a link is followed. Any other link
/// stays as the caller wrote it.
pub(crate) fn without_parent_components(files: &dyn FileSystem, path: &Path) -> Option<PathBuf> {
    if !path.components().any(|component| component == Component::ParentDir) {
        return None;
    }
    resolve(files, path, &mut 0)
}

fn resolve(files: &dyn FileSystem, path: &Path, links: &mut u32) -> Option<PathBuf> {
    let mut resolved = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                while let Ok(target) = files.read_link(&resolved) {
                    *links += 1;
                    if *links > MAX_LINKS {
                        return None;
                    }
                    resolved = resolve(files, &resolved.parent()?.join(target), links)?;
                }
                resolved.pop();
            }
            component => resolved.push(component),
        }
    }
    Some(resolved)
}

/// Links that a path may lead through, as under Linux.
const MAX_LINKS: u32 = 40;
