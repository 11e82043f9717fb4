//! ali-oss-rs: its parts are sent, and ranges fetched, by a loop of ours, since it has no managed transfers.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;

use ali_oss_rs::multipart::MultipartUploadsOperations;
use ali_oss_rs::multipart_common::{CompleteMultipartUploadRequest, UploadPartRequest};
use ali_oss_rs::object::ObjectOperations;
use ali_oss_rs::object_common::GetObjectOptionsBuilder;
use ali_oss_rs::{Client, ClientBuilder};
use anyhow::Result;
use bench_job::{Job, Work, each_file, write_at};
use futures::{StreamExt, TryStreamExt};
use tokio::io::AsyncWriteExt as _;

#[tokio::main]
async fn main() -> Result<()> {
    let job = Job::from_process()?;
    // It puts the bucket before the host, so its HTTP client has to know that name.
    let host = format!("{}.localhost", job.bucket);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, job.port()?));
    let http = reqwest::Client::builder().resolve(&host, address).build()?;
    let endpoint = job.endpoint.replace("127.0.0.1", "localhost");
    let client = ClientBuilder::new(&job.access_key_id, &job.access_key_secret, endpoint)
        .region(&job.region)
        .client(http)
        .build()
        .map_err(anyhow::Error::msg)?;
    let client = Arc::new(client);
    if job.work == Work::Folder {
        let bucket = job.bucket.clone();
        return each_file(&job, move |path, key| {
            let (client, bucket) = (Arc::clone(&client), bucket.clone());
            async move {
                client.put_object_from_file(bucket, key, path, None).await?;
                Ok(())
            }
        })
        .await;
    }
    if job.work == Work::GetFolder {
        let bucket = job.bucket.clone();
        return each_file(&job, move |path, key| {
            let (client, bucket) = (Arc::clone(&client), bucket.clone());
            async move {
                client.get_object_to_file(bucket, key, path, None).await?;
                Ok(())
            }
        })
        .await;
    }
    if matches!(job.work, Work::GetFile | Work::GetPipe) {
        return download(&job, &client).await;
    }
    let started = client.initiate_multipart_uploads(&job.bucket, &job.key, None).await?;
    let id = started.upload_id;
    let mut parts = match job.work {
        Work::File => from_file(&job, &client, &id).await?,
        _ => from_pipe(&job, &client, &id).await?,
    };
    parts.sort();
    let complete = CompleteMultipartUploadRequest { upload_id: id, parts };
    client.complete_multipart_uploads(&job.bucket, &job.key, complete, None).await?;
    Ok(())
}

async fn from_file(job: &Job, client: &Arc<Client>, id: &str) -> Result<Vec<(u32, String)>> {
    let length = std::fs::metadata(&job.path)?.len();
    let size = job.part_size as u64;
    let parts = (1..).zip((0..length).step_by(job.part_size)).map(|(number, start)| {
        let (client, job) = (Arc::clone(client), job.clone());
        let request = UploadPartRequest::new(number, id);
        async move {
            let range = start..(start + size).min(length);
            let part = client.upload_part_from_file(&job.bucket, &job.key, &job.path, range, request).await?;
            anyhow::Ok((number, part.etag))
        }
    });
    futures::stream::iter(parts).buffer_unordered(job.parallel).try_collect().await
}

async fn from_pipe(job: &Job, client: &Arc<Client>, id: &str) -> Result<Vec<(u32, String)>> {
    let blocks = futures::stream::try_unfold((job.blocks()?, 1), |(mut blocks, number)| async move {
        anyhow::Ok(blocks.next().await?.map(|block| ((number, block), (blocks, number + 1))))
    });
    let parts = blocks.map_ok(|(number, block)| {
        let (client, job) = (Arc::clone(client), job.clone());
        let request = UploadPartRequest::new(number, id);
        async move {
            let part = client.upload_part_from_buffer(&job.bucket, &job.key, block, request).await?;
            anyhow::Ok((number, part.etag))
        }
    });
    parts.try_buffer_unordered(job.parallel).try_collect().await
}

async fn download(job: &Job, client: &Arc<Client>) -> Result<()> {
    let fetch = |range: Range<u64>| {
        let (client, job) = (Arc::clone(client), job.clone());
        async move {
            let range = format!("bytes={}-{}", range.start, range.end - 1);
            let options = GetObjectOptionsBuilder::new().range(range).build();
            anyhow::Ok(client.get_object_to_buffer(&job.bucket, &job.key, Some(options)).await?)
        }
    };
    if job.work == Work::GetPipe {
        let mut out = tokio::io::stdout();
        let mut parts = futures::stream::iter(job.ranges()?.map(fetch)).buffered(job.parallel);
        while let Some(bytes) = parts.try_next().await? {
            out.write_all(&bytes).await?;
        }
        return Ok(out.flush().await?);
    }
    let file = job.create()?;
    let parts = job.ranges()?.map(|range| {
        let (file, start, fetching) = (Arc::clone(&file), range.start, fetch(range));
        async move { write_at(&file, fetching.await?, start).await }
    });
    futures::stream::iter(parts).buffer_unordered(job.parallel).try_collect::<()>().await?;
    job.finish()
}
