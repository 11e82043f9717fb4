//! The snippets of `docs/guide/folders.md`.

use std::path::Path;

use ossup::directory::DirectoryEvent;
use ossup::{Client, PutObjectRequest, Uploader};

use super::{BUCKET, assert_stored, client};

async fn whole(client: &Client, folder: &Path) -> anyhow::Result<u64> {
    let request = PutObjectRequest::new("my-bucket", "photos/").storage_class("IA");
    let summary = client.uploader().upload_dir(request, folder).exclude("raw/").include("*.jpg").jobs(8).await?;
    println!("{} uploaded, {} failed, {} skipped", summary.uploaded, summary.failed, summary.skipped);
    Ok(summary.uploaded)
}

async fn one_by_one(uploader: &Uploader, request: PutObjectRequest, folder: &Path) -> anyhow::Result<()> {
    let mut run = uploader.upload_dir(request, folder).start().await?;
    while let Some(event) = run.next().await {
        match event {
            DirectoryEvent::Uploaded { path, key, result } => println!("{path:?} is {key}, {} bytes", result.size),
            DirectoryEvent::Failed { path, error } => eprintln!("{path:?}: {error}"),
            DirectoryEvent::Skipped { path, reason } => eprintln!("{path:?}: {reason}"),
            _ => {}
        }
    }
    assert!(run.summary().is_complete());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_that_are_meant_become_objects() {
    let (emulator, client) = client().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("raw")).unwrap();
    for name in ["a.jpg", "b.txt", "raw/c.jpg"] {
        std::fs::write(folder.path().join(name), name).unwrap();
    }
    assert_eq!(whole(&client, folder.path()).await.unwrap(), 1);
    assert_stored(&emulator, "photos/a.jpg", b"a.jpg");
    one_by_one(&client.uploader(), PutObjectRequest::new(BUCKET, "all/"), folder.path()).await.unwrap();
    assert_stored(&emulator, "all/raw/c.jpg", b"raw/c.jpg");
    assert_eq!(emulator.objects(BUCKET).unwrap().len(), 4);
}
