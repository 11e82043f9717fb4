//! What the library logs: its warnings always, everything else if asked for.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, fmt as log};

use crate::failure::{Failure, Kind};
use crate::global::LogLevel;
use crate::output::Output;

/// Asks for a log on standard error: `debug`, or a filter for each module.
pub(crate) const VARIABLE: &str = "OSSUP_LOG";

/// Sets up the log, and hands warnings to the output. A level that is typed comes before the variable; a file without a
/// level means `info`.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn init(output: &Output, level: Option<LogLevel>, file: Option<&Path>) -> Result<(), Failure> {
    let file = file.map(open).transpose()?;
    let log = is_on(level, file.is_some()).then(|| {
        let is_to_terminal = file.is_none() && io::stderr().is_terminal();
        let writer: BoxMakeWriter = match &file {
            Some(file) => BoxMakeWriter::new(file.clone()),
            None => BoxMakeWriter::new(io::stderr),
        };
        log::layer()
            .with_ansi(is_to_terminal && !no_color())
            // Otherwise a failed write is reported on the same standard error, which panics.
            .log_internal_errors(false)
            .with_writer(writer)
            .with_filter(match level {
                Some(LogLevel::Info) => EnvFilter::new("info"),
                Some(LogLevel::Debug) => EnvFilter::new("debug"),
                Some(LogLevel::Off) => EnvFilter::new("off"),
                None => {
                    let usual = if file.is_some() { "info" } else { "off" };
                    EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new(usual))
                }
            })
    });
    let warnings = Warnings { output: output.clone() }.with_filter(LevelFilter::WARN);
    tracing_subscriber::registry().with(log).with(warnings).init();
    Ok(())
}

/// Appends to a log that only its owner may read.
fn open(path: &Path) -> Result<Arc<File>, Failure> {
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let unwritable =
        |error| Failure::new(Kind::Target, format!("the log {} cannot be written: {error}", path.display()));
    options.open(path).map(Arc::new).map_err(unwritable)
}

/// Whether a log was asked for.
pub(crate) fn is_on(level: Option<LogLevel>, has_file: bool) -> bool {
    match level {
        Some(level) => level != LogLevel::Off,
        None => has_file || std::env::var_os(VARIABLE).is_some_and(|value| !value.is_empty()),
    }
}

/// Whether the user disabled colours everywhere: <https://no-color.org>.
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// Hands the library's warnings on.
struct Warnings {
    output: Output,
}

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() > Level::WARN {
            return;
        }
        let mut text = Text::default();
        event.record(&mut text);
        let may_be_an_event = MANAGERS.iter().any(|manager| event.metadata().target().starts_with(manager));
        self.output.logged_warning(text.finish(), may_be_an_event);
    }
}

/// Where warnings are logged that are events of a transfer too.
const MANAGERS: [&str; 3] = ["oss_transfer", "oss_uploader", "oss_downloader"];

/// The message of an event, and its fields in brackets.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn finish(self) -> String {
        if self.fields.is_empty() { self.message } else { format!("{} [{}]", self.message, self.fields) }
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let comma = if self.fields.is_empty() { "" } else { ", " };
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, "{comma}{name} {value:?}"),
        };
    }
}
