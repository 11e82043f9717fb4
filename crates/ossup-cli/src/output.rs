//! Everything that is printed: rows for people or lines of JSON (schema 1) on standard output, notes on standard error.
//!
//! A command hands over [`Line`]s and never prints by itself, so each line is written once for both readers and the
//! summary is the last line in every ending.

mod copy;
mod download;
mod event;
mod requests;
mod upload;

pub(crate) use copy::{Planned, Removed};
pub(crate) use download::{Downloaded, NotDownloaded};
pub(crate) use event::Event;
pub(crate) use requests::Requests;
pub(crate) use upload::{Instead, NotUploaded, Observed, Place, Skipped, UploadOutcome, Uploaded};

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::MultiProgress;
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::{Failure, Kind};
use crate::report::Destination;
use crate::signals::Signal;
use crate::streams::{standard_error, standard_output};

/// The version of the lines' shape.
const SCHEMA: u8 = 1;

/// One thing to report: a line of JSON and, for people, rows.
pub(crate) trait Line: Serialize {
    /// Whether people read it with `--quiet` too: it is what was asked for, and not a report of what was done.
    fn is_result(&self) -> bool {
        false
    }

    /// What people read, without a line feed at its end; `None` if they need not.
    fn text(&self) -> Option<String>;
    /// Adds itself to the summary.
    fn count(&self, totals: &mut Totals);
}

/// What the summary adds up.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Totals {
    pub(crate) done: u64,
    pub(crate) skipped: u64,
    pub(crate) failed: u64,
    /// Objects, versions or uploads that were removed; they are in `done` too.
    pub(crate) deleted: u64,
    /// What a dry run would do.
    pub(crate) planned: u64,
    /// Bytes of what is done.
    pub(crate) bytes: u64,
}

/// How a command prints.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Style {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    /// Whether a log on standard error has the warnings already.
    pub(crate) logged: bool,
}

/// The last line.
#[derive(Serialize)]
struct Summary {
    op: &'static str,
    command: &'static str,
    #[serde(flatten)]
    totals: Totals,
    requests: requests::Counts,
    ms: u64,
    exit: u8,
}

/// A failure that belongs to no item.
#[derive(Serialize)]
struct Failed<'a> {
    op: &'static str,
    status: &'static str,
    error: &'a Failure,
}

/// A line with the version of its shape, if it is the first one.
#[derive(Serialize)]
struct Versioned<'a, L> {
    #[serde(skip_serializing_if = "Option::is_none")]
    v: Option<u8>,
    #[serde(flatten)]
    line: &'a L,
}

/// Where a command prints. Cheap to clone; clones print to the same place.
#[derive(Clone)]
pub(crate) struct Output(Arc<Shared>);

struct Shared {
    command: &'static str,
    style: Style,
    started: Instant,
    requests: Arc<Requests>,
    /// The bars on standard error; lines are printed above them.
    bars: MultiProgress,
    state: Mutex<State>,
}

struct State {
    out: File,
    has_schema: bool,
    /// Where a line for each item goes too, whatever is printed.
    report: Option<Report>,
    /// A complete report that has to be uploaded.
    finished_report: Option<(Destination, PathBuf)>,
    /// Warnings of the upload manager, logged a moment ago, that also come as events, which say of which upload.
    logged: Vec<(Instant, String)>,
    totals: Totals,
    /// Whether something that was asked for, and not a report of what was done, could not be written.
    is_result_lost: bool,
    /// Why nothing more is written.
    closed: Option<Closed>,
}

/// A file with a line for each item, as `--json` prints them.
struct Report {
    file: io::BufWriter<File>,
    path: PathBuf,
    /// The object that it becomes.
    destination: Option<Destination>,
    has_schema: bool,
    failed: Option<io::Error>,
}

impl Report {
    fn write(&mut self, line: &impl Serialize) {
        let v = (!std::mem::replace(&mut self.has_schema, true)).then_some(SCHEMA);
        let text = serde_json::to_string(&Versioned { v, line }).unwrap_or_default();
        if self.failed.is_none() {
            self.failed = writeln!(self.file, "{text}").err();
        }
    }
}

enum Closed {
    /// The reader is gone, as behind `head`.
    ReaderGone,
    Failed(io::Error),
}

