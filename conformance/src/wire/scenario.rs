//! What both clients are asked to do.

use std::path::PathBuf;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oss_emulator::Fault;

use super::application::Application;
use super::{ours, theirs};
use crate::capture::Recorder;
use crate::server::Server;
use xtask::python::Environment;

/// Bucket of every scenario.
pub(super) const BUCKET: &str = "wire-bucket";
/// Size of a part: the smallest that OSS takes.
pub(super) const PART: u64 = 100 * 1024;
/// Two whole parts and a short one.
const THREE_PARTS: usize = 2 * 100 * 1024 + 1234;

/// Scenarios in which the clients go different ways.
pub(super) const SHORT_STREAM: &str = "a few bytes of unknown length";
pub(super) const REFUSED_PART: &str = "an upload whose second part is refused";

/// One thing to do.
pub(crate) struct Scenario {
    /// As the table in `docs/` names it.
    pub(super) title: &'static str,
    act: Act,
    /// Bytes of the file to upload.
    file: usize,
    /// What the server does wrong.
    fault: Option<fn() -> Fault>,
}

/// How to do it, in either client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Act {
    UploadFile,
    UploadStream,
    /// A stream of unknown length.
    UploadPipe,
    /// An upload that the server refuses half-way.
    FailUpload,
    /// An upload with a checkpoint that another run has started.
    ResumeUpload,
    /// Every operation by itself, signed with V4.
    Operations,
    /// The same, signed with V1.
    OperationsV1,
    /// The same, by the public domain through an HTTP proxy.
    OperationsByDomain,
}

/// Every scenario.
pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario { title: "a file smaller than a part", act: Act::UploadFile, file: 1234, fault: None },
    Scenario { title: "a file of three parts", act: Act::UploadFile, file: THREE_PARTS, fault: None },
    Scenario { title: "a stream of three parts", act: Act::UploadStream, file: THREE_PARTS, fault: None },
    Scenario { title: "three parts of unknown length", act: Act::UploadPipe, file: THREE_PARTS, fault: None },
    Scenario { title: SHORT_STREAM, act: Act::UploadPipe, file: 1234, fault: None },
    Scenario {
        title: REFUSED_PART,
        act: Act::FailUpload,
        file: THREE_PARTS,
        fault: Some(|| Fault::on("UploadPart").part(2).respond(403, "AccessDenied").always()),
    },
    Scenario {
        title: "an upload resumed after two of three parts",
        act: Act::ResumeUpload,
        file: THREE_PARTS,
        fault: None,
    },
    Scenario { title: "every operation, signed with V4", act: Act::Operations, file: 1, fault: None },
    Scenario { title: "every operation, signed with V1", act: Act::OperationsV1, file: 1, fault: None },
    Scenario {
        title: "every operation, by the domain through a proxy",
        act: Act::OperationsByDomain,
        file: 1,
        fault: None,
    },
];

impl Scenario {
    /// Has the official SDK do it.
    ///
    /// # Errors
    /// If the SDK does not come to the end.
    pub(super) fn play_theirs(&self, environment: &Environment, scene: &Scene) -> Result<()> {
        let function = match self.act {
            Act::UploadFile => "upload_file",
            Act::UploadStream => "upload_stream",
            Act::UploadPipe => "upload_pipe",
            Act::FailUpload => "fail_upload",
            Act::ResumeUpload => {
                theirs::play(environment, "interrupt_upload", scene)?;
                scene.recorder.take();
                "resume_upload"
            }
            Act::Operations => "operations",
            Act::OperationsV1 => "operations_v1",
            Act::OperationsByDomain => "operations_by_domain",
        };
        theirs::play(environment, function, scene)
    }

    /// Has our client do it.
    ///
    /// # Errors
    /// If our client does not come to the end.
    pub(super) fn play_ours(&self, scene: &Scene) -> Result<()> {
        scene.server.runtime.block_on(ours::play(self.act, scene))
    }
}

/// A server, a recorder in front of it, and what a scenario needs beside them. Everything vanishes with this value.
pub(super) struct Scene {
    pub(super) recorder: Recorder,
    pub(super) server: Server,
    /// The file to upload.
    pub(super) file: PathBuf,
    /// Where checkpoints go.
    pub(super) checkpoints: PathBuf,
    /// URL of the application server for callbacks.
    pub(super) application: String,
    _folder: tempfile::TempDir,
}

impl Scene {
    /// Sets the scene.
    ///
    /// # Errors
    /// If there is no port or no room on the disk.
    pub(super) fn set(scenario: &Scenario, application: &Application) -> Result<Self> {
        let server = Server::with(|builder| {
            let builder = builder.bucket(BUCKET);
            scenario.fault.map(|fault| fault()).into_iter().fold(builder, |builder, fault| builder.fault(fault))
        })?;
        let address = server.address()?;
        let recorder = server.runtime.block_on(Recorder::start(address))?;
        let folder = tempfile::Builder::new().prefix("ossup-wire-").tempdir()?;
        let file = folder.path().join("upload.txt");
        let content: Vec<u8> =
            (0..scenario.file).map(|n| b"0123456789abcdef\n".get(n % 17).copied().unwrap_or(b' ')).collect();
        std::fs::write(&file, content).context("writing the file to upload")?;
        let checkpoints = folder.path().join("checkpoints");
        std::fs::create_dir(&checkpoints)?;
        Ok(Self { recorder, server, file, checkpoints, application: application.url(), _folder: folder })
    }

    /// Base64 of the callback and its variables.
    pub(super) fn callback(&self) -> (String, String) {
        let callback = serde_json::json!({
            "callbackUrl": self.application,
            "callbackBody": "bucket=${bucket}&object=${object}&mine=${x:mine}",
        });
        (STANDARD.encode(callback.to_string()), STANDARD.encode(r#"{"x:mine":"yes"}"#))
    }
}
