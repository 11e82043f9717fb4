//! `ossup sync`.

mod arguments;
mod lines;

pub(crate) use arguments::SyncArguments;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ossup::sync::{
    Action, Direction, ItemError, Kept, PlaceError, Side, SyncError, SyncEvent, SyncRun, SyncStep, Transfer,
};
use ossup::{Client, DownloadEvent, Verified};

use crate::address::Address;
use crate::arguments::typed;
use crate::cp::Watch;
use crate::exit::Exit;
use crate::failure::{Failure, Kind, sentence};
use crate::global::Global;
use crate::output::{Downloaded, Event, Output, Place, Planned, Skipped, UploadOutcome, Uploaded};
use crate::progress::{self, Screen, Transferring};
use crate::signals::{Signal, Signals};
use crate::size::Size;
use crate::versioned::refuse_if_versioned;
use arguments::{End, Ends};
use lines::{FileDeletion, NotSynced, ObjectDeletion};

impl SyncArguments {
    pub(crate) async fn run(mut self, global: &Global, output: &Output) -> Result<Exit, Failure> {
        let mut limited = global.clone();
        limited.limits = self.limits();
        let global = &limited;
        let ends = self.ends()?;
        self.refuse_meaningless(&ends, global)?;
        self.fill_in(&global.settings()?)?;
        let sync = self.sync(&ends, global)?;
        self.confirm(&ends).await?;
        if let Some(path) = &self.report {
            output.report_to(path, std::fs::OpenOptions::new().write(true).create(true).truncate(true), None)?;
        }
        let signals = Signals::listen().map_err(|error| Failure::new(Kind::Other, error.to_string()))?;
        let client = global.client_of(ends.bucket(), output)?;
        if self.forbids_overwrite() {
            refuse_if_versioned(&client, ends.bucket(), output).await?;
        }
        let managers = self.managers(&client, ends.direction(), output)?;
        let run = sync.start(managers).await.map_err(|error| self.failure(error))?;
        let (watch, running) = (Watch::new(output), HashMap::new());
        let follower = Follower { arguments: &self, ends: &ends, output, client, signals, watch, running };
        follower.follow(run).await
    }

    /// Why it could not begin, or ended before its end.
    fn failure(&self, error: SyncError) -> Failure {
        match error {
            SyncError::Overlap { .. } => Failure::refused(error.to_string()),
            SyncError::TwoFolders | SyncError::BackupWithoutDelete => Failure::usage(error.to_string()),
            SyncError::List { side: Side::Source, source: PlaceError::Walk(walk) }
                if self.deletes() && walk.is_missing() =>
            {
                let message = "a source that is missing is not taken for an empty one: nothing was deleted";
                Failure::refused(format!("{}: {message}", sentence(&walk)))
            }
            SyncError::List { source: PlaceError::Call(error), .. } => Failure::from(error),
            SyncError::List { side: Side::Source, source } => Failure::new(Kind::Source, sentence(&source)),
            SyncError::List { source, .. } => Failure::new(Kind::Target, sentence(&source)),
            SyncError::Order(error) => Failure::new(Kind::Response, error.to_string()),
            SyncError::Plan(error) if error.is_refusal() => Failure::refused(sentence(&error)),
            SyncError::Plan(error) => Failure::new(Kind::Source, sentence(&error)),
            other => Failure::new(Kind::Other, sentence(&other)),
        }
    }
}

/// Follows one run and reports what happens.
struct Follower<'a> {
    arguments: &'a SyncArguments,
    ends: &'a Ends,
    output: &'a Output,
    client: Client,
    signals: Signals,
    /// Uploads and copies.
    watch: Watch<'a>,
    /// Downloads, by their paths.
    running: HashMap<String, Running>,
}

/// What was seen of a download that has not ended.
struct Running {
    began: Instant,
    attempts: u32,
}

