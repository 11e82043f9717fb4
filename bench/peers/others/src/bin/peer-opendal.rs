//! OpenDAL's OSS service.

use anyhow::Result;
use bench_job::{Job, Work, each_file, write_at};
use futures::TryStreamExt;
use opendal::{Operator, services::Oss};
use tokio::io::AsyncWriteExt as _;

#[tokio::main]
async fn main() -> Result<()> {
    opendal::install_default();
    let job = Job::from_process()?;
    let service = Oss::default()
        .endpoint(&job.endpoint)
        .addressing_style("path")
        .bucket(&job.bucket)
        .access_key_id(&job.access_key_id)
        .access_key_secret(&job.access_key_secret);
    let operator = Operator::new(service)?;
    if job.work == Work::Folder {
        return each_file(&job, move |path, key| {
            let operator = operator.clone();
            async move {
                operator.write(&key, tokio::fs::read(path).await?).await?;
                Ok(())
            }
        })
        .await;
    }
    if job.work == Work::GetFolder {
        return each_file(&job, move |path, key| {
            let operator = operator.clone();
            async move { Ok(tokio::fs::write(path, operator.read(&key).await?.to_bytes()).await?) }
        })
        .await;
    }
    if matches!(job.work, Work::GetFile | Work::GetPipe) {
        return download(&job, &operator).await;
    }
    let mut writer = operator.writer_with(&job.key).chunk(job.part_size).concurrent(job.parallel).await?;
    let mut blocks = job.blocks()?;
    while let Some(block) = blocks.next().await? {
        writer.write(block).await?;
    }
    writer.close().await?;
    Ok(())
}

/// Its reader fetches ranges ahead and gives them in order.
async fn download(job: &Job, operator: &Operator) -> Result<()> {
    let reader = operator.reader_with(&job.key).chunk(job.part_size).concurrent(job.parallel).await?;
    let mut stream = reader.into_bytes_stream(..).await?;
    if job.work == Work::GetPipe {
        let mut out = tokio::io::stdout();
        while let Some(bytes) = stream.try_next().await? {
            out.write_all(&bytes).await?;
        }
        return Ok(out.flush().await?);
    }
    let (file, mut offset) = (job.create()?, 0);
    while let Some(bytes) = stream.try_next().await? {
        let length = bytes.len() as u64;
        write_at(&file, bytes, offset).await?;
        offset += length;
    }
    job.finish()
}
