//! A sync between two prefixes that deletes what is extra.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use ossup::models::BucketName;
use ossup::sync::{
    DeleteLimits, ItemError, Managers, MaxDelete, Place, Sync, SyncError, SyncEvent, SyncRun, SyncStep, SyncSummary,
};
use ossup::{Client, DeleteFailure};
use tokio::time::sleep;

use crate::client::{Session, chain, client, entropy, is_of_use, until};
use crate::fault::{Fault, fault, pick};
use crate::history::{Event, History};
use crate::neighbour::{self, Neighbour};
use crate::operation::Op;
use crate::pipe::Exchange;
use crate::requests::BUCKET;
use crate::run::{Draw, Ending};
use crate::scenario::{Caller, Does, Moment, PART, second_copy};
use crate::server::{Server, Setup};
use crate::store::{Object, etag_of};
use crate::work::{Cell, Work};

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scenario {
    pub(crate) seed: u64,
    pub(crate) draw: u32,
    /// What each path has, on the source and on the destination: a number stands for a content.
    pub(crate) paths: Vec<(String, Option<u8>, Option<u8>)>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) caller: Option<Caller>,
    pub(crate) page: usize,
    pub(crate) jobs: usize,
    pub(crate) checked: bool,
    pub(crate) allow_empty_source: bool,
    pub(crate) most: Option<u64>,
    pub(crate) session: Option<Session>,
}

/// What one run came to, for the checker.
#[derive(Debug)]
pub(crate) struct Observation {
    pub(crate) history: History,
    pub(crate) outcome: Outcome,
    /// What both sides had before, by key.
    pub(crate) before: BTreeMap<String, u64>,
    pub(crate) after: BTreeMap<String, u64>,
    /// CRC64 of all contents that keys of the source had.
    pub(crate) sources: BTreeMap<String, Vec<u64>>,
    pub(crate) deleted: Vec<String>,
    pub(crate) failed: Vec<Failed>,
    pub(crate) refused: bool,
    /// How many may be deleted.
    pub(crate) most: u64,
    pub(crate) allow_empty_source: bool,
    pub(crate) told: Vec<String>,
    pub(crate) log: Vec<String>,
    pub(crate) open_uploads: Vec<(String, bool)>,
    pub(crate) took: Duration,
    pub(crate) requests: u32,
    /// The most bytes that were allocated at one time, and the most that the server had.
    pub(crate) held: u64,
    pub(crate) server_held: u64,
    /// How many bytes each request and response had.
    pub(crate) exchanges: Vec<Exchange>,
    /// What is wrong with the download that went on beside it.
    pub(crate) neighbour: Option<String>,
    pub(crate) afterwards: Result<(), String>,
}

/// What was not done.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) path: String,
    pub(crate) step: SyncStep,
    /// Of a deletion, whether it may have been done all the same.
    pub(crate) is_unknown: bool,
}

#[derive(Debug)]
pub(crate) enum Outcome {
    Ok(SyncSummary),
    Failed { text: String },
    Cancelled,
    Dropped,
    Endless,
}

/// Prefix of the source.
pub(crate) const FROM: &str = "from/";
/// Prefix of the destination.
pub(crate) const TO: &str = "to/";
/// The path of an object that is copied in parts, which is always on the source alone.
const LARGE: &str = "large";
const DAY: Duration = Duration::from_secs(86_400);
const SETTLE: Duration = Duration::from_secs(600);
const BEGIN: Duration = Duration::from_secs(60);

impl Scenario {
    pub(crate) fn of(draw: Draw) -> Self {
        let Draw { cell, seed, number, faults: count, .. } = draw;
        let Cell { op, effect, .. } = cell;
        let mut rng = draw.rng();
        let mut faults = vec![fault(&mut rng, op, effect)];
        let more = *pick(&mut rng, &[0, 0, 0, 1, 1, 2]) + if draw.is_meant_to_be(Ending::Failed) { 2 } else { 0 };
        for _ in 0..count.map_or(more, |count| count.saturating_sub(1)) {
            let on = *pick(&mut rng, Work::Sync.operations());
            let effects: Vec<_> = Work::Sync.effects(on).collect();
            let effect = *pick(&mut rng, &effects);
            faults.push(fault(&mut rng, on, effect));
        }
        let is_empty = rng.u8(0..12) == 0;
        let mut paths = Vec::new();
        for number in 0..rng.u8(3..9) {
            let source = (!is_empty && rng.u8(0..3) > 0).then(|| rng.u8(0..3));
            let destination = (rng.u8(0..3) > 0).then(|| rng.u8(0..3));
            paths.push((format!("{number:02}"), source, destination));
        }
        if !is_empty {
            paths.push((LARGE.to_owned(), Some(0), None));
        }
        let caller = (rng.u8(0..4) == 0).then(|| Caller {
            does: *pick(&mut rng, &[Does::Cancel, Does::Drop]),
            after: Moment::Requests(rng.u32(1..20)),
            wait: Duration::from_millis(*pick(&mut rng, &[0, 1, 10, 20, 21, 30, 500, 5_000])),
        });
        let scenario = Self {
            seed,
            draw: number,
            paths,
            faults,
            caller,
            page: rng.usize(2..6),
            jobs: rng.usize(1..5),
            checked: rng.bool(),
            allow_empty_source: rng.bool(),
            most: (rng.u8(0..4) == 0).then(|| rng.u64(0..3)),
            session: (rng.u8(0..6) == 0)
                .then(|| Session { lifetime: Duration::from_secs(rng.u64(3..200)), hangs: None }),
        };
        scenario.aimed(draw, &mut rng)
    }

