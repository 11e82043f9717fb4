use std::borrow::Cow;
use std::collections::VecDeque;
use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use oss_models::ObjectKey;
use oss_transfer::files::{HandleWait, is_out_of_handles};
use oss_transfer::{Candidate, Filter};
use tokio::sync::mpsc;
use walkdir::{DirEntry, WalkDir};

use super::{FileError, LeaveOut, SkipReason};

/// One thing that was found.
#[derive(Debug)]
pub(super) enum Found {
    File { path: PathBuf, key: ObjectKey },
    LeftOut { path: PathBuf, key: ObjectKey, reason: &'static str },
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
    filter: Filter,
    checks: Checks,
    follow_links: bool,
) -> mpsc::Receiver<Found> {
    let (found, receiver) = mpsc::channel(AHEAD);
    let mut sink = checks.start(found.clone());
    tokio::task::spawn_blocking(move || {
        let mut folders = VecDeque::from([root.clone()]);
        let mut wait = HandleWait::default();
        while let Some(folder) = folders.pop_front() {
            for entry in entries(&folder, &root, &filter, follow_links) {
                // Uploads give handles back when they end; the folder is looked into again then.
                if let Err(error) = &entry
                    && error.io_error().is_some_and(|error| is_out_of_handles(error))
                    && !found.is_closed()
                    && let Some(pause) = wait.pause(false)
                {
                    folders.push_back(error.path().unwrap_or(folder.as_path()).to_owned());
                    std::thread::sleep(pause);
                    continue;
                }
                let Some(next) = classify(entry, &root, &prefix, &filter) else { continue };
                wait = HandleWait::default();
                if sink.send(next).is_err() {
                    return;
                }
            }
        }
    });
    receiver
}

/// What is asked about each file before it is handed on.
#[derive(Debug)]
pub(super) struct Checks {
    pub(super) leave_out: LeaveOut,
    /// Files that it is asked about at a time.
    pub(super) checkers: usize,
}

/// Where the walk puts what it finds.
enum Sink {
    /// Asked about by the walk itself.
    Direct { leave_out: LeaveOut, found: mpsc::Sender<Found> },
    /// Asked about by other threads.
    Checkers(SyncSender<Found>),
}

/// No one takes what is found any more.
struct Over;

impl Checks {
    #[cfg(test)]
    fn none() -> Self {
        Self { leave_out: LeaveOut::default(), checkers: 1 }
    }

    /// Begins to hand on what is found, checked.
    fn start(self, found: mpsc::Sender<Found>) -> Sink {
        let Self { leave_out, checkers } = self;
        if checkers <= 1 || leave_out.0.is_none() {
            return Sink::Direct { leave_out, found };
        }
        // What is found waits until a thread is free.
        let (to_check, queue) = sync_channel::<Found>(0);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..checkers {
            let (queue, leave_out, found) = (queue.clone(), leave_out.clone(), found.clone());
            tokio::task::spawn_blocking(move || {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(next) = next else { return };
                    if found.blocking_send(leave_out.apply(next)).is_err() {
                        return;
                    }
                }
            });
        }
        Sink::Checkers(to_check)
    }
}

impl Sink {
    fn send(&mut self, next: Found) -> Result<(), Over> {
        match self {
            Self::Direct { leave_out, found } => found.blocking_send(leave_out.apply(next)).map_err(|_| Over),
            Self::Checkers(to_check) => to_check.send(next).map_err(|_| Over),
        }
    }
}

impl LeaveOut {
    /// What is found, with a file that is left out marked as such.
    fn apply(&self, found: Found) -> Found {
        match (&self.0, found) {
            (Some(reason), Found::File { path, key }) => match reason(&path, &key) {
                Some(reason) => Found::LeftOut { path, key, reason },
                None => Found::File { path, key },
            },
            (_, found) => found,
        }
    }
}

/// Every file counts: neither ignore files nor a leading dot hide one. Folders that nothing is chosen from are passed over.
fn entries(
    folder: &Path,
    root: &Path,
    filter: &Filter,
    follow_links: bool,
) -> impl Iterator<Item = Result<DirEntry, walkdir::Error>> {
    let below = |path: &Path| relative(path, root).is_none_or(|path| filter.may_admit_below(&path));
    let entries = WalkDir::new(folder).follow_links(follow_links).into_iter();
    entries.filter_entry(move |entry| !entry.file_type().is_dir() || below(entry.path()))
}

