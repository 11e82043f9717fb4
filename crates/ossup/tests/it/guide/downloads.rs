//! The snippets of `docs/guide/downloads.md`.

use std::path::Path;

use ossup::{Client, Downloader, GetObjectRequest, PutObjectRequest, ToFile, Verified};

use super::{BUCKET, bytes, client};

async fn file(client: &Client, path: &Path) -> anyhow::Result<Verified> {
    let downloader = client.downloader();
    let result = downloader.download_file(GetObjectRequest::new("my-bucket", "films/film.mkv"), path).await?;
    println!("{} bytes, {:?}", result.size, result.verified);
    Ok(result.verified)
}

async fn resumed(client: &Client, request: GetObjectRequest, path: &Path, folder: &Path) -> anyhow::Result<()> {
    let downloader = client.downloader().enable_checkpoint(true).checkpoint_dir(folder);
    let result = downloader.download_file(request, path).await?;
    println!("{} bytes were there already", result.resumed_bytes);
    Ok(())
}

async fn stream(downloader: &Downloader) -> anyhow::Result<usize> {
    let mut count = 0;
    let mut stream = downloader.stream(GetObjectRequest::new("my-bucket", "log.txt")).await?;
    while let Some(piece) = stream.next().await {
        count += piece?.len();
    }
    Ok(count)
}

async fn ranges(downloader: &Downloader, request: GetObjectRequest) -> anyhow::Result<Vec<bytes::Bytes>> {
    let parts = downloader.ranges(request, &[0..1024, 1_000_000..1_001_024]).await?;
    Ok(parts)
}

#[cfg(feature = "directory")]
async fn folder(client: &Client, folder: &Path) -> anyhow::Result<u64> {
    let request = GetObjectRequest::new("my-bucket", "photos/");
    let summary = client.downloader().download_dir(request, folder).exclude("raw/").include("*.jpg").await?;
    println!("{} downloaded, {} failed", summary.downloaded, summary.failed);
    Ok(summary.downloaded)
}

#[cfg(feature = "directory")]
async fn one_by_one(downloader: &Downloader, request: GetObjectRequest, folder: &Path) -> anyhow::Result<()> {
    use ossup::downloader::directory::DirectoryEvent;

    let mut run = downloader.download_dir(request, folder).start().await?;
    while let Some(event) = run.next().await {
        match event {
            DirectoryEvent::Downloaded { key, path, result } => println!("{key} is {path:?}, {} bytes", result.size),
            DirectoryEvent::Failed { key, error } => eprintln!("{key}: {error}"),
            DirectoryEvent::ListFailed { error } => eprintln!("the rest is not known: {error}"),
            _ => {}
        }
    }
    assert!(run.summary().is_complete());
    Ok(())
}

async fn body(client: &Client, path: &Path) -> anyhow::Result<u64> {
    let object = client.get_object(GetObjectRequest::new("my-bucket", "cat.jpg")).await?;
    let bytes = object.body.to_file(path).await?;
    Ok(bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_come_back_as_the_guide_says() {
    let (_emulator, client) = client().await;
    let content = bytes(1_500_000);
    for key in ["films/film.mkv", "log.txt", "cat.jpg", "photos/a.jpg", "photos/raw/b.jpg", "photos/c.txt"] {
        client.put_object(PutObjectRequest::new(BUCKET, key).body(content.clone())).await.unwrap();
    }
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("film");
    let film = || GetObjectRequest::new(BUCKET, "films/film.mkv");
    assert_eq!(file(&client, &path).await.unwrap(), Verified::Crc64);
    resumed(&client, film(), &path, &place.path().join("records")).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == content);
    assert_eq!(stream(&client.downloader()).await.unwrap(), content.len());
    let parts = ranges(&client.downloader(), film()).await.unwrap();
    assert!(parts == [&content[..1024], &content[1_000_000..1_001_024]]);
    assert_eq!(body(&client, &path).await.unwrap(), content.len() as u64);
    #[cfg(feature = "directory")]
    {
        assert_eq!(folder(&client, &place.path().join("photos")).await.unwrap(), 1);
        one_by_one(&client.downloader(), GetObjectRequest::new(BUCKET, ""), &place.path().join("all")).await.unwrap();
    }
}
