//! object_store, which speaks S3: its server takes any signature.

use std::sync::Arc;

use anyhow::Result;
use bench_job::{Job, Work, each_file, write_at};
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStoreExt, WriteMultipart};
use tokio::io::AsyncWriteExt as _;

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
    if job.work == Work::GetFolder {
        let store = Arc::new(store);
        return each_file(&job, move |path, key| {
            let store = Arc::clone(&store);
            async move { Ok(tokio::fs::write(path, store.get(&Path::from(key)).await?.bytes().await?).await?) }
        })
        .await;
    }
    if matches!(job.work, Work::GetFile | Work::GetPipe) {
        return download(&job, Arc::new(store)).await;
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

/// It has no downloader: ranges are fetched by a loop of ours.
async fn download(job: &Job, store: Arc<AmazonS3>) -> Result<()> {
    let key = Path::from(job.key.as_str());
    if job.work == Work::GetPipe {
        let (mut out, mut stream) = (tokio::io::stdout(), store.get(&key).await?.into_stream());
        while let Some(bytes) = stream.try_next().await? {
            out.write_all(&bytes).await?;
        }
        return Ok(out.flush().await?);
    }
    let file = job.create()?;
    let ranges = job.ranges()?.map(|range| {
        let (store, key, file) = (Arc::clone(&store), key.clone(), Arc::clone(&file));
        async move { write_at(&file, store.get_range(&key, range.clone()).await?, range.start).await }
    });
    futures::stream::iter(ranges).buffer_unordered(job.parallel).try_collect::<()>().await?;
    job.finish()
}
