use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use crate::Blocks;

/// What is to be uploaded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Work {
    /// One file as one object, in parts.
    File,
    /// Standard input as one object.
    Pipe,
    /// Every file of a folder as an object of its own.
    Folder,
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

    /// The files of the folder with the keys that they are to get.
    pub fn files(&self) -> Result<Vec<(PathBuf, String)>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.path)? {
            let path = entry?.path();
            let name = path.file_name().context("a path without a name")?.to_string_lossy().into_owned();
            files.push((path, format!("{}{name}", self.key)));
        }
        Ok(files)
    }
}

/// Runs `upload` for every file of the job's folder, so many at a time.
pub async fn each_file<F, T>(job: &Job, upload: T) -> Result<()>
where
    T: Fn(PathBuf, String) -> F + Send + Sync + 'static,
    F: Future<Output = Result<()>> + Send + 'static,
{
    use futures::{StreamExt, TryStreamExt};
    let upload = Arc::new(upload);
    let tasks = job.files()?.into_iter().map(|(path, key)| {
        let upload = Arc::clone(&upload);
        async move { upload(path, key).await }
    });
    futures::stream::iter(tasks).buffer_unordered(job.parallel).try_collect().await
}
