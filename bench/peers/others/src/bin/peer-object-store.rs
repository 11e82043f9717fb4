//! object_store, which speaks S3: its server takes any signature.

use std::sync::Arc;

use anyhow::Result;
use bench_job::{Job, Work, each_file};
use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStoreExt, WriteMultipart};

#[tokio::main]
async fn main() -> Result<()> {
    let job = Job::from_process()?;
    let store = AmazonS3Builder::new()
        .with_endpoint(&job.endpoint)
        .with_region(&job.region)
        .with_bucket_name(&job.bucket)
        .with_access_key_id(&job.access_key_id)
        .with_secret_access_key(&job.access_key_secret)
        .with_unsigned_payload(true)
        .with_client_options(ClientOptions::new().with_allow_http(true))
        .build()?;
    if job.work == Work::Folder {
        let store = Arc::new(store);
        return each_file(&job, move |path, key| {
            let store = Arc::clone(&store);
            async move {
                store.put(&Path::from(key), tokio::fs::read(path).await?.into()).await?;
                Ok(())
            }
        })
        .await;
    }
    let upload = store.put_multipart(&Path::from(job.key.as_str())).await?;
    let mut upload = WriteMultipart::new_with_chunk_size(upload, job.part_size);
    let mut blocks = job.blocks()?;
    while let Some(block) = blocks.next().await? {
        upload.wait_for_capacity(job.parallel).await?;
        upload.put(block);
    }
    upload.finish().await?;
    Ok(())
}
