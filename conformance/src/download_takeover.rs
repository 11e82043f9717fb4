//! A download in which the official Python SDK was interrupted, finished by ours from the record (`….dcp`) that it left.
//!
//! Killed without warning, the SDK loses the last bytes, which it had in a buffer, though its record counts them. Nothing
//! proves then how much is whole, so ours fetches everything again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use oss_emulator::Fault;
use ossup::{GetObjectRequest, PutObjectRequest, Verified};

use crate::server::Server;

const SCRIPT: &str = include_str!("download_takeover.py");
const BUCKET: &str = "demo";
const PART: usize = 100 * 1024;
const PARTS: usize = 12;
/// The range that the SDK waits for when it is killed; those before it are on the disk and in its record.
const HELD_UP: usize = 8;
const PATIENCE: Duration = Duration::from_secs(60);

/// Both places of the bytes, and both ways of writing the folder, which the SDK takes for different folders.
pub(super) fn run(python: &Path) -> Result<()> {
    for temp in [true, false] {
        for slash in [true, false] {
            for end in [End::Interrupted, End::Killed] {
                let what = || format!("temporary file {temp}, slash {slash}, {end:?}");
                takeover(python, temp, slash, end).with_context(what)?;
            }
        }
    }
    println!("download takeover: what the SDK had fetched and could be proved was not fetched again");
    Ok(())
}

/// How the SDK ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// By SIGINT, as Ctrl-C sends it: it writes out what it has in buffers.
    Interrupted,
    /// By SIGKILL.
    Killed,
}

fn takeover(python: &Path, temp: bool, slash: bool, end: End) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let records = folder.path().join("records");
    let files = folder.path().join("files");
    fs::create_dir(&records)?;
    fs::create_dir(&files)?;
    let content: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(PART * PARTS - 5).collect();
    let file = files.join("film ä.bin");
    let given = if slash { records.join("") } else { records.clone() };
    let key = "dir/film ä";
    let server = Server::with(|builder| builder.bucket(BUCKET))?;
    let client = server.client()?;
    let put = PutObjectRequest::new(BUCKET, key).body(content.clone());
    server.runtime.block_on(async { client.put_object(put).await })?;
    ended_half_way(python, &server, folder.path(), &[file.as_os_str(), key.as_ref(), given.as_os_str()], temp, end)?;
    // Without the slash, the SDK files its records in the parent.
    let record = only_record(if slash { &records } else { folder.path() })?;

    server.emulator.clear_faults();
    server.emulator.clear_history();
    let request = GetObjectRequest::new(BUCKET, key);
    let download = client.downloader().download_file(request, &file);
    let download = download.enable_checkpoint(true).checkpoint_dir(&given).part_size(PART as u64);
    let result = server.runtime.block_on(async { download.await })?;
    ensure!(fs::read(&file)? == content && result.verified == Verified::Crc64, "the file differs");
    let adopted = if end == End::Interrupted { HELD_UP - 1 } else { 0 };
    ensure!(result.resumed_bytes == (adopted * PART) as u64, "{} bytes were adopted", result.resumed_bytes);
    let fetched = server.emulator.history().iter().filter(|request| request.operation == "GetObject").count();
    ensure!(fetched <= PARTS - adopted, "{fetched} ranges were fetched, where {} were missing", PARTS - adopted);
    ensure!(!record.exists(), "the SDK's record is of no more use");
    let left: Vec<_> = fs::read_dir(&files)?.map(|entry| Ok(entry?.file_name())).collect::<Result<_>>()?;
    ensure!(left.len() == 1, "files are left beside the target: {left:?}");
    Ok(())
}

/// Runs the SDK until it waits for the range that is held up, and ends it.
fn ended_half_way(
    python: &Path,
    server: &Server,
    folder: &Path,
    arguments: &[&std::ffi::OsStr],
    temp: bool,
    end: End,
) -> Result<()> {
    server.emulator.add_fault(Fault::on("GetObject").nth(HELD_UP as u64).delay(10 * PATIENCE));
    let script = folder.join("download_takeover.py");
    fs::write(&script, SCRIPT)?;
    let mut command = Command::new(python);
    command.arg(&script).args(arguments).arg(PART.to_string()).arg(if temp { "temp" } else { "" });
    // It tells at length where it was interrupted.
    server.tell(command.stdin(Stdio::null()).stderr(Stdio::null()));
    let mut sdk = command.spawn().context("running the SDK")?;
    let begin = Instant::now();
    let asked = || server.emulator.history().iter().filter(|request| request.operation == "GetObject").count();
    let outcome = loop {
        if asked() >= HELD_UP {
            break Ok(());
        }
        if let Some(status) = sdk.try_wait()? {
            bail!("the SDK ended by itself: {status}");
        }
        if begin.elapsed() > PATIENCE {
            break Err(anyhow::anyhow!("the SDK did not come to the range that is held up"));
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    match end {
        End::Interrupted if outcome.is_ok() => {
            let sent = Command::new("kill").arg("-INT").arg(sdk.id().to_string()).status()?;
            ensure!(sent.success(), "the SDK could not be interrupted");
        }
        _ => sdk.kill()?,
    }
    sdk.wait()?;
    outcome
}

/// The one record of the SDK in a folder.
fn only_record(folder: &Path) -> Result<PathBuf> {
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let records: Vec<_> = paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "dcp")).collect();
    match <[PathBuf; 1]>::try_from(records) {
        Ok([record]) => Ok(record),
        Err(records) => bail!("one record was expected: {records:?}"),
    }
}
