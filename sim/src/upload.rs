//! An upload or a copy: carries one scenario out, with our real engine over a simulated OSS and disk.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use oss_transfer::files::{FileSystem as _, MemoryFiles, OpenMode};
use ossup::uploader::checkpoint::DirectoryStore;
use ossup::{
    Callback, Client, Copier, CopyObjectRequest, CopySource, Crc64, PutObjectRequest, Source, Stored, UploadError,
    UploadEvent, UploadHandle, UploadResult, Uploader,
};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::sleep;

use crate::client::{chain, client, entropy, is_of_use, until};
use crate::history::{Event, History};
use crate::neighbour::{self, Neighbour};
use crate::pipe::Exchange;
use crate::requests::BUCKET;
use crate::sabotage::{Sabotage, Sabotaged};
use crate::scenario::{Before, Caller, Change, Does, Kind, PART, Scenario};
use crate::server::{Server, Setup};
use crate::store::{Object, etag_of};
use crate::work::Work;

/// What one run came to, for the checker.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(crate) outcome: Outcome,
    pub(crate) history: History,
    /// CRC64 of what an object of the source may have: as it was at the beginning, and of one that another client replaced
    /// as it was then.
    pub(crate) sources: Vec<u64>,
    /// Its bytes.
    pub(crate) size: usize,
    /// Parts that are in flight at most.
    pub(crate) parallel: usize,
    pub(crate) object: Option<Object>,
    /// The uploads that stay open, each with whether it holds parts.
    pub(crate) open_uploads: Vec<(String, bool)>,
    /// Warnings that were told through events.
    pub(crate) warnings: Vec<String>,
    /// Warnings in the log, those through events included.
    pub(crate) log: Vec<String>,
    /// Upload ids in the records that are left on the simulated disk.
    pub(crate) records: Vec<String>,
    /// From the first request to the end of the upload.
    pub(crate) took: Duration,
    pub(crate) requests: u32,
    /// The most bytes that were allocated at one time, and the most that the server had.
    pub(crate) held: u64,
    pub(crate) server_held: u64,
    pub(crate) body_bytes: u64,
    /// How many bytes each request and response had.
    pub(crate) exchanges: Vec<Exchange>,
    /// What became of another call of the same client when all was over.
    pub(crate) afterwards: Result<(), String>,
    /// What is wrong with the download that went on beside it.
    pub(crate) neighbour: Option<String>,
    /// Whether the caller set a limit of time for each call.
    pub(crate) limited: bool,
}

impl Observation {
    /// Whether an object has the bytes that it may have.
    pub(crate) fn is_source(&self, object: &Object) -> bool {
        self.sources.contains(&object.crc64())
    }
}

/// How the upload ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Ok(Box<UploadResult>),
    Failed(Failure),
    Dropped,
    /// It did not end within a simulated day.
    Endless,
}

/// What an error says.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) stored: Stored,
    /// The error and its causes, and the upload that is left.
    pub(crate) text: String,
}

/// Carries a scenario out to its end and a while longer, so that what goes on in the background is seen too.
pub(crate) async fn run(scenario: &Scenario, sabotage: Option<Sabotage>) -> Observation {
    World::new(scenario, sabotage).run().await
}

struct World {
    scenario: Scenario,
    history: History,
    server: Server,
    files: MemoryFiles,
    content: Vec<u8>,
    sabotage: Option<Sabotage>,
}

/// The object that is made.
pub(crate) const KEY: &str = "key";
/// The object that is copied.
const COPIED: &str = "source";
const PATH: &str = "/data/source";
const RECORDS: &str = "/records";
/// How long after the upload its background work is given.
const SETTLE: Duration = Duration::from_secs(600);
/// When the upload begins, but for a part of a second.
const BEGIN: Duration = Duration::from_secs(60);
const CONTENT_TYPE: &str = "text/plain";
const METADATA: (&str, &str) = ("x-oss-meta-made-by", "this upload");
const DAY: Duration = Duration::from_secs(86_400);

