//! A process that may have few files open: what finds no handle waits for one, or begins later.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use oss_models::{CallError, CallErrorKind, PutObjectRequest, Request};
use oss_transfer::files::{
    Access, Existing, FileHandle, FileSystem, Links, MemoryFiles, Metadata, OpenMode, is_out_of_handles,
};
use oss_uploader::checkpoint::DirectoryStore;
use oss_uploader::directory::DirectoryEvent;
use oss_uploader::{MIN_PART_SIZE, Scheduler, UploadEvent, Uploader};
use tokio::time::Instant;
use tower::service_fn;

use crate::server::Server;

/// `EMFILE`, by its number under Linux and elsewhere.
fn too_many_open_files() -> io::Error {
    io::Error::from_raw_os_error(24)
}

/// Files in memory; so many attempts to open one whose name ends so find no handle.
#[derive(Debug)]
struct Scarce {
    files: MemoryFiles,
    ending: &'static str,
    refusals: AtomicUsize,
}

impl FileSystem for Scarce {
    fn open(&self, path: &Path, how: OpenMode) -> io::Result<Arc<dyn FileHandle>> {
        let fits = path.to_str().unwrap().ends_with(self.ending);
        if fits && self.refusals.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
            return Err(too_many_open_files());
        }
        self.files.open(path, how)
    }
    fn metadata(&self, path: &Path, links: Links) -> io::Result<Metadata> {
        self.files.metadata(path, links)
    }
    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.files.read_link(path)
    }
    fn create_folder(&self, path: &Path, access: Access) -> io::Result<()> {
        self.files.create_folder(path, access)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        self.files.list(folder)
    }
    fn rename(&self, from: &Path, to: &Path, existing: Existing) -> io::Result<()> {
        self.files.rename(from, to, existing)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.files.remove(path)
    }
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.files.sync_folder(folder)
    }
    fn user(&self) -> Option<u32> {
        self.files.user()
    }
    fn runs_inline(&self) -> bool {
        true
    }
}

fn request(key: impl Into<String>) -> PutObjectRequest {
    PutObjectRequest::new("examplebucket", key)
}

/// Longer than any wait for a handle that no one would give back, in simulated time.
const LONG: Duration = Duration::from_secs(600);

/// Rows: R78.
#[tokio::test(start_paused = true)]
async fn uploads_wait_for_the_handles_of_others_however_long_those_take() {
    let (server, files) = (Server::default(), MemoryFiles::new().handle_limit(3));
    server.state().latency = LONG;
    let uploader = server.uploader().with_files(Arc::new(files.clone()));
    let mut uploads = Vec::new();
    for n in 0..10 {
        files.plant(format!("/{n}"), "content");
        uploads.push(uploader.upload_file(request(format!("{n}")), format!("/{n}")).start());
    }
    for upload in uploads {
        upload.await.unwrap();
    }
    assert_eq!((server.count("PutObject"), server.state().most_active), (10, 3));
}

/// Rows: R78.
#[tokio::test(start_paused = true)]
async fn a_handle_that_no_upload_could_give_back_is_waited_for_a_minute() {
    let files = MemoryFiles::new().handle_limit(0);
    files.plant("/a", "content");
    let uploader = Server::default().uploader().with_files(Arc::new(files));
    let began = Instant::now();
    let error = uploader.upload_file(request("a"), "/a").await.unwrap_err();
    assert!(is_out_of_handles(&error), "{error}");
    let waited = began.elapsed().as_secs();
    assert!((50..=61).contains(&waited), "{waited} s");
}

/// Rows: R78.
#[tokio::test(start_paused = true)]
async fn a_record_for_which_no_handle_is_left_is_waited_for() {
    for ending in [".ossup-lock", ".ossup", "/a"] {
        let files = MemoryFiles::new();
        files.plant("/a", vec![1; 200 << 10]);
        let record = || {
            let scarce = Scarce { files: files.clone(), ending, refusals: 3.into() };
            Arc::new(DirectoryStore::new("/records").with_files(Arc::new(scarce)))
        };
        let server = Server::default();
        let scarce = Arc::new(Scarce { files: files.clone(), ending, refusals: 3.into() });
        let uploader = server.uploader().with_files(scarce).part_size(MIN_PART_SIZE);
        let uploader = uploader.enable_checkpoint(true).checkpoint_store(record());
        // The first leaves a record, which the second opens.
        server.state().refuse.push(("CompleteMultipartUpload", http::StatusCode::SERVICE_UNAVAILABLE, "Unavailable"));
        let upload = uploader.upload_file(request("a"), "/a").leave_parts_on_error(true).part_attempts(1_u32);
        let error = upload.await.unwrap_err();
        assert!(!is_out_of_handles(&error), "{ending}: {error}");
        server.state().refuse.clear();
        let result = uploader.checkpoint_store(record()).upload_file(request("a"), "/a").await.expect(ending);
        assert_eq!(result.parts_reused, 2, "{ending}");
    }
}

