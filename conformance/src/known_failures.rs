//! What the official Python SDK's downloader and copier are known to get wrong, beside ours under the same fault: each case
//! fails if the SDK has been mended, or if ours does the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use oss_emulator::Fault;
use ossup::{
    Client, CopyObjectRequest, CopySource, DownloadErrorKind, GetObjectRequest, GetObjectTaggingRequest,
    PutObjectRequest, Tag, Tagging, UploadErrorKind,
};
use xtask::step;

use crate::server::Server;

const SCRIPT: &str = include_str!("known_failures.py");
const BUCKET: &str = "demo";
const PART: usize = 100 * 1024;
const LEN: usize = 4 * PART + 5;

/// # Errors
/// If one of both does something else than is known.
pub(super) fn run(python: &Path) -> Result<()> {
    type Case = (&'static str, fn(&Path) -> Result<()>);
    let cases: [Case; 4] = [
        ("a failing download: the SDK destroys the file that was there; ours leaves it", failing_download),
        ("an object replaced between ranges: the SDK mixes both and says it is fine; ours fails", mixed_download),
        ("a source replaced between parts: the SDK stores a mixture; ours stores nothing", mixed_copy),
        ("a tag with a plus sign: the SDK's copy has another one; ours has the same", tags),
    ];
    for (name, case) in cases {
        case(python).context(name)?;
        println!("  ok    {name}");
    }
    Ok(())
}

/// A server with the object `film`, and a folder with a file of other content.
struct Stage {
    server: Server,
    client: Client,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Result<Self> {
        let server = Server::with(|builder| builder.bucket(BUCKET))?;
        let (client, folder) = (server.client()?, tempfile::tempdir()?);
        let stage = Self { server, client, folder };
        let tagging = Tagging::new().tag("sum", "1+1");
        let put = PutObjectRequest::new(BUCKET, "film").body(content(1)).tagging(tagging);
        stage.server.runtime.block_on(async { stage.client.put_object(put).await })?;
        Ok(stage)
    }

    /// The target of a download, which has other content before.
    fn target(&self) -> Result<PathBuf> {
        let path = self.folder.path().join("film");
        fs::write(&path, "old")?;
        Ok(path)
    }

    fn fault(&self, fault: Fault) {
        self.server.emulator.clear_faults();
        self.server.emulator.add_fault(fault);
    }

    /// What the SDK says after this transfer.
    fn sdk(&self, python: &Path, what: &str, path: &Path) -> Result<String> {
        let script = self.folder.path().join("known_failures.py");
        fs::write(&script, SCRIPT)?;
        let mut command = Command::new(python);
        command.arg(&script).arg(what).arg(PART.to_string()).arg(path).stdin(Stdio::null());
        self.server.tell(&mut command);
        Ok(step::output(&mut command)?.trim().to_owned())
    }

    /// What ours says after a download of these parts.
    fn ours(&self, request: GetObjectRequest, path: &Path) -> Result<(), ossup::DownloadError> {
        let download = self.client.downloader().download_file(request, path);
        let download = download.part_size(PART as u64).parallel_num(1).part_attempts(1_u32);
        self.server.runtime.block_on(async { download.await }).map(drop)
    }

    fn stored(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.server.emulator.content(BUCKET, key)?)
    }

    /// Another object of the same length under the same key, from the third request on.
    fn replace(&self, operation: &str) {
        self.fault(Fault::on(operation).nth(3).replace_object(BUCKET, "film", content(2)));
    }

    fn restore(&self) -> Result<()> {
        self.server.emulator.clear_faults();
        let put = PutObjectRequest::new(BUCKET, "film").body(content(1));
        self.server.runtime.block_on(async { self.client.put_object(put).await })?;
        Ok(())
    }
}

fn content(seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(|| random.u8(..)).take(LEN).collect()
}

fn is_mixture(bytes: &[u8]) -> bool {
    let (old, new) = (content(1), content(2));
    bytes != old
        && bytes != new
        && bytes.get(..PART) == old.get(..PART)
        && bytes.get(LEN - PART..) == new.get(LEN - PART..)
}

