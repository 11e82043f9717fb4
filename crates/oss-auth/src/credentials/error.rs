//! Why there are no credentials.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use http::StatusCode;

/// Where credentials come from.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SourceKind {
    /// Given by the program.
    Static,
    /// `OSS_ACCESS_KEY_ID` and so on.
    OssEnvironment,
    /// `ALIBABA_CLOUD_ACCESS_KEY_ID` and so on.
    AlibabaCloudEnvironment,
    /// `~/.aliyun/config.json`.
    CliProfile,
    /// `~/.alibabacloud/credentials`.
    IniProfile,
    /// `~/.ossutilconfig`.
    OssutilConfig,
    /// The output of a command.
    Process,
    /// The metadata service of an ECS instance.
    EcsRamRole,
    /// STS AssumeRole.
    AssumeRole,
    /// STS AssumeRoleWithOIDC.
    AssumeRoleWithOidc,
    /// A URL that returns credentials.
    Uri,
    /// Several sources, one after another.
    Chain,
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Static => "static credentials",
            Self::OssEnvironment => "environment OSS_*",
            Self::AlibabaCloudEnvironment => "environment ALIBABA_CLOUD_*",
            Self::CliProfile => "CLI profile",
            Self::IniProfile => "ini profile",
            Self::OssutilConfig => "ossutil configuration",
            Self::Process => "process",
            Self::EcsRamRole => "ECS RAM role",
            Self::AssumeRole => "AssumeRole",
            Self::AssumeRoleWithOidc => "AssumeRoleWithOIDC",
            Self::Uri => "credentials URI",
            Self::Chain => "credentials chain",
        })
    }
}

/// Why a source has no credentials. Never contains what a file, a process or a server said beyond error codes.
#[derive(Debug)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The source is not set up here: nothing is wrong with it.
    NotConfigured {
        /// The source.
        kind: SourceKind,
        /// What would have to be there.
        missing: String,
    },
    /// The source is set up, but wrongly.
    Invalid {
        /// The source.
        kind: SourceKind,
        /// What is wrong; names of fields, never values of secrets.
        problem: String,
    },
    /// A file could not be read.
    File {
        /// The source.
        kind: SourceKind,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A command could not be run, or ended badly.
    Process {
        /// What happened; neither arguments nor output.
        problem: String,
        /// Why, if the operating system said so.
        source: Option<io::Error>,
    },
    /// A remote source could not be reached.
    NoResponse {
        /// The source.
        kind: SourceKind,
        /// Who was asked.
        host: String,
        /// Why not.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A remote source said no.
    Refused {
        /// The source.
        kind: SourceKind,
        /// HTTP status.
        status: StatusCode,
        /// The service's error code.
        code: Option<String>,
        /// The message of STS, shortened; left out if it could repeat a secret.
        message: Option<String>,
        /// The service's request id.
        request_id: Option<String>,
    },
    /// A remote source gave a response that holds no credentials.
    Response {
        /// The source.
        kind: SourceKind,
        /// What is wrong with it; not what it says.
        problem: String,
    },
    /// A source gave credentials that have expired already.
    Expired {
        /// The source.
        kind: SourceKind,
    },
    /// No source of a chain has credentials.
    Chain(ChainReport),
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConfigured { kind, missing } => write!(f, "{kind}: {missing}"),
            Self::Invalid { kind, problem } => write!(f, "{kind}: {problem}"),
            Self::File { kind, path, .. } => write!(f, "{kind}: could not read {}", path.display()),
            Self::Process { problem, .. } => write!(f, "process: {problem}"),
            Self::NoResponse { kind, host, .. } => write!(f, "{kind}: no response from {host}"),
            Self::Refused { kind, status, code, message, request_id } => {
                write!(f, "{kind}: refused with {status}{}", details(code, message, request_id))
            }
            Self::Response { kind, problem } => write!(f, "{kind}: {problem}"),
            Self::Expired { kind } => write!(f, "{kind}: the credentials have expired already"),
            Self::Chain(report) => write!(f, "no source has credentials: {report}"),
        }
    }
}

impl Error for CredentialsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            Self::Process { source, .. } => source.as_ref().map(|source| source as _),
            Self::NoResponse { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}

fn details(code: &Option<String>, message: &Option<String>, request_id: &Option<String>) -> String {
    let mut text = String::new();
    for (before, part, after) in [(" ", code, ""), (": ", message, ""), (" (request id ", request_id, ")")] {
        if let Some(part) = part {
            text.push_str(before);
            text.push_str(part);
            text.push_str(after);
        }
    }
    text
}

/// What each source of a chain said, in the order they were asked.
#[derive(Clone, Debug, Default)]
pub struct ChainReport(Vec<ChainEntry>);

/// What one source of a chain said.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChainEntry {
    /// The source.
    pub kind: SourceKind,
    /// Why it had no credentials; `None` for the one that had.
    pub error: Option<Arc<CredentialsError>>,
}

impl ChainReport {
    /// What each source said.
    #[must_use]
    pub fn entries(&self) -> &[ChainEntry] {
        &self.0
    }

    pub(super) fn push(&mut self, kind: SourceKind, error: Option<Arc<CredentialsError>>) {
        self.0.push(ChainEntry { kind, error });
    }
}

impl fmt::Display for ChainReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, entry) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            match &entry.error {
                Some(error) => write_with_causes(f, error.as_ref())?,
                None => write!(f, "{}: found", entry.kind)?,
            }
        }
        Ok(())
    }
}

/// A report has one `source()` for many errors, so it writes their causes itself.
fn write_with_causes(f: &mut fmt::Formatter<'_>, error: &dyn Error) -> fmt::Result {
    write!(f, "{error}")?;
    match error.source() {
        Some(cause) => {
            f.write_str(": ")?;
            write_with_causes(f, cause)
        }
        None => Ok(()),
    }
}