impl World {
    fn new(scenario: &Scenario, sabotage: Option<Sabotage>) -> Self {
        let history = History::new();
        let mut content = vec![0; scenario.size];
        fastrand::Rng::with_seed(scenario.seed).fill(&mut content);
        let other = |bytes: &[u8]| Object {
            bytes: Bytes::copy_from_slice(bytes),
            etag: etag_of(bytes),
            content_type: "text/x-other".to_owned(),
            metadata: BTreeMap::new(),
            modified: Duration::ZERO,
            multipart: scenario.kind.is_in_parts(),
            ours: false,
        };
        let stored = |ago| (BEGIN + scenario.began).saturating_sub(ago);
        let metadata = || BTreeMap::from([METADATA].map(|(name, value)| (name.to_owned(), value.to_owned())));
        let alike = |modified| Object {
            content_type: CONTENT_TYPE.to_owned(),
            metadata: metadata(),
            modified,
            ..other(&content)
        };
        let before = match scenario.before {
            Before::Nothing => None,
            Before::Other => Some(other(b"another object")),
            Before::SameBytes(ago) => Some(Object { modified: stored(ago), ..other(&content) }),
            Before::Twin(ago) => Some(alike(stored(ago))),
        };
        let mut objects: Vec<_> = before.map(|object| (KEY.to_owned(), object)).into_iter().collect();
        if scenario.kind.is_copy() {
            objects.push((COPIED.to_owned(), alike(Duration::ZERO)));
        }
        if scenario.kind.is_single() {
            objects.push(neighbour::object());
        }
        let setup = Setup { objects, faults: scenario.faults.clone(), schedule: scenario.seed, page: 1_000 };
        let server = Server::new(history.clone(), setup);
        Self { scenario: scenario.clone(), history, server, files: MemoryFiles::new(), content, sabotage }
    }

    async fn run(self) -> Observation {
        self.files.plant(PATH, self.content.clone());
        let warnings = Arc::new(Mutex::new(Vec::new()));
        // The object that was there before is older than the upload.
        sleep(BEGIN + self.scenario.began).await;
        let began = self.history.elapsed();
        let client = client(&self.server, self.scenario.session, self.scenario.operation_timeout);
        let beside = client.as_ref().ok().filter(|_| self.scenario.kind.is_single()).map(Neighbour::start);
        let outcome = match client.as_ref().map(|client| self.start(client)) {
            Ok(handle) => self.watch(handle, &warnings).await,
            Err(error) => Outcome::Failed(Failure { stored: Stored::No, text: error.clone() }),
        };
        self.history.add(Event::Ended(format!("{outcome:?}")));
        let took = self.history.elapsed().saturating_sub(began);
        sleep(SETTLE).await;
        let afterwards = match client {
            Ok(client) => is_of_use(&client, Work::Upload).await,
            Err(error) => Err(error),
        };
        let hindered = self.scenario.operation_timeout.is_some() || self.scenario.session.is_some();
        let neighbour = match beside {
            Some(neighbour) => neighbour.finish(hindered).await,
            None => None,
        };
        let warnings = warnings.lock().map(|warnings| warnings.clone()).unwrap_or_default();
        Observation {
            outcome,
            sources: self.sources(),
            size: self.content.len(),
            parallel: self.scenario.parallel(),
            object: self.server.object(KEY),
            open_uploads: self.server.open_uploads(),
            warnings,
            log: Vec::new(),
            records: self.records(),
            took,
            requests: self.server.requests(),
            held: 0,
            server_held: self.server.most_held(),
            body_bytes: self.server.body_bytes(),
            exchanges: self.server.exchanges(),
            afterwards,
            neighbour,
            limited: self.scenario.operation_timeout.is_some(),
            history: self.history,
        }
    }

    /// CRC64 of what the object may have.
    fn sources(&self) -> Vec<u64> {
        let mut sources = vec![Crc64::of(&self.content).to_u64()];
        sources.extend(self.server.versions(COPIED).iter().map(|bytes| Crc64::of(bytes).to_u64()));
        sources
    }

    fn start(&self, client: &Client) -> UploadHandle {
        let clock = self.server.clone();
        let uploader = match self.sabotage {
            None => client.uploader(),
            Some(sabotage) => Uploader::new(Sabotaged::new(client.transport().clone(), sabotage)),
        };
        let uploader = uploader
            .clock(move || clock.now())
            .entropy(entropy(self.scenario.seed))
            .with_files(Arc::new(self.files.clone()));
        if self.scenario.kind.is_copy() { self.copy(uploader.into()) } else { self.upload(uploader) }
    }

    fn upload(&self, uploader: Uploader) -> UploadHandle {
        let mut uploader = uploader
            .part_size(if self.scenario.kind == Kind::SmallStream { 10 * PART as u64 } else { PART as u64 })
            .parallel_num(self.scenario.parallel())
            .multipart_threshold(if self.scenario.kind.is_in_parts() { PART as u64 } else { 10 * PART as u64 });
        if self.scenario.checkpoint {
            uploader = uploader.enable_checkpoint(true).checkpoint_store(self.record_store()).checkpoint_threshold(0);
        }
        let (name, value) = METADATA;
        let mut request = PutObjectRequest::new(BUCKET, KEY).content_type(CONTENT_TYPE).header(name, value);
        if self.scenario.forbid_overwrite {
            request = request.forbid_overwrite(true);
        }
        if self.scenario.callback {
            request = request.callback(Callback::new("http://callback.test/", "done"));
        }
        match self.scenario.kind {
            Kind::SmallStream | Kind::StreamInParts => {
                let reader = Watched { content: io::Cursor::new(self.content.clone()), history: self.history.clone() };
                uploader.upload_from(request, Source::reader(reader)).start()
            }
            _ => uploader.upload_file(request, PATH).start(),
        }
    }

