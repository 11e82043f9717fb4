//! Log records on their way from the runtime to Python's `logging`.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};

use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Records that no thread has fetched yet.
static RECORDS: Mutex<VecDeque<LogRecord>> = Mutex::new(VecDeque::new());
static LEVEL: AtomicU8 = AtomicU8::new(30);
static WAITING: AtomicU64 = AtomicU64::new(0);

struct LogRecord {
    level: u8,
    target: &'static str,
    text: String,
}

/// Keeps events for the next thread that waits; spans are not kept.
struct Queue;

impl Subscriber for Queue {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && number(*metadata.level()) >= LEVEL.load(Ordering::Relaxed)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(match LEVEL.load(Ordering::Relaxed) {
            0..=9 => LevelFilter::TRACE,
            10..=19 => LevelFilter::DEBUG,
            20..=29 => LevelFilter::INFO,
            30..=39 => LevelFilter::WARN,
            40..=49 => LevelFilter::ERROR,
            _ => LevelFilter::OFF,
        })
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        let record = LogRecord { level: number(*metadata.level()), target: metadata.target(), text: text.finish() };
        let mut records = RECORDS.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() < MOST_WAITING {
            records.push_back(record);
            WAITING.fetch_add(1, Ordering::Release);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The message of an event and its fields, on one line.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn finish(self) -> String {
        self.message + &self.fields
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing to a string cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

/// Keeps records of this level and above, by Python's numbers, from the first call on. Not before: the command line has a log
/// of its own.
#[pyfunction]
pub(crate) fn set_log_level(level: u8) {
    static INSTALLED: Once = Once::new();
    // Without effect if something else of this process listens already.
    INSTALLED.call_once(|| drop(tracing::subscriber::set_global_default(Queue)));
    if LEVEL.swap(level, Ordering::Relaxed) != level {
        tracing::callsite::rebuild_interest_cache();
    }
}

/// Hands waiting records to `logging`. A handler that raises is its own affair, as everywhere in `logging`.
pub(crate) fn drain(py: Python<'_>) {
    if WAITING.swap(0, Ordering::Acquire) == 0 {
        return;
    }
    let records = std::mem::take(&mut *RECORDS.lock().unwrap_or_else(PoisonError::into_inner));
    let Ok(emit) = py.import("ossup._log").and_then(|module| module.getattr("emit")) else { return };
    for LogRecord { level, target, text } in records {
        let _ = emit.call1((level, target, text));
    }
}

fn number(level: Level) -> u8 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}

/// A program that never waits again must not gather records for ever.
const MOST_WAITING: usize = 1_000;
