//! OpenDAL's OSS service.

use anyhow::Result;
use bench_job::{Job, Work, each_file};
use opendal::{Operator, services::Oss};

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
    let mut writer = operator.writer_with(&job.key).chunk(job.part_size).concurrent(job.parallel).await?;
    let mut blocks = job.blocks()?;
    while let Some(block) = blocks.next().await? {
        writer.write(block).await?;
    }
    writer.close().await?;
    Ok(())
}