impl Follower<'_> {
    async fn follow(mut self, mut run: SyncRun) -> Result<Exit, Failure> {
        let mut screen = Screen::new(self.arguments.progress(), self.output);
        let mut stopping = None;
        let mut ticks = tokio::time::interval(progress::INTERVAL);
        let ended = loop {
            tokio::select! {
                biased;
                signal = self.signals.next() => {
                    if stopping.is_some() {
                        self.watch.name_open_uploads();
                        self.output.end_at_once(signal);
                    }
                    stopping = Some(signal);
                    run.cancel();
                    self.output.note(format_args!("{signal}: stopping; a second one stops at once"));
                }
                event = run.next() => match event {
                    Ok(Some(event)) => {
                        let mut event = Some(event);
                        while let Some(next) = event {
                            self.report(next);
                            if self.arguments.max_errors.is_some_and(|most| self.output.totals().failed >= most) {
                                run.stop();
                            }
                            event = run.ready();
                        }
                    }
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                },
                _ = ticks.tick() => {
                    self.output.flush_warnings(progress::INTERVAL);
                    let under_way = run.running().map(|(path, progress)| {
                        Transferring { name: path.to_owned(), progress }
                    });
                    screen.show_many(self.output.totals(), under_way, None);
                }
            }
        };
        drop(screen);
        if self.ends.direction() != Direction::Down {
            let Address { bucket, rest } = self.ends.destination_object("");
            self.watch.name_lost_uploads(&self.client, &bucket, &rest, &mut self.signals).await;
        }
        match ended {
            Ok(()) => Ok(self.conclude(&run, stopping)),
            Err(error) => Err(self.arguments.failure(error)),
        }
    }

    fn report(&mut self, event: SyncEvent) {
        match event {
            SyncEvent::Planned(action) => self.planned(&action),
            SyncEvent::Started(transfer) => match self.ends.direction() {
                Direction::Down => {
                    let running = Running { began: Instant::now(), attempts: 1 };
                    self.running.insert(transfer.source.path.clone(), running);
                }
                _ => self.watch.started(&self.place(&transfer.source.path)),
            },
            SyncEvent::Uploading { transfer, event } => {
                let place = self.place(&transfer.source.path);
                self.watch.event(&place, &event);
            }
            SyncEvent::Downloading { transfer, event } => self.downloading(&transfer, &event),
            SyncEvent::Uploaded { transfer, result } => {
                let place = self.place(&transfer.source.path);
                let observed = self.watch.ended(&place, None);
                let line = Uploaded::new(place, &result, observed);
                let line = line.compared(self.arguments.compared_instead());
                let line = if self.ends.direction() == Direction::Across { line.of_copy() } else { line };
                let _ = self.output.line(&line);
            }
            SyncEvent::Downloaded { transfer, result, target } => {
                let running = self.running.remove(&transfer.source.path);
                let (attempts, took) =
                    running.map_or((1, Duration::ZERO), |Running { began, attempts }| (attempts, began.elapsed()));
                let object = self.ends.source_object(&transfer.source.path);
                let target = target.display().to_string();
                let line = Downloaded::new(&object, target, &result, attempts, took).one_of_many();
                let instead = self.arguments.compared_instead();
                let _ = self.output.line(&line.compared(instead));
                if result.verified == Verified::No && instead.is_none() {
                    self.output.event(&Event::of_object(
                        &object,
                        "warning",
                        "the server gave no CRC64 to verify by".into(),
                    ));
                }
            }
            SyncEvent::Skipped { source, reason } => {
                let reason = match reason {
                    ossup::sync::Reason::Size => "same_size",
                    ossup::sync::Reason::Time => "not_changed_since",
                    ossup::sync::Reason::Etag => "same_etag",
                    _ => "same_crc64",
                };
                self.skipped(&source.path, reason, self.arguments.verbose);
            }
            SyncEvent::LeftOut { path, reason } => {
                self.output.note(format_args!("{} was skipped: {reason}", self.ends.source.at(&path)));
                self.skipped(&path, &reason, true);
            }
            SyncEvent::Kept { entry, why: Kept::Unknown(reason) } => {
                let at = self.ends.destination.at(&entry.path);
                self.output.note(format_args!("{at} is kept: whether the source has it is not known ({reason})"));
            }
            SyncEvent::Changed { path, reason } => {
                self.output.note(format_args!("{} was skipped: {reason}", self.ends.destination.at(&path)));
                self.skipped(&path, &reason, true);
            }
            SyncEvent::Warning { path, warning } => {
                self.output.warn(format!("{}: {warning}", self.ends.destination.at(&path)));
            }
            SyncEvent::Failed { path, step, error } => self.failed(&path, step, &error),
            SyncEvent::DeletesRefused(refusal) => {
                let hint = match refusal {
                    ossup::sync::DeleteRefusal::TooMany { .. } => " (--max-delete says how many)",
                    ossup::sync::DeleteRefusal::EmptySource { .. } => " (--allow-empty-source allows it)",
                    ossup::sync::DeleteRefusal::Failures { .. } => " (--delete-anyway deletes it now)",
                    _ => "",
                };
                self.output.note(format_args!("nothing was deleted: {refusal}{hint}"));
            }
            SyncEvent::Deleted { entry, is_marker } => self.deleted(&entry.path, "done", is_marker),
            _ => {}
        }
    }

    fn planned(&self, action: &Action) {
        match action {
            Action::Transfer(Transfer { source, .. }) => {
                let (place, size) = (self.place(&source.path), Some(source.size));
                let _ = self.output.line(&match self.ends.direction() {
                    Direction::Down => {
                        let object = self.ends.source_object(&source.path);
                        let target = self.ends.destination.at(&source.path);
                        Planned::download(object.bucket.as_str(), &object.rest, target, size)
                    }
                    Direction::Across => Planned::copy(place, size),
                    _ => Planned::upload(place, size),
                });
            }
            Action::Delete(entry) => self.deleted(&entry.path, "planned", false),
            _ => {}
        }
    }

    fn deleted(&self, path: &str, status: &'static str, is_marker: bool) {
        let _ = match &self.ends.destination {
            End::Objects(_) => {
                let object = self.ends.destination_object(path);
                self.output.line(&ObjectDeletion::new(&object, status, is_marker))
            }
            End::Folder(_) => self.output.line(&FileDeletion::new(self.ends.destination.at(path), status)),
        };
    }

    fn skipped(&self, path: &str, reason: &str, is_told: bool) {
        match is_told {
            true => drop(self.output.line(&Skipped::new(self.ends.source.at(path), reason.to_owned()))),
            false => self.output.tally(|totals| totals.skipped += 1),
        }
    }

    fn failed(&mut self, path: &str, step: SyncStep, error: &ItemError) {
        self.running.remove(path);
        let place = self.place(path);
        let outcome = match error {
            ItemError::Upload(error) => Some(UploadOutcome::of(error, self.watch.ended(&place, Some(error)))),
            _ => {
                self.watch.ended(&place, None);
                None
            }
        };
        let failure = failure(error, step);
        let at = match step {
            SyncStep::Delete | SyncStep::List(Side::Destination) | SyncStep::Compare(Side::Destination) => {
                self.ends.destination.at(path)
            }
            _ => self.ends.source.at(path),
        };
        let what = match step {
            SyncStep::Delete => "was not deleted",
            SyncStep::List(_) => "could not be listed",
            SyncStep::Compare(_) => "could not be compared",
            _ => "was not transferred",
        };
        self.output.note(format_args!("{at} {what}: {failure}"));
        let _ = self.output.line(&NotSynced::new(step, at, failure, outcome));
    }

    fn downloading(&mut self, transfer: &Transfer, event: &DownloadEvent) {
        if let (DownloadEvent::PartFailed { attempt, .. }, Some(running)) =
            (event, self.running.get_mut(&transfer.source.path))
        {
            running.attempts = running.attempts.max(attempt + 1);
        }
        let object = self.ends.source_object(&transfer.source.path);
        Event::of_download(&object, event).iter().for_each(|event| self.output.event(event));
    }

    /// Where a path of the source goes, if that is an object.
    fn place(&self, path: &str) -> Place {
        let Address { bucket, rest } = self.ends.destination_object(path);
        Place { source: Some(self.ends.source.at(path)), bucket: bucket.to_string(), key: Some(rest) }
    }

    fn conclude(&self, run: &SyncRun, signal: Option<Signal>) -> Exit {
        let summary = run.summary();
        let (done, deleted) = match self.arguments.is_only_planned() {
            true => ("to transfer", "to delete"),
            false => ("transferred", "deleted"),
        };
        let sides = summary.sides;
        let (count, gone) = match self.arguments.is_only_planned() {
            true => {
                let gone = if summary.refusal.is_none() && !summary.stopped { sides.extra } else { 0 };
                (summary.planned - gone.min(summary.planned), gone)
            }
            false => (summary.transferred, summary.deleted),
        };
        let bytes = Size(self.output.totals().bytes);
        let mut rows = format!(
            "{} -> {}\n  {count} {done} ({bytes}), {} unchanged, {gone} {deleted}, {} failed",
            self.arguments.source(),
            self.arguments.destination(),
            summary.skipped,
            summary.failed
        );
        if summary.kept > 0 {
            let are = if summary.kept == 1 { "is" } else { "are" };
            rows += &format!("; {} more {are} at the destination alone (--delete removes what is)", summary.kept);
        }
        if summary.markers > 0 {
            let hidden =
                if summary.markers == 1 { "is hidden by a delete marker" } else { "are hidden by delete markers" };
            rows += &format!("; the bucket keeps versions, so {} {hidden}", summary.markers);
        }
        self.output.row(rows);
        if let Some(signal) = signal.filter(|_| !summary.is_complete()) {
            self.output.note(format_args!("interrupted; to continue: {}", typed()));
            return Exit::Signal(signal);
        }
        if summary.is_refused() {
            return Exit::Refused;
        }
        match summary.is_complete() {
            true if self.arguments.exit_code && summary.planned > 0 => Exit::Differences,
            true => Exit::Done,
            false if summary.stopped && summary.transferred + summary.deleted == 0 => Exit::Failed,
            false => Exit::SomeFailed,
        }
    }
}

fn failure(error: &ItemError, step: SyncStep) -> Failure {
    match error {
        ItemError::Upload(error) => error.into(),
        ItemError::Download(error) => error.into(),
        ItemError::Refused(_) => Failure::new(Kind::Target, sentence(error)),
        other => match (other.call(), step) {
            (Some(call), _) => call.into(),
            (None, SyncStep::Delete | SyncStep::List(Side::Destination) | SyncStep::Compare(Side::Destination)) => {
                Failure::new(Kind::Target, sentence(other))
            }
            (None, _) => Failure::new(Kind::Source, sentence(other)),
        },
    }
}
