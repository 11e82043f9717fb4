//! Ours: the upload and the download manager with their defaults, apart from part size and parallelism.
//!
//! With a folder in the variable `OSS_CHECKPOINTS` uploads can be resumed, and parts stay after an error. With
//! `OSS_UPLOADS` that many files of the folder go at once, each in parts of its own. `OSS_THREADS` is the number of runtime
//! threads.

use std::os::fd::AsFd;
use std::sync::Arc;

use anyhow::{Result, ensure};
use bench_job::{Job, Work, each_file};
use ossup::{
    Client, Config, DownloadResult, GetObjectRequest, ParallelNum, PutObjectRequest, Source, UploadResult, Verified,
};

fn main() -> Result<()> {
    let mut runtime = match std::env::var("OSS_THREADS") {
        // One thread does everything but cold reads: a second one costs wake-ups, and the work is the kernel's anyway.
        Err(_) => tokio::runtime::Builder::new_current_thread(),
        Ok(threads) => {
            let mut runtime = tokio::runtime::Builder::new_multi_thread();
            runtime.worker_threads(threads.parse()?);
            runtime
        }
    };
    runtime.enable_all().build()?.block_on(transfer())
}

async fn transfer() -> Result<()> {
    let mut job = Job::from_process()?;
    let mut config = Config::load_default().region(&job.region).endpoint(&job.endpoint).use_path_style(true);
    if let Some(file) = std::env::var_os("SSL_CERT_FILE") {
        config = config.ca_file(file);
    }
    let client = Client::new(config)?;
    if matches!(job.work, Work::GetFile | Work::GetPipe | Work::GetFolder) {
        return download(&job, &client).await;
    }
    let uploader = client.uploader();
    let mut uploader = uploader.part_size(job.part_size as u64).parallel_num(ParallelNum::Fixed(job.parallel));
    if let Some(folder) = std::env::var_os("OSS_CHECKPOINTS") {
        uploader = uploader.enable_checkpoint(true).checkpoint_dir(folder).leave_parts_on_error(true);
    }
    if let Ok(uploads) = std::env::var("OSS_UPLOADS") {
        job.parallel = uploads.parse()?;
    }
    if job.work == Work::Folder {
        let bucket = Arc::new(job.bucket.clone());
        return each_file(&job, move |path, key| {
            let upload = uploader.upload_file(PutObjectRequest::new(bucket.as_str(), key), path);
            async move { verified(&upload.await?) }
        })
        .await;
    }
    let request = PutObjectRequest::new(job.bucket.as_str(), job.key.as_str());
    let upload = match job.work {
        Work::Pipe => {
            uploader.upload_from(request, Source::file(std::io::stdin().as_fd().try_clone_to_owned()?.into()))
        }
        _ => uploader.upload_file(request, &job.path),
    };
    verified(&upload.await?)
}

fn verified(result: &UploadResult) -> Result<()> {
    ensure!(result.verified == Verified::Crc64, "not verified: {:?}", result.verified);
    Ok(())
}

async fn download(job: &Job, client: &Client) -> Result<()> {
    let downloader = client.downloader().part_size(job.part_size as u64).parallel_num(ParallelNum::Fixed(job.parallel));
    let request = |key: &str| GetObjectRequest::new(job.bucket.as_str(), key);
    if job.work == Work::GetFolder {
        let bucket = Arc::new(job.bucket.clone());
        return each_file(job, move |path, key| {
            let download = downloader.download_file(GetObjectRequest::new(bucket.as_str(), key), path);
            async move { downloaded(&download.await?) }
        })
        .await;
    }
    // A pipe is given by its name, as to any program that writes files.
    let path = if job.work == Work::GetPipe { "/dev/stdout".into() } else { job.path.clone() };
    downloaded(&downloader.download_file(request(&job.key), path).await?)
}

fn downloaded(result: &DownloadResult) -> Result<()> {
    ensure!(result.verified == Verified::Crc64, "not verified: {:?}", result.verified);
    Ok(())
}