    fn copy(&self, copier: Copier) -> UploadHandle {
        let in_parts = self.scenario.kind != Kind::WholeCopy;
        let mut copier = copier
            .part_size(PART as u64)
            .parallel_num(self.scenario.parallel())
            .multipart_copy_threshold(if in_parts { 0 } else { PART as u64 })
            .disable_shallow_copy(self.scenario.kind == Kind::CopyInParts);
        if self.scenario.checkpoint {
            copier = copier.enable_checkpoint(true).checkpoint_store(self.record_store());
        }
        let mut request = CopyObjectRequest::new(BUCKET, KEY, CopySource::new(BUCKET, COPIED));
        if self.scenario.forbid_overwrite {
            request = request.forbid_overwrite(true);
        }
        copier.copy(request).start()
    }

    fn record_store(&self) -> Arc<DirectoryStore> {
        Arc::new(DirectoryStore::new(RECORDS).with_files(Arc::new(self.files.clone())))
    }

    async fn watch(&self, mut handle: UploadHandle, warnings: &Arc<Mutex<Vec<String>>>) -> Outcome {
        let mut events = handle.events();
        let told = Arc::clone(warnings);
        tokio::spawn(async move {
            while let Some(event) = events.next().await {
                if let UploadEvent::Warning(text) = event
                    && let Ok(mut told) = told.lock()
                {
                    told.push(text);
                }
            }
        });
        if let Some(change) = self.scenario.source {
            let (server, files, history, content) =
                (self.server.clone(), self.files.clone(), self.history.clone(), self.content.clone());
            let is_copy = self.scenario.kind.is_copy();
            tokio::spawn(async move {
                until(&server, change.after).await;
                history.add(Event::Caller("changes the source"));
                match is_copy {
                    true => server.replace(COPIED),
                    false => drop(change_in_place(&files, &content, change.how)),
                }
            });
        }
        let acts = async {
            match self.scenario.caller {
                Some(Caller { after, wait, does }) => {
                    until(&self.server, after).await;
                    sleep(wait).await;
                    does
                }
                None => std::future::pending().await,
            }
        };
        let does = tokio::select! {
            biased;
            ended = &mut handle => return outcome(ended),
            does = acts => does,
            () = sleep(DAY) => return Outcome::Endless,
        };
        match does {
            Does::Cancel => {
                self.history.add(Event::Caller("cancels"));
                tokio::select! {
                    biased;
                    ended = handle.cancel() => outcome(ended),
                    () = sleep(DAY) => Outcome::Endless,
                }
            }
            Does::Drop => {
                self.history.add(Event::Caller("drops"));
                drop(handle);
                Outcome::Dropped
            }
        }
    }

    /// The upload ids that the records on the simulated disk name.
    fn records(&self) -> Vec<String> {
        let texts = self.files.paths().into_iter().filter(|path| path.starts_with(RECORDS));
        texts
            .filter_map(|path| self.files.content(path))
            .filter_map(|bytes| {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let at = text.find("UPLOAD")?;
                text.get(at..at + 10).map(str::to_owned)
            })
            .collect()
    }
}

/// A source that tells how much of it was read.
struct Watched {
    content: io::Cursor<Vec<u8>>,
    history: History,
}

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.content).poll_read(cx, buf);
        self.history.add(Event::Read((buf.filled().len() - before) as u64));
        read
    }
}

fn outcome(ended: Result<UploadResult, UploadError>) -> Outcome {
    match ended {
        Ok(result) => Outcome::Ok(Box::new(result)),
        Err(error) => {
            let mut text = chain(&error);
            if let Some(left) = error.leftovers() {
                text = format!("{text}; left: {}", left.upload_id);
            }
            Outcome::Failed(Failure { stored: error.stored(), text })
        }
    }
}

/// Changes the file under the upload, as another program would.
fn change_in_place(files: &MemoryFiles, content: &[u8], how: Change) -> io::Result<()> {
    let file = files.open(PATH.as_ref(), OpenMode::UPDATE)?;
    match how {
        Change::Cut => file.set_len(content.len() as u64 / 2),
        Change::Grown => file.write_all_at(b"more", content.len() as u64),
        Change::Rewritten => file.write_all_at(&content.iter().map(|byte| byte ^ 0xff).collect::<Vec<_>>(), 0),
    }
}