    /// With what makes it end as it is meant to.
    fn aimed(mut self, draw: Draw, rng: &mut Rng) -> Self {
        match draw.aim {
            Some(Ending::Done) => {
                (self.caller, self.session, self.most) = (None, None, None);
                self.outlives(draw.cell, rng)
            }
            Some(Ending::Failed) => Self { caller: None, ..self },
            Some(Ending::Cancelled) => Self { caller: Some(Caller::at_strike(rng, Does::Cancel, draw.cell)), ..self },
            Some(Ending::Dropped) => Self { caller: Some(Caller::at_strike(rng, Does::Drop, draw.cell)), ..self },
            _ => self,
        }
    }

    /// With what lets it succeed though this fault strikes it, where it would not by itself.
    fn outlives(mut self, cell: Cell, rng: &mut Rng) -> Self {
        match (cell.op, cell.effect) {
            // What is extra is asked for before it is deleted, and may be gone by then.
            (Op::HeadObject, "denied") => {
                self.checked = true;
                self.faults.truncate(1);
                self.faults.iter_mut().for_each(|fault| (fault.nth, fault.times) = (rng.u32(0..12), 1));
            }
            // A copy was made before, and is found.
            (Op::CopyObject, "denied" | "replaced") => {
                self.jobs = 1;
                self.faults = second_copy(self.faults);
            }
            // A list of no keys has no order, and misses none.
            (Op::ListObjectsV2, "out of order" | "incomplete") => {
                self.faults.truncate(1);
                self.faults.iter_mut().for_each(|fault| (fault.nth, fault.times) = (rng.u32(0..2), 1));
                self.paths.iter_mut().for_each(|(.., destination)| *destination = None);
            }
            _ => {}
        }
        self
    }

    /// With fixed paths, of which two are extra, and no limit that keeps them.
    pub(crate) fn with_two_to_delete(self) -> Self {
        let path = |name: &str, source, destination| (name.to_owned(), source, destination);
        let paths = vec![
            path("00", Some(1), Some(1)),
            path("01", None, Some(2)),
            path("02", Some(2), Some(1)),
            path("03", None, Some(0)),
            path(LARGE, Some(0), None),
        ];
        Self { paths, most: None, session: None, ..self }
    }

    /// Whether there is an object that is copied in parts.
    fn has_large(&self) -> bool {
        self.paths.iter().any(|(path, ..)| path == LARGE)
    }
}

/// Carries a scenario out.
pub(crate) async fn run(scenario: &Scenario) -> Observation {
    let history = History::new();
    let mut objects = Vec::new();
    for (path, source, destination) in &scenario.paths {
        let at = |content: u8, side: &str| (format!("{side}{path}"), object(path, content));
        objects.extend(source.map(|content| at(content, FROM)));
        objects.extend(destination.map(|content| at(content, TO)));
    }
    // A sync that transfers nothing has a download in parts beside it.
    if !scenario.has_large() {
        objects.push(neighbour::object());
    }
    let before = objects.iter().map(|(key, object)| (key.clone(), object.crc64())).collect();
    let setup = Setup { objects, faults: scenario.faults.clone(), schedule: scenario.seed, page: scenario.page };
    let server = Server::new(history.clone(), setup);
    sleep(BEGIN).await;
    let began = history.elapsed();
    let mut told = Told::default();
    let mut beside = None;
    let (outcome, afterwards) = match client(&server, scenario.session, None) {
        Ok(client) => {
            beside = (!scenario.has_large()).then(|| Neighbour::start(&client));
            let outcome = synchronise(scenario, &server, &client, &mut told).await;
            history.add(Event::Ended(format!("{outcome:?}")));
            (outcome, Ok(client))
        }
        Err(error) => (Outcome::Failed { text: error.clone() }, Err(error)),
    };
    let took = history.elapsed().saturating_sub(began);
    sleep(SETTLE).await;
    let afterwards = match afterwards {
        Ok(client) => is_of_use(&client, Work::Sync).await,
        Err(error) => Err(error),
    };
    let neighbour = match beside {
        Some(neighbour) => neighbour.finish(scenario.session.is_some()).await,
        None => None,
    };
    let crc64_of = |bytes: &Bytes| ossup::Crc64::of(bytes).to_u64();
    let sources = scenario.paths.iter().map(|(path, ..)| {
        let versions = server.versions(&format!("{FROM}{path}"));
        (path.clone(), versions.iter().map(crc64_of).collect())
    });
    Observation {
        outcome,
        before,
        after: server.objects().into_iter().map(|(key, object)| (key, object.crc64())).collect(),
        sources: sources.collect(),
        deleted: told.deleted,
        failed: told.failed,
        refused: told.refused,
        most: scenario.most.unwrap_or(1_000),
        allow_empty_source: scenario.allow_empty_source,
        told: told.texts,
        log: Vec::new(),
        open_uploads: server.open_uploads(),
        took,
        requests: server.requests(),
        held: 0,
        server_held: server.most_held(),
        exchanges: server.exchanges(),
        afterwards,
        neighbour,
        history,
    }
}

