//! A download to a real disk that is too small for it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use oss_emulator::Emulator;
use oss_transfer::files::{Access, Existing, FileHandle, FileSystem, Links, Lock, Metadata, OpenMode, SystemFiles};
use ossup::{Client, Config, Credentials, DownloadErrorKind, GetObjectRequest, PutObjectRequest, TargetError};

use crate::support::{PART, bytes, emulator, start};

const LEN: usize = 10 * PART;
/// Six of ten parts, and not the seventh.
const ROOM_KIB: usize = 660;

/// A file system in memory of 660 KiB, which this process alone sees, where the system lets it mount one; elsewhere a limit
/// of each file's size.
const ON_A_SMALL_DISK: &str = r#"
if unshare --user --map-root-user --mount true 2>/dev/null; then
    exec unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size="$0"k tmpfs "$1" && shift && exec "$@"' "$@"
fi
trap '' XFSZ
ulimit -f "$(($1 * 2))"
shift 2
exec "$@"
"#;

/// Rows: W21.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_keeps_the_old_file_and_no_other() {
    let (emulator, client) = start(emulator()).await;
    client.put_object(PutObjectRequest::new("demo", "film").body(bytes(LEN))).await.unwrap();
    for (reserves, action) in [("yes", "allocate"), ("no", "write")] {
        let folder = tempfile::tempdir().unwrap();
        let said = tokio::task::block_in_place(|| download(&emulator, folder.path(), reserves));
        assert!(said.contains(&format!("it could not {action}")), "{said}");
    }
}

/// This test program, which downloads `demo/film` in a process of its own, to a folder where there is little room. What it
/// printed.
fn download(emulator: &Emulator, folder: &Path, reserves: &str) -> String {
    let (id, secret) = emulator.credentials();
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", ON_A_SMALL_DISK, "sh", &ROOM_KIB.to_string()]).arg(folder).arg(program);
    command.args(["--exact", "--ignored", "--nocapture", "small_disk::one_download"]);
    let environment =
        [("ENDPOINT", emulator.endpoint()), ("REGION", emulator.region()), ("ID", id), ("SECRET", secret)];
    command.envs(environment.map(|(name, value)| (format!("DISK_{name}"), value)));
    let output = command.env("DISK_FOLDER", folder).env("DISK_RESERVES", reserves).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run in a process of its own by the test above"]
async fn one_download() {
    let value = |name: &str| std::env::var(format!("DISK_{name}")).unwrap();
    let config = Config::default().endpoint(value("ENDPOINT")).region(value("REGION"));
    let client = Client::new(config.credentials(Credentials::new(value("ID"), value("SECRET")))).unwrap();
    let folder = PathBuf::from(value("FOLDER"));
    let path = folder.join("film");
    std::fs::write(&path, "old").unwrap();
    let downloader = client.downloader().part_size(PART as u64).parallel_num(1);
    let downloader = match &*value("RESERVES") {
        "yes" => downloader,
        _ => downloader.files(Arc::new(NothingReserved)),
    };
    let error = downloader.download_file(GetObjectRequest::new("demo", "film"), &path).await.unwrap_err();
    let DownloadErrorKind::Target(TargetError::Io { action, source, .. }) = error.kind() else { panic!("{error}") };
    assert!(matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge), "{source}");
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    let names: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["film"]);
    println!("it could not {action}: {error}: {source}");
}

/// The files of the operating system, as on a file system that cannot reserve room.
#[derive(Debug)]
struct NothingReserved;

#[derive(Debug)]
struct Unreserved(Arc<dyn FileHandle>);

impl FileSystem for NothingReserved {
    fn open(&self, path: &Path, how: OpenMode) -> io::Result<Arc<dyn FileHandle>> {
        Ok(Arc::new(Unreserved(SystemFiles::shared().open(path, how)?)))
    }

    fn metadata(&self, path: &Path, links: Links) -> io::Result<Metadata> {
        SystemFiles::shared().metadata(path, links)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        SystemFiles::shared().read_link(path)
    }

    fn create_folder(&self, path: &Path, access: Access) -> io::Result<()> {
        SystemFiles::shared().create_folder(path, access)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        SystemFiles::shared().list(folder)
    }

    fn rename(&self, from: &Path, to: &Path, existing: Existing) -> io::Result<()> {
        SystemFiles::shared().rename(from, to, existing)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        SystemFiles::shared().remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        SystemFiles::shared().sync_folder(folder)
    }

    fn user(&self) -> Option<u32> {
        SystemFiles::shared().user()
    }
}

impl FileHandle for Unreserved {
    fn metadata(&self) -> io::Result<Metadata> {
        self.0.metadata()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.0.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        self.0.write_at(bytes, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    /// The file grows as it is written.
    fn allocate(&self, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn set_mode(&self, mode: u32) -> io::Result<()> {
        self.0.set_mode(mode)
    }

    fn try_lock(&self, lock: Lock) -> io::Result<bool> {
        self.0.try_lock(lock)
    }
}
