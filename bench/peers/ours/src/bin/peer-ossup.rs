//! Ours: the upload manager with its defaults, apart from part size and parallelism.

use std::sync::Arc;

use anyhow::{Result, ensure};
use bench_job::{Job, Work, each_file};
use ossup::{Client, Config, ParallelNum, PutObjectRequest, Source, UploadResult, Verified};

// One thread does everything but cold reads: a second one costs wake-ups, and the work is the kernel's anyway.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let job = Job::from_process()?;
    let mut config = Config::load_default().region(&job.region).endpoint(&job.endpoint).use_path_style(true);
    if let Some(file) = std::env::var_os("SSL_CERT_FILE") {
        config = config.ca_file(file);
    }
    let uploader = Client::new(config)?.uploader();
    let uploader = uploader.part_size(job.part_size as u64).parallel_num(ParallelNum::Fixed(job.parallel));
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
        Work::Pipe => uploader.upload_from(request, Source::blocking_reader(std::io::stdin())),
        _ => uploader.upload_file(request, &job.path),
    };
    verified(&upload.await?)
}

fn verified(result: &UploadResult) -> Result<()> {
    ensure!(result.verified == Verified::Crc64, "not verified: {:?}", result.verified);
    Ok(())
}