fn failing_download(python: &Path) -> Result<()> {
    let stage = Stage::new()?;
    let refuse = || Fault::on("GetObject").nth(3).always().respond(403, "AccessDenied");
    let path = stage.target()?;
    stage.fault(refuse());
    ensure!(stage.sdk(python, "download", &path)? == "DownloadError", "the SDK downloads what it may not");
    let left = fs::read(&path)?;
    ensure!(left != b"old", "the SDK keeps the old file now");
    let path = stage.target()?;
    stage.fault(refuse());
    let error = stage.ours(GetObjectRequest::new(BUCKET, "film"), &path).err().context("ours succeeded")?;
    ensure!(error.code() == Some("AccessDenied"), "{error}");
    ensure!(fs::read(&path)? == b"old", "ours lost the old file");
    Ok(())
}

fn mixed_download(python: &Path) -> Result<()> {
    let stage = Stage::new()?;
    let path = stage.target()?;
    stage.replace("GetObject");
    // Of a range the SDK compares no CRC64, so nothing notices.
    let said = stage.sdk(python, "range", &path)?;
    ensure!(said == "ok", "the SDK notices now: {said}");
    ensure!(is_mixture(&fs::read(&path)?), "the SDK wrote no mixture");
    stage.restore()?;
    // Without a range it notices at the end, and the mixture is in place.
    let path = stage.target()?;
    stage.replace("GetObject");
    ensure!(stage.sdk(python, "download", &path)? == "DownloadError", "the SDK compares no CRC64");
    ensure!(is_mixture(&fs::read(&path)?), "the SDK left no mixture");
    for request in [GetObjectRequest::new(BUCKET, "film"), GetObjectRequest::new(BUCKET, "film").range(0..)] {
        stage.restore()?;
        let path = stage.target()?;
        stage.replace("GetObject");
        let error = stage.ours(request, &path).err().context("ours succeeded")?;
        ensure!(matches!(error.kind(), DownloadErrorKind::ObjectChanged { .. }), "{error}");
        ensure!(fs::read(&path)? == b"old", "ours lost the old file");
    }
    Ok(())
}

fn mixed_copy(python: &Path) -> Result<()> {
    let stage = Stage::new()?;
    stage.replace("UploadPartCopy");
    stage.sdk(python, "copy", Path::new("-"))?;
    let copy = stage.stored("copy")?.context("the SDK made no copy")?;
    ensure!(is_mixture(&copy), "the SDK made no mixture");
    stage.restore()?;
    let put = PutObjectRequest::new(BUCKET, "copy").body("old");
    stage.server.runtime.block_on(async { stage.client.put_object(put).await })?;
    stage.replace("UploadPartCopy");
    let error = match copy_with_ours(&stage) {
        Ok(()) => bail!("ours succeeded"),
        Err(error) => error,
    };
    ensure!(matches!(error.kind(), UploadErrorKind::SourceChanged { .. }), "{error}");
    ensure!(stage.stored("copy")?.as_deref() == Some(b"old"), "ours changed the object that was there");
    ensure!(stage.server.emulator.uploads(BUCKET)?.is_empty(), "parts are left");
    Ok(())
}

fn copy_with_ours(stage: &Stage) -> Result<(), ossup::UploadError> {
    let request = CopyObjectRequest::new(BUCKET, "copy", CopySource::new(BUCKET, "film"));
    let copying = stage.client.copier().copy(request).part_size(PART as u64).multipart_copy_threshold(0_u64);
    let copying = copying.disable_shallow_copy(true).parallel_num(1);
    stage.server.runtime.block_on(async { copying.await }).map(drop)
}

fn tags(python: &Path) -> Result<()> {
    let stage = Stage::new()?;
    let tags = || -> Result<Vec<Tag>> {
        let request = GetObjectTaggingRequest::new(BUCKET, "copy");
        Ok(stage.server.runtime.block_on(async { stage.client.get_object_tagging(request).await })?.tags)
    };
    let said = stage.sdk(python, "copy", Path::new("-"))?;
    ensure!(said == "ok", "the SDK fails now: {said}");
    ensure!(tags()? == [Tag::new("sum", "1 1")], "the SDK encodes tags now: {:?}", tags()?);
    copy_with_ours(&stage)?;
    ensure!(tags()? == [Tag::new("sum", "1+1")], "ours changed the tag: {:?}", tags()?);
    Ok(())
}
