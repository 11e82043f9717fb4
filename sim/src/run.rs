//! Carries one scenario out: our real stack and engine on one thread, over in-memory connections and files, in simulated
//! time.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use hyper_util::rt::TokioIo;
use oss_transfer::files::{FileSystem as _, MemoryFiles, OpenMode};
use ossup::credentials::RefreshingProvider;
use ossup::uploader::checkpoint::DirectoryStore;
use ossup::{
    Client, Config, Crc64, Credentials, GetObjectRequest, PutObjectRequest, Source, Stored, UploadError, UploadEvent,
    UploadHandle, UploadResult, Uploader,
};
use tokio::time::sleep;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::history::{Event, History};
use crate::log::Log;
use crate::sabotage::{Sabotage, Sabotaged};
use crate::scenario::{Before, Caller, Change, Does, Kind, PART, Scenario, Session};
use crate::server::{EPOCH, Server, TOKEN};
use crate::store::{Object, etag_of};

/// What one run came to, for the checker.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(crate) outcome: Outcome,
    pub(crate) history: History,
    /// CRC64 of the source as it was at the beginning.
    pub(crate) source: u64,
    /// Its bytes.
    pub(crate) size: usize,
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
    pub(crate) body_bytes: u64,
    /// What became of another call of the same client when all was over.
    pub(crate) afterwards: Result<(), String>,
    /// Whether the caller set a limit of time for each call.
    pub(crate) limited: bool,
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

/// Draws of a seed until its fault strikes.
const DRAWS: u32 = 100;

/// Runs the first draw of a seed whose fault strikes.
pub(crate) fn run_seed(seed: u64) -> io::Result<(Scenario, Observation)> {
    for draw in 0..DRAWS {
        let scenario = Scenario::of(seed, draw);
        let seen = run(&scenario, None)?;
        if scenario.struck(&seen.history) {
            return Ok((scenario, seen));
        }
    }
    Err(io::Error::other(format!("no fault struck in {DRAWS} draws")))
}

