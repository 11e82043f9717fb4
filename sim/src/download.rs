//! A download: a file that may die with its disk at each call that changes something, and is resumed, or a stream.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use oss_transfer::files::MemoryFiles;
use ossup::{Client, DownloadError, DownloadErrorKind, DownloadResult, Downloader, GetObjectRequest, Verified};
use tokio::time::sleep;

use crate::client::{Session, chain, client, entropy, is_of_use, until};
use crate::fault::{Fault, Strike, fault, pick};
use crate::history::{Event, History};
use crate::operation::Op;
use crate::requests::BUCKET;
use crate::run::{Draw, Ending};
use crate::scenario::{Caller, Does, Moment, PART};
use crate::server::{Server, Setup};
use crate::store::{Object, etag_of};
use crate::work::{Cell, Work};

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) draw: u32,
    pub(crate) into: Way,
    pub(crate) size: usize,
    pub(crate) faults: Vec<Fault>,
    pub(crate) caller: Option<Caller>,
    /// The call that changes something, from 1, at which the process is killed.
    pub(crate) dies_at: Option<u64>,
    /// Whether the power goes with it.
    pub(crate) power_loss: bool,
    /// Whether a file is there before.
    pub(crate) has_old: bool,
    pub(crate) checkpoint: bool,
    pub(crate) restart_changed: bool,
    pub(crate) parallel: usize,
    /// How long the reader of a stream waits between two pieces.
    pub(crate) pace: Duration,
    pub(crate) operation_timeout: Option<Duration>,
    pub(crate) session: Option<Session>,
}

/// Where the bytes go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    File,
    Stream,
}

/// What one run came to, for the checker.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(crate) history: History,
    /// All contents that the object had.
    pub(crate) versions: Vec<Bytes>,
    pub(crate) old: Option<Bytes>,
    /// Each attempt to download it: the first as the scenario says, the others after it failed.
    pub(crate) attempts: Vec<Attempt>,
    /// What a stream gave.
    pub(crate) taken: Vec<u8>,
    pub(crate) parallel: usize,
    pub(crate) size: usize,
    pub(crate) checkpoint: bool,
    /// Whether what was not synced is lost when the process is killed.
    pub(crate) power_loss: bool,
    pub(crate) requests: u32,
    /// The most bytes that were allocated at one time, and the most that the server had.
    pub(crate) held: u64,
    pub(crate) server_held: u64,
    pub(crate) content_bytes: u64,
    pub(crate) afterwards: Result<(), String>,
    pub(crate) limited: bool,
}

/// One attempt, and what is on the disk when it is over.
#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) outcome: Outcome,
    pub(crate) target: Option<Bytes>,
    /// Files beside the target.
    pub(crate) beside: Vec<String>,
    pub(crate) took: Duration,
    /// Whether nothing strikes it.
    pub(crate) undisturbed: bool,
}

#[derive(Debug)]
pub(crate) enum Outcome {
    Ok(Box<DownloadResult>),
    Failed(Failure),
    Dropped,
    Killed,
    Endless,
}

#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) text: String,
    pub(crate) resumable: bool,
    pub(crate) changed: bool,
    pub(crate) cancelled: bool,
}

/// The folder of the target.
const FOLDER: &str = "/data";
const TARGET: &str = "/data/target";
const RECORDS: &str = "/records";
const KEY: &str = "key";
const DAY: Duration = Duration::from_secs(86_400);
/// How long what goes on in the background is given.
const SETTLE: Duration = Duration::from_secs(600);
/// Attempts to download it in all: one that is disturbed and one that is resumed, one that finds that the object has changed,
/// and one that begins afresh.
const ATTEMPTS: usize = 4;

impl Scenario {
    pub(crate) fn of(draw: Draw) -> Self {
        let Draw { cell, seed, number, faults: count, .. } = draw;
        let Cell { op, effect, .. } = cell;
        let mut rng = draw.rng();
        // A question is only asked where a download is resumed.
        let resumes = op == Op::HeadObject;
        let into = if resumes || rng.u8(0..4) > 0 { Way::File } else { Way::Stream };
        let mut faults = vec![fault(&mut rng, op, effect)];
        if resumes {
            faults.iter_mut().for_each(|fault| fault.nth = 0);
        }
        let more = *pick(&mut rng, &[0, 0, 1, 1, 2]);
        for _ in 0..count.map_or(more, |count| count.saturating_sub(1)) {
            let effects: Vec<_> = Work::Download.effects(Op::GetObject).collect();
            let effect = *pick(&mut rng, &effects);
            faults.push(fault(&mut rng, Op::GetObject, effect));
        }
        let is_file = into == Way::File;
        let dies = is_file && (resumes || rng.bool());
        let caller = (!dies && rng.u8(0..3) == 0).then(|| Caller {
            does: *pick(&mut rng, &[Does::Cancel, Does::Drop]),
            after: Moment::Requests(rng.u32(1..7)),
            wait: Duration::from_millis(*pick(&mut rng, &[0, 1, 10, 20, 21, 30, 500, 5_000])),
        });
        let scenario = Self {
            seed,
            draw: number,
            into,
            size: PART * rng.usize(2..5) + rng.usize(1..PART),
            faults,
            caller,
            dies_at: dies.then(|| rng.u64(if resumes { 6..26 } else { 1..30 })),
            power_loss: rng.bool(),
            has_old: rng.bool(),
            checkpoint: is_file && (resumes || rng.bool()),
            restart_changed: is_file && rng.bool(),
            parallel: rng.usize(1..5),
            pace: Duration::from_millis(*pick(&mut rng, &[0, 0, 3, 50])),
            operation_timeout: (rng.u8(0..12) == 0).then(|| Duration::from_secs(rng.u64(1..40))),
            session: (rng.u8(0..6) == 0)
                .then(|| Session { lifetime: Duration::from_secs(rng.u64(3..200)), hangs: None }),
        };
        scenario.aimed(draw, &mut rng)
    }