impl Output {
    /// The output of one run of `command`. Reports go to standard error where standard output is for content.
    ///
    /// # Errors
    /// There is no standard output.
    pub(crate) fn new(command: &'static str, style: Style, is_content_on_stdout: bool) -> io::Result<Self> {
        let out = if is_content_on_stdout { standard_error()? } else { standard_output()? };
        Ok(Self(Arc::new(Shared {
            command,
            style,
            started: Instant::now(),
            requests: Arc::default(),
            bars: MultiProgress::new(),
            state: Mutex::new(State {
                out,
                has_schema: false,
                report: None,
                finished_report: None,
                logged: Vec::new(),
                totals: Totals::default(),
                is_result_lost: false,
                closed: None,
            }),
        })))
    }

    /// Writes a line for each item, and the summary, to this file too.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn report_to(
        &self,
        path: &Path,
        options: &OpenOptions,
        destination: Option<Destination>,
    ) -> Result<(), Failure> {
        let file = options.open(path).map_err(|error| {
            Failure::new(Kind::Target, format!("the report {} cannot be written: {error}", path.display()))
        })?;
        let (file, path) = (io::BufWriter::new(file), path.to_owned());
        self.state().report = Some(Report { file, path, destination, has_schema: false, failed: None });
        Ok(())
    }

    /// The counter of requests for the summary.
    pub(crate) fn requests(&self) -> Arc<Requests> {
        self.0.requests.clone()
    }

    /// The bars on standard error.
    pub(crate) fn bars(&self) -> &MultiProgress {
        &self.0.bars
    }

    /// What the summary would say now.
    pub(crate) fn totals(&self) -> Totals {
        self.state().totals
    }

    /// Adds something to the summary that has no line.
    pub(crate) fn tally(&self, add: impl FnOnce(&mut Totals)) {
        add(&mut self.state().totals);
    }

    /// Whether lines of JSON are printed.
    pub(crate) fn is_json(&self) -> bool {
        self.0.style.json
    }

    /// Whether a bar may be shown.
    pub(crate) fn may_show_bars(&self) -> bool {
        !self.0.style.json && !self.0.style.quiet
    }

    /// Prints a line. `Break` means that no further line will be read.
    pub(crate) fn line<L: Line>(&self, line: &L) -> ControlFlow<()> {
        self.lines(std::slice::from_ref(line))
    }

    /// Prints lines with one write.
    pub(crate) fn lines<L: Line>(&self, lines: &[L]) -> ControlFlow<()> {
        for line in lines {
            let mut state = self.state();
            line.count(&mut state.totals);
            state.report.iter_mut().for_each(|report| report.write(line));
        }
        let style = self.0.style;
        let mut text = String::new();
        for line in lines {
            let line = match style.json {
                true => self.json(line),
                false => line.text().filter(|_| line.is_result() || !style.quiet),
            };
            if let Some(line) = line {
                text += &line;
                text.push('\n');
            }
        }
        self.write_result(text.as_bytes(), lines.iter().any(L::is_result))
    }

    /// Prints rows for people alone: what JSON has in its summary.
    pub(crate) fn row(&self, rows: impl Display) {
        if !self.0.style.json && !self.0.style.quiet {
            let _ = self.write(format!("{rows}\n").as_bytes());
        }
    }

    /// Prints text for programs as it is, also with `--quiet`; counts the lines whose text it is.
    pub(crate) fn raw<L: Line>(&self, lines: &[L], text: &str) -> ControlFlow<()> {
        for line in lines {
            line.count(&mut self.state().totals);
        }
        self.write_result(text.as_bytes(), true)
    }

    /// Reports an event: a line on standard error, and one of JSON.
    pub(crate) fn event(&self, event: &Event) {
        self.state().logged.retain(|(_, text)| !event.is_warning_with(text));
        if !self.0.style.logged && !self.0.style.quiet {
            event.note().iter().for_each(|note| self.note(note));
        }
        if self.0.style.json {
            self.write_json(event);
        }
    }

    /// Warns of something.
    pub(crate) fn warn(&self, message: String) {
        self.event(&Event::warning(None, message));
    }

    /// A warning that the library logged. The upload manager hands the same on as an event of the upload, so those wait
    /// for a moment.
    pub(crate) fn logged_warning(&self, text: String, may_be_an_event: bool) {
        if may_be_an_event {
            self.state().logged.push((Instant::now(), text));
        } else {
            self.event(&Event::warning(None, text));
        }
    }

    /// Reports the logged warnings that did not come as an event within this time.
    pub(crate) fn flush_warnings(&self, waited: Duration) {
        let due = |(at, _): &mut (Instant, String)| at.elapsed() >= waited;
        let due: Vec<_> = self.state().logged.extract_if(.., due).collect();
        due.into_iter().for_each(|(_, text)| self.event(&Event::warning(None, text)));
    }

    /// A line on standard error for people, who did not ask for quiet.
    pub(crate) fn hint(&self, line: impl Display) {
        if self.may_show_bars() {
            self.note(line);
        }
    }

    /// A line of JSON on standard error.
    pub(crate) fn progress(&self, line: impl Serialize) {
        let text = serde_json::to_string(&line).unwrap_or_default();
        // There is nowhere else to say that it failed.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Ends the program at once, with the bars gone and the summary printed.
    pub(crate) fn end_at_once(&self, signal: Signal) -> ! {
        let _ = self.0.bars.clear();
        std::process::exit(self.finish(Exit::Signal(signal)).code().into())
    }

    /// A line on standard error, under the command's name.
    pub(crate) fn note(&self, line: impl Display) {
        self.0.bars.suspend(|| note(line));
    }

    /// The end of a command that failed as a whole.
    pub(crate) fn failed(&self, error: &Failure) -> Exit {
        self.note(error);
        if self.0.style.json {
            self.write_json(&Failed { op: "error", status: "failed", error });
        }
        error.exit()
    }

    /// Prints the summary and says how the program ends.
    pub(crate) fn finish(&self, exit: Exit) -> Exit {
        self.flush_warnings(Duration::ZERO);
        // A list, a hash or a URL that could not be written is not there; an object is, whatever became of its line.
        let exit = match self.state() {
            state if state.is_result_lost && exit == Exit::Done && matches!(state.closed, Some(Closed::Failed(_))) => {
                Exit::Failed
            }
            _ => exit,
        };
        let summary = Summary {
            op: "summary",
            command: self.0.command,
            totals: self.totals(),
            requests: self.0.requests.counts(),
            ms: u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            exit: exit.code(),
        };
        if self.0.style.json {
            self.write_json(&summary);
        }
        let report = self.state().report.take();
        if let Some(mut report) = report {
            report.write(&summary);
            if let Some(error) = report.failed.take().or_else(|| report.file.flush().err()) {
                self.note(format_args!("the report {} could not be written: {error}", report.path.display()));
            } else if let Some(destination) = report.destination.take() {
                self.state().finished_report = Some((destination, report.path));
            }
        }
        // What was transferred is stored; a report that cannot be written is no reason to transfer it again.
        if let Some(Closed::Failed(error)) = &self.state().closed {
            let done = if exit == Exit::Done { "everything is done, but " } else { "" };
            self.note(format_args!("{done}standard output could not be written: {error}"));
        }
        exit
    }

    /// The complete report, if it is to be uploaded.
    pub(crate) fn finished_report(&self) -> Option<(Destination, PathBuf)> {
        self.state().finished_report.take()
    }

    fn write_json(&self, line: &impl Serialize) {
        if let Some(line) = self.json(line) {
            let _ = self.write(format!("{line}\n").as_bytes());
        }
    }

    fn json(&self, line: &impl Serialize) -> Option<String> {
        let v = (!std::mem::replace(&mut self.state().has_schema, true)).then_some(SCHEMA);
        match serde_json::to_string(&Versioned { v, line }) {
            Ok(text) => Some(text),
            // None of our lines has a map with keys that are not text.
            Err(error) => {
                self.note(error);
                None
            }
        }
    }

    /// Writes text, which may be the very thing that was asked for.
    fn write_result(&self, text: &[u8], is_result: bool) -> ControlFlow<()> {
        let written = self.write(text);
        self.state().is_result_lost |= is_result && written.is_break();
        written
    }

    fn write(&self, text: &[u8]) -> ControlFlow<()> {
        let mut state = self.state();
        if state.closed.is_some() {
            return ControlFlow::Break(());
        }
        if text.is_empty() {
            return ControlFlow::Continue(());
        }
        match self.0.bars.suspend(|| state.out.write_all(text)) {
            Ok(()) => return ControlFlow::Continue(()),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => state.closed = Some(Closed::ReaderGone),
            Err(error) => state.closed = Some(Closed::Failed(error)),
        }
        ControlFlow::Break(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A line on standard error, under the command's name.
pub(crate) fn note(line: impl Display) {
    // There is nowhere else to say that it failed.
    let _ = writeln!(io::stderr().lock(), "ossup: {line}");
}
