//! The snippets of `docs/guide/control.md`.

use std::path::Path;

use oss_emulator::Fault;
use ossup::{ParallelNum, PutObjectRequest, UploadEvent, UploadHandle, UploadResult, Uploader, Verified};

use super::{BUCKET, assert_stored, bytes, client, file};

const LEN: usize = 300 * 1024;

fn request() -> PutObjectRequest {
    PutObjectRequest::new(BUCKET, "film")
}

async fn shown(uploader: &Uploader, request: PutObjectRequest, path: &Path) -> anyhow::Result<UploadResult> {
    let result = uploader
        .upload_file(request, path)
        .on_progress(|progress| println!("{} of {:?} bytes", progress.transferred, progress.total))
        .await?;
    Ok(result)
}

async fn steered(uploader: &Uploader, request: PutObjectRequest, path: &Path) -> anyhow::Result<UploadResult> {
    let upload = uploader.upload_file(request, path).start();
    let mut events = upload.events();

    upload.pause();
    println!("paused at {} bytes", upload.progress().confirmed);
    upload.resume();

    while let Some(event) = events.next().await {
        match event {
            UploadEvent::PartStored { number, len } => println!("part {number}: {len} bytes"),
            UploadEvent::PartFailed { number, attempt, error, retry_in } => {
                println!("part {number}, attempt {attempt}: {error}; again in {retry_in:?}");
            }
            UploadEvent::Warning(text) => println!("{text}"),
            _ => {}
        }
    }
    let result = upload.await?;
    Ok(result)
}

#[tokio::test(flavor = "multi_thread")]
async fn watched_and_paused_it_arrives_all_the_same() {
    let (emulator, client) = client().await;
    emulator.add_fault(Fault::on("UploadPart").respond(503, "ServiceUnavailable"));
    let (content, uploader) = (bytes(LEN), client.uploader().part_size(100 * 1024));
    for upload in [
        shown(&uploader, request(), file(&content).path()).await,
        steered(&uploader, request(), file(&content).path()).await,
    ] {
        assert_eq!(upload.unwrap().verified, Verified::Crc64);
        assert_stored(&emulator, "film", &content);
    }
}

async fn ended(upload: UploadHandle) {
    match upload.cancel().await {
        // It was complete already, or its last request could no longer be cancelled and succeeded.
        Ok(result) => println!("{} bytes are in place", result.size),
        Err(error) => println!("{error}; left behind: {:?}", error.leftovers()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_upload_leaves_nothing() {
    let (emulator, client) = client().await;
    let upload = client.uploader().part_size(100 * 1024).upload_from(request(), bytes(LEN)).start();
    ended(upload).await;
    assert!(emulator.uploads(BUCKET).unwrap().is_empty());
}

async fn many(
    client: &ossup::Client,
    film: PutObjectRequest,
    news: PutObjectRequest,
    path: &Path,
) -> anyhow::Result<()> {
    use ossup::{Priority, Scheduler};

    let limits = Scheduler::new().connections(32).buffered_bytes(64 << 20).bandwidth(10 << 20);
    let uploader = client.uploader().scheduler(limits).parallel_num(ParallelNum::Auto);

    let film = uploader.upload_file(film, path).start();
    let news = uploader.upload_from(news, "all is well").priority(Priority::High).start();
    film.await?;
    news.await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_share_limits_all_arrive() {
    let (emulator, client) = client().await;
    let content = bytes(LEN);
    many(&client, request(), PutObjectRequest::new(BUCKET, "news"), file(&content).path()).await.unwrap();
    assert_stored(&emulator, "film", &content);
    assert_stored(&emulator, "news", b"all is well");
}
