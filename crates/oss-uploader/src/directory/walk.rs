use std::collections::VecDeque;
use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder};
use oss_models::ObjectKey;
use oss_transfer::files::{HandleWait, is_out_of_handles};
use tokio::sync::mpsc;

use super::{DirectoryError, FileError, SkipReason};

/// Which files of a folder are meant.
#[derive(Clone, Debug, Default)]
pub(super) struct Selection {
    pub(super) include: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) follow_links: bool,
}

/// One thing that the walk found.
#[derive(Debug)]
pub(super) enum Found {
    File { path: PathBuf, key: ObjectKey },
    Skipped { path: PathBuf, reason: SkipReason },
    Failed { path: PathBuf, error: FileError },
}

/// Things found that wait to be uploaded. However large the folder is, the walk is never further ahead than this.
const AHEAD: usize = 64;

/// Walks the folder on a thread that may block, in no particular order, as fast as what it finds is taken.
///
/// The walk ends when the receiver is dropped.
pub(super) fn walk(
    root: PathBuf,
    prefix: String,
    selection: Selection,
) -> Result<mpsc::Receiver<Found>, DirectoryError> {
    let overrides = overrides(&root, &selection)?;
    let (found, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let mut folders = VecDeque::from([root.clone()]);
        let mut wait = HandleWait::default();
        while let Some(folder) = folders.pop_front() {
            for entry in builder(&folder, overrides.clone(), selection.follow_links).build() {
                // Uploads give handles back when they end; the folder is looked into again then.
                if let Err(error) = &entry
                    && error.io_error().is_some_and(|error| is_out_of_handles(error))
                    && !found.is_closed()
                    && let Some(pause) = wait.pause(false)
                {
                    folders.push_back(path_of(error).unwrap_or(folder.as_path()).to_owned());
                    std::thread::sleep(pause);
                    continue;
                }
                let Some(next) = classify(entry, &root, &prefix) else { continue };
                wait = HandleWait::default();
                if found.blocking_send(next).is_err() {
                    return;
                }
            }
        }
    });
    Ok(receiver)
}

/// Every file counts: neither ignore files nor a leading dot hide one.
fn builder(root: &Path, overrides: Override, follow_links: bool) -> WalkBuilder {
    let mut builder = WalkBuilder::new(root);
    builder.standard_filters(false).overrides(overrides).follow_links(follow_links);
    builder
}

fn overrides(root: &Path, selection: &Selection) -> Result<Override, DirectoryError> {
    let mut builder = OverrideBuilder::new(root);
    let include = selection.include.iter().map(|glob| (glob, literal(glob)));
    // The last glob that fits decides, so what is excluded stays excluded.
    let exclude = selection.exclude.iter().map(|glob| (glob, format!("!{}", literal(glob))));
    for (glob, rule) in include.chain(exclude) {
        builder.add(&rule).map_err(|source| bad_glob(glob, source))?;
    }
    builder.build().map_err(|source| bad_glob("", source))
}

/// The characters that begin a rule of another kind lose their meaning.
fn literal(glob: &str) -> String {
    if glob.starts_with(['!', '#']) { format!("\\{glob}") } else { glob.to_owned() }
}

fn bad_glob(glob: &str, source: ignore::Error) -> DirectoryError {
    DirectoryError::Glob { glob: glob.to_owned(), source: source.into() }
}

fn classify(entry: Result<DirEntry, ignore::Error>, root: &Path, prefix: &str) -> Option<Found> {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => {
            let path = path_of(&error).unwrap_or(root).to_owned();
            return Some(Found::Failed { path, error: FileError::Walk(without_path(error)) });
        }
    };
    let kind = entry.file_type()?;
    if kind.is_dir() {
        return None;
    }
    let path = entry.into_path();
    if let Some(reason) = skip_reason(kind) {
        return Some(Found::Skipped { path, reason });
    }
    Some(match key_of(&path, root, prefix) {
        Ok(key) => Found::File { path, key },
        Err(error) => Found::Failed { path, error },
    })
}