fn classify(entry: Result<DirEntry, walkdir::Error>, root: &Path, prefix: &str, filter: &Filter) -> Option<Found> {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => {
            let path = error.path().unwrap_or(root).to_owned();
            return Some(Found::Failed { path, error: FileError::Walk(cause(error)) });
        }
    };
    let kind = entry.file_type();
    if kind.is_dir() {
        return None;
    }
    match admits(&entry, root, filter) {
        Ok(true) => {}
        Ok(false) => return None,
        Err(error) => return Some(Found::Failed { path: entry.into_path(), error: FileError::Walk(cause(error)) }),
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

/// Whether a file is chosen. What cannot be looked at any more is, so that its upload fails and says why.
fn admits(entry: &DirEntry, root: &Path, filter: &Filter) -> Result<bool, walkdir::Error> {
    let Some(path) = relative(entry.path(), root) else { return Ok(true) };
    let candidate = Candidate::new(&path);
    if !filter.admits(candidate) || !(filter.compares_sizes() || filter.compares_times()) {
        return Ok(filter.admits(candidate));
    }
    let metadata = entry.metadata()?;
    Ok(filter.admits(candidate.size(metadata.len()).modified(metadata.modified().ok())))
}

/// The path below the root, with `/` between its names. A name that is not text is compared as far as it is.
fn relative<'a>(path: &'a Path, root: &Path) -> Option<Cow<'a, str>> {
    let below = path.strip_prefix(root).ok()?;
    let text = below.to_string_lossy();
    let separator = std::path::MAIN_SEPARATOR;
    Some(if separator == '/' { text } else { text.replace(separator, "/").into() })
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

