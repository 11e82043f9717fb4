use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use crate::Blocks;

/// What is to be uploaded, or downloaded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Work {
    /// One file as one object, in parts.
    File,
    /// Standard input as one object.
    Pipe,
    /// Every file of a folder as an object of its own.
    Folder,
    /// One object to a file, in ranges.
    GetFile,
    /// One object to standard output.
    GetPipe,
    /// Every object to a file of its own in a folder.
    GetFolder,
}

/// One call of a measured program.
#[derive(Clone, Debug)]
pub struct Job {
    pub work: Work,
    pub path: PathBuf,
    pub part_size: usize,
    /// Parts, or small files, at a time.
    pub parallel: usize,
    /// `http://127.0.0.1:PORT`, or `https://localhost:PORT`.
    pub endpoint: String,
    pub region: String,
    pub bucket: String,
    pub key: String,
    pub access_key_id: String,
    pub access_key_secret: String,
    /// What is downloaded has to be on the disk at the end.
    pub sync: bool,
}

impl Job {
    /// Reads the arguments and the variables of this process.
    pub fn from_process() -> Result<Self> {
        let mut arguments = std::env::args().skip(1);
        let mut next = |name: &str| arguments.next().with_context(|| format!("missing argument: {name}"));
        let variable = |name: &str| std::env::var(name).with_context(|| format!("missing variable: {name}"));
        Ok(Self {
            work: match next("WORK")?.as_str() {
                "file" => Work::File,
                "pipe" => Work::Pipe,
                "folder" => Work::Folder,
                "get-file" => Work::GetFile,
                "get-pipe" => Work::GetPipe,
                "get-folder" => Work::GetFolder,
                other => bail!("no such work: {other}"),
            },
            path: next("PATH")?.into(),
            part_size: next("PART_SIZE")?.parse()?,
            parallel: next("PARALLEL")?.parse()?,
            endpoint: variable("OSS_ENDPOINT")?,
            region: variable("OSS_REGION")?,
            bucket: variable("OSS_BUCKET")?,
            key: variable("OSS_KEY")?,
            access_key_id: variable("OSS_ACCESS_KEY_ID")?,
            access_key_secret: variable("OSS_ACCESS_KEY_SECRET")?,
            sync: std::env::var_os("OSS_SYNC").is_some(),
        })
    }

    /// The port of the endpoint.
    pub fn port(&self) -> Result<u16> {
        let (_, port) = self.endpoint.rsplit_once(':').context("an endpoint without a port")?;
        Ok(port.parse()?)
    }

    /// The file or standard input as blocks of the part size, read one after the other on the blocking pool.
    pub fn blocks(&self) -> Result<Blocks> {
        let source: Box<dyn Read + Send> = match self.work {
            Work::Pipe => Box::new(std::io::stdin()),
            _ => Box::new(File::open(&self.path)?),
        };
        Ok(Blocks::new(source, self.part_size))
    }

    /// The files of the folder with the keys that they are to get, as the folder is read.
    pub fn files(&self) -> Result<impl Iterator<Item = Result<(PathBuf, String)>> + Send + use<>> {
        let prefix = self.key.clone();
        Ok(std::fs::read_dir(&self.path)?.map(move |entry| {
            let path = entry?.path();
            let name = path.file_name().context("a path without a name")?.to_string_lossy();
            let key = format!("{prefix}{name}");
            Ok((path, key))
        }))
    }

    /// Bytes of the object, or number of the objects, to be downloaded: the programs that have no downloader of their own
    /// need it to ask for ranges.
    pub fn amount(&self) -> Result<u64> {
        Ok(std::env::var("OSS_AMOUNT").context("missing variable: OSS_AMOUNT")?.parse()?)
    }

    /// The ranges of the object that is to be downloaded, each as long as a part.
    pub fn ranges(&self) -> Result<impl Iterator<Item = Range<u64>> + Send + use<>> {
        let (length, part_size) = (self.amount()?, self.part_size);
        Ok((0..length).step_by(part_size).map(move |start| start..(start + part_size as u64).min(length)))
    }

    /// The files that the objects are to be written to, with their keys.
    pub fn downloads(&self) -> Result<impl Iterator<Item = (PathBuf, String)> + Send + use<>> {
        let (folder, prefix) = (self.path.clone(), self.key.clone());
        Ok((0..self.amount()?).map(move |n| (folder.join(format!("{n:05}")), format!("{prefix}{n:05}"))))
    }

    /// Creates the file to download to, and a place to write ranges of it.
    pub fn create(&self) -> Result<Arc<File>> {
        Ok(Arc::new(File::create(&self.path)?))
    }

    /// Brings what was downloaded to the disk, if that is asked for. Ours does it by itself.
    pub fn finish(&self) -> Result<()> {
        if self.sync && self.work == Work::GetFile {
            File::open(&self.path)?.sync_all()?;
        }
        Ok(())
    }
}

/// Writes a range of a file on the blocking pool.
pub async fn write_at(file: &Arc<File>, bytes: impl AsRef<[u8]> + Send + 'static, offset: u64) -> Result<()> {
    let file = Arc::clone(file);
    Ok(tokio::task::spawn_blocking(move || file.write_all_at(bytes.as_ref(), offset)).await??)
}

/// Runs `transfer` for every file of the job's folder, so many at a time.
pub async fn each_file<F, T>(job: &Job, transfer: T) -> Result<()>
where
    T: Fn(PathBuf, String) -> F + Send + Sync + 'static,
    F: Future<Output = Result<()>> + Send + 'static,
{
    use futures::{StreamExt, TryStreamExt};
    let transfer = Arc::new(transfer);
    let files: Box<dyn Iterator<Item = Result<(PathBuf, String)>> + Send> = match job.work {
        Work::GetFolder => Box::new(job.downloads()?.map(Ok)),
        _ => Box::new(job.files()?),
    };
    let tasks = files.map(|file| {
        let transfer = Arc::clone(&transfer);
        async move {
            let (path, key) = file?;
            transfer(path, key).await
        }
    });
    futures::stream::iter(tasks).buffer_unordered(job.parallel).try_collect().await
}