fn skip_reason(kind: FileType) -> Option<SkipReason> {
    if kind.is_symlink() {
        Some(SkipReason::Link)
    } else if kind.is_file() {
        None
    } else {
        Some(SkipReason::NotAFile)
    }
}

/// The prefix, and the path below the root with `/` between its names.
fn key_of(path: &Path, root: &Path, prefix: &str) -> Result<ObjectKey, FileError> {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let mut key = prefix.to_owned();
    for (depth, name) in relative.iter().enumerate() {
        if depth > 0 {
            key.push('/');
        }
        key.push_str(name.to_str().ok_or(FileError::NameNotText)?);
    }
    ObjectKey::new(key).map_err(FileError::Key)
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

/// The cause alone; the report adds the path.
fn without_path(error: ignore::Error) -> io::Error {
    match error {
        ignore::Error::WithPath { err, .. }
        | ignore::Error::WithDepth { err, .. }
        | ignore::Error::WithLineNumber { err, .. } => without_path(*err),
        ignore::Error::Loop { ancestor, .. } => {
            io::Error::other(format!("the link leads back to {}, which contains it", ancestor.display()))
        }
        ignore::Error::Io(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        root
    }

    fn selection(include: &[&str], exclude: &[&str]) -> Selection {
        let owned = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect();
        Selection { include: owned(include), exclude: owned(exclude), follow_links: false }
    }

    async fn check(root: &Path, selection: Selection, expected: Expect) {
        let mut receiver = walk(root.to_owned(), "in/".to_owned(), selection).unwrap();
        let mut lines = Vec::new();
        while let Some(found) = receiver.recv().await {
            let relative = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
            lines.push(match found {
                Found::File { path, key } => format!("{} -> {key}", relative(&path)),
                Found::Skipped { path, reason } => format!("{} skipped: {reason}", relative(&path)),
                Found::Failed { path, error } => {
                    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
                    format!("{} failed: {error}{cause}", relative(&path)).replace(&root.display().to_string(), "ROOT")
                }
            });
        }
        lines.sort();
        expected.assert_eq(&lines.join("\n"));
    }

    #[tokio::test]
    async fn hidden_files_count_and_ignore_files_are_files_like_others() {
        let root = folder(&["a.txt", ".hidden/b", ".gitignore", ".ignore", "sub/deep/c"]);
        fs::write(root.path().join(".gitignore"), "a.txt\n").unwrap();
        fs::write(root.path().join(".ignore"), "sub\n").unwrap();
        fs::create_dir(root.path().join(".git")).unwrap();
        fs::create_dir(root.path().join("empty")).unwrap();
        check(
            root.path(),
            Selection::default(),
            expect![[r#"
            .gitignore -> in/.gitignore
            .hidden/b -> in/.hidden/b
            .ignore -> in/.ignore
            a.txt -> in/a.txt
            sub/deep/c -> in/sub/deep/c"#]],
        )
        .await;
    }

    #[tokio::test]
    async fn globs_choose_and_what_is_excluded_stays_out() {
        let root = folder(&["a.jpg", "b.png", "sub/c.jpg", "sub/d.txt", "tmp/e.jpg", "!odd.jpg", "#odd.jpg"]);
        let all = &["*.jpg"];
        check(
            root.path(),
            selection(all, &[]),
            expect![[r#"
            !odd.jpg -> in/!odd.jpg
            #odd.jpg -> in/#odd.jpg
            a.jpg -> in/a.jpg
            sub/c.jpg -> in/sub/c.jpg
            tmp/e.jpg -> in/tmp/e.jpg"#]],
        )
        .await;
        check(
            root.path(),
            selection(all, &["tmp/", "!odd.jpg", "#*"]),
            expect![[r#"
            a.jpg -> in/a.jpg
            sub/c.jpg -> in/sub/c.jpg"#]],
        )
        .await;
        check(
            root.path(),
            selection(&["/*.png", "sub/**"], &["*.txt"]),
            expect![[r#"
            b.png -> in/b.png
            sub/c.jpg -> in/sub/c.jpg"#]],
        )
        .await;
        check(
            root.path(),
            selection(&[], &["*.jpg"]),
            expect![[r#"
            b.png -> in/b.png
            sub/d.txt -> in/sub/d.txt"#]],
        )
        .await;
    }

    #[tokio::test]
    async fn a_bad_glob_is_an_error_that_names_it() {
        let root = folder(&[]);
        for selection in [selection(&["a[", "b"], &[]), selection(&["b"], &["a["])] {
            let error = walk(root.path().to_owned(), String::new(), selection).unwrap_err();
            assert!(matches!(&error, DirectoryError::Glob { glob, .. } if glob == "a["), "{error:?}");
        }
    }

    /// Rows: R16.
    #[tokio::test]
    async fn links_are_skipped_unless_followed_and_a_loop_ends() {
        let root = folder(&["dir/a"]);
        symlink("dir", root.path().join("to-dir")).unwrap();
        symlink("dir/a", root.path().join("to-file")).unwrap();
        symlink("..", root.path().join("dir/up")).unwrap();
        symlink("nowhere", root.path().join("dangling")).unwrap();
        check(
            root.path(),
            Selection::default(),
            expect![[r#"
            dangling skipped: a symbolic link
            dir/a -> in/dir/a
            dir/up skipped: a symbolic link
            to-dir skipped: a symbolic link
            to-file skipped: a symbolic link"#]],
        )
        .await;
        let follow = Selection { follow_links: true, ..Selection::default() };
        check(root.path(), follow, expect![[r#"
            dangling failed: could not be read: IO error for operation on ROOT/dangling: No such file or directory (os error 2)
            dir/a -> in/dir/a
            dir/up failed: could not be read: the link leads back to ROOT, which contains it
            to-dir/a -> in/to-dir/a
            to-dir/up failed: could not be read: the link leads back to ROOT, which contains it
            to-file -> in/to-file"#]]).await;
    }

    /// Rows: R16.
    #[tokio::test]
    async fn names_that_cannot_be_keys_are_failures_and_the_others_go_on() {
        let root = folder(&["good"]);
        fs::write(root.path().join(OsStr::from_bytes(b"bad\xff")), "").unwrap();
        fs::create_dir(root.path().join(OsStr::from_bytes(b"dir\xfe"))).unwrap();
        fs::write(root.path().join(OsStr::from_bytes(b"dir\xfe/c")), "").unwrap();
        check(
            root.path(),
            Selection::default(),
            expect![[r#"
            bad� failed: its name is not UTF-8, so it cannot be the key of an object
            dir�/c failed: its name is not UTF-8, so it cannot be the key of an object
            good -> in/good"#]],
        )
        .await;
        let long = vec!["x".repeat(250); 5].join("/");
        let root = folder(&[&long, "good"]);
        let mut receiver = walk(root.path().to_owned(), String::new(), Selection::default()).unwrap();
        let mut failed = 0;
        while let Some(found) = receiver.recv().await {
            failed += u32::from(matches!(found, Found::Failed { error: FileError::Key(_), .. }));
        }
        assert_eq!(failed, 1);
    }

    /// Rows: R6, R16.
    #[tokio::test]
    async fn what_is_no_regular_file_is_skipped_and_never_opened() {
        let root = folder(&["a"]);
        let pipe = root.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket")).unwrap();
        check(
            root.path(),
            Selection::default(),
            expect![[r#"
            a -> in/a
            pipe skipped: not a regular file
            socket skipped: not a regular file"#]],
        )
        .await;
    }

    /// Rows: R16.
    #[tokio::test]
    async fn the_walk_is_never_far_ahead_of_what_is_taken() {
        let files: Vec<_> = (0..1_000).map(|n| format!("{n}")).collect();
        let root = folder(&files.iter().map(String::as_str).collect::<Vec<_>>());
        let mut receiver = walk(root.path().to_owned(), String::new(), Selection::default()).unwrap();
        assert!(receiver.max_capacity() <= 64);
        let mut count = 0;
        while receiver.recv().await.is_some() {
            count += 1;
        }
        assert_eq!(count, 1_000);
    }
}
