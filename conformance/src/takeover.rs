//! An upload in which the official Python SDK was killed, finished by ours from the record that it left.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use oss_emulator::Fault;
use ossup::{PutObjectRequest, Upload};

use crate::server::Server;

const SCRIPT: &str = include_str!("takeover.py");
const BUCKET: &str = "demo";
const PART: usize = 100 * 1024;
const PARTS: usize = 12;
/// The part that the SDK waits for when it is killed.
const HELD_UP: u16 = 3;
const PATIENCE: Duration = Duration::from_secs(60);

/// Both ways of writing the folder, which the SDK takes for different folders.
pub(super) fn run(python: &Path) -> Result<()> {
    for (number, slash) in [true, false].into_iter().enumerate() {
        takeover(python, number, slash).with_context(|| format!("with a slash at the end of the folder: {slash}"))?;
    }
    println!("takeover: what the SDK had stored was not sent again");
    Ok(())
}

fn takeover(python: &Path, number: usize, slash: bool) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let records = folder.path().join("records");
    fs::create_dir(&records)?;
    let content: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(PART * PARTS - 5).collect();
    let file = folder.path().join("film ä.bin");
    fs::write(&file, &content)?;
    let given = if slash { records.join("") } else { records.clone() };
    let key = format!("dir/film ä {number}");

    let server = Server::with(|builder| builder.bucket(BUCKET))?;
    let emulator = &server.emulator;
    killed_half_way(python, &server, &[file.as_os_str(), key.as_ref(), given.as_os_str()])?;
    // Without the slash, the SDK files its records in the parent.
    let record = only_record(if slash { &records } else { folder.path() })?;
    let upload_id = &emulator.uploads(BUCKET)?.first().context("no upload is left")?.upload_id.clone();

    let client = server.client()?;
    let upload = || -> Upload {
        let upload = client.uploader().upload_file(PutObjectRequest::new(BUCKET, &key), &file);
        upload.enable_checkpoint(true).checkpoint_dir(&given).part_attempts(1_u32)
    };

    emulator.clear_faults();
    emulator.add_fault(Fault::on("UploadPart").always().respond(503, "ServiceUnavailable"));
    let failed = server.runtime.block_on(async { upload().await });
    ensure!(failed.is_err_and(|error| error.is_resumable()), "a transient failure is not the end");
    ensure!(record.exists(), "the SDK's record must stay until the object is there");

    emulator.clear_faults();
    emulator.clear_history();
    let result = server.runtime.block_on(async { upload().await })?;
    let history = emulator.history();
    let count = |operation| history.iter().filter(|request| request.operation == operation).count();
    ensure!(count("UploadPart") == 1, "{} parts were sent instead of the one that was missing", count("UploadPart"));
    ensure!(count("InitiateMultipartUpload") == 0, "another upload was started");
    ensure!((result.parts_sent, result.parts_reused) == (1, PARTS - 1), "{result:?}");
    ensure!(result.upload_id.as_ref().is_some_and(|id| id.as_str() == upload_id), "another upload was completed");
    ensure!(emulator.content(BUCKET, &key)?.is_some_and(|stored| stored == content), "the object differs");
    ensure!(!record.exists(), "the SDK's record is of no more use");
    ensure!(emulator.uploads(BUCKET)?.is_empty(), "an upload is left");
    Ok(())
}

/// Runs the SDK until every part but one is stored, and kills it.
fn killed_half_way(python: &Path, server: &Server, arguments: &[&std::ffi::OsStr]) -> Result<()> {
    server.emulator.add_fault(Fault::on("UploadPart").part(HELD_UP).always().delay(10 * PATIENCE));
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("takeover.py");
    fs::write(&script, SCRIPT)?;
    let mut command = Command::new(python);
    command.arg(&script).args(arguments).arg(PART.to_string()).stdin(Stdio::null());
    server.tell(&mut command);
    let mut sdk = command.spawn().context("running the SDK")?;
    let begin = Instant::now();
    let stored = || -> Result<bool> {
        Ok(server.emulator.uploads(BUCKET)?.iter().any(|upload| upload.parts.len() == PARTS - 1))
    };
    let outcome = loop {
        if stored()? {
            break Ok(());
        }
        if let Some(status) = sdk.try_wait()? {
            bail!("the SDK ended by itself: {status}");
        }
        if begin.elapsed() > PATIENCE {
            break Err(anyhow::anyhow!("the SDK did not store the parts"));
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    sdk.kill()?;
    sdk.wait()?;
    outcome
}

/// The one record of the SDK in a folder.
fn only_record(folder: &Path) -> Result<PathBuf> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let records: Vec<_> = paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "ucp")).collect();
    match <[PathBuf; 1]>::try_from(records) {
        Ok([record]) => Ok(record),
        Err(records) => bail!("one record was expected: {records:?}"),
    }
}
