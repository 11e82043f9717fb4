//! Why a command, or one item of it, did not do what was asked: for people one line, for programs an object.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::Path;

use ossup::directory::{DirectoryError, FileError};
use ossup::{
    CallError, CallErrorKind, ConfigError, DownloadError, DownloadErrorKind, InvalidRequest, RetryClass, SourceError,
    Stage, Stored, UploadError, UploadErrorKind,
};
use serde::Serialize;

use crate::arguments;
use crate::exit::Exit;
use crate::hint::next_step;

/// What went wrong, in the words of schema 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The command line is wrong.
    Usage,
    /// The configuration or the environment cannot be used.
    Config,
    /// No usable credentials.
    Credentials,
    /// A local file or stream could not be read, or changed meanwhile.
    Source,
    /// A local file or stream could not be written.
    Target,
    /// The record of an unfinished upload or download could not be used.
    Checkpoint,
    /// The service was not reached, or the connection broke.
    Network,
    /// The service refused.
    Service,
    /// The response could not be understood.
    Response,
    /// The content of an object is not what was sent, or could not be verified as required.
    Verification,
    /// A safety rule forbids it; nothing was deleted.
    Refused,
    /// Ended by a signal.
    Interrupted,
    /// Anything else.
    Other,
}

/// The member `error` of a line.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) code: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) request_id: Option<String>,
    pub(crate) ec: Option<String>,
    /// Whether the same command may succeed later without any change.
    pub(crate) retryable: bool,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, code: None, status: None, request_id: None, ec: None, retryable: false, message }
    }

    /// The command line is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A safety rule forbids it.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    /// A local file that could not be read.
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::new(Kind::Source, format!("cannot read {}: {error}", path.display()))
    }

    /// Adds the command that resumes, or starts over.
    #[must_use]
    pub(crate) fn and_how_to_resume(mut self, resumable: bool) -> Self {
        let what = if resumable { "to resume" } else { "to start over" };
        self.message = format!("{}; {what}: {}", self.message, arguments::typed());
        self
    }

    /// The exit code of a command that ends with this.
    pub(crate) fn exit(&self) -> Exit {
        match self.kind {
            Kind::Usage => Exit::Usage,
            Kind::Refused => Exit::Refused,
            _ => Exit::Failed,
        }
    }

    /// Of an object that is copied onto itself, and is there in any case.
    pub(crate) fn of_change(error: &UploadError) -> Self {
        Self::of_upload(error, "whether it was changed is unknown", "it is as it was")
    }

    /// With what is said where it is unknown whether the object is stored, and where it is not.
    fn of_upload(error: &UploadError, unknown: &str, not_stored: &str) -> Self {
        let mut message = sentence(error);
        let is_of_command_line = matches!(error.kind(), UploadErrorKind::Option(_) | UploadErrorKind::Request(_));
        // That it is stored the error says itself.
        match error.stored() {
            Stored::Unknown => message = format!("{message}; {unknown}"),
            Stored::No if !is_of_command_line => message = format!("{message}; {not_stored}"),
            _ => {}
        }
        if let Some(call) = error.call() {
            return Self::of_call(call, message);
        }
        let kind = match error.kind() {
            UploadErrorKind::Option(_) | UploadErrorKind::Request(_) => Kind::Usage,
            // The stream turned out longer than these options allow.
            UploadErrorKind::ByteBudget { .. } if error.stage() == Stage::Options => Kind::Usage,
            UploadErrorKind::ByteBudget { .. } | UploadErrorKind::Source(_) => Kind::Source,
            UploadErrorKind::Checkpoint(_) => Kind::Checkpoint,
            UploadErrorKind::Corrupt { .. } | UploadErrorKind::Unverified | UploadErrorKind::NotStored { .. } => {
                Kind::Verification
            }
            UploadErrorKind::Cancelled => Kind::Interrupted,
            _ => Kind::Other,
        };
        let retryable = match error.kind() {
            UploadErrorKind::Cancelled => true,
            UploadErrorKind::Source(error) => matches!(error, SourceError::Read { .. }),
            _ => false,
        };
        Self { retryable, ..Self::new(kind, message) }
    }

    fn of_call(error: &CallError, message: String) -> Self {
        let kind = match error.kind() {
            CallErrorKind::Invalid(_) => Kind::Usage,
            CallErrorKind::Credentials(_) => Kind::Credentials,
            CallErrorKind::Body(_) => Kind::Source,
            CallErrorKind::Corrupt { .. } => Kind::Verification,
            CallErrorKind::InvalidResponse { .. } => Kind::Response,
            CallErrorKind::Service(_) => Kind::Service,
            CallErrorKind::Cancelled => Kind::Interrupted,
            _ => Kind::Network,
        };
        let text = |text: &String| (!text.is_empty()).then(|| text.clone());
        let message = match next_step(error) {
            Some(step) => format!("{message}; {step}"),
            None => message,
        };
        Self {
            code: error.code().map(str::to_owned),
            status: error.status().map(|status| status.as_u16()),
            request_id: error.service().and_then(|refusal| text(&refusal.request_id)),
            ec: error.service().and_then(|refusal| text(&refusal.ec)),
            retryable: error.retry_class() != RetryClass::Never,
            ..Self::new(kind, message)
        }
    }
}

