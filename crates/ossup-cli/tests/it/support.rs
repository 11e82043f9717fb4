//! Running the command and looking at what it did.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use oss_emulator::{Emulator, EmulatorBuilder};
use ossup::{Client, Config, Credentials, PutBucketVersioningRequest, PutObjectRequest, VersioningStatus};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

/// No run of a test may take longer; a hang is a failure, not a wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What is given to every run; nothing else of the environment gets through.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Login {
    pub(crate) fn of(emulator: &Emulator) -> Self {
        let (id, secret) = emulator.credentials();
        Self { id: id.to_owned(), secret: secret.to_owned() }
    }
}

/// The command with an environment of its own.
pub(crate) fn ossup(login: Option<&Login>, arguments: &[&str]) -> Command {
    program(Path::new(env!("CARGO_BIN_EXE_ossup")), login, arguments)
}

/// The same, of a copy of the program.
pub(crate) fn program(path: &Path, login: Option<&Login>, arguments: &[&str]) -> Command {
    let mut command = Command::new(path);
    command.env_clear().args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Off an ECS instance its metadata service would be waited for.
    command.env("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true");
    if let Some(login) = login {
        command.env("OSS_ACCESS_KEY_ID", &login.id).env("OSS_ACCESS_KEY_SECRET", &login.secret);
    }
    command.kill_on_drop(true);
    command
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// The lines of `--json`: the version on the first, the summary last, with the exit code of the process.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        let lines: Vec<Value> =
            self.stdout.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
        lines.iter().for_each(crate::schema::assert_line);
        let (first, last) = (lines.first().expect("lines"), lines.last().expect("lines"));
        assert!(self.stdout.starts_with(r#"{"v":1,"op":"#), "{self:?}");
        assert_eq!(first["v"], 1, "{self:?}");
        assert_eq!((&last["op"], &last["exit"]), (&"summary".into(), &self.code.into()), "{self:?}");
        assert_eq!(lines.iter().filter(|line| line["op"] == "summary").count(), 1, "{self:?}");
        lines
    }

    /// The line of `--json` about the only item.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let lines = self.lines();
        let mut items = lines.into_iter().filter(|line| line["op"] != "summary" && line["op"] != "event");
        let item = items.next().expect("an item");
        assert!(items.next().is_none(), "{self:?}");
        item
    }

    /// The last line of `--json`.
    #[track_caller]
    pub(crate) fn summary(&self) -> Value {
        self.lines().pop().expect("a summary")
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Waits for the end of a run.
pub(crate) async fn end(child: Child) -> Ended {
    tokio::time::timeout(PATIENCE, child.wait_with_output()).await.expect("the command hangs").unwrap().into()
}

/// Sends a signal to a run.
pub(crate) fn send(child: &Child, signal: Signal) {
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)).unwrap();
    kill_process(pid, signal).unwrap();
}

/// Runs the command to its end.
pub(crate) async fn run(login: &Login, arguments: &[&str]) -> Ended {
    end(ossup(Some(login), arguments).spawn().unwrap()).await
}

/// Runs the command with these pieces on its standard input, each written by itself.
pub(crate) async fn run_with_input(login: &Login, arguments: &[&str], pieces: &[&[u8]]) -> Ended {
    let mut child = ossup(Some(login), arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feed = async move {
        for piece in pieces {
            // A command that has already failed closes the pipe; its exit code tells.
            if stdin.write_all(piece).await.is_err() || stdin.flush().await.is_err() {
                return;
            }
        }
    };
    let (ended, ()) = tokio::join!(end(child), feed);
    ended
}

/// A folder with a file in it.
pub(crate) struct Scratch {
    pub(crate) folder: TempDir,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        text(&self.path(name))
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> String {
        std::fs::write(self.path(name), bytes).unwrap();
        self.text(name)
    }
}

pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Bytes that differ from place to place, the same for the same seed.
pub(crate) fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut bytes = vec![0; len];
    random.fill(&mut bytes);
    bytes
}

/// An emulator in this process, in memory, with the bucket `demo`.
pub(crate) fn emulator() -> EmulatorBuilder {
    Emulator::builder().bucket("demo")
}

/// Waits until `true`; the moments of a test come from what the server saw, not from a clock.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "did not happen: {what}");
}

/// How many requests for an operation arrived.
pub(crate) fn count(emulator: &Emulator, operation: &str) -> usize {
    emulator.history().iter().filter(|request| request.operation == operation).count()
}

/// A client of the emulator, which puts things where a test wants them.
pub(crate) fn client(emulator: &Emulator) -> Client {
    let (id, secret) = emulator.credentials();
    let config = Config::default().endpoint(emulator.endpoint()).region(emulator.region());
    Client::new(config.credentials(Credentials::new(id, secret))).unwrap()
}

/// Stores an object whose content is its key.
pub(crate) async fn put(client: &Client, keys: &[&str]) {
    for key in keys {
        client.put_object(PutObjectRequest::new("demo", *key).body((*key).to_owned())).await.unwrap();
    }
}

/// The keys of the bucket `demo`.
pub(crate) fn keys(emulator: &Emulator) -> Vec<String> {
    emulator.objects("demo").unwrap().into_iter().map(|object| object.key).collect()
}

/// The files below a folder with their content, and the folders, by their path with `/` at the end.
pub(crate) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = text(path.strip_prefix(folder).unwrap());
            if path.is_dir() {
                found.insert(format!("{name}/"), Vec::new());
                folders.push(path);
            } else {
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// How many requests that change something arrived.
pub(crate) fn writes(emulator: &Emulator) -> usize {
    let reads = ["Get", "Head", "List"];
    let history = emulator.history();
    history.iter().filter(|request| !reads.iter().any(|begins| request.operation.starts_with(begins))).count()
}

/// The lines of the items, without what a dry run cannot know.
pub(crate) fn identities(ended: &Ended) -> Vec<String> {
    let lines = ended.lines();
    let items = lines.iter().filter(|line| line["op"] != "summary" && line["op"] != "event");
    let mut items: Vec<_> = items
        .map(|line| ["op", "source", "bucket", "key", "target", "size"].map(|name| line[name].to_string()).join(" "))
        .collect();
    items.sort();
    items
}

/// Has the bucket keep versions.
pub(crate) async fn keep_versions(client: &Client) {
    let request = PutBucketVersioningRequest::new("demo", VersioningStatus::Enabled);
    client.put_bucket_versioning(request).await.unwrap();
}

/// The names of the entries among lines of JSON, with what they are.
pub(crate) fn entries(ended: &Ended) -> Vec<String> {
    let lines = ended.lines();
    let entries = lines.iter().filter(|line| line["op"] == "entry");
    entries.map(|line| format!("{} {}", line["kind"].as_str().unwrap(), line["key"].as_str().unwrap())).collect()
}