    /// With what makes the first attempt end as it is meant to.
    fn aimed(mut self, draw: Draw, rng: &mut Rng) -> Self {
        match draw.aim {
            Some(Ending::Done) => {
                (self.caller, self.dies_at, self.operation_timeout, self.session) = (None, None, None, None);
                self.restart_changed = self.into == Way::File;
            }
            // One that fails is resumed, and asks then.
            Some(Ending::Failed) => {
                let refused = Fault {
                    on: Op::GetObject,
                    nth: rng.u32(1..4),
                    times: 1_000,
                    how: Strike::Refused(403, "AccessDenied"),
                };
                self.caller = None;
                // Late enough for it to fail before, and faults strike the second attempt too.
                self.dies_at = self.dies_at.map(|_| 1_000);
                self.faults.truncate(1);
                self.faults.push(refused);
            }
            Some(Ending::Cancelled) => {
                (self.into, self.dies_at) = (Way::File, None);
                self.caller = Some(Caller::at_strike(rng, Does::Cancel, draw.cell));
            }
            Some(Ending::Dropped) => {
                self.dies_at = None;
                self.caller = Some(Caller::at_strike(rng, Does::Drop, draw.cell));
            }
            _ => {}
        }
        self
    }
}

/// Carries a scenario out.
pub(crate) async fn run(scenario: &Scenario) -> Observation {
    let history = History::new();
    let mut content = vec![0; scenario.size];
    Rng::with_seed(scenario.seed).fill(&mut content);
    let object = Object {
        etag: etag_of(&content),
        bytes: content.into(),
        content_type: "text/plain".to_owned(),
        metadata: BTreeMap::new(),
        modified: Duration::ZERO,
        multipart: true,
        ours: false,
    };
    let faults = scenario.faults.clone();
    let setup = Setup { objects: vec![(KEY.to_owned(), object)], faults, schedule: scenario.seed, page: 1_000 };
    let server = Server::new(history.clone(), setup);
    let old = scenario.has_old.then(|| Bytes::from_static(b"what was there before"));
    let mut files = MemoryFiles::new();
    if let Some(old) = &old {
        files.plant(TARGET, old.to_vec());
    }
    let (mut attempts, mut taken) = (Vec::new(), Vec::new());
    let mut afterwards = Ok(());
    for number in 0..ATTEMPTS {
        let is_last_disturbed = number + 1 == if scenario.dies_at.is_some() { 2 } else { 1 };
        let session = scenario.session.filter(|_| number == 0);
        let limit = scenario.operation_timeout.filter(|_| number == 0);
        let client = match client(&server, session, limit) {
            Ok(client) => client,
            Err(error) => {
                afterwards = Err(error);
                break;
            }
        };
        let attempt = Attempted { scenario, server: &server, files: &files, client: &client, number };
        let began = history.elapsed();
        let outcome = match scenario.into {
            Way::File => attempt.file().await,
            Way::Stream => attempt.stream(&mut taken).await,
        };
        server.client_lives(None);
        history.add(Event::Ended(format!("{outcome:?}")));
        let took = history.elapsed().saturating_sub(began);
        sleep(SETTLE).await;
        afterwards = afterwards.and(is_of_use(&client, Work::Download).await);
        let is_killed = matches!(outcome, Outcome::Killed);
        if !is_killed {
            // The kill was planned for a moment that did not come.
            files.die_at(u64::MAX);
        } else {
            files = if scenario.power_loss { files.after_power_loss() } else { files.after_kill() };
        }
        let is_done = matches!(outcome, Outcome::Ok(_)) || scenario.into == Way::Stream;
        attempts.push(Attempt {
            outcome,
            target: files.content(TARGET).map(Bytes::from),
            beside: beside(&files),
            took,
            undisturbed: number > usize::from(scenario.dies_at.is_some()),
        });
        if is_done {
            break;
        }
        if is_last_disturbed {
            server.lift_faults();
        }
    }
    Observation {
        versions: server.versions(KEY),
        old,
        attempts,
        taken,
        parallel: scenario.parallel,
        size: scenario.size,
        checkpoint: scenario.checkpoint,
        power_loss: scenario.power_loss,
        requests: server.requests(),
        held: 0,
        server_held: server.most_held(),
        content_bytes: server.content_bytes(),
        afterwards,
        limited: scenario.operation_timeout.is_some(),
        history,
    }
}