/// The cause alone; the path is said by the caller.
fn cause(error: walkdir::Error) -> io::Error {
    if let Some(ancestor) = error.loop_ancestor() {
        return io::Error::other(format!("the link leads back to {}, which contains it", ancestor.display()));
    }
    let text = error.to_string();
    error.into_io_error().unwrap_or_else(|| io::Error::other(text))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use oss_transfer::FilterBuilder;
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

    fn filter(filter: FilterBuilder) -> Filter {
        filter.build().unwrap()
    }

    async fn check(root: &Path, filter: Filter, expected: Expect) {
        check_links(root, filter, false, expected).await;
    }

    async fn check_links(root: &Path, filter: Filter, follow_links: bool, expected: Expect) {
        let mut receiver = walk(root.to_owned(), "in/".to_owned(), filter, Checks::none(), follow_links);
        let mut lines = Vec::new();
        while let Some(found) = receiver.recv().await {
            let relative = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
            lines.push(match found {
                Found::File { path, key } => format!("{} -> {key}", relative(&path)),
                Found::LeftOut { path, reason, .. } => format!("{} left out: {reason}", relative(&path)),
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
            Filter::default(),
            expect![[r#"
            .gitignore -> in/.gitignore
            .hidden/b -> in/.hidden/b
            .ignore -> in/.ignore
            a.txt -> in/a.txt
            sub/deep/c -> in/sub/deep/c"#]],
        )
        .await;
    }

    #[test]
    fn a_file_with_a_reason_is_left_out_and_nothing_else() {
        let leave_out = LeaveOut(Some(std::sync::Arc::new(|path: &Path, key: &ObjectKey| {
            (path.ends_with("b") && key.as_str() == "k").then_some("a reason")
        })));
        let file = |path: &str| Found::File { path: path.into(), key: ObjectKey::new("k").unwrap() };
        assert!(matches!(leave_out.apply(file("a")), Found::File { .. }));
        assert!(matches!(leave_out.apply(file("b")), Found::LeftOut { reason: "a reason", .. }));
        let skipped = Found::Skipped { path: "b".into(), reason: SkipReason::Link };
        assert!(matches!(leave_out.apply(skipped), Found::Skipped { .. }));
    }

    #[tokio::test]
    async fn filters_choose_by_path_size_and_time() {
        let root = folder(&["a.jpg", "b.png", "sub/c.jpg", "sub/d.txt", "tmp/e.jpg", "!odd.jpg"]);
        fs::write(root.path().join("a.jpg"), "bytes").unwrap();
        let rules = Filter::builder().exclude("tmp/").exclude("!odd.jpg").include("*.jpg");
        check(
            root.path(),
            filter(rules.clone()),
            expect![[r#"
            a.jpg -> in/a.jpg
            sub/c.jpg -> in/sub/c.jpg"#]],
        )
        .await;
        check(root.path(), filter(rules.clone().min_size(1)), expect!["a.jpg -> in/a.jpg"]).await;
        let now = std::time::SystemTime::now();
        let hour = std::time::Duration::from_secs(3600);
        check(root.path(), filter(rules.min_age(hour, now)), expect![""]).await;
        check(
            root.path(),
            filter(Filter::builder().include("/*.png").include("sub/**")),
            expect![[r#"
            b.png -> in/b.png
            sub/c.jpg -> in/sub/c.jpg
            sub/d.txt -> in/sub/d.txt"#]],
        )
        .await;
    }

    #[tokio::test]
    async fn a_folder_that_is_left_out_is_not_looked_into() {
        use std::os::unix::fs::PermissionsExt;
        let root = folder(&["good", "locked/a"]);
        let locked = root.path().join("locked");
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
        let opens = fs::read_dir(&locked).is_ok();
        check(root.path(), filter(Filter::builder().exclude("locked/")), expect!["good -> in/good"]).await;
        let mut receiver = walk(root.path().to_owned(), String::new(), Filter::default(), Checks::none(), false);
        let mut failed = 0;
        while let Some(found) = receiver.recv().await {
            failed += u32::from(matches!(found, Found::Failed { .. }));
        }
        // Root may look into every folder.
        assert_eq!(failed, u32::from(!opens));
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).unwrap();
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
            Filter::default(),
            expect![[r#"
            dangling skipped: a symbolic link
            dir/a -> in/dir/a
            dir/up skipped: a symbolic link
            to-dir skipped: a symbolic link
            to-file skipped: a symbolic link"#]],
        )
        .await;
        check_links(
            root.path(),
            Filter::default(),
            true,
            expect![[r#"
            dangling failed: could not be read: No such file or directory (os error 2)
            dir/a -> in/dir/a
            dir/up failed: could not be read: the link leads back to ROOT, which contains it
            to-dir/a -> in/to-dir/a
            to-dir/up failed: could not be read: the link leads back to ROOT, which contains it
            to-file -> in/to-file"#]],
        )
        .await;
    }

    #[tokio::test]
    async fn several_checkers_are_asked_about_every_file_at_once() {
        let names: Vec<_> = (0..8).map(|index| format!("a/{index}")).collect();
        let root = folder(&names.iter().map(String::as_str).collect::<Vec<_>>());
        // Each waits until all four are asked: fewer at a time would hang.
        let all = Arc::new(std::sync::Barrier::new(4));
        let leave_out = LeaveOut(Some(Arc::new(move |path: &Path, _: &ObjectKey| {
            all.wait();
            path.ends_with("3").then_some("it is 3")
        })));
        let checks = Checks { leave_out, checkers: 4 };
        let mut receiver = walk(root.path().to_owned(), String::new(), Filter::default(), checks, false);
        let (mut files, mut left_out) = (Vec::new(), 0);
        while let Some(found) = receiver.recv().await {
            match found {
                Found::File { key, .. } => files.push(key.to_string()),
                Found::LeftOut { reason: "it is 3", .. } => left_out += 1,
                other => panic!("{other:?}"),
            }
        }
        files.sort();
        assert_eq!((files.len(), left_out, files.contains(&"a/3".to_owned())), (7, 1, false));
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
            Filter::default(),
            expect![[r#"
            bad� failed: its name is not UTF-8, so it cannot be the key of an object
            dir�/c failed: its name is not UTF-8, so it cannot be the key of an object
            good -> in/good"#]],
        )
        .await;
        let long = vec!["x".repeat(250); 5].join("/");
        let root = folder(&[&long, "good"]);
        let mut receiver = walk(root.path().to_owned(), String::new(), Filter::default(), Checks::none(), false);
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
            Filter::default(),
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
        let mut receiver = walk(root.path().to_owned(), String::new(), Filter::default(), Checks::none(), false);
        assert!(receiver.max_capacity() <= 64);
        let mut count = 0;
        while receiver.recv().await.is_some() {
            count += 1;
        }
        assert_eq!(count, 1_000);
    }
}