struct Connection(Arc<AtomicUsize>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// An uploader over so many connections at a time; another one fails as in a process that has too many files open.
fn over_few_connections(server: &Server, connections: usize) -> Uploader {
    let (server, free) = (server.clone(), Arc::new(AtomicUsize::new(connections)));
    Uploader::new(service_fn(move |request: Request| {
        let (server, free) = (server.clone(), free.clone());
        async move {
            if free.fetch_update(Relaxed, Relaxed, |free| free.checked_sub(1)).is_err() {
                let kind = CallErrorKind::Connect { host: "h:443".to_owned(), source: too_many_open_files().into() };
                return Err(CallError::new(request.target(), kind));
            }
            let _connection = Connection(free);
            server.handle(request).await
        }
    }))
}

/// Rows: R16, R78.
#[tokio::test(start_paused = true)]
async fn files_for_which_no_connection_is_left_are_put_off_and_all_arrive() {
    const FILES: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    for n in 0..FILES {
        std::fs::write(folder.path().join(format!("{n}")), format!("content {n}")).unwrap();
    }
    let server = Server::default();
    server.state().latency = LONG;
    let uploader = over_few_connections(&server, 3).part_attempts(2_u32);
    let mut run = uploader.upload_dir(request(""), folder.path()).jobs(16).start().await.unwrap();
    let mut put_off = 0;
    while let Some(event) = run.next().await {
        match event {
            DirectoryEvent::Upload { event: UploadEvent::Warning(warning), .. } => {
                assert!(warning.contains("put off"), "{warning}");
                put_off += 1;
            }
            DirectoryEvent::Failed { path, error } => panic!("{}: {error:?}", path.display()),
            _ => {}
        }
    }
    let summary = run.summary();
    assert!(summary.is_complete() && put_off > 0, "{summary:?}, {put_off} put off");
    assert_eq!((summary.uploaded, server.state().objects.len()), (FILES as u64, FILES));
}

/// A run that is stopped begins none of those that it had put off.
///
/// Rows: R16, R78.
#[tokio::test(start_paused = true)]
async fn what_was_put_off_is_not_begun_after_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    (0..8).for_each(|n| std::fs::write(folder.path().join(format!("{n}")), "content").unwrap());
    let server = Server::default();
    server.state().latency = LONG;
    let uploader = over_few_connections(&server, 2).part_attempts(2_u32);
    let mut run = uploader.upload_dir(request(""), folder.path()).jobs(8).start().await.unwrap();
    while let Some(event) = run.next().await {
        if matches!(event, DirectoryEvent::Upload { event: UploadEvent::Warning(_), .. }) {
            break;
        }
    }
    run.stop();
    let summary = run.finish().await;
    assert!(summary.stopped && summary.uploaded <= 2, "{summary:?}");
}

/// The limit is known, so fewer are begun from the start, and none is put off.
///
/// Rows: R16, R78.
#[tokio::test(start_paused = true)]
async fn no_more_files_are_begun_than_the_process_may_have_open() {
    const FILES: usize = 60;
    let (folder, files) = (tempfile::tempdir().unwrap(), MemoryFiles::new().handle_limit(40 + 7 * 4));
    for n in 0..FILES {
        let path = folder.path().join(format!("{n}"));
        std::fs::write(&path, "content").unwrap();
        files.plant(&path, "content");
    }
    let server = Server::default();
    server.state().latency = LONG;
    let uploader = server.uploader().with_files(Arc::new(files)).scheduler(Scheduler::new());
    let summary = uploader.upload_dir(request(""), folder.path()).jobs(50).await.unwrap();
    assert_eq!((summary.uploaded, server.state().most_active), (FILES as u64, 7));
}

/// Names the folder that a child process with few handles uploads.
const FOLDER_FOR_CHILD: &str = "OSSUP_TEST_FOLDER_WITHOUT_HANDLES";

/// What the child does: uploads a folder while every handle is taken, and gives them back meanwhile.
fn upload_without_handles(folder: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let files = MemoryFiles::new();
    for entry in ["a", "b/c"] {
        files.plant(Path::new(folder).join(entry), "content");
    }
    let mut taken: Vec<_> = (0..1_000).map_while(|_| std::fs::File::open("/dev/null").ok()).collect();
    assert!(taken.len() < 1_000 && std::fs::read_dir(folder).is_err(), "{} handles", taken.len());
    let summary = runtime.block_on(async {
        let uploader = Server::default().uploader().with_files(Arc::new(files));
        let run = uploader.upload_dir(request(""), folder).start().await.unwrap();
        std::thread::spawn(move || {
            // Long enough for the walk to find none, on most machines; on a slower one it finds some at once.
            std::thread::sleep(Duration::from_millis(300));
            taken.clear();
        });
        run.finish().await
    });
    assert_eq!((summary.uploaded, summary.failed), (2, 0), "{summary:?}");
}

/// Rows: R16, R78.
#[cfg(unix)]
#[test]
fn a_folder_for_which_no_handle_is_left_is_looked_into_later() {
    if let Ok(folder) = std::env::var(FOLDER_FOR_CHILD) {
        return upload_without_handles(&folder);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("b")).unwrap();
    for entry in ["a", "b/c"] {
        std::fs::write(folder.path().join(entry), "content").unwrap();
    }
    let this_test = "handles::a_folder_for_which_no_handle_is_left_is_looked_into_later";
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 64; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", this_test, "--nocapture"])
        .env(FOLDER_FOR_CHILD, folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