/// Runs a scenario to its end and a while longer, so that what goes on in the background is seen too.
pub(crate) fn run(scenario: &Scenario, sabotage: Option<Sabotage>) -> io::Result<Observation> {
    // The stack draws its jitter from the thread's generator.
    fastrand::seed(scenario.seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let log = Log::default();
    let subscriber = tracing_subscriber::registry().with(log.clone().with_filter(LevelFilter::WARN));
    let seen = tracing::subscriber::with_default(subscriber, || {
        // In the runtime, whose clock stands still from the first moment on.
        let seen = runtime.block_on(async { World::new(scenario, sabotage).run().await });
        // What still waits in the background is told by its end.
        drop(runtime);
        seen
    });
    Ok(Observation { log: log.lines(), ..seen })
}

struct World {
    scenario: Scenario,
    history: History,
    server: Server,
    files: MemoryFiles,
    content: Vec<u8>,
    sabotage: Option<Sabotage>,
}

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
        let before = match scenario.before {
            Before::Nothing => None,
            Before::Other => Some(other(b"another object")),
            Before::SameBytes(ago) => Some(Object { modified: stored(ago), ..other(&content) }),
            Before::Twin(ago) => Some(Object {
                content_type: CONTENT_TYPE.to_owned(),
                metadata: BTreeMap::from([METADATA].map(|(name, value)| (name.to_owned(), value.to_owned()))),
                modified: stored(ago),
                ..other(&content)
            }),
        };
        let server = Server::new(history.clone(), scenario.faults.clone(), before);
        Self { scenario: scenario.clone(), history, server, files: MemoryFiles::new(), content, sabotage }
    }

    async fn run(self) -> Observation {
        self.files.plant(PATH, self.content.clone());
        let warnings = Arc::new(Mutex::new(Vec::new()));
        // The object that was there before is older than the upload.
        sleep(BEGIN + self.scenario.began).await;
        let began = self.history.elapsed();
        let client = self.client();
        let outcome = match client.as_ref().map(|client| self.start(client)) {
            Ok(handle) => self.watch(handle, &warnings).await,
            Err(error) => Outcome::Failed(Failure { stored: Stored::No, text: error.clone() }),
        };
        self.history.add(Event::Ended(format!("{outcome:?}")));
        let took = self.history.elapsed().saturating_sub(began);
        sleep(SETTLE).await;
        let afterwards = match client {
            Ok(client) => is_of_use(&client).await,
            Err(error) => Err(error),
        };
        let warnings = warnings.lock().map(|warnings| warnings.clone()).unwrap_or_default();
        Observation {
            outcome,
            source: Crc64::of(&self.content).to_u64(),
            size: self.content.len(),
            object: self.server.object(),
            open_uploads: self.server.open_uploads(),
            warnings,
            log: Vec::new(),
            records: self.records(),
            took,
            requests: self.server.requests(),
            body_bytes: self.server.body_bytes(),
            afterwards,
            limited: self.scenario.operation_timeout.is_some(),
            history: self.history,
        }
    }

    fn client(&self) -> Result<Client, String> {
        let server = self.server.clone();
        let mut config = Config::default()
            .region("cn-hangzhou")
            .endpoint("http://oss.test")
            .proxy_from_environment(false)
            .connector(tower::service_fn(move |_: http::Uri| {
                let (ours, theirs) = tokio::io::duplex(64 * 1024);
                tokio::spawn(server.clone().serve(theirs));
                std::future::ready(Ok::<_, io::Error>(TokioIo::new(ours)))
            }));
        config = match self.scenario.session {
            None => config.anonymous(),
            Some(session) => config.credentials_provider(self.provider(session)),
        };
        if let Some(limit) = self.scenario.operation_timeout {
            config = config.operation_timeout(limit);
        }
        Client::new(config).map_err(|error| error.to_string())
    }

    fn start(&self, client: &Client) -> UploadHandle {
        let server = self.server.clone();
        let mut random = fastrand::Rng::with_seed(self.scenario.seed ^ 0x5eed);
        let random = Mutex::new(move || random.f64());
        let uploader = match self.sabotage {
            None => client.uploader(),
            Some(sabotage) => Uploader::new(Sabotaged::new(client.transport().clone(), sabotage)),
        };
        let mut uploader = uploader
            .clock(move || server.now())
            .entropy(move || random.lock().map_or(0.5, |mut random| random()))
            .with_files(Arc::new(self.files.clone()))
            .part_size(if self.scenario.kind == Kind::SmallStream { 10 * PART as u64 } else { PART as u64 })
            .multipart_threshold(if self.scenario.kind.is_in_parts() { PART as u64 } else { 10 * PART as u64 });
        if self.scenario.checkpoint {
            let store = DirectoryStore::new(RECORDS).with_files(Arc::new(self.files.clone()));
            uploader = uploader.enable_checkpoint(true).checkpoint_store(Arc::new(store)).checkpoint_threshold(0);
        }
        let (name, value) = METADATA;
        let mut request = PutObjectRequest::new("demo", "key").content_type(CONTENT_TYPE).header(name, value);
        if self.scenario.forbid_overwrite {
            request = request.forbid_overwrite(true);
        }
        match self.scenario.kind {
            Kind::SmallFile | Kind::LargerFile | Kind::FileInParts => uploader.upload_file(request, PATH).start(),
            Kind::SmallStream | Kind::StreamInParts => {
                uploader.upload_from(request, Source::reader(io::Cursor::new(self.content.clone()))).start()
            }
        }
    }

    fn provider(&self, session: Session) -> RefreshingProvider {
        let (server, history, fetches) = (self.server.clone(), self.history.clone(), AtomicU32::new(0));
        let fetch = move || {
            let hangs = session.hangs == Some(fetches.fetch_add(1, Relaxed));
            let (now, end) = (history.elapsed(), history.elapsed() + session.lifetime);
            history.add(Event::Caller(if hangs { "never hands credentials out" } else { "hands credentials out" }));
            async move {
                if hangs {
                    std::future::pending::<()>().await;
                }
                let token = format!("{TOKEN}{}", end.as_millis());
                let expiration = UNIX_EPOCH + EPOCH + now + session.lifetime;
                Ok(Credentials::new("STS.key", "secret").with_security_token(token).with_expiration(expiration))
            }
        };
        RefreshingProvider::new("simulated", fetch).clock(move || server.now())
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
            tokio::spawn(async move {
                until(&server, change.after_requests).await;
                history.add(Event::Caller("changes the source"));
                drop(change_in_place(&files, &content, change.how));
            });
        }
        let acts = async {
            match self.scenario.caller {
                Some(Caller { after_requests, wait, does }) => {
                    until(&self.server, after_requests).await;
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

fn outcome(ended: Result<UploadResult, UploadError>) -> Outcome {
    match ended {
        Ok(result) => Outcome::Ok(Box::new(result)),
        Err(error) => {
            let mut text = error.to_string();
            let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(&error);
            while let Some(error) = cause {
                text = format!("{text}: {error}");
                cause = error.source();
            }
            if let Some(left) = error.leftovers() {
                text = format!("{text}; left: {}", left.upload_id);
            }
            Outcome::Failed(Failure { stored: error.stored(), text })
        }
    }
}

/// Whether one of two calls gets a response, whatever it says: the first may be the one whose credentials never come.
async fn is_of_use(client: &Client) -> Result<(), String> {
    let mut outcome = Ok(());
    for _ in 0..2 {
        outcome = match client.get_object(GetObjectRequest::new("demo", "key")).await {
            Ok(_) => return Ok(()),
            Err(error) if error.service().is_some() => return Ok(()),
            Err(error) => Err(error.to_string()),
        };
    }
    outcome
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

/// Returns once so many requests have arrived.
async fn until(server: &Server, requests: u32) {
    // The sender lives as long as the server.
    drop(server.arrivals().wait_for(|arrived| *arrived >= requests).await);
}