fn object(path: &str, content: u8) -> Object {
    let bytes = if path == LARGE { vec![b'l'; 2 * PART + 1] } else { vec![b'a' + content; 10] };
    Object {
        etag: etag_of(&bytes),
        bytes: bytes.into(),
        content_type: "text/plain".to_owned(),
        metadata: BTreeMap::new(),
        modified: Duration::ZERO,
        multipart: false,
        ours: false,
    }
}

/// What the events of a sync told.
#[derive(Debug, Default)]
struct Told {
    deleted: Vec<String>,
    failed: Vec<Failed>,
    refused: bool,
    texts: Vec<String>,
}

async fn synchronise(scenario: &Scenario, server: &Server, client: &Client, told: &mut Told) -> Outcome {
    let clock = server.clone();
    let uploader = client.uploader().clock(move || clock.now()).entropy(entropy(scenario.seed));
    let copier = ossup::Copier::from(uploader.clone())
        .part_size(PART as u64)
        .parallel_num(2)
        .multipart_copy_threshold(PART as u64)
        .disable_shallow_copy(true);
    let managers = Managers::new(client.transport().clone(), uploader, client.downloader(), copier);
    let Ok(bucket) = BucketName::new(BUCKET) else { return Outcome::Endless };
    let limits = DeleteLimits::default().allow_empty_source(scenario.allow_empty_source);
    let limits = match scenario.most {
        Some(most) => limits.max_delete(MaxDelete::Count(most)),
        None => limits,
    };
    let clock = server.clone();
    let sync = Sync::new(Place::objects(bucket.clone(), FROM), Place::objects(bucket, TO))
        .delete(true)
        .delete_checked(scenario.checked)
        .limits(limits)
        .jobs(scenario.jobs)
        .clock(oss_transfer::Clock::new(move || clock.now()));
    let mut run = match sync.start(managers).await {
        Ok(run) => run,
        Err(error) => return failed(&error),
    };
    let acts = async {
        match scenario.caller {
            Some(Caller { does, after, wait }) => {
                until(server, after).await;
                sleep(wait).await;
                does
            }
            None => std::future::pending().await,
        }
    };
    let does = tokio::select! {
        biased;
        outcome = take(&mut run, told) => return outcome,
        does = acts => does,
        () = sleep(DAY) => return Outcome::Endless,
    };
    match does {
        Does::Drop => {
            server.history().add(Event::Caller("drops"));
            Outcome::Dropped
        }
        Does::Cancel => {
            server.history().add(Event::Caller("cancels"));
            run.cancel();
            tokio::select! {
                biased;
                _ = take(&mut run, told) => Outcome::Cancelled,
                () = sleep(DAY) => Outcome::Endless,
            }
        }
    }
}

/// Takes all events.
async fn take(run: &mut SyncRun, told: &mut Told) -> Outcome {
    loop {
        match run.next().await {
            Ok(Some(event)) => told.take(event),
            Ok(None) => return Outcome::Ok(run.summary()),
            Err(error) => return failed(&error),
        }
    }
}

fn failed(error: &SyncError) -> Outcome {
    Outcome::Failed { text: chain(error) }
}

impl Told {
    fn take(&mut self, event: SyncEvent) {
        match event {
            SyncEvent::Deleted { entry, .. } => self.deleted.push(entry.path),
            SyncEvent::DeletesRefused(_) => self.refused = true,
            SyncEvent::Uploading { event: ossup::UploadEvent::Warning(text), .. } => self.texts.push(text),
            SyncEvent::Warning { warning, .. } => self.texts.push(warning),
            SyncEvent::Failed { path, step, error } => {
                self.texts.push(chain(&error));
                if let ItemError::Upload(error) = &error {
                    self.texts.extend(error.leftovers().map(|left| left.upload_id.to_string()));
                }
                let is_unknown = match &error {
                    ItemError::Delete(DeleteFailure::Call(error)) => error.outcome_unknown(),
                    ItemError::Delete(DeleteFailure::NotConfirmed) => true,
                    _ => false,
                };
                self.failed.push(Failed { path, step, is_unknown });
            }
            _ => {}
        }
    }
}