impl From<&UploadError> for Failure {
    fn from(error: &UploadError) -> Self {
        Self::of_upload(error, "whether the object is stored is unknown", "the object is not stored")
    }
}

impl From<&DownloadError> for Failure {
    fn from(error: &DownloadError) -> Self {
        let message = sentence(error);
        if let Some(call) = error.call() {
            return Self::of_call(call, message);
        }
        let kind = match error.kind() {
            DownloadErrorKind::Option(_) | DownloadErrorKind::Request(_) => Kind::Usage,
            DownloadErrorKind::Target(_) => Kind::Target,
            DownloadErrorKind::Checkpoint(_) => Kind::Checkpoint,
            DownloadErrorKind::RangeIgnored | DownloadErrorKind::InvalidResponse { .. } => Kind::Response,
            DownloadErrorKind::ObjectChanged { .. }
            | DownloadErrorKind::Corrupt { .. }
            | DownloadErrorKind::Unverified => Kind::Verification,
            DownloadErrorKind::Cancelled => Kind::Interrupted,
            _ => Kind::Other,
        };
        let retryable = matches!(error.kind(), DownloadErrorKind::Cancelled | DownloadErrorKind::ObjectChanged { .. });
        Self { retryable, ..Self::new(kind, message) }
    }
}

impl From<&CallError> for Failure {
    fn from(error: &CallError) -> Self {
        Self::of_call(error, sentence(error))
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::from(&error)
    }
}

impl From<&FileError> for Failure {
    fn from(error: &FileError) -> Self {
        match error {
            FileError::Upload(error) => error.into(),
            FileError::Panicked => Self::new(Kind::Other, sentence(error)),
            _ => Self::new(Kind::Source, sentence(error)),
        }
    }
}

impl From<DirectoryError> for Failure {
    fn from(error: DirectoryError) -> Self {
        let kind = if matches!(error, DirectoryError::Filter(_)) { Kind::Usage } else { Kind::Source };
        Self::new(kind, sentence(&error))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let kind = match error {
            ConfigError::NoCredentials | ConfigError::Credentials(_) => Kind::Credentials,
            _ => Kind::Config,
        };
        let option = match error {
            ConfigError::NoEndpoint => " (give --region or --endpoint)",
            ConfigError::Missing { .. } => ", which this endpoint does not name (give --region)",
            _ => "",
        };
        Self::new(kind, sentence(&error) + option)
    }
}

impl From<InvalidRequest> for Failure {
    fn from(error: InvalidRequest) -> Self {
        Self::usage(sentence(&error))
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Kind::Other, sentence(error.as_ref()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// An error with its causes, each once, on one line.
pub(crate) fn sentence(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