/// The files in the folder of the target, but for itself.
fn beside(files: &MemoryFiles) -> Vec<String> {
    let below = files.paths().into_iter().filter(|path| path.starts_with(FOLDER) && path != Path::new(TARGET));
    below.map(|path| path.display().to_string()).collect()
}

struct Attempted<'a> {
    scenario: &'a Scenario,
    server: &'a Server,
    files: &'a MemoryFiles,
    client: &'a Client,
    number: usize,
}

impl Attempted<'_> {
    fn downloader(&self) -> Downloader {
        let clock = self.server.clone();
        self.client
            .downloader()
            .clock(move || clock.now())
            .entropy(entropy(self.scenario.seed))
            .files(Arc::new(self.files.clone()))
            .part_size(PART as u64)
            .parallel_num(self.scenario.parallel)
    }

    /// What the caller does, and nothing in the attempts after the first.
    async fn caller(&self) -> Does {
        match self.scenario.caller.filter(|_| self.number == 0) {
            Some(Caller { does, after, wait }) => {
                until(self.server, after).await;
                sleep(wait).await;
                does
            }
            None => std::future::pending().await,
        }
    }

    async fn file(&self) -> Outcome {
        let mut downloader = self.downloader().restart_changed_object(self.scenario.restart_changed);
        if self.scenario.checkpoint {
            downloader = downloader.enable_checkpoint(true).checkpoint_dir(RECORDS);
        }
        let dies_at = self.scenario.dies_at.filter(|_| self.number == 0);
        if let Some(at) = dies_at {
            self.files.die_at(at);
            let files = self.files.clone();
            self.server.client_lives(Some(Box::new(move || files.changes() >= at)));
        }
        let is_dead = || dies_at.is_some_and(|at| self.files.changes() >= at);
        let mut handle = downloader.download_file(GetObjectRequest::new(BUCKET, KEY), TARGET).start();
        let does = tokio::select! {
            biased;
            // A process that was killed says nothing.
            ended = &mut handle => return if is_dead() { Outcome::Killed } else { outcome(ended) },
            does = self.caller() => does,
            () = sleep(DAY) => return Outcome::Endless,
        };
        match does {
            Does::Cancel => {
                self.server.history().add(Event::Caller("cancels"));
                tokio::select! {
                    biased;
                    ended = handle.cancel() => outcome(ended),
                    () = sleep(DAY) => Outcome::Endless,
                }
            }
            Does::Drop => {
                self.server.history().add(Event::Caller("drops"));
                drop(handle);
                Outcome::Dropped
            }
        }
    }

    async fn stream(&self, taken: &mut Vec<u8>) -> Outcome {
        let taking = async {
            let mut stream = match self.downloader().stream(GetObjectRequest::new(BUCKET, KEY)).await {
                Ok(stream) => stream,
                Err(error) => return outcome(Err(error)),
            };
            while let Some(piece) = stream.next().await {
                match piece {
                    Ok(piece) => {
                        taken.extend_from_slice(&piece);
                        self.server.history().add(Event::Taken(piece.len() as u64));
                        sleep(self.scenario.pace).await;
                    }
                    Err(error) => return outcome(Err(error)),
                }
            }
            match stream.result() {
                Some(result) => Outcome::Ok(Box::new(result.clone())),
                None => Outcome::Endless,
            }
        };
        tokio::select! {
            biased;
            outcome = taking => outcome,
            // A stream is cancelled by dropping it.
            _ = self.caller() => {
                self.server.history().add(Event::Caller("drops"));
                Outcome::Dropped
            }
            () = sleep(DAY) => Outcome::Endless,
        }
    }
}

fn outcome(ended: Result<DownloadResult, DownloadError>) -> Outcome {
    match ended {
        Ok(result) => Outcome::Ok(Box::new(result)),
        Err(error) => Outcome::Failed(Failure {
            text: chain(&error),
            resumable: error.is_resumable(),
            changed: matches!(error.kind(), DownloadErrorKind::ObjectChanged { .. }),
            cancelled: matches!(error.kind(), DownloadErrorKind::Cancelled),
        }),
    }
}

impl Outcome {
    /// Whether it says that the content was verified.
    pub(crate) fn is_verified(&self) -> bool {
        matches!(self, Self::Ok(result) if result.verified == Verified::Crc64)
    }
}
